"""Files of layers are searched whole, piece by piece and in any encoding, or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.detectors import secret_files
from ironhull.detectors.secret_files import NAME, Search, file_secrets, rules_version
from ironhull.limits import LIMITS
from ironhull.model import SecretFinding
from ironhull.oci._bodies import MemoryBody
from tests.detectors.planted import planted

TOKEN = "ghp_" + planted("<w:36>", "files")
OTHER = "ghp_" + planted("<w:36>", "other files")


@pytest.fixture(scope="module")
def search() -> Search:
    return Search()


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 4 KiB that share 1 KiB."""
    monkeypatch.setattr(secret_files, "LIMITS", replace(LIMITS, secret_window_bytes=4096))
    monkeypatch.setattr(secret_files, "_OVERLAP", 1024)
    monkeypatch.setattr(secret_files, "_LINE", 1024)


def told(search: Search, data: bytes, path: str = "app/settings") -> tuple[SecretFinding, ...]:
    facts = search.probe.extract(path, MemoryBody(data))
    return file_secrets(facts, path, "sha256:1").found if facts else ()


def suits(search: Search, path: str, head: bytes) -> bool:
    assert search.probe.suits is not None
    return search.probe.suits(path, head)


def test_a_token_is_found_and_never_kept(search: Search) -> None:
    data = f"a = 1\ntoken = {TOKEN}\n".encode()
    facts = search.probe.extract("app/settings", MemoryBody(data))
    assert TOKEN.encode() not in facts
    (found,) = file_secrets(facts, "app/settings", "sha256:1").found
    assert (found.path, found.layer, found.line, found.source) == (
        "app/settings",
        "sha256:1",
        2,
        "FILE",
    )


def test_nothing_is_told_of_files_without_secrets(search: Search) -> None:
    assert search.probe.extract("app/settings", MemoryBody(b"port = 80\n" * 100)) == b""
    assert search.probe.extract("app/settings", MemoryBody(b"")) == b""


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_is_read_by_its_mark(search: Search, encoding: str) -> None:
    data = f"\ufeffone\r\ntoken = {TOKEN}\r\n".encode(encoding)
    assert suits(search, "app/settings.ini", data[:512])
    assert [found.line for found in told(search, data)] == [2]


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_large_files_are_searched_to_their_end(search: Search, encoding: str) -> None:
    lines = [f"line {number}" for number in range(3_000)]
    lines[1] = TOKEN
    lines[1_500] = f"token={OTHER}"
    lines[2_999] = f"'{TOKEN}'"
    data = ("\ufeff" + "\n".join(lines)).encode(encoding)
    assert [found.line for found in told(search, data)] == [2, 1_501, 3_000]


@pytest.mark.usefixtures("small_windows")
@given(st.integers(0, 9_000), st.booleans())
def test_a_token_is_found_once_wherever_pieces_end(
    search: Search, before: int, one_line: bool
) -> None:
    filler = "x y " if one_line else "x y\n"
    text = (filler * (before // 4 + 1))[:before] + f"\n{TOKEN}\n" + filler * 2_000
    found = told(search, text.encode())
    assert [each.line for each in found] == [text[: text.index(TOKEN)].count("\n") + 1]


@pytest.mark.parametrize(
    ("path", "head", "searched"),
    [
        ("app/.env", b"A=1", True),
        ("etc/ssl/private/own.key", b"-----BEGIN", True),
        ("app/program", b"\x7fELF\x02\x01\x01\x00", False),
        ("app/data.sqlite", b"SQLite format 3\x00", False),
        ("app/tests/data.env", b"A=1", False),
        ("usr/share/doc/x/README", b"A=1", False),
        ("app/logo.png", b"\x89PNG\r\n", False),
    ],
)
def test_which_files_are_searched(search: Search, path: str, head: bytes, searched: bool) -> None:
    assert suits(search, path, head) is searched


def test_what_people_edit_has_a_checksum(search: Search) -> None:
    data = f"token = {TOKEN}\n".encode()
    facts = search.probe.extract("etc/app.conf", MemoryBody(data))
    assert len(file_secrets(facts, "etc/app.conf", "").md5) == 32
    facts = search.probe.extract("opt/app.conf", MemoryBody(data))
    assert file_secrets(facts, "opt/app.conf", "").md5 == ""


def test_more_secrets_than_anybody_reads_are_a_problem_and_not_an_end() -> None:
    search = Search(most=2)
    lines = "".join(f"t{n} = ghp_{planted('<w:36>', n)}\n" for n in range(3)).encode()
    assert len(told(search, lines)) == 3
    assert not search.exceeded
    with pytest.raises(Exception, match="more than 2 secrets in the image"):
        search.probe.extract("app/b", MemoryBody(lines))
    assert search.exceeded


@given(st.binary(max_size=60) | st.sampled_from([b"{}", b'{"found": [[1]], "md5": ""}', b"[]"]))
def test_facts_of_somebody_else_are_no_facts(data: bytes) -> None:
    with pytest.raises(ValueError):
        file_secrets(data, "a", "b")


def test_the_version_is_that_of_the_rules() -> None:
    assert rules_version() == rules_version()
    assert Search().probe.version == rules_version()
    assert Search().probe.name == NAME


@dataclass
class _Endless:
    """A body that tells of more bytes than it has."""

    size: int = 1 << 40

    def read(self, offset: int, count: int) -> bytes:
        return b"a\n" if offset == 0 else b""


def test_a_body_that_ends_early_ends_the_search(search: Search) -> None:
    def pieces() -> Iterator[tuple[bytes, int]]:
        yield from secret_files._pieces(_Endless(), b"\n")  # type: ignore[arg-type]  # what is read of a body

    assert sum(len(piece) for piece, _ in pieces()) < 10


@given(st.lists(st.sampled_from([TOKEN, OTHER, "AKIA" + planted("<b32:16>", "aws")]), min_size=1))
def test_no_secret_of_a_line_is_shown(search: Search, tokens: list[str]) -> None:
    for found in told(search, "; ".join(f"k = '{token}'" for token in tokens).encode()):
        assert "********" in found.match
        assert not [token for token in tokens if token[4:] in found.match]


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN PRIVATE KEY-----", "ghp_", 'secret: "', "password=", "a", "eyJ", "https://a:b"],
)
def test_text_made_to_take_long_does_not(search: Search, text: str) -> None:
    assert told(search, (text * 2_000_000)[:2_000_000].encode()) == ()


def test_a_long_private_key_is_found_whole(search: Search) -> None:
    lines = "\n".join(planted("<b64:64>", n) for n in range(98))  # RSA, 8192 bits
    key = f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"
    (found,) = told(search, key.encode())
    assert (found.rule, found.line, found.end_line) == ("private-key", 1, 100)
