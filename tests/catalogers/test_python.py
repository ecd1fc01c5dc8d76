"""Python distributions: metadata, licences, ownership, duplicates, requirements."""

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalog import PROBES, catalog
from ironhull.model import Location, Package, Platform, Sbom, Subject
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.trees import DictTree

SITE = "usr/local/lib/python3.13/site-packages"


def metadata(name: str = "Flask", version: str = "3.0.3", *more: str) -> str:
    return "\n".join(
        ["Metadata-Version: 2.3", f"Name: {name}", f"Version: {version}", *more, "", "x"]
    )


def read(files: dict[str, str | bytes]) -> Sbom:
    tree = DictTree({"etc/os-release": OS_RELEASE, **files})
    return catalog(tree, Subject("test", platform=Platform()))


def dist(text: str, site: str = SITE, **files: str) -> dict[str, str | bytes]:
    name = text.split("Name: ")[1].split("\n", maxsplit=1)[0]
    base = f"{site}/{name}-1.dist-info"
    return {f"{base}/METADATA": text, **{f"{base}/{k}": v for k, v in files.items()}}


def only(sbom: Sbom) -> Package:
    assert len(sbom.packages) == 1, sbom.problems
    return sbom.packages[0]


def test_all_fields_of_a_distribution() -> None:
    text = metadata(
        "Flask_SQLAlchemy",
        "3.1.1",
        "Summary: Add SQLAlchemy support",
        "Author-email: Pallets <contact@palletsprojects.com>",
        "Project-URL: Documentation, https://docs",
        "Project-URL: Source, https://github.com/pallets-eco/flask-sqlalchemy",
        "License-Expression: BSD-3-Clause",
    )
    record = "flask/__init__.py,sha256=x,100\nflask/app.py,sha256=y,23\nflask/RECORD,,\n"
    package = only(read(dist(text, RECORD=record)))
    assert package.purl == "pkg:pypi/flask-sqlalchemy@3.1.1"
    assert package.name == "Flask_SQLAlchemy"
    assert package.size == 123
    assert package.summary == "Add SQLAlchemy support"
    assert package.supplier == "Pallets <contact@palletsprojects.com>"
    assert package.homepage == "https://github.com/pallets-eco/flask-sqlalchemy"
    assert package.licenses == ("BSD-3-Clause",)
    assert package.locations == (
        Location(f"{SITE}/Flask_SQLAlchemy-1.dist-info/METADATA", "sha256:" + "1" * 64),
    )


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/python3/dist-packages/six-1.16.0.egg-info",
        "usr/lib/python3/dist-packages/six.egg-info/PKG-INFO",
        "opt/app/six-1.16.0-py3.11.egg/EGG-INFO/PKG-INFO",
        "six-1.dist-info/METADATA",
    ],
)
def test_every_kind_of_metadata(path: str) -> None:
    assert only(read({path: metadata("six", "1.16.0")})).purl == "pkg:pypi/six@1.16.0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name: flask\n\n", "no Version"),
        ("Version: 1\n\n", "no Name"),
        ("Name: ../../etc\nVersion: 1\n", "impossible name"),
        ("Name: flask\nVersion: 1 2\n", "impossible version"),
        ("", "no Name"),
    ],
)
def test_broken_metadata_is_a_problem(text: str, said: str) -> None:
    sbom = read({f"{SITE}/a-1.dist-info/METADATA": text})
    assert not sbom.packages
    assert said in sbom.problems[0].message
    assert sbom.problems[0].where == f"{SITE}/a-1.dist-info/METADATA"


BSD = "Classifier: License :: OSI Approved :: BSD License"
BSD_TEXT = "Redistribution and use in source and binary forms … to endorse or promote products …"


@pytest.mark.parametrize(
    ("lines", "files", "licenses"),
    [
        (("License-Expression: MIT OR Apache-2.0", "License: x"), {}, ("MIT OR Apache-2.0",)),
        (("License: MIT",), {}, ("MIT",)),
        (("License: Apache 2.0", BSD), {}, ("Apache-2.0",)),
        (("License: BSD",), {"LICENSE.txt": BSD_TEXT}, ("BSD-3-Clause",)),
        ((BSD,), {"licenses/LICENSE": BSD_TEXT}, ("BSD-3-Clause",)),
        ((BSD,), {}, ("LicenseRef-BSD-License",)),
        (("Classifier: License :: OSI Approved :: MIT License",), {}, ("MIT",)),
        (("License: UNKNOWN",), {}, ()),
        (("License: Ask me",), {}, ("LicenseRef-Ask-me",)),
        ((), {}, ()),
    ],
)
def test_licence(lines: tuple[str, ...], files: dict[str, str], licenses: tuple[str, ...]) -> None:
    assert only(read(dist(metadata("a", "1", *lines), **files))).licenses == licenses


