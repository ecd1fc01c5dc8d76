"""The pool: who is believed, what a document is about, what is known of its signature."""

import base64
import json
from typing import Any

import pytest

from ironhull.errors import FormatError
from ironhull.signing import Trust, generate_key, sign_envelope, write_envelope
from ironhull.statements.gathering import NotVexError, Pool, Rules, Source
from tests.vexing.serving import NOW, openvex

IMAGE = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
SAID = openvex(("CVE-2026-1", "pkg:deb/debian/curl", "not_affected"))
KEY = generate_key()
TRUST = Trust(keys=(KEY.public,), now=NOW)


def in_toto(predicate: bytes, *digests: str, name: str = "pkg:docker/app@1") -> bytes:
    """A statement about images of these digests."""
    subjects = [{"name": name, "digest": dict([digest.split(":", 1)])} for digest in digests]
    document = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://openvex.dev/ns/v0.2.0",
        "subject": subjects,
        "predicate": json.loads(predicate),
    }
    return json.dumps(document).encode()


def signed(payload: bytes, key: Any = KEY) -> bytes:
    return write_envelope(sign_envelope(payload, "application/vnd.in-toto+json", key))


def taken(data: bytes, rules: Rules | None = None, **options: Any) -> Pool:
    """A pool with one document in it, attached to IMAGE."""
    pool = Pool(rules or Rules())
    options = {"origin": "attestation", "digests": (IMAGE,), **options}
    pool.add(Source("attached", data, **options))
    return pool


def test_a_document_is_pooled_with_what_is_known_of_it() -> None:
    pool = taken(in_toto(SAID, IMAGE))
    (statement,) = pool.statements
    assert (statement.vulnerability, statement.origin) == ("CVE-2026-1", "attestation")
    assert (statement.signature, statement.signer, statement.base) == ("unsigned", "", "")
    (use,) = pool.documents
    assert (use.where, use.author, use.statements) == (
        statement.document,
        "vendor@example.com",
        1,
    )
    assert list(pool.names) == ["pkg:docker/app@1"]
    assert not pool.problems


def test_documents_are_read_for_what_is_asked_about() -> None:
    pool = Pool(about=("cve-2026-2",))
    pool.add(Source("file", SAID))
    assert not pool.statements
    assert pool.documents[0].statements == 1


def test_a_statement_about_another_image_is_not_believed() -> None:
    pool = taken(in_toto(SAID, OTHER))
    assert not pool.statements
    assert [why for _, why in pool.refused] == [f"it is about another image ({OTHER})"]
    assert pool.documents[0].why == f"it is about another image ({OTHER})"
    assert "not believed" in pool.problems[0].message
    assert not pool.names


def test_a_large_statement_is_about_what_it_says() -> None:
    many = openvex(*((f"CVE-2026-{n}", "pkg:deb/debian/curl", "not_affected") for n in range(8000)))
    assert len(many) > 1024 * 1024
    assert not taken(in_toto(many, OTHER)).statements
    assert len(taken(in_toto(many, IMAGE)).statements) == 8000
    with pytest.raises(FormatError):
        taken(in_toto(many, IMAGE)[:-1])


def test_one_of_several_subjects_is_enough() -> None:
    assert len(taken(in_toto(SAID, OTHER, IMAGE)).statements) == 1


def test_a_document_that_names_no_image_is_about_what_it_is_attached_to() -> None:
    said = json.loads(SAID)
    del said["statements"][0]["products"]
    (statement,) = taken(json.dumps(said).encode()).statements
    assert statement.products[0].hashes == (("sha256", "a" * 64),)


def test_what_is_signed_is_verified_where_somebody_is_trusted() -> None:
    data = signed(in_toto(SAID, IMAGE))
    (statement,) = taken(data).statements
    assert (statement.signature, statement.signer) == ("unchecked", "")
    (statement,) = taken(data, Rules(TRUST)).statements
    assert (statement.signature, statement.signer) == ("verified", KEY.public.title)


def test_another_key_is_not_believed() -> None:
    pool = taken(signed(in_toto(SAID, IMAGE), generate_key()), Rules(TRUST))
    assert not pool.statements
    assert len(pool.refused) == 1
    assert len(pool.problems) == 1


def test_an_altered_payload_is_not_believed() -> None:
    envelope = json.loads(signed(in_toto(SAID, IMAGE)))
    altered = in_toto(SAID.replace(b"CVE-2026-1", b"CVE-2026-9"), IMAGE)
    envelope["payload"] = base64.b64encode(altered).decode()
    pool = taken(json.dumps(envelope).encode(), Rules(TRUST))
    assert not pool.statements
    assert pool.documents[0].why


def test_a_sound_signature_over_another_image_is_not_believed() -> None:
    pool = taken(signed(in_toto(SAID, OTHER)), Rules(TRUST))
    assert not pool.statements
    assert "another image" in pool.documents[0].why


def test_what_is_signed_has_to_say_what_it_is_about() -> None:
    pool = taken(signed(in_toto(SAID)), Rules(TRUST))
    assert pool.documents[0].why == "what was signed does not say which image it is about"
    held = taken(in_toto(SAID), Rules(TRUST), signature="verified", signer="me", bound=True)
    assert held.statements[0].signer == "me"


@pytest.mark.parametrize("origin", ["attestation", "image", "base"])
def test_rules_may_require_a_signature_of_what_comes_with_an_image(origin: str) -> None:
    rules = Rules(TRUST, require=True)
    pool = taken(in_toto(SAID, IMAGE), rules, origin=origin)
    assert not pool.statements
    assert "require" in pool.documents[0].why
    assert len(taken(signed(in_toto(SAID, IMAGE)), rules, origin=origin).statements) == 1


@pytest.mark.parametrize("origin", ["file", "repository"])
def test_rules_are_not_about_what_the_user_named(origin: str) -> None:
    rules = Rules(TRUST, ("nobody",), require=True)
    pool = taken(SAID, rules, origin=origin, digests=())
    assert len(pool.statements) == 1
    other = taken(signed(in_toto(SAID), generate_key()), rules, origin=origin, digests=())
    assert other.statements[0].signature == "unchecked"


@pytest.mark.parametrize(
    ("authors", "believed"),
    [
        ((), True),
        (("vendor@example.com",), True),
        (("VENDOR@*",), True),
        (("other", "*@example.com"), True),
        (("vendor",), False),
        (("*@example.org",), False),
    ],
)
def test_rules_may_name_authors(authors: tuple[str, ...], *, believed: bool) -> None:
    pool = taken(in_toto(SAID, IMAGE), Rules(authors=authors))
    assert bool(pool.statements) is believed
    assert bool(pool.refused) is not believed


def test_what_is_known_to_be_wrong_is_kept_with_the_reason() -> None:
    pool = taken(in_toto(SAID, IMAGE), distrust="its manifest is signed by somebody else")
    assert [why for _, why in pool.refused] == ["its manifest is signed by somebody else"]


def test_a_base_is_noted_on_every_statement() -> None:
    (statement,) = taken(in_toto(SAID, IMAGE), origin="base", base=IMAGE).statements
    assert (statement.origin, statement.base) == ("base", IMAGE)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"name": "npm"}', NotVexError),
        (b"[]", FormatError),
        (b"{", FormatError),
        (b"", FormatError),
        (b'{"payloadType": "x", "payload": 1}', FormatError),
    ],
)
def test_what_is_no_document_is_an_error(data: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Pool().add(Source("file", data))
