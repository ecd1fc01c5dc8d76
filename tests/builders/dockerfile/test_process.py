"""Programs that build: what they say is passed on, how they end is told."""

import sys
from pathlib import Path

import pytest

from ironhull.builders.dockerfile._process import ask, follow
from ironhull.errors import BuildError

HERE = {"PATH": "/usr/bin:/bin"}


def script(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_every_line_is_passed_on_as_it_comes() -> None:
    said: list[str] = []
    code = "import sys; print('one\\n\\ntwo  '); print('three', file=sys.stderr); print('\\udcff')"
    follow([*script(code)], {**HERE, "PYTHONIOENCODING": "utf-8:surrogateescape"}, said.append)
    assert sorted(said) == ["one", "three", "two", "�"]


def test_a_line_without_end_is_passed_on_in_pieces() -> None:
    said: list[str] = []
    follow(script("print('x' * 100_000)"), HERE, said.append)
    assert "".join(said) == "x" * 100_000
    assert max(map(len, said)) <= 16_384


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("print('#1 step'); print('ERROR: failed to solve'); exit(1)", "failed to solve"),
        ("print('Error: no such stage'); print('trailer'); exit(125)", "no such stage"),
        ("print('something else'); exit(3)", "something else"),
        ("exit(4)", "exit status 4"),
        ("import os; os.kill(os.getpid(), 9)", "exit status -9"),
    ],
)
def test_failure_is_told_with_its_reason(code: str, reason: str) -> None:
    with pytest.raises(BuildError) as trouble:
        follow(script(code), HERE, lambda _: None)
    assert trouble.value.message.endswith(f"failed: {reason}")


def test_a_program_that_is_not_there_is_an_error_and_an_answer(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"cannot be run: No such file"):
        follow([str(tmp_path / "gone")], HERE, lambda _: None)
    found = ask([str(tmp_path / "gone")], HERE)
    assert (found.status, found.trouble) == (127, f"{tmp_path}/gone: No such file or directory")


def test_an_answer_is_trimmed_and_its_trouble_the_last_line() -> None:
    found = ask(script("import sys; print(' yes '); print('a\\nb\\n', file=sys.stderr)"), HERE)
    assert (found.status, found.output, found.trouble) == (0, "yes", "b")
    assert ask(script("exit(5)"), HERE).trouble == "exit status 5"


def test_it_ends_when_we_are_interrupted(tmp_path: Path) -> None:
    """The listener fails, as an interrupt would: the program does not go on without us."""
    alive = tmp_path / "alive"
    code = (
        "import signal, sys, time, pathlib\n"
        "def stop(*_):\n"
        f"    pathlib.Path({str(alive)!r}).write_text('stopped'); sys.exit(1)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(script(code), HERE, interrupt)
    assert alive.read_text() == "stopped"
