"""CycloneDX 1.4 to 1.7 VEX: analyses of vulnerabilities, in a BOM or beside one (ECMA-424).

The specification's `vulnerabilities[].analysis` and `affects`; BOM-Links as in its "BOM-Link" part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.model import Component
from ironhull.statements._cyclonedx_refs import References
from ironhull.statements._reading import Reading, short, text, utc

__all__ = ["read_cyclonedx", "recognises"]

_STATES = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}
_JUSTIFICATIONS = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
}
"""The justifications of OpenVEX that mean the same; others are told in words."""

_OTHER_JUSTIFICATIONS = (
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_at_perimeter",
)
_SUPPRESSING = ("not_affected", "fixed")


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is a CycloneDX document that lists vulnerabilities."""
    return document.get("bomFormat") == "CycloneDX" and "vulnerabilities" in document


def read_cyclonedx(document: Mapping[str, Any], reading: Reading) -> None:
    """Put the analyses of a CycloneDX document into `reading`, with what is wrong with them.

    A vulnerability without an analysis states nothing: how many there are is said.
    """
    reading.format = "cyclonedx"
    _header(document, reading)
    references = References(document, reading)
    rows = document.get("vulnerabilities")
    if not isinstance(rows, list):
        reading.say("vulnerabilities", "no-statements", "is no list: nothing is stated")
        return
    reading.check_amount(len(rows))
    silent = 0
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            reading.say(f"vulnerability {number}", "statement", "is no object")
        elif not row.get("analysis"):
            silent += 1
        else:
            _take(row, number, references, reading)
    if silent:
        message = f"{silent} of {len(rows)} have no analysis: they state nothing"
        reading.say("vulnerabilities", "analysis", message, "warning")


def _header(document: Mapping[str, Any], reading: Reading) -> None:
    said = document.get("metadata")
    metadata = said if isinstance(said, dict) else {}
    reading.author = ", ".join(dict.fromkeys(_authors(metadata)))
    if not reading.author:
        message = "names no author or supplier: whose statements these are is not told"
        reading.say("metadata", "author", message, "warning")
    if given := metadata.get("timestamp"):
        try:
            reading.issued = utc(text(given))
        except ValueError as fault:
            reading.say("metadata.timestamp", "timestamp", str(fault), "warning")
    if serial := text(document.get("serialNumber")):
        reading.document = f"{reading.document} ({serial[:300]})"


def _authors(metadata: Mapping[str, Any]) -> Iterator[str]:
    """People first, else the organisation that made or supplies it."""
    people = metadata.get("authors")
    found = [_contact(one) for one in (people if isinstance(people, list) else ())]
    for key in ("manufacturer", "supplier", "manufacture"):
        if not any(found):
            found.append(_contact(metadata.get(key)))
    yield from filter(None, found)


def _contact(said: object) -> str:
    if not isinstance(said, dict):
        return ""
    name, email = text(said.get("name")), text(said.get("email"))
    return f"{name} <{email}>" if name and email else name or email


def _take(row: Mapping[str, Any], number: int, references: References, reading: Reading) -> None:
    """Add the statement of one vulnerability."""
    place = f"vulnerability {number}"
    name = text(row.get("id"))
    analysis = row["analysis"]
    if not name:
        reading.say(place, "vulnerability", "has no id")
        return
    state = text(analysis.get("state")) if isinstance(analysis, dict) else ""
    if state not in _STATES:
        known = ", ".join(_STATES)
        what = f"{short(state)} is no state" if state else "its analysis has no state"
        reading.say(place, "status", f"{what} (it is one of {known})")
        return
    status = _STATES[state]
    products = _products(row, status, references, reading, place)
    if not products:
        return
    why = _reason(analysis, state, reading, place)
    reading.add(
        number,
        vulnerability=name,
        aliases=_aliases(row, name),
        status=status,
        products=products,
        issued=_time(row, analysis, reading, place),
        **why,
    )


