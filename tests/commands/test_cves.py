"""`ironhull cves`: filters, formats and exit codes."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ironhull.commands import compare, cves, run
from ironhull.formats.text_cves import Shown, write_cves
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
    ],
)
def test_filters(arguments: list[str], ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _ids(arguments, capsys) == ids


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
