"""`ironhull base test|verify|diff`: a base image that was built is tried, verified, compared."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ironhull.commands import run
from ironhull.config import load_settings
from ironhull.store.images import ImageStore
from tests.acceptance.cli import SCHEMAS
from tests.builders.debian_base.test_keystore import certificate
from tests.commands.bases import DEFINITION, relock, write_sample

TESTS = "tests: [{name: says hello, commands: [hello], output: hello}]\n"
DOCKER = """#!/bin/sh
case "$1" in
version) echo 26.1 ;;
load) exit 0 ;;
run) case "$*" in
  *"--entrypoint hello "*) echo %s ;;
  *) echo 'exec: "sh": executable file not found in $PATH' >&2; exit 127 ;;
  esac ;;
esac
"""


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A definition and, beside it, its lock."""
    return write_sample(tmp_path, TESTS)


def ironhull(capfd: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = run(["base", *argv])
    out, err = capfd.readouterr()
    return code, out, err


def built(capfd: pytest.CaptureFixture[str], sample: Path, *more: str) -> None:
    code, _, err = ironhull(capfd, "build", str(sample), "--locked", *more)
    assert code == 0, err


def checks(capfd: pytest.CaptureFixture[str], sample: Path, *more: str) -> tuple[int, Any]:
    code, out, err = ironhull(capfd, "verify", str(sample), "--format", "json", *more)
    assert out, err
    document = json.loads(out)
    schema = json.loads((SCHEMAS / "base-verification.schema.json").read_text("utf-8"))
    jsonschema_rs.validate(schema, document)
    return code, {check["name"]: check for check in document["checks"]}


def keys(directory: Path) -> Path:
    assert run(["key", "generate", "--no-password", "-q", "-o", str(directory / "k")]) == 0
    return directory / "k.key"


# ── test ─────────────────────────────────────────────────────────────────────────────────────────


def docker(directory: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = directory / "bin"
    place.mkdir()
    (place / "docker").write_text(DOCKER % says)
    (place / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")


def test_tests_that_pass(
    capfd: pytest.CaptureFixture[str],
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built(capfd, sample)
    docker(tmp_path, "hello", monkeypatch)
    code, out, err = ironhull(capfd, "test", str(sample))
    assert code == 0
    assert "sample:1: tried with docker" in err
    assert out.splitlines() == [
        "pass  runs as a user with a number, not as root",
        "pass  has no shell",
        "pass  says hello",
        "3 tests, 0 failed",
    ]


def test_tests_that_fail(
    capfd: pytest.CaptureFixture[str],
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built(capfd, sample)
    docker(tmp_path, "bye", monkeypatch)
    code, out, _ = ironhull(capfd, "test", str(sample), "--format", "json", "--with", "docker")
    summary = json.loads(out)["results"]["summary"]
    assert (code, summary["passed"], summary["failed"]) == (2, 2, 1)


def test_an_image_that_was_not_built(capfd: pytest.CaptureFixture[str], sample: Path) -> None:
    code, out, err = ironhull(capfd, "test", str(sample))
    assert (code, out) == (1, "")
    assert f"build it first: ironhull base build {sample}" in err


def test_nothing_to_run_it_with(
    capfd: pytest.CaptureFixture[str], sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(capfd, sample)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("ironhull.containers.bundles._SYSTEM", ())
    code, out, err = ironhull(capfd, "test", str(sample))
    assert (code, out) == (1, "")
    assert "docker is not installed; podman is not installed; runc is not installed" in err
    assert err.count("\n") == 1


# ── verify ───────────────────────────────────────────────────────────────────────────────────────


def test_all_of_it_holds(capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path) -> None:
    built(capfd, sample, "--key", str(keys(tmp_path)))
    code, found = checks(capfd, sample, "--key", str(tmp_path / "k.pub"))
    assert [check["state"] for check in found.values()] == ["holds"] * 5
    assert code == 0


def test_what_nobody_was_trusted_for_is_open(
    capfd: pytest.CaptureFixture[str], sample: Path
) -> None:
    built(capfd, sample)
    code, found = checks(capfd, sample, "--no-rebuild")
    assert (found["signature"]["state"], found["rebuild"]["state"]) == ("open", "open")
    assert code == 0


def test_a_signature_of_somebody_else(
    capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    keys(tmp_path / "other")
    built(capfd, sample, "--key", str(keys(tmp_path)))
    code, found = checks(capfd, sample, "--key", str(tmp_path / "other" / "k.pub"))
    assert (code, found["signature"]["state"]) == (2, "fails")


def test_an_unsigned_image(capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path) -> None:
    keys(tmp_path)
    built(capfd, sample)
    code, found = checks(capfd, sample, "--key", str(tmp_path / "k.pub"))
    assert (code, found["signature"]["state"]) == (2, "fails")


def test_without_statements(capfd: pytest.CaptureFixture[str], sample: Path) -> None:
    built(capfd, sample, "--sbom", "false", "--provenance", "false")
    code, found = checks(capfd, sample)
    states = [found[name]["state"] for name in ("provenance", "sbom", "rebuild")]
    assert (code, states) == (2, ["fails", "fails", "open"])


def test_a_definition_that_changed(capfd: pytest.CaptureFixture[str], sample: Path) -> None:
    built(capfd, sample)
    sample.write_text(DEFINITION + TESTS + "labels: {a: b}\n")
    code, found = checks(capfd, sample)
    assert (code, found["definition"]["state"], found["rebuild"]["state"]) == (2, "fails", "open")


def test_certificates_that_no_lock_holds(
    capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(certificate("Own").public_bytes(Encoding.PEM))
    built(capfd, sample, "--ca-certificates", str(own))
    code, found = checks(capfd, sample)
    assert (code, found["rebuild"]["state"]) == (0, "open")
    assert "certificates were added" in found["rebuild"]["detail"]


def test_an_image_that_is_not_what_its_lock_gives(
    capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path
) -> None:
    """The statements of one image on another: they are about the wrong digest."""
    built(capfd, sample)
    store = ImageStore(load_settings().images)
    first = store.find("sample:1")
    statements = [(one.predicate_type, one.read()) for one in first.attachments]
    sample.write_text(DEFINITION + TESTS + "labels: {a: b}\n")
    built(capfd, sample)
    store.publish(store.find("sample:1"), ["sample:1"], statements)
    code, found = checks(capfd, sample)
    assert code == 2
    assert found["provenance"]["detail"] == "it is about another image"
    assert found["sbom"]["detail"] == "it is about another image"


def test_packages_that_changed_where_they_come_from(
    capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path
) -> None:
    built(capfd, sample)
    cached = load_settings().cache / "debian"
    for path in (*tmp_path.rglob("*.deb"), *cached.rglob("*")):
        if path.is_file():
            path.unlink()
    code, found = checks(capfd, sample)
    assert (code, found["rebuild"]["state"]) == (2, "fails")


# ── diff ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_build_before(capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path) -> None:
    built(capfd, sample)
    relock(tmp_path, "13.2")
    built(capfd, sample)
    code, out, _ = ironhull(capfd, "diff", str(sample))
    assert code == 0
    assert "1 changed version" in out
    assert "13.2" in out
    assert "13.1" in out
    assert "Vulnerabilities new: 0" in out


def test_a_build_by_its_digest(
    capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path
) -> None:
    digests = []
    for version in ("13.2", "13.3", "13.4"):
        relock(tmp_path, version)
        built(capfd, sample)
        digests.append(ImageStore(load_settings().images).find("sample:1").digest)
    for to in (digests[0], digests[0][7:19]):
        code, out, _ = ironhull(capfd, "diff", str(sample), "--to", to, "--format", "json")
        assert code == 0
        (change,) = json.loads(out)["changes"]
        assert change["analyzed"]["versions"] == ["13.4"]
        assert change["comparison"]["versions"] == ["13.2"]


def test_a_lock_file(capfd: pytest.CaptureFixture[str], sample: Path, tmp_path: Path) -> None:
    other = tmp_path / "old.json"
    other.write_bytes(relock(tmp_path, "12.9").read_bytes())
    relock(tmp_path, "13.5")
    code, out, _ = ironhull(capfd, "diff", str(sample), "--to", str(other))
    assert code == 0
    assert "12.9" in out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "no earlier build with other packages is kept"),
        (("--to", "abcdef"), "no build abcdef is kept"),
        (("--lock", "nowhere.json"), "no lock file at nowhere.json"),
    ],
)
def test_nothing_to_compare_with(
    capfd: pytest.CaptureFixture[str], sample: Path, more: tuple[str, ...], message: str
) -> None:
    built(capfd, sample)
    code, out, err = ironhull(capfd, "diff", str(sample), *more)
    assert (code, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1


# ── statements ───────────────────────────────────────────────────────────────────────────────────


def test_nothing_provable_is_nothing_said(capfd: pytest.CaptureFixture[str], sample: Path) -> None:
    built(capfd, sample, "--vex")
    found = ImageStore(load_settings().images).find("sample:1")
    kinds = {attachment.predicate_type for attachment in found.attachments}
    assert kinds == {"https://spdx.dev/Document", "https://slsa.dev/provenance/v1"}
