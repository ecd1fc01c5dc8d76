"""`scan --scanners license`: what is listed, in which formats, what the exit code says."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema_rs
import pytest

from ironhull.commands import run
from tests.detectors.test_license_texts import MIT
from tests.images import layout

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
STATUS = (
    "Package: tool\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"
    "Package: core\nStatus: install ok installed\nVersion: 2\nArchitecture: amd64\n\n"
)
COPYRIGHT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
FILES = {
    "etc/os-release": "ID=debian\nVERSION_ID=13\n",
    "var/lib/dpkg/status": STATUS,
    "usr/share/doc/tool/copyright": f"{COPYRIGHT}Files: *\nLicense: AGPL-3+\n",
    "usr/share/doc/core/copyright": f"{COPYRIGHT}Files: *\nLicense: GPL-2 or Expat\n",
    "app/node_modules/x/package.json": '{"name": "x", "version": "1.0.0"}',
    "opt/LICENSE": MIT,
}


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return f"oci-dir://{layout(tmp_path, 'image', FILES)}"


def scan(web: str, *words: str) -> int:
    return run(["scan", web, "--scanners", "license", *words])


def test_the_table(web: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(web) == 0
    out = capsys.readouterr().out
    assert "Total: 3 (UNKNOWN: 1, LOW: 1, MEDIUM: 0, HIGH: 0, CRITICAL: 1)" in out
    assert "3 packages: 1 forbidden, 1 unknown, 1 notice" in out
    assert "1 of them tell no licence" in out
    assert "AGPL-3.0-or-later" in out
    assert "GPL-2.0-only OR MIT" in out
    assert "none told" in out
    assert "opt/LICENSE" not in out


def test_every_text(web: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(web, "--license-full", "--severity", "LOW") == 0
    out = capsys.readouterr().out
    assert "opt/LICENSE" in out
    assert "AGPL" not in out


def test_denied_ones(web: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(web, "--deny-license", "GPL-*,AGPL-*", "--severity", "MEDIUM") == 0
    out = capsys.readouterr().out
    assert "Denied: 1" in out
    assert "AGPL-3.0-or-later: denied (AGPL-*)" in out
    assert "MIT" not in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--exit-code", "3"), 3),
        (("--exit-code", "3", "--severity", "MEDIUM"), 0),
        (("--exit-code", "3", "--severity", "CRITICAL"), 3),
        (("--exit-code", "3", "--deny-license", "GPL-*"), 0),
        (("--exit-code", "3", "--deny-license", "AGPL-*", "--pkg-types", "library"), 0),
        (("--exit-code", "3", "--deny-license", "AGPL-*"), 3),
        (("--exit-code", "3", "--allow-license", "MIT,forbidden"), 3),
        (("--exit-code", "3", "--allow-license", "MIT,forbidden,unknown"), 0),
        (("--exit-code", "3", "--ignored-licenses", "AGPL-*,MIT,unknown"), 0),
        (("--exit-code", "3", "--ignored-licenses", "AGPL-*,unknown"), 3),
    ],
)
def test_exit_codes(web: str, words: tuple[str, ...], code: int) -> None:
    assert scan(web, *words) == code


def test_settings(web: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "home" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text('[licenses]\ndeny = ["forbidden"]\npackages = ["pkg:deb/debian/tool"]\n')
    assert scan(web, "--exit-code", "3") == 0
    config.write_text('[licenses]\ndeny = ["forbidden"]\n')
    assert scan(web, "--exit-code", "3") == 3
    config.write_text('[licenses]\ndenied = ["forbidden"]\n')
    assert scan(web) == 1
    assert "unknown key 'denied'" in capsys.readouterr().err


def test_json_is_as_its_schema_says(web: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(web, "--license-full", "--deny-license", "AGPL-*", "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    path = SCHEMAS / "report.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema, base_uri=path.as_uri())
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document)] == []
    licenses = document["licenses"]
    assert (licenses["total"], licenses["denied"]) == (4, 1)
    first = licenses["findings"][0]
    (last,) = [found for found in licenses["findings"] if found["path"] == "opt/LICENSE"]
    assert (first["license"], first["state"], first["package"]["name"]) == (
        "AGPL-3.0-or-later",
        "denied",
        "tool",
    )
    assert (last["license"], last["source"]) == ("MIT", "text")
    assert "package" not in last


def test_json_has_no_licences_nobody_looked_for(
    web: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["scan", web, "--format", "json"]) == 0
    assert "licenses" not in json.loads(capsys.readouterr().out)


def test_sarif(web: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(web, "--format", "sarif") == 0
    (found,) = json.loads(capsys.readouterr().out)["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert rules == [
        "license/AGPL-3.0-or-later",
        "license/GPL-2.0-only OR MIT",
        "license/none-told",
    ]
    assert [(r["ruleIndex"], r["level"]) for r in found["results"]] == [
        (0, "error"),
        (1, "note"),
        (2, "note"),
    ]
    assert "tool 1 is under AGPL-3.0-or-later (forbidden)" in found["results"][0]["message"]["text"]


def test_junit(web: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(web, "--format", "junit", "--deny-license", "AGPL-*", "--severity", "MEDIUM") == 0
    root = ET.fromstring(capsys.readouterr().out)
    (suite,) = [s for s in root if s.get("name", "").endswith("(licenses)")]
    assert suite.get("failures") == "1"
    (case,) = suite.iter("testcase")
    assert case.get("name") == "AGPL-3.0-or-later"


@pytest.mark.parametrize("kind", ["markdown", "html", "ids"])
def test_other_documents_name_them(web: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert scan(web, "--format", kind) == 0
    assert "AGPL" in capsys.readouterr().out.replace("\\", "")


def test_gitlab_says_that_it_has_no_place_for_them(
    web: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scan(web, "--format", "gitlab") == 0
    assert "licences are not part of this format" in capsys.readouterr().out


def test_hostile_names_stay_inert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = '{"name": "x", "version": "1", "license": "<b>\\u001b[31m| {x}](y)"}'
    place = layout(tmp_path, "odd", {"app/node_modules/x/package.json": odd})
    for kind in ("text", "markdown", "html", "sarif", "junit", "json"):
        assert run(["scan", f"oci-dir://{place}", "--scanners", "license", "--format", kind]) == 0
        out = capsys.readouterr().out
        assert "\033" not in out
        assert "<b>" not in out
