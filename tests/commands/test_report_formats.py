"""Every format of a report at once, from the command line: files that are whole and agree."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ironhull.commands import run
from ironhull.formats import REPORT_FORMATS
from tests.commands.reporting import install
from tests.formats import judged

FORMATS = [row.name for row in REPORT_FORMATS]
IDS = [
    *("MAL-2025-1", "CVE-2023-45133", "CVE-2025-9230", "CVE-2019-9192", "CVE-2010-4756"),
    *("CVE-2024-0001",),
]


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, full=judged.full(), blank=judged.unchecked(), large=judged.large(2_000))


def written(folder: Path, *arguments: str) -> dict[str, str]:
    """What one run writes, by format."""
    outputs = [f"--output={name}={folder / name}" for name in FORMATS]
    assert run([*arguments, *outputs]) == 0
    return {name: (folder / name).read_text(encoding="utf-8") for name in FORMATS}


def ids_of(found: dict[str, str]) -> dict[str, list[str]]:
    """The identifiers of the findings that nothing suppresses, in the order of each format."""
    report = json.loads(found["json"])
    (run_,) = json.loads(found["sarif"])["runs"]
    (github,) = json.loads(found["github"])["runs"]
    gitlab = json.loads(found["gitlab"])["vulnerabilities"]
    cyclonedx = json.loads(found["cyclonedx"])["vulnerabilities"]
    cases = ElementTree.fromstring(found["junit"]).iter("testcase")
    return {
        "json": [f["id"] for f in report["findings"] if not f["ignored"] and not _harmless(f)],
        "sarif": [_rule(r) for r in run_["results"] if "suppressions" not in r],
        "github": [_rule(r) for r in github["results"]],
        "gitlab": [v["identifiers"][0]["value"] for v in gitlab if "flags" not in v],
        "cyclonedx": [v["id"] for v in cyclonedx if not _suppressed(v)],
        "junit": [case.get("name", "") for case in cases if case.find("failure") is not None],
        "html": re.findall(r'<tbody class="finding".*?<a [^>]*>([^<]+)</a>', found["html"]),
    }


def _rule(result: dict[str, Any]) -> str:
    return str(result["ruleId"]).split("/")[0]


def _suppressed(vulnerability: dict[str, Any]) -> bool:
    analysis = vulnerability.get("analysis", {})
    harmless = analysis.get("state") in ("not_affected", "resolved")
    return harmless or analysis.get("detail", "").startswith("ignored")


def _harmless(finding: dict[str, Any]) -> bool:
    return bool(finding["statement"] and finding["statement"]["status"] == "not_affected")


@pytest.mark.parametrize("command", ["cves", "scan"])
def test_all_formats_in_one_run_tell_of_the_same_findings(command: str, tmp_path: Path) -> None:
    found = written(tmp_path, command, "full")
    for name, ids in ids_of(found).items():
        assert sorted(ids) == sorted(IDS), name
    assert set(IDS) <= set(found["ids"].split())
    for identifier in IDS:
        assert identifier in found["text"]
        assert identifier in found["markdown"]


@pytest.mark.parametrize("command", ["cves", "scan"])
def test_filters_hold_for_every_format(command: str, tmp_path: Path) -> None:
    option = "--only-severity" if command == "cves" else "--severity"
    found = written(tmp_path, command, "full", option, "medium")
    told = ids_of(found)
    assert "CVE-2019-9192" in told["json"]
    for name, ids in told.items():
        assert sorted(ids) == sorted(told["json"]), name
        assert not {"CVE-2025-9230", "CVE-2010-4756"} & set(ids), name


def test_nothing_checked_is_said_in_every_format(tmp_path: Path) -> None:
    found = written(tmp_path, "cves", "blank")
    for name in FORMATS:
        if name != "ids":
            assert "not checked" in found[name].lower(), name


def test_gaps_and_trouble_are_in_every_format(tmp_path: Path) -> None:
    found = written(tmp_path, "cves", "full")
    for name in FORMATS:
        if name != "ids":
            assert "conan" in found[name], name
            assert re.search(r"line 3: no\s+version", found[name]), name


@pytest.mark.parametrize("name", FORMATS)
def test_standard_output_is_the_document_alone(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cves", "full", "--format", name]) == 0
    assert capsys.readouterr().out == written(tmp_path, "cves", "full")[name]


def test_large_reports_are_whole(tmp_path: Path) -> None:
    found = written(tmp_path, "cves", "large")
    for name, ids in ids_of(found).items():
        assert len(ids) == 2_000, name
