"""Both ways with the real cosign, at a real registry: what one signs the other verifies.

cosign's own log and authorities are far away; here it is given those of tests.signing.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.attestations import find, put, tag_of
from ironhull.attestations._encoding import tagged
from ironhull.commands import run
from ironhull.errors import SignatureError
from ironhull.model import Descriptor
from ironhull.oci.manifests import descriptor_json, sha256_digest
from ironhull.registry.blobs import RegistryBlobs
from ironhull.registry.repository import Document, Repository
from ironhull.signatures import read_key_file, verify_digest
from ironhull.signing import (
    Claims,
    Identity,
    LogKey,
    Trust,
    generate_key,
    open_document,
    read_private_key,
    read_public_keys,
    sign,
    write_public_key,
)
from ironhull.signing.annotations import CERTIFICATE, LOG_ENTRY, SIGNATURE
from ironhull.signing.claims import PAYLOAD_TYPE, SIGN_PREDICATE, simple_payload
from ironhull.values import replace
from tests.registry.content import Example
from tests.registry.servers import docker_registry
from tests.signatures.images import NOW, call, in_registry, key_files, place, program, trust
from tests.signing.fulcio import ISSUER, SUBJECT, Authority, pem
from tests.signing.rekor import Log, b64, hashedrekord, serving

KEY = generate_key()
STORAGES = ("tag", "referrer", "bundle")
_OURS = {"tag": [], "referrer": ["--storage", "referrer"], "bundle": ["--storage", "bundle"]}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program("cosign")
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with our key, a trusted root of ours, and room for cosign's files."""
    (tmp_path / "root.json").write_bytes(Authority().trusted_root())
    return key_files(tmp_path, KEY)


def _cosign(work: Path, *words: str, **variables: str) -> tuple[int, str, str]:
    http = [] if words[0] == "generate-key-pair" else ["--allow-http-registry"]
    done = call([program("cosign"), *words, *http], work, **variables)
    return done.returncode, done.stdout, done.stderr


def _pushed(work: Path, registry: str, request: pytest.FixtureRequest) -> tuple[Example, str]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return in_registry(work, registry, name)


def _verify_words(storage: str) -> list[str]:
    if storage == "bundle":
        words = ["verify-attestation", "--new-bundle-format", "--trusted-root", "root.json"]
        return [*words, "--type", SIGN_PREDICATE]
    return ["verify", *(["--experimental-oci11"] if storage == "referrer" else [])]


