"""`ironhull cves`: filters, formats and exit codes."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ironhull.commands import compare, cves, run
from ironhull.formats.text_cves import Shown, write_cves
from ironhull.model import BaseImage
from tests import reports
from tests.commands.reporting import install


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = reports.web().sbom.packages
    install(
        monkeypatch,
        blank=reports.report("blank", packages, deb="not checked", pypi="not checked"),
        partly=reports.report("partly", packages, pypi="not checked"),
        clean=reports.report("clean", packages),
    )


def _ids(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert run(["cves", "web", "--format", "json", *arguments]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["vulnerabilities"]["findings"] == 5
    assert document["filters"]["shown"] == len(document["findings"])
    return [finding["id"] for finding in document["findings"]]


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cves", "web", "--epss"]) == 0
    web = reports.web()
    assert capsys.readouterr().out == write_cves(web, Shown(web.findings, epss=True))


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["--only-severity", "high"], ["CVE-2025-9230"]),
        (["--only-severity", "HIGH,medium"], ["CVE-2025-9230", "CVE-2019-9192"]),
        (
            ["--only-severity", "high", "--only-severity", "medium"],
            ["CVE-2025-9230", "CVE-2019-9192"],
        ),
        (["--only-fixed"], ["CVE-2025-9230", "CVE-2025-47278"]),
        (["--only-unfixed"], ["CVE-2019-9192", "CVE-2010-4756", "CVE-2019-9192"]),
        (["--only-package", "^libc6$"], ["CVE-2010-4756", "CVE-2019-9192"]),
        (["--only-package", "^glibc$"], ["CVE-2010-4756", "CVE-2019-9192"]),
        (
            ["--only-package", "apt", "--only-package", "fl[a-z]sk"],
            ["CVE-2019-9192", "CVE-2025-47278"],
        ),
        (["--only-package-type", "pypi"], ["CVE-2025-47278"]),
        (["--only-package-type", "PyPI,deb", "--only-cve-id", "PYSEC-1"], []),
        (["--only-cve-id", "ghsa-4grg-w6v8-c28g"], ["CVE-2025-47278"]),
        (["--only-cve-id", "CVE-2019-9192,CVE-1-1"], ["CVE-2019-9192", "CVE-2019-9192"]),
        (["--only-cisa-kev"], ["CVE-2025-9230"]),
        (["--only-fixed", "--only-severity", "low"], ["CVE-2025-47278"]),
        (["--only-package", "^apt$,fl[a-z]{1,3}sk"], ["CVE-2019-9192", "CVE-2025-47278"]),
        (["--epss-score", "0.0004"], ["CVE-2025-9230"]),
        (["--epss-score", "0.1"], []),
        (["--epss-percentile", "0.09"], ["CVE-2025-9230"]),
        (["--epss-score", "0", "--epss-percentile", "0.92"], []),
        (["--only-metric", "av:n"], ["CVE-2025-9230"]),
        (["--only-metric", "AV:N,AV:L,C:H"], ["CVE-2025-9230"]),
        (["--only-metric", "AV:N", "--only-metric", "C:N"], []),
        (["--ignore-base"], ["CVE-2025-47278"]),
        (
            ["--only-base"],
            ["CVE-2025-9230", "CVE-2019-9192", "CVE-2010-4756", "CVE-2019-9192"],
        ),
        (["--only-vuln-packages", "--only-cisa-kev"], ["CVE-2025-9230"]),
    ],
)
def test_filters(arguments: list[str], ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _ids(arguments, capsys) == ids


def test_packages_of_the_base_and_of_later_layers_in_one_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is the base's to repair, and also ours: neither option hides it."""
    web = reports.web()
    both = reports.finding((reports.OPENSSL, reports.deb("openssl", "3.5.1-1")), "CVE-2025-9230")
    install(monkeypatch, both=replace(web, findings=(both,)))
    for option in ("--only-base", "--ignore-base"):
        assert run(["cves", "both", "--format", "ids", option]) == 0
        assert capsys.readouterr().out == "CVE-2025-9230\n"


