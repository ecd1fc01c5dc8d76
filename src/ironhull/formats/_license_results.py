"""Licences as rules and results of SARIF, and as cases of JUnit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ironhull.formats._licenses import license_key, license_name, license_sentence
from ironhull.formats._xml import attributes
from ironhull.formats.text_table import safe
from ironhull.model import LicenseFinding

__all__ = ["license_cases", "sarif_license", "sarif_license_id", "sarif_license_rule"]

_LEVELS = {"critical": "error", "high": "error", "medium": "warning"}
_REMEDY = "Replace it, or meet the terms of the licence."


def sarif_license_id(found: LicenseFinding) -> str:
    """`license/GPL-3.0-only`."""
    return f"license/{found.license or 'none-told'}"


def sarif_license_rule(found: LicenseFinding) -> dict[str, Any]:
    """The reportingDescriptor of a licence."""
    name = license_name(found)
    return {
        "id": sarif_license_id(found),
        "name": "License",
        "shortDescription": {"text": _plain(f"License {name} ({found.category})")},
        "fullDescription": {"text": _plain(f"Part of the image is under {name}.")},
        "help": {"text": _REMEDY, "markdown": _REMEDY},
        "defaultConfiguration": {"level": _level(found)},
        "properties": {"tags": ["license", found.category]},
    }


def sarif_license(found: LicenseFinding, place: int) -> dict[str, Any]:
    """The result of a licence, `place` the index of its rule."""
    parts = [part for part in found.path.split("/") if part not in ("", ".", "..")]
    uri = "/".join(quote(part, safe="", errors="backslashreplace") for part in parts)
    artifact = {"uri": uri or "image", **({"uriBaseId": "IMAGEROOT"} if uri else {})}
    key = f"{license_key(found)} {found.license}"
    return {
        "ruleId": sarif_license_id(found),
        "ruleIndex": place,
        "level": _level(found),
        "message": {"text": _plain(f"{license_sentence(found)}.")},
        "locations": [
            {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": 1}}}
        ],
        "partialFingerprints": {"ironhullLicense/v1": safe(key)},
        "properties": {
            "kind": "license",
            "category": found.category,
            "state": found.state or "not judged",
            "layer": found.layer,
        },
    }


def license_cases(shown: Sequence[LicenseFinding]) -> list[str]:
    """A case for each licence listed: failed where it is denied or no list speaks of it."""
    cases = []
    for found in shown:
        case = attributes(classname=license_key(found) or "image", name=license_name(found))
        said = attributes(message=license_sentence(found), type=found.category)
        cases.append(f'<testcase{case} time="0"><failure{said}/></testcase>\n')
    return cases


def _level(found: LicenseFinding) -> str:
    return "error" if found.state == "denied" else _LEVELS.get(found.severity, "note")


def _plain(text: str) -> str:
    """`text` without what SARIF messages give a meaning (section 3.11)."""
    return safe(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")
