"""Debian packages: states, sources, licences, locations, and what is broken."""

import subprocess
from pathlib import Path

import pytest
from debian.deb822 import Packages
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalog import catalog
from ironhull.catalogers._headers import stanzas
from ironhull.limits import LIMITS
from ironhull.model import Package, Sbom, Subject, Upstream
from tests.trees import DictTree

OS_RELEASE = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n'


def stanza(
    name: str, version: str = "1.0-1", status: str = "install ok installed", **f: str
) -> str:
    fields = {"Package": name, "Status": status, "Architecture": "amd64", "Version": version}
    fields.update({key.replace("_", "-"): value for key, value in f.items()})
    return "".join(f"{key}: {value}\n" for key, value in fields.items() if value) + "\n"


def read(files: dict[str, str | bytes]) -> Sbom:
    return catalog(DictTree({"etc/os-release": OS_RELEASE, **files}), Subject("test"))


def status(text: str, **files: str) -> Sbom:
    return read({"var/lib/dpkg/status": text, **files})


def only(sbom: Sbom) -> Package:
    assert len(sbom.packages) == 1
    return sbom.packages[0]


def test_all_fields_of_a_package() -> None:
    text = stanza(
        "libssl3t64",
        "3.5.4-1~deb13u1+b2",
        Source="openssl (3.5.4-1~deb13u1)",
        Installed_Size="2048",
        Maintainer="Debian OpenSSL Team <pkg-openssl@alioth-lists.debian.net>",
        Homepage="https://www.openssl.org/",
        Description="Secure Sockets Layer toolkit\n This is the long one.",
    )
    package = only(status(text))
    assert package.upstream == Upstream("openssl", "3.5.4-1~deb13u1")
    assert package.size == 2048 * 1024
    assert package.summary == "Secure Sockets Layer toolkit"
    assert package.homepage == "https://www.openssl.org/"
    assert package.supplier.startswith("Debian OpenSSL Team")
    assert package.purl == (
        "pkg:deb/debian/libssl3t64@3.5.4-1~deb13u1%2Bb2?arch=amd64&distro=debian-13"
        "&upstream=openssl%403.5.4-1~deb13u1"
    )


@pytest.mark.parametrize(
    ("state", "listed", "problems"),
    [
        ("install ok installed", True, 0),
        ("hold ok installed", True, 0),
        ("deinstall ok installed", True, 0),
        ("install ok triggers-pending", True, 0),
        ("install ok triggers-awaited", True, 0),
        ("deinstall ok config-files", False, 0),
        ("purge ok not-installed", False, 0),
        ("install ok half-configured", True, 1),
        ("install reinstreq half-installed", True, 1),
        ("install ok unpacked", True, 1),
        ("install ok polished", True, 1),
        ("", True, 1),
    ],
)
def test_the_state_decides_not_the_wish(state: str, listed: bool, problems: int) -> None:
    sbom = status(stanza("a") + stanza("b", status=state))
    assert [p.name for p in sbom.packages] == (["a", "b"] if listed else ["a"])
    assert len(sbom.problems) == problems


@pytest.mark.parametrize(
    ("source", "upstream"),
    [
        ("", None),
        ("a", None),
        ("a (1.0-1)", None),
        ("a (1.0)", Upstream("a", "1.0")),
        ("glibc", Upstream("glibc", "1.0-1")),
        ("glibc (2.41-12)", Upstream("glibc", "2.41-12")),
        ("glibc  ( 1:2.41-12 )", Upstream("glibc", "1:2.41-12")),
    ],
)
def test_source_package(source: str, upstream: Upstream | None) -> None:
    assert only(status(stanza("a", Source=source))).upstream == upstream


def test_a_corrupt_stanza_is_named_by_line_and_the_rest_is_listed() -> None:
    text = stanza("first") + "Package: broken\nStatus: install ok installed\n\n" + stanza("last")
    sbom = status(text)
    assert [p.name for p in sbom.packages] == ["first", "last"]
    assert [(p.where, p.stage) for p in sbom.problems] == [("var/lib/dpkg/status:6", "dpkg")]
    assert "broken has no Version" in sbom.problems[0].message


