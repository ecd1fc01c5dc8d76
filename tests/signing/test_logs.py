"""Transparency logs: promises, proofs, bodies; what each guards against."""

import base64
import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.errors import SignatureError
from ironhull.model import Envelope
from ironhull.signing import (
    LogKey,
    generate_key,
    pae,
    read_log_keys,
    sign,
    sign_envelope,
    write_public_key,
)
from ironhull.signing._log_bodies import Signed, body_difference
from ironhull.signing.envelopes import envelope_json
from ironhull.signing.logs import check_entry, entry_in, entry_of_cosign
from ironhull.values import replace
from tests.signing.fulcio import Authority
from tests.signing.rekor import TIME, Log, b64, canonical, dsse, dsse_v2, hashedrekord, sha256

KEY = generate_key()
PEM = write_public_key(KEY.public)
MESSAGE = b"a message"
MADE = sign(KEY, MESSAGE)
SIGNED = Signed(MADE, MESSAGE, KEY.public.der)
ENVELOPE = sign_envelope(b'{"a":1}', "application/vnd.in-toto+json", KEY)
LOG = Log()
TRUSTED = (LogKey(LOG.id, LOG.public),)


def _about(envelope: Envelope) -> Signed:
    message = pae(envelope.payload_type, envelope.payload)
    return Signed(envelope.signatures[0][1], message, KEY.public.der, envelope.payload)


def _intoto(version: str) -> dict[str, Any]:
    payload = {"algorithm": "sha256", "value": sha256(ENVELOPE.payload).hex()}
    content: dict[str, Any] = {"hash": payload, "payloadHash": payload}
    spec: dict[str, Any] = {"content": content, "publicKey": b64(PEM)}
    if version == "0.0.2":
        twice = b64(b64(ENVELOPE.signatures[0][1]).encode())
        content["envelope"] = {"signatures": [{"sig": twice, "publicKey": b64(PEM)}]}
        del spec["publicKey"]
    return {"apiVersion": version, "kind": "intoto", "spec": spec}


