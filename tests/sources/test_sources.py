from pathlib import Path

import pytest

from ironhull.errors import ReferenceFault
from ironhull.model import Platform
from ironhull.oci.names import SCHEMES
from ironhull.oci.tree import read_tree
from ironhull.sources import SOURCES, open_image
from ironhull.store.images import ImageStore
from tests.images import stored
from tests.oci._craft import Layout, docker_save, file, layer


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "store")


def test_every_prefix_has_one_source() -> None:
    assert tuple(source.scheme for source in SOURCES) == SCHEMES


def test_every_kind_of_source_gives_the_same_files(tmp_path: Path, store: ImageStore) -> None:
    layout = Layout()
    layout.top = [layout.manifest(layer(file("name", "x")))]
    layout.write(tmp_path / "layout")
    (tmp_path / "oci.tar").write_bytes(layout.archive())
    (tmp_path / "docker.tar").write_bytes(docker_save((["web:1"], [layer(file("name", "x"))])))
    (tmp_path / "root").mkdir()
    (tmp_path / "root/name").write_text("x")
    stored(store, "web:init", {"name": "x"})
    for reference, origin in [
        (f"oci-dir://{tmp_path}/layout", "oci-dir"),
        (f"archive://{tmp_path}/oci.tar", "archive"),
        (f"archive://{tmp_path}/docker.tar:web:1", "archive"),
        (f"fs://{tmp_path}/root", "fs"),
        ("local://web:init", "store"),
        ("image://web:init", "store"),
        ("web:init", "store"),
    ]:
        found = open_image(reference, images=store.root)
        assert found.origin == origin
        assert read_tree(found, ["name"])[0].read("name") == b"x"


def test_documents_are_no_images(store: ImageStore) -> None:
    with pytest.raises(ReferenceFault) as fault:
        open_image("sbom://debian:13", images=store.root)
    assert "archive://" in fault.value.hint
    assert "\n" not in str(fault.value)


def test_paths_without_a_prefix_get_the_prefix_as_a_hint(tmp_path: Path, store: ImageStore) -> None:
    layout = Layout()
    layout.top = [layout.manifest(layer(file("a")))]
    layout.write(tmp_path / "layout")
    (tmp_path / "oci.tar").write_bytes(layout.archive())
    (tmp_path / "root").mkdir()
    for path, scheme in [("layout", "oci-dir"), ("oci.tar", "archive"), ("root", "fs")]:
        with pytest.raises(ReferenceFault) as fault:
            open_image(f"{tmp_path}/{path}", images=store.root)
        assert fault.value.hint == f"write {scheme}://{tmp_path}/{path} to read it"


def test_names_that_are_nowhere_stay_the_stores_fault(store: ImageStore) -> None:
    stored(store, "web:init", {"name": "x"})
    for name in ("web:other", "no/such", "a" * 5000, "x\0y", "ftp://x"):
        with pytest.raises(ReferenceFault) as fault:
            open_image(name, images=store.root)
        assert "\n" not in str(fault.value)


def test_directories_as_images(tmp_path: Path, store: ImageStore) -> None:
    platform = Platform("linux", "arm64")
    found = open_image(f"fs://{tmp_path}", images=store.root, platform=platform)
    assert (found.platform, found.layers, found.root) == (platform, (), str(tmp_path.resolve()))
    (tmp_path / "x").write_text("")
    for path, hint in [("x", "archive://"), ("gone", "check the path")]:
        with pytest.raises(ReferenceFault) as fault:
            open_image(f"fs://{tmp_path}/{path}", images=store.root)
        assert hint in fault.value.hint
