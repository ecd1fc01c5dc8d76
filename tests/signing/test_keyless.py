"""Certificates of identities: what the trusted root has to vouch for, and whom it may be."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ironhull.errors import SignatureError
from ironhull.signing import (
    Identity,
    Trust,
    generate_key,
    open_document,
    sign_envelope,
    write_envelope,
)
from ironhull.signing.envelopes import envelope_json
from ironhull.signing.keyless import read_roots
from ironhull.values import replace
from tests.signing.fulcio import ISSUER, SUBJECT, Authority
from tests.signing.rekor import TIME, b64, sha256

KIND = "application/vnd.in-toto+json"
BLOB = b"a file"
STATEMENT = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "file", "digest": {"sha256": sha256(BLOB).hex()}}],
        "predicateType": "https://example.com/predicate",
        "predicate": {},
    }
).encode()

AUTHORITY = Authority()
KEY = generate_key()
CERTIFICATE_OF_KEY = AUTHORITY.certificate(KEY.public)
ENVELOPE = replace(sign_envelope(STATEMENT, KIND, KEY), signatures=())
MADE = sign_envelope(STATEMENT, KIND, KEY).signatures[0][1]
ENVELOPE = replace(ENVELOPE, signatures=(("", MADE),))
BUNDLE = AUTHORITY.bundle(envelope_json(ENVELOPE), CERTIFICATE_OF_KEY)
TRUST = Trust(identities=(Identity(SUBJECT, ISSUER),), roots=AUTHORITY.trusted_root())


def test_an_identity_is_verified_and_said_who_it_is() -> None:
    found = open_document(BUNDLE, TRUST, "it")
    assert (found.state, found.signer) == ("verified", f"{SUBJECT} ({ISSUER})")
    assert [(check.what, check.done) for check in found.checks] == [
        ("signature", True),
        ("certificate", True),
        ("log", True),
    ]
    assert "2026-01-01T00:00:00Z" in found.checks[2].detail


def test_cosign_verifies_the_same_bundle(tmp_path: Path) -> None:
    """That what these tests make is what is made in earnest."""
    program = shutil.which("cosign")
    if program is None:
        pytest.skip("cosign is not installed")
    for name, data in (("b.json", BUNDLE), ("root.json", TRUST.roots), ("file", BLOB)):
        (tmp_path / name).write_bytes(data)
    words = [
        program, "verify-blob-attestation", "--bundle", "b.json", "--new-bundle-format",
        "--trusted-root", "root.json", "--certificate-oidc-issuer", ISSUER,
        "--type", "https://example.com/predicate", "--certificate-identity",
    ]  # fmt: skip
    for subject, code in ((SUBJECT, 0), ("other@example.com", 1)):
        done = subprocess.run([*words, subject, "file"], cwd=tmp_path, capture_output=True)
        assert done.returncode == code, done.stderr


@pytest.mark.parametrize(
    ("identity", "sound"),
    [
        (Identity(SUBJECT, ISSUER), True),
        (Identity(r".*@example\.com", ISSUER, pattern=True), True),
        (Identity(r"builder", ISSUER, pattern=True), False),
        (Identity(r".*@example\.com", ISSUER), False),
        (Identity("other@example.com", ISSUER), False),
        (Identity(SUBJECT, "https://accounts.example.org"), False),
        (Identity(SUBJECT, ""), False),
    ],
)
def test_whose_certificate_it_may_be(identity: Identity, sound: bool) -> None:
    trust = replace(TRUST, identities=(identity,))
    if sound:
        assert open_document(BUNDLE, trust).state == "verified"
        return
    with pytest.raises(SignatureError, match=SUBJECT) as caught:
        open_document(BUNDLE, trust)
    assert caught.value.reason == "identity"


def test_another_authority_is_not_trusted() -> None:
    with pytest.raises(SignatureError) as caught:
        open_document(BUNDLE, replace(TRUST, roots=Authority().trusted_root()), "it")
    assert caught.value.reason == "identity"
    other = Authority(key=AUTHORITY.key, log=AUTHORITY.log)  # only the certificate log differs
    with pytest.raises(SignatureError, match="SCT"):
        open_document(BUNDLE, replace(TRUST, roots=other.trusted_root()), "it")


def test_another_log_is_not_trusted() -> None:
    other = Authority(key=AUTHORITY.key, ct=AUTHORITY.ct)
    with pytest.raises(SignatureError) as caught:
        open_document(BUNDLE, replace(TRUST, roots=other.trusted_root()), "it")
    assert caught.value.reason == "log"


def test_a_certificate_that_was_over_when_it_signed() -> None:
    authority = Authority()
    authority.log.time = TIME + 3600
    bundle = authority.bundle(envelope_json(ENVELOPE), authority.certificate(KEY.public))
    with pytest.raises(SignatureError) as caught:
        open_document(bundle, replace(TRUST, roots=authority.trusted_root()), "it")
    assert caught.value.reason == "expired"


def test_altered_content() -> None:
    altered = BUNDLE.replace(b64(STATEMENT).encode(), b64(STATEMENT + b" ").encode())
    assert altered != BUNDLE
    with pytest.raises(SignatureError):
        open_document(altered, TRUST, "it")


def test_certificates_and_keys_are_not_taken_for_each_other() -> None:
    with pytest.raises(SignatureError, match="no identity is trusted") as caught:
        open_document(BUNDLE, Trust(keys=(KEY.public,)), "it")
    assert caught.value.reason == "identity"
    with pytest.raises(SignatureError, match="no roots"):
        open_document(BUNDLE, replace(TRUST, roots=b""), "it")
    with pytest.raises(SignatureError, match="signed with a key"):
        open_document(write_envelope(ENVELOPE), TRUST, "it")


# ── roots ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [b"", b"{}", b'{"mediaType": "application/json"}', b"[]"])
def test_what_is_no_trusted_root_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureError):
        read_roots(data, "root.json")


@pytest.mark.parametrize(
    "change", [{"tlogs": []}, {"certificateAuthorities": None}, {"ctlogs": [{}]}, {"tlogs": "x"}]
)
def test_a_damaged_trusted_root_verifies_nothing(change: dict[str, Any]) -> None:
    roots = json.dumps({**json.loads(AUTHORITY.trusted_root()), **change}).encode()
    with pytest.raises(SignatureError):
        open_document(BUNDLE, replace(TRUST, roots=roots), "it")


@pytest.mark.parametrize("raw", ["", "AAAA", b64(b"\x30\x82" * 40)])
def test_a_damaged_certificate_verifies_nothing(raw: str) -> None:
    document = json.loads(BUNDLE)
    document["verificationMaterial"]["certificate"]["rawBytes"] = raw
    with pytest.raises(SignatureError):
        open_document(json.dumps(document).encode(), TRUST, "it")
