"""BuildKit's SBOM generator protocol: what is scanned and written, what BuildKit makes of it."""

import hashlib
import io
import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import FormatError, ImageError, UsageError
from ironhull.model import Attachment, Image, Location, Platform, Sbom
from ironhull.oci import images
from ironhull.pipeline import sbom
from ironhull.scanning import (
    Request,
    _unlike,
    request_of,
    scan_sources,
    stages_of,
)
from ironhull.sources.rootfs import open_root
from ironhull.sources.sbom import read_sboms
from ironhull.values import replace
from tests.images import image

STATUS = (
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41-12\n\n"
    "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n"
    "Depends: libc6 (>= 2.38)\n\n"
)
FLASK = "usr/lib/python3/dist-packages/flask-3.0.dist-info/METADATA"
FILES = {
    "etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "var/lib/dpkg/status": STATUS,
    FLASK: "Name: flask\nVersion: 3.0\n",
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    """What BuildKit mounts: the result, two stages, a place to write to."""
    (tmp_path / "out").mkdir()
    core = write(tmp_path / "src" / "core" / "sbom", FILES)
    extras = tmp_path / "src" / "extras"
    write(extras / "sbom-build", FILES | {"var/lib/dpkg/status": STATUS.replace("5.2", "5.3")})
    (extras / "sbom-empty").mkdir()
    return Request(core, extras, tmp_path / "out")


def environment(request: Request) -> dict[str, str]:
    return {
        "BUILDKIT_SCAN_SOURCE": str(request.source),
        "BUILDKIT_SCAN_SOURCE_EXTRAS": str(request.extras),
        "BUILDKIT_SCAN_DESTINATION": f"{request.destination}/",
    }


def statement(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def listed(document: dict[str, Any], tmp_path: Path) -> Sbom:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document))
    return read_sboms(str(path), None, io.BytesIO())[0]


def with_diff_ids(attached: Sbom, made: Image) -> Sbom:
    """`attached` with layers named as the config of the image names them, not as BuildKit does.

    BuildKit writes the digest of the blob, which may be compressed.
    """
    ids = {layer.digest: layer.diff_id for layer in made.layers}

    def told(at: Location) -> Location:
        return replace(at, layer=ids.get(at.layer, at.layer))

    packages = tuple(replace(p, locations=tuple(map(told, p.locations))) for p in attached.packages)
    return replace(attached, packages=packages)


# ── what is asked ────────────────────────────────────────────────────────────────────────────────


def test_the_request_is_in_the_environment(request_: Request) -> None:
    assert request_of(environment(request_) | {"BUILDKIT_SCAN_OTHER": "1"}) == request_


@pytest.mark.parametrize("extras", [None, "", "/nowhere"])
def test_there_may_be_no_further_file_systems(request_: Request, extras: str | None) -> None:
    asked = environment(request_)
    asked.pop("BUILDKIT_SCAN_SOURCE_EXTRAS")
    if extras is not None:
        asked["BUILDKIT_SCAN_SOURCE_EXTRAS"] = extras
    found = request_of(asked)
    assert found.extras is None
    assert [item.name for item in scan_sources(found)] == ["sbom"]


@pytest.mark.parametrize("name", ["BUILDKIT_SCAN_SOURCE", "BUILDKIT_SCAN_DESTINATION"])
def test_what_must_be_there_is_demanded(request_: Request, name: str) -> None:
    asked = environment(request_)
    with pytest.raises(UsageError, match=f"{name}: /nowhere is not a directory"):
        request_of(asked | {name: "/nowhere"})
    del asked[name]
    with pytest.raises(UsageError, match=f"{name} is not set") as trouble:
        request_of(asked)
    assert "--sbom=generator=IMAGE" in trouble.value.hint


# ── what is written ──────────────────────────────────────────────────────────────────────────────


def test_every_file_system_is_listed_and_nothing_else_written(
    request_: Request,
) -> None:
    found = list(scan_sources(request_))
    names = ["sbom", "sbom-build", "sbom-empty"]
    assert [item.name for item in found] == names
    written = {path.name for path in request_.destination.iterdir()}
    assert written == {f"{name}.spdx.json" for name in names}
    for item in found:
        said = statement(item.path)
        assert said["_type"] == "https://in-toto.io/Statement/v0.1"
        assert said["predicateType"] == "https://spdx.dev/Document"
        assert said["subject"] == []  # BuildKit fills it in
        assert said["predicate"]["name"] == item.name
    assert {p.version for p in found[1].sbom.packages if p.name == "bash"} == {"5.3-1"}
    assert found[2].sbom.packages == ()