BODIES = {
    "hashedrekord": (hashedrekord(MESSAGE, MADE, PEM), SIGNED),
    "dsse": (dsse(envelope_json(ENVELOPE), PEM), _about(ENVELOPE)),
    "intoto 1": (_intoto("0.0.1"), _about(ENVELOPE)),
    "intoto 2": (_intoto("0.0.2"), _about(ENVELOPE)),
    "hashedrekord 2": (dsse_v2(envelope_json(ENVELOPE), KEY.public.der), _about(ENVELOPE)),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_shows_what_was_signed(name: str) -> None:
    body, signed = BODIES[name]
    assert body_difference(canonical(body), signed, "it") == ""
    if name != "intoto 1":  # it does not hold the signature
        other = replace(signed, signature=b"another")
        assert body_difference(canonical(body), other, "it") == "the signature"
    key = replace(signed, verifier=generate_key().public.der)
    assert body_difference(canonical(body), key, "it") == "the key"
    content = replace(signed, message=b"x", payload=b"x" if signed.payload else None)
    assert body_difference(canonical(body), content, "it") in ("the content", "the payload")


def test_an_entry_of_a_payload_does_not_stand_for_a_message() -> None:
    body, _ = BODIES["dsse"]
    assert body_difference(canonical(body), SIGNED, "it") == "the payload"


@pytest.mark.parametrize("kind", ["rpm", "hashedrekord", None])
def test_a_body_of_another_kind_shows_nothing(kind: str | None) -> None:
    body = {"kind": kind, "apiVersion": "9", "spec": {}}
    assert "is not one that shows signatures" in body_difference(canonical(body), SIGNED, "it")


@given(st.data())
def test_a_body_with_anything_changed_shows_nothing(data: st.DataObject) -> None:
    """No single value of an entry can be another without it being noticed."""
    body, signed = BODIES[data.draw(st.sampled_from(["hashedrekord", "dsse", "intoto 2"]))]
    body = copy.deepcopy(body)
    places = [p for p in _places(body["spec"]) if p[-1] not in ("hash", "envelopeHash")]
    *outer, last = data.draw(st.sampled_from(places))
    if "envelopeHash" in outer or (outer[-1:] == ["hash"] and "content" in outer):
        return  # of the envelope as it was sent, which nobody keeps
    inside: Any = body["spec"]
    for key in outer:
        inside = inside[key]
    junk = st.one_of(st.none(), st.integers(), st.text(), st.lists(st.none()))
    changed = data.draw(junk.filter(lambda value: value != inside[last]))
    inside[last] = changed
    with contextlib.suppress(SignatureError):
        assert body_difference(canonical(body), signed, "it") != ""


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [place for key, item in items for place in _places(item, (*path, key))]
    return [path]


# ── entries ──────────────────────────────────────────────────────────────────────────────────────


def _log(leaves: int = 1, at: int = 0) -> tuple[Log, int]:
    log = Log(LOG.key)
    for number in range(leaves):
        if number == at:
            log.add(hashedrekord(MESSAGE, MADE, PEM))
        else:
            log.add({"other": number})
    return log, at


@pytest.mark.parametrize(
    ("promise", "proof", "how", "time"),
    [
        (True, True, "signed entry timestamp and inclusion proof", TIME),
        (True, False, "signed entry timestamp", TIME),
        (False, True, "inclusion proof", 0),
    ],
)
def test_an_entry_holds(promise: bool, proof: bool, how: str, time: int) -> None:
    log, at = _log(5, 3)
    entry = entry_in(log.entry(at, promise=promise, proof=proof), "it")
    found = check_entry(entry, SIGNED, TRUSTED, "it")
    assert (found.index, found.how, found.time) == (3, how, time)


def test_an_entry_as_cosign_keeps_it() -> None:
    log, at = _log(2, 1)
    entry = entry_of_cosign(log.cosign(at).encode(), "it")
    assert check_entry(entry, SIGNED, TRUSTED, "it").time == TIME


@settings(max_examples=60)
@given(st.integers(1, 70), st.data())
def test_every_leaf_of_every_tree_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, size - 1))
    log, _ = _log(size, at)
    entry = entry_in(log.entry(at, promise=False), "it")
    assert check_entry(entry, SIGNED, TRUSTED, "it")
    assert entry.proof is not None
    wrong = [replace(entry.proof, size=size + 1)]
    wrong += [replace(entry.proof, index=other) for other in range(size + 1) if other != at]
    if entry.proof.hashes:
        wrong.append(replace(entry.proof, hashes=entry.proof.hashes[:-1]))
    wrong.append(replace(entry.proof, hashes=(*entry.proof.hashes, b"\0" * 32)))
    for proof in wrong:
        with pytest.raises(SignatureError):
            check_entry(replace(entry, proof=proof), SIGNED, TRUSTED, "it")


OTHER = Log()


def _note(proof: dict[str, Any], text: str) -> dict[str, Any]:
    return {"inclusionProof": {**proof, "checkpoint": {"envelope": text}}}


def _altered(change: str) -> dict[str, Any]:
    log, at = _log(5, 3)
    entry = log.entry(at)
    proof = entry["inclusionProof"]
    OTHER.leaves = log.leaves
    changes: dict[str, dict[str, Any]] = {
        "promise of another log": {"inclusionPromise": OTHER.entry(at)["inclusionPromise"]},
        "time": {"integratedTime": str(TIME - 86400)},
        "index": {"logIndex": "2"},
        "checkpoint of another log": _note(proof, OTHER.checkpoint()),
        "checkpoint of another tree": _note(proof, _log(6, 3)[0].checkpoint()),
        "no checkpoint line": _note(proof, "log\n5"),
        "unsigned checkpoint": _note(proof, log.checkpoint().partition("\n\n")[0] + "\n\n"),
        "root": {"inclusionProof": {**proof, "rootHash": b64(b"\0" * 32)}},
        "log": {"logId": {"keyId": b64(OTHER.id)}},
        "neither": {"inclusionPromise": None, "inclusionProof": None},
    }
    return {**entry, **changes[change]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("promise of another log", "timestamp is not the log's"),
        ("time", "timestamp is not the log's"),
        ("index", "timestamp is not the log's"),
        ("checkpoint of another log", "not signed by the log"),
        ("checkpoint of another tree", "of another tree"),
        ("no checkpoint line", "cannot be read"),
        ("unsigned checkpoint", "not signed by the log"),
        ("root", "does not lead to its root"),
        ("log", "is not trusted"),
        ("neither", "neither promise nor proof"),
    ],
)
def test_an_altered_entry_is_refused(change: str, message: str) -> None:
    with pytest.raises(SignatureError, match=message) as caught:
        check_entry(entry_in(_altered(change), "it"), SIGNED, TRUSTED, "it")
    assert caught.value.reason == "log"


