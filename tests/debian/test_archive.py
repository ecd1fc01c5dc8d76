"""Archives that are signed, expired, altered, of another release, or not archives at all."""

import hashlib
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pysequoia
import pytest

from ironhull.debian import _openpgp, archive
from ironhull.debian.archive import Archive, open_archive
from ironhull.debian.model import Repository
from ironhull.errors import Error, RepositoryError
from ironhull.transport import Transport
from tests.debian.archives import NOW, ArchiveOnDisk, clearsigned, key, public, stanza

TWO = (stanza("bash", "5.2"), stanza("libc6", "2.41", Source="glibc (2.40)"))


def _open(made: ArchiveOnDisk, tmp_path: Path, **changes: object) -> Archive:
    given = {
        "keys": [public()],
        "architecture": "amd64",
        "transport": Transport(user_agent="x", proxies={}, pause=lambda _: None),
        "cache": tmp_path / "cache",
        "now": NOW,
    } | changes
    repositories = given.pop("repositories", [made.repository])
    return open_archive(repositories, **given)  # type: ignore[arg-type] - a bag of arguments


@pytest.fixture
def made(tmp_path: Path) -> ArchiveOnDisk:
    return ArchiveOnDisk(tmp_path / "archive", TWO).write()


@pytest.fixture(params=["pysequoia", "gpgv"])
def verifier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of verifying a signature."""
    if request.param == "gpgv":
        if not shutil.which("gpgv"):
            pytest.skip("gpgv is not installed")
        monkeypatch.setitem(sys.modules, "pysequoia", None)
    return str(request.param)


@pytest.mark.parametrize("suffixes", [(".xz", ".gz"), (".gz",), (".xz",), ("",)])
def test_a_signed_archive_is_read(tmp_path: Path, suffixes: tuple[str, ...]) -> None:
    made = ArchiveOnDisk(tmp_path / "archive", TWO, suffixes=suffixes).write()
    opened = _open(made, tmp_path)
    (bash,) = opened.index.named("bash")
    assert (bash.version, bash.url) == ("5.2", f"{made.root.as_uri()}/pool/bash_5.2.deb")
    assert opened.index.named("libc6")[0].source.version == "2.40"
    (release,) = opened.releases
    assert release.codename == "trixie"
    assert opened.date == release.date == "2026-05-31T12:00:00Z"
    assert release.sha256 == hashlib.sha256((made.dist / "InRelease").read_bytes()).hexdigest()


def test_both_verifiers_take_a_good_signature(
    tmp_path: Path, made: ArchiveOnDisk, verifier: str
) -> None:
    assert len(_open(made, tmp_path).releases[0].signers) == 1


def test_an_unknown_signer_is_refused(tmp_path: Path, made: ArchiveOnDisk, verifier: str) -> None:
    with pytest.raises(RepositoryError, match=r"InRelease: .*no trusted key signed it|altered"):
        _open(made, tmp_path, keys=[public("somebody else")])


def test_no_keyring_means_debians_keys(tmp_path: Path, made: ArchiveOnDisk, verifier: str) -> None:
    with pytest.raises(RepositoryError, match="InRelease"):
        _open(made, tmp_path, keys=[])


def test_an_altered_release_is_refused(tmp_path: Path, made: ArchiveOnDisk, verifier: str) -> None:
    path = made.dist / "InRelease"
    path.write_bytes(path.read_bytes().replace(b"Origin: Test", b"Origin: Best"))
    with pytest.raises(RepositoryError, match="InRelease: altered"):
        _open(made, tmp_path)


@pytest.mark.parametrize("place", ["before", "behind"])
def test_only_the_signed_text_counts(
    tmp_path: Path, made: ArchiveOnDisk, verifier: str, place: str
) -> None:
    path = made.dist / "InRelease"
    evil = b"Codename: evil\nSHA256:\n " + b"0" * 64 + b" 1 main/binary-amd64/Packages\n"
    signed = path.read_bytes()
    path.write_bytes(evil + signed if place == "before" else signed + b"\n" + evil)
    try:
        opened = _open(made, tmp_path)
    except RepositoryError:
        return  # refusing it is as good
    assert opened.releases[0].codename == "trixie"
    assert "0" * 64 not in [digest for digest, _ in opened.releases[0].files.values()]


@pytest.mark.parametrize("data", [b"", b"<html>", b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"\0"])
def test_what_is_not_a_release(
    tmp_path: Path, made: ArchiveOnDisk, verifier: str, data: bytes
) -> None:
    (made.dist / "InRelease").write_bytes(data)
    with pytest.raises(RepositoryError, match="InRelease"):
        _open(made, tmp_path)


def test_without_a_verifier_nothing_is_trusted(
    tmp_path: Path, made: ArchiveOnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pysequoia", None)
    monkeypatch.setattr(_openpgp.shutil, "which", lambda _: None)
    with pytest.raises(RepositoryError, match="nothing here can verify") as caught:
        _open(made, tmp_path)
    assert "ironhull[build]" in caught.value.hint


@pytest.mark.parametrize("keys", [[b"nonsense"], [b""], [b"-----BEGIN PGP PUBLIC KEY BLOCK-----"]])
def test_keys_that_are_none(
    tmp_path: Path, made: ArchiveOnDisk, verifier: str, keys: list[bytes]
) -> None:
    with pytest.raises(RepositoryError):
        _open(made, tmp_path, keys=keys)


def test_armored_keys_are_taken(tmp_path: Path, made: ArchiveOnDisk, verifier: str) -> None:
    armored = str(key("archive")).encode()
    assert armored.startswith(b"-----BEGIN")
    assert _open(made, tmp_path, keys=[public("another"), armored]).releases


# ── dates and names ──────────────────────────────────────────────────────────────────────────────


def _until(days: int) -> dict[str, str]:
    return {"Valid-Until": format_datetime(NOW + timedelta(days=days))}


def test_an_expired_release_says_when(tmp_path: Path) -> None:
    made = ArchiveOnDisk(tmp_path / "archive", TWO, fields=_until(-1)).write()
    with pytest.raises(RepositoryError, match="expired on 2026-05-31 12:00 UTC") as caught:
        _open(made, tmp_path)
    assert "check-valid-until=no" in caught.value.hint
    plain = made.repository
    snapshot = Repository(plain.url, plain.suite, plain.components, check_valid_until=False)
    assert _open(made, tmp_path, repositories=[snapshot]).releases


def test_a_release_not_yet_expired(tmp_path: Path) -> None:
    assert _open(ArchiveOnDisk(tmp_path / "a", TWO, fields=_until(1)).write(), tmp_path)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026 00:00:00 UTC"])
def test_a_release_without_a_date(tmp_path: Path, date: str) -> None:
    made = ArchiveOnDisk(tmp_path / "a", TWO, fields={"Date": date}).write()
    with pytest.raises(RepositoryError, match="Date is missing or not a date"):
        _open(made, tmp_path)


def test_a_release_of_the_future(tmp_path: Path) -> None:
    fields = {"Date": format_datetime(NOW + timedelta(days=1))}
    made = ArchiveOnDisk(tmp_path / "a", TWO, fields=fields).write()
    with pytest.raises(RepositoryError, match="in the future") as caught:
        _open(made, tmp_path)
    assert "clock" in caught.value.hint


def test_another_release_is_refused(tmp_path: Path, made: ArchiveOnDisk) -> None:
    shutil.copytree(made.dist, made.dist.parent / "bookworm")
    other = Repository(made.root.as_uri(), "bookworm", ("main",))
    with pytest.raises(RepositoryError, match="is the release of stable or trixie, not of book"):
        _open(made, tmp_path, repositories=[other])
    shutil.copytree(made.dist, made.dist.parent / "stable")
    assert _open(made, tmp_path, repositories=[Repository(other.url, "stable", ("main",))])


def test_a_missing_suite_component_and_architecture(tmp_path: Path, made: ArchiveOnDisk) -> None:
    url = made.root.as_uri()
    for repository, match in (
        (Repository(url, "sid", ("main",)), "there is no InRelease"),
        (Repository(url, "trixie", ("contrib",)), "has no contrib/binary-amd64/Packages"),
    ):
        with pytest.raises(RepositoryError, match=match):
            _open(made, tmp_path, repositories=[repository])
    with pytest.raises(RepositoryError, match="has no main/binary-s390x") as caught:
        _open(made, tmp_path, architecture="s390x")
    assert "amd64, arm64" in caught.value.hint
    foreign = Repository(url, "trixie", ("main",), architectures=("arm64",))
    with pytest.raises(RepositoryError, match="no repository has packages for amd64"):
        _open(made, tmp_path, repositories=[foreign])


# ── the hash chain ───────────────────────────────────────────────────────────────────────────────


def _indexes(made: ArchiveOnDisk) -> list[Path]:
    return [p for p in made.dist.rglob("*") if p.is_file() and p.name != "InRelease"]


def test_an_altered_index_is_refused(tmp_path: Path, made: ArchiveOnDisk) -> None:
    for path in _indexes(made):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with pytest.raises(RepositoryError, match=r"not the main/.* sha256 is .* not .* as exp"):
        _open(made, tmp_path)


def test_an_index_of_another_size_is_refused(tmp_path: Path, made: ArchiveOnDisk) -> None:
    for path in _indexes(made):
        path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(RepositoryError, match=r"Packages\.xz that InRelease lists: .* more than"):
        _open(made, tmp_path)


def test_an_index_that_is_gone(tmp_path: Path, made: ArchiveOnDisk) -> None:
    for path in _indexes(made):
        path.unlink()
    with pytest.raises(RepositoryError, match=r"Packages\.xz: listed in InRelease, but not there"):
        _open(made, tmp_path)


def test_without_by_hash_the_plain_name_is_used(tmp_path: Path, made: ArchiveOnDisk) -> None:
    shutil.rmtree(made.dist / "main/binary-amd64/by-hash")
    assert _open(made, tmp_path).index.names == ("bash", "libc6")


@pytest.mark.parametrize("suffix", [".xz", ".gz"])
def test_a_signed_bomb_stays_small(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = stanza("x", Description="0" * 3_000_000)
    made = ArchiveOnDisk(tmp_path / "archive", (bomb,), suffixes=(suffix,)).write()
    text = clearsigned_without_plain(made)
    (made.dist / "InRelease").write_bytes(text)
    small = replace(archive.LIMITS, packages_index_bytes=100_000)
    monkeypatch.setattr(archive, "LIMITS", small)
    with pytest.raises(RepositoryError, match="unpacks to more than the 100000 bytes"):
        _open(made, tmp_path)


def clearsigned_without_plain(made: ArchiveOnDisk) -> bytes:
    """The release again, without the unpacked file's size and digest."""
    signed = (made.dist / "InRelease").read_text()
    text = signed.split("\n\n", 1)[1].split("\n-----BEGIN PGP SIGNATURE")[0]
    return clearsigned(
        "".join(line + "\n" for line in text.splitlines() if not line.endswith("/Packages"))
    )


