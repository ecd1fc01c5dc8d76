"""CVE records and CISA's container in them: facts, one file of an archive at a time."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories._row import Tally
from ironhull.advisories.cve import parse
from ironhull.errors import AdvisoryError
from tests.advisories.serving import NOW

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def container(name: str, *vectors: tuple[str, str], cwe: str = "", text: str = "") -> Any:
    said = [
        {
            "format": "CVSS",
            f"cvssV{v.replace('.', '_')}": {"version": v, "vectorString": vector},
        }
        for v, vector in vectors
    ]
    said.append({"other": {"type": "ssvc", "content": {"options": []}}})
    return {
        "providerMetadata": {"orgId": "b0", "shortName": name},
        "title": "a title",
        "metrics": said,
        "problemTypes": [{"descriptions": [{"cweId": cwe, "lang": "en", "type": "CWE"}]}],
        "descriptions": [{"lang": "en-US", "value": text}] if text else [],
    }


def record(name: str, *adp: Any, state: str = "PUBLISHED", cna: Any = None) -> Any:
    return {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1",
        "cveMetadata": {
            "cveId": name,
            "state": state,
            "datePublished": "2026-01-02T03:04:05.678Z",
            "dateUpdated": "2026-02-02T03:04:05.678Z",
        },
        "containers": {"cna": cna or container("apache"), "adp": list(adp)},
    }


def write(directory: Path, *records: Any, root: str = "cvelistV5-main/cves/2026/0xxx") -> Path:
    path = directory / "document"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{root}/recent_activities.json", "[]")
        for number, said in enumerate(records):
            name = f"CVE-2026-{number:04}"
            if isinstance(said, dict) and "cveMetadata" in said:
                name = said["cveMetadata"]["cveId"]
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            archive.writestr(f"{root}/{name}.json", data)
    return path


def read(directory: Path) -> tuple[list[tuple[str, str, str, str]], Tally]:
    tally = Tally("cve", NOW)
    return list(parse(directory, tally)), tally


def test_the_cna_and_cisa_say(tmp_path: Path) -> None:
    cna = container("apache", ("4.0", V4), text="A  flaw")
    cisa = container("CISA-ADP", ("3.1", V31), cwe="CWE-79")
    write(tmp_path, record("CVE-2026-0001", cisa, cna=cna))
    facts, tally = read(tmp_path)
    assert facts == [
        ("CVE-2026-0001", "cvss 4.0", V4, "CNA apache"),
        ("CVE-2026-0001", "cvss 3.1", V31, "CISA"),
        ("CVE-2026-0001", "cwe", "CWE-79", "CISA"),
        ("CVE-2026-0001", "summary", "A flaw", "CVE"),
        ("CVE-2026-0001", "published", "2026-01-02T03:04:05Z", "CVE"),
    ]
    assert (tally.date, tally.skipped) == ("2026-02-02T03:04:05Z", 0)


def test_vulnrichment_alone_and_records_that_are_rejected(tmp_path: Path) -> None:
    alone = record("CVE-2026-0001", container("CISA-ADP", ("3.1", V31)))
    del alone["containers"]["cna"]
    rejected = record("CVE-2026-0002", state="REJECTED", cna=container("apache", ("3.1", V31)))
    write(tmp_path, alone, rejected, root="vulnrichment-develop/2026/0xxx")
    facts, _ = read(tmp_path)
    assert {fact[0] for fact in facts} == {"CVE-2026-0001"}
    assert ("CVE-2026-0001", "cvss 3.1", V31, "CISA") in facts


def test_the_daily_release_is_an_archive_in_an_archive(tmp_path: Path) -> None:
    inner = write(tmp_path, record("CVE-2026-0001"), root="cves/2026/0xxx").read_bytes()
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cves.zip", inner)
    (tmp_path / "document").write_bytes(outer.getvalue())
    facts, _ = read(tmp_path)
    assert {fact[0] for fact in facts} == {"CVE-2026-0001"}


def test_a_record_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    nameless = json.dumps(record("CVE-26")).encode()
    broken = [b"", b"{}", b"[]", b"\xff", b"[" * 10_000, nameless]
    write(tmp_path, record("CVE-2026-9999"), *broken)
    facts, tally = read(tmp_path)
    assert {fact[0] for fact in facts} == {"CVE-2026-9999"}
    assert tally.skipped == len(broken)


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_such_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "document").write_bytes(data)
    with pytest.raises(AdvisoryError):
        read(tmp_path)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_half_an_archive_is_refused(cut: float, tmp_path: Path) -> None:
    path = write(tmp_path, *(record(f"CVE-2026-{number:04}") for number in range(50)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(AdvisoryError, match="not a whole zip archive"):
        read(tmp_path)


def test_an_archive_of_broken_records_is_refused(tmp_path: Path) -> None:
    write(tmp_path, record("CVE-2026-9999"), *[b"{}"] * 20)
    with pytest.raises(AdvisoryError, match="20 of 21 records unreadable"):
        read(tmp_path)