def test_an_entry_of_another_signature_is_refused() -> None:
    log, at = _log()
    other = replace(SIGNED, signature=sign(KEY, b"x"))
    with pytest.raises(SignatureError, match="of something else: the signature"):
        check_entry(entry_in(log.entry(at), "it"), other, TRUSTED, "it")


def test_a_log_key_that_had_ended_is_refused() -> None:
    log, at = _log()
    ended = LogKey(LOG.id, replace(LOG.public, ends="2025-12-31T23:59:59Z"))
    with pytest.raises(SignatureError, match="key was not valid at 2026-01-01") as caught:
        check_entry(entry_in(log.entry(at), "it"), SIGNED, (ended,), "it")
    assert caught.value.reason == "expired"


@pytest.mark.parametrize(
    "change",
    [
        {"logIndex": -1},
        {"logIndex": "x"},
        {"integratedTime": [1]},
        {"canonicalizedBody": 1},
        {"logId": []},
        {"inclusionProof": {"hashes": ["AAAA"] * 65}},
        {"inclusionProof": {"checkpoint": {"envelope": 1}}},
    ],
)
def test_a_malformed_entry_is_refused(change: dict[str, Any]) -> None:
    log, at = _log()
    with pytest.raises(SignatureError):
        entry_in({**log.entry(at), **change}, "it")


@pytest.mark.parametrize(
    "data", [b"{}", b"[]", b'{"Payload":{"logID":"xyz"}}', b'{"Payload":{"logID":"00"}}']
)
def test_a_malformed_entry_of_cosign_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureError):
        entry_of_cosign(data, "it")


def test_a_time_no_calendar_has() -> None:
    log = Log(LOG.key, time=1 << 62)
    log.add(hashedrekord(MESSAGE, MADE, PEM))
    with pytest.raises(SignatureError, match="seconds since 1970"):
        check_entry(entry_in(log.entry(0), "it"), SIGNED, TRUSTED, "it")


# ── keys of logs ─────────────────────────────────────────────────────────────────────────────────


def test_keys_of_logs_from_pem_and_from_a_trusted_root() -> None:
    (log,) = read_log_keys(write_public_key(LOG.public), "rekor.pub")
    assert (log.id, log.key.der) == (LOG.id, LOG.public.der)
    authority = Authority(log=LOG)
    (log,) = read_log_keys(authority.trusted_root(), "root.json")
    assert (log.id, log.key.der) == (LOG.id, LOG.public.der)
    assert log.key.starts == "2025-12-31T00:00:00Z"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}", "tlogs: a list"),
        (b'{"tlogs": []}', "no transparency log"),
        (b'{"tlogs": [{}]}', "publicKey: a JSON object"),
        (b'{"tlogs": [{"publicKey": {"rawBytes": "AAAA"}}]}', "not a public key"),
        (b"{", "not JSON"),
        (b"x", "no public key"),
    ],
)
def test_what_names_no_log_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        read_log_keys(data, "it")


def test_the_encoding_of_proofs_is_the_standard_s() -> None:
    """The roots of RFC 6962's reference trees (certificate-transparency, merkletree tests)."""
    log = Log()
    log.leaves = [b"", b"\0", b"\x10"]
    expected = "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert log.root().hex() == expected
    assert base64.b64encode(sha256(b"\0")).decode() == b64(
        bytes.fromhex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    )
    assert json.loads(canonical({"b": 1, "a": 2})) == {"a": 2, "b": 1}
