"""The HTML report in a real browser: Chromium as Debian packages it, driven by Playwright."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.formats.html_report import write_html
from ironhull.model import Report
from tests.formats import judged

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(_CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Opened:
    """A report in a page; what the browser complains about or tries to load is an error."""

    def __init__(self, browser: Any, folder: Path, report: Report, **options: Any) -> None:
        file = folder / "report.html"
        file.write_bytes(write_html(report, judged.shown(report)))
        self.page = browser.new_context(**options).new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())

    def shows(self, *names: str) -> None:
        """These packages can be seen, in this order, and no others."""
        headings = self.page.locator(".package:visible h3")
        if names:
            sync_api.expect(headings).to_contain_text([f"{name} " for name in names])
        else:
            sync_api.expect(headings).to_have_count(0)

    def says(self, text: str) -> None:
        sync_api.expect(self.page.locator("output")).to_have_text(text)


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    found = Opened(browser, tmp_path, judged.full())
    yield found
    assert found.complaints == []
    assert [url for url in found.asked if not url.startswith("file:")] == []
    found.page.context.close()


def test_everything_is_shown(opened: Opened) -> None:
    opened.says("6 of 6 findings in 5 of 5 packages")
    opened.shows("evilpkg", "@babel/core", "openssl", "apt", "glibc")


def test_search_looks_into_names_ids_weaknesses_and_details(opened: Opened) -> None:
    search = opened.page.get_by_label("Search")
    for words, expected in (
        ("OPENSSL", ["openssl"]),
        ("cve-2010", ["glibc"]),
        ("cwe-787", ["openssl"]),
        ("built credentials", []),
        ("rfc 3211", ["openssl"]),
        ("ghsa-67hx", ["@babel/core"]),
        ("libc6", ["glibc"]),
        ("node_modules", ["@babel/core"]),
    ):
        search.fill(words)
        opened.shows(*expected)
    opened.page.get_by_role("button", name="Show all").click()
    opened.says("6 of 6 findings in 5 of 5 packages")


def test_severities_fixes_and_exploited_ones(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("Medium").uncheck()
    page.get_by_label("Malicious packages").uncheck()
    opened.says("4 of 6 findings in 3 of 5 packages")
    page.get_by_label("with a fix").check()
    opened.says("2 of 6 findings in 2 of 5 packages")
    opened.shows("@babel/core", "openssl")
    page.get_by_label("exploited (CISA KEV)").check()
    opened.says("1 of 6 findings in 1 of 5 packages")
    opened.shows("openssl")


def test_orders(opened: Opened) -> None:
    order = opened.page.get_by_label("Order")
    for choice, expected in (
        ("name", ["@babel/core", "apt", "evilpkg", "glibc", "openssl"]),
        ("findings", ["openssl", "evilpkg", "@babel/core", "apt", "glibc"]),
        ("epss", ["openssl", "evilpkg", "@babel/core", "apt", "glibc"]),
        ("cvss", ["@babel/core", "openssl", "evilpkg", "apt", "glibc"]),
        ("worst", ["evilpkg", "@babel/core", "openssl", "apt", "glibc"]),
    ):
        order.select_option(choice)
        opened.shows(*expected)


def test_details_open_by_keyboard(opened: Opened) -> None:
    summary = opened.page.locator(".finding summary").nth(2)
    told = opened.page.get_by_text("3.5.1-1 < 3.5.1-1+deb13u1")
    sync_api.expect(told).to_be_hidden()
    summary.focus()
    opened.page.keyboard.press("Enter")
    sync_api.expect(told).to_be_visible()


def test_readable_without_scripts(browser: Any, tmp_path: Path) -> None:
    plain = Opened(browser, tmp_path, judged.full(), java_script_enabled=False)
    plain.shows("evilpkg", "@babel/core", "openssl", "apt", "glibc")
    sync_api.expect(plain.page.locator("form")).to_be_hidden()
    plain.page.locator(".finding summary").nth(2).click()
    sync_api.expect(plain.page.get_by_text("3.5.1-1 < 3.5.1-1+deb13u1")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(browser: Any, tmp_path: Path, scheme: str) -> None:
    page = Opened(browser, tmp_path, judged.full(), color_scheme=scheme).page
    expected = "rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 27)"
    sync_api.expect(page.locator("body")).to_have_css("background-color", expected)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_cut_off_on_narrow_screens(browser: Any, tmp_path: Path, width: int) -> None:
    """WCAG 2.2, 1.4.10: at a width of 320 pixels nobody scrolls sideways."""
    size = {"width": width, "height": 900}
    page = Opened(browser, tmp_path, judged.full(), viewport=size).page
    for name in ("body", ".package", ".finding th", ".controls"):
        for box in page.locator(f"{name}:visible").all():
            bounds = box.bounding_box()
            assert bounds is not None
            assert bounds["x"] >= 0
            assert bounds["x"] + bounds["width"] <= width, name


def test_print_shows_the_details(opened: Opened, tmp_path: Path) -> None:
    page = opened.page
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    sync_api.expect(page.get_by_text("3.5.1-1 < 3.5.1-1+deb13u1")).to_be_visible()
    page.emulate_media(media="print")
    sync_api.expect(page.locator("form")).to_be_hidden()
    page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    sync_api.expect(page.get_by_text("3.5.1-1 < 3.5.1-1+deb13u1")).to_be_hidden()


def test_hostile_text_runs_nothing(browser: Any, tmp_path: Path) -> None:
    evil = "</title></style></script><script>document.title='owned'</script><img src=x onerror=x>"
    report = judged.large(40)
    finding = judged.reports.finding(judged.reports.wheel(evil, evil), f"X-1{evil}", summary=evil)
    packages = (*report.sbom.packages, finding.packages[0])
    sbom = judged.replace(report.sbom, packages=packages)
    found = Opened(
        browser,
        tmp_path,
        judged.replace(report, sbom=sbom, findings=(*report.findings, finding)),
    )
    assert found.complaints == []
    assert found.page.title() == "Vulnerabilities of registry.example/shop/large:1"
    assert found.page.locator("img").count() == 0
    assert found.page.locator("h3", has_text="onerror").count() == 1


def test_the_browser_lets_nothing_else_run(browser: Any, tmp_path: Path) -> None:
    """Even what got into the document would be stopped by the policy."""
    found = Opened(browser, tmp_path, judged.full())
    file = tmp_path / "changed.html"
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    file.write_text(text.replace("</main>", "<script>document.title='x'</script></main>"))
    found.page.goto(file.as_uri())
    assert found.page.title() != "x"
    assert any("Content Security Policy" in complaint for complaint in found.complaints)


def test_a_large_report_can_be_used(browser: Any, tmp_path: Path) -> None:
    found = Opened(browser, tmp_path, judged.large(3_000))
    found.says("3000 of 3000 findings in 150 of 150 packages")
    found.page.get_by_label("Search").fill("dist8@ cve-2003")
    found.says("1 of 3000 findings in 1 of 150 packages")