def test_a_damaged_cache_is_a_miss(tmp_path: Path, made: ArchiveOnDisk) -> None:
    _open(made, tmp_path)
    kept = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert kept
    for path in kept:
        path.write_bytes(b"Package: evil\n")
    assert _open(made, tmp_path).index.names == ("bash", "libc6")


def test_the_cache_spares_the_index(tmp_path: Path, made: ArchiveOnDisk) -> None:
    _open(made, tmp_path)
    for path in _indexes(made):
        path.unlink()
    assert _open(made, tmp_path).index.names == ("bash", "libc6")


def test_a_malformed_list_of_files_is_refused(tmp_path: Path, made: ArchiveOnDisk) -> None:
    for text in ("Codename: trixie\n", "Codename: trixie\nSHA256:\n nonsense\n", "no field\n"):
        (made.dist / "InRelease").write_bytes(clearsigned(text))
        with pytest.raises(RepositoryError, match="InRelease"):
            _open(made, tmp_path)


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_keys_are_debians() -> None:
    """Fingerprints as published on https://ftp-master.debian.org/keys.html."""
    found = {pysequoia.Cert.from_bytes(data).fingerprint for data in archive.debian_keys()}
    assert found == {
        "b8b80b5b623eab6ad8775c45b7c5d7d6350947f8",  # bookworm automatic
        "05ab90340c0c5e797f44a8c8254cf3b5aec0a8f0",  # bookworm security automatic
        "4d64fec119c2029067d6e791f8d2585b8783d481",  # bookworm stable
        "04b54c3cdca79751b16bc6b5225629df75b188bd",  # trixie automatic
        "5e04a1e3223a19a20706e20f9904613d4cce68c6",  # trixie security automatic
        "41587f7db8c774bccf131416762f67a0b2c39de4",  # trixie stable
    }


def test_keys_are_read_from_files(tmp_path: Path) -> None:
    transport = Transport(user_agent="x", proxies={})
    (tmp_path / "key.gpg").write_bytes(public())
    url = (tmp_path / "key.gpg").as_uri()
    keys = archive.load_keyring(["key.gpg", url], transport=transport, near=tmp_path)
    assert keys == (public(), public())
    with pytest.raises(Error, match=r"none\.gpg cannot be read"):
        archive.load_keyring(["none.gpg"], transport=transport, near=tmp_path)


@pytest.mark.network
def test_debians_own_archive(debian_archive: str, tmp_path: Path, verifier: str) -> None:
    repository = Repository(debian_archive, "trixie-updates", ("main",))
    opened = _open(
        ArchiveOnDisk(tmp_path), tmp_path, keys=[], repositories=[repository], now=datetime.now(UTC)
    )
    assert opened.releases[0].codename == "trixie-updates"
