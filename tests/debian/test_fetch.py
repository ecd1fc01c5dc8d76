"""The cache of .debs: right ones kept, altered ones refused, missing ones named."""

from dataclasses import replace
from pathlib import Path

import pytest

from ironhull.debian.fetch import fetch_debs
from ironhull.debian.index import PackageIndex
from ironhull.debian.model import Deb
from ironhull.errors import RepositoryError
from ironhull.limits import LIMITS
from ironhull.transport import Transport
from tests.debian.archives import ArchiveOnDisk, stanza

MANY = tuple(stanza(f"p{n}", f"{n}.0") for n in range(20))


@pytest.fixture
def made(tmp_path: Path) -> ArchiveOnDisk:
    return ArchiveOnDisk(tmp_path / "archive", MANY).write()


def _debs(made: ArchiveOnDisk) -> list[Deb]:
    index = PackageIndex("amd64")
    index.add("\n".join(made.stanzas).encode(), base=made.root.as_uri(), origin="x trixie")
    return [deb for name in index.names for deb in index.named(name)]


def _fetch(debs: list[Deb], tmp_path: Path) -> list[bytes]:
    transport = Transport(user_agent="x", proxies={}, pause=lambda _: None)
    found = fetch_debs(debs, cache=tmp_path / "cache", transport=transport)
    return [found[deb.sha256].read_bytes() for deb in debs]


def test_all_are_fetched_and_kept(tmp_path: Path, made: ArchiveOnDisk) -> None:
    debs = _debs(made)
    expected = [f"{deb.name} {deb.version}".encode() for deb in debs]
    assert _fetch(debs, tmp_path) == expected
    for path in (made.root / "pool").iterdir():
        path.unlink()
    assert _fetch(debs, tmp_path) == expected
    assert _fetch([], tmp_path) == []


def test_a_damaged_entry_is_fetched_again(tmp_path: Path, made: ArchiveOnDisk) -> None:
    debs = _debs(made)
    expected = _fetch(debs, tmp_path)
    for path in (p for p in (tmp_path / "cache").rglob("*") if p.is_file()):
        path.write_bytes(b"damaged")
    assert _fetch(debs, tmp_path) == expected


def test_an_altered_deb_is_refused_by_name(tmp_path: Path, made: ArchiveOnDisk) -> None:
    (made.root / "pool/p3_3.0.deb").write_bytes(b"p3 6.0")
    with pytest.raises(RepositoryError, match=r"p3_3\.0\.deb: sha256 is"):
        _fetch(_debs(made), tmp_path)
    (made.root / "pool/p3_3.0.deb").write_bytes(b"p3 3.0, and more")
    with pytest.raises(RepositoryError, match=r"p3_3\.0\.deb: more than the 6 bytes"):
        _fetch(_debs(made), tmp_path)


def test_a_deb_that_is_gone_says_what_to_do(tmp_path: Path, made: ArchiveOnDisk) -> None:
    (made.root / "pool/p3_3.0.deb").unlink()
    with pytest.raises(RepositoryError, match=r"p3 3\.0 amd64: no longer in the arch") as caught:
        _fetch(_debs(made), tmp_path)
    assert "snapshot.debian.org" in caught.value.hint


def test_a_deb_too_large_is_not_begun(tmp_path: Path, made: ArchiveOnDisk) -> None:
    huge = replace(_debs(made)[0], size=LIMITS.deb_bytes + 1)
    with pytest.raises(RepositoryError, match="more than we read"):
        _fetch([huge], tmp_path)
