"""Packages and texts -> licences: which are listed, where they were read, in which order."""

import pytest

from ironhull.detectors.license_texts import LicenseText
from ironhull.detectors.licenses import PlacedText, find_licenses, places_of_texts
from ironhull.licenses.rules import NO_RULES, LicenseRules
from ironhull.model import Location, Package

LAYER = "sha256:" + "2" * 64


def package(
    *licenses: str, kind: str = "npm", name: str = "x", at: str = "app/x/package.json"
) -> Package:
    return Package(kind, name, "1", licenses=licenses, locations=(Location(at, LAYER),))


def text(path: str, *licenses: str, coverage: float = 0.9) -> PlacedText:
    return PlacedText(path, LAYER, LicenseText(licenses, coverage))


def test_metadata_come_first() -> None:
    one = package("MIT", "BSD-3-Clause")
    found = find_licenses([one], [text("app/x/LICENSE", "GPL-3.0-only")], NO_RULES)
    assert [(f.license, f.source, f.path, f.layer) for f in found] == [
        ("BSD-3-Clause", "metadata", "app/x/package.json", LAYER),
        ("MIT", "metadata", "app/x/package.json", LAYER),
    ]
    assert places_of_texts([one]) == ()


@pytest.mark.parametrize("told", [(), ("LicenseRef-SEE-LICENSE-IN-LICENSE",), ("LicenseRef-BSD",)])
def test_texts_tell_what_metadata_do_not(told: tuple[str, ...]) -> None:
    one = package(*told)
    assert "app/x" in places_of_texts([one])
    (found,) = find_licenses([one], [text("app/x/LICENSE", "BSD-3-Clause")], NO_RULES)
    assert (found.license, found.category, found.source) == ("BSD-3-Clause", "notice", "text")
    assert (found.path, found.coverage, found.package) == ("app/x/LICENSE", 0.9, one)


def test_what_is_known_stays_beside_what_texts_tell() -> None:
    one = package("MIT", "LicenseRef-odd")
    found = find_licenses([one], [text("app/x/licenses/a", "MIT", "Zlib")], NO_RULES)
    assert [(f.license, f.source) for f in found] == [("MIT", "metadata"), ("Zlib", "text")]


def test_nothing_told_is_said() -> None:
    (found,) = find_licenses([package()], [text("other/LICENSE", "MIT")], NO_RULES)
    assert (found.license, found.category, found.severity) == ("", "unknown", "unspecified")
    (found,) = find_licenses([package()], [text("app/x/LICENSE")], NO_RULES)
    assert found.license == ""
    (found,) = find_licenses([package("LicenseRef-odd")], [], NO_RULES)
    assert found.license == "LicenseRef-odd"


def test_copyright_files_of_debian() -> None:
    one = package("LicenseRef-copyright-of-zip", kind="deb", name="zip", at="var/lib/dpkg/status")
    copyright_ = text("usr/share/doc/zip/copyright", "Info-ZIP")
    other = text("usr/share/doc/zip/LICENSE", "MIT")
    assert places_of_texts([one]) == ("usr/share/doc/zip",)
    found = find_licenses([one], [copyright_], NO_RULES)
    assert [f.license for f in found] == ["Info-ZIP"]
    assert {f.license for f in find_licenses([one], [other, copyright_], NO_RULES)} == {
        "Info-ZIP",
        "MIT",
    }


def test_names_of_debian_are_the_texts_they_stand_for() -> None:
    one = package("MIT", "LicenseRef-own AND LicenseRef-other", kind="deb", name="tool")
    path = "usr/share/doc/tool/copyright"
    told = LicenseText(("ISC",), 0.2, named=(("LicenseRef-own", "HPND"),))
    assert places_of_texts([one]) == ("usr/share/doc/tool",)
    found = find_licenses([one], [PlacedText(path, LAYER, told)], NO_RULES)
    assert [(f.license, f.source, f.path) for f in found] == [
        ("MIT", "metadata", "app/x/package.json"),
        ("HPND AND LicenseRef-other", "text", path),
    ]
    assert [f.license for f in find_licenses([one], [], NO_RULES)] == [
        "MIT",
        "LicenseRef-own AND LicenseRef-other",
    ]


def test_texts_beside_programs_are_about_nobody() -> None:
    one = package(kind="golang", at="usr/bin/tool")
    assert places_of_texts([one]) == ()
    (found,) = find_licenses([one], [text("usr/bin/LICENSE", "MIT")], NO_RULES)
    assert found.license == ""


def test_files_are_listed_if_asked_for() -> None:
    texts = [text("opt/LICENSE", "AGPL-3.0-only"), text("opt/COPYING")]
    assert find_licenses([], texts, NO_RULES) == ()
    found = find_licenses([], texts, NO_RULES, files=True)
    assert [(f.path, f.license, f.category, f.package) for f in found] == [
        ("opt/LICENSE", "AGPL-3.0-only", "forbidden", None),
        ("opt/COPYING", "", "unknown", None),
    ]


def test_denied_ones_come_first_then_the_worst() -> None:
    packages = [
        package("AGPL-3.0-only", name="a"),
        package("MIT", name="b"),
        package("MPL-2.0", name="c"),
        package("GPL-2.0-only", name="d"),
    ]
    found = find_licenses(packages, [], LicenseRules(deny=("MPL-*",)))
    assert [(f.license, f.state) for f in found] == [
        ("MPL-2.0", "denied"),
        ("AGPL-3.0-only", ""),
        ("GPL-2.0-only", ""),
        ("MIT", ""),
    ]


def test_a_package_may_be_allowed_whatever_its_licence() -> None:
    rules = LicenseRules(deny=("GPL-*",), packages=("pkg:npm/x",))
    found = find_licenses([package("GPL-2.0-only"), package("GPL-2.0-only", name="y")], [], rules)
    assert {f.package.name: f.state for f in found if f.package} == {"x": "allowed", "y": "denied"}
