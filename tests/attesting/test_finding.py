"""What is attached to an image of an engine, as the engine tells it; statements of any bytes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.attest import open_statement
from ironhull.attesting import find_attached, finding, verify_attached
from ironhull.config import Settings, load_settings
from ironhull.errors import FormatError, ReferenceFault, SignatureError
from ironhull.model import Attachment, Image, Platform
from ironhull.oci.manifests import IN_TOTO
from ironhull.signing import Trust, generate_key
from ironhull.values import replace
from tests.images import image

CUSTOM = "https://example.org/custom"
WEB = image({"a": "b"})
STATEMENT = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "_", "digest": {"sha256": WEB.digest[7:]}}],
        "predicateType": CUSTOM,
        "predicate": {},
    }
).encode()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine with one image, which has one attestation in its index and one that is untold."""

    def load(reference: str, settings: Settings, platform: Platform | None) -> Image:
        assert reference == "docker://web:1"
        told = Attachment(CUSTOM, IN_TOTO, "sha256:1", 1, lambda: STATEMENT, "m", WEB.digest)
        attachments = (told, replace(told, predicate_type="", digest="sha256:2"))
        return replace(WEB, index_digest="sha256:" + "9" * 64, attachments=attachments)

    monkeypatch.setattr(finding, "load", load)


def test_images_of_engines_are_read_only(engine: None) -> None:
    place, found = find_attached("docker://web:1", load_settings())
    assert place is None
    assert [item.predicate_type for item in found.attachments] == [CUSTOM, CUSTOM]
    assert [target.platform for target in found.targets] == [None, WEB.platform]
    assert [item.trouble for item in verify_attached(place, found, None)] == ["", ""]
    trust = Trust((generate_key().public,))
    reasons = [item.reason for item in verify_attached(place, found, trust)]
    assert reasons == ["unsigned", "unsigned"]
    _, other = find_attached("docker://web:1", load_settings(), wanted=["spdx"])
    assert other.attachments == ()


@pytest.mark.parametrize("reference", ["fs:///", "sbom://x.json"])
def test_nothing_is_attached_to_what_is_no_image(reference: str) -> None:
    with pytest.raises(ReferenceFault, match="nothing is attached"):
        find_attached(reference, load_settings())


_keys = st.sampled_from(
    (
        *("_type", "subject", "digest", "sha256", "predicateType", "predicate", "payload"),
        *("payloadType", "signatures", "dsseEnvelope", "mediaType", "verificationMaterial", "sig"),
    )
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(_keys, _json, max_size=6).map(json.dumps).map(str.encode) | st.binary())
def test_whatever_is_attached_is_a_statement_or_refused(data: bytes) -> None:
    for trust in (None, Trust((KEY.public,))):
        try:
            statement, opened = open_statement(data, trust, "here")
        except (FormatError, SignatureError) as trouble:
            assert "\n" not in trouble.message
        else:
            assert opened.state in ("unsigned", "unchecked")
            assert statement.predicate_type


KEY = generate_key()


@given(data=st.data())
def test_a_signed_statement_does_not_survive_a_change(data: Any) -> None:
    from ironhull.attest import PAYLOAD_TYPE
    from ironhull.signing import sign_envelope, write_envelope

    whole = write_envelope(sign_envelope(STATEMENT, PAYLOAD_TYPE, KEY))
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    altered = whole[:at] + bytes([byte]) + whole[at + 1 :]
    try:
        statement, opened = open_statement(altered, Trust((KEY.public,)), "here")
    except (FormatError, SignatureError):
        return
    # a hint of a key, or base64 that means the same: what was signed is what is given
    assert (opened.state, opened.payload) == ("verified", STATEMENT)
    assert statement.predicate_type == CUSTOM
