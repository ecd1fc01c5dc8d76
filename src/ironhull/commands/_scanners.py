"""What `scan` can look for: one row per scanner, and the words of `--scanners`."""

from __future__ import annotations

from ironhull.errors import UsageError
from ironhull.values import dataclass

__all__ = ["DEFAULT", "SCANNERS", "Scanner", "scanners"]


@dataclass(frozen=True, slots=True)
class Scanner:
    """A scanner: its word on the command line, what it finds, whether this version has it."""

    name: str
    finds: str
    available: bool


SCANNERS = (
    Scanner("vuln", "known vulnerabilities of packages", available=True),
    Scanner("secret", "secrets in files and the configuration", available=True),
    Scanner("license", "licences of packages and files", available=True),
    Scanner("misconfig", "settings that weaken the image", available=False),
)
"""In the order of the summary."""

DEFAULT = ("vuln",)
"""What is looked for unasked."""


def scanners(given: list[str]) -> tuple[str, ...]:
    """The scanners `--scanners` names, in our order; DEFAULT for none.

    Raises UsageError for one that cannot be had.
    """
    words = [word.strip().lower() for text in given for word in text.split(",")]
    known = {row.name: row for row in SCANNERS}
    there = ", ".join(row.name for row in SCANNERS if row.available)
    for word in words:
        if word not in known:
            raise UsageError(f"--scanners: no {word!r}", f"available: {there}")
        if not known[word].available:
            message = f"--scanners {word}: {known[word].finds} are not looked for yet"
            raise UsageError(message, f"available: {there}")
    return tuple(row.name for row in SCANNERS if row.name in (words or DEFAULT))
