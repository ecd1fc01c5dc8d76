"""Ignore files on the command line, the same for every command that prints findings."""

import json
from pathlib import Path

import pytest

from ironhull.commands import run
from tests.commands.reporting import install


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch)
    monkeypatch.chdir(tmp_path)


def _write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("command", ["scan", "cves"])
def test_files_in_the_current_directory_apply_and_are_said(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(".trivyignore", "# minor\nCVE-2010-4756\n")
    _write(".ironhullignore.yaml", "ignore:\n  - {id: CVE-2025-9230, reason: not reachable}\n")
    assert run([command, "web"]) == 0
    printed = capsys.readouterr()
    assert printed.err == (
        "ignore rules of .ironhullignore.yaml, .trivyignore in the current directory apply\n"
    )
    assert "CVE-2025-9230" not in printed.out
    assert "CVE-2010-4756" not in printed.out
    assert (
        "2 findings ignored by .ironhullignore.yaml, .trivyignore; --show-ignored lists them\n"
        in printed.out
    )
    assert run([command, "web", "--show-ignored", "-q"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert " openssl 3.5.1-1 │ CVE-2025-9230 │ HIGH     │ not reachable │" in printed.out
    assert run([command, "web", "--show-suppressed", "-q"]) == 0
    assert capsys.readouterr().out == printed.out


@pytest.mark.parametrize("command", ["scan", "cves", "quickview"])
def test_a_file_that_is_named_stands_for_all_others(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(".trivyignore", "CVE-2010-4756\n")
    _write("mine", "CVE-2025-9230\n")
    assert run([command, "web", "--ignorefile", "mine"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "1 finding ignored by mine" in printed.out
    assert run([command, "web", "--ignorefile", "mine", "--ignorefile", ".trivyignore"]) == 0
    assert "2 findings ignored by" in capsys.readouterr().out
    assert run([command, "web", "--ignorefile", ""]) == 0
    printed = capsys.readouterr()
    assert "ignored" not in printed.out + printed.err


@pytest.mark.parametrize("command", ["scan", "cves", "quickview"])
def test_a_file_that_is_misread_stops_the_run(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(".trivyignore", "CVE-2010-4756\nCVE-2011-1 exp:never\n")
    assert run([command, "web"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "ironhull: .trivyignore:2:12: 'never' is no date — such as 2027-01-31\n"
    assert run([command, "web", "--ignorefile", "absent"]) == 1
    assert "absent: cannot read the ignore file" in capsys.readouterr().err


def test_gates_leave_out_what_is_ignored() -> None:
    gate = ["web", "-q", "-o", "ids=/dev/null"]
    assert run(["cves", *gate, "-e", "--only-severity", "high"]) == 2
    assert run(["scan", *gate, "--exit-code", "5", "-s", "HIGH"]) == 5
    _write(".trivyignore", "CVE-2025-9230\n")
    assert run(["cves", *gate, "-e", "--only-severity", "high"]) == 0
    assert run(["scan", *gate, "--exit-code", "5", "-s", "HIGH"]) == 0


def test_json_has_the_finding_with_its_rule(capsys: pytest.CaptureFixture[str]) -> None:
    _write("mine", "CVE-2025-9230 exp:2999-01-01 # not reachable\nCVE-1-1\n")
    for command in ("scan", "cves"):
        assert run([command, "web", "--format", "json", "--ignorefile", "mine"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["vulnerabilities"]["findings"] == 4
        assert document["vulnerabilities"]["high"] == 0
        assert "CVE-2025-9230" in [finding["id"] for finding in document["findings"]]
        assert [(r["where"], r["state"]) for r in document["ignore_rules"]] == [
            ("mine:1", "used"),
            ("mine:2", "unused"),
        ]


def test_rules_whose_day_has_come_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    _write("mine", "CVE-2025-9230 exp:2020-01-01\n")
    assert run(["cves", "web", "--ignorefile", "mine", "--format", "ids"]) == 0
    printed = capsys.readouterr()
    assert "CVE-2025-9230" in printed.out
    assert printed.err == (
        "warning: mine:1: the rule for CVE-2025-9230 ended on 2020-01-01 and no longer applies\n"
    )
    _write("many", "CVE-2025-9230 exp:2020-01-01\n" * 25)
    run(["cves", "web", "--ignorefile", "many", "--format", "ids"])
    err = capsys.readouterr().err
    assert err.count("no longer applies") == 20
    assert err.endswith("warning: 5 more ignore rules have ended\n")


def test_details_name_rules_without_effect(capsys: pytest.CaptureFixture[str]) -> None:
    _write(".trivyignore", "CVE-1999-0001\n")
    for command in (["scan", "web", "-v"], ["cves", "web", "--details"]):
        assert run([*command, "-q"]) == 0
        assert ".trivyignore:1: CVE-1999-0001: nothing matches it" in capsys.readouterr().out
    assert run(["scan", "web", "-q"]) == 0
    assert "nothing matches it" not in capsys.readouterr().out


def test_comparisons_and_base_images_leave_them_out(capsys: pytest.CaptureFixture[str]) -> None:
    _write(".trivyignore", "CVE-2025-9230\n")
    assert run(["compare", "web", "--to", "hardened", "-x", "vulnerability", "-q"]) == 2
    text = capsys.readouterr().out
    assert "CVE-2025-9230" not in text
    assert "1 finding ignored by .trivyignore" in text
    assert run(["quickview", "web", "--format", "json", "-q"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["vulnerabilities"]["high"] == 0
    assert document["base_image"]["scanned"]["vulnerabilities"]["high"] == 0
    assert document["base_image"]["difference"]["vulnerabilities"]["high"] == 0
