"""vex create, add, lint, merge: what they write, print and refuse."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.statements import read_vex
from tests.commands.test_bad_input import complaint, process
from tests.statements.test_csaf import document as csaf
from tests.statements.test_csaf import row as csaf_row
from tests.statements.test_openvex import ROW, document

Capture = pytest.CaptureFixture[str]
DIGEST = "sha256:" + "ab" * 32
WHO = ["--author", "Ann <ann@example.org>"]
WHY = ["--status", "not_affected", "--justification", "vulnerable_code_not_present"]
CVE = ["--vuln", "CVE-2024-1"]


@pytest.fixture(autouse=True)
def epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def created(capsys: Capture, *argv: str) -> dict[str, Any]:
    assert run(["vex", "create", *WHO, *argv]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_create_about_a_package_of_an_image(capsys: Capture) -> None:
    made = created(
        capsys, "app:1", *CVE, "--alias", "GHSA-1", *WHY,
        "--package", "pkg:deb/debian/openssl@3?arch=amd64", "--digest", DIGEST,
    )  # fmt: skip
    assert made["timestamp"] == "2023-11-14T22:13:20Z"
    assert made["author"] == WHO[1]
    (row,) = made["statements"]
    assert row["vulnerability"] == {"name": "CVE-2024-1", "aliases": ["GHSA-1"]}
    assert {part["@id"] for one in row["products"] for part in one["subcomponents"]} == {
        "pkg:deb/debian/openssl@3"
    }
    assert [one["@id"].partition("@")[0] for one in row["products"]] == [
        "pkg:docker/app",
        "pkg:docker/app",
        "pkg:oci/app",
        "pkg:oci/app",
    ]


def test_create_is_the_same_each_time_and_lint_finds_nothing(
    capsys: Capture, tmp_path: Path
) -> None:
    words = ["vex", "create", *WHO, "ghcr.io/acme/app:1", *CVE, *WHY, "-o"]
    assert run([*words, str(tmp_path / "a")]) == 0
    assert run([*words, str(tmp_path / "b")]) == 0
    assert "whatever its tag" in capsys.readouterr().err
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert run(["vex", "lint", str(tmp_path / "a"), "--fail-on", "note"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/a: openvex, 1 statements can be used\n"


def test_create_about_packages_and_several_vulnerabilities(capsys: Capture) -> None:
    made = created(
        capsys, "pkg:npm/a@1", "pkg:oci/b", *CVE, "--vuln", "CVE-2024-2", "--status", "affected",
        "--action-statement", "update", "--timestamp", "2024-01-01T00:00:00+01:00",
    )  # fmt: skip
    assert [row["vulnerability"]["name"] for row in made["statements"]] == [
        "CVE-2024-1",
        "CVE-2024-2",
    ]
    assert all(row["timestamp"] == "2023-12-31T23:00:00Z" for row in made["statements"])
    assert made["statements"][0]["products"] == [{"@id": "pkg:npm/a@1"}, {"@id": "pkg:oci/b"}]


def test_create_about_a_part_of_a_package(capsys: Capture) -> None:
    made = created(capsys, "pkg:pypi/app@1", "--package", "pkg:pypi/lib@2", *CVE, *WHY)
    assert made["statements"][0]["products"] == [
        {"@id": "pkg:pypi/app@1", "subcomponents": [{"@id": "pkg:pypi/lib@2"}]}
    ]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["app", *CVE, "--status", "not_affected"], "needs a justification"),
        (["app", *CVE, "--status", "affected"], "needs an action statement"),
        (["app", *CVE, "--status", "fixed", *WHY[2:]], "are for not_affected"),
        (["app", *CVE, *WHY, "--action-statement", "x"], "is for affected"),
        (["app", *CVE, "--status", "gone"], "invalid choice: 'gone'"),
        (["app", *CVE, *WHY[:2], "--justification", "bored"], "invalid choice: 'bored'"),
        (["app", *WHY], "required: --vuln"),
        (["app", "--vuln", " ", *WHY], "--vuln is empty"),
        (["app", *CVE, "--vuln", "B", "--alias", "C", *WHY], "one at a time"),
        (["app", *CVE, *WHY, "--package", "openssl"], "no package URL"),
        (["app", *CVE, *WHY, "--digest", "ab"], "it is sha256:"),
        (["pkg:npm/a", *CVE, *WHY, "--digest", DIGEST], "into the package URL"),
        (["pkg:npm", *CVE, *WHY], "no package URL"),
        (["app", *CVE, *WHY, "--timestamp", "today"], "no RFC 3339 time"),
        (["app", *CVE, *WHY, "--author", " "], "--author is empty"),
        ([*CVE, *WHY], "required: PRODUCT"),
    ],
)
def test_create_refuses(argv: list[str], said: str, capsys: Capture) -> None:
    words = ["vex", "create", *([] if "--author" in argv else WHO), "-q", *argv]
    assert said in complaint(capsys, 64, *words)


def test_create_refuses_what_is_no_image(capsys: Capture) -> None:
    assert "lower case" in complaint(capsys, 1, "vex", "create", *WHO, "-q", "App", *CVE, *WHY)


def test_add_changes_the_file_in_place(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(document(ROW))
    assert run(["vex", "add", str(file), "pkg:npm/left-pad@1.0.0", *CVE, *WHY]) == 0
    assert capsys.readouterr().out == ""
    statements, problems = read_vex(file.read_bytes(), "x")
    assert [s.status for s in statements] == ["fixed", "not_affected"]
    assert statements[1].issued == "2023-11-14T22:13:20Z"
    assert json.loads(file.read_bytes())["version"] == 2
    assert problems == ()


def test_add_writes_elsewhere(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(document(ROW))
    assert run(["vex", "add", str(file), "pkg:npm/a@1", *CVE, *WHY, "-o", "-"]) == 0
    assert len(json.loads(capsys.readouterr().out)["statements"]) == 2
    assert file.read_bytes() == document(ROW)


def test_add_leaves_a_file_alone_that_it_refuses(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(csaf())
    words = ["vex", "add", str(file), "pkg:npm/a@1", *CVE, *WHY]
    assert "vex merge" in complaint(capsys, 1, *words)
    assert file.read_bytes() == csaf()


def test_merge(capsys: Capture, tmp_path: Path) -> None:
    one, two = tmp_path / "a.json", tmp_path / "b.json"
    one.write_bytes(document(ROW, {}))
    two.write_bytes(csaf(csaf_row({"fixed": ["SSL"]})))
    words = [str(one), str(two), str(one)]
    assert run(["vex", "merge", *words]) == 0
    heard = capsys.readouterr()
    made = json.loads(heard.out)
    assert made["author"] == "Ann <ann@example.org>, Example PSIRT <https://example.org>"
    assert made["timestamp"] == "2023-11-14T22:13:20Z"
    assert [row["timestamp"][:4] for row in made["statements"]] == ["2024", "2024"]
    assert f"warning: vex: {one}: statement 2: names no vulnerability" in heard.err
    assert "2 statements of 3 documents (3 before)" in heard.err
    assert run(["vex", "merge", "-q", *words, "--author", "B", "--id", "x:1"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["author"], again["@id"]) == ("B", "x:1")


def test_merge_of_nothing(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(document({}))
    said = complaint(capsys, 1, "vex", "merge", "-q", str(file))
    assert "needs a statement" in said


@pytest.mark.parametrize("verb", [["merge"], ["lint"], ["add", "pkg:npm/a@1", *CVE, *WHY]])
def test_a_file_that_is_not_there(verb: list[str], capsys: Capture, tmp_path: Path) -> None:
    name, *rest = verb
    said = complaint(capsys, 1, "vex", name, str(tmp_path / "none"), *rest)
    assert "No such file" in said
    assert "Is a directory" in complaint(capsys, 1, "vex", name, str(tmp_path), *rest)


def test_lint_tells_the_place_and_the_rule(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(document(ROW, {**ROW, "status": "x\x1b[31m"}, {**ROW, "status": "affected"}))
    assert run(["vex", "lint", str(file)]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{file}: error: statement 2: 'x\\x1b[31m' is no status")
    assert lines[0].endswith("[status]")
    assert lines[-1] == f"{file}: openvex, 2 statements can be used: 2 errors, 1 warnings"


@pytest.mark.parametrize(
    ("rows", "level", "code"),
    [
        ([ROW], "note", 0),
        ([{**ROW, "status": "affected"}], "error", 0),
        ([{**ROW, "status": "affected"}], "warning", 2),
        ([{**ROW, "products": [{"@id": "pkg:oci/a"}]}], "warning", 0),
        ([{**ROW, "products": [{"@id": "pkg:oci/a"}]}], "note", 2),
        ([{}], "never", 0),
        ([{}], "error", 2),
    ],
)
def test_lint_fails_on(
    rows: list[Any], level: str, code: int, capsys: Capture, tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(document(*rows))
    assert run(["vex", "lint", str(file), "--fail-on", level]) == code


def test_lint_as_json(capsys: Capture, tmp_path: Path) -> None:
    good, bad = tmp_path / "a.json", tmp_path / "b.json"
    good.write_bytes(document(ROW))
    bad.write_bytes(b"no")
    assert run(["vex", "lint", str(good), str(bad), "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "documents": [
            {
                "document": str(good),
                "format": "openvex",
                "statements": 1,
                "findings": [],
                "not_listed": 0,
            },
            {
                "document": str(bad),
                "format": "",
                "statements": 0,
                "findings": [
                    {
                        "level": "error",
                        "rule": "not-vex",
                        "place": "",
                        "message": "is no VEX document: it is not JSON",
                    }
                ],
                "not_listed": 0,
            },
        ]
    }


def test_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(document(ROW))))
    assert run(["vex", "lint", "-"]) == 0
    assert "1 statements can be used" in capsys.readouterr().out


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    done = process("vex", "create", *WHO, "app", *CVE, *WHY, "-o", "/dev/full", capture_output=True)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