def test_the_document_is_the_sbom_of_the_directory(request_: Request, tmp_path: Path) -> None:
    (core, *_) = scan_sources(request_)
    real = sbom(open_root(str(request_.source), None))
    read = listed(statement(core.path)["predicate"], tmp_path)
    assert {p.name for p in real.packages} == {"libc6", "bash", "flask"}
    assert read.packages == real.packages
    assert read.relations == real.relations != ()
    assert (read.distro, read.problems) == (real.distro, real.problems)


def test_files_are_listed_with_their_digests_and_packages(request_: Request) -> None:
    (core, *_) = scan_sources(request_)
    document = statement(core.path)["predicate"]
    files = {row["fileName"]: row for row in document["files"]}
    assert set(files) == {"var/lib/dpkg/status", FLASK}
    for name, row in files.items():
        data = (request_.source / name).read_bytes()
        assert {c["algorithm"]: c["checksumValue"] for c in row["checksums"]} == {
            "SHA1": hashlib.sha1(data).hexdigest(),
            "SHA256": hashlib.sha256(data).hexdigest(),
        }
        assert "comment" not in row  # BuildKit leaves a file alone that has one
    names = {row["SPDXID"]: row["name"] for row in document["packages"]}
    paths = {row["SPDXID"]: row["fileName"] for row in document["files"]}
    assert {
        (names[row["spdxElementId"]], paths[row["relatedSpdxElement"]])
        for row in document["relationships"]
        if row["relatedSpdxElement"] in paths
    } == {
        ("bash", "var/lib/dpkg/status"),
        ("libc6", "var/lib/dpkg/status"),
        ("flask", FLASK),
    }


def test_the_document_is_valid_by_the_official_validator(request_: Request) -> None:
    parser = pytest.importorskip("spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser")
    validator = pytest.importorskip("spdx_tools.spdx.validation.document_validator")
    for item in scan_sources(request_):
        parsed = parser.JsonLikeDictParser().parse(statement(item.path)["predicate"])
        assert validator.validate_full_spdx_document(parsed) == []


def test_equal_contents_give_equal_bytes(request_: Request) -> None:
    first = [item.path.read_bytes() for item in scan_sources(request_)]
    assert [item.path.read_bytes() for item in scan_sources(request_)] == first
    created = statement(request_.destination / "sbom.spdx.json")["predicate"]["creationInfo"]
    assert created["created"] == "1970-01-01T00:00:00Z"
    (core, *_) = scan_sources(request_, epoch=1_767_225_600)
    created = statement(core.path)["predicate"]["creationInfo"]
    assert created["created"] == "2026-01-01T00:00:00Z"


def test_names_that_are_no_text_are_written(request_: Request, tmp_path: Path) -> None:
    """A file name is bytes; JSON is text."""
    odd = request_.source / "srv" / os.fsdecode(b"caf\xe9-1.dist-info")
    odd.mkdir(parents=True)
    (odd / "METADATA").write_text("Name: caf\nVersion: 1\n")
    (core, *_) = scan_sources(request_)
    assert "caf" in {package.name for package in core.sbom.packages}
    files = [row["fileName"] for row in statement(core.path)["predicate"]["files"]]
    assert [name for name in files if name.startswith("srv/caf")]
    listed(statement(core.path)["predicate"], tmp_path)


@pytest.mark.parametrize(
    ("names", "platform"),
    [
        ([], None),
        (["lib/ld-musl-aarch64.so.1"], "linux/arm64"),
        (["usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"], "linux/arm64"),
        (["usr/lib64/ld-linux-x86-64.so.2"], "linux/amd64"),
        (["lib64/ld64.so.2"], "linux/ppc64le"),
        (["lib/ld64.so.1"], "linux/s390x"),
        (["usr/lib/ld-linux-armhf.so.3"], "linux/arm/v7"),
        (["lib/ld-linux-riscv64-lp64d.so.1"], "linux/riscv64"),
        (["lib64/ld-linux-x86-64.so.2", "lib/ld-linux.so.2"], "host"),
        (["lib/ld-linux-aarch64.so.1", "lib/ld-linux-armhf.so.3"], None),
        (["lib/ld-musl-vax.so.1"], None),
    ],
)
def test_the_platform_is_told_by_what_was_built_not_by_who_builds(
    request_: Request, monkeypatch: pytest.MonkeyPatch, names: list[str], platform: str | None
) -> None:
    monkeypatch.setattr(images, "host_platform", lambda: Platform("linux", "amd64"))
    write(request_.source, dict.fromkeys(names, ""))
    (core, *_) = scan_sources(request_)
    found = core.sbom.subject.platform
    assert (str(found) if found else None) == ("linux/amd64" if platform == "host" else platform)
    assert ("platform: " in core.path.read_text()) is (platform is not None)


