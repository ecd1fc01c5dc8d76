"""What the report formats say of a finding in the same words: its state, remedy, names and links.

A finding is *active* unless an ignore rule hides it or a VEX statement says that the product is not
affected or repaired. Totals count active findings; machine formats hold the others too, marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ironhull.counts import (
    checked,
    coverage_notes,
    finding_order,
    hidden_notes,
    source_package,
    vulnerability_id,
)
from ironhull.formats.text_cves import Shown, best_cvss, fixed_version, link
from ironhull.formats.text_table import problems_of
from ironhull.lazy import regex
from ironhull.model import SEVERITIES, Advisory, Finding, Report
from ironhull.values import dataclass

__all__ = [
    "Notice",
    "Suppression",
    "active",
    "everything",
    "fingerprint",
    "is_malicious",
    "links",
    "moment",
    "nothing_checked",
    "notices",
    "ordered",
    "page",
    "paths",
    "remedy",
    "score",
    "sentence",
    "stated",
    "suppression",
    "weight",
]

_LONGEST_URL = 2_000
_PLAIN = regex(r"[A-Za-z0-9_][A-Za-z0-9:._-]*", re.ASCII)
_PATH = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_TAIL = _PATH.replace(":@/", ":@/?")
_URL = regex(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,4})?"
    rf"(?:/{_PATH})?(?:\?{_TAIL})?(?:#{_TAIL})?",
    re.ASCII,
)
"""RFC 3986, appendix A, of the schemes http and https with a name for a host."""

_PAGES = {
    "CVE": "https://www.cve.org/CVERecord?id={}",
    "GHSA": "https://github.com/advisories/{}",
    "DSA": "https://security-tracker.debian.org/tracker/{}",
    "DLA": "https://security-tracker.debian.org/tracker/{}",
    "USN": "https://ubuntu.com/security/notices/{}",
    "RHSA": "https://access.redhat.com/errata/{}",
    "CWE": "https://cwe.mitre.org/data/definitions/{}.html",
}
"""The page of an identifier by its prefix; others are looked up at OSV."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding needs nothing done: `kind` "ignored" (a rule) or "vex" (a statement).

    `reason` in one line or "", `until` the day the rule ends or "", `where` the file and line of
    the rule or the document of the statement and its number there. Of a statement also: `status`
    and `justification` in the words of VEX, its `author`, when it was `issued` (RFC 3339) and its
    `signature`, in words.
    """

    kind: str
    reason: str = ""
    until: str = ""
    where: str = ""
    status: str = ""
    justification: str = ""
    author: str = ""
    issued: str = ""
    signature: str = ""

    def __str__(self) -> str:
        """`ignored until 2027-01-31: no network there (.ironhullignore:3)`, or of a statement
        `VEX: fixed: patched (a.json #2, 2026-01-31, by Jo, unsigned)`."""
        head = "ignored" if self.kind == "ignored" else f"VEX: {self.status.replace('_', ' ')}"
        until = f" until {self.until}" if self.until else ""
        why = ", ".join(part for part in (self.justification, self.reason) if part)
        told = ", ".join(part for part in (self.where, *self._source()) if part)
        where = f" ({told})" if told else ""
        return f"{head}{until}{f': {why}' if why else ''}{where}"

    def _source(self) -> tuple[str, ...]:
        return (self.issued[:10], f"by {self.author}" if self.author else "", self.signature)


def suppression(finding: Finding) -> Suppression | None:
    """Why the finding is not active; None for one that is."""
    if finding.ignored is not None:
        rule = finding.ignored
        return Suppression("ignored", rule.reason, rule.until, rule.where)
    return stated(finding) if finding.suppressed else None


def stated(finding: Finding) -> Suppression | None:
    """What the VEX statement of a finding says, whether or not that suppresses it."""
    statement = finding.statement
    if statement is None:
        return None
    return Suppression(
        "vex",
        reason=statement.impact_statement or statement.status_notes or statement.action_statement,
        where=statement.place,
        status=statement.status,
        justification=statement.justification,
        author=statement.author,
        issued=statement.issued,
        signature=statement.signed,
    )


def active(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that nothing suppresses."""
    return tuple(finding for finding in findings if finding.active)


def everything(shown: Shown) -> tuple[Finding, ...]:
    """What the filters left, with the findings that an ignore rule or a statement hides."""
    here = {id(finding) for finding in shown.findings}
    return (*shown.findings, *(finding for finding in shown.ignored if id(finding) not in here))


def is_malicious(finding: Finding) -> bool:
    """Whether the package itself was made to do harm; no version of it is to be trusted."""
    return finding.advisory.kind == "malicious"


