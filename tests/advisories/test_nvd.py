"""NVD's yearly feeds: facts of CVEs, checked against their .meta files."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories import SOURCES
from ironhull.advisories._row import Tally
from ironhull.advisories.needs import Wanted, choose
from ironhull.advisories.nvd import feeds, parse, verify
from ironhull.advisories.update import open_index, update
from ironhull.errors import AdvisoryError
from ironhull.match import match
from ironhull.model import Package, Sbom, Subject
from tests.advisories.serving import NOW, serving, transport
from tests.advisories.test_update import FEW, publish

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V30 = "CVSS:3.0/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"


def metric(vector: str, version: str, source: str = "nvd@nist.gov") -> dict[str, Any]:
    return {
        "source": source,
        "type": "Primary",
        "cvssData": {"version": version, "vectorString": vector, "baseScore": 1.0},
    }


def cve(name: str, **more: Any) -> dict[str, Any]:
    return {
        "cve": {
            "id": name,
            "sourceIdentifier": "cve@example.org",
            "published": "2026-01-02T03:04:05.678",
            "lastModified": "2026-02-02T03:04:05.678",
            "vulnStatus": "Analyzed",
            "cveTags": [],
            "descriptions": [
                {"lang": "es", "value": "Un fallo"},
                {"lang": "en", "value": "A  flaw\nin p"},
            ],
            "metrics": {"cvssMetricV31": [metric(V31, "3.1")]},
            "weaknesses": [
                {
                    "source": "nvd@nist.gov",
                    "type": "Primary",
                    "description": [
                        {"lang": "en", "value": "CWE-79"},
                        {"lang": "en", "value": "NVD-CWE-noinfo"},
                    ],
                }
            ],
            "configurations": [],
            "references": [],
            **more,
        }
    }


def feed(*items: Any, **more: Any) -> bytes:
    return json.dumps(
        {
            "resultsPerPage": len(items),
            "startIndex": 0,
            "totalResults": len(items),
            "format": "NVD_CVE",
            "version": "2.0",
            "timestamp": "2026-11-20T08:00:00.123",
            "vulnerabilities": list(items),
            **more,
        }
    ).encode()


def write(directory: Path, name: str, data: bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"nvdcve-2.0-{name}.json.gz"
    path.write_bytes(gzip.compress(data))
    lines = (
        "lastModifiedDate:2026-11-20T03:00:00-05:00",
        f"size:{len(data)}",
        f"gzSize:{path.stat().st_size}",
        f"sha256:{hashlib.sha256(data).hexdigest().upper()}",
    )
    path.with_name(f"nvdcve-2.0-{name}.meta").write_text("\r\n".join(lines))
    return path


def read(directory: Path) -> tuple[list[tuple[str, str, str, str]], Tally]:
    tally = Tally("nvd", NOW)
    return list(parse(directory, tally)), tally


def test_what_a_cve_says(tmp_path: Path) -> None:
    metrics = {
        "cvssMetricV40": [metric(V4, "4.0", "security@example.org")],
        "cvssMetricV31": [
            metric(V31, "3.1"),
            metric(V31, "3.1", "134c704f-9b21-4f2e-91b3-4a467353bcc0"),
        ],
        "cvssMetricV30": [metric(V30, "3.0")],
        "cvssMetricV2": [metric(V2, "2.0")],
    }
    write(tmp_path, "2026", feed(cve("CVE-2026-0001", metrics=metrics)))
    facts, tally = read(tmp_path)
    assert facts == [
        ("CVE-2026-0001", "cvss 4.0", V4, "CNA security@example.org"),
        ("CVE-2026-0001", "cvss 3.1", V31, "NVD"),
        ("CVE-2026-0001", "cvss 3.1", V31, "CISA"),
        ("CVE-2026-0001", "cvss 3.0", V30, "NVD"),
        ("CVE-2026-0001", "cvss 2.0", V2, "NVD"),
        ("CVE-2026-0001", "cwe", "CWE-79", "NVD"),
        ("CVE-2026-0001", "summary", "A flaw in p", "NVD"),
        ("CVE-2026-0001", "published", "2026-01-02T03:04:05Z", "NVD"),
    ]
    assert (tally.date, tally.skipped) == ("2026-11-20T08:00:00Z", 0)


def test_what_changed_last_wins_and_rejected_cves_say_nothing(tmp_path: Path) -> None:
    old = {"descriptions": [{"lang": "en", "value": "old"}], "metrics": {}, "weaknesses": []}
    new = {**old, "descriptions": [{"lang": "en", "value": "new"}]}
    gone = {**old, "vulnStatus": "Rejected"}
    write(tmp_path, "2025", feed(cve("CVE-2025-0001", **old), cve("CVE-2025-0002", **old)))
    write(tmp_path, "modified", feed(cve("CVE-2025-0001", **new), cve("CVE-2025-0002", **gone)))
    facts, _ = read(tmp_path)
    assert [fact[:3] for fact in facts if fact[1] == "summary"] == [
        ("CVE-2025-0001", "summary", "new")
    ]
    assert {fact[0] for fact in facts} == {"CVE-2025-0001"}


def test_a_cve_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    broken = [{"cve": {"id": "CVE-2026-1"}}, {"cve": {"id": 3}}, {"cve": None}, 7]
    broken += [cve("CVE-2026-0002", metrics={"cvssMetricV31": [{}]})]
    write(tmp_path, "2026", feed(cve("CVE-2026-0001", metrics=None), *broken))
    facts, tally = read(tmp_path)
    assert {fact[0] for fact in facts} == {"CVE-2026-0001"}
    assert tally.skipped == len(broken)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"<html></html>", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000),
        feed(format="MITRE"),
        feed(version="1.1"),
        feed(vulnerabilities={}),
        feed(*[{"cve": {}}] * 40),
    ],
)
def test_what_is_no_feed_is_refused(data: bytes, tmp_path: Path) -> None:
    write(tmp_path, "2026", data)
    with pytest.raises(AdvisoryError):
        read(tmp_path)


def test_half_a_feed_and_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError, match="no feed"):
        read(tmp_path)
    path = write(tmp_path, "2026", feed(cve("CVE-2026-0001")))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(AdvisoryError, match="not whole"):
        read(tmp_path)


def test_a_feed_is_checked_against_its_meta_file(tmp_path: Path) -> None:
    path = write(tmp_path, "2026", feed(cve("CVE-2026-0001")))
    meta = path.with_name("nvdcve-2.0-2026.meta").read_bytes()
    verify(path, meta)
    for wrong in (b"", b"sha256:", meta.replace(b"sha256:", b"sha256:0"), b"\xff"):
        with pytest.raises(AdvisoryError, match=r"SHA-256"):
            verify(path, wrong)
    path.write_bytes(gzip.compress(feed(cve("CVE-2026-0002"))))
    with pytest.raises(AdvisoryError, match=r"not the feed"):
        verify(path, meta)


def test_a_feed_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "2026", feed(cve("CVE-2026-0001")))
    from ironhull.advisories import nvd

    class Small:
        advisory_document_bytes = 100

    monkeypatch.setattr(nvd, "LIMITS", Small)
    with pytest.raises(AdvisoryError, match="more than 100 bytes"):
        verify(path, b"sha256:" + b"0" * 64)


def test_there_is_a_feed_for_each_year() -> None:
    files = feeds(frozenset(), "2026-01-02T00:00:00Z")
    assert [file.path for file in files][:2] == [
        "nvdcve-2.0-modified.json.gz",
        "nvdcve-2.0-2002.json.gz",
    ]
    assert [file.path for file in files if file.optional] == ["nvdcve-2.0-2026.json.gz"]
    assert all(file.check.endswith(".meta") and file.verify for file in files)


def test_it_is_fetched_only_when_named() -> None:
    names = {source.name for source in choose(SOURCES, Wanted(), ())}
    assert names.isdisjoint({"nvd", "cve"})
    assert {source.name for source in choose(SOURCES, Wanted(("nvd", "cve")), ())} == {"nvd", "cve"}
    assert {"nvd", "cve"} <= {source.name for source in choose(SOURCES, Wanted(every=True), ())}


def test_it_enriches_findings_and_makes_none(tmp_path: Path) -> None:
    """From the server to the report: vectors and weaknesses of a CVE that OSV found."""
    world = tmp_path / "world"
    publish(world)
    low = metric("CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "3.1")
    for year in ("modified", *map(str, range(2002, 2026))):
        write(world / "nvd", year, feed())
    items = (
        cve("CVE-2026-0001", metrics={"cvssMetricV31": [low]}),
        cve("CVE-2026-4444", descriptions=[{"lang": "en", "value": "a flaw in Flask"}]),
    )
    write(world / "nvd", "2026", feed(*items))
    sbom = Sbom(Subject("web"), None, (Package("pypi", "Flask", "3.0.3"),))
    with serving(world) as served:
        found = {}
        for names in (FEW.only, (*FEW.only, "nvd")):
            done = update(
                directory=tmp_path / "data",
                transport=transport(),
                now=NOW,
                urls={**served.urls, "nvd": f"{served.url}/nvd"},
                wanted=Wanted(names),
            )
            assert {outcome.state for outcome in done.outcomes} <= {"updated", "unchanged"}
            with open_index(tmp_path / "data", now=NOW) as index:
                found[names] = match(sbom, index).findings
    (before,), (after,) = found.values()
    assert before.advisory.id == after.advisory.id == "CVE-2026-0001"
    assert "CWE-79" not in before.advisory.cwes
    assert "CWE-79" in after.advisory.cwes
    assert "NVD" in {cvss.source for cvss in after.advisory.cvss}
    assert (after.fixed, after.because) == (before.fixed, before.because)
