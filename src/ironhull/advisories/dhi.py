"""Docker Hardened Images: Docker's own records on what it builds, from its advisories repository.

github.com/docker-hardened-images/advisories (integration/README.md), fetched as one archive, holds
OSV records of two generations:

    osv/NAME/CVE-….json     ecosystem "DHI", semantic versions: software compiled from source
    dhi/osv/DHI-….json      "Docker Hardened Images:Debian:13", "…:Alpine:3.24": packages of a
                            distribution that Docker rebuilt, in that distribution's order

Records also name whole images ("Docker Hardened Images" without a release); those are no packages.
No record means no vulnerability, so both scopes are known in full. OSV's bucket has a folder for
the second generation.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.advisories._archives import members
from ironhull.advisories._row import AdvisorySource, Tally
from ironhull.advisories.osv import BUCKET, LISTING
from ironhull.advisories.osv import parse as parse_osv
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.ecosystems._hardened import FAMILY, lineage
from ironhull.errors import AdvisoryError
from ironhull.model import SEVERITIES, Advisory
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.advisories._osv_records import _Record

__all__ = ["SOURCES", "parse"]

_KEPT = "the old data stays in use"


def _as_listed(version: str) -> bytes:
    """Events of Docker's records stand in order, and which order it is, the scope tells."""
    raise ValueError(version)


_PACKAGES = replace(
    ECOSYSTEMS["deb"],
    folders=(FAMILY,),
    claimed=lambda ecosystem: lineage(ecosystem, "Debian") or lineage(ecosystem, "Alpine"),
    order=_as_listed,
)
_ROWS = (ECOSYSTEMS["dhi"], _PACKAGES)


def parse(directory: Path, tally: Tally) -> Iterator[Advisory]:
    """One claim per (scope, package, record), read member by member."""
    from ironhull.advisories._osv_records import decode_record

    seen = used = 0
    for name, read in members(directory / "document", _is_record, tally.source):
        seen += 1
        try:
            data = read()
            record = decode_record(data)
            if record.id != name.rpartition("/")[2].removesuffix(".json"):
                raise ValueError(f"holds {record.id[:60]}")
        except (ValueError, RecursionError) as trouble:
            tally.skip(name, str(trouble))
            continue
        used += 1
        tally.saw(record.modified[:19] + "Z")
        yield from _claims(data, record, tally)
    if not used or seen - used > max(10, seen // 20):
        raise AdvisoryError(f"{tally.source}: {seen - used} of {seen} records unreadable", _KEPT)
    tally.scopes["DHI"] = "full"


def _claims(data: bytes, record: _Record, tally: Tally) -> Iterator[Advisory]:
    from ironhull.advisories._dhi_records import severities
    from ironhull.advisories._osv_records import claims_of

    words = severities(data)
    left: list[str] = []
    found = False
    for row in _ROWS:
        for claim in claims_of(record, row, leave=left.append):
            found = True
            tally.scopes[claim.scope] = "full"
            word = words.get(claim.package, "")
            known = word in SEVERITIES
            yield replace(
                claim,
                severity=word if known else claim.severity,
                severity_source="Docker" if known else claim.severity_source,
                url=f"https://scout.docker.com/v/{claim.id}",
                sources=("dhi",),
            )
    if not found:
        reason = left[0] if left else "records on whole images"
        tally.leave("withdrawn" if record.withdrawn else reason)


def _is_record(name: str) -> bool:
    """Whether a member is a record: TOP/osv/NAME/ID.json or TOP/dhi/osv/ID.json."""
    parts = name.split("/")
    if not name.endswith(".json") or len(parts) < 4:
        return False
    return parts[1] == "osv" or parts[1:3] == ["dhi", "osv"]


SOURCES = (
    AdvisorySource(
        name="dhi",
        base="dhi",
        url="https://github.com/docker-hardened-images/advisories/archive/refs/heads/main.tar.gz",
        fetch="document",
        gives="claims",
        parse=parse,
        serves=("DHI", FAMILY),
        heavy=True,
    ),
    AdvisorySource(
        name="osv-docker-hardened-images",
        base="osv",
        url=BUCKET,
        fetch="listed",
        gives="claims",
        parse=partial(parse_osv, ecosystem=_PACKAGES, folder=FAMILY),
        folder=FAMILY,
        listing=LISTING,
        serves=(FAMILY,),
    ),
)
