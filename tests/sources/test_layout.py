import json
from pathlib import Path

import pytest

from ironhull.errors import ImageError, ReferenceFault
from ironhull.model import Platform
from ironhull.oci.tree import read_tree
from ironhull.sources.layout import open_layout
from tests.oci._craft import Layout, digest, file, layer, named


def layout(*names: str) -> Layout:
    made = Layout()
    for name in names:
        made.top.append(made.manifest(layer(file("name", name)), annotations=named(name)))
    return made


def name_in(reference: str) -> bytes:
    return read_tree(open_layout(reference, None), ["name"])[0].read("name")


def test_the_only_image_needs_no_name(tmp_path: Path) -> None:
    root = layout("1.0").write(tmp_path / "out")
    found = open_layout(str(root), None)
    assert (found.name, found.origin) == (f"{root}:1.0", "oci-dir")
    assert name_in(str(root)) == b"1.0"


def test_names_tags_and_digests_choose(tmp_path: Path) -> None:
    made = layout("1.0", "web:init", "ghcr.io/a/b:new")
    root = made.write(tmp_path / "out")
    for wanted, expected in [
        ("1.0", b"1.0"),
        ("web:init", b"web:init"),
        ("docker.io/library/web:init", b"web:init"),
        ("init", b"web:init"),
        ("ghcr.io/a/b:new", b"ghcr.io/a/b:new"),
    ]:
        assert name_in(f"{root}:{wanted}") == expected
    for entry, expected in zip(made.top, (b"1.0", b"web:init"), strict=False):
        assert name_in(f"{root}@{entry['digest']}") == expected
    assert open_layout(f"{root}:init", None).name == "web:init"


def test_digests_inside_an_index_choose(tmp_path: Path) -> None:
    made = Layout()
    inner = [
        made.manifest(layer(file("name", arch)), architecture=arch) for arch in ("arm64", "s390x")
    ]
    made.top = [made.index(*inner)]
    root = made.write(tmp_path)
    assert name_in(f"{root}@{inner[1]['digest']}") == b"s390x"


def test_several_images_and_missing_ones_list_what_there_is(tmp_path: Path) -> None:
    root = layout("one", "two").write(tmp_path / "out")
    for reference in (str(root), f"{root}:three", f"{root}@{digest(b'x')}"):
        with pytest.raises(ReferenceFault) as fault:
            open_layout(reference, None)
        assert "one" in fault.value.hint or "sha256" in fault.value.hint
        assert "\n" not in str(fault.value)


def test_one_image_under_two_names_is_one_image(tmp_path: Path) -> None:
    made = layout("one")
    made.top.append({**made.top[0], "annotations": named("two")})
    assert name_in(str(made.write(tmp_path))) == b"one"


def test_platforms_beside_each_other_are_one_image(tmp_path: Path) -> None:
    made = Layout()
    for arch in ("amd64", "arm64"):
        platform = {"os": "linux", "architecture": arch}
        made.top.append(
            made.manifest(layer(file("name", arch)), architecture=arch, platform=platform)
        )
    made.top.append(made.attestation(made.top[1]["digest"], b"{}", "p"))
    found = open_layout(str(made.write(tmp_path)), Platform("linux", "arm64"))
    assert found.platform.architecture == "arm64"
    assert [item.predicate_type for item in found.attachments] == ["p"]


def test_a_path_may_hold_a_colon(tmp_path: Path) -> None:
    root = layout("one", "two").write(tmp_path / "a:b@c")
    assert name_in(f"{root}:two") == b"two"


def test_what_is_no_layout_says_what_to_write_instead(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path, hint in [("file", "archive://"), ("", "fs://"), ("gone", "check the path")]:
        with pytest.raises(ReferenceFault) as fault:
            open_layout(str(tmp_path / path), None)
        assert hint in fault.value.hint


def test_damaged_layouts(tmp_path: Path) -> None:
    for number, (path, data) in enumerate(
        [
            ("index.json", b"{"),
            ("index.json", b'{"manifests": [{}]}'),
            ("oci-layout", json.dumps({"imageLayoutVersion": "9"}).encode()),
        ]
    ):
        root = layout("one").write(tmp_path / str(number))
        (root / path).write_bytes(data)
        with pytest.raises(ImageError, match=path):
            open_layout(str(root), None)
    empty = Layout().write(tmp_path / "empty")
    with pytest.raises(ReferenceFault, match="no images"):
        open_layout(str(empty), None)


def dir_transport(root: Path, entry: dict[str, object], made: Layout) -> Path:
    """The files of one image as `skopeo copy … dir:ROOT` lays them out."""
    root.mkdir()
    (root / "version").write_text("Directory Transport Version: 1.1\n")
    for path, data in made.files.items():
        name = path.rpartition("/")[2]
        if path.startswith("blobs/"):
            (root / name).write_bytes(data)
    (root / str(entry["digest"])[7:]).rename(root / "manifest.json")
    return root


def test_directories_of_skopeo(tmp_path: Path) -> None:
    made = layout("one")
    root = dir_transport(tmp_path / "dir", made.top[0], made)
    found = open_layout(str(root), None)
    assert (found.digest, found.name) == (made.top[0]["digest"], str(root))
    assert name_in(f"{root}@{made.top[0]['digest']}") == b"one"
    with pytest.raises(ReferenceFault, match="no image 'two'"):
        open_layout(f"{root}:two", None)
    (root / "manifest.json").write_text('{"mediaType": 7}')
    with pytest.raises(ImageError, match="mediaType"):
        open_layout(str(root), None)


def test_directories_of_skopeo_with_several_platforms(tmp_path: Path) -> None:
    made = Layout()
    both = []
    for arch in ("amd64", "arm64"):
        platform = {"os": "linux", "architecture": arch}
        entry = made.manifest(layer(file("name", arch)), architecture=arch, platform=platform)
        both.append(entry)
    top = made.index(*both)
    root = dir_transport(tmp_path / "dir", top, made)
    for entry in both:
        name = entry["digest"][7:]
        (root / name).rename(root / f"{name}.manifest.json")
    found = open_layout(str(root), Platform("linux", "arm64"))
    assert (found.digest, found.index_digest) == (both[1]["digest"], top["digest"])
    assert read_tree(found, ["name"])[0].read("name") == b"arm64"


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b", "/" + "y/" * 4000])
def test_what_can_be_no_path_is_a_fault(path: str) -> None:
    with pytest.raises(ReferenceFault):
        open_layout(path, None)
