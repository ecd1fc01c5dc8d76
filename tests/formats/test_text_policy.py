"""Verdicts as text: the table people know, and why."""

from dataclasses import replace

from ironhull.compare import compare
from ironhull.formats.text_compare import write_compare
from ironhull.formats.text_policy import policy_lines, write_policies
from ironhull.formats.text_quickview import write_quickview
from ironhull.model import Verdict, Violation
from tests import reports
from tests.formats.verdicts import VERDICTS, judged


def test_the_table() -> None:
    lines = policy_lines(VERDICTS)
    assert lines[:4] == [
        "",
        "Policy status  FAILED  (1/7 policies met, 2 missing data, 1 could not be evaluated)",
        "Health score  F (12%)".replace("12%", f"{10 / 80:.0%}").replace("F", "E"),
        "",
    ]
    assert [cell.strip() for cell in lines[4].split("│")] == ["Status", "Policy", "Results"]
    rows = [[cell.strip() for cell in line.split("│")] for line in lines[6:]]
    assert rows[:6] == [
        ["✓", "No AGPL", "0 packages"],
        ["!", "Vulnerabilities found", "0C     1H     0M     1L"],
        ["!", "Root", ""],
        ["?", "Not stale", "No data"],
        ["?", "Silent", "No data"],
        ["✗", "Broken", "not evaluated"],
    ]


def test_without_verdicts_nothing_is_said() -> None:
    assert policy_lines(()) == []
    assert "Policy" not in write_quickview(reports.web())


def test_deviations_reasons_and_remedies_are_told() -> None:
    text = write_policies(judged())
    assert "starts as root" in text
    assert "no data: there is no provenance" in text
    assert "no data: the policy does not say why" in text
    assert "could not be evaluated: b.rego:3:7: unexpected end" in text
    assert "→ update it" in text
    header, _, first, second = text[text.index("  (vulnerable)") :].splitlines()[1:5]
    assert header.split("│")[0].strip() == "purl"  # as the metadata orders them
    assert ("pkg:deb/openssl" in first, "pkg:deb/zlib" in second) == (True, True)


def test_nothing_hostile_reaches_a_terminal() -> None:
    text = write_policies(judged())
    assert not any(c in text for c in "\x1b\u202e\x00\ud800")


def test_many_deviations_are_counted() -> None:
    many = tuple(Violation(f"number {n}", {"n": n}) for n in range(50))
    text = write_policies(judged(Verdict("p", "P", "Q", "not met", violations=many)))
    assert "… and 30 more deviations" in text


def test_detail_that_is_no_text_and_prints() -> None:
    odd = Violation("", {"list": ["ü", 1], "none": None})
    verdict = Verdict("p", "P", "Q", "not met", violations=(odd,), prints=("p#3: hello",))
    text = write_policies(judged(verdict))
    assert '["ü", 1]' in text
    assert "print: p#3: hello" in text


def test_two_images() -> None:
    ours = judged(*VERDICTS[:4])
    theirs = judged(VERDICTS[0], replace(VERDICTS[1], state="met", violations=()), VERDICTS[3])
    text = write_compare(compare(ours, theirs, ignore_unchanged=True))
    assert "Comparison SUCCESS  (2/3 policies met, 1 missing data)" in text
    rows = [line.split("│") for line in text.splitlines() if "No vulnerabilities" in line]
    cells = [" ".join(cell.split()) for cell in rows[0]]
    assert cells == ["-", "No vulnerabilities", "! 0C 1H 0M 1L", "✓ 0C 0H 0M 0L"]
    assert "2 unchanged policies not shown: --ignore-unchanged" in text
    assert "No AGPL" in write_compare(compare(ours, theirs))


def test_met_is_not_said_of_what_nobody_looked_up() -> None:
    partly = reports.report("web:1", [reports.OPENSSL, reports.FLASK], pypi="not checked")
    for state, told in (("met", True), ("no data", False)):
        verdict = Verdict("p", "P", "Q", state, result_type="vulnerability")
        text = write_policies(replace(partly, verdicts=(verdict,)))
        assert ("not checked: PyPI (1 package)" in text) is told
    full = reports.report("web:1", [reports.OPENSSL])
    verdict = Verdict("p", "P", "Q", "met", result_type="vulnerability")
    assert "Of vulnerabilities" not in write_policies(replace(full, verdicts=(verdict,)))