def test_loaders_outside_of_the_root_tell_nothing(request_: Request, tmp_path: Path) -> None:
    write(tmp_path / "outside", {"lib/ld-musl-s390x.so.1": ""})
    (request_.source / "lib").symlink_to(tmp_path / "outside" / "lib")
    (core, *_) = scan_sources(request_)
    assert core.sbom.subject.platform is None


def test_what_is_no_directory_is_not_scanned(request_: Request) -> None:
    assert request_.extras is not None
    (request_.extras / "notes.txt").write_text("not a file system")
    names = [item.name for item in scan_sources(request_)]
    assert names == ["sbom", "sbom-build", "sbom-empty"]


def test_a_link_in_place_of_a_directory_leads_nowhere(request_: Request, tmp_path: Path) -> None:
    """A root file system cannot make us list what is outside of it."""
    outside = write(tmp_path / "outside", {"dpkg/status": STATUS})
    target = request_.source / "var" / "lib" / "dpkg"
    (target / "status").unlink()
    target.rmdir()
    target.symlink_to(outside / "dpkg")
    (core, *_) = scan_sources(request_)
    assert {package.name for package in core.sbom.packages} == {"flask"}
    assert str(outside) not in core.path.read_text()


def test_damage_is_told_in_the_document(request_: Request) -> None:
    (request_.source / FLASK).write_bytes(b"\xff\xfe no metadata")
    (core, *_) = scan_sources(request_)
    assert core.sbom.problems
    notes = [note["comment"] for note in statement(core.path)["predicate"]["annotations"]]
    assert [note for note in notes if note.startswith("problem: ") and FLASK in note]


def test_a_root_that_cannot_be_listed_is_an_error(request_: Request) -> None:
    gone = Request(request_.source / "gone", None, request_.destination)
    with pytest.raises(ImageError, match="gone: cannot be listed"):
        list(scan_sources(gone))
    assert list(request_.destination.iterdir()) == []


@given(st.from_regex(r"[a-z0-9._-]{1,20}", fullmatch=True))
def test_only_the_result_is_called_like_it(name: str) -> None:
    """BuildKit takes what precedes the first dot for the name of the result's SBOM."""
    assert _unlike(name, "sbom").partition(".")[0] != "sbom"
    assert _unlike(name, "sbom").endswith(name)


# ── what BuildKit makes of it ────────────────────────────────────────────────────────────────────


def test_layers_that_buildkit_adds_are_read(request_: Request, tmp_path: Path) -> None:
    (core, *_) = scan_sources(request_)
    made = image([{name: FILES[name]} for name in FILES])
    document = statement(core.path)["predicate"]
    blobs = {name: layer.digest for name, layer in zip(FILES, made.layers, strict=True)}
    for row in document["files"]:
        row["comment"] = f"layerID: {blobs[row['fileName']]}"
    attached = listed(document, tmp_path)
    assert {at.layer for p in attached.packages for at in p.locations} <= {*blobs.values()}
    assert with_diff_ids(attached, made).packages == sbom(made).packages


# ── stages ───────────────────────────────────────────────────────────────────────────────────────


def attached(*documents: dict[str, Any]) -> Image:
    """An image with these documents attached."""
    made = image({"a": "b"}, name="web:1")
    found = []
    for document in documents:
        data = json.dumps(
            {
                "_type": "https://in-toto.io/Statement/v0.1",
                "predicateType": "https://spdx.dev/Document",
                "subject": [{"name": "pkg:docker/web@1", "digest": {"sha256": "0" * 64}}],
                "predicate": document,
            }
        ).encode()
        read = partial(bytes, data)
        kind = "application/vnd.in-toto+json"
        found.append(Attachment("https://spdx.dev/Document", kind, "", len(data), read))
    return replace(made, attachments=tuple(found))


def test_stages_are_known_by_the_names_of_their_documents(request_: Request) -> None:
    documents = [statement(item.path)["predicate"] for item in scan_sources(request_)]
    syft = documents[2] | {"name": "/run/src/extras/sbom-by-another"}
    found = stages_of(attached(*documents, syft, documents[1]))
    assert [stage.name for stage in found] == ["build", "empty", "by-another"]
    listed = found[0].open()
    assert {p.version for p in listed.packages if p.name == "bash"} == {"5.3-1"}
    subject = listed.subject
    assert (subject.name, subject.kind, subject.digest) == ("web:1 (stage build)", "directory", "")
    assert subject.layers == ()


@given(st.dictionaries(st.sampled_from(["name", "packages", "spdxVersion"]), st.none() | st.text()))
def test_documents_of_any_kind_are_no_crash(document: dict[str, Any]) -> None:
    for stage in stages_of(attached(document)):
        try:
            stage.open()
        except FormatError as trouble:
            assert stage.name in trouble.message