def weight(finding: Finding) -> str:
    """The severity as one of SEVERITIES; a malicious package nobody rated is critical."""
    if is_malicious(finding) and finding.severity == "unspecified":
        return "critical"
    return finding.severity


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Malicious packages, then vulnerabilities worst first; what is suppressed comes last."""
    return sorted(
        findings,
        key=lambda f: (
            not f.active,
            not is_malicious(f),
            SEVERITIES.index(weight(f)),
            *finding_order(f),
        ),
    )


def remedy(finding: Finding) -> str:
    """What to do, in one sentence."""
    package = source_package(finding)
    if is_malicious(finding):
        return f"Remove {package.name}: the package was made to do harm."
    if finding.fixed:
        return f"Update {package.name} to {finding.fixed}."
    return f"No version is known to repair it: {fixed_version(finding)}."


def sentence(finding: Finding) -> str:
    """`openssl 3.5.1-1 is affected by CVE-2025-9230 (high): what it is.`"""
    package, advisory = source_package(finding), finding.advisory
    name = f"{package.name} {package.version}".strip()
    identifier = vulnerability_id(advisory)
    tail = f": {advisory.summary.rstrip('.')}." if advisory.summary else "."
    if is_malicious(finding):
        return f"{name} is a malicious package, {identifier}{tail}"
    return f"{name} is affected by {identifier} ({finding.severity}){tail}"


def links(advisory: Advisory) -> list[tuple[str, str]]:
    """(identifier, page) of the advisory and its aliases, the id people know it by first; then the
    page its source names. Every page is a URI (RFC 3986)."""
    first = vulnerability_id(advisory)
    names = dict.fromkeys((first, advisory.id, *sorted(advisory.aliases)))
    found = [(first, link(advisory).removesuffix(first) + _quoted(first))]
    found += [(name, page(name)) for name in names if name not in (first, "")]
    own = _address(advisory.url)
    if own and own not in (url for _, url in found):
        found.append((own, own))
    return found


def page(identifier: str) -> str:
    """The page that describes an identifier (CVE-…, GHSA-…, CWE-79), else OSV's."""
    prefix, _, rest = identifier.partition("-")
    known = _PAGES.get(prefix, "https://osv.dev/vulnerability/{}")
    return known.format(_quoted(rest if prefix == "CWE" else identifier))


def _quoted(identifier: str) -> str:
    """`identifier` as a part of a path or query."""
    if _PLAIN.fullmatch(identifier):
        return identifier
    from urllib.parse import quote

    return quote(identifier, safe="", errors="backslashreplace")


def _address(url: str) -> str:
    """`url` where it is the address of a web page, percent-encoded if need be; else ""."""
    if len(url) > _LONGEST_URL:
        return ""
    if _URL.fullmatch(url):
        return url
    from urllib.parse import quote

    text = quote(url, safe=":/?#@!$&*+,;=%", errors="backslashreplace")
    return text if _URL.fullmatch(text) else ""


def paths(finding: Finding) -> list[tuple[str, str]]:
    """(path, diff_id of its layer) of what tells of the packages, each once."""
    found = ((at.path, at.layer) for package in finding.packages for at in package.locations)
    return list(dict.fromkeys(found))


def fingerprint(finding: Finding, *more: str) -> str:
    """32 hexadecimal digits that stay the same while the finding does: run after run, whatever the
    version of the package, the tag of the image and the words of the advisory."""
    from hashlib import sha256

    package = source_package(finding)
    parts = (vulnerability_id(finding.advisory), package.ecosystem, package.namespace, package.name)
    text = "\0".join((*parts, *more))
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def moment(report: Report) -> str:
    """The time a document is dated: that of the advisory data, so that equal inputs are equal
    documents; else that of the image, else the beginning of 1970."""
    for text in (report.made_with.index_date, report.sbom.subject.created):
        if len(text) >= 19 and text[:4].isdecimal() and text[10] == "T":
            return f"{text[:19]}Z"
    return "1970-01-01T00:00:00Z"


def score(finding: Finding) -> float | None:
    """The base score of the newest CVSS vector, where there is one."""
    found: Sequence[Any] = best_cvss(finding.advisory)
    return found[0].score if found else None


@dataclass(frozen=True, slots=True)
class Notice:
    """What must be said beside the findings: `kind` "coverage", "filter", "ignored", "rule",
    "problem" or "left-out", `level` "error", "warning" or "note", `text` one line."""

    kind: str
    level: str
    text: str


def nothing_checked(report: Report) -> bool:
    """Whether there is nothing the absence of findings could be taken from."""
    return "vuln" in report.scanners and checked(report) in ("not checked", "no packages")


def notices(report: Report, shown: Shown) -> list[Notice]:
    """What was not checked, what is hidden and all trouble, in the order it matters."""
    level = "error" if nothing_checked(report) else "warning"
    found = [Notice("coverage", level, note) for note in coverage_notes(report)]
    if hidden := shown.hidden(report):
        found.append(Notice("filter", "note", hidden))
    found += [Notice("ignored", "note", note) for note in hidden_notes(report)]
    for rule in report.ignore_rules:
        if rule.state in ("unused", "expired"):
            text = f"ignore rule {rule.state}: {rule.what} ({rule.where})"
            found.append(Notice("rule", "warning" if rule.state == "expired" else "note", text))
    for p in problems_of(report):
        text = ": ".join(part for part in (p.stage, p.where, p.message) if part)
        found.append(Notice("problem", "warning", text or "a problem without words"))
    return found
