"""The SBOM cache gives back what was made, told of the image at hand, or nothing."""

import json
from functools import cache as once
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.catalog import PATTERNS, PROBES, catalog
from ironhull.model import Distro, Image, Package, Problem, Sbom, Upstream
from ironhull.oci.tree import read_tree
from ironhull.store.cache_files import CacheFiles
from ironhull.store.sbom_cache import SbomCache
from ironhull.subject import subject_of
from ironhull.values import replace
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import SITE, metadata
from tests.images import image

FILES = [
    {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": stanza("libc6", "2.41-12", Source="glibc (2.41-1)"),
        "var/lib/dpkg/info/libc6:amd64.list": "/.\n",
    },
    {
        f"{SITE}/flask-2.dist-info/METADATA": metadata("flask", "2"),
        "etc/broken\udcff": "x",
        "app/a.vex.json": b"\xff\0 any bytes",
    },
]


@once
def made() -> tuple[Image, Sbom]:
    found = image(FILES)
    tree, problems = read_tree(found, PATTERNS, PROBES)
    sbom = catalog(tree, subject_of(found, disk_size=tree.disk_size))
    more = (
        Problem("catalog", found.name, "about the image"),
        Problem("layers", "a\udcff", f"odd in layer {found.layers[1].digest}"),
    )
    extra = Package(
        "npm",
        "@a/b",
        "1",
        upstream=Upstream("b", "2"),
        qualifiers=(("k", "v"),),
        checksums=("sha256:00",),
        removed_in=found.layers[1].diff_id,
    )
    return found, replace(
        sbom, packages=(*sbom.packages, extra), problems=(*problems, *sbom.problems, *more)
    )


def test_what_was_made_comes_back(tmp_path: Path) -> None:
    found, sbom = made()
    cache = SbomCache(tmp_path, "code")
    assert cache.load(found) is None
    assert [file.path for file in sbom.vex_files] == ["app/a.vex.json"]
    cache.keep(found, sbom)
    assert cache.load(found) == sbom
    assert cache.load(found, all_layers=True) is None
    assert SbomCache(tmp_path, "other code").load(found) is None


def test_what_differs_by_source_is_of_the_image_at_hand(tmp_path: Path) -> None:
    found, sbom = made()
    cache = SbomCache(tmp_path, "code")
    cache.keep(found, sbom)
    blob = "sha256:" + "9" * 64
    moved = replace(
        found,
        name="mirror.example/other:1",
        digest="sha256:" + "8" * 64,
        index_digest="sha256:" + "7" * 64,
        layers=(found.layers[0], replace(found.layers[1], digest=blob, size=5)),
    )
    again = cache.load(moved)
    assert again is not None
    assert again.subject == subject_of(moved, disk_size=sbom.subject.disk_size)
    assert again.packages == sbom.packages
    messages = {(p.where, p.message) for p in again.problems}
    assert (moved.name, "about the image") in messages
    assert ("a\udcff", f"odd in layer {blob}") in messages


def test_what_a_distribution_is_made_of_comes_back(tmp_path: Path) -> None:
    found, sbom = made()
    distro = Distro("rocky", "9", "", "Rocky Linux 9", ("rhel", "centos", "fedora"))
    cache = SbomCache(tmp_path, "code")
    cache.keep(found, replace(sbom, distro=distro))
    again = cache.load(found)
    assert again is not None
    assert again.distro == distro


def test_what_has_no_id_or_is_a_directory_or_of_unknown_code_is_never_kept(tmp_path: Path) -> None:
    found, sbom = made()
    for cache, what in (
        (SbomCache(tmp_path, "code"), replace(found, config_digest="")),
        (SbomCache(tmp_path, "code"), replace(found, origin="fs")),
        (SbomCache(tmp_path, ""), found),
    ):
        cache.keep(what, sbom)
        assert cache.load(what) is None
    assert not list(tmp_path.rglob("*.cache"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.data())
def test_files_nobody_here_wrote_are_misses(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    found, sbom = made()
    root = tmp_path_factory.mktemp("cache")
    cache = SbomCache(root, "code")
    cache.keep(found, sbom)
    (file,) = root.rglob("*.cache")
    said = json.loads(file.read_bytes()[49:])
    said[data.draw(st.sampled_from(sorted(said)))] = data.draw(json_values)
    key = file.name.partition(".")[0]
    CacheFiles(str(root), "sboms", limit=10**6).keep(key, json.dumps(said).encode())
    again = cache.load(found)
    assert again is None or all(isinstance(package, Package) for package in again.packages)
