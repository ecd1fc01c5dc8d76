"""Mirrors between layouts, archives and the store: no network at all."""

import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.model import Platform
from ironhull.oci.manifests import REF_NAME
from ironhull.oci.referrers import companion_of
from ironhull.sources.layout import read_entries
from ironhull.store.images import ImageStore
from tests.images import archive
from tests.registry.content import Example, example


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    return tmp_path


def layout(home: Path, *images: tuple[str, Example], name: str = "source") -> Path:
    """One layout with several images, each with its signature and the signature of that."""
    path = home / name
    entries = []
    for text, made in images:
        one = made.content.write(home / f"{name}-parts", text, made.root)
        shutil.copytree(one / "blobs", path / "blobs", dirs_exist_ok=True)
        shutil.rmtree(one)
        named = {key: made.root[key] for key in ("mediaType", "digest", "size")}
        entries += [
            made.signature,
            made.countersignature,
            {**named, "annotations": {REF_NAME: text} if text else {}},
        ]
    (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    return path


def mirrored(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["mirror", "-q", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def statuses(done: Any) -> dict[str, str]:
    return {image["source"]: image["status"] for image in done["images"]}


def names(path: Path) -> dict[str, str]:
    found = {entry.annotations.get(REF_NAME): entry.digest for entry in read_entries(path)}
    return {name: digest for name, digest in found.items() if name}


def companions(path: Path) -> set[tuple[str, str]]:
    known = filter(None, map(companion_of, read_entries(path)))
    return {(item.descriptor.digest, item.about) for item in known}


def test_a_layout_goes_to_another_and_the_second_time_nothing_moves(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = example("one"), example("two")
    source = layout(home, ("team/app:1", one), ("team/app:2", two))
    words = [f"oci-dir://{source}", f"oci-dir://{home}/disk"]
    planned = mirrored(capsys, *words, "--dry-run")
    assert statuses(planned) == {"team/app:1": "new", "team/app:2": "new"}
    assert not (home / "disk").exists()
    done = mirrored(capsys, *words)
    assert statuses(done) == statuses(planned)
    assert sum(image["blobs"]["copied"] for image in done["images"]) == len(
        {path.name for path in (source / "blobs/sha256").iterdir()}
        - {entry["digest"][7:] for made in (one, two) for entry in manifests(made)}
    )
    assert names(home / "disk") == {"team/app:1": one.digest, "team/app:2": two.digest}
    assert companions(home / "disk") == {
        pair
        for made in (one, two)
        for pair in (
            (made.signature["digest"], made.digest),
            (made.countersignature["digest"], made.signature["digest"]),
        )
    }
    before = (home / "disk/index.json").read_bytes()
    again = mirrored(capsys, *words)
    assert set(statuses(again).values()) == {"current"}
    assert sum(image["blobs"]["bytes"] for image in again["images"]) == 0
    assert (home / "disk/index.json").read_bytes() == before
    assert sorted(path.name for path in (home / "disk").iterdir()) == [
        "blobs", "index.json", "oci-layout",
    ]  # fmt: skip
    assert [path.name for path in (home / "disk").iterdir() if path.name.startswith(".")] == []


def manifests(made: Example) -> tuple[dict[str, Any], ...]:
    return (
        *(made.root, made.amd64, made.arm64, *made.attestations),
        *(made.signature, made.countersignature),
    )


def test_a_moved_name_keeps_the_image_it_had(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = example("old"), example("new")
    first = layout(home, ("team/app:latest", old), name="first")
    second = layout(home, ("team/app:latest", new), name="second")
    disk = f"oci-dir://{home}/disk"
    mirrored(capsys, f"oci-dir://{first}", disk)
    done = mirrored(capsys, f"oci-dir://{second}", disk)
    assert statuses(done) == {"team/app:latest": "updated"}
    assert done["images"][0]["previous_digest"] == old.digest
    assert names(home / "disk") == {"team/app:latest": new.digest}
    assert old.digest in {entry.digest for entry in read_entries(home / "disk")}
    assert run(["copy", "-q", f"{disk}@{old.digest}", "local://old:1"]) == 0
    left = mirrored(capsys, disk, "local://")
    assert left["unnamed"] == 1
    assert statuses(left) == {"team/app:latest": "new"}


def test_something_new_about_an_image_is_brought_over_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("later")
    source = layout(home, ("app:1", made))
    listed = json.loads((source / "index.json").read_text())
    bare = [entry for entry in listed["manifests"] if entry["digest"] == made.digest]
    (source / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": bare}))
    words = [f"oci-dir://{source}", f"oci-dir://{home}/disk"]
    assert mirrored(capsys, *words)["images"][0]["referrers"] == []
    (source / "index.json").write_text(json.dumps(listed))
    planned = mirrored(capsys, *words, "--dry-run")
    done = mirrored(capsys, *words)
    for found in (planned, done):
        (image,) = found["images"]
        assert image["status"] == "updated"
        assert {item["digest"] for item in image["referrers"]} == {
            made.signature["digest"],
            made.countersignature["digest"],
        }
        assert image["manifests"] == 2
        assert image["blobs"]["copied"] == 2
    assert statuses(mirrored(capsys, *words)) == {"app:1": "current"}
    without = mirrored(capsys, *words[:1], f"oci-dir://{home}/bare", "--no-referrers")
    assert without["images"][0]["referrers"] == []
    assert companions(home / "bare") == set()


def test_check_finds_and_repairs_what_is_damaged(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("damaged")
    source = layout(home, ("app:1", made))
    words = [f"oci-dir://{source}", f"oci-dir://{home}/disk"]
    mirrored(capsys, *words)
    assert statuses(mirrored(capsys, *words, "--check")) == {"app:1": "current"}
    blobs = home / "disk/blobs/sha256"
    whole = {path.name: path.read_bytes() for path in blobs.iterdir()}
    layer = max(blobs.iterdir(), key=lambda path: path.stat().st_size)
    layer.write_bytes(b"\0" * layer.stat().st_size)
    index = blobs / made.digest[7:]
    index.write_bytes(index.read_bytes().replace(b"linux", b"Linux"))
    assert statuses(mirrored(capsys, *words, "--check")) == {"app:1": "updated"}
    assert {path.name: path.read_bytes() for path in blobs.iterdir()} == whole
    layer.unlink()  # missing is seen without reading
    assert statuses(mirrored(capsys, *words)) == {"app:1": "updated"}
    assert {path.name: path.read_bytes() for path in blobs.iterdir()} == whole


def test_a_damaged_source_stops_no_other_image(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = example("good"), example("bad")
    source = layout(home, ("good:1", good), ("bad:1", bad))
    config = json.loads(bad.content.blobs[bad.amd64["digest"]])["config"]["digest"]
    (source / "blobs/sha256" / config[7:]).write_bytes(b"{}")
    done = mirrored(capsys, f"oci-dir://{source}", f"oci-dir://{home}/disk", code=1)
    assert statuses(done) == {"good:1": "new", "bad:1": "failed"}
    (failed,) = (image for image in done["images"] if image["status"] == "failed")
    assert config in failed["problem"]
    assert names(home / "disk") == {"good:1": good.digest}


def test_through_the_store_and_an_archive(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = example("round")
    source = layout(home, ("ghcr.io/team/app:1", made))
    mirrored(capsys, f"oci-dir://{source}", "local://")
    store = ImageStore(home / "home" / "images")
    assert store.find("ghcr.io/team/app:1", Platform()).index_digest == made.digest
    mirrored(capsys, "local://", f"oci-dir://{home}/disk")
    subprocess.run(["tar", "-C", home / "disk", "-cf", home / "disk.tar", "."], check=True)
    done = mirrored(capsys, f"archive://{home}/disk.tar", f"oci-dir://{home}/back")
    assert statuses(done) == {"ghcr.io/team/app:1": "new"}
    assert names(home / "back") == {"ghcr.io/team/app:1": made.digest}
    assert companions(home / "back") == companions(home / "disk")
    ours = {path.name: path.read_bytes() for path in (home / "back/blobs/sha256").iterdir()}
    assert ours == {digest[7:]: data for digest, data in made.content.blobs.items()}


def test_names_are_chosen_by_tag_in_layouts_too(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [example(str(number)) for number in range(4)]
    source = layout(
        home, ("a/x:1.0.0", made[0]), ("a/x:1.1.0", made[1]), ("b/y:1.0.0", made[2]),
        ("b/y:edge", made[3]),
    )  # fmt: skip
    done = mirrored(capsys, f"oci-dir://{source}", f"oci-dir://{home}/disk", "--newest", "1")
    assert statuses(done) == {"a/x:1.1.0": "new", "b/y:1.0.0": "new"}
    single = mirrored(capsys, f"oci-dir://{source}:b/y:edge", f"oci-dir://{home}/disk")
    assert statuses(single) == {"b/y:edge": "new"}


def test_a_list_of_sources(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = example("one"), example("two")
    source = layout(home, ("team/app:1", one), ("team/app:2", two))
    (home / "list").write_text(f"oci-dir://{source} mine/app tags=1 platform=linux/arm64\n")
    done = mirrored(capsys, "--from-file", str(home / "list"), f"oci-dir://{home}/disk")
    (image,) = done["images"]
    assert image["digest"] == one.arm64["digest"]
    assert names(home / "disk") == {"mine/app:1": one.arm64["digest"]}
    assert {item["digest"] for item in image["referrers"]} == {one.attestations[1]["digest"]}
    again = mirrored(capsys, "--from-file", str(home / "list"), f"oci-dir://{home}/disk")
    assert statuses(again) == {"team/app:1": "current"}


def test_every_image_of_an_archive_of_docker_save(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archives = [archive(home, f"team/app:{n}", {"file": str(n).encode()}) for n in (1, 2)]
    members: dict[str, bytes] = {}
    listed: list[Any] = []
    for path in archives:
        with tarfile.open(path) as opened:
            for member in opened:
                file = opened.extractfile(member) if member.isfile() else None
                if file is not None:
                    members[member.name] = file.read()
        listed += json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps(listed).encode()
    del members["index.json"], members["oci-layout"]  # as Docker wrote it before version 25
    with tarfile.open(home / "both.tar", "w") as both:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            both.addfile(info, io.BytesIO(data))
    done = mirrored(capsys, f"archive://{home}/both.tar", f"oci-dir://{home}/disk")
    assert statuses(done) == {"team/app:1": "new", "team/app:2": "new"}
    one = mirrored(capsys, f"archive://{home}/both.tar", f"oci-dir://{home}/one", "--newest", "1")
    assert statuses(one) == {"team/app:2": "new"}
    single = mirrored(capsys, f"archive://{home}/both.tar:team/app:1", f"oci-dir://{home}/disk")
    assert statuses(single) == {"team/app:1": "current"}


def test_two_images_for_one_name_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, three = example("one"), example("two"), example("three")
    source = layout(home, ("a/x:1", one), ("b/x:1", two), ("c/x:2", three))
    (home / "list").write_text(f"oci-dir://{source} same/x\n")
    done = mirrored(capsys, "--from-file", str(home / "list"), f"oci-dir://{home}/disk", code=1)
    assert statuses(done) == {"a/x:1": "failed", "b/x:1": "failed", "c/x:2": "new"}
    assert "same/x:1 would be several images: a/x:1, b/x:1" in done["images"][0]["problem"]
