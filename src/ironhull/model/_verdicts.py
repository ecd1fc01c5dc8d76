"""What policies say of an image."""

from __future__ import annotations

from ironhull.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["VERDICT_STATES", "Verdict", "Violation"]

VERDICT_STATES = ("met", "not met", "no data", "error")
"""`no data`: the policy could not tell; `error`: it could not be evaluated."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One deviation a policy found: a sentence, facts by key, and what to do about it."""

    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    remediation: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one policy says: `state` is one of VERDICT_STATES.

    `name` is the policy's stable identifier, `title` what it is called where it is met and
    `failed_title` where it is not, `result_type` and `columns` as in its metadata, `weight` its
    part in the score, `message` why there is no data or what the error is, `source` where the
    policy is from, `document` all its rules say, `prints` what it printed, `seconds` its time.
    """

    name: str
    title: str
    failed_title: str
    state: str
    result_type: str = "generic"
    weight: float = 10
    violations: tuple[Violation, ...] = ()
    columns: tuple[str, ...] = ()
    message: str = ""
    source: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    prints: tuple[str, ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.state not in VERDICT_STATES:
            raise ValueError(f"{self.name}: state {self.state!r}")

    @property
    def shown(self) -> str:
        """The title that says how it ended."""
        return self.failed_title if self.state == "not met" else self.title
