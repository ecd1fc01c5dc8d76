"""DSSE envelopes: the protocol's own example, reading, writing, and why one does not hold."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import SignatureError
from ironhull.model import Envelope
from ironhull.signing import generate_key, pae, read_envelope, sign_envelope, write_envelope
from ironhull.signing.envelopes import envelope_signer
from ironhull.values import replace

KEY = generate_key()
OTHER = generate_key()
KIND = "application/vnd.in-toto+json"


def test_the_encoding_that_is_signed() -> None:
    """The example of DSSE's protocol.md."""
    kind = "http://example.com/HelloWorld"
    assert pae(kind, b"hello world") == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("ä", b"") == "DSSEv1 2 ä 0 ".encode()


@given(st.tuples(st.text(), st.binary()), st.tuples(st.text(), st.binary()))
def test_different_content_is_encoded_differently(
    one: tuple[str, bytes], other: tuple[str, bytes]
) -> None:
    assert (pae(*one) == pae(*other)) == (one == other)


@given(st.binary(), st.text(st.characters(codec="utf-8")))
def test_written_and_read_again(payload: bytes, kind: str) -> None:
    envelope = Envelope(kind, payload, (("a", b"one"), ("", b"two")))
    assert read_envelope(write_envelope(envelope)) == envelope


def test_both_alphabets_of_base64_are_read() -> None:
    envelope = Envelope(KIND, b"\xff\xfe\xfb", (("", b"\xfb\xff\xfe"),))
    written = json.loads(write_envelope(envelope))
    url_safe = base64.urlsafe_b64encode(envelope.payload).decode()
    assert url_safe != written["payload"]
    assert read_envelope(json.dumps({**written, "payload": url_safe}).encode()) == envelope


def test_one_of_the_keys_has_to_have_signed() -> None:
    envelope = sign_envelope(b"content", KIND, KEY)
    key, _ = envelope_signer(envelope, (OTHER.public, KEY.public), "it")
    assert key == KEY.public
    both = replace(envelope, signatures=(("", b"junk"), *envelope.signatures))
    assert envelope_signer(both, (KEY.public,), "it")[0] == KEY.public


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payload": b"other content"}, "wrong-payload"),
        ({"payload_type": "text/plain"}, "wrong-payload"),
        ({"signatures": ((OTHER.public.id, b"x"),)}, "wrong-key"),
        ({"signatures": (("release-key", b"x"),)}, "wrong-key"),
        ({"signatures": (("", b"x"),)}, "mismatch"),
        ({"signatures": ()}, "unsigned"),
    ],
)
def test_an_error_says_why(changes: dict[str, object], reason: str) -> None:
    envelope = replace(sign_envelope(b"content", KIND, KEY), **changes)  # type: ignore[arg-type]
    with pytest.raises(SignatureError, match=r"^it: ") as caught:
        envelope_signer(envelope, (KEY.public,), "it")
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "a JSON object is expected"),
        ({}, "payloadType: text is expected"),
        ({"payloadType": KIND, "payload": "&", "signatures": []}, "payload: not base64"),
        ({"payloadType": KIND, "payload": "aa", "signatures": []}, "payload: not base64"),
        ({"payloadType": KIND, "payload": "", "signatures": {}}, "signatures: a list"),
        (
            {"payloadType": KIND, "payload": "", "signatures": [1]},
            r"signatures\[0\]: a JSON object",
        ),
        ({"payloadType": KIND, "payload": "", "signatures": [{"sig": 1}]}, r"\[0\]\.sig: text"),
        (
            {"payloadType": KIND, "payload": "", "signatures": [{"sig": "", "keyid": 1}]},
            r"\[0\]\.keyid: text",
        ),
        ({"payloadType": KIND, "payload": "", "signatures": [{"sig": ""}] * 1001}, "more than"),
    ],
)
def test_what_is_no_envelope_is_refused_with_its_place(document: object, message: str) -> None:
    with pytest.raises(SignatureError, match=message) as caught:
        read_envelope(json.dumps(document).encode(), "it")
    assert caught.value.reason == "malformed"


@given(st.binary())
def test_any_bytes_are_an_envelope_or_an_error(data: bytes) -> None:
    with pytest.raises(SignatureError):
        read_envelope(data)
