"""What we write we read again: any SBOM, in every format, nothing lost but what is said here."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.documents import read_document
from ironhull.formats import SBOM_FORMATS
from ironhull.formats._common import licence_expression, web_address
from ironhull.model import (
    Distro,
    Location,
    Package,
    Platform,
    Problem,
    Relation,
    Sbom,
    Subject,
    Upstream,
)
from tests.formats.sboms import CREATED, full

FORMATS = [row for row in SBOM_FORMATS if row.name != "list"]

_MORE = ("md5:" + "c" * 32, "sha1:" + "b" * 40)

NAMES = {
    "deb": ["libc6", "g++-12", "libstdc++6"],
    "apk": ["musl", ".build-deps"],
    "rpm": ["bash", "gpg-pubkey"],
    "pypi": ["Flask-SQLAlchemy", "zope.interface", "typing_extensions"],
    "npm": ["@babel/core", "lodash", "@types/node"],
    "golang": ["github.com/Azure/go-autorest/autorest", "stdlib", "github.com/a/b/v2"],
    "cargo": ["serde_json"],
    "maven": ["org.slf4j:slf4j-api", "log4j:log4j", "plain"],
    "gem": ["ruby-advisory-db-check"],
    "composer": ["symfony/console"],
    "nuget": ["Newtonsoft.Json"],
    "conda": ["absl-py"],
    "hex": ["phoenix", "acme/foo"],
    "cran": ["A3"],
    "luarocks": ["luasocket", "hisham/lua"],
    "cpan": ["URI-PackageURL"],
    "bitnami": ["wordpress"],
    "dhi": ["python"],
    "generic": ["openssl", "a b"],
}
"""For every ecosystem names as its system writes them."""

_word = st.text("abzAZ09.+~-_%é ß/@?#&=:", min_size=1, max_size=10).map(str.strip).filter(bool)
_path = _word.map(lambda text: text.strip("/ ")).filter(bool)
_LICENCES = [(), ("MIT",), ("MIT", "Zlib"), ("GPL-2.0-only OR MIT", "Zlib")]
_SUPPLIERS = ["", "Jo Doe <jo@example.org>", "Debian Python Team", "<a@b.c>"]
_layer = st.sampled_from(["sha256:" + c * 64 for c in "123"])
_places = st.lists(st.builds(Location, _path, st.just("") | _layer), max_size=2).map(tuple)
_version = st.sampled_from(
    ["1.2.3", "1:2.36-9+deb12u7", "v0.0.0-20210101-abc+incompatible", "3.20.3-r0", "1.0~rc1", ""]
)
_line = st.text('abc é\\:"<>&', max_size=12).map(str.strip)


@st.composite
def _package(draw: st.DrawFn) -> Package:
    ecosystem = draw(st.sampled_from(sorted(NAMES)))
    name = draw(st.sampled_from(NAMES[ecosystem]))
    distro = ecosystem in ("deb", "apk", "rpm")
    source = st.builds(Upstream, st.sampled_from([name, "glibc"]), _version)
    return Package(
        ecosystem,
        name,
        draw(_version),
        arch=draw(st.sampled_from(["", "amd64", "noarch"])) if distro else "",
        upstream=draw(st.none() | source) if distro else None,
        licenses=draw(st.sampled_from(_LICENCES)),
        locations=draw(_places),
        found_by=draw(st.sampled_from(["", "dpkg", "wheel"])),
        namespace="debian" if distro else "",
        distro="debian-13" if distro else "",
        owned_by=draw(st.sampled_from(["", "pkg:deb/debian/owner@1?arch=amd64"])),
        size=draw(st.integers(0, 2**40)),
        summary=draw(_line),
        homepage=draw(st.sampled_from(["", "https://example.org/a?b=c"])),
        supplier=draw(st.sampled_from(_SUPPLIERS)),
        checksums=draw(st.sampled_from([(), ("sha256:" + "a" * 64,), _MORE])),
        qualifiers=draw(st.sampled_from([(), (("type", "war"),)])),
        removed_in=draw(st.just("") | _layer),
    )  # fmt: skip


_subject = st.builds(
    Subject,
    name=_word,
    digest=st.sampled_from(["", "sha256:" + "a" * 64]),
    kind=st.sampled_from(["image", "directory"]),
    id=st.sampled_from(["", "sha256:" + "b" * 64]),
    index_digest=st.sampled_from(["", "sha256:" + "c" * 64]),
    platform=st.none() | st.sampled_from([Platform(), Platform("linux", "arm", "v7")]),
    content_size=st.integers(0, 2**40),
    disk_size=st.integers(0, 2**40),
    layers=st.lists(_layer, max_size=3).map(tuple),
    user=st.sampled_from(["", "65532:65532"]),
    entrypoint=st.sampled_from([(), ("/bin/sh", "-c", "echo a\nb\\n")]),
    created=st.sampled_from(["", CREATED]),
    source=st.sampled_from(["", "https://example.org/x"]),
    revision=st.sampled_from(["", "abc"]),
)


@st.composite
def sboms(draw: st.DrawFn) -> Sbom:
    """An SBOM as the catalogue makes them: no package twice, relations between its packages."""
    subject = draw(_subject)
    if subject.layers and draw(st.booleans()):
        steps = ["", "RUN a \\\n && b"]
        subject = replace(subject, steps=(*steps, "COPY x")[: len(subject.layers)])
        subject = replace(subject, steps=subject.steps if any(subject.steps) else ())
    found = draw(st.lists(_package(), max_size=6))
    unique = {(p.purl, bool(p.owned_by), p.removed_in): p for p in found}
    unique = {(p.ecosystem, p.name, p.version, p.arch): p for p in unique.values()}
    purls = [p.purl for p in unique.values()]
    relations = set()
    if len(set(purls)) > 1:
        pairs = st.lists(st.permutations(sorted(set(purls))), max_size=3)
        kinds = st.sampled_from(["depends-on", "bundled-by"])
        relations = {Relation(pair[0], draw(kinds), pair[1]) for pair in draw(pairs)}
    relations |= {Relation(p.purl, "owned-by", p.owned_by) for p in unique.values() if p.owned_by}
    distro = draw(st.none() | st.sampled_from([
        Distro("debian", "13", "trixie", "Debian GNU/Linux 13"), Distro("debian", "", "forky"),
        Distro("wolfi", "20230201", id_like=("alpine", "x")),
    ]))  # fmt: skip
    return Sbom(
        subject, distro, tuple(sorted(unique.values(), key=_order)),
        tuple(sorted(relations, key=lambda r: (r.subject, r.kind, r.object))),
        (Problem("dpkg", "var/lib/dpkg/status", "x: y"),) if draw(st.booleans()) else (),
    )  # fmt: skip


def _order(package: Package) -> tuple[str, ...]:
    first = package.locations[0].path if package.locations else ""
    return (package.ecosystem, package.name, package.version, package.arch, first)


def kept(sbom: Sbom) -> Sbom:
    """What SPDX and CycloneDX can say of it: licences are one expression, links are web pages."""
    packages = tuple(
        replace(
            package,
            licenses=tuple(filter(None, [licence_expression(package.licenses)])),
            homepage=web_address(package.homepage),
        )
        for package in sbom.packages
    )
    return replace(sbom, packages=packages)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
@given(sbom=sboms())
def test_any_sbom_comes_back(row, sbom: Sbom) -> None:
    read = read_document(row.write(sbom, created=CREATED), "x")
    if row.name == "json":
        assert read == sbom
    else:
        assert kept(read) == kept(sbom)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_what_the_catalogers_found_comes_back(row) -> None:
    sbom = full()
    read = read_document(row.write(sbom, created=CREATED), "x")
    assert read.subject == sbom.subject
    assert read.distro == sbom.distro
    assert [p.purl for p in read.packages] == [p.purl for p in sbom.packages]
    assert [p.name for p in read.counted] == [p.name for p in sbom.counted]
    assert set(read.relations) == set(sbom.relations)
    assert len(read.problems) == len(sbom.problems)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_written_again_it_is_the_same_document(row) -> None:
    data = row.write(full(), created=CREATED)
    again = row.write(read_document(data, "x"), created=CREATED)
    assert json.loads(again) == json.loads(data)
