"""`ironhull scan`: filters, formats, ignore files and exit codes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ironhull.commands import run, scan
from ironhull.commands._scanners import SCANNERS, scanners
from ironhull.formats import REPORT_FORMATS
from ironhull.model import Distro, Report
from tests import reports
from tests.commands.reporting import install


def _of(report: Report, distro: Distro | None) -> Report:
    return replace(report, sbom=replace(report.sbom, distro=distro))


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packages = reports.web().sbom.packages
    install(
        monkeypatch,
        blank=reports.report("blank", packages, deb="not checked", pypi="not checked"),
        partly=reports.report("partly", packages, pypi="not checked"),
        clean=reports.report("clean", packages),
        ended=_of(reports.web(), Distro("debian", "10", "buster")),
        unheard=_of(reports.web(), Distro("nobodys", "1")),
    )
    monkeypatch.chdir(tmp_path)


def _ids(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert run(["scan", "web", "--format", "json", *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["vulnerabilities"]["findings"] == 5
    assert document["filters"]["shown"] == len(document["findings"])
    return [finding["id"] for finding in document["findings"]]


ALL = ["CVE-2025-9230", "CVE-2019-9192", "CVE-2010-4756", "CVE-2019-9192", "CVE-2025-47278"]


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ([], ALL),
        (["--severity", "HIGH"], ALL[:1]),
        (["-s", "high,Medium"], ALL[:2]),
        (["--severity", "UNKNOWN"], []),
        (["--severity", "unspecified,high"], ALL[:1]),
        (["--ignore-unfixed"], [ALL[0], ALL[4]]),
        (["--ignore-status", "will_not_fix"], [*ALL[:2], *ALL[3:]]),
        (["--ignore-status", "affected,under_investigation"], [ALL[0], ALL[2], ALL[4]]),
        (["--ignore-status", "fixed", "--ignore-status", "affected"], ALL[1:3]),
        (["--ignore-status", "fix_deferred,not_affected,unknown"], ALL),
        (["--pkg-types", "os"], ALL[:4]),
        (["--pkg-types", "library"], ALL[4:]),
        (["--pkg-types", "library,os"], ALL),
        (["--scanners", "vuln"], ALL),
    ],
)
def test_filters(arguments: list[str], ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _ids(arguments, capsys) == ids


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "web"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Report Summary\n")
    assert "web:init (debian 13)\n====================\n" in text
    assert run(["scan", "web", "--format", "table"]) == 0
    assert capsys.readouterr().out == text


def test_only_the_packages_asked_for_have_tables(capsys: pytest.CaptureFixture[str]) -> None:
    run(["scan", "web", "--pkg-types", "os"])
    text = capsys.readouterr().out
    assert "Python" not in text
    assert "PyPI" not in text
    assert "showing 4 of 4 findings" not in text
    run(["scan", "web", "--pkg-types", "library", "--group-by", "source"])
    text = capsys.readouterr().out
    assert "Python (python-pkg)" in text
    assert "Debian:13" not in text


@pytest.mark.parametrize("row", REPORT_FORMATS, ids=lambda row: row.name)
def test_every_format_of_reports(row: object, tmp_path: Path) -> None:
    name = row.name  # type: ignore[attr-defined]  # a row of formats
    target = tmp_path / "out"
    assert run(["scan", "web", "-o", f"{name}={target}", "-q"]) == 0
    assert target.stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["web"], 0),
        (["web", "--exit-code"], 2),
        (["web", "--exit-code", "5"], 5),
        (["--exit-code=1", "web"], 1),
        (["web", "--exit-code", "0"], 0),
        (["web", "--exit-code", "3", "--severity", "CRITICAL"], 0),
        (["clean", "--exit-code", "3"], 0),
        (["partly", "--exit-code", "3"], 0),
        (["blank"], 0),
        (["blank", "--exit-code", "3"], 1),
        (["partly", "--exit-code", "3", "--pkg-types", "library"], 1),
        (["ended", "--exit-on-eol", "7"], 7),
        (["ended", "--exit-on-eol", "7", "--exit-code", "3"], 7),
        (["ended", "--exit-code", "3"], 3),
        (["ended"], 0),
        (["web", "--exit-on-eol", "7"], 0),
        (["unheard", "--exit-on-eol", "7"], 0),
        (["nowhere"], 1),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert run(["scan", *arguments]) == code


def test_the_end_of_a_release_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    run(["scan", "ended", "--exit-on-eol", "7", "-o", "ids=/dev/null"])
    assert "debian 10 has had no security updates since 2024-06-30" in capsys.readouterr().err
    run(["scan", "unheard", "--exit-on-eol", "7", "-o", "ids=/dev/null"])
    assert "not known when nobodys 1 loses support" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--severity", "grave"], "--severity: no 'grave' — there are critical, high"),
        (["--severity", "high,"], "--severity: no ''"),
        (["--ignore-status", "ignored"], "--ignore-status: no 'ignored' — there are affected"),
        (["--pkg-types", "deb"], "--pkg-types: no 'deb' — there are os, library"),
        (["--deny-license", "GPL-*"], "--deny-license: nobody looks for licences"),
        (["--license-full"], "--license-full: nobody looks for licences"),
        (["--scanners", "misconfig"], "are not looked for yet — available: vuln"),
        (["--scanners", "virus"], "--scanners: no 'virus' — available: vuln"),
        (["--exit-code", "256"], "'256' is no number from 0 to 255"),
        (["--exit-on-eol", "-1"], "'-1' is no number from 0 to 255"),
        (["--exit-on-eol", "x"], "'x' is no number from 0 to 255"),
        (["--format", "pdf"], "invalid choice: 'pdf'"),
    ],
)
def test_usage(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "nowhere", *arguments]) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert complaint in printed.err
    assert printed.err.count("\n") == 1


def test_an_image_behind_the_exit_code_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scan", "--exit-code", "web"]) == 64
    assert "the image stands before this option" in capsys.readouterr().err


def test_scanners_are_rows() -> None:
    assert scanners([]) == scanners(["vuln"]) == ("vuln",)
    assert len({row.name for row in SCANNERS}) == len(SCANNERS)


def test_colours_are_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["scan", "web"])
    plain = capsys.readouterr().out
    assert "\x1b" not in plain
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    run(["scan", "web"])
    coloured = capsys.readouterr().out
    assert "│ \x1b[31mHIGH\x1b[0m     │" in coloured
    for code in ("\x1b[0m", "\x1b[31m", "\x1b[33m", "\x1b[36m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_every_option_is_explained() -> None:
    import argparse

    text = (Path(__file__).resolve().parents[2] / "docs" / "scan.md").read_text(encoding="utf-8")
    parser = argparse.ArgumentParser()
    scan.arguments(parser)
    options = {o for action in parser._actions for o in action.option_strings if o[:2] == "--"}
    assert {o for o in options - {"--help", "--output"} if o not in text} == set()
