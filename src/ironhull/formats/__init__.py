"""Formats: SBOMs and reports as documents. One row per format; writers are imported when used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironhull.formats._row import Format

if TYPE_CHECKING:
    from ironhull.model import Sbom

__all__ = ["REPORT_FORMATS", "SBOM_FORMATS", "Format"]


def _list(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.sbom_list import write_list

    return write_list(sbom, created=created)


def _json(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.sbom_json import write_json

    return write_json(sbom, created=created)


def _spdx(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.spdx import write_spdx

    return write_spdx(sbom, created=created)


def _cyclonedx(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.cyclonedx import write_cyclonedx

    return write_cyclonedx(sbom, created=created)


SBOM_FORMATS: tuple[Format, ...] = (
    Format("list", "text/plain", _list),
    Format("json", "application/vnd.ironhull.sbom+json", _json),
    Format("spdx", "application/spdx+json", _spdx),
    Format("cyclonedx", "application/vnd.cyclonedx+json", _cyclonedx),
)
"""How an SBOM can be written."""

REPORT_FORMATS: tuple[Format, ...] = ()
"""How a report can be written."""