@pytest.mark.parametrize(
    ("base", "why"),
    [
        (None, "does not say which base image"),
        (BaseImage("python:3.13-slim"), "is not in the local store"),
        (BaseImage("python:3.13-slim", report=reports.base()), "are not the lowest layers"),
    ],
)
def test_a_base_that_is_not_proven_hides_nothing(
    base: BaseImage | None,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    install(monkeypatch, web=replace(reports.web(), base=base))
    assert _ids(["--ignore-base"], capsys) == [
        *("CVE-2025-9230", "CVE-2019-9192", "CVE-2010-4756", "CVE-2019-9192", "CVE-2025-47278")
    ]
    assert run(["cves", "web", "--ignore-base"]) == 0
    printed = capsys.readouterr()
    assert why in printed.err
    assert "(hides nothing: " in printed.out
    assert run(["cves", "web", "--only-base"]) == 1
    printed = capsys.readouterr()
    assert (printed.out, why in printed.err) == ("", True)


def test_a_malicious_package_passes_what_is_about_vulnerabilities(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = reports.wheel("evil", "1")
    bad = reports.finding(evil, "MAL-2026-1", "critical", kind="malicious")
    install(monkeypatch, bad=reports.report("bad", [reports.FLASK, evil], [reports.DEBUGGER, bad]))
    likeness = ["--only-severity", "low", "--only-fixed", "--only-cisa-kev"]
    likeness += ["--epss-score", "1", "--only-metric", "AV:N"]
    assert run(["cves", "bad", "--format", "ids", *likeness]) == 0
    assert capsys.readouterr().out == "MAL-2026-1\n"
    for other in (["--only-package", "flask"], ["--only-cve-id", "CVE-2025-47278"]):
        assert run(["cves", "bad", "--format", "ids", *other]) == 0
        assert capsys.readouterr().out == "CVE-2025-47278\n"


def test_a_filter_says_what_it_hid(capsys: pytest.CaptureFixture[str]) -> None:
    run(["cves", "web", "--only-fixed", "--only-severity", "high,low"])
    expected = "showing 2 of 5 findings: --only-severity high,low --only-fixed\n"
    assert capsys.readouterr().out.count(expected) == 2


def test_ids(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cves", "web", "--format", "ids", "--only-package", "glibc"]) == 0
    assert capsys.readouterr().out == "CVE-2010-4756\nCVE-2019-9192\n"


def test_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cves", "web", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("## Vulnerabilities of web:init\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["web"], 0),
        (["web", "-e"], 2),
        (["web", "--exit-code", "--only-severity", "critical"], 0),
        (["web", "--exit-code", "--only-severity", "high", "--only-fixed"], 2),
        (["clean", "-e"], 0),
        (["partly", "-e"], 0),
        (["blank"], 0),
        (["blank", "-e"], 1),
        (["partly", "-e", "--only-package-type", "pypi"], 1),
        (["nowhere", "-e"], 1),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert run(["cves", *arguments]) == code


def test_a_gate_says_what_it_could_not_see(capsys: pytest.CaptureFixture[str]) -> None:
    run(["cves", "partly", "-e", "--format", "json"])
    printed = capsys.readouterr()
    assert json.loads(printed.out)["vulnerabilities"]["checked"] == "partial"
    assert printed.err == "warning: not checked: PyPI (1 package)\n"
    run(["cves", "blank", "-e"])
    assert "ironhull db update" in capsys.readouterr().err


def test_bare_ids_say_beside_them_what_was_not_checked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["cves", "partly", "--format", "ids"]) == 0
    assert capsys.readouterr().err == "warning: not checked: PyPI (1 package)\n"
    assert run(["cves", "partly", "--format", "ids", "-q"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only-severity", "grave"], "--only-severity: no 'grave' — there are critical"),
        (["--only-severity", "high,"], "an empty word in the list 'high,'"),
        (["--only-package", "("], "--only-package '(' is no regular expression"),
        (["--only-fixed", "--only-unfixed"], "leave nothing"),
        (["--only-package-type", "pip"], "no 'pip' — there are alpm, apk"),
        (["--only-cve-id", "2024"], "'2024' is no identifier"),
        (["--only-package", "a,,b"], "--only-package '' is no regular expression"),
        (["--epss-score", "2"], "--epss-score: '2' is no share — a number from 0 to 1"),
        (["--epss-percentile", "nan"], "--epss-percentile: 'nan' is no share"),
        (["--only-metric", "AV"], "--only-metric: no 'AV' — such as AV:N"),
        (["--only-metric", "XX:N"], "--only-metric: no 'XX:N'"),
        (["--only-metric", "AV:Q"], "--only-metric: no 'AV:Q'"),
        (["--only-base", "--ignore-base"], "leave nothing"),
        (["--multi-stage", "--platform", "all"], "stages are those of one platform"),
        (["--only-stage", "build,"], "--only-stage: an empty name of a stage"),
        (["--only-fixd"], "unrecognized arguments"),
        (["--output", "pdf=x"], "no format 'pdf'"),
    ],
)
def test_usage(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cves", "web", *arguments]) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert complaint in printed.err
    assert printed.err.count("\n") == 1


def test_a_bad_filter_is_said_before_the_image_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cves", "nowhere", "--only-severity", "grave"]) == 64


def test_every_option_is_explained() -> None:
    documentation = Path(__file__).resolve().parents[2] / "docs" / "output.md"
    text = documentation.read_text(encoding="utf-8")
    parser = argparse.ArgumentParser()
    cves.arguments(parser)
    compare.arguments(
        parser := argparse.ArgumentParser(parents=[parser], conflict_handler="resolve")
    )
    options = {o for action in parser._actions for o in action.option_strings if o[:2] == "--"}
    unexplained = {"--help", "--platform"}
    assert {option for option in options - unexplained if f"{option}" not in text} == set()
