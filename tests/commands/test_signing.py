"""`ironhull key`, `sign` and `verify` as people use them."""

import json
import os
import pty
import stat
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ironhull.commands import run
from ironhull.signing import generate_key, read_private_key, write_private_key, write_public_key
from tests.registry.servers import docker_registry
from tests.signatures.images import in_layout, in_registry, key_files, place
from tests.signing.fulcio import ISSUER, SUBJECT, Authority

KEY = generate_key()
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "verification.schema.json"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSIGN_PASSWORD", "x")


def _said(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capfd.readouterr()
    code = run(list(words))
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    return code, out, err


def _checked(out: str) -> Any:
    document = json.loads(out)
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")))
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document)] == []
    return document


# ── key ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_pair_that_signs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prefix = str(tmp_path / "release")
    code, out, err = _said(capfd, "key", "generate", "-o", prefix)
    assert (code, out) == (0, f"{prefix}.key\n{prefix}.pub\n")
    assert "ECDSA P-256, ID sha256:" in err
    assert stat.S_IMODE(Path(f"{prefix}.key").stat().st_mode) == 0o600
    secret = Path(f"{prefix}.key").read_bytes()
    assert secret.startswith(b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----")
    code, out, _ = _said(capfd, "key", "public", f"{prefix}.key")
    assert (code, out) == (0, Path(f"{prefix}.pub").read_text())
    key = read_private_key(secret, b"x", "release.key")
    assert write_public_key(key.public).decode() == out


def test_a_key_is_never_replaced(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prefix = tmp_path / "ironhull"
    prefix.with_suffix(".pub").write_text("mine")
    code, _, err = _said(capfd, "key", "generate", "-o", str(prefix))
    assert (code, "is there already" in err) == (1, True)
    assert not prefix.with_suffix(".key").exists()
    prefix.with_suffix(".key").write_text("mine too")
    assert _said(capfd, "key", "generate", "-o", str(prefix))[0] == 1
    assert prefix.with_suffix(".key").read_text() == "mine too"


def test_without_a_password(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = str(tmp_path / "open")
    code, _, err = _said(capfd, "key", "generate", "-o", prefix, "--no-password")
    assert (code, "not protected by a password" in err) == (0, True)
    assert Path(f"{prefix}.key").read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    monkeypatch.delenv("COSIGN_PASSWORD")
    monkeypatch.setattr(sys, "stdin", None)
    code, _, err = _said(capfd, "key", "generate", "-o", str(tmp_path / "other"))
    assert (code, "set COSIGN_PASSWORD" in err) == (64, True)


def test_a_password_is_asked_for_at_a_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COSIGN_PASSWORD")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        typed = iter(["one", "two", "one", "one", "one"])
        monkeypatch.setattr("getpass.getpass", lambda *_: next(typed))
        prefix = str(tmp_path / "typed")
        code, _, err = _said(capfd, "key", "generate", "-o", prefix)
        assert (code, "the passwords differ" in err) == (64, True)
        assert _said(capfd, "key", "generate", "-o", prefix)[0] == 0
        assert _said(capfd, "key", "public", f"{prefix}.key")[0] == 0
    os.close(ours)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no private key in it"), (write_public_key(KEY.public), "no private key in it")],
)
def test_what_is_no_private_key(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content)
    code, _, err = _said(capfd, "key", "public", str(path))
    assert (code, message in err) == (1, True)
    code, _, err = _said(capfd, "key", "public", str(tmp_path / "none"))
    assert (code, "cannot read" in err) == (1, True)


def test_a_wrong_password(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(write_private_key(KEY, b"other"))
    code, _, err = _said(capfd, "key", "public", str(path))
    assert (code, "wrong password" in err) == (1, True)
    monkeypatch.delenv("COSIGN_PASSWORD")
    monkeypatch.setattr(sys, "stdin", None)
    code, _, err = _said(capfd, "key", "public", str(path))
    assert (code, "protected by a password" in err) == (1, True)


# ── sign and verify ──────────────────────────────────────────────────────────────────────────────


def test_signed_and_verified_in_a_layout(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made, name = in_layout(tmp_path)
    work = key_files(tmp_path, KEY)
    key = str(work / "our.key")
    code, out, err = _said(capfd, "sign", name, "--key", key, "-a", "stage=release")
    assert (code, out) == (0, f"docker.io/library/app@{made.digest}\n")
    assert f"signed by {key}" in err
    code, out, _ = _said(capfd, "verify", name, "--key", str(work / "our.pub"))
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert out.splitlines()[0] == f"app:1@{made.digest}"
    assert ["checked", "subject", "it", "is", "about", made.digest] in lines
    assert ["says", "stage=release"] in lines
    assert any(line[:3] == ["not", "checked", "log"] for line in lines)


def test_verified_as_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made, name = in_layout(tmp_path)
    work = key_files(tmp_path, KEY)
    words = ("verify", name, "--key", str(work / "our.pub"), "--format", "json")
    code, out, err = _said(capfd, *words)
    refused = _checked(out)
    assert (code, refused["verified"], refused["reason"]) == (1, False, "unsigned")
    assert refused["message"] in err
    assert _said(capfd, "sign", name, "--key", str(work / "our.key"), "-a", "a=b")[0] == 0
    code, out, _ = _said(capfd, *words)
    found = _checked(out)
    assert (code, found["verified"], found["digest"]) == (0, True, made.digest)
    (signature,) = found["signatures"]
    assert signature["annotations"] == {"a": "b"}
    assert signature["signer"].startswith(str(work / "our.pub"))
    done = {check["what"]: check["checked"] for check in signature["checks"]}
    assert done == {"signature": True, "key validity": False, "log": False, "subject": True}


def test_every_manifest_and_a_platform_by_the_index(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made, name = in_layout(tmp_path)
    work = key_files(tmp_path, KEY)
    key, public = str(work / "our.key"), str(work / "our.pub")
    assert _said(capfd, "sign", name, "--key", key)[0] == 0
    arm64 = ("verify", name, "--key", public, "--platform", "linux/arm64", "--format", "json")
    found = _checked(_said(capfd, *arm64)[1])
    assert (found["digest"], found["signed_digest"]) == (made.arm64["digest"], made.digest)
    code, out, _ = _said(capfd, "verify", name, "--key", public, "--platform", "linux/arm64")
    assert (code, f"by the signed index {made.digest}" in out) == (0, True)
    code, out, _ = _said(capfd, "sign", name, "--key", key, "--recursive")
    assert (code, len(out.splitlines())) == (0, 5)
    found = _checked(_said(capfd, *arm64)[1])
    assert found["signed_digest"] == made.arm64["digest"]
    code, _, err = _said(capfd, "verify", name, "--key", public, "--platform", "linux/s390x")
    assert (code, "s390x" in err) == (1, True)


def test_a_wrong_signature_of_a_platform_is_not_made_good_by_the_index(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made, name = in_layout(tmp_path)
    work = key_files(tmp_path, KEY)
    key_files(tmp_path, generate_key(), "other")
    assert _said(capfd, "sign", name, "--key", str(work / "other.key"), "--recursive")[0] == 0
    assert _said(capfd, "sign", name, "--key", str(work / "our.key"))[0] == 0
    words = ("verify", name, "--key", str(work / "our.pub"), "--platform", "linux/amd64")
    code, _, err = _said(capfd, *words)
    assert (code, "signed by another key" in err) == (1, True)
    assert made.digest


def test_the_settings_say_who_is_trusted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, name = in_layout(tmp_path)
    work = key_files(tmp_path, KEY)
    key_files(tmp_path, generate_key(), "other")
    home = Path(os.environ["IRONHULL_HOME"])
    home.mkdir(exist_ok=True)
    (home / "our.pub").write_bytes((work / "our.pub").read_bytes())
    assert _said(capfd, "sign", name, "--key", str(work / "our.key"))[0] == 0
    code, _, err = _said(capfd, "verify", name)
    assert (code, "nobody is trusted" in err) == (64, True)
    settings = home / "config.toml"
    settings.write_text('[trust]\nkeys = ["our.pub"]\n')
    assert _said(capfd, "verify", name)[0] == 0
    assert _said(capfd, "verify", name, "--key", str(work / "other.pub"))[0] == 1
    settings.write_text('[trust]\nkeys = [{file = "our.pub", until = 2020-01-31}]\n')
    code, _, err = _said(capfd, "verify", name)
    assert (code, "valid until 2020-01-31T23:59:59Z" in err) == (1, True)
    settings.write_text('[trust]\nkeys = ["our.pub"]\nrequire_log = true\n')
    code, _, err = _said(capfd, "verify", name)
    assert (code, "no log is trusted" in err) == (1, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--certificate-identity", "a@b.c"], "together with who vouches"),
        (["--certificate-oidc-issuer", "https://x"], "together with who vouches"),
        (
            ["--certificate-identity-regexp", "(", "--certificate-oidc-issuer", "https://x"],
            "certificate-identity-regexp",
        ),
        (["--key", "k", "-a", "novalue"], "is not NAME=VALUE"),
        (["--key", "k", "-a", "=value"], "is not NAME=VALUE"),
    ],
)
def test_options_that_make_no_sense(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    _, name = in_layout(tmp_path)
    code, _, err = _said(capfd, "verify", name, *words)
    assert (code, message in err) == (64, True)


def test_an_identity_is_asked_for(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _, name = in_layout(tmp_path)
    work = key_files(tmp_path, KEY)
    (work / "root.json").write_bytes(Authority().trusted_root())
    assert _said(capfd, "sign", name, "--key", str(work / "our.key"))[0] == 0
    identity = ["--certificate-identity", SUBJECT, "--certificate-oidc-issuer", ISSUER]
    code, _, err = _said(capfd, "verify", name, *identity, "--trusted-root", f"{work}/root.json")
    assert (code, "signed with a key, and identities alone" in err) == (1, True)
    code, _, err = _said(capfd, "verify", name, *identity, "--trusted-root", f"{work}/our.pub")
    assert (code, "not JSON" in err) == (1, True)


def test_a_name_cannot_write_to_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, name = in_layout(tmp_path)
    work = key_files(tmp_path, KEY)
    words = ["sign", name, "--key", str(work / "our.key"), "-a", "x=\x1b[31mred"]
    assert _said(capfd, *words)[0] == 0
    _, out, _ = _said(capfd, "verify", name, "--key", str(work / "our.pub"))
    assert "\x1b" not in out
    assert "x=\\x1b[31mred" in out


def test_signed_in_the_store_and_pushed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    work = key_files(tmp_path, KEY)
    with docker_registry(tmp_path / "registry") as host:
        made, name = in_registry(tmp_path, host)
        local = f"local://{name}"
        assert _said(capfd, "copy", name, local, "--plain-http")[0] == 0
        for storage in ("tag", "bundle"):
            words = ["sign", local, "--key", str(work / "our.key"), "--storage", storage]
            assert _said(capfd, *words)[0] == 0
        assert len(place(local).origin.root.digest) == len(made.digest)
        away = f"{host}/elsewhere:1"
        assert _said(capfd, "copy", local, away, "--plain-http")[0] == 0
        words = ["verify", f"registry://{away}", "--key", str(work / "our.pub"), "--plain-http"]
        code, out, _ = _said(capfd, *words, "--format", "json")
        found = _checked(out)
        assert (code, found["digest"]) == (0, made.digest)
        assert [item["storage"] for item in found["signatures"]] == ["tag", "bundle"]
        code, _, err = _said(capfd, "verify", f"{host}/none:1", *words[2:])
        assert (code, "is not in the registry" in err) == (1, True)
