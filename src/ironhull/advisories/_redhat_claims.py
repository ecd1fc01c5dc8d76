"""From a VEX document of Red Hat to claims.

A document names source packages, binary packages or both. Sources speak for all packages built from
them; only where the document says that some binary packages are not affected, binaries are named
one by one. An affected package named alone, without its source beside it, may be either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ironhull.advisories._redhat_products import Component, Products
from ironhull.ecosystems.rpm import build_of, sort_key
from ironhull.model import Advisory, Cvss, Range
from ironhull.values import dataclass, field

if TYPE_CHECKING:
    from ironhull.advisories._redhat_records import Document, Vulnerability

__all__ = ["claims_of"]

_WORDS = ("low", "moderate", "important", "critical")
_UNPLANNED = {"will not fix": "will-not-fix", "out of support scope": "end-of-life"}
_ERRATUM = re.compile(r"/errata/(RH[A-Z]A-[0-9]{4}:[0-9]+)", re.ASCII)
_DEBUG = ("-debuginfo", "-debugsource")
_SUMMARY = 400

Skip = Callable[[str, str], None]
_Key = tuple[str, bool]  # name, whether of a source package


@dataclass(slots=True)
class _Said:
    """What a vulnerability's lists say of the packages of one release and module."""

    fixed: dict[_Key, dict[str, str]] = field(default_factory=dict)
    open: dict[_Key, tuple[str, str]] = field(default_factory=dict)
    ids: dict[_Key, str] = field(default_factory=dict)
    errata: dict[_Key, set[str]] = field(default_factory=dict)
    spared: bool = False  # whether some binary packages are not affected


def claims_of(document: Document, skip: Skip) -> Iterator[Advisory]:
    """The claims of a document; `skip(where, why)` is told of what cannot be used."""
    products = Products(document)
    if not products.releases:
        return
    for vulnerability in document.vulnerabilities:
        name = vulnerability.cve or document.document.tracking.id
        said = _gathered(vulnerability, products)
        for (release, module), here in said.items():
            for package, key in _packages(here):
                label = f"{module}/{package}" if module else package
                try:
                    ranges, status, reason = _judged(here, key)
                except ValueError as fault:
                    skip(f"{name}: {label}", str(fault))
                    continue
                yield _claim(
                    (document, vulnerability, here.ids[key]),
                    Advisory(
                        id=name,
                        scope=f"Red Hat:{release}",
                        package=label,
                        ranges=ranges,
                        aliases=tuple(sorted(here.errata.get(key, ()))),
                        status=status,
                        reason=reason,
                    ),
                )


def _gathered(vulnerability: Vulnerability, products: Products) -> dict[tuple[str, str], _Said]:
    status = vulnerability.product_status
    errata, plans = _remediations(vulnerability)
    found: dict[tuple[str, str], _Said] = {}
    for product_id, release, component in _found(status.get("fixed", ()), products):
        if component.version and not component.name.endswith(_DEBUG):
            here = found.setdefault((release, component.module), _Said())
            key = (component.name, component.source)
            here.fixed.setdefault(key, {})[component.version] = product_id
            here.ids.setdefault(key, product_id)
            here.errata.setdefault(key, set()).update(errata.get(product_id, ()))
    for word in ("known_affected", "under_investigation"):
        for product_id, release, component in _found(status.get(word, ()), products):
            here = found.setdefault((release, component.module), _Said())
            key = (component.name, component.source)
            plan = plans.get(product_id, ("unfixed", ""))
            here.open[key] = plan if word == "known_affected" else ("undetermined", "")
            here.ids.setdefault(key, product_id)
    for _, release, component in _found(status.get("known_not_affected", ()), products):
        if (here_ := found.get((release, component.module))) and not component.source:
            here_.spared = True
    return found


def _found(ids: Iterable[str], products: Products) -> Iterator[tuple[str, str, Component]]:
    for product_id in ids:
        place = products.find(product_id)
        if place is not None:
            yield product_id, *place


def _remediations(
    vulnerability: Vulnerability,
) -> tuple[dict[str, list[str]], dict[str, tuple[str, str]]]:
    """Errata by product id, and what is planned (status, reason) by product id."""
    errata: dict[str, list[str]] = {}
    plans: dict[str, tuple[str, str]] = {}
    for remediation in vulnerability.remediations:
        if remediation.category == "vendor_fix":
            match = _ERRATUM.search(remediation.url)
            for product_id in remediation.product_ids if match else ():
                errata.setdefault(product_id, []).append(match[1] if match else "")
        elif remediation.category in ("no_fix_planned", "none_available"):
            details = " ".join(remediation.details.split())[:_SUMMARY]
            status = _UNPLANNED.get(details.lower(), "unfixed")
            if remediation.category == "no_fix_planned" and status == "unfixed":
                status = "will-not-fix"
            reason = "" if details.lower() == "affected" else details
            plans.update(dict.fromkeys(remediation.product_ids, (status, reason)))
    return errata, plans


