"""Documents out of their wrappings: bare, envelopes, bundles; and whom they are trusted from."""

import json
from typing import Any

import pytest

from ironhull.errors import SignatureError
from ironhull.signing import (
    LogKey,
    Trust,
    generate_key,
    open_document,
    sign,
    sign_envelope,
    verify_document,
    write_bundle,
    write_envelope,
    write_public_key,
)
from ironhull.signing.annotations import KEY_ID, LOG_ENTRY, SIGNATURE
from ironhull.signing.envelopes import envelope_json
from ironhull.signing.opening import check_message
from ironhull.values import replace
from tests.signing.rekor import TIME, Log, b64, dsse, hashedrekord

KEY = generate_key()
OTHER = generate_key()
KIND = "application/vnd.in-toto+json"
CONTENT = b'{"_type": "https://in-toto.io/Statement/v1"}'
ENVELOPE = sign_envelope(CONTENT, KIND, KEY)
NOW = "2026-06-01T00:00:00Z"
TRUST = Trust(keys=(OTHER.public, KEY.public), now=NOW)
LOG = Log()
LOGGED = replace(TRUST, logs=(LogKey(LOG.id, LOG.public),), require_log=True)
INDEX = LOG.add(dsse(envelope_json(ENVELOPE), write_public_key(KEY.public)))


@pytest.mark.parametrize("data", [b"", b"{}", b"not JSON", b'{"payloadType": 1}', CONTENT])
def test_what_is_not_wrapped_is_unsigned_and_as_it_was(data: bytes) -> None:
    found = open_document(data, TRUST)
    assert (found.payload, found.state, found.signer, found.envelope) == (
        data,
        "unsigned",
        "",
        None,
    )


@pytest.mark.parametrize("data", [write_envelope(ENVELOPE), write_bundle(ENVELOPE, KEY.public)])
def test_envelopes_and_bundles(data: bytes) -> None:
    for trust in (None, Trust()):
        found = open_document(data, trust)
        assert (found.payload, found.payload_type, found.state) == (CONTENT, KIND, "unchecked")
        assert (found.signer, found.checks) == ("", ())
    found = open_document(data, TRUST)
    assert (found.payload, found.state, found.signer) == (CONTENT, "verified", KEY.public.title)
    assert [(check.what, check.done) for check in found.checks] == [
        ("signature", True),
        ("key validity", False),
        ("log", False),
    ]


@pytest.mark.parametrize("data", [write_envelope(ENVELOPE), write_bundle(ENVELOPE, KEY.public)])
def test_another_key_and_another_content_are_errors_that_say_which(data: bytes) -> None:
    with pytest.raises(SignatureError) as caught:
        open_document(data, replace(TRUST, keys=(OTHER.public,)))
    assert caught.value.reason == "wrong-key"
    altered = data.replace(b64(CONTENT).encode(), b64(CONTENT.replace(b"v1", b"v2")).encode())
    assert altered != data
    with pytest.raises(SignatureError) as caught:
        open_document(altered, TRUST)
    assert caught.value.reason == "wrong-payload"


def test_who_needs_a_signature_takes_nothing_else() -> None:
    found = verify_document(write_envelope(ENVELOPE), TRUST)
    assert (found.state, found.payload) == ("verified", CONTENT)
    escaped = write_envelope(ENVELOPE).replace(b'"payloadType"', b'"payload\\u0054ype"')
    assert json.loads(escaped)["payloadType"] == KIND
    for data in (b"", b"{}", CONTENT, b'{"payloadType": 1}', escaped):
        with pytest.raises(SignatureError) as caught:
            verify_document(data, TRUST)
        assert caught.value.reason == "unsigned"
    with pytest.raises(SignatureError, match="nobody is trusted"):
        verify_document(write_envelope(ENVELOPE), Trust())


def test_a_bundle_of_a_file_holds_no_document() -> None:
    document = json.loads(write_bundle(ENVELOPE, KEY.public))
    del document["dsseEnvelope"]
    document["messageSignature"] = {"signature": b64(b"x")}
    with pytest.raises(SignatureError, match="not in it"):
        open_document(json.dumps(document).encode())


def test_a_wrapping_that_is_damaged_is_an_error_without_trust_too() -> None:
    for data in (b'{"payloadType": "x", "payload": 1}', b'{"payloadType": "x", "payload"'):
        with pytest.raises(SignatureError):
            open_document(data)


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


def _trusting(starts: str, ends: str, *, logged: bool = False) -> Trust:
    base = LOGGED if logged else TRUST
    return replace(base, keys=(replace(KEY.public, starts=starts, ends=ends),))


def test_a_key_that_has_ended_verifies_nothing_without_a_log() -> None:
    with pytest.raises(SignatureError, match="valid until 2026-03-01") as caught:
        open_document(write_envelope(ENVELOPE), _trusting("", "2026-03-01T00:00:00Z"))
    assert caught.value.reason == "expired"


