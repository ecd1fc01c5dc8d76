"""`ironhull compare`: output and gates."""

import json

import pytest

from ironhull.commands import run
from ironhull.compare import compare
from ironhull.formats.text_compare import write_compare
from tests import reports
from tests.commands.reporting import install


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch) -> None:
    packages = reports.web().sbom.packages
    install(
        monkeypatch,
        blank=reports.report("blank", packages, deb="not checked", pypi="not checked"),
        partly=reports.report("partly", packages, pypi="not checked"),
    )


@pytest.mark.parametrize("command", ["compare", "diff"])
def test_text(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "hardened", "--to", "web", "--ignore-unchanged"]) == 0
    result = compare(reports.hardened(), reports.web(), ignore_unchanged=True)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (write_compare(result), "")


def test_ignoring_what_is_unchanged_changes_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    documents = []
    for extra in ([], ["--ignore-unchanged"]):
        run(["compare", "hardened", "--to", "web", "--format", "json", *extra])
        documents.append(json.loads(capsys.readouterr().out))
    whole, brief = documents
    assert [whole.pop(k) for k in ("changes", "unchanged_hidden")] != [
        brief.pop(k) for k in ("changes", "unchanged_hidden")
    ]
    assert whole == brief


def test_filters_choose_what_is_listed_and_change_no_total(
    capsys: pytest.CaptureFixture[str],
) -> None:
    documents = []
    for extra in ([], ["--only-severity", "high"]):
        run(["compare", "hardened", "--to", "web", "--format", "json", *extra])
        documents.append(json.loads(capsys.readouterr().out))
    whole, chosen = documents
    assert [f["id"] for f in whole["findings_gone"]] == ["CVE-2025-9230", "CVE-2019-9192"]
    assert [f["id"] for f in chosen["findings_gone"]] == ["CVE-2025-9230"]
    filters = chosen.pop("filters")
    assert filters == {"applied": ["--only-severity high"], "shown": 1, "total": 2}
    del whole["findings_gone"], chosen["findings_gone"]
    assert whole == chosen
    run(["compare", "hardened", "--to", "web", "--only-fixed"])
    expected = "\nshowing 1 of 2 findings gone and new: --only-fixed\n"
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["web", "--to", "hardened", "-x", "vulnerability", "--only-severity", "high"], 2),
        (["web", "--to", "hardened", "-x", "vulnerability", "--only-severity", "low"], 0),
        (["web", "--to", "hardened", "-x", "vulnerability", "--ignore-base"], 0),
        (["web", "--to", "hardened", "--only-base"], 1),
        (["web", "--to", "hardened", "--only-severity", "grave"], 64),
    ],
)
def test_a_gate_is_about_what_the_filters_leave(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", *arguments]) == code
    assert (code > 2) <= (capsys.readouterr().out == "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["hardened", "--to", "web"], 0),
        (["hardened", "--to", "web", "-x", "vulnerability"], 0),
        (["hardened", "--to", "web", "-x", "package"], 2),
        (["hardened", "--to", "web", "-x", "vulnerability,package"], 2),
        (["web", "--to", "hardened", "--exit-on", "vulnerability"], 2),
        (["web", "--to", "web", "-x", "vulnerability", "-x", "package"], 0),
        (["partly", "--to", "web", "-x", "vulnerability"], 2),
        (["blank", "--to", "blank", "-x", "vulnerability"], 2),
        (["web", "--to", "nowhere"], 1),
        (["web"], 64),
        (["web", "--to", "web", "-x", "license"], 64),
        (["web", "--to", "web", "-x", "policy", "--hide-policies"], 64),
        (["web", "--to", "web", "-x", "policy"], 1),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert run(["compare", *arguments]) == code


def test_a_gate_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    run(["compare", "web", "--to", "hardened", "-x", "vulnerability,package"])
    assert capsys.readouterr().err == (
        "threshold hit: more vulnerabilities than in the comparison image\n"
        "threshold hit: packages differ\n"
    )
