"""Packages that later layers hide: listed, matched and marked when they are asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.inventory import take_inventory
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import SITE, metadata
from tests.images import image
from tests.images import layout as oci_layout


def python(name: str, version: str) -> dict[str, str]:
    return {f"{SITE}/{name}-{version}.dist-info/METADATA": metadata(name, version)}


LAYERS = [
    {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": stanza("libc6", "1"),
        **python("old", "1"),
    },
    {"var/lib/dpkg/status": stanza("libc6", "2"), **python("brief", "1")},
    {f"{SITE}/.wh.old-1.dist-info": "", f"{SITE}/.wh.brief-1.dist-info": ""},
    python("old", "2"),
]


def test_what_a_layer_hides_is_marked_with_it() -> None:
    made = image(LAYERS)
    diff_ids = [layer.diff_id for layer in made.layers]
    plain = take_inventory(made)
    found = take_inventory(made, all_layers=True)
    removed = {
        (p.name, p.version): diff_ids.index(p.removed_in) for p in found.packages if p.removed_in
    }
    assert removed == {("libc6", "1"): 1, ("old", "1"): 2, ("brief", "1"): 2}
    first = next(p for p in found.packages if (p.name, p.version) == ("old", "1"))
    assert [at.layer for at in first.locations] == [diff_ids[0]]
    assert tuple(p for p in found.packages if not p.removed_in) == plain.packages
    assert found.counted == plain.counted
    assert {p.name for p in found.removed} == {"libc6", "old", "brief"}
    assert not any(p.removed_in for p in plain.packages)


def test_an_image_that_hides_nothing_lists_nothing_more() -> None:
    made = image([LAYERS[0], python("new", "1")])
    assert take_inventory(made, all_layers=True) == take_inventory(made)


def test_both_kinds_of_sbom_are_cached_apart(tmp_path: Path) -> None:
    made = image(LAYERS)
    for _ in range(2):
        for every in (False, True):
            found = take_inventory(made, cache=tmp_path, code="code", all_layers=every)
            assert found == take_inventory(made, all_layers=every)
    assert len(list((tmp_path / "sboms").iterdir())) == 2


def document(capfd: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert run(argv) == 0
    return json.loads(capfd.readouterr().out)


def test_the_documents(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = f"oci-dir://{oci_layout(tmp_path, 'web:1', LAYERS)}"
    said = document(capfd, "sbom", path, "--all-layers")
    assert said["counts"]["packages"] == 2
    assert said["counts"]["removed"] == 3
    layers = said["subject"]["layers"]
    assert {p["removed_in"] for p in said["packages"] if "removed_in" in p} == {
        layers[1],
        layers[2],
    }
    assert "removed" not in document(capfd, "sbom", path)["counts"]
    assert run(["sbom", path, "--all-layers", "--format", "list"]) == 0
    text = capfd.readouterr().out
    assert "removed in layer 3 (layer 2)" in text, "the number from 1 and the history entry"
    assert "3 more were removed by later layers and still ship" in text
    assert (
        document(capfd, "quickview", path, "--all-layers", "--format", "json")["packages_removed"]
        == 3
    )
    assert run(["cves", path, "--all-layers", "--locations"]) == 0
    assert "removed later" in capfd.readouterr().out
