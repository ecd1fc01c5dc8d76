"""What a signature of an image says: cosign's payload and the statement of cosign 3."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import SignatureError
from ironhull.signing import Claims
from ironhull.signing.claims import (
    check_claims,
    is_sign_statement,
    read_payload,
    read_sign_statement,
    sign_statement,
    simple_payload,
)

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT, st.dictionaries(TEXT, TEXT))
def test_written_and_read_again(name: str, said: dict[str, str]) -> None:
    claims = Claims(DIGEST, name, said)
    assert read_payload(simple_payload(claims)) == claims
    assert read_sign_statement(sign_statement(claims), DIGEST) == Claims(DIGEST, "", said)


def test_the_payload_is_cosign_s() -> None:
    assert json.loads(simple_payload(Claims(DIGEST, "example.com/app"))) == {
        "critical": {
            "identity": {"docker-reference": "example.com/app"},
            "image": {"docker-manifest-digest": DIGEST},
            "type": "cosign container image signature",
        },
        "optional": None,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"critical": None}, "critical: a JSON object"),
        ({"critical": {"type": "other"}}, "is no type of image signature"),
        ({"critical": {"type": "atomic container signature"}}, "critical.image"),
        ({"optional": []}, "optional: a JSON object"),
    ],
)
def test_what_is_no_payload_is_refused(change: dict[str, Any], message: str) -> None:
    data = json.dumps({**json.loads(simple_payload(Claims(DIGEST))), **change}).encode()
    with pytest.raises(SignatureError, match=message):
        read_payload(data, "it")


@pytest.mark.parametrize(
    ("digest", "said", "wanted", "reason"),
    [
        (OTHER, {}, {}, "other-subject"),
        ("", {}, {}, "other-subject"),
        (DIGEST, {}, {"a": "b"}, "claims"),
        (DIGEST, {"a": "c"}, {"a": "b"}, "claims"),
        (DIGEST, {"a": 1}, {"a": "1"}, "claims"),
    ],
)
def test_claims_that_do_not_hold(
    digest: str, said: dict[str, object], wanted: dict[str, str], reason: str
) -> None:
    with pytest.raises(SignatureError) as caught:
        check_claims(Claims(digest, "", said), DIGEST, wanted, "it")
    assert caught.value.reason == reason


def test_claims_that_hold() -> None:
    check_claims(Claims(DIGEST, "", {"a": "b", "c": 1}), DIGEST, {"a": "b"}, "it")


def test_the_subject_that_is_asked_for_is_found_among_several() -> None:
    document = json.loads(sign_statement(Claims(OTHER)))
    mine = {"name": "app", "digest": {"sha512": "0", "sha256": "a" * 64}, "annotations": None}
    document["subject"].append(mine)
    data = json.dumps(document).encode()
    assert read_sign_statement(data, DIGEST) == Claims(DIGEST, "app")
    assert read_sign_statement(data, "sha256:0").digest == OTHER


@pytest.mark.parametrize(
    "change",
    [
        {"predicateType": "https://spdx.dev/Document"},
        {"subject": []},
        {"subject": [{}]},
        {"subject": [{"digest": {}}]},
        {"subject": None},
    ],
)
def test_another_statement_is_no_signature(change: dict[str, Any]) -> None:
    data = json.dumps({**json.loads(sign_statement(Claims(DIGEST))), **change}).encode()
    with pytest.raises(SignatureError):
        read_sign_statement(data, DIGEST, "it")
    assert is_sign_statement(data) == ("predicateType" not in change)


def test_a_payload_that_is_not_json_is_no_statement() -> None:
    assert not is_sign_statement(b"\xff")