def test_a_key_that_has_not_begun_verifies_nothing() -> None:
    with pytest.raises(SignatureError, match="only from 2027-01-01") as caught:
        open_document(write_envelope(ENVELOPE), _trusting("2027-01-01T00:00:00Z", ""))
    assert caught.value.reason == "expired"


def test_a_log_proves_that_it_was_signed_before_the_key_ended() -> None:
    data = write_bundle(ENVELOPE, KEY.public, [LOG.entry(INDEX)])
    found = open_document(data, _trusting("", "2026-03-01T00:00:00Z", logged=True))
    said = {check.what: check.detail for check in found.checks if check.done}
    assert said["key validity"] == "valid at 2026-01-01T00:00:00Z, the log's time"
    assert said["log"].startswith(f"entry {INDEX} of 2026-01-01T00:00:00Z")
    with pytest.raises(SignatureError, match="signed at 2026-01-01") as caught:
        open_document(data, _trusting("", "2025-12-31T00:00:00Z", logged=True))
    assert caught.value.reason == "expired"


def test_an_entry_without_promise_proves_no_time() -> None:
    data = write_bundle(ENVELOPE, KEY.public, [LOG.entry(INDEX, promise=False)])
    assert open_document(data, LOGGED).state == "verified"
    with pytest.raises(SignatureError) as caught:
        open_document(data, _trusting("", "2026-03-01T00:00:00Z", logged=True))
    assert caught.value.reason == "expired"
    assert TIME < 1_772_000_000


# ── logs ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_that_is_demanded() -> None:
    with pytest.raises(SignatureError, match="no log is trusted") as caught:
        open_document(write_envelope(ENVELOPE), replace(LOGGED, logs=()))
    assert caught.value.reason == "log"
    with pytest.raises(SignatureError, match="no entry of a log"):
        open_document(write_envelope(ENVELOPE), LOGGED)


def test_an_entry_is_told_of_though_no_log_is_trusted() -> None:
    data = write_bundle(ENVELOPE, KEY.public, [LOG.entry(INDEX)])
    (check,) = [item for item in open_document(data, TRUST).checks if item.what == "log"]
    assert (check.done, "no log is trusted" in check.detail) == (False, True)


def test_a_wrong_entry_is_an_error_though_no_log_is_demanded() -> None:
    entry = LOG.entry(INDEX)
    entry["integratedTime"] = str(TIME + 1)
    data = write_bundle(ENVELOPE, KEY.public, [entry])
    with pytest.raises(SignatureError) as caught:
        open_document(data, replace(LOGGED, require_log=False))
    assert caught.value.reason == "log"


def test_one_sound_entry_of_several_is_enough() -> None:
    foreign = Log()
    foreign.leaves = LOG.leaves
    entries = [foreign.entry(INDEX), LOG.entry(INDEX)]
    assert open_document(write_bundle(ENVELOPE, KEY.public, entries), LOGGED).state == "verified"


def test_an_entry_in_cosign_s_annotation() -> None:
    said = {LOG_ENTRY: LOG.cosign(INDEX)}
    found = open_document(write_envelope(ENVELOPE), LOGGED, "it", said)
    assert found.checks[-1].done


# ── signatures beside a message ──────────────────────────────────────────────────────────────────


def _beside(message: bytes, **more: str) -> dict[str, str]:
    return {SIGNATURE: b64(sign(KEY, message)), **more}


def test_a_signature_in_annotations() -> None:
    signer, checks = check_message(b"message", _beside(b"message"), TRUST, "it")
    assert signer == KEY.public.title
    assert checks[0].done
    log = Log(LOG.key)
    index = log.add(hashedrekord(b"message", sign(KEY, b"message"), write_public_key(KEY.public)))
    said = _beside(b"message", **{LOG_ENTRY: log.cosign(index)})
    _, checks = check_message(b"message", said, LOGGED, "it")
    assert checks[-1].detail.endswith("signed entry timestamp")


@pytest.mark.parametrize(
    ("said", "trust", "reason"),
    [
        ({}, TRUST, "unsigned"),
        ({SIGNATURE: "&"}, TRUST, "malformed"),
        (_beside(b"other"), TRUST, "mismatch"),
        (_beside(b"other", **{KEY_ID: KEY.public.id}), TRUST, "wrong-payload"),
        (_beside(b"other", **{KEY_ID: "0" * 64}), TRUST, "wrong-key"),
        (_beside(b"message"), replace(TRUST, keys=(OTHER.public,)), "mismatch"),
        (_beside(b"message", **{LOG_ENTRY: "{}"}), TRUST, "malformed"),
        (_beside(b"message", **{LOG_ENTRY: LOG.cosign(INDEX)}), LOGGED, "log"),
        (_beside(b"message"), LOGGED, "log"),
    ],
)
def test_a_signature_in_annotations_that_does_not_hold(
    said: dict[str, Any], trust: Trust, reason: str
) -> None:
    with pytest.raises(SignatureError) as caught:
        check_message(b"message", said, trust, "it")
    assert caught.value.reason == reason
