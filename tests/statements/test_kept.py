"""Documents kept by content: the same statements, whatever happens to the cache."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.model import Component
from ironhull.statements import StatementCache, _kept, read_documents
from tests.statements.test_openvex import ROW, document


def large(count: int = 400) -> bytes:
    """A document that is worth keeping, with everything a statement can say."""
    rows: list[Any] = [
        {
            **ROW,
            "vulnerability": {"name": f"CVE-{n}", "aliases": [f"GHSA-{n}"]},
            "products": [
                {
                    "@id": f"pkg:oci/app{n % 7}",
                    "hashes": {"sha-256": "ab" * 32},
                    "subcomponents": [{"@id": "pkg:npm/a@1"}],
                }
            ],
            "status_notes": "n" * 100,
        }
        for n in range(count)
    ]
    return document(*rows, {}, {"vulnerability": {"name": "CVE-X\t\n"}, "status": "nope"})


@pytest.fixture
def cache(tmp_path: Path) -> StatementCache:
    return StatementCache(tmp_path, "code")


def test_what_is_kept_is_what_was_read(cache: StatementCache, monkeypatch: Any) -> None:
    data = large()
    plain = read_documents(data, "x")
    first = read_documents(data, "x", cache=cache)
    monkeypatch.setattr("ironhull.statements.readings", None)
    assert first == plain
    assert read_documents(data, "x", cache=cache) == plain
    some = read_documents(data, "x", cache=cache, about={"cve-3", "ghsa-5"})
    assert [s.vulnerability for s in some[0].statements] == ["CVE-3", "CVE-5"]
    assert some[0].statements == tuple(plain[0].statements[n] for n in (3, 5))
    assert (some[0].stated, some[0].problems) == (400, plain[0].problems)


def test_what_is_asked_for_first_is_not_all_that_is_kept(cache: StatementCache) -> None:
    data = large()
    asked = read_documents(data, "x", cache=cache, about={"cve-3"})
    assert len(asked[0].statements) == 1
    assert read_documents(data, "x", cache=cache) == read_documents(data, "x")


@pytest.mark.parametrize(
    "more",
    [
        {"document": "y"},
        {"origin": "repository"},
        {"issued": "2020-01-01T00:00:00Z"},
        {"subjects": (Component(("pkg:oci/x",)),)},
    ],
)
def test_what_statements_inherit_is_part_of_the_key(
    more: dict[str, Any], cache: StatementCache
) -> None:
    data = large()
    read_documents(data, "x", cache=cache)
    said = {"document": "x", **more}
    assert read_documents(data, cache=cache, **said) == read_documents(data, **said)


def test_other_code_reads_anew(tmp_path: Path) -> None:
    data = large()
    read_documents(data, "x", cache=StatementCache(tmp_path, "old"))
    assert (
        StatementCache(tmp_path, "new").load(StatementCache(tmp_path, "new").key(data, ()), None)
        is None
    )
    unknown = StatementCache(tmp_path, "")
    assert unknown.key(data, ()) == ""
    assert read_documents(data, "x", cache=unknown) == read_documents(data, "x")


def test_a_small_document_is_not_kept(cache: StatementCache, tmp_path: Path) -> None:
    read_documents(document(ROW), "x", cache=cache)
    assert not list(tmp_path.rglob("*.cache"))


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"{}", b"[{}]", b"[1]", b'[{"fields":[1]}]', b"\xff", b"[" * 100_000],
)
def test_what_is_damaged_is_read_anew(content: bytes, tmp_path: Path) -> None:
    data = large()
    cache = StatementCache(tmp_path, "code")
    key = cache.key(data, ("x", "file", "", "()"))
    cache._files.keep(key, content)
    assert read_documents(data, "x", cache=cache) == read_documents(data, "x")
    again = json.loads(cache._files.load(key) or b"")
    assert len(again[0]["rows"]) == 400


texts = st.text(max_size=8)


@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=5))
def test_any_text_comes_back(rows: list[tuple[str, str, str]]) -> None:
    said = [
        {**ROW, "vulnerability": {"name": f"a{one}", "aliases": [two]}, "status_notes": three}
        for one, two, three in rows
    ]
    plain = read_documents(document(*said), "x")
    assert tuple(_kept._unpacked(_kept._packed(plain), None)) == plain


def test_what_is_known_better_is_set_on_every_statement(cache: StatementCache) -> None:
    data = large()
    known = (("signature", "verified"), ("signer", "release key"), ("base", "sha256:ab"))
    plain = read_documents(data, "x", known=known, about={"cve-3", "cve-4"})
    assert [(s.signature, s.signer, s.base) for s in plain[0].statements] == [
        ("verified", "release key", "sha256:ab")
    ] * 2
    assert plain[0].signature == "verified"
    for _ in range(2):  # read, then from the cache
        assert (
            read_documents(data, "x", cache=cache, known=known, about={"cve-3", "cve-4"}) == plain
        )
    unsigned = read_documents(data, "x", cache=cache)
    assert unsigned == read_documents(data, "x")