@pytest.mark.parametrize(
    "garbage",
    [
        "\x00\x01\x02\n\n",
        "no colon here\n\n",
        " continued nothing\n\n",
        "Version: 1\n\n",
        "Package: ../x\n\n",
    ],
)
def test_garbage_is_a_problem(garbage: str) -> None:
    sbom = status(stanza("first") + garbage + stanza("last"))
    assert [p.name for p in sbom.packages] == ["first", "last"]
    assert sbom.problems


def test_junk_inside_a_stanza_keeps_the_package() -> None:
    sbom = status(stanza("a").rstrip("\n") + "\n\x00\x00junk\n\n")
    assert only(sbom).name == "a"
    assert "line 5" in sbom.problems[0].message


def test_status_d_as_distroless_images_have_it() -> None:
    sbom = read(
        {
            "var/lib/dpkg/status.d/tzdata": stanza("tzdata", "2026a-0", status=""),
            "var/lib/dpkg/status.d/tzdata.md5sums": "d41d8cd98f00b204e9800998ecf8427e  usr/x\n",
            "var/lib/dpkg/status.d/netbase": stanza("netbase", "6.5", status=""),
        }
    )
    assert [p.name for p in sbom.packages] == ["netbase", "tzdata"]
    assert not sbom.problems
    assert sbom.packages[1].locations[0].path == "var/lib/dpkg/status.d/tzdata"


def test_status_and_status_d_together() -> None:
    sbom = status(stanza("a") + stanza("b"), **{"var/lib/dpkg/status.d/a": stanza("a")})
    assert [p.name for p in sbom.packages] == ["a", "b"]
    assert len(sbom.packages[0].locations) == 2


def test_an_empty_status_d_file_is_a_problem() -> None:
    assert read({"var/lib/dpkg/status.d/a": ""}).problems[0].message == "holds no package"


def test_the_layer_is_that_of_the_files_list() -> None:
    sbom = status(
        stanza("a") + stanza("b", Multi_Arch="same"),
        **{"var/lib/dpkg/info/a.list": "/.\n", "var/lib/dpkg/info/b:amd64.list": "/.\n"},
    )
    assert [p.locations[0].path for p in sbom.packages] == [
        "var/lib/dpkg/info/a.list",
        "var/lib/dpkg/info/b:amd64.list",
    ]
    assert all(p.locations[1].path == "var/lib/dpkg/status" for p in sbom.packages)


def test_one_name_two_architectures() -> None:
    sbom = status(stanza("a") + stanza("a", Architecture="i386"))
    assert [p.arch for p in sbom.packages] == ["amd64", "i386"]


def test_licences_come_from_the_copyright_file() -> None:
    dep5 = (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
        "Files: *\nCopyright: me\nLicense: GPL-2+ or Artistic-2.0, and BSD-3-clause\n\n"
        "Files: debian/*\nCopyright: me\nLicense: Expat\n\n"
        "License: BSD-3-clause\n Redistribution …\n"
    )
    package = only(status(stanza("a"), **{"usr/share/doc/a/copyright": dep5}))
    assert package.licenses == ("(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause", "MIT")


def test_an_unknown_licence_is_said() -> None:
    sbom = status(stanza("a++"), **{"usr/share/doc/a++/copyright": "Ask my grandmother.\n"})
    assert only(sbom).licenses == ("LicenseRef-copyright-of-a-plus-plus",)


def test_no_copyright_file_is_no_licence() -> None:
    assert only(status(stanza("a"))).licenses == ()


