"""The HTML report as a document: well-formed, escaped, self-contained, complete, accessible."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given

from ironhull.formats.html_report import write_html
from ironhull.formats.text_cves import Shown
from ironhull.model import Location, Report
from tests import reports
from tests.formats import judged

_VOID = ("meta", "input", "br", "link", "img")
_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "dl"),
    *("dt", "dd", "main", "section", "ul", "li", "b", "p", "strong", "form", "label", "input"),
    *("fieldset", "legend", "select", "option", "button", "output", "div", "article", "span"),
    *("code", "details", "summary", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("footer", "script", "br"),
}
"""Everything the report is made of; what came in as markup would be another."""


class Page(HTMLParser):
    """A document read tag by tag; it fails on tags that are not closed in their order."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(data.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, tag
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(report: Report, shown: Shown | None = None) -> Page:
    return Page(write_html(report, shown or judged.shown(report)))


@given(judged.hostile)
def test_any_text_is_text(report: Report) -> None:
    found = page(report)
    allowed = {"class", "data-severity", "data-fixed", "data-exploited", "data-epss", "data-cvss"}
    for tag, attributes in found.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        if tag == "tbody":
            assert set(attributes) <= allowed
        if "href" in attributes:
            assert re.fullmatch(r"https?://[!-~]+|#[a-z]+", attributes["href"])
    assert all(text.isprintable() for text in "".join(found.texts).split("\n"))


def test_nothing_is_loaded_and_nothing_else_can_run() -> None:
    found = page(judged.full())
    for _, attributes in found.elements:
        assert not {"src", "srcset", "action", "background", "data", "ping"} & set(attributes)
    assert not found.all("link")
    assert "url(" not in found.raw["style"]
    assert "@import" not in found.raw["style"]
    policy = next(m["content"] for m in found.all("meta") if "http-equiv" in m)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(found.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_all_that_is_known_is_there() -> None:
    text = page(judged.full()).text
    for expected in (
        "Vulnerabilities of registry.example:5000/shop/web:1.0",
        "1 malicious package , made to do harm",
        "not checked: conan (1 package)",
        "only fixed CVEs known: npm (1 package)",
        "openssl 3.5.1-1",
        "installed as libssl3t64",
        "CVE-2025-9230 CISA KEV",
        "What to do Update openssl to 3.5.1-1+deb13u1.",
        "Because 3.5.1-1 < 3.5.1-1+deb13u1",
        "EPSS 0.04%, 9th percentile",
        "Called critical by GHSA, high by NVD",
        "CWE-787",
        "DSA-6015-1",
        "will not fix (no-dsa: minor issue)",
        "Ignored or suppressed by VEX (2)",
        "ignored until 2027-01-31: no debugger here (.ironhullignore:3)",
        "VEX: not affected: vulnerable_code_not_present, built without it"
        " (vex/a.json #2, 2026-10-01, by Jo, unsigned)",
        "What was checked",
        "Ignore rules without effect (2)",
        "Problems (1)",
        "line 3: no version",
        "All packages",
        "advisory data 999999999999 of 2026-11-20T00:00:00Z",
    ):
        assert expected in text, expected


def test_malicious_packages_come_first_and_are_their_own_class() -> None:
    found = page(judged.full())
    first, *_ = found.all("tbody")
    assert first == {"class": "finding", "data-severity": "malicious"}
    assert "none: remove it" in found.text


def test_ignored_findings_are_in_no_number() -> None:
    found = page(judged.full())
    assert "6 findings, 5 distinct CVEs, 5 packages, 1 of them malicious" in found.text
    severities = [t["data-severity"] for t in found.all("tbody") if "data-severity" in t]
    assert sorted(severities) == [
        *("critical", "high", "low", "malicious", "medium", "unspecified"),
    ]


def test_links_lead_to_the_advisories() -> None:
    hrefs = {a["href"] for a in page(judged.full()).all("a")}
    assert "https://security-tracker.debian.org/tracker/CVE-2025-9230" in hrefs
    assert "https://github.com/advisories/GHSA-67hx-6x53-jw92" in hrefs
    assert "https://cwe.mitre.org/data/definitions/787.html" in hrefs
    assert "https://example.org/advisory?a=1&b=(2)" in hrefs


def test_nothing_checked_is_no_zero() -> None:
    text = page(judged.unchecked()).text
    assert "Not checked: no number can be given." in text
    assert "Nothing was checked." in text
    assert "0 Critical" not in text


def test_filters_are_told() -> None:
    shown = Shown((reports.HIGH,), ("--only-severity high",))
    found = page(judged.full(), shown)
    assert "showing 1 of 6 findings: --only-severity high" in found.text
    assert len([t for t in found.all("tbody") if t.get("class") == "finding"]) == 1


def test_every_section_table_and_field_has_a_name() -> None:
    found = page(judged.full())
    assert found.all("html") == [{"lang": "en"}]
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for section in found.all("section"):
        assert section["aria-labelledby"] in ids
    assert len(found.all("caption")) == len(found.all("table"))
    for cell in found.all("th"):
        assert cell["scope"] in ("col", "row")
    headings = [tag for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert all(int(b[1]) <= int(a[1]) + 1 for a, b in pairwise(headings))


def test_the_controls_wait_for_the_script() -> None:
    (form,) = page(judged.full()).all("form")
    assert "hidden" in form


def test_many_places_are_folded_and_bounded() -> None:
    places = tuple(Location(f"srv/{number}/package.json") for number in range(100))
    package = replace(judged.NODE, locations=places)
    finding = replace(judged.LIBRARY, packages=(package,))
    text = page(reports.report("x", [package], [finding])).text
    assert "found in 100 places" in text
    assert "and 60 more" in text
    assert "srv/39/package.json" in text
    assert "srv/40/package.json" not in text


def test_equal_reports_are_equal_bytes() -> None:
    report = judged.full()
    backwards = replace(report, findings=tuple(reversed(report.findings)))
    assert write_html(report, judged.shown(report)) == write_html(
        backwards, judged.shown(backwards)
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read(scheme: str) -> None:
    """WCAG 2.2, 1.4.3: text has a contrast of 4.5 to 1 at least with what is behind it."""
    style = page(judged.full()).raw["style"]
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", blocks[scheme == "dark"]))
    words = ("text", "quiet", "link", "critical", "high", "medium", "low", "unspecified")
    for word in (*words, "malicious"):
        for behind in ("back", "raised"):
            assert _contrast(colours[word], colours[behind]) >= 4.5, (word, behind)
    for word in ("quiet", *words[3:], "malicious"):
        assert _contrast(colours["on"], colours[word]) >= 4.5, word


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
