"""The kinds of ignore files, and where they are found.

| file | what it is |
|---|---|
| `.trivyignore` | identifiers, one a line, `exp:YYYY-MM-DD` behind one, comments behind `#` |
| `.trivyignore.yaml` | Trivy's lists `vulnerabilities`, `misconfigurations`, `secrets`, … |
| `.ironhullignore.yaml` | our list `ignore`, whose rules need a reason |

Formats of the first two: trivy.dev/docs, Configuration, Filtering, "By Finding IDs".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ironhull.errors import ConfigError, printable
from ironhull.ignore import NAMES
from ironhull.ignore.rules import PurlPattern, Rule
from ironhull.lazy import regex
from ironhull.limits import LIMITS
from ironhull.oci.patterns import Wanted
from ironhull.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from ironhull.ignore._yaml import Value

__all__ = ["Rules", "find_files", "load", "parse"]

_ID = regex(r"[A-Za-z0-9][A-Za-z0-9._:+/-]*", re.ASCII)
_DAY = regex(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COMMENT = regex(r"\s#")
_SEE = "see docs/ignore.md"
_TRIVY = {
    "vulnerabilities": "vulnerability",
    "misconfigurations": "misconfiguration",
    "secrets": "secret",
    "licenses": "license",
}
_TRIVY_KEYS = ("id", "paths", "purls", "expired_at", "statement")
_OWN_KEYS = (
    *("id", "secret", "package", "version", "purl", "paths", "image"),
    *("reason", "until", "author"),
)
_LONGEST = 4_096  # characters of a line of .trivyignore


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of some ignore files, in order, and the `files` as they are named to people."""

    rules: tuple[Rule, ...] = ()
    files: tuple[str, ...] = ()


def find_files(directory: Path) -> tuple[Path, ...]:
    """The ignore files in `directory`, in the order of NAMES."""
    return tuple(path for name in NAMES if (path := directory / name).is_file())


def load(paths: Iterable[Path]) -> Rules:
    """Read ignore files. Raises ConfigError for one that is not there or not understood."""
    rules: list[Rule] = []
    files: list[str] = []
    for path in paths:
        rules += parse(_read(path), str(path))
        files.append(str(path))
    return Rules(tuple(rules), tuple(files))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.ignore_bytes + 1)
    except OSError as trouble:
        raise ConfigError(
            f"{path}: cannot read the ignore file: {trouble.strerror or trouble}",
            'check the path; --ignorefile "" reads none',
        ) from None
    if len(data) > LIMITS.ignore_bytes:
        raise ConfigError(f"{path}: an ignore file of more than {LIMITS.ignore_bytes} bytes", _SEE)
    return data


