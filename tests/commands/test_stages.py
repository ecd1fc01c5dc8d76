"""`cves --multi-stage` and `--only-stage`: what the stages of a build held, from attached SBOMs."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories import opening
from ironhull.commands import run
from ironhull.config import load_settings
from ironhull.model import Advisory, Range
from ironhull.scanning import Request, scan_sources
from ironhull.store.images import ImageStore
from tests.catalogers.test_dpkg import OS_RELEASE
from tests.images import stored
from tests.indexes import index_of

PAD = Advisory("CVE-2099-1", "npm", "left-pad", ranges=(Range("0", "9"),))
FLASK = Advisory("CVE-2099-2", "PyPI", "flask", ranges=(Range("0", "9"),))
SPDX = "https://spdx.dev/Document"
METADATA = "usr/lib/python3/dist-packages/flask-3.0.dist-info/METADATA"
FILES = {"etc/os-release": OS_RELEASE, METADATA: "Name: flask\nVersion: 3.0\n"}
STAGES = {
    "sbom": FILES,
    "sbom-tools": {"srv/node_modules/left-pad/package.json": '{"name":"left-pad","version":"1"}'},
    "sbom-context": {METADATA: "Name: flask\nVersion: 3.0\n"},
}


def statements(place: Path) -> list[tuple[str, bytes]]:
    """What BuildKit attaches of what the generator wrote."""
    for name, files in STAGES.items():
        for path, text in files.items():
            target = place / ("core" if name == "sbom" else "extras") / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    (place / "out").mkdir()
    request = Request(place / "core" / "sbom", place / "extras", place / "out")
    found = []
    for item in scan_sources(request):
        said = json.loads(item.path.read_bytes())
        said["subject"] = [{"name": "pkg:docker/web@1", "digest": {"sha256": "0" * 64}}]
        found.append((SPDX, json.dumps(said).encode()))
    return found


@pytest.fixture(autouse=True)
def _image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SNAPSHOT", tmp_path / "none")  # an index is as good without it
    settings = load_settings()
    settings.advisories.mkdir(parents=True)
    index_of(settings.advisories / "index.sqlite", PAD, FLASK).close()
    store = ImageStore(settings.images)
    stored(store, "web:1", FILES, statements=statements(tmp_path))
    stored(store, "plain:1", FILES)


def findings(document: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in document["findings"]]


def reports(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert run(["cves", "web:1", "--format", "json", "-q", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_stages_are_judged_beside_the_image(capsys: pytest.CaptureFixture[str]) -> None:
    image, *stages = reports(capsys, "--multi-stage")
    assert findings(image) == ["CVE-2099-2"]
    assert {s["image"]["name"]: findings(s) for s in stages} == {
        "web:1 (stage context)": ["CVE-2099-2"],
        "web:1 (stage tools)": ["CVE-2099-1"],
    }


def test_a_stage_is_not_the_image(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither its name nor its digest: statements about the image must not fit its stages."""
    for report in reports(capsys, "--only-stage", "tools,context"):
        image = report["image"]
        assert (image["kind"], image["digest"], image["index_digest"]) == ("directory", "", "")


def test_sections_have_headings_and_one_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cves", "web:1", "--multi-stage", "-q"]) == 0
    text = capsys.readouterr().out
    heads = [line for line in text.splitlines() if line.startswith("── ")]
    assert heads == ["── image ──", "── stage context ──", "── stage tools ──"]
    assert run(["cves", "web:1", "--only-stage", "tools", "-q"]) == 0
    text = capsys.readouterr().out
    assert "── stage" not in text
    assert "CVE-2099-1" in text


def test_identifiers_of_all_and_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["cves", "web:1", "--format", "ids", "-q", "-e"]
    assert run([*words, "--multi-stage"]) == 2
    assert set(capsys.readouterr().out.split()) == {"CVE-2099-1", "CVE-2099-2"}
    assert run([*words, "--only-stage", "tools"]) == 2
    assert capsys.readouterr().out == "CVE-2099-1\n"
    assert run([*words, "--only-stage", "tools", "--only-severity", "critical"]) == 0
    assert capsys.readouterr().out == ""


def test_a_file_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cves", "web:1", "--multi-stage", "-o", "sarif=x.sarif"]) == 64
    assert "sarif describes one stage" in capsys.readouterr().err
    spec = f"sarif={tmp_path}/{{stage}}.sarif"
    assert run(["cves", "web:1", "--multi-stage", "-o", spec, "-q"]) == 0
    names = {path.name for path in tmp_path.glob("*.sarif")}
    assert names == {"image.sarif", "stage-context.sarif", "stage-tools.sarif"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plain:1", "--multi-stage"], "plain:1: no SBOM of a stage is attached"),
        (["web:1", "--only-stage", "gone"], "--only-stage gone: web:1 has no SBOM of such a stage"),
        (["web:1", "--only-stage", "sbom"], "there are context, tools"),
        (["web:1", "--only-stage", ""], "an empty name of a stage"),
        (["web:1", "--multi-stage", "--platform", "all"], "stages are those of one platform"),
    ],
)
def test_mistakes_are_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cves", *words, "-q"]) in (1, 64)
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert said.err.count("\n") == 1


def test_a_document_has_no_stages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sbom", "web:1", "-o", f"spdx={tmp_path}/web.spdx"]) == 0
    assert run(["cves", f"sbom://{tmp_path}/web.spdx", "--multi-stage"]) == 64
    assert "a document has no stages" in capsys.readouterr().err


def test_compare_has_no_stages(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "web:1", "--to", "plain:1", "--multi-stage"]) == 64
    assert "stages are not compared" in capsys.readouterr().err


def test_a_damaged_stage_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (core, *rest) = statements(tmp_path / "again")
    broken = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": SPDX,
            "subject": [],
            "predicate": {"name": "sbom-broken", "no": "SBOM"},
        }
    ).encode()
    store = ImageStore(load_settings().images)
    stored(store, "half:1", FILES, statements=[core, (SPDX, broken), *rest])
    assert run(["cves", "half:1", "--multi-stage", "--format", "ids", "-q"]) == 1
    said = capsys.readouterr()
    assert set(said.out.split()) == {"CVE-2099-1", "CVE-2099-2"}
    assert "stage broken" in said.err