DEBIAN_FLASK = "usr/lib/python3/dist-packages/flask-3.1.1.dist-info/METADATA"


@pytest.mark.parametrize(
    "listed", ["/" + DEBIAN_FLASK, "/lib/" + DEBIAN_FLASK.removeprefix("usr/lib/")]
)
def test_what_dpkg_ships_is_owned(listed: str) -> None:
    sbom = read(
        {
            "var/lib/dpkg/status": stanza("python3-flask", "3.1.1-1", Architecture="all"),
            "var/lib/dpkg/info/python3-flask.list": f"/.\n/usr\n{listed}\n",
            DEBIAN_FLASK: metadata("flask", "3.1.1"),
            f"{SITE}/flask-3.0.3.dist-info/METADATA": metadata("flask", "3.0.3"),
        }
    )
    owner = "pkg:deb/debian/python3-flask@3.1.1-1?arch=all&distro=debian-13"
    assert [(p.name, p.version, p.owned_by) for p in sbom.packages if p.ecosystem == "pypi"] == [
        ("flask", "3.0.3", ""),
        ("flask", "3.1.1", owner),
    ]
    assert [(r.subject, r.kind, r.object) for r in sbom.relations] == [
        ("pkg:pypi/flask@3.1.1", "owned-by", owner)
    ]
    assert len(sbom.counted) == 2


def test_what_a_status_d_package_ships_is_owned() -> None:
    sbom = read(
        {
            "var/lib/dpkg/status.d/python3-flask": stanza("python3-flask", status=""),
            "var/lib/dpkg/status.d/python3-flask.md5sums": f"{'0' * 32}  {DEBIAN_FLASK}\n",
            DEBIAN_FLASK: metadata("flask", "3.1.1"),
        }
    )
    assert [bool(p.owned_by) for p in sbom.packages] == [False, True]


def test_one_version_owned_and_installed_again_counts_once_more() -> None:
    sbom = read(
        {
            "var/lib/dpkg/status": stanza("python3-flask"),
            "var/lib/dpkg/info/python3-flask.list": f"/{DEBIAN_FLASK}\n",
            DEBIAN_FLASK: metadata("flask", "3.1.1"),
            f"{SITE}/flask-3.1.1.dist-info/METADATA": metadata("flask", "3.1.1"),
        }
    )
    found = [(len(p.locations), bool(p.owned_by)) for p in sbom.packages if p.name == "flask"]
    assert sorted(found) == [(1, False), (1, True)]


def test_the_same_version_twice_is_one_package_with_two_locations() -> None:
    text = metadata("Typing_Extensions", "4.1")
    sbom = read({**dist(text, "opt/a"), **dist(text.replace("T", "t"), "opt/b")})
    assert [at.path[:5] for at in only(sbom).locations] == ["opt/a", "opt/b"]


def edges(sbom: Sbom) -> set[tuple[str, str]]:
    return {(r.subject[9:].split("@")[0], r.object[9:].split("@")[0]) for r in sbom.relations}


def test_requirements_become_relations() -> None:
    app = metadata(
        "app",
        "1",
        "Requires-Dist: Werkzeug>=3",
        "Requires-Dist: importlib_metadata; python_version < '3.10'",
        "Requires-Dist: tomli; python_version >= '3.11' and sys_platform == 'linux'",
        "Requires-Dist: colorama; sys_platform == 'win32'",
        "Requires-Dist: pytest; extra == 'test'",
        "Requires-Dist: absent",
        "Requires-Dist: broken ; (((",
        "Requires-Dist: ???",
    )
    names = ("werkzeug", "importlib-metadata", "tomli", "colorama", "pytest", "broken")
    others = [dist(metadata(name, "1")) for name in names]
    sbom = read({k: v for files in (dist(app), *others) for k, v in files.items()})
    assert edges(sbom) == {("app", "werkzeug"), ("app", "tomli")}


def test_requires_txt_of_an_egg_info_directory() -> None:
    base = "usr/lib/python3/dist-packages"
    sbom = read(
        {
            f"{base}/app.egg-info/PKG-INFO": metadata("app", "1"),
            f"{base}/app.egg-info/requires.txt": "one\n\n[fast]\ntwo\n\n"
            "[:python_version < '3']\nthree\n",
            **{f"{base}/{n}.egg-info": metadata(n, "1") for n in ("one", "two", "three")},
            "usr/bin/python3.13": "",
        }
    )
    assert edges(sbom) == {("app", "one")}


