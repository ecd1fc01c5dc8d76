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
        (["web", "--to", "web", "-x", "policy"], 64),
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
