"""The Markdown people see in a merge request."""

from ironhull.formats.markdown_cves import write_cves_markdown
from ironhull.formats.text_cves import Shown
from ironhull.model import Problem
from tests import reports

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
