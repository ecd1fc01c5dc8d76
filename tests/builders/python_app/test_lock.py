"""Lock files: written sorted, read back the same, refused when they are something else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.python_app.lock import LockedTarget, Wheel, read_lock, write_lock
from ironhull.errors import DefinitionError

ONE = Wheel("flask", "3.0.3", "flask-3.0.3-py3-none-any.whl", "a" * 64, 10)
TWO = Wheel("click", "8", "click-8-py3-none-any.whl", "b" * 64, 20, "https://example.org/c.whl")


def target(*wheels: Wheel, python: str = "3.13", base: str = "sha256:2") -> LockedTarget:
    return LockedTarget(python, "linux/amd64", "2.41", "sha256:1", base, wheels)


def read(root: Path, data: bytes) -> tuple[LockedTarget, ...]:
    (root / "x.lock").write_bytes(data)
    return read_lock(root / "x.lock")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    data = write_lock([target(ONE, TWO), target(python="3.11")])
    assert read(tmp_path, data) == (target(python="3.11"), target(TWO, ONE))
    assert write_lock([target(python="3.11"), target(TWO, ONE)]) == data


def test_no_file_is_no_lock(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "none") == ()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"version = 2", b"[", b"\xff", b"version = 1\ntarget = 3", b"version = 1\n[[target]]",
        write_lock([target(ONE)]).replace(b'"' + b"a" * 64, b'"../../x'),
        write_lock([target(ONE)]).replace(b"flask-3.0.3-py3", b"../flask-3.0.3-py3"),
        write_lock([target(ONE)]).replace(b"size = 10", b'size = "x"'),
        write_lock([target(ONE)]).replace(b'name = "flask"', b"name = 1"),
    ],
)  # fmt: skip
def test_something_else_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DefinitionError, match=r"x\.lock: not a lock file") as caught:
        read(tmp_path, data)
    assert "\n" not in caught.value.message


@given(st.text(max_size=30))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    root = tmp_path_factory.mktemp("lock")
    assert read(root, write_lock([target(base=text)])) == (target(base=text),)
