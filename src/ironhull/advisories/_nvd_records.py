"""The parts of NVD's JSON 2.0 that enrich, decoded one vulnerability at a time.

csrc.nist.gov/schema/nvd/api/2.0/cve_api_json_2.0.schema: vulnerabilities[].cve with id, vulnStatus,
published, descriptions[], metrics{cvssMetricV40, V31, V30, V2}[] and weaknesses[]; each metric and
weakness names its source, an e-mail address or the UUID of whoever assigned it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

__all__ = ["Fact", "Feed", "facts_of", "read_feed", "read_item"]

Fact = tuple[str, str, str, str]
"""CVE, kind, value, whose: what sources of gives="facts" yield."""

SUMMARY = 400  # characters kept of a text
CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
CWE = re.compile(r"CWE-\d{1,6}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)

_SOURCES = {
    "nvd@nist.gov": "NVD",
    "134c704f-9b21-4f2e-91b3-4a467353bcc0": "CISA",  # its ADP container, Vulnrichment
    "cisa-adp": "CISA",
}


class _Text(msgspec.Struct):
    lang: str = ""
    value: str = ""


class _Data(msgspec.Struct):
    version: str = ""
    vectorString: str = ""  # noqa: N815 - NVD's name


class _Metric(msgspec.Struct):
    cvssData: _Data  # noqa: N815 - NVD's name
    source: str = ""


class _Metrics(msgspec.Struct):
    v40: list[_Metric] = msgspec.field(name="cvssMetricV40", default_factory=list)
    v31: list[_Metric] = msgspec.field(name="cvssMetricV31", default_factory=list)
    v30: list[_Metric] = msgspec.field(name="cvssMetricV30", default_factory=list)
    v2: list[_Metric] = msgspec.field(name="cvssMetricV2", default_factory=list)


class _Weakness(msgspec.Struct):
    source: str = ""
    description: list[_Text] = []


class _Cve(msgspec.Struct):
    id: str
    status: str = msgspec.field(name="vulnStatus", default="")
    published: str = ""
    descriptions: list[_Text] = []
    metrics: _Metrics | None = None
    weaknesses: list[_Weakness] = []


class _Item(msgspec.Struct):
    cve: _Cve


class Feed(msgspec.Struct):
    """A feed whose vulnerabilities are not decoded yet."""

    format: str
    version: str
    vulnerabilities: list[msgspec.Raw]
    timestamp: str = ""


read_feed = msgspec.json.Decoder(Feed).decode
"""A feed from its bytes; ValueError for anything else."""

_item = msgspec.json.Decoder(_Item).decode


def read_item(raw: msgspec.Raw) -> _Cve:
    """One vulnerability; ValueError for what is none."""
    found = _item(raw).cve
    if not CVE.fullmatch(found.id):
        raise ValueError(f"not a CVE id: {found.id[:40]!r}")
    return found


def facts_of(cve: _Cve) -> Iterator[Fact]:
    """What enriches findings of a CVE; a rejected one says nothing."""
    if cve.status == "Rejected":
        return
    for metric in _metrics(cve):
        data = metric.cvssData
        if data.vectorString:
            yield cve.id, f"cvss {data.version}", data.vectorString, whose(metric.source)
    for weakness in cve.weaknesses:
        for text in weakness.description:
            if CWE.fullmatch(text.value):  # not NVD-CWE-noinfo, NVD-CWE-Other
                yield cve.id, "cwe", text.value, whose(weakness.source)
    yield from told(cve.id, "NVD", [(t.lang, t.value) for t in cve.descriptions], cve.published)


def _metrics(cve: _Cve) -> Iterator[_Metric]:
    if cve.metrics is not None:
        for metrics in (cve.metrics.v40, cve.metrics.v31, cve.metrics.v30, cve.metrics.v2):
            yield from metrics


def told(cve: str, whose: str, texts: list[tuple[str, str]], published: str) -> Iterator[Fact]:
    """The facts of an English text and of a date, where they are such."""
    english = next((text for lang, text in texts if lang.lower().startswith("en")), "")
    if summary := " ".join(english[: 4 * SUMMARY].split())[:SUMMARY]:
        yield cve, "summary", summary, whose
    if MOMENT.match(published):
        yield cve, "published", f"{published[:19]}Z", whose


def whose(source: str) -> str:
    """A word for an e-mail address, short name or UUID: "NVD", "CISA", "CNA security@x.org"."""
    return _SOURCES.get(source.lower(), f"CNA {source}" if source else "NVD")
