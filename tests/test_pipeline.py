"""The stages joined: an image of the store, judged with its base by one index."""

from pathlib import Path

import pytest

from ironhull.advisories.needs import needed
from ironhull.advisories.opening import index_path
from ironhull.base_image import BASE_NAME
from ironhull.commands import run
from ironhull.config import Settings
from ironhull.oci.edit import ImageConfig
from ironhull.pipeline import opened, scan
from ironhull.places import Places
from ironhull.store.images import ImageStore
from tests.advisories.test_update import publish
from tests.images import Files, stored
from tests.indexes import fetched

WHEEL = "usr/lib/python3/site-packages/flask-3.0.3.dist-info/METADATA"
BASE: Files = {
    "etc/os-release": "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n",
    WHEEL: "Metadata-Version: 2.1\nName: Flask\nVersion: 3.0.3\n",
}
APP: Files = {"srv/node_modules/a/package.json": '{"name": "a", "version": "1.0.0"}'}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with an image, its base and a small index."""
    home = tmp_path / "home"
    found = Settings(Places(str(home), str(home / "cache")), cache_bytes=0)
    store = ImageStore(found.images)
    stored(store, "base:1", BASE)
    config = ImageConfig(labels={BASE_NAME: "base:1"})
    stored(store, "web:1", [BASE, APP], config=config)
    publish(tmp_path / "world")
    fetched(tmp_path / "world", found.advisories)
    monkeypatch.setenv("IRONHULL_HOME", str(home))
    return found


def test_an_image_and_its_base_are_judged_by_one_index(settings: Settings) -> None:
    report = scan(opened("local://web:1", settings), settings)
    assert [finding.advisory.id for finding in report.findings] == ["CVE-2026-0001"]
    assert report.base is not None
    assert report.base.verified
    assert report.base.report is not None
    assert report.base.report.made_with == report.made_with
    dates = dict(report.made_with.sources)
    assert dates.keys() >= {"debian-tracker", "osv-pypi", "kev", "epss"}
    assert dates["osv-pypi"]


def test_what_images_need_is_noted(settings: Settings) -> None:
    assert needed(settings.advisories) == frozenset()
    scan(opened("local://web:1", settings), settings)
    assert needed(settings.advisories) == {"PyPI", "npm"}


def test_without_an_index_one_is_made_of_what_is_bundled(settings: Settings) -> None:
    index_path(settings.advisories).unlink()
    report = scan(opened("local://web:1", settings), settings)
    assert report.made_with.index_digest
    index_path(settings.advisories).write_bytes(b"not an index")
    again = scan(opened("local://web:1", settings), settings)
    assert again.made_with.index_digest == report.made_with.index_digest


@pytest.mark.parametrize(
    ("options", "shown"),
    [([], 1), (["--only-base"], 1), (["--ignore-base"], 0)],
)
def test_what_the_base_brings(
    settings: Settings, options: list[str], shown: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cves", "web:1", "--format", "ids", *options]) == 0
    printed = capsys.readouterr()
    assert printed.out == "CVE-2026-0001\n" * shown


def test_the_rule_of_severities_is_a_setting(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {}
    for order in ('["cvss3"]', '["cvss2"]'):
        (settings.home / "config.toml").write_text(f"[severity]\norder = {order}\n")
        assert run(["cves", "web:1"]) == 0
        found[order] = " ".join(capsys.readouterr().out.split())
    assert "Severity from : CVSS 3.1 (" in found['["cvss3"]']
    assert "Severity from : no source" in found['["cvss2"]']
    (settings.home / "config.toml").write_text("[severity]\norder = ['worst']\n")
    assert run(["cves", "web:1"]) == 1
    assert "severity.order" in capsys.readouterr().err