@pytest.mark.parametrize("storage", STORAGES)
def test_cosign_verifies_what_we_sign(
    storage: str,
    work: Path,
    registry: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, name = _pushed(work, registry, request)
    monkeypatch.setenv("COSIGN_PASSWORD", "x")
    words = ["sign", name, "--key", str(work / "our.key"), "--plain-http", "-q"]
    assert run([*words, "-a", "stage=release", *_OURS[storage]]) == 0
    wanted = [] if storage == "bundle" else ["-a", "stage=release"]
    verify = [*_verify_words(storage), "--insecure-ignore-tlog", name]
    trying = {"COSIGN_EXPERIMENTAL": "1"}
    code, out, err = _cosign(work, *verify, "--key", "our.pub", *wanted, **trying)
    assert code == 0, err
    if storage != "bundle":
        (said,) = json.loads(out)
        assert said["critical"]["image"]["docker-manifest-digest"] == made.digest
        assert said["optional"] == {"stage": "release"}
        code, _, _ = _cosign(work, *verify, "--key", "our.pub", "-a", "stage=test", **trying)
        assert code != 0
    key_files(work, generate_key(), "other")
    code, _, _ = _cosign(work, *verify, "--key", "other.pub", **trying)
    assert code != 0


@pytest.mark.parametrize("storage", ["tag", "referrer"])
def test_we_verify_what_cosign_signs(
    storage: str, work: Path, registry: str, request: pytest.FixtureRequest
) -> None:
    made, name = _pushed(work, registry, request)
    assert _cosign(work, "generate-key-pair")[0] == 0
    more = ["--registry-referrers-mode", "oci-1-1"] if storage == "referrer" else []
    code, _, err = _cosign(
        work, "sign", "--key", "cosign.key", "--tlog-upload=false", "--yes",
        "-a", "stage=release", *more, name, COSIGN_EXPERIMENTAL="1",
    )  # fmt: skip
    assert code == 0, err
    keys = read_public_keys((work / "cosign.pub").read_bytes(), "cosign.pub")
    trusted = Trust(keys=keys, now=NOW)
    found = verify_digest(place(name), made.digest, trusted, annotations={"stage": "release"})
    assert [item.signature.storage for item in found.signatures] == [storage]
    with pytest.raises(SignatureError) as caught:
        verify_digest(place(name), made.digest, trusted, annotations={"stage": "test"})
    assert caught.value.reason == "claims"
    with pytest.raises(SignatureError) as caught:
        verify_digest(place(name), made.digest, trust(KEY))
    assert caught.value.reason == "mismatch"


def test_each_reads_the_other_s_keys(work: Path) -> None:
    assert _cosign(work, "generate-key-pair")[0] == 0
    theirs = read_private_key(read_key_file(str(work / "cosign.key")), b"x", "cosign.key")
    assert write_public_key(theirs.public) == (work / "cosign.pub").read_bytes()
    done = call([program("cosign"), "public-key", "--key", "our.key"], work)
    assert done.stdout.encode() == (work / "our.pub").read_bytes()


def test_signatures_of_both_share_a_tag(
    work: Path, registry: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, name = _pushed(work, registry, request)
    monkeypatch.setenv("COSIGN_PASSWORD", "x")
    assert _cosign(work, "generate-key-pair")[0] == 0
    theirs = ["sign", "--key", "cosign.key", "--tlog-upload=false", "--yes", name]
    ours = ["sign", name, "--key", str(work / "our.key"), "--plain-http", "-q"]
    assert _cosign(work, *theirs)[0] == 0
    assert run(ours) == 0
    assert _cosign(work, *theirs, "-a", "again=yes")[0] == 0
    for key in ("our.pub", "cosign.pub"):
        code, _, err = _cosign(work, "verify", "--insecure-ignore-tlog", "--key", key, name)
        assert code == 0, err
        trusted = Trust(keys=read_public_keys((work / key).read_bytes(), key), now=NOW)
        assert verify_digest(place(name), made.digest, trusted).signatures


def _repository(name: str) -> Repository:
    blobs = place(name).origin.blobs
    assert isinstance(blobs, RegistryBlobs)
    return blobs.repository


def test_both_refuse_what_was_tampered_with(
    work: Path, registry: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tag leads to another image; its signatures are put beside that one too."""
    made, name = _pushed(work, registry, request)
    monkeypatch.setenv("COSIGN_PASSWORD", "x")
    assert run(["sign", name, "--key", str(work / "our.key"), "--plain-http", "-q"]) == 0
    repository = _repository(name)
    signature = repository.manifest(tag_of(made.digest, "sig"))
    platform = repository.manifest(made.arm64["digest"])
    repository.put_manifest(platform, "1")
    verify = ["verify", "--insecure-ignore-tlog", "--key", "our.pub", name]
    assert _cosign(work, *verify)[0] != 0
    with pytest.raises(SignatureError) as caught:
        verify_digest(place(name), made.arm64["digest"], trust(KEY))
    assert caught.value.reason == "unsigned"
    repository.put_manifest(
        Document(signature.descriptor, signature.data), tag_of(made.arm64["digest"], "sig")
    )
    assert _cosign(work, *verify)[0] != 0
    with pytest.raises(SignatureError) as caught:
        verify_digest(place(name), made.arm64["digest"], trust(KEY))
    assert caught.value.reason == "other-subject"


# ── the log ──────────────────────────────────────────────────────────────────────────────────────


def test_cosign_s_entries_of_a_log(
    work: Path, registry: str, request: pytest.FixtureRequest
) -> None:
    made, name = _pushed(work, registry, request)
    log = Log(leaves=[b"{}", b"[]"])
    (work / "log.pub").write_bytes(write_public_key(log.public))
    with serving(log) as url:
        trusting = {"SIGSTORE_REKOR_PUBLIC_KEY": str(work / "log.pub")}
        words = ["sign", "--key", "our.key", "--rekor-url", url, "--yes", name]
        code, _, err = _cosign(work, *words, **trusting)
        assert code == 0, err
        verify = ["verify", "--key", "our.pub", "--rekor-url", url, name]
        code, _, err = _cosign(work, *verify, **trusting)
        assert code == 0, err
    trusted = replace(trust(KEY), logs=(LogKey(log.id, log.public),), require_log=True)
    (found,) = verify_digest(place(name), made.digest, trusted).signatures
    assert found.checks[2].done
    assert "entry 2 of 2026-01-01T00:00:00Z: signed entry timestamp" in found.checks[2].detail
    other = Log()
    foreign = replace(trusted, logs=(LogKey(other.id, other.public),))
    with pytest.raises(SignatureError, match="is not trusted") as caught:
        verify_digest(place(name), made.digest, foreign)
    assert caught.value.reason == "log"


def test_both_read_an_identity_s_signature_alike(
    work: Path, registry: str, request: pytest.FixtureRequest
) -> None:
    """As `cosign sign` without a key leaves it: a certificate and a log's entry beside it."""
    made, name = _pushed(work, registry, request)
    authority = Authority()
    leaf = authority.certificate(KEY.public)
    payload = simple_payload(Claims(made.digest))
    signature = sign(KEY, payload)
    index = authority.log.add(hashedrekord(payload, signature, pem(leaf)))
    said = {
        SIGNATURE: b64(signature),
        CERTIFICATE: pem(leaf).decode(),
        "dev.sigstore.cosign/chain": pem(authority.root).decode(),
        LOG_ENTRY: authority.log.cosign(index),
    }
    layer = Descriptor(PAYLOAD_TYPE, sha256_digest(payload), len(payload), said)
    manifest = tagged([descriptor_json(layer)])
    put(
        place(name),
        manifest.manifest,
        [payload, manifest.config],
        about=made.digest,
        tag=tag_of(made.digest, "sig"),
    )
    files = {
        "SIGSTORE_ROOT_FILE": pem(authority.root),
        "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE": write_public_key(authority.ct.public),
        "SIGSTORE_REKOR_PUBLIC_KEY": write_public_key(authority.log.public),
    }
    for file, data in files.items():
        (work / file).write_bytes(data)
    trusting = {file: str(work / file) for file in files}
    for subject, sound in ((SUBJECT, True), ("other@example.com", False)):
        code, _, err = _cosign(
            work, "verify", "--offline", "--certificate-identity", subject,
            "--certificate-oidc-issuer", ISSUER, name, **trusting,
        )  # fmt: skip
        assert (code == 0) == sound, err
        trusted = Trust(
            identities=(Identity(subject, ISSUER),), roots=authority.trusted_root(), now=NOW
        )
        if sound:
            (found,) = verify_digest(place(name), made.digest, trusted).signatures
            assert found.signer == f"{SUBJECT} ({ISSUER})"
            continue
        with pytest.raises(SignatureError) as caught:
            verify_digest(place(name), made.digest, trusted)
        assert caught.value.reason == "identity"


# ── attestations ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bundle", [False, True])
def test_attestations_of_cosign(
    bundle: bool, work: Path, registry: str, request: pytest.FixtureRequest
) -> None:
    made, name = _pushed(work, registry, request)
    (work / "predicate.json").write_text('{"tested": true}')
    code, _, err = _cosign(
        work, "attest", "--key", "our.key", "--tlog-upload=false", "--yes",
        "--predicate", "predicate.json", "--type", "https://example.com/tests",
        *(["--new-bundle-format"] if bundle else []), name,
    )  # fmt: skip
    assert code == 0, err
    (found,) = [
        item for item in find(place(name)).attachments if item.storage in ("tag", "referrer")
    ]
    assert found.subject == made.digest
    data = found.read()
    opened = open_document(data, trust(KEY), "it", found.annotations)
    assert opened.state == "verified"
    assert json.loads(opened.payload)["predicateType"] == "https://example.com/tests"
    with pytest.raises(SignatureError) as caught:
        open_document(data, trust(generate_key()), "it", found.annotations)
    assert caught.value.reason == ("wrong-key" if bundle else "mismatch")


def test_oras_shows_our_signatures(
    work: Path, registry: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, name = _pushed(work, registry, request)
    monkeypatch.setenv("COSIGN_PASSWORD", "x")
    for storage in ("referrer", "bundle"):
        words = ["sign", name, "--key", str(work / "our.key"), "--plain-http", "-q"]
        assert run([*words, "--storage", storage]) == 0
    oras = program("oras")
    done = call([oras, "discover", "--plain-http", "--format", "json", name], work)
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    shown = listed.get("manifests") or listed.get("referrers")
    assert {item["artifactType"] for item in shown} == {
        "application/vnd.dev.cosign.artifact.sig.v1+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    }
    assert made.digest


def test_oras_copies_signatures_that_still_hold(
    work: Path, registry: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, name = _pushed(work, registry, request)
    monkeypatch.setenv("COSIGN_PASSWORD", "x")
    words = ["sign", name, "--key", str(work / "our.key"), "--plain-http", "-q"]
    assert run([*words, "--storage", "bundle"]) == 0
    copy = f"{registry}/copied/app:1"
    http = ["--from-plain-http", "--to-plain-http"]
    done = call([program("oras"), "copy", "-r", *http, name, copy], work)
    assert done.returncode == 0, done.stderr
    assert verify_digest(place(copy), made.digest, trust(KEY)).signatures
