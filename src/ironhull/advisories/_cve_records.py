"""The parts of CVE records that enrich: the containers of the CNA and of authorised publishers.

github.com/CVEProject/cve-schema, CVE_Record_Format 5.1: cveMetadata{cveId, state, datePublished},
containers.cna and containers.adp[] with providerMetadata.shortName, metrics[] (cvssV4_0, cvssV3_1,
cvssV3_0, cvssV2_0), problemTypes[].descriptions[].cweId, descriptions[]. CISA's Vulnrichment is the
ADP container of "CISA-ADP".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ironhull.advisories._nvd_records import CVE, CWE, Fact, told, whose

__all__ = ["facts_of", "read_record"]


class _Vector(msgspec.Struct):
    version: str = ""
    vectorString: str = ""  # noqa: N815 - the schema's name


class _Metric(msgspec.Struct):
    cvssV4_0: _Vector | None = None  # noqa: N815 - the schema's name
    cvssV3_1: _Vector | None = None  # noqa: N815 - the schema's name
    cvssV3_0: _Vector | None = None  # noqa: N815 - the schema's name
    cvssV2_0: _Vector | None = None  # noqa: N815 - the schema's name


class _Text(msgspec.Struct):
    lang: str = ""
    value: str = ""


class _Problem(msgspec.Struct):
    cweId: str = ""  # noqa: N815 - the schema's name


class _ProblemType(msgspec.Struct):
    descriptions: list[_Problem] = []


class _Provider(msgspec.Struct):
    shortName: str = ""  # noqa: N815 - the schema's name


class _Container(msgspec.Struct):
    providerMetadata: _Provider | None = None  # noqa: N815 - the schema's name
    metrics: list[_Metric] = []
    problemTypes: list[_ProblemType] = []  # noqa: N815 - the schema's name
    descriptions: list[_Text] = []


class _Containers(msgspec.Struct):
    cna: _Container | None = None
    adp: list[_Container] = []


class _Metadata(msgspec.Struct):
    cveId: str  # noqa: N815 - the schema's name
    state: str = ""
    datePublished: str = ""  # noqa: N815 - the schema's name
    dateUpdated: str = ""  # noqa: N815 - the schema's name


class Record(msgspec.Struct):
    """One CVE record."""

    cveMetadata: _Metadata  # noqa: N815 - the schema's name
    containers: _Containers


_decode = msgspec.json.Decoder(Record).decode


def read_record(data: bytes) -> Record:
    """A record from its bytes; ValueError for what is none."""
    found = _decode(data)
    if not CVE.fullmatch(found.cveMetadata.cveId):
        raise ValueError(f"not a CVE id: {found.cveMetadata.cveId[:40]!r}")
    return found


def facts_of(record: Record) -> Iterator[Fact]:
    """What enriches findings of a CVE; one that is not published says nothing."""
    about = record.cveMetadata
    if about.state != "PUBLISHED":
        return
    cna = record.containers.cna
    for container in (*([cna] if cna else []), *record.containers.adp):
        provider = container.providerMetadata
        who = whose(provider.shortName if provider else "")
        for metric in container.metrics:
            for vector in (metric.cvssV4_0, metric.cvssV3_1, metric.cvssV3_0, metric.cvssV2_0):
                if vector is not None and vector.vectorString:
                    yield about.cveId, f"cvss {vector.version}", vector.vectorString, who
        for kind in container.problemTypes:
            for problem in kind.descriptions:
                if CWE.fullmatch(problem.cweId):
                    yield about.cveId, "cwe", problem.cweId, who
    texts = [(text.lang, text.value) for text in (cna.descriptions if cna else ())]
    yield from told(about.cveId, "CVE", texts, about.datePublished)
