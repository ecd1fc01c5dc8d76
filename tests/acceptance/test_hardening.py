"""What hardening wins, and that every command tells the same of the same image."""

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from ironhull.config import load_settings
from ironhull.oci.tree import ImageTree, read_tree
from ironhull.pipeline import load
from tests.acceptance.cli import SCHEMAS
from tests.acceptance.conftest import Web

pytestmark = [pytest.mark.network, pytest.mark.slow]

SHELLS = {"sh", "ash", "bash", "dash", "ksh", "zsh", "fish", "busybox", "csh", "rbash"}
MANAGERS = {"apt", "apt-get", "apt-cache", "dpkg", "dpkg-deb", "pip", "pip3", "apk", "rpm", "perl"}


@pytest.fixture(scope="module")
def quick(web: Web) -> dict[str, Any]:
    """`quickview` of both images."""
    return {n: web.ironhull.json("quickview", f"web:{n}") for n in ("init", "hardened")}


def tree_of(web: Web, name: str) -> ImageTree:
    settings = load_settings(web.ironhull.environment)
    tree, problems = read_tree(load(name, settings), ["etc/passwd"])
    assert problems == ()
    return tree


def programs(tree: ImageTree) -> set[str]:
    """The names of everything executable or linked, wherever it lies."""
    return {
        PurePosixPath(entry.path).name
        for entry, _ in tree.entries()
        if entry.kind in ("symlink", "hardlink") or (entry.kind == "file" and entry.mode & 0o111)
    }


def test_half_the_packages_and_three_fifths_of_the_size(quick: dict[str, Any]) -> None:
    init, hardened = quick["init"], quick["hardened"]
    assert 0 < hardened["packages"] * 2 <= init["packages"]
    assert 0 < hardened["content_size"] <= 0.6 * init["content_size"]
    assert 0 < hardened["disk_size"] <= 0.6 * init["disk_size"]


def test_no_shell_no_package_manager(web: Web) -> None:
    init, hardened = (programs(tree_of(web, f"web:{name}")) for name in ("init", "hardened"))
    assert {"sh", "bash", "apt-get", "dpkg", "pip3"} <= init
    assert "python3" in hardened
    assert not hardened & (SHELLS | MANAGERS)


def test_user_and_permissions(web: Web, quick: dict[str, Any]) -> None:
    assert quick["init"]["image"]["user"] in ("", "0", "root")
    assert quick["hardened"]["image"]["user"].partition(":")[0] == "65532"
    tree = tree_of(web, "web:hardened")
    assert b":65532:65532:" in tree.read("etc/passwd")
    entries = [entry for entry, _ in tree.entries()]
    assert not [e.path for e in entries if e.kind == "file" and e.mode & 0o6000]
    writable = [e.path for e in entries if e.kind == "file" and e.uid == 65532 and e.mode & 0o200]
    assert writable == []


def test_fewer_findings(quick: dict[str, Any]) -> None:
    init, hardened = (quick[name]["vulnerabilities"] for name in ("init", "hardened"))
    assert hardened["findings"] < init["findings"] or init["findings"] == 0
    assert hardened["findings"] <= init["findings"]
    for document in quick.values():
        scopes = {c["scope"] for c in document["coverage"]}
        assert scopes - {"generic"} == {"Debian:13", "PyPI"}  # generic: libraries bundled in wheels


def test_every_command_counts_the_same(web: Web, quick: dict[str, Any]) -> None:
    compared = web.ironhull.json("compare", "--to", "web:init", "web:hardened")
    listed = {i["name"]: i for i in web.ironhull.json("images", "web")["images"]}
    for name, side in (("init", compared["comparison"]), ("hardened", compared["analyzed"])):
        found = quick[name]
        judged = web.ironhull.json("cves", f"web:{name}")
        sbom = web.ironhull.json("sbom", f"web:{name}")
        for key in ("image", "vulnerabilities", "packages", "content_size", "disk_size"):
            assert found[key] == judged[key] == side[key], key
        findings = judged["findings"]
        assert len(findings) == found["vulnerabilities"]["findings"] == judged["filters"]["total"]
        assert len({f["id"] for f in findings}) == found["vulnerabilities"]["distinct_cves"]
        counted = [p for p in sbom["packages"] if not p.get("owned_by")]
        assert len(counted) == sbom["counts"]["packages"] == found["packages"]
        assert sbom["subject"]["digest"] == found["image"]["digest"]
        assert sbom["subject"]["content_size"] == found["content_size"]
        assert listed[f"web:{name}"]["content_size"] == found["content_size"]
        assert listed[f"web:{name}"]["digest"] == found["image"]["index_digest"]
    gone, new = len(compared["findings_gone"]), len(compared["findings_new"])
    totals = {n: quick[n]["vulnerabilities"]["findings"] for n in quick}
    assert totals["init"] - gone + new == totals["hardened"]
    assert compared["difference"]["packages"] == (
        quick["hardened"]["packages"] - quick["init"]["packages"]
    )


def test_the_base_image_is_proven(quick: dict[str, Any]) -> None:
    for name, document in quick.items():
        base = document["base_image"]
        assert base["verified"] is True, name
        assert base["scanned"]["packages"] < document["packages"]
        assert base["scanned"]["packages"] + base["difference"]["packages"] == document["packages"]


def test_text_says_what_json_says(web: Web, quick: dict[str, Any]) -> None:
    for name, document in quick.items():
        text = web.ironhull("quickview", f"web:{name}", "-q")
        assert document["image"]["digest"].removeprefix("sha256:")[:12] in text
        for coverage in document["coverage"]:
            assert coverage["checked"] in text


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("quickview", ["quickview", "web:hardened"]),
        ("quickview", ["quickview", "web:init"]),
        ("report", ["cves", "web:init"]),
        ("report", ["cves", "web:hardened"]),
        ("compare", ["compare", "--to", "web:init", "web:hardened"]),
        ("sbom", ["sbom", "web:init"]),
        ("sbom", ["sbom", "web:hardened"]),
        ("images", ["images"]),
    ],
)
def test_documents_follow_their_schemas(web: Web, schema: str, words: list[str]) -> None:
    import jsonschema_rs

    documents = {p.name: json.loads(p.read_text("utf-8")) for p in SCHEMAS.glob("*.schema.json")}
    registry = jsonschema_rs.Registry([(f"json-schema:///{n}", d) for n, d in documents.items()])
    validator = jsonschema_rs.Draft202012Validator(
        documents[f"{schema}.schema.json"], registry=registry
    )
    found = web.ironhull.json(*words)
    validator.validate(found)
    assert not validator.is_valid({**found, "problems": "none"})
    assert not validator.is_valid({**found, "more": 1})


def test_reading_twice_gives_the_same_bytes(web: Web, image: str) -> None:
    for kind in ("json", "spdx", "cyclonedx"):
        assert web.ironhull("sbom", image, "--format", kind) == web.ironhull(
            "sbom", image, "--format", kind
        )