def test_requirements_are_met_in_their_own_environment() -> None:
    text = metadata("app", "1", "Requires-Dist: lib")
    sbom = read(
        {
            **dist(metadata("lib", "1"), "opt/a/lib/python3.13/site-packages"),
            **dist(metadata("lib", "2"), "opt/b/lib/python3.13/site-packages"),
            **dist(text, "opt/b/lib/python3.13/site-packages"),
        }
    )
    assert [r.object for r in sbom.relations] == ["pkg:pypi/lib@2"]


@pytest.mark.parametrize(
    ("info", "checksums"),
    [
        ({"hashes": {"sha256": "a" * 64}}, ("sha256:" + "a" * 64,)),
        ({"hash": "sha256=" + "b" * 64}, ("sha256:" + "b" * 64,)),
        ({"hashes": {"sha256": "short", "md5": "a" * 32}}, ()),
        ({"hashes": []}, ()),
        (7, ()),
    ],
)
def test_direct_url(info: object, checksums: tuple[str, ...]) -> None:
    document = json.dumps({"url": "https://x/a.whl", "archive_info": info})
    sbom = read(dist(metadata("a", "1"), **{"direct_url.json": document}))
    assert only(sbom).checksums == checksums


@pytest.mark.parametrize("document", ["{", "[]", "7", "[" * 100_000])
def test_a_broken_direct_url_is_a_problem(document: str) -> None:
    sbom = read(dist(metadata("a", "1"), **{"direct_url.json": document}))
    assert only(sbom).name == "a"
    assert sbom.problems[0].where.endswith("direct_url.json")


@given(st.binary(max_size=300), st.binary(max_size=100), st.binary(max_size=100))
def test_nothing_crashes_the_reader(meta: bytes, record: bytes, direct: bytes) -> None:
    base = f"{SITE}/x-1.dist-info"
    head = b"Name: x\nVersion: 1\nRequires-Dist: "
    for start in (b"", head):
        sbom = read(
            {
                f"{base}/METADATA": start + meta,
                f"{base}/RECORD": record,
                f"{base}/direct_url.json": direct,
                **dist(metadata("survivor", "1")),
            }
        )
        assert "survivor" in [p.name for p in sbom.packages]


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"EGG-INFO/{name}", text)
    return out.getvalue()


def egg_tree(files: dict[str, str | bytes]) -> Sbom:
    tree = DictTree({"etc/os-release": OS_RELEASE, **files}, probes=PROBES)
    return catalog(tree, Subject("test", platform=Platform()))


def test_a_zipped_egg() -> None:
    egg = zipped(**{"PKG-INFO": metadata("app", "1"), "requires.txt": "one\n[extra]\ntwo\n"})
    sbom = egg_tree(
        {
            f"{SITE}/app-1-py3.13.egg": egg,
            f"{SITE}/one-1.egg/EGG-INFO/PKG-INFO": metadata("one", "1"),
            f"{SITE}/two-1.egg": zipped(**{"PKG-INFO": metadata("two", "1")}),
        }
    )
    assert [p.purl for p in sbom.packages] == [
        "pkg:pypi/app@1",
        "pkg:pypi/one@1",
        "pkg:pypi/two@1",
    ]
    assert edges(sbom) == {("app", "one")}
    assert sbom.packages[0].locations[0].path == f"{SITE}/app-1-py3.13.egg"


def test_an_egg_without_metadata_is_a_problem() -> None:
    sbom = egg_tree({f"{SITE}/app.egg": zipped(other="x")})
    assert (f"{SITE}/app.egg", "has no Name: not listed") in [
        (problem.where, problem.message) for problem in sbom.problems
    ]


def test_a_damaged_egg_is_said_by_the_probe_and_other_files_are_none() -> None:
    files = {f"{SITE}/app.egg": b"PK\x03\x04cut", "usr/lib/chicken/11/srfi-1.egg": "((synopsis))"}
    tree = DictTree(files, probes=PROBES)
    assert len(tree.troubles) == 1
    assert "python-egg: cannot be read" in tree.troubles[0]


def test_what_pip_carries_along_is_part_of_pip() -> None:
    assert not read({f"{SITE}/pip/_vendor/vendor.txt": "urllib3==1.26.20\n"}).packages