def _products(
    row: Mapping[str, Any], status: str, references: References, reading: Reading, place: str
) -> tuple[Component, ...]:
    rows = row.get("affects")
    if not isinstance(rows, list) or not rows:
        reading.say(place, "product", "affects nothing: which product it is about is not told")
        return ()
    found: list[Component] = []
    for number, target in enumerate(rows, 1):
        where = f"{place}, affects {number}"
        ref = text(target.get("ref")) if isinstance(target, dict) else ""
        if not ref:
            reading.say(where, "product", "has no ref")
            continue
        made = references.component(ref, where)
        if made is not None:
            found += _versions(made, target, status, reading, where)
    return tuple(dict.fromkeys(found))


def _versions(
    made: Component, target: Mapping[str, Any], status: str, reading: Reading, where: str
) -> list[Component]:
    """The component in the versions the statement holds for.

    Statements that something is affected are not narrowed. What says that nothing needs doing
    holds for the single versions that are listed as unaffected, or without a status of their own.
    """
    rows = target.get("versions")
    if not rows or status not in _SUPPRESSING:
        return [made]
    versions = []
    for row in rows if isinstance(rows, list) else [None]:
        said = row if isinstance(row, dict) else {}
        version, standing = text(said.get("version")), text(said.get("status"))
        if standing not in ("", "unaffected"):
            message = f"is {standing} in {short(version or said.get('range'))}: not used for it"
            reading.say(where, "versions", message)
        elif version:
            versions.append(version)
        else:
            message = f"the range {short(said.get('range'))} is not used: versions are compared"
            reading.say(where, "versions", f"{message} one by one")
    return [one for version in versions for one in _at(made, version)]


def _at(made: Component, version: str) -> list[Component]:
    """`made` in one version; nothing where its package URL names another one."""
    from urllib.parse import quote

    if made.parts:
        parts = tuple(one for part in made.parts for one in _at(part, version))
        return [Component(made.ids, made.hashes, parts)] if parts else []
    ids = []
    for value in made.ids:
        if not value.startswith("pkg:"):
            continue
        head, mark, tail = value.partition("?")
        _, _, last = head.rpartition("/")
        if "@" not in last:
            ids.append(f"{head}@{quote(version, safe='')}{mark}{tail}")
        elif last.rpartition("@")[2] in (version, quote(version, safe="")):
            ids.append(value)
    return [Component(tuple(ids))] if ids else []


def _reason(
    analysis: Mapping[str, Any], state: str, reading: Reading, place: str
) -> dict[str, str]:
    """Justification and words, as the fields of Statement."""
    said, detail = text(analysis.get("justification")), text(analysis.get("detail"))
    if said and said not in _JUSTIFICATIONS and said not in _OTHER_JUSTIFICATIONS:
        reading.say(place, "justification", f"{short(said)} is no justification", "warning")
        said = ""
    status = _STATES[state]
    if status == "not_affected":
        words = said if said in _OTHER_JUSTIFICATIONS else ""
        if state == "false_positive" and not said:
            words = state
        told = ": ".join(filter(None, (words.replace("_", " "), detail)))
        return {"justification": _JUSTIFICATIONS.get(said, ""), "impact_statement": told}
    responses = analysis.get("response", analysis.get("responses"))  # JSON, XML
    listed = [r for r in responses if isinstance(r, str)] if isinstance(responses, list) else []
    if status == "affected":
        action = ": ".join(filter(None, (", ".join(listed).replace("_", " "), detail)))
        return {"action_statement": action}
    return {"status_notes": detail}


def _aliases(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """What other sources call it (`references`)."""
    said = row.get("references")
    rows = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    names = (text(one.get("id")) for one in rows)
    return tuple(dict.fromkeys(n for n in names if n and n != name))


def _time(row: Mapping[str, Any], analysis: Mapping[str, Any], reading: Reading, place: str) -> str:
    """When the analysis was last changed or made, else the document."""
    for said in (analysis.get("lastUpdated"), analysis.get("firstIssued"), row.get("updated")):
        if said:
            try:
                return utc(text(said))
            except ValueError as fault:
                reading.say(place, "timestamp", str(fault), "warning")
    return reading.issued
