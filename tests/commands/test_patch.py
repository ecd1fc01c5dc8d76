"""`ironhull patch`: what is printed, as text and as JSON."""

import json
import re
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import load_settings
from tests.builders.patch.samples import Made, Shop, again, installed
from tests.test_schemas import valid

TOOL = Made("tool", "1.0-1", {"usr/bin/tool": "old"})
OLD = Made("held", "1.0-1", {"usr/bin/held": "old"})


@pytest.fixture
def shop(home: Path) -> Shop:
    shop = Shop(load_settings().images.parent)
    shop.offer(again(TOOL, files={"usr/bin/tool": "new"}), again(OLD))
    shop.image(installed(shop, [TOOL, OLD]))
    return shop


def test_text(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["patch", "web:1", "-t", "web:2", "--keep", "held"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "Replaced 1 package"
    assert lines[2] == "  tool  1.0-1  ->  1.0-2"
    assert "Not scanned: there is no advisory data (ironhull db update)" in lines
    assert re.fullmatch(r"web:2@sha256:[0-9a-f]{64}", lines[-1])
    assert "note: held stays at 1.0-1: --keep" in printed.err


def test_nothing_to_do(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["patch", "web:1", "-t", "web:2"]) == 0
    capsys.readouterr()
    assert run(["patch", "web:2"]) == 0
    assert capsys.readouterr().out == "web:2: nothing in its repositories is newer\n"


def test_json(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    document = valid("patch", capfd, "patch", "web:1", "--only", "tool")
    assert document["patched"]["names"] == ["web:1-patched"]
    assert [one["package"] for one in document["replaced"]] == ["tool"]
    would = valid("patch", capfd, "patch", "web:1", "--dry-run")
    assert would["patched"] is None
    assert len(would["replaced"]) == 2


def test_exports_and_keys(shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = tmp_path / "out"
    key = tmp_path / "key"
    key.write_bytes(b"")
    assert run(["patch", "web:1", "-o", f"oci-dir={layout}", "--keyring", str(key)]) == 0
    capsys.readouterr()
    assert run(["sbom", f"oci-dir://{layout}", "--format", "json"]) == 0
    found = {p["name"]: p["version"] for p in json.loads(capsys.readouterr().out)["packages"]}
    assert found == {"tool": "1.0-2", "held": "1.0-2"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--only", "nothing"], "--only nothing: the image has no such package"),
        (["--keep", "nothing"], "--keep nothing: the image has no such package"),
        (["--keyring", "/nowhere"], "cannot read /nowhere"),
        (["--repository", "rubbish"], "is not an apt source"),
        (["--platform", "linux"], "--platform linux"),
    ],
)
def test_mistakes(
    shop: Shop, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["patch", "web:1", *words]) != 0
    printed = capsys.readouterr()
    assert says in printed.err
    assert not printed.out