def _packages(here: _Said) -> Iterator[tuple[str, _Key]]:
    """(name in the index, key) of what the claims of a release are about.

    A kernel is held as its source alone: its binary packages are dozens, of thousands of
    vulnerabilities.
    """
    sourced = any(source for _, source in here.open)
    covered = {frozenset(found) for (_, source), found in here.fixed.items() if source}
    for key in dict.fromkeys((*here.fixed, *here.open)):
        name, source = key
        kernel = name.startswith("kernel")
        spared = here.spared and not kernel
        if source:
            if not (spared and _expanded(here, key)):
                yield f"{name}.src", key
        elif key in here.fixed:
            # a source package of the same versions speaks for it
            if spared or frozenset(here.fixed[key]) not in covered:
                yield name, key
        elif not (kernel and sourced):
            yield name, key
            if not sourced:
                yield f"{name}.src", key


def _expanded(here: _Said, key: _Key) -> bool:
    """Whether the binary packages of a source package are named beside it."""
    if key in here.fixed:
        versions = here.fixed[key].keys()
        theirs = (found for (_, source), found in here.fixed.items() if not source)
        return any(not versions.isdisjoint(found.keys()) for found in theirs)
    name = key[0]
    binaries = (other for other, source in here.open if not source)
    return any(other.removeprefix("lib").startswith(name) for other in binaries)


def _judged(here: _Said, key: _Key) -> tuple[tuple[Range, ...], str, str]:
    versions = here.fixed.get(key)
    if versions:
        return _ranges(versions), "fixed", ""
    status, reason = here.open[key]
    return (Range(),), status, reason


def _ranges(versions: Iterable[str]) -> tuple[Range, ...]:
    """The affected versions where several builds repair the same: one for each minor release.

    1-23.el9_2.4 and 1-26.el9_3.2 are [0, the first) and [the first, the second): an update of 9.2
    is not affected although it is lower than that of 9.3, which `ecosystems.rpm.fits` sees.
    """
    last: dict[tuple[str, ...], tuple[bytes, str]] = {}
    for version in versions:
        key = sort_key(version)
        stream = build_of(version)
        if stream not in last or last[stream][0] < key:
            last[stream] = (key, version)
    found = []
    begin = "0"
    for _, version in sorted(last.values()):
        found.append(Range(begin, fixed=version))
        begin = version
    return tuple(found)


def _claim(said: tuple[Document, Vulnerability, str], claim: Advisory) -> Advisory:
    from ironhull.values import replace

    document, vulnerability, product_id = said
    head = document.document
    return replace(
        claim,
        urgency=_word(document, vulnerability, product_id),
        cvss=tuple(_vectors(vulnerability)),
        cwes=(vulnerability.cwe.id,) if vulnerability.cwe and vulnerability.cwe.id else (),
        summary=" ".join(head.title.split())[:_SUMMARY],
        published=vulnerability.release_date[:19] + "Z" if vulnerability.release_date else "",
        modified=head.tracking.current_release_date[:19] + "Z",
        url=f"https://access.redhat.com/security/cve/{claim.id}",
        sources=("redhat-vex",),
    )


def _word(document: Document, vulnerability: Vulnerability, product_id: str) -> str:
    """Red Hat's rating of the vulnerability in this package, else its overall one."""
    impacts = [threat for threat in vulnerability.threats if threat.category == "impact"]
    overall = document.document.aggregate_severity
    text = overall.text if overall is not None and overall.text else ""
    for threat in impacts if len(impacts) > 1 or not text else ():
        if product_id in threat.product_ids or len(impacts) == 1:
            text = threat.details
            break
    return text.lower() if text.lower() in _WORDS else ""


def _vectors(vulnerability: Vulnerability) -> Iterator[Cvss]:
    seen = set()
    for score in vulnerability.scores:
        for vector in (score.cvss_v4, score.cvss_v3, score.cvss_v2):
            text = vector.vectorString if vector is not None else ""
            if text and text not in seen:
                seen.add(text)
                version = text[5:].split("/", 1)[0] if text.startswith("CVSS:") else "2.0"
                yield Cvss(version, text, 0.0, "Red Hat")
