"""What is wrong in a VEX document, and what is right but some scanner would not apply.

A finding is a Trouble: its place, the name of a rule, a level and a message. "error" is against the
specification and not used, "warning" is used and doubtful, "note" could be better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Component, Statement
from ironhull.statements import readings
from ironhull.statements._lint_openvex import check_openvex
from ironhull.statements._reading import LEVELS, Reading, Trouble, short
from ironhull.statements.products import TOOL_QUALIFIERS
from ironhull.values import dataclass

__all__ = ["LEVELS", "Checked", "Trouble", "lint_vex"]

_IMAGES = ("pkg:oci/", "pkg:docker/")


@dataclass(frozen=True, slots=True)
class Checked:
    """A document with what is wrong: `statements` can be used, `more` findings are not listed."""

    document: str
    format: str
    statements: int
    findings: tuple[Trouble, ...]
    more: int = 0


def lint_vex(data: bytes, document: str, *, now: str = "") -> tuple[Checked, ...]:
    """Every document in `data`, checked; what is no VEX is an error of a document without format.

    `now` (RFC 3339 in UTC) is what times are compared with; without it none is in the future.
    """
    start = Reading(document, room=LIMITS.vex_findings, keep=True)
    try:
        found = readings(data, start)
    except FormatError as trouble:
        message = trouble.message.removeprefix(f"{document}: ")
        return (Checked(document, "", 0, (Trouble("", "not-vex", "error", message),)),)
    return tuple(_checked(reading, now) for reading in found)


def _checked(reading: Reading, now: str) -> Checked:
    if reading.inner is not None and reading.format == "openvex":
        check_openvex(reading.inner, reading.say)
    seen: dict[str, dict[Component, Statement]] = {}
    for statement in reading.statements:
        _check_statement(statement, reading.say, now)
        _contradicted(statement, seen, reading.say)
    order = {level: number for number, level in enumerate(LEVELS)}
    findings = sorted(reading.troubles, key=lambda found: order[found.level])
    known = reading.format if reading.inner is not None else ""
    return Checked(reading.name, known, reading.stated, tuple(findings), reading.untold)


Say = Callable[[str, str, str, str], None]


def _place(statement: Statement) -> str:
    kind = "statement" if statement.format == "openvex" else "vulnerability"
    return f"{kind} {statement.number}"


def _check_statement(statement: Statement, say: Say, now: str) -> None:
    place = _place(statement)
    if now and statement.issued.removesuffix("Z") > now.removesuffix("Z"):
        message = f"{statement.issued} is in the future: it overrides what is said until then"
        say(place, "future", message, "warning")
    if not any(_purls(product) for product in statement.products):
        message = "no product has a package URL: Trivy, Grype and Docker Scout compare only these"
        say(place, "no-purl", message, "note")
    for value in dict.fromkeys(v for product in statement.products for v in _all(product)):
        if value[:4].lower() == "pkg:":
            _check_purl(value, place, say)
    _portable(statement, place, say)


def _purls(component: Component) -> list[str]:
    return [value for value in component.ids if value.startswith("pkg:")]


def _all(component: Component) -> Iterator[str]:
    yield from component.ids
    for part in component.parts:
        yield from _all(part)


def _check_purl(value: str, place: str, say: Say) -> None:
    """Whether a package URL can be read, and means the same to every scanner."""
    from ironhull.documents.purl import parse_purl

    try:
        read = parse_purl(value)
    except ValueError as fault:
        say(place, "purl", str(fault), "error")
        return
    if not value.startswith(f"pkg:{read.type}/"):
        message = f"{short(value)}: the type of a package URL is in lower case, without slashes"
        say(place, "purl-form", message, "warning")
    keys = {key for key, _ in read.qualifiers}
    if value.startswith(_IMAGES):
        if read.type == "oci" and "repository_url" not in keys:
            message = f"{short(value)} names no repository_url: it fits images of any registry"
            say(place, "repository-url", message, "note")
        return
    if different := sorted(keys & TOOL_QUALIFIERS):
        message = f"{short(value)}: scanners write {', '.join(different)} each in its own way"
        say(place, "qualifiers", f"{message}, so that it fits one only", "note")


def _portable(statement: Statement, place: str, say: Say) -> None:
    """Whether Trivy and Grype (OCI) and Scout (Docker) all find the image."""
    kinds = {start for product in statement.products for start in _kinds(product)}
    if len(kinds) == 1:
        (there,) = kinds
        misses = "Docker Scout" if there == "pkg:oci/" else "Trivy and Grype"
        message = f"its images are named as {there} only: {misses} may not apply it"
        say(place, "portable", message, "note")


def _kinds(product: Component) -> Iterator[str]:
    for value in _purls(product):
        yield from (start for start in _IMAGES if value.startswith(start))


def _contradicted(
    statement: Statement, seen: dict[str, dict[Component, Statement]], say: Say
) -> None:
    """Statements of one time about one product that differ, or say it twice."""
    for product in statement.products:
        key = f"{statement.vulnerability} {statement.issued}"
        before = seen.setdefault(key, {}).setdefault(product, statement)
        if before is statement:
            continue
        if before.status != statement.status:
            message = (
                f"says {statement.status} of what {_place(before)} says is {before.status}, at the"
                " same time: scanners differ in which of them holds"
            )
            say(_place(statement), "contradiction", message, "error")
        else:
            message = f"says of a product what {_place(before)} says already"
            say(_place(statement), "repeated", message, "warning")
        return
