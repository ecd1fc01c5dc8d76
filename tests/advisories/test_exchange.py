"""Data that goes to another machine: whole, not older, or not at all."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from ironhull.advisories.exchange import export_data, import_data
from ironhull.advisories.update import index_path, open_index, update
from ironhull.errors import AdvisoryError, StoreError
from ironhull.store.advisories import AdvisoryIndex
from ironhull.store.files import locked

from .serving import NOW, Served, record, serving, transport, write_osv
from .test_update import FEW, FLASK, _later, publish, states


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Served, Path]]:
    """What is served, and a directory that was updated from it."""
    root, data = tmp_path_factory.mktemp("world"), tmp_path_factory.mktemp("data")
    publish(root)
    with serving(root) as served:
        update(directory=data, transport=transport(), now=NOW, urls=served.urls, wanted=FEW)
        yield root, served, data


def exported(data: Path, *, raw: bool = False) -> bytes:
    file = io.BytesIO()
    export_data(data, file, raw=raw, now=NOW)
    return file.getvalue()


def take(directory: Path, data: bytes, **named: Any) -> Any:
    return import_data(directory, io.BytesIO(data), what="FILE", now=NOW, **named)


def digest(directory: Path) -> str:
    with AdvisoryIndex.open(index_path(directory)) as index:
        return index.digest


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_the_other_machine_knows_the_same(world: tuple[Path, Served, Path], tmp_path: Path) -> None:
    _, _, data = world
    bundle = exported(data)
    done = take(tmp_path, bundle)
    assert done.changed
    assert done.digest == digest(data) == digest(tmp_path)
    assert names(tmp_path) == {"index.sqlite", "update.lock", "raw", "imported"}
    with open_index(tmp_path, now=NOW) as index, open_index(data, now=NOW) as other:
        assert index.sources == other.sources
        assert index.about("CVE-2026-0001") == other.about("CVE-2026-0001") != ()
        assert index.claims("PyPI", "flask") == other.claims("PyPI", "flask") != ()
    assert not take(tmp_path, bundle).changed


def test_what_was_learned_comes_along(world: tuple[Path, Served, Path], tmp_path: Path) -> None:
    data = tmp_path / "a"
    shutil.copytree(world[2], data)
    (data / "learned").mkdir()
    (data / "learned" / "Debian-13.json").write_text("{}")
    take(tmp_path / "b", exported(data))
    assert (tmp_path / "b/learned/Debian-13.json").read_text() == "{}"


@pytest.mark.parametrize("raw", [True, False])
def test_updates_go_on_from_an_import(
    world: tuple[Path, Served, Path], tmp_path: Path, *, raw: bool
) -> None:
    root, data = tmp_path / "world", world[2]
    shutil.copytree(world[0], root)
    take(tmp_path / "data", exported(data, raw=raw))
    newer = record("PYSEC-2026-9", package="jinja2", events=[{"introduced": "0"}])
    publish(root, [FLASK, newer])
    _later(root)
    with serving(root) as again:
        result = update(
            directory=tmp_path / "data",
            transport=transport(),
            now=NOW,
            urls=again.urls,
            wanted=FEW,
        )
        assert states(result)["osv-pypi"] == "updated"
        assert result.ok
    with open_index(tmp_path / "data", now=NOW) as index:
        assert [a.id for a in index.lookup("PyPI", "jinja2")] == ["PYSEC-2026-9"]
        assert [a.id for a in index.lookup("PyPI", "flask")] == ["CVE-2026-0001"]


def test_a_source_without_downloads_stays_while_others_are_updated(
    world: tuple[Path, Served, Path], tmp_path: Path
) -> None:
    from ironhull.advisories.update import Wanted

    _, served, data = world
    take(tmp_path, exported(data))
    result = update(
        directory=tmp_path,
        transport=transport(),
        now=NOW,
        urls=served.urls,
        wanted=Wanted(only=("kev",)),
    )
    assert states(result) == {"kev": "updated"}
    assert result.digest == digest(data)


def test_older_downloads_do_not_come_back(world: tuple[Path, Served, Path], tmp_path: Path) -> None:
    root, data = tmp_path / "world", tmp_path / "data"
    shutil.copytree(world[0], root)
    write_osv(root, "PyPI", [{**FLASK, "modified": "2025-01-02T00:00:00Z", "summary": "old"}])
    with serving(root) as served:
        update(directory=data, transport=transport(), now=NOW, urls=served.urls, wanted=FEW)
    take(data, exported(world[2]))
    assert not (data / "raw/osv-pypi").exists()
    (data / "index.sqlite").touch()
    with open_index(data, now=NOW) as index:
        assert index.digest == digest(world[2])
        assert index.lookup("PyPI", "flask")[0].summary != "old"


def test_older_data_is_refused_unless_forced(
    world: tuple[Path, Served, Path], tmp_path: Path
) -> None:
    root, data = tmp_path / "world", tmp_path / "data"
    shutil.copytree(world[0], root)
    write_osv(root, "PyPI", [{**FLASK, "modified": "2026-09-09T00:00:00Z"}])
    with serving(root) as served:
        update(directory=data, transport=transport(), now=NOW, urls=served.urls, wanted=FEW)
    before = digest(data)
    bundle = exported(world[2])
    with pytest.raises(AdvisoryError, match=r"osv-pypi is of 2026-01-02, .* 2026-09-09") as trouble:
        take(data, bundle)
    assert "--force" in trouble.value.hint
    assert digest(data) == before
    assert take(data, bundle, force=True).digest == digest(world[2])


def test_data_that_lacks_a_source_is_refused(
    world: tuple[Path, Served, Path], tmp_path: Path
) -> None:
    open_index(tmp_path, now=NOW).close()
    less = exported(tmp_path)
    with pytest.raises(AdvisoryError, match="has no data of"):
        take(world[2], less)


def _rewritten(bundle: bytes, change: Any) -> bytes:
    """The bundle with the head changed."""
    with tarfile.open(fileobj=io.BytesIO(zstd.decompress(bundle))) as archive:
        members = [(m.name, archive.extractfile(m)) for m in archive.getmembers()]
        bodies = [(name, file.read() if file else b"") for name, file in members]
    head = json.loads(bodies[0][1])
    change(head)
    bodies[0] = ("bundle.json", json.dumps(head).encode())
    return packed(bodies)


def packed(bodies: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, body in bodies:
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return zstd.compress(file.getvalue())


def _file(path: str) -> Any:
    return lambda head: head["files"].update({path: [0, hashlib.sha256(b"").hexdigest()]})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda head: head.update(schema=2), "version 2, this Ironhull reads"),
        (lambda head: head.update(format=9), "format 9"),
        (lambda head: head.update(digest="sha256:00"), "not the one it names"),
        (lambda head: head.pop("built"), "not what it should be: 'built'"),
        (lambda head: head["files"].clear(), "holds no index"),
        (lambda head: head["files"].update({"index.sqlite": [5, ""]}), "does not belong there"),
        (_file("raw/../../x"), "holds raw/../../x"),
        (_file("learned/../x.json"), "holds learned/../x.json"),
        (_file("raw/osv.old/x"), "holds raw/osv.old/x"),
        (_file("/etc/passwd"), "holds /etc/passwd"),
        (_file("learned/x.json"), "learned/x.json is missing"),
        (lambda head: head["files"]["index.sqlite"].__setitem__(1, "00"), "damaged"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused(
    world: tuple[Path, Served, Path], tmp_path: Path, change: Any, said: str
) -> None:
    bundle = _rewritten(exported(world[2]), change)
    with pytest.raises(AdvisoryError) as trouble:
        take(tmp_path, bundle)
    assert said in trouble.value.message
    assert trouble.value.hint
    assert names(tmp_path) <= {"update.lock"}


def test_members_that_are_not_named_are_refused(
    world: tuple[Path, Served, Path], tmp_path: Path
) -> None:
    with tarfile.open(fileobj=io.BytesIO(zstd.decompress(exported(world[2])))) as archive:
        first = archive.extractfile("bundle.json")
        assert first is not None
        head = first.read()
    with pytest.raises(AdvisoryError, match="'evil' does not belong there"):
        take(tmp_path, packed([("bundle.json", head), ("evil", b"x")]))
    with pytest.raises(AdvisoryError, match="not advisory data"):
        take(tmp_path, packed([("evil", b"x")]))


@given(st.data())
def test_a_damaged_file_changes_nothing(
    world: tuple[Path, Served, Path], tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    target = tmp_path_factory.mktemp("damaged")
    bundle = bytearray(exported_once(world[2]))
    place = data.draw(st.integers(0, len(bundle) - 1))
    if data.draw(st.booleans()):
        del bundle[place:]
    else:
        bundle[place] ^= data.draw(st.integers(1, 255))
    try:
        take(target, bytes(bundle))
    except AdvisoryError:
        assert not index_path(target).exists()
    else:  # the damage was where nothing depends on it
        assert digest(target) == digest(world[2])
    shutil.rmtree(target)


_ONCE: dict[Path, bytes] = {}


def exported_once(data: Path) -> bytes:
    if data not in _ONCE:
        _ONCE[data] = exported(data)
    return _ONCE[data]


def test_an_import_that_cannot_be_read_again_is_not_replaced_by_less(
    world: tuple[Path, Served, Path], tmp_path: Path
) -> None:
    take(tmp_path, exported(world[2]))
    with sqlite3.connect(index_path(tmp_path)) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(AdvisoryError, match="was imported") as trouble:
        open_index(tmp_path, now=NOW)
    assert "import it again" in trouble.value.hint
    take(tmp_path, exported(world[2]), force=True)
    assert digest(tmp_path) == digest(world[2])


def test_one_after_the_other(world: tuple[Path, Served, Path], tmp_path: Path) -> None:
    told = []
    lock = locked(tmp_path / "update.lock")
    lock.__enter__()

    def waiting() -> None:
        told.append("waits")
        lock.__exit__(None, None, None)

    assert take(tmp_path, exported(world[2]), waiting=waiting).changed
    assert told == ["waits"]


def test_a_full_disk_leaves_what_was_there(
    world: tuple[Path, Served, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index(tmp_path, now=NOW).close()
    before = digest(tmp_path)
    bundle = exported(world[2])

    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match=r"cannot import into .* No space left"):
        take(tmp_path, bundle)
    assert digest(tmp_path) == before
    assert names(tmp_path) == {"index.sqlite", "update.lock"}