def test_depends_become_relations() -> None:
    sbom = status(
        stanza("app", Depends="libc6 (>= 2.34), mailer | exim, old (<< 1) | new, missing")
        + stanza("libc6", "2.41-12")
        + stanza("postfix", Provides="mailer")
        + stanza("old", "2.0")
        + stanza("new", Pre_Depends="libc6")
    )
    edges = {(r.subject.split("@")[0][15:], r.object.split("@")[0][15:]) for r in sbom.relations}
    assert edges == {("app", "libc6"), ("app", "postfix"), ("app", "new"), ("new", "libc6")}
    assert {r.kind for r in sbom.relations} == {"depends-on"}


def test_a_versioned_dependency_needs_a_versioned_provides() -> None:
    sbom = status(
        stanza("app", Depends="api (>= 2), abi (= 3)")
        + stanza("one", Provides="api")
        + stanza("two", Provides="abi (= 3)")
    )
    assert [r.object.split("@")[0] for r in sbom.relations] == ["pkg:deb/debian/two"]


def test_dependencies_stay_in_their_architecture() -> None:
    sbom = status(
        stanza("app", Depends="lib", Architecture="i386")
        + stanza("lib", Architecture="amd64")
        + stanza("lib", Architecture="i386")
    )
    assert [r.object.partition("?")[2] for r in sbom.relations] == ["arch=i386&distro=debian-13"]


@given(
    st.text(
        alphabet=st.sampled_from("PackgeVrsion: \n\t\x00amd64()|,.~+-0123456789éß"), max_size=400
    )
)
def test_nothing_crashes_the_reader(text: str) -> None:
    sbom = status(text + "\n\n" + stanza("survivor"))
    assert "survivor" in [p.name for p in sbom.packages]


_NAMES = st.from_regex(r"\A[a-z0-9][a-z0-9+.-]{1,12}\Z")
_VERSIONS = st.from_regex(r"\A([0-9]:)?[0-9][0-9a-z.+~]{0,8}(-[0-9a-z.+~]{1,4})?\Z")


@given(st.dictionaries(_NAMES, st.tuples(_VERSIONS, _NAMES, _VERSIONS), max_size=8))
def test_same_fields_as_python_debian(wanted: dict[str, tuple[str, str, str]]) -> None:
    text = "".join(stanza(n, v, Source=f"{s} ({sv})") for n, (v, s, sv) in wanted.items())
    ours = {(p.name, p.version, p.source.name, p.source.version) for p in status(text).packages}
    theirs = {
        (p["Package"], p["Version"], p.source, str(p.source_version))
        for p in Packages.iter_paragraphs(text, use_apt_pkg=False)
    }
    assert ours == theirs


def test_same_list_as_dpkg_query() -> None:
    database = Path("/var/lib/dpkg/status")
    if not database.exists():
        pytest.skip("this machine has no dpkg database")
    form = "${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}"
    form += " ${db:Status-Status}\n"
    out = subprocess.run(
        ["dpkg-query", "-W", f"-f={form}"], capture_output=True, text=True, check=True
    ).stdout
    theirs = sorted(
        line.rsplit(" ", 1)[0] for line in out.splitlines() if line.endswith(" installed")
    )
    sbom = status(database.read_text(encoding="utf-8"))
    ours = [
        f"{p.name} {p.version} {p.arch} {p.source.name} {p.source.version}" for p in sbom.packages
    ]
    assert sorted(ours) == theirs
    assert not sbom.problems


def test_a_field_of_a_million_lines_is_read_in_one_go() -> None:
    text = "Package: a\nDescription: x\n" + " y\n" * 1_000_000 + "no field\n" * 1_000
    (found,) = stanzas(text)
    assert len(found.get("description")) == 1 + 3 * 1_000_000
    assert len(found.faults) == LIMITS.file_problems


def test_no_name_breaks_the_line_of_a_problem() -> None:
    text = "Package: lib\n \x00\x1b[2J\nno field\nVersion: 1.0\n"
    found = catalog(DictTree({"var/lib/dpkg/status.d/lib": text}), Subject("x"))
    assert found.problems
    assert all(p.message.isprintable() for p in found.problems if p.stage == "dpkg")
