"""Image -> licences: through layers and caches, from directories and documents."""

from pathlib import Path

import pytest

from ironhull import licensing
from ironhull.config import Settings
from ironhull.licenses.rules import NO_RULES, LicenseRules
from ironhull.licensing import license_texts, with_licenses
from ironhull.limits import LIMITS
from ironhull.model import Image, MadeWith, Report
from ironhull.pipeline import Opened, opened, sbom
from ironhull.places import Places
from tests.detectors.test_license_texts import MIT
from tests.images import Files, image, layout

NPM = '{"name": "x", "version": "1.0.0", "license": "SEE LICENSE IN LICENSE"}'
FILES: list[Files] = [
    {
        "app/node_modules/x/package.json": NPM,
        "app/node_modules/x/LICENSE": MIT,
        "opt/gone/LICENSE": MIT,
    },
    {"opt/gone/.wh.LICENSE": "", "opt/here/COPYING": "Nobody may do anything.\n"},
]


def report(found: Image) -> Report:
    return Report(sbom(found), (), (), MadeWith("0"))


def settings(place: Path, *, cached: bool = True) -> Settings:
    return Settings(
        Places(str(place), str(place / "cache")), cache_bytes=LIMITS.cache_bytes if cached else 0
    )


def test_texts_of_an_image(tmp_path: Path) -> None:
    found = image(FILES)
    judged = with_licenses(Opened(found), report(found), settings(tmp_path), NO_RULES)
    assert judged.licenses is not None
    assert [(f.license, f.path) for f in judged.licenses] == [("MIT", "app/node_modules/x/LICENSE")]
    assert judged.licenses[0].layer == found.layers[0].diff_id
    whole = with_licenses(Opened(found), report(found), settings(tmp_path), NO_RULES, files=True)
    assert whole.licenses is not None
    assert [(f.license, f.path) for f in whole.licenses if f.package is None] == [
        ("MIT", "app/node_modules/x/LICENSE"),
        ("", "opt/here/COPYING"),
    ]


def test_rules_judge(tmp_path: Path) -> None:
    found = image(FILES)
    rules = LicenseRules(deny=("MIT",))
    judged = with_licenses(Opened(found), report(found), settings(tmp_path), rules)
    assert judged.licenses is not None
    assert judged.licenses[0].state == "denied"


def test_what_was_read_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = image(FILES)
    first = license_texts(found, tmp_path)
    narrow = license_texts(found, tmp_path, ["app/node_modules/x"])
    assert [text.path for text in narrow[0]] == ["app/node_modules/x/LICENSE"]
    monkeypatch.setattr(licensing, "_read", None)
    assert license_texts(found, tmp_path) == first
    assert license_texts(found, tmp_path, ["app/node_modules/x"]) == narrow
    for file in (tmp_path / "licenses").rglob("*.cache"):
        file.write_bytes(file.read_bytes()[:-9] + b"] damaged")
    with pytest.raises(TypeError):  # read again: nothing damaged is believed
        license_texts(found, tmp_path)


def test_without_caches_nothing_is_written(tmp_path: Path) -> None:
    found = image(FILES)
    place = settings(tmp_path, cached=False)
    assert with_licenses(Opened(found), report(found), place, NO_RULES, files=True).licenses
    assert list(tmp_path.iterdir()) == []


def test_directories(tmp_path: Path) -> None:
    for path, content in FILES[0].items():
        target = tmp_path / "root" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(str(content), encoding="utf-8")
    place = settings(tmp_path)
    found = opened(f"fs://{tmp_path}/root", place)
    assert found.image is not None
    judged = with_licenses(found, report(found.image), place, NO_RULES, files=True)
    assert judged.licenses is not None
    assert {f.path for f in judged.licenses if f.package is None} == {
        "app/node_modules/x/LICENSE",
        "opt/gone/LICENSE",
    }
    assert not (tmp_path / "cache" / "licenses").exists()


def test_documents_have_metadata_alone(tmp_path: Path) -> None:
    listed = sbom(image(FILES))
    said = Report(listed, (), (), MadeWith("0"))
    judged = with_licenses(Opened(None, listed), said, settings(tmp_path), NO_RULES, files=True)
    assert judged.licenses is not None
    assert [f.category for f in judged.licenses] == ["unknown"]


def test_a_text_read_in_part_is_a_problem(tmp_path: Path) -> None:
    found = image({"LICENSE": MIT + "x" * LIMITS.license_text_bytes})
    judged = with_licenses(Opened(found), report(found), settings(tmp_path), NO_RULES, files=True)
    assert any(p.where == "LICENSE" and "first" in p.message for p in judged.problems)


def test_an_oci_layout_is_read_the_same(tmp_path: Path) -> None:
    place = layout(tmp_path, "image", FILES)
    found = opened(f"oci-dir://{place}", settings(tmp_path))
    assert found.image is not None
    texts, problems = license_texts(found.image)
    assert [text.path for text in texts] == ["app/node_modules/x/LICENSE", "opt/here/COPYING"]
    assert problems == ()
