"""Which distribution it is, what an image says of itself, and that the order is content's alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from ironhull import limits
from ironhull.catalog import PATTERNS, PROBES, catalog, subject_of
from ironhull.catalogers._distro import detect, qualifier
from ironhull.limits import LIMITS
from ironhull.model import Distro, Image, Package, Platform, Sbom, Subject, Upstream, VexFile
from ironhull.values import replace
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_java import jar, maven
from tests.catalogers.test_python import SITE, metadata
from tests.trees import DictTree

TRIXIE = Distro("debian", "13", "trixie", "Debian GNU/Linux 13 (trixie)")
DHI = 'ID=dhi\nID_LIKE=debian\nVERSION_ID=13\nPRETTY_NAME="Docker Hardened Images (Debian)"\n'
SID = 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\nID=debian\n'
FULL = (
    'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\n# comment\n\n'
    "VERSION_CODENAME=trixie\nID=debian\n"
)


@pytest.mark.parametrize(
    ("files", "distro", "purl_qualifier"),
    [
        ({"etc/os-release": FULL}, TRIXIE, "debian-13"),
        ({"usr/lib/os-release": FULL}, TRIXIE, "debian-13"),
        ({"etc/os-release": "ID=alpine\nVERSION_ID=3.20.3\n", "usr/lib/os-release": FULL},
         Distro("alpine", "3.20"), "alpine-3.20"),
        ({"etc/os-release": "ID=debian\nVERSION_ID='12'\n"},
         Distro("debian", "12", "bookworm"), "debian-12"),
        ({"etc/os-release": DHI},
         Distro("dhi", "13", "", "Docker Hardened Images (Debian)", ("debian",)), "dhi-13"),
        ({"etc/os-release": SID},
         Distro("debian", "", "forky", "Debian GNU/Linux forky/sid"), "debian-forky"),
        ({"etc/os-release": "ID=debian\n", "etc/debian_version": "trixie/sid\n"},
         Distro("debian", "", "trixie"), "debian-trixie"),
        ({"etc/os-release": "ID=debian\n"}, Distro("debian", "", "sid"), "debian-sid"),
        ({"etc/debian_version": "12.5\n"}, Distro("debian", "12", "bookworm"), "debian-12"),
        ({"etc/debian_version": "forky/sid\n"}, Distro("debian", "", "forky"), "debian-forky"),
        ({}, None, ""),
    ],
)  # fmt: skip
def test_distribution(files: dict[str, str], distro: Distro | None, purl_qualifier: str) -> None:
    found, problems = detect(DictTree(files))
    assert found == distro
    assert not problems
    if found is not None:
        assert qualifier(found) == purl_qualifier


def test_a_line_of_os_release_that_is_none_is_a_problem() -> None:
    found, problems = detect(DictTree({"etc/os-release": "ID=debian\nVERSION_ID='13\nhello\n"}))
    assert found is not None
    assert found.id == "debian"
    assert [p.where for p in problems] == ["etc/os-release:2", "etc/os-release:3"]


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_no_os_release_crashes(release: bytes, version: bytes) -> None:
    detect(DictTree({"etc/os-release": release, "etc/debian_version": version}))


def test_packages_of_an_unknown_distribution_say_so() -> None:
    sbom = catalog(DictTree({"var/lib/dpkg/status": stanza("a")}), Subject("test"))
    assert sbom.packages[0].purl == "pkg:deb/a@1.0-1?arch=amd64"
    assert "distribution of its packages is not known" in sbom.problems[0].message


def test_an_empty_tree_is_an_empty_sbom() -> None:
    assert catalog(DictTree({}), Subject("test")) == Sbom(Subject("test"), None, ())


def test_a_limit_on_packages_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    small = limits.Limits(packages=2)
    monkeypatch.setattr("ironhull.catalog.LIMITS", small)
    text = "".join(stanza(name) for name in "abcde")
    sbom = catalog(DictTree({"etc/os-release": FULL, "var/lib/dpkg/status": text}), Subject("t"))
    assert len(sbom.packages) == 2
    assert "3 are not listed" in sbom.problems[0].message


class _Unread(DictTree):
    """A tree whose reader refused some bodies."""

    def read(self, path: str) -> bytes:
        if path.endswith(("METADATA", "copyright")):
            raise KeyError(path)
        return super().read(path)


def test_a_file_that_was_not_read_is_a_problem() -> None:
    tree = _Unread(
        {
            "etc/os-release": FULL,
            "var/lib/dpkg/status": stanza("a"),
            "usr/share/doc/a/copyright": "x",
            f"{SITE}/x-1.dist-info/METADATA": "x",
        }
    )
    sbom = catalog(tree, Subject("test"))
    assert [p.name for p in sbom.packages] == ["a"]
    assert sbom.packages[0].licenses == ("LicenseRef-copyright-of-a",)
    assert [p.where for p in sbom.problems] == [f"{SITE}/x-1.dist-info/METADATA"]


class _Shuffled(DictTree):
    """A tree that tells its files in another order every time."""

    def glob(self, pattern: str):  # type: ignore[no-untyped-def]  # as the base class
        files = list(super().glob(pattern))
        random.shuffle(files)
        return iter(files)


def test_the_order_of_files_does_not_matter() -> None:
    files = {"etc/os-release": OS_RELEASE}
    for n in range(20):
        files[f"var/lib/dpkg/status.d/p{n}"] = stanza(f"p{n}", Depends=f"p{n + 1}, p{n + 2}")
        files[f"{SITE}/d{n}-1.dist-info/METADATA"] = metadata(f"d{n}", "1", "Requires-Dist: d3")
        files[f"opt/{SITE}/d{n}-1.dist-info/METADATA"] = metadata(f"D{n}", "1")
    first = catalog(DictTree(files), Subject("test"))
    assert len(first.packages) == 40
    assert list(first.packages) == sorted(first.packages, key=lambda p: (p.ecosystem, p.name))
    assert all(catalog(_Shuffled(files), Subject("test")) == first for _ in range(5))


_TEXT = st.from_regex(r"\A[A-Za-z0-9+.~_:%@/é-][A-Za-z0-9+.~_:%@/é -]{0,6}[A-Za-z0-9+.~_:%@/é-]\Z")
_VERSION = st.from_regex(r"\A([0-9]:)?[0-9][0-9A-Za-z.+~-]{0,8}\Z")


@given(st.from_regex(r"\A[a-z0-9][a-z0-9+.-]{0,8}\Z"), _VERSION, _TEXT, _VERSION)
def test_purls_of_deb_packages_read_back(name: str, version: str, source: str, built: str) -> None:
    package = Package(
        "deb",
        name,
        version,
        "amd64",
        Upstream(source, built),
        namespace="debian",
        distro="debian-13",
    )
    purl = PackageURL.from_string(package.purl)
    assert (purl.type, purl.namespace, purl.name, purl.version) == ("deb", "debian", name, version)
    assert isinstance(purl.qualifiers, dict)
    assert purl.qualifiers["arch"] == "amd64"
    assert purl.qualifiers["distro"] == "debian-13"
    upstream = purl.qualifiers.get("upstream", f"{name}@{version}")
    assert upstream in (source, f"{source}@{built}")


@given(st.from_regex(r"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?\Z"), _VERSION)
def test_purls_of_python_packages_read_back(name: str, version: str) -> None:
    purl = PackageURL.from_string(Package("pypi", name, version).purl)
    assert purl.name == name.lower().replace("_", "-")
    assert purl.version == version


def test_patterns_name_what_is_read() -> None:
    assert "var/lib/dpkg/status" in PATTERNS
    assert "usr/share/doc/*/copyright" in PATTERNS
    assert "**/*.dist-info/METADATA" in PATTERNS
    assert "etc/os-release" in PATTERNS
    assert len(set(PATTERNS)) == len(PATTERNS)


def test_subject_of_an_image() -> None:
    config = {
        "created": "2026-01-01T00:00:00Z",
        "config": {
            "User": "65532",
            "Entrypoint": ["/usr/bin/python3", "-m", "app"],
            "Labels": {
                "org.opencontainers.image.source": "https://example.org/app",
                "org.opencontainers.image.revision": "abc",
            },
        },
    }
    image = Image("web:1", "sha256:1", config, (), Platform(), "store", "sha256:2", "sha256:3")
    subject = subject_of(image, disk_size=7)
    assert subject == Subject(
        name="web:1",
        digest="sha256:1",
        id="sha256:2",
        index_digest="sha256:3",
        platform=Platform(),
        disk_size=7,
        user="65532",
        entrypoint=("/usr/bin/python3", "-m", "app"),
        created="2026-01-01T00:00:00Z",
        source="https://example.org/app",
        revision="abc",
    )


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"config": None},
        {"config": []},
        {"created": 7, "config": {"User": 5, "Entrypoint": "sh", "Labels": ["x"]}},
        {"config": {"Entrypoint": [1, None], "Labels": {"org.opencontainers.image.source": 3}}},
    ],
)
def test_a_config_of_wrong_types_says_nothing(config: dict[str, object]) -> None:
    subject = subject_of(Image("x", "", config, (), Platform(), "fs", root="/x"), disk_size=0)
    assert subject == Subject("x", kind="directory", platform=Platform())


def test_a_file_of_garbage_is_a_bounded_list_of_problems() -> None:
    garbage = "".join(f"Package: _{n}\nVersion: 1\n\n" for n in range(3 * LIMITS.file_problems))
    found = catalog(DictTree({"var/lib/dpkg/status": garbage}), Subject("test"))
    ours = [p for p in found.problems if p.where.startswith("var/lib/dpkg/status")]
    assert len(ours) == LIMITS.file_problems + 1
    assert ours[-1].message == f"{2 * LIMITS.file_problems} more problems like these"


def test_what_is_nested_in_a_jar_is_owned_as_the_jar_is() -> None:
    body = jar(
        {"WEB-INF/lib/in.jar": jar(maven("a.b", "inner", "1")), **maven("a.b", "outer", "2")}
    )
    files: dict[str, bytes | str] = {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": stanza("libouter-java", version="2"),
        "var/lib/dpkg/info/libouter-java.list": "/usr/share/java/outer.jar\n",
        "usr/share/java/outer.jar": body,
        "opt/other!outer.jar": jar(maven("c.d", "own", "3")),
    }
    found = catalog(DictTree(files, probes=PROBES), Subject("x"))
    owned = {p.name: p.owned_by.partition("@")[0] for p in found.packages if p.ecosystem == "maven"}
    ours = "pkg:deb/debian/libouter-java"
    assert owned == {"a.b:inner": ours, "a.b:outer": ours, "c.d:own": ""}


def test_statements_in_the_image_are_kept_apart_from_packages() -> None:
    files = {"b.vex.json": "2", "a/.x/a.vex.json": "1", "vex.json": "", "c.vex.json.bak": ""}
    found = catalog(DictTree(files), Subject("x"))
    layer = "sha256:" + "1" * 64
    assert found.vex_files == (
        VexFile("a/.x/a.vex.json", layer, b"1"),
        VexFile("b.vex.json", layer, b"2"),
    )
    assert not found.packages


def test_statements_that_are_not_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    less = replace(LIMITS, vex_image_files=2)
    monkeypatch.setattr("ironhull.catalog.LIMITS", less)
    tree = DictTree({f"{name}.vex.json": name for name in "abcd"})

    def read(path: str) -> bytes:
        raise KeyError(path)

    monkeypatch.setattr(tree, "read", read)
    found = catalog(tree, Subject("x"))
    assert not found.vex_files
    assert [(p.where, p.message) for p in found.problems if p.stage == "vex"] == [
        ("a.vex.json", "was not read: too large or damaged"),
        ("b.vex.json", "was not read: too large or damaged"),
        ("c.vex.json", "and later ones were not read: more than 2 files of statements"),
    ]
