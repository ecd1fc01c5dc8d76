"""Statements, attestations, signatures and mirrors: every command given what it must refuse.

What a user names and cannot be used ends the run with one line; what comes with an image and cannot
be used is a problem in the report. Neither hides a finding.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from tests.commands.test_bad_input import (
    DEBIAN,
    OPENSSL,
    OS_RELEASE,
    STATUS,
    add_blob,
    blob,
    complaint,
)
from tests.images import layout

Capture = pytest.CaptureFixture[str]

STATEMENT = {
    "vulnerability": {"name": "CVE-2023-1"},
    "products": [{"@id": "pkg:deb/debian/openssl"}],
    "status": "not_affected",
    "justification": "vulnerable_code_not_present",
}
VEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.org/vex",
    "author": "Example",
    "timestamp": "2026-01-01T00:00:00Z",
    "version": 1,
}
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def vex(*statements: object, **more: object) -> bytes:
    return json.dumps({**VEX, "statements": list(statements), **more}).encode()


NO_DOCUMENT = {
    "empty": b"",
    "blank": b" \n\t ",
    "cut": vex(STATEMENT)[:-20],
    "list": b"[]",
    "null": b"null",
    "number": b"12",
    "object": b"{}",
    "other": b'{"bomFormat":"CycloneDX","specVersion":"1.6","version":1}',
    "binary": bytes(range(256)),
    "utf-16": vex(STATEMENT).decode().encode("utf-16"),
    "latin-1": b'{"@context":"https://openvex.dev/ns/v0.2.0","author":"\xe9","statements":[]}',
    "not a number": vex(STATEMENT, version=float("nan")),
    "half a pair": vex({**STATEMENT, "impact_statement": "\ud800"}),
    "deep": b'{"@context":"https://openvex.dev/ns/v0.2.0","statements":' + b"[" * 100_000,
    "deep and whole": b'{"@context":"https://openvex.dev/ns/v0.2.0","statements":'
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}",
    "an envelope of nothing": b'{"payloadType":"application/vnd.in-toto+json","payload":"e30="}',
    "an envelope of noise": b'{"payloadType":"application/vnd.in-toto+json","payload":"!!!"}',
    "a statement of nothing": b'{"_type":"https://in-toto.io/Statement/v1","subject":[],'
    b'"predicateType":"https://openvex.dev/ns/v0.2.0","predicate":null}',
    "web page": b"<!DOCTYPE html><html>not found</html>",
}
"""What is no VEX document, by what it is."""

UNUSABLE = {
    "unknown status": {**STATEMENT, "status": "fine"},
    "no status": {key: value for key, value in STATEMENT.items() if key != "status"},
    "no reason": {key: value for key, value in STATEMENT.items() if key != "justification"},
    "unknown reason": {**STATEMENT, "justification": "because"},
    "no vulnerability": {**STATEMENT, "vulnerability": {}},
    "vulnerability of no name": {**STATEMENT, "vulnerability": {"name": ""}},
    "no products": {**STATEMENT, "products": []},
    "products of another kind": {**STATEMENT, "products": "openssl"},
    "product of no name": {**STATEMENT, "products": [{}]},
    "product of a number": {**STATEMENT, "products": [{"@id": 1}]},
    "parts that say nothing": {
        **STATEMENT,
        "products": [{"@id": "pkg:deb/debian/openssl", "subcomponents": [{}]}],
    },
    "no object": "not affected",
    "nothing": None,
}
"""Statements that cannot be used, by what is wrong."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(autouse=True)
def _same_advisories(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of the bundled facts is made once for all tests here."""
    monkeypatch.setenv("IRONHULL_HOME", str(home))


@pytest.fixture
def image(tmp_path: Path) -> str:
    return f"oci-dir://{layout(tmp_path, 'web:1', DEBIAN)}"


@pytest.fixture(params=NO_DOCUMENT)
def no_document(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "given.json"
    path.write_bytes(NO_DOCUMENT[request.param])
    return path


def test_what_is_no_document_is_refused_by_everything(
    no_document: Path, image: str, tmp_path: Path, capsys: Capture
) -> None:
    out = str(tmp_path / "out")
    for argv in (
        ["cves", image, "--vex", str(no_document), "-o", out, "-q"],
        ["scan", image, "--vex", str(no_document), "-o", out, "-q"],
        ["vex", "merge", str(no_document), "-o", out, "-q"],
        ["vex", "attach", image, str(no_document), "-q"],
        ["attest", image, f"vex={no_document}", "-q"],
        ["attestation", "add", image, "--file", str(no_document), "--predicate-type", "vex", "-q"],
    ):
        before = sorted(tmp_path.rglob("*"))
        line = complaint(capsys, 1, *argv)
        assert "given.json" in line, argv
        assert " — " in line, argv
        assert sorted(tmp_path.rglob("*")) == before, argv
    assert run(["vex", "lint", str(no_document), "-q"]) != 0
    heard = capsys.readouterr()
    assert "Traceback" not in heard.err


@pytest.mark.parametrize("what", UNUSABLE)
def test_what_says_too_little_hides_nothing_and_is_named(
    what: str, image: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(vex(UNUSABLE[what], {**STATEMENT, "vulnerability": {"name": "CVE-2023-2"}}))
    assert run(["cves", image, "--vex", str(path), "--format", "json", "-q"]) == 0
    report = json.loads(capsys.readouterr().out)
    said = [problem for problem in report["problems"] if problem["stage"] == "vex"]
    assert [problem for problem in said if "statement 1" in problem["where"]], said
    (use,) = report["vex_documents"]
    assert use["statements"] == 1
    assert run(["vex", "lint", str(path), "-q"]) != 0
    assert "statement 1" in capsys.readouterr().out


def test_terminals_are_not_written_to_by_documents(
    image: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "given.json"
    nasty = "\x1b[2J\x1b]0;x\x07\u202eevil\n\rline"
    product = {"@id": f"pkg:deb/debian/{nasty}"}
    path.write_bytes(
        vex(
            {**STATEMENT, "status": nasty},
            {**STATEMENT, "impact_statement": nasty, "status_notes": nasty},
            {**STATEMENT, "products": [product]},
            {**STATEMENT, "vulnerability": {"name": nasty}},
            author=nasty,
        )
    )
    for argv in (
        ["cves", image, "--vex", str(path), "--show-suppressed"],
        ["scan", image, "--vex", str(path)],
        ["explain", "CVE-2023-1", image, "--vex", str(path)],
        ["vex", "lint", str(path)],
        ["vex", "merge", str(path), "-o", str(tmp_path / "out")],
    ):
        run(argv)
        heard = capsys.readouterr()
        for bad in ("\x1b", "\x07", "\u202e", "\r"):
            assert bad not in heard.out, argv
            assert bad not in heard.err, argv


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["cves", "IMAGE", "--vex", ""], 64, "--vex"),
        (["cves", "IMAGE", "--vex", "none.json"], 64, "none.json"),
        (["cves", "IMAGE", "--vex", "http://127.0.0.1:1/x"], 64, "http://127.0.0.1:1/x"),
        (["cves", "IMAGE", "--vex-author", "("], 64, "no regular expression"),
        (["cves", "IMAGE", "--vex", "/dev/null"], 1, "is empty"),
        (["vex"], 64, "required"),
        (["vex", "get", "oci-dir://none"], 1, "none"),
        (["vex", "get", "IMAGE", "--verify"], 64, "--key"),
        (["vex", "get", "IMAGE", "--verify", "--key", "none"], 1, "none"),
        (["vex", "get", "IMAGE", "--verify", "--key", "/dev/null"], 1, "no public key"),
        (["vex", "create", "--vuln", "", "--status", "fixed", "x", "--author", "a"], 64, "--vuln"),
        (["vex", "create", "--vuln", "C", "--status", "fine", "x", "--author", "a"], 64, "'fine'"),
        (
            ["vex", "create", "--vuln", "C", "--status", "not_affected", "x", "--author", "a"],
            64,
            "justification",
        ),
        (
            ["vex", "create", "--vuln", "C", "--status", "affected", "x", "--author", "a"],
            64,
            "action",
        ),
        (
            ["vex", "create", "--vuln", "C", "--status", "fixed", "pkg:", "--author", "a"],
            64,
            "pkg:",
        ),
        (["vex", "create", "--vuln", "C", "--status", "fixed", "Not", "--author", "a"], 1, "Not"),
        (
            ["vex", "create", "--vuln", "C", "--status", "fixed", "x", "--author", ""],
            64,
            "--author",
        ),
        (["vex", "repo", "add", "../x", "https://example.org"], 1, "'../x'"),
        (["vex", "repo", "add", "x", "ftp://example.org"], 1, "ftp://"),
        (["vex", "repo", "remove", "none"], 1, "none"),
        (["attest", "IMAGE"], 64, "nothing to attest"),
        (["attest", "IMAGE", "none"], 64, "'none'"),
        (["attest", "IMAGE", "vex"], 64, "vex=FILE"),
        (["attest", "IMAGE", "tests=none.xml"], 1, "none.xml"),
        (["attestation", "add", "IMAGE", "--file", "none"], 1, "none"),
        (["attestation", "get", "IMAGE", "sha256:00"], 1, "sha256:00"),
        (["attestation", "get", "IMAGE", "--predicate-type", "x"], 64, "x"),
        (["attestation", "verify", "IMAGE"], 64, "--key"),
        (["sign", "IMAGE", "--key", "none"], 1, "none"),
        (["sign", "IMAGE", "--key", "/dev/null"], 1, "no private key"),
        (["verify", "IMAGE"], 64, "--key"),
        (["verify", "IMAGE", "--key", "/dev/null"], 1, "no public key"),
        (["copy", "IMAGE", "ftp://x"], 1, "ftp://"),
        (["copy", "oci-dir://none", "local://x:1"], 1, "none"),
        (["copy", "IMAGE", "local://Bad Name"], 1, "Bad Name"),
        (["mirror", "IMAGE"], 64, "nothing to mirror"),
        (["mirror", "IMAGE", "local://", "--newest", "x"], 64, "--newest"),
        (["mirror", "IMAGE", "local://", "--newest", "0"], 64, "--newest"),
        (["mirror", "IMAGE", "local://", "--semver", "abc"], 64, "abc"),
        (["mirror", "--from-file", "none", "local://"], 64, "none"),
        (["build", ".", "-t", "x", "--attest", "none"], 64, "none"),
        (["build", ".", "-t", "x", "--attest", "vex"], 64, "vex=FILE"),
        (["build", ".", "-t", "x", "-f", "Dockerfile", "--engine", "none"], 64, "none"),
    ],
)
def test_a_wrong_word_is_one_line(
    argv: list[str],
    code: int,
    said: str,
    image: str,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.setenv("IRONHULL_OFFLINE", "1")
    quiet = ["-q"] if len(argv) > 1 else []
    line = complaint(capsys, code, *(image if word == "IMAGE" else word for word in argv), *quiet)
    assert said in line


def test_directories_are_read_without_waiting_or_going_round(
    image: str, tmp_path: Path, capsys: Capture
) -> None:
    place = tmp_path / "statements"
    (place / "below").mkdir(parents=True)
    os.mkfifo(place / "pipe.json")
    (place / "zero.json").symlink_to("/dev/zero")
    (place / "below" / "round").symlink_to(place)
    (place / "gone.json").symlink_to("nowhere")
    (place / "below" / "right.json").write_bytes(vex(STATEMENT))
    (place / "other.json").write_text('{"name": "not a statement"}')
    assert run(["cves", image, "--vex", str(place), "--format", "json", "-q"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [use["statements"] for use in report["vex_documents"]] == [1]


# ── what comes with an image ─────────────────────────────────────────────────────────────────────


def attached(place: Path, payload: bytes, change: Callable[[Path, dict[str, Any]], object]) -> None:
    """Attach a statement to the only image of a layout as BuildKit does, and damage it."""
    index = json.loads((place / "index.json").read_bytes())
    subject = index["manifests"][0]
    layer = {
        "mediaType": "application/vnd.in-toto+json",
        "annotations": {"in-toto.io/predicate-type": "https://openvex.dev/ns/v0.2.0"},
        **add_blob(place, payload),
    }
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", **add_blob(place, b"{}")}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [layer],
    }
    change(place, manifest)
    child = {
        "mediaType": MANIFEST,
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": subject["digest"],
        },
        **add_blob(place, json.dumps(manifest).encode()),
    }
    names = subject.pop("annotations", {})
    inner = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [subject, child]}
    entry = {"mediaType": INDEX, **add_blob(place, json.dumps(inner).encode())}
    index["manifests"] = [{**entry, "annotations": names}]
    (place / "index.json").write_text(json.dumps(index))


def about(place: Path, predicate: bytes, digest: str = "") -> bytes:
    """An in-toto statement about the image of a layout, or about something else."""
    index = json.loads((place / "index.json").read_bytes())
    subject = digest or index["manifests"][0]["digest"].removeprefix("sha256:")
    return (
        b'{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"web","digest":{"sha256":"'
        + subject.encode()
        + b'"}}],"predicateType":"https://openvex.dev/ns/v0.2.0","predicate":'
        + predicate
        + b"}"
    )


def keep(place: Path, manifest: dict[str, Any]) -> None:
    """Nothing is wrong."""


def flip(place: Path, manifest: dict[str, Any]) -> None:
    path = blob(place, manifest["layers"][0]["digest"])
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)


def remove(place: Path, manifest: dict[str, Any]) -> None:
    blob(place, manifest["layers"][0]["digest"]).unlink()


def lie(place: Path, manifest: dict[str, Any]) -> None:
    manifest["layers"][0]["size"] += 5


def huge(place: Path, manifest: dict[str, Any]) -> None:
    manifest["layers"][0]["size"] = 1 << 50


def shapeless(place: Path, manifest: dict[str, Any]) -> None:
    manifest["layers"] = "none"


TRUE = vex(STATEMENT)
DAMAGES: dict[str, tuple[bytes, str, Callable[[Path, dict[str, Any]], object]]] = {
    "cut": (TRUE[:-9], "", keep),
    "another document": (b'{"builder": {}}', "", keep),
    "no document": (b"null", "", keep),
    "about another image": (TRUE, 64 * "7", keep),
    "other content": (TRUE, "", flip),
    "missing": (TRUE, "", remove),
    "another size": (TRUE, "", lie),
    "larger than any": (TRUE, "", huge),
    "deep": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "", keep),
}


def nothing_believed(report: dict[str, Any]) -> bool:
    """Whether there is no statement that could hide a finding."""
    uses = report["vex_documents"]
    return all(use["refused_because"] or not use["statements"] for use in uses)


def test_a_sound_one_is_believed(tmp_path: Path, capsys: Capture) -> None:
    place = layout(tmp_path, "web:1", {"etc/os-release": OS_RELEASE, STATUS: OPENSSL})
    attached(place, about(place, TRUE), keep)
    assert run(["cves", f"oci-dir://{place}", "--format", "json", "-q"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [use["statements"] for use in report["vex_documents"]] == [1]
    assert report["problems"] == []


@pytest.mark.parametrize("what", DAMAGES)
def test_what_comes_damaged_is_a_problem_and_hides_nothing(
    what: str, tmp_path: Path, capsys: Capture
) -> None:
    predicate, digest, change = DAMAGES[what]
    place = layout(tmp_path, "web:1", {"etc/os-release": OS_RELEASE, STATUS: OPENSSL})
    attached(place, about(place, predicate, digest), change)
    assert run(["cves", f"oci-dir://{place}", "--format", "json", "-q"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["problems"], "it is told"
    assert nothing_believed(report)
    code = run(["vex", "get", f"oci-dir://{place}", "-q"])
    heard = capsys.readouterr()
    assert (code, heard.out) == (1, "")
    assert "Traceback" not in heard.err


def test_a_damaged_manifest_of_an_attestation_is_a_damaged_image(
    tmp_path: Path, capsys: Capture
) -> None:
    place = layout(tmp_path, "web:1", {"etc/os-release": OS_RELEASE, STATUS: OPENSSL})
    attached(place, about(place, TRUE), shapeless)
    for command in (["cves"], ["vex", "get"]):
        assert "layers" in complaint(capsys, 1, *command, f"oci-dir://{place}", "-q")
    assert run(["attestation", "list", f"oci-dir://{place}"]) == 0
    assert "layers" in capsys.readouterr().err


def test_a_document_in_the_image_that_is_none_is_told(tmp_path: Path, capsys: Capture) -> None:
    files = {"etc/os-release": OS_RELEASE, STATUS: OPENSSL}
    for number, data in enumerate(NO_DOCUMENT.values()):
        files[f"usr/share/vex/{number}.vex.json"] = data  # type: ignore[assignment]  # bytes too
    place = layout(tmp_path, "web:1", files)
    assert run(["cves", f"oci-dir://{place}", "--format", "json", "-q"]) == 0
    report = json.loads(capsys.readouterr().out)
    told = {problem["where"].rpartition("/")[2].partition(":")[0] for problem in report["problems"]}
    assert {f"{number}.vex.json" for number in range(len(NO_DOCUMENT))} <= told
    assert nothing_believed(report)
