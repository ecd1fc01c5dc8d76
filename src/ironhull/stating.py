"""Joining what is said of an image: a wish in a few words becomes a predicate.

A part of `pipeline`. Some predicates Ironhull makes (SBOMs, reports of vulnerabilities), the others
are in a file. What depends on the day it is made (advisory data) is `timed`: it never goes into an
image's index, which has to be the same for the same build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.config import Settings
from ironhull.counts import coverage_notes, has_numbers
from ironhull.errors import AdvisoryError, Error, FormatError, StoreError, UsageError
from ironhull.limits import LIMITS
from ironhull.model import Image
from ironhull.oci.manifests import IN_TOTO, canonical_json
from ironhull.pipeline import Opened, now, sbom, scan
from ironhull.predicates import PREDICATES, predicate_row, predicate_types
from ironhull.predicates._shape import parsed
from ironhull.values import dataclass, replace
from ironhull.weighing import Weighing

if TYPE_CHECKING:
    from ironhull.attest import Statement, StatementSubject
    from ironhull.model import Report, Sbom

__all__ = [
    "MADE",
    "Said",
    "Speaker",
    "Wish",
    "make_wish",
    "moment",
    "parse_wish",
    "read_wish",
    "stated",
    "vex_files",
]

MADE = ("spdx", "cyclonedx", "vulns", "cosign-vuln", "scout-vulns", "secrets")
"""The predicates that need no file."""

_STATEMENTS = (b"https://in-toto.io/Statement/", b'"payloadType"', b'"dsseEnvelope"')
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", re.ASCII)
"""RFC 3986 in broad strokes: a scheme, and then characters that are seen."""
_TIMED = ("vulns", "cosign-vuln", "scout-vulns")


@dataclass(frozen=True, slots=True)
class Wish:
    """Something to say of an image: a predicate type by its name or URI, and the file it is in.

    Without a `path` Ironhull makes it.
    """

    type: str
    path: Path | None = None

    @property
    def timed(self) -> bool:
        """Whether it says something else on another day."""
        row = predicate_row(self.type)
        return self.path is None and row is not None and row.name in _TIMED


@dataclass(frozen=True, slots=True)
class Said:
    """What is said: a predicate of a type.

    Where a file held a whole `statement`, `data` are its bytes as they are to be attached, in an
    envelope or bundle where `media_type` says so. `notes` are what is wrong and does no harm.
    """

    type: str
    predicate: Any
    statement: Statement | None = None
    data: bytes = b""
    media_type: str = IN_TOTO
    notes: tuple[str, ...] = ()


def parse_wish(text: str, option: str) -> Wish:
    """`NAME`, `NAME=FILE`, `URI=FILE` or `type=NAME,file=FILE`; raises UsageError naming `option`.

    The last is how `docker build --attest` writes it.
    """
    if text.startswith("type="):
        keys = dict(part.partition("=")[::2] for part in text.split(","))
        if unknown := sorted(keys.keys() - {"type", "file"}):
            raise UsageError(f"{option} {text}: unknown key {unknown[0]!r}", "known: type and file")
        kind, path = keys["type"], keys.get("file", "")
    else:
        kind, equals, path = text.partition("=")
        if "://" in kind and equals:  # a URI may hold the sign
            kind, _, path = text.rpartition("=")
        if equals and not path:
            raise UsageError(f"{option} {text} names no file", "write NAME=FILE")
    return make_wish(kind, path, f"{option} {text}")


def make_wish(kind: str, path: str, where: str) -> Wish:
    """A predicate type and the file it is in, or ""; raises UsageError naming `where`."""
    row = predicate_row(kind)
    if row is None and not _is_uri(kind):
        import difflib

        near = difflib.get_close_matches(kind, [row.name for row in PREDICATES], 1)
        hint = f"did you mean {near[0]}?" if near else "docs/attestations.md lists them"
        raise UsageError(f"{where}: no predicate type {kind!r}", hint)
    if not path and (row is None or row.name not in MADE):
        raise UsageError(
            f"{where}: Ironhull makes no {kind}", f"give the file that says it: {kind}=FILE"
        )
    return Wish(kind, Path(path) if path else None)


def vex_files(wishes: Iterable[Wish]) -> tuple[str, ...]:
    """The files of those wishes that are VEX: reports made beside them go by them."""
    rows = ((predicate_row(wish.type), wish.path) for wish in wishes)
    return tuple(str(path) for row, path in rows if path and row and row.name == "vex")


def _is_uri(text: str) -> bool:
    return _URI.fullmatch(text) is not None


def moment(settings: Settings) -> str:
    """When something is said: SOURCE_DATE_EPOCH, else now (RFC 3339)."""
    if settings.epoch is None:
        return now()
    from datetime import UTC, datetime

    return datetime.fromtimestamp(settings.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ── from files ───────────────────────────────────────────────────────────────────────────────────


def read_wish(wish: Wish) -> Said:
    """What the file of a wish says: a predicate, or a statement with one.

    Raises StoreError, FormatError for a predicate that is not what its type asks for.
    """
    from ironhull.attest import Statement, wrong_with
    from ironhull.predicates.openvex import openvex_type
    from ironhull.predicates.sboms import cyclonedx_type

    assert wish.path is not None
    data, where = _file(wish.path), str(wish.path)
    row = predicate_row(wish.type)
    if _is_whole(data):
        said = _whole(data, where)
        if wish.type and not predicate_types(said.type, wish.type):
            raise FormatError(
                f"{where}: a statement of type {said.type}, not {wish.type}", "say its type"
            )
    elif not wish.type:
        raise UsageError(f"{where}: no statement, so its type is not told", "say --predicate-type")
    else:
        predicate = row.read(data, where) if row is not None and row.read else _json(data, where)
        kind = wish.type
        if row is not None and not _is_uri(wish.type):
            known = {"cyclonedx": cyclonedx_type, "vex": openvex_type}.get(row.name)
            kind = known(predicate) if known else row.uri
        said = Said(kind, predicate)
    if wrong := wrong_with(Statement(said.type, (), said.predicate)):
        raise FormatError(
            f"{where}: no predicate of type {said.type}: {wrong[0]}",
            "give the predicate, or a statement with it",
        )
    return replace(said, notes=_vex_notes(said, where))


def _vex_notes(said: Said, where: str) -> tuple[str, ...]:
    """What is wrong with the statements of a VEX document, a line each.

    Raises FormatError where there are some and none can be used.
    """
    row = predicate_row(said.type)
    if row is None or row.name != "vex":
        return ()
    from ironhull.model import Component
    from ironhull.statements import read_vex

    # statements that name no product are about the subject of the attestation
    subject = Component(("pkg:oci/subject",))
    found, problems = read_vex(canonical_json(said.predicate), where, subjects=(subject,))
    if not found and said.predicate["statements"]:
        first = f": {problems[0].message}" if problems else ""
        raise FormatError(
            f"{where}: holds no statement that can be used{first}", "see `ironhull vex lint`"
        )
    return tuple(f"{problem.where}: {problem.message}" for problem in problems)


def _is_whole(data: bytes) -> bool:
    """Whether this is a statement, or an envelope or bundle of one, and not a predicate."""
    if not any(mark in data for mark in _STATEMENTS):
        return False
    try:
        found = parsed(data, "", "")
    except FormatError:
        return False  # whoever reads it as a predicate says what is wrong
    if not isinstance(found, dict):
        return False
    return "dsseEnvelope" in found or "payloadType" in found or "predicateType" in found


def _whole(data: bytes, where: str) -> Said:
    """A statement, bare or wrapped, that is to be attached as it is."""
    from ironhull.attest import open_statement
    from ironhull.attestations.attaching import DSSE
    from ironhull.signing import BUNDLE

    try:
        statement, opened = open_statement(data, where=where)
    except Error as trouble:
        hint = trouble.hint or "give a whole statement, bare or signed, or the predicate alone"
        raise FormatError(trouble.message, hint) from None
    media_type = IN_TOTO
    if opened.envelope is not None:
        media_type = BUNDLE if b'"dsseEnvelope"' in data else DSSE
    return Said(statement.predicate_type, statement.predicate, statement, data, media_type)


def stated(said: Said, subjects: Sequence[StatementSubject], digest: str) -> tuple[bytes, str]:
    """(statement, its media type) that `said` is so of `subjects`, whose digest is `digest`.

    Raises FormatError for a whole statement about something else.
    """
    from ironhull.attest import make_statement

    if said.statement is None:
        return make_statement(subjects, said.type, said.predicate), IN_TOTO
    if not said.statement.is_about({digest}):
        there = ", ".join(
            f"{name}:{value}" for s in said.statement.subjects for name, value in s.digest.items()
        )
        raise FormatError(
            f"the statement of type {said.type} is about {there or 'nothing'}, not {digest}",
            "give the predicate alone, or attach it to what it is about",
        )
    return said.data, said.media_type


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.attestation_bytes + 1)
    except OSError as trouble:
        raise StoreError(f"cannot read {path}: {trouble.strerror}", "check the path") from None
    if len(data) > LIMITS.attestation_bytes:
        raise FormatError(f"{path}: more than the {LIMITS.attestation_bytes} bytes allowed")
    return data


def _json(data: bytes, where: str) -> Any:
    found = parsed(data, where, "a predicate is JSON (RFC 8259)")
    if not isinstance(found, dict | list):
        raise FormatError(f"{where}: a predicate is an object", "give what is to be said as JSON")
    return found


# ── made ─────────────────────────────────────────────────────────────────────────────────────────


class Speaker:
    """What Ironhull says of one image; its SBOM and report are made once, when first asked for.

    Reports go by the VEX statements that come with the image, and by those of the files `vex`.
    """

    def __init__(
        self, image: Image, settings: Settings, name: str = "", *, vex: Sequence[str] = ()
    ) -> None:
        self._image = replace(image, name=name or image.name)
        self._settings = settings
        self._vex = tuple(vex)
        self._started = moment(settings)
        self._sbom: Sbom | None = None
        self._report: Report | None = None

    def say(self, wish: Wish) -> Said:
        """What `wish` asks for; raises FormatError, StoreError, ImageError, AdvisoryError."""
        if wish.path is not None:
            return read_wish(wish)
        row = predicate_row(wish.type)
        assert row is not None
        makers: Mapping[str, Callable[[], tuple[str, Any]]] = {
            "spdx": self._spdx,
            "cyclonedx": self._cyclonedx,
            "vulns": self._vulns,
            "cosign-vuln": self._cosign_vuln,
            "scout-vulns": self._scout_vulns,
            "secrets": self._secrets,
        }
        kind, predicate = makers[row.name]()
        return Said(wish.type if wish.type in row.also else kind, predicate)

    def sbom(self) -> Sbom:
        """What is in the image."""
        if self._sbom is None:
            self._sbom = sbom(self._image, self._settings)
        return self._sbom

    def notes(self) -> tuple[str, ...]:
        """What has to be said beside what was said, a line each: what could not be checked."""
        return coverage_notes(self._report) if self._report is not None else ()

    def _reported(self) -> Report:
        if self._report is None:
            vex = Weighing(self._settings, self._vex)
            report = scan(Opened(self._image), self._settings, vex=vex)
            if not has_numbers(report) and report.sbom.judged:
                raise AdvisoryError(
                    f"{self._image.name}: no package could be checked, so nothing is said of them",
                    "update the advisory data: `ironhull db update`",
                )
            self._report = report
        return self._report

    def _spdx(self) -> tuple[str, Any]:
        from ironhull.formats.spdx import write_spdx
        from ironhull.predicates.spdx import PREDICATE_TYPE, spdx_predicate

        found = self.sbom()
        return PREDICATE_TYPE, spdx_predicate(write_spdx(found, created=found.subject.created))

    def _cyclonedx(self) -> tuple[str, Any]:
        from ironhull.formats.cyclonedx import write_cyclonedx
        from ironhull.predicates.sboms import cyclonedx_predicate, cyclonedx_type

        found = self.sbom()
        document = write_cyclonedx(found, created=found.subject.created)
        predicate = cyclonedx_predicate(document)
        return cyclonedx_type(predicate), predicate

    def _secrets(self) -> tuple[str, Any]:
        """The list of secrets, redacted; an empty one says that none was found."""
        from ironhull.predicates.scout import SECRETS_TYPE
        from ironhull.searching import policy_rows, search_opened

        searched, _ = search_opened(Opened(self._image), self._settings)
        if searched is None or searched.problems:
            trouble = searched.problems[0].message if searched is not None else "nothing to search"
            raise FormatError(f"{self._image.name}: not searched for secrets in full: {trouble}")
        return SECRETS_TYPE, policy_rows(searched.findings)

    def _vulns(self) -> tuple[str, Any]:
        from ironhull.predicates.vulns import PREDICATE_TYPE, vulns_predicate

        report = self._reported()
        times = {"started": self._started, "finished": moment(self._settings)}
        return PREDICATE_TYPE, vulns_predicate(report, **times)

    def _cosign_vuln(self) -> tuple[str, Any]:
        from ironhull.formats.json_report import write_report_json
        from ironhull.formats.text_cves import Shown
        from ironhull.predicates.vulns import COSIGN_TYPE, cosign_predicate

        report = self._reported()
        document = json.loads(write_report_json(report, Shown(report.findings)))
        times = {"started": self._started, "finished": moment(self._settings)}
        return COSIGN_TYPE, cosign_predicate(report, document, **times)

    def _scout_vulns(self) -> tuple[str, Any]:
        from ironhull.predicates.vulns import SCOUT_TYPE, scout_predicate

        return SCOUT_TYPE, scout_predicate(self._reported())
