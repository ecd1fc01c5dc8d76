"""`--only-base` and `--ignore-base`: what the base image brings, as far as its layers prove it."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.errors import AdvisoryError
from ironhull.model import BaseImage, Finding, Report

__all__ = ["base_filter"]


def base_filter(report: Report, *, only: bool) -> tuple[str, Callable[[Finding], bool], str]:
    """(option, test, note) for the findings of `report`.

    A package is the base's if it is in the base, and the layers of the base are the lowest of the
    image. A finding in packages of both is of the base and of what was added. Where nobody can
    tell, nothing is hidden and a note says so; with `only`, AdvisoryError.
    """
    option = "--only-base" if only else "--ignore-base"
    why = _unproven(report.base)
    base = report.base.report if report.base is not None else None
    if why or base is None:
        if only:
            raise AdvisoryError(f"--only-base: {why}", _hint(report.base))
        return f"{option} (hides nothing: {why})", lambda _: True, f"warning: {option}: {why}"
    brought = {package.purl for package in base.sbom.packages}

    def test(finding: Finding) -> bool:
        found = [package.purl in brought for package in finding.packages]
        return any(found) if only else not all(found)

    return option, test, ""


def _unproven(base: BaseImage | None) -> str:
    if base is None:
        return "the image does not say which base image it was built from"
    if base.report is None:
        return f"the base image {base.name} is not in the local store, so nothing proves its layers"
    if not base.verified:
        return f"the layers of {base.name} are not the lowest layers of the image"
    return ""


def _hint(base: BaseImage | None) -> str:
    if base is not None and base.report is None:
        return f"`ironhull pull {base.name}` lets its layers be compared"
    return (
        "a provenance attestation or the label org.opencontainers.image.base.name tells the base;"
        " `ironhull bases index REF` lets its layers be recognised"
    )
