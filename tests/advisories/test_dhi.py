"""Docker's own records: both generations, images that are no packages, archives that are none."""

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories._row import Tally
from ironhull.advisories.dhi import SOURCES, parse
from ironhull.errors import AdvisoryError
from ironhull.model import Advisory, Range

from .serving import NOW

NODE = "advisories-main/osv/node/CVE-2022-43548.json"
CURL = "advisories-main/dhi/osv/DHI-22r7-ln2k-fky4-y46r.json"


def record(name: str, *affected: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": name, "modified": "2026-09-27T00:36:13Z", "affected": list(affected), **fields}


def affected(ecosystem: str, name: str, *events: dict[str, str], **fields: Any) -> dict[str, Any]:
    kind = "SEMVER" if ecosystem == "DHI" else "ECOSYSTEM"
    ranges = [{"type": kind, "events": list(events)}] if events else []
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges, **fields}


def archive(directory: Path, members: dict[str, bytes | dict[str, Any]]) -> Path:
    with tarfile.open(directory / "document", "w:gz") as tar:
        for path, content in members.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return directory


def read(directory: Path) -> tuple[list[Advisory], Tally]:
    tally = Tally("dhi", NOW)
    return list(parse(directory, tally)), tally


def test_what_docker_compiles(tmp_path: Path) -> None:
    events = [
        {"introduced": "14.0.0"},
        {"fixed": "14.21.1"},
        {"introduced": "16.0.0"},
        {"fixed": "16.18.1"},
    ]
    said = affected("DHI", "node", *events, database_specific={"severity": "medium"})
    members = {NODE: record("CVE-2022-43548", said, aliases=["NSWG-COR-102"])}
    (claim,), tally = read(archive(tmp_path, members))
    assert (claim.scope, claim.package) == ("DHI", "node")
    assert claim.ranges == (Range("14.0.0", "14.21.1"), Range("16.0.0", "16.18.1"))
    assert (claim.severity, claim.severity_source) == ("medium", "Docker")
    assert (claim.aliases, claim.sources) == (("NSWG-COR-102",), ("dhi",))
    assert tally.scopes == {"DHI": "full"}


def test_packages_of_a_distribution_keep_its_scope_and_versions(tmp_path: Path) -> None:
    debian = affected(
        "Docker Hardened Images:Debian:13",
        "coreutils",
        {"introduced": "0"},
        {"fixed": "9.7-3+dhi4"},
        versions=["9.7-3+dhi3"],
    )
    alpine = affected("Docker Hardened Images:Alpine:3.24", "coreutils", versions=["9.11-r0"])
    image = affected("Docker Hardened Images", "gitlab-workhorse", versions=["19.1.2-debian13"])
    name = CURL.rpartition("/")[2].removesuffix(".json")
    members = {CURL: record(name, debian, alpine, image, upstream=["CVE-2016-2781"])}
    claims, tally = read(archive(tmp_path, members))
    assert [(c.scope, c.package, c.ranges, c.versions) for c in claims] == [
        (
            "Docker Hardened Images:Debian:13",
            "coreutils",
            (Range("0", "9.7-3+dhi4"),),
            ("9.7-3+dhi3",),
        ),
        ("Docker Hardened Images:Alpine:3.24", "coreutils", (), ("9.11-r0",)),
    ]
    assert {c.aliases for c in claims} == {("CVE-2016-2781",)}
    assert tally.scopes["Docker Hardened Images:Debian:13"] == "full"


def test_records_on_images_are_counted_as_such(tmp_path: Path) -> None:
    image = affected("Docker Hardened Images", "gitlab-workhorse", versions=["19.1.2-debian13"])
    empty = affected("DHI", "node")
    members = {
        CURL: record("DHI-22r7-ln2k-fky4-y46r", image),
        NODE: record("CVE-2022-43548", empty),
        "x/osv/node/CVE-1.json": record("CVE-1", empty, withdrawn="2026-01-01T00:00:00Z"),
    }
    claims, tally = read(archive(tmp_path, members))
    assert claims == []
    assert tally.passed == {
        "records on whole images": 1,
        "without versions": 1,
        "withdrawn": 1,
    }


def test_other_files_of_the_repository_are_not_read(tmp_path: Path) -> None:
    said = affected("DHI", "node", {"introduced": "0"})
    members: dict[str, bytes | dict[str, Any]] = {
        NODE: record("CVE-2022-43548", said),
        f"{NODE}.sha256": b"0" * 64,
        "advisories-main/vex/node/node.vex.json": b"{}",
        "advisories-main/index.json": b"[]",
        "advisories-main/integration/x/osv/y.json": b"{}",
    }
    claims, tally = read(archive(tmp_path, members))
    assert (len(claims), tally.skipped) == (1, 0)


def test_a_record_that_cannot_be_read_is_skipped_and_counted(tmp_path: Path) -> None:
    members: dict[str, bytes | dict[str, Any]] = {
        NODE: record("CVE-2022-43548", affected("DHI", "node", {"introduced": "0"})),
        "x/osv/node/CVE-2.json": b"<html>",
        "x/osv/node/CVE-3.json": record("CVE-4", affected("DHI", "node", {"introduced": "0"})),
    }
    claims, tally = read(archive(tmp_path, members))
    assert (len(claims), tally.skipped) == (1, 2)
    assert "CVE-3.json" in tally.problems[1].where


def broken() -> dict[str, bytes]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for number in range(2_000):
            info = tarfile.TarInfo(f"x/osv/node/CVE-{number}.json")
            tar.addfile(info)
    whole = packed.getvalue()
    return {
        "a web page": b"<!doctype html><title>Log in</title>",
        "half": whole[: len(whole) // 2],
        "nothing": b"",
        "another archive": gzip.compress(b"hello"),
        "only empty records": whole,
    }


@pytest.mark.parametrize("kind", broken())
def test_what_is_no_archive_of_records_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "document").write_bytes(broken()[kind])
    with pytest.raises(AdvisoryError) as caught:
        read(tmp_path)
    assert caught.value.message.startswith("dhi: ")
    assert caught.value.hint == "the old data stays in use"


def test_both_sources_serve_hardened_images_alone() -> None:
    feed, bucket = SOURCES
    assert (feed.name, feed.fetch, feed.heavy) == ("dhi", "document", True)
    assert (bucket.folder, bucket.fetch) == ("Docker Hardened Images", "listed")
    assert set(bucket.serves) < set(feed.serves)


def test_the_real_feed(shared_data: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "document", "w:gz") as tar:
        tar.add(shared_data / "dhi-advisories", "advisories-main")
    claims, tally = read(tmp_path)
    assert len(claims) > 600
    assert (tally.skipped, tally.scopes) == (0, {"DHI": "full"})
    assert {claim.package for claim in claims} >= {"node", "python", "redis"}
