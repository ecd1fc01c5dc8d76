"""Answers are given again only while everything they were made of is as it was."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.store.answer_cache import Answer, AnswerCache, Input
from ironhull.store.cache_files import CacheFiles, key_of

ANSWER = Answer(2, b"out\n", b"note\n")
REQUEST = ("code", "sbom", "x")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "in" / "names").mkdir(parents=True)
    (tmp_path / "in" / "text").write_bytes(b"content")
    (tmp_path / "in" / "file").write_bytes(b"content")
    (tmp_path / "in" / "names" / "a").write_bytes(b"content")
    return tmp_path / "in"


def later(place: Path) -> float:
    """A time at which all of `place` is old enough."""
    return max(path.stat().st_ctime for path in [place, *place.rglob("*")]) + 10


def inputs(place: Path) -> list[Input]:
    return [Input(kind, str(place / kind)) for kind in ("text", "file", "names")]


def kept(place: Path) -> AnswerCache:
    cache = AnswerCache(str(place.parent / "cache"))
    assert cache.keep(REQUEST, ANSWER, inputs(place), since=later(place))
    return cache


def test_an_answer_is_given_again(place: Path) -> None:
    cache = kept(place)
    assert cache.load(REQUEST) == ANSWER
    assert cache.load((*REQUEST, "more")) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda place: (place / "text").write_bytes(b"CONTENT"),
        lambda place: (place / "text").unlink(),
        lambda place: os.utime(place / "file", (5, 5)),
        lambda place: (place / "file").unlink(),
        lambda place: (place / "names" / "b").write_bytes(b""),
        lambda place: (place / "names" / "a").unlink(),
        lambda place: (place / "names" / "a").write_bytes(b"other, longer"),
        lambda place: ((place / "text").unlink(), (place / "text").mkdir()),
    ],
)
def test_and_not_after_any_input_changed(change: Callable[[Path], object], place: Path) -> None:
    cache = kept(place)
    change(place)
    assert cache.load(REQUEST) is None


def test_a_file_of_the_same_size_and_time_put_in_its_place_is_another(place: Path) -> None:
    cache = kept(place)
    known = (place / "file").stat()
    new = place.parent / "new"
    new.write_bytes(b"CONTENT")
    os.utime(new, ns=(known.st_atime_ns, known.st_mtime_ns))
    new.replace(place / "file")
    assert cache.load(REQUEST) is None


def test_a_document_written_again_with_the_same_content_is_the_same(place: Path) -> None:
    cache = kept(place)
    (place / "text").unlink()
    (place / "text").write_bytes(b"content")
    assert cache.load(REQUEST) == ANSWER


def test_what_is_not_there_must_stay_away(place: Path) -> None:
    cache = AnswerCache(str(place.parent / "cache"))
    away = [Input(kind, str(place / "away" / kind)) for kind in ("text", "file", "names")]
    assert cache.keep(REQUEST, ANSWER, away, since=later(place))
    assert cache.load(REQUEST) == ANSWER
    (place / "away").mkdir()
    (place / "away" / "text").write_bytes(b"")
    assert cache.load(REQUEST) is None


@pytest.mark.parametrize("kind", ["text", "file", "names"])
def test_inputs_as_young_as_the_run_are_not_trusted(kind: str, place: Path) -> None:
    cache = AnswerCache(str(place.parent / "cache"))
    about = [Input(kind, str(place / kind))]
    began = later(place) - 10
    assert not cache.keep(REQUEST, ANSWER, about, since=began)
    assert cache.load(REQUEST) is None


@pytest.mark.parametrize("what", ["device", "fifo", "odd"])
def test_what_can_be_no_input_gives_no_answer(what: str, place: Path) -> None:
    os.mkfifo(place / "fifo")
    cache = AnswerCache(str(place.parent / "cache"))
    said = {
        "device": Input("text", str(place)),
        "fifo": Input("text", str(place / "text") + "\0"),
        "odd": Input("odd", str(place / "text")),
    }
    assert not cache.keep(REQUEST, ANSWER, [said[what]], since=later(place))


@given(st.binary(max_size=200))
def test_files_nobody_here_wrote_are_misses(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    root = tmp_path_factory.mktemp("cache")
    files = CacheFiles(str(root), "answers", limit=1000)
    files.keep(key_of(("answer", *REQUEST)), data)
    assert AnswerCache(str(root)).load(REQUEST) is None