def parse(data: bytes, origin: str) -> tuple[Rule, ...]:
    """The rules of one file; its name `origin` says of which kind it is.

    Raises ConfigError, with line and column, for anything that is not understood.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = data[: trouble.start].count(b"\n") + 1
        column = trouble.start - (data.rfind(b"\n", 0, trouble.start) + 1) + 1
        raise ConfigError(f"{origin}:{line}:{column}: not UTF-8 text", _SEE) from None
    if not origin.lower().endswith((".yaml", ".yml")):
        rules = _plain(text, origin)
    else:
        from ironhull.ignore._yaml import read

        rules = _document(read(text, origin))
    if len(rules) > LIMITS.ignore_rules:
        raise ConfigError(f"{origin}: more than {LIMITS.ignore_rules:,} rules", _SEE)
    return rules


# ── .trivyignore ─────────────────────────────────────────────────────────────────────────────────


def _plain(text: str, origin: str) -> tuple[Rule, ...]:
    """The rules of plain text; the comment above a block of identifiers is its reason."""
    rules: list[Rule] = []
    comment: list[str] = []
    fresh = True  # whether a comment begins a new block
    for number, line in enumerate(text.split("\n"), start=1):
        where = f"{origin}:{number}"
        stripped = line.strip()
        if len(line) > _LONGEST:
            raise ConfigError(f"{where}:1: a line of {len(line):,} characters", _SEE)
        if not stripped:
            comment, fresh = [], True
        elif stripped.startswith("#"):
            comment = [] if fresh else comment
            comment.append(stripped.lstrip("# ").rstrip())
            fresh = False
        else:
            fresh = True
            rules.append(_line(line, where, " ".join(filter(None, comment))))
    return tuple(rules)


def _line(line: str, where: str, above: str) -> Rule:
    said, *comment = _COMMENT.split(line, maxsplit=1)
    words = [(match[0], match.start() + 1) for match in re.finditer(r"\S+", said)]
    (name, column), *rest = words
    if not _ID.fullmatch(name):
        raise ConfigError(
            f"{where}:{column}: {printable(name)!r} is no identifier",
            "one such as CVE-2024-1234 a line",
        )
    until = ""
    for word, at in rest:
        key, colon, value = word.partition(":")
        if key != "exp" or not colon or until:
            raise ConfigError(
                f"{where}:{at}: {printable(word)!r} is not understood",
                "behind an identifier may stand exp:YYYY-MM-DD, and a comment behind #",
            )
        until = _moment(value, f"{where}:{at}")
    reason = " ".join(comment[0].split()) if comment else above
    return Rule(where=where, ids=(name.lower(),), reason=reason, until=until, what=name)


# ── YAML ─────────────────────────────────────────────────────────────────────────────────────────


def _document(root: Value) -> tuple[Rule, ...]:
    if root.empty:
        return ()
    sections = root.mapping("an ignore file", ("ignore", *_TRIVY))
    own = "ignore" in sections
    if own and len(sections) > 1:
        other = next(value for name, value in sections.items() if name != "ignore")
        other.fail("the key ignore and Trivy's lists do not go together", "put them into two files")
    return tuple(
        _own(entry) if own else _trivy(entry, _TRIVY[name])
        for name, section in sections.items()
        for entry in section.sequence(name)
    )


def _trivy(entry: Value, about: str) -> Rule:
    keys = entry.mapping("a rule", _TRIVY_KEYS)
    if "id" not in keys:
        entry.fail("a rule without id", "name the vulnerability")
    name = keys["id"].string("id")
    if about == "vulnerability":
        _check_id(name, keys["id"])
    purls = _purls(keys.get("purls"), globs=False, single=False)
    paths = keys.get("paths")
    statement = keys.get("statement")
    until = keys.get("expired_at")
    return Rule(
        where=entry.line,
        ids=(name.lower(),),
        purls=purls,
        paths=_paths(paths, single=False),
        reason=statement.string("statement") if statement and not statement.empty else "",
        until=_moment(until.string("expired_at"), until.where) if until else "",
        about=about,
        what=_words((name,), keys, ("purls", "paths")),
    )


def _own(entry: Value) -> Rule:
    keys = entry.mapping("a rule", _OWN_KEYS)
    if not keys.keys() & {"id", "secret", "package", "purl"}:
        entry.fail("a rule without id, secret, package or purl", "say which findings are meant")
    if "secret" in keys and keys.keys() & {"id", "package", "version", "purl"}:
        entry.fail(
            "a rule about secrets and packages", "write a rule for each: secret goes with paths"
        )
    if "reason" not in keys:
        entry.fail("a rule without reason", "say why: whoever reads it later wants to know")
    key = "secret" if "secret" in keys else "id"
    ids = _strings(keys, key)
    for name in ids:
        _check_id(name, keys[key])
    until = keys.get("until")
    return Rule(
        where=entry.line,
        ids=tuple(name.lower() for name in ids),
        packages=_strings(keys, "package"),
        versions=_strings(keys, "version"),
        purls=_purls(keys.get("purl"), globs=True, single=True),
        paths=_paths(keys.get("paths"), single=True),
        images=_strings(keys, "image"),
        reason=keys["reason"].string("reason"),
        until=_moment(until.string("until"), until.where) if until else "",
        author=keys["author"].string("author") if "author" in keys else "",
        about="secret" if key == "secret" else "vulnerability",
        what=_words(ids, keys, ("package", "version", "purl", "paths", "image")),
    )


def _strings(keys: Mapping[str, Value], name: str) -> tuple[str, ...]:
    return keys[name].strings(name, single=True) if name in keys else ()


def _check_id(name: str, value: Value) -> None:
    if not _ID.fullmatch(name):
        hint = "one such as CVE-2024-1234; identifiers have no *"
        value.fail(f"{printable(name)!r} is no identifier", hint)


def _purls(value: Value | None, *, globs: bool, single: bool) -> tuple[PurlPattern, ...]:
    if value is None:
        return ()
    texts = value.strings("purl", single=single)
    try:
        return tuple(PurlPattern.of(text, globs=globs) for text in texts)
    except ValueError as trouble:
        value.fail(str(trouble), "such as pkg:deb/debian/openssl")


def _paths(value: Value | None, *, single: bool) -> Wanted | None:
    if value is None:
        return None
    texts = value.strings("paths", single=single)
    for text in texts:
        if "{" in text or "\\" in text:
            value.fail(
                f"{printable(text)!r}: braces and backslashes are not read in paths",
                "write a path for each",
            )
    try:
        found = Wanted.of(texts)
        found.matches("a/b")  # compiles them
    except (re.error, ValueError) as trouble:
        value.fail(f"not a pattern of paths: {trouble}")
    return found


def _moment(text: str, where: str) -> str:
    """A day as it is, or a moment (RFC 3339) in UTC. ConfigError for anything else."""
    from datetime import UTC, date, datetime

    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}[Tt ]\S+", text):
            moment = datetime.fromisoformat(text.replace(" ", "T", 1).upper())
            if moment.tzinfo is not None:
                return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        pass
    raise ConfigError(f"{where}: {printable(text[:40])!r} is no date", "such as 2027-01-31")


def _words(ids: Iterable[str], keys: Mapping[str, Value], names: Iterable[str]) -> str:
    """The rule on one line: `CVE-2024-1234, package openssl, paths app/**`."""
    parts = [f"{name} {' '.join(_strings(keys, name))}" for name in names if name in keys]
    return ", ".join((*ids, *parts))
