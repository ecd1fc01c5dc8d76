"""Every command given what it must refuse: the exit code, and one line that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ironhull.commands import run

Capture = pytest.CaptureFixture[str]


def complaint(capsys: Capture, code: int, *argv: str) -> str:
    """Run `argv`, which must fail with `code` and one line on stderr alone; gives the line."""
    assert run(list(argv)) == code
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.startswith("ironhull: ")
    assert heard.err.count("\n") == 1, heard.err
    assert "Traceback" not in heard.err
    assert "defect of Ironhull" not in heard.err
    return heard.err.removeprefix("ironhull: ").strip()


def process(*argv: str, **options: object) -> "subprocess.CompletedProcess[bytes]":
    """The command as a process of its own."""
    command = [sys.executable, "-m", "ironhull", *argv]
    return subprocess.run(command, check=False, timeout=60, **options)  # type: ignore[call-overload,no-any-return]  # options vary


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["quikview"], "did you mean `quickview`?"),
        (["zzz"], "no such command: zzz"),
        (["--bogus"], "no such option: --bogus"),
        (["help", "zzz"], "no such command: zzz"),
        (["cves", "--bogus"], "unrecognized arguments: --bogus"),
        (["cves", "x", "--format", "xml"], "'xml'"),
        (["cves", "x", "--platform", "linux/"], "such as linux/arm64"),
        (["cves", "x", "-o", "xml=a"], "no format 'xml' (choose from text, json"),
        (["cves", "x", "-o", "json="], "names no file"),
        (["cves", "x", "-o", ""], "names no file"),
        (["cves", "x", "--only-severity", "bad"], "there are critical, high"),
        (["cves", "x", "--only-severity", ""], "empty word"),
        (["cves", "x", "--only-package", "("], "no regular expression"),
        (["compare", "x"], "required: --to"),
        (["compare", "x", "--to", "y", "-x", "foo"], "there are vulnerability, package"),
        (["images", "x", "--prune"], "use --remove NAME"),
        (["base"], "required: build|list"),
        (["base", "build"], "required: DEFINITION"),
        (["base", "build", "static:13", "--platform", "linux"], "OS/ARCH"),
        (["db"], "required: update|status"),
        (["db", "update", "--url", "osv"], "NAME=URL"),
        (["build", "."], "add -t NAME"),
        (["build", ".", "-t", "x", "-o", "type=oci"], "add dest=PATH"),
        (["build", ".", "-t", "x", "-o", "type=rpm"], "no such type"),
        (["build", ".", "-t", "x", "-o", "typ=oci"], "unknown key 'typ'"),
        (["build", ".", "-t", "x", "--sbom", "maybe"], "true or false"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(argv: list[str], said: str, capsys: Capture) -> None:
    assert said in complaint(capsys, 64, *argv)


@pytest.mark.parametrize("argv", [["help", "cves"], ["help", "base", "build"], ["help"], []])
def test_help_goes_to_stdout(argv: list[str], capsys: Capture) -> None:
    assert run(argv) == 0
    heard = capsys.readouterr()
    assert heard.out.startswith("usage: ironhull")
    assert heard.err == ""


def test_no_traceback_where_stdout_is_full() -> None:
    full = Path("/dev/full")
    if not full.is_char_device():
        pytest.skip("no /dev/full on this system")
    for argv in (["images"], ["--help"], ["--version"], ["base", "list"]):
        with full.open("wb") as stdout:
            done = process(*argv, stdout=stdout, stderr=subprocess.PIPE)
        assert done.returncode == 1, argv
        assert b"Traceback" not in done.stderr
        assert b"defect" not in done.stderr


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_no_defect(closed: int) -> None:
    done = process(
        "images",
        "--format",
        "json",
        preexec_fn=lambda: os.close(closed),
        **({"stderr": subprocess.PIPE} if closed == 1 else {"stdout": subprocess.PIPE}),
    )
    if closed == 1:
        assert done.returncode == 1
        assert b"standard output is closed" in done.stderr
    else:
        assert done.returncode == 0
        assert b"ironhull/images" in done.stdout


def test_a_reader_that_goes_away_is_no_error_message() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as stdout:
        done = process("base", "list", stdout=stdout, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b""
