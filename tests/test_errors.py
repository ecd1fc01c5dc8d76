"""Nothing that was read from an image steers a terminal or begins a line of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.commands import run
from ironhull.commands._context import Context
from ironhull.compare import compare
from ironhull.config import load_settings
from ironhull.errors import Error, ImageError, printable
from ironhull.formats.markdown_cves import write_cves_markdown
from ironhull.formats.sbom_list import write_list
from ironhull.formats.text_compare import write_compare
from ironhull.formats.text_cves import Shown, write_cves
from ironhull.formats.text_quickview import write_quickview
from ironhull.model import Problem, Report
from ironhull.values import replace
from tests import reports

EVIL = "a\x1b[2J\rb\nforged: 0 findings\u202e\x85\udcff\x00"


@given(st.text())
def test_printable_is_one_line_and_the_same_twice(text: str) -> None:
    found = printable(text)
    assert found.isprintable()
    assert printable(found) == found
    assert found.encode().decode() == found


@given(st.text(), st.text())
def test_errors_are_one_line(message: str, hint: str) -> None:
    assert str(ImageError(message, hint)).isprintable()


def test_blanks_stand_for_line_breaks_of_other_libraries() -> None:
    assert Error("cannot parse\n  line 3\x1b").message == "cannot parse line 3\\x1b"


def evil() -> Report:
    """A report whose image wrote `EVIL` wherever an image can write."""
    report = reports.web()
    sbom = report.sbom
    packages = tuple(
        replace(p, name=f"{p.name}{EVIL}", version=f"{p.version}{EVIL}") for p in sbom.packages
    )
    problem = Problem("dpkg", f"var/{EVIL}", f"{EVIL}: bad")
    subject = replace(
        sbom.subject, name=EVIL, user=EVIL, source=EVIL, revision=EVIL, digest=EVIL, steps=(EVIL,)
    )
    findings = tuple(
        replace(f, packages=tuple(replace(p, name=p.name + EVIL) for p in f.packages))
        for f in report.findings
    )
    inside = replace(sbom, subject=subject, packages=packages, problems=(problem,))
    return replace(report, sbom=inside, findings=findings, problems=(problem,))


def test_every_text_output_is_printable() -> None:
    report = evil()
    shown = Shown(
        report.findings, filters=(f"--only-package {EVIL}",), locations=True, details=True
    )
    texts = (
        write_quickview(report),
        write_cves(report, shown),
        write_cves_markdown(report, shown),
        write_list(report.sbom).decode(),
        write_compare(compare(report, reports.hardened())),
        write_compare(compare(reports.hardened(), report)),
    )
    for text in texts:
        assert "forged" in text
        lines = text.split("\n")
        assert [line for line in lines if not line.isprintable()] == []
        assert [line for line in lines if line.startswith("forged")] == []


def test_notes_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with Context(load_settings()) as context:
        context.report([Problem("npm", EVIL, EVIL)])
    heard = capsys.readouterr().err
    assert heard.count("\n") == 1
    assert heard.removesuffix("\n").isprintable()


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sbom", f"archive:///no/{EVIL[:-1]}"]) != 0
    heard = capsys.readouterr().err
    assert heard.count("\n") == 1
    assert heard.removesuffix("\n").isprintable()
