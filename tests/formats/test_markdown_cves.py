"""The Markdown people see in a merge request."""

import re
from dataclasses import replace

from hypothesis import given

from ironhull.formats.markdown_cves import write_cves_markdown
from ironhull.formats.text_cves import Shown
from ironhull.limits import LIMITS
from ironhull.model import Coverage, Problem, Report
from tests import reports
from tests.formats import judged

FILTERED = """\
## Vulnerabilities of web:init

| Critical | High | Medium | Low | Unspecified |
| --- | --- | --- | --- | --- |
| 0 | 1 | 1 | 3 | 0 |

5 findings, 4 distinct CVEs, 4 packages

- digest `888888888888`, 68 MB, 5 packages
- showing 2 of 5 findings: --only-severity high,low

<details><summary>1H <b>openssl</b> 3.5.1-1</summary>

| Severity | Vulnerability | Fixed version | EPSS |
| --- | --- | --- | --- |
| High | [CVE-2025-9230](https://security-tracker.debian.org/tracker/CVE-2025-9230) (CISA KEV) | 3.5.1-1\\+deb13u1 | 0.04% |

</details>

<details><summary>2L <b>glibc</b> 2.41-12</summary>

| Severity | Vulnerability | Fixed version | EPSS |
| --- | --- | --- | --- |
| Low | [CVE-2010-4756](https://security-tracker.debian.org/tracker/CVE-2010-4756) | will not fix \\(no-dsa: minor issue\\) | not known |

</details>

made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""  # noqa: E501  as it is printed


def test_a_filtered_report() -> None:
    shown = Shown((reports.HIGH, reports.OLD), ("--only-severity high,low",), epss=True)
    assert write_cves_markdown(reports.web(), shown) == FILTERED


def test_nothing_checked_is_no_zero() -> None:
    text = write_cves_markdown(reports.report("x", [reports.APT], deb="not checked"), Shown(()))
    assert "Vulnerabilities: **not checked**" in text
    assert "- **not checked: Debian:13 \\(1 package\\)**" in text


def test_problems_are_there() -> None:
    problem = Problem("dpkg", "a|b", "<b>")
    text = write_cves_markdown(reports.report("x", [], problems=(problem,)), Shown(()))
    assert "<details><summary>1 problem</summary>\n\n- dpkg: a\\|b: &lt;b&gt;\n" in text


def test_an_image_cannot_write_markup() -> None:
    package = reports.wheel("</summary><img src=x>|`", "1*2*")
    found = reports.finding(package, "X-1) [a](javascript:b) |", fixed="<script>")
    text = write_cves_markdown(reports.report("[x](y)<b>", [package], [found]), Shown((found,)))
    assert "<img" not in text
    assert "<script" not in text
    assert "<b>\n" not in text
    (row,) = [line for line in text.splitlines() if line.startswith("| Low |")]
    assert row.count(" | ") == 2
    assert "](https://osv.dev/vulnerability/X-1%29%20[a]%28javascript:b%29%20%7C) |" in row


def test_malicious_packages_are_named_first() -> None:
    report = judged.full()
    text = write_cves_markdown(report, judged.shown(report))
    assert "- **malicious package, remove it: evilpkg 1.0**\n" in text
    assert "<details><summary>malicious 1C <b>evilpkg</b> 1.0</summary>" in text
    assert "| Malicious | [MAL-2025-1](https://osv.dev/vulnerability/MAL-2025-1) |" in text


def test_ignored_findings_are_counted_and_listed_when_asked_for() -> None:
    report, shown = judged.full(), judged.shown(judged.full())
    short = write_cves_markdown(report, shown)
    both = "1 finding ignored by .ironhullignore; 1 finding suppressed by VEX \\(Jo\\)"
    assert f"\n{both}\n" in short
    assert "no debugger here" not in short
    full = write_cves_markdown(report, replace(shown, show_ignored=True))
    both = "1 finding ignored by .ironhullignore; 1 finding suppressed by VEX (Jo)"
    assert f"<details><summary>{both}</summary>" in full
    assert (
        "- CVE-2025-47278 in flask 3.0.3: ignored until 2027-01-31: no debugger here"
        " \\(.ironhullignore:3\\)" in full
    )
    assert "- CVE-2019-9192 in glibc" in full
    assert "by Jo, unsigned" in full


def test_rules_without_effect_are_named() -> None:
    report = judged.full()
    text = write_cves_markdown(report, judged.shown(report))
    assert "<details><summary>2 ignore rules without effect</summary>" in text
    assert "- .ironhullignore:9: CVE-2020-1 in x: expired" in text


def test_a_comment_can_hold_it_and_what_is_left_out_is_told() -> None:
    report = judged.large(2_000)
    text = write_cves_markdown(report, judged.shown(report))
    assert LIMITS.markdown_characters * 0.95 < len(text) <= LIMITS.markdown_characters
    rows = len(
        re.findall(r"^\| (?:Critical|High|Medium|Low|Unspecified) \| \[", text, re.MULTILINE)
    )
    (left,) = re.findall(r"\*\*(\d+) findings in \d+ packages left out:\*\*", text)
    assert rows + int(left) == 2_000
    assert text.count("<details>") == text.count("</details>")
    assert "made with ironhull" in text


def test_one_large_package_is_cut_within() -> None:
    report = judged.large(2_000, each=2_000)
    text = write_cves_markdown(report, judged.shown(report))
    assert len(text) <= LIMITS.markdown_characters
    assert re.search(r"\*\*\d+ findings in 1 package left out:\*\*", text)
    assert text.count("<details>") == text.count("</details>") == 1


@given(judged.hostile)
def test_any_text_is_no_markup(report: Report) -> None:
    text = write_cves_markdown(report, replace(judged.shown(report), show_ignored=True))
    assert len(text) <= LIMITS.markdown_characters
    tags = re.findall(r"(?<!\\)<[^>]*>", text)
    assert set(tags) <= {"<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>"}
    assert all(line.isprintable() for line in text.split("\n"))


def test_long_words_and_many_problems_are_cut() -> None:
    package = reports.wheel("x" * 100_000, "1" * 100_000)
    finding = reports.finding(package, "CVE-" + "9" * 100_000, fixed="2" * 100_000)
    problems = tuple(Problem("s" * 10_000, str(number), "m" * 10_000) for number in range(500))
    report = reports.report("n" * 100_000, [package], [finding], problems=problems)
    text = write_cves_markdown(report, Shown(report.findings))
    assert len(text) <= LIMITS.markdown_characters
    assert "- and 474 more\n" in text
    assert len(re.findall(r"^\| Low \| \[CVE", text, re.MULTILINE)) == 1


def test_nothing_that_grows_when_escaped_makes_it_too_long() -> None:
    problems = tuple(Problem("\U0010ffff" * 400, str(n), "&" * 400) for n in range(500))
    rows = [Coverage("&" * 400 + str(n), 1, "not checked") for n in range(500)]
    report = reports.report("&" * 400, [reports.APT], problems=problems)
    report = replace(report, coverage=tuple(rows))
    text = write_cves_markdown(report, Shown(()))
    assert len(text) <= LIMITS.markdown_characters
    assert text.count("more\n") == 2
