"""Postures as text and as JSON: the answer first, everything printable, nothing without bound."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ironhull.formats.json_inspect import posture_json, write_inspect_json
from ironhull.formats.text_inspect import exec_lines, write_inspect
from ironhull.model import MadeWith, Platform, Posture, Problem, Subject, Tool
from ironhull.values import replace

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "inspect.schema.json"
SUBJECT = Subject("web:1", "sha256:" + "ab" * 32, platform=Platform())
MADE = MadeWith("0.1.0")
SH = Tool("sh", "usr/bin/sh", "shell", of="usr/bin/dash")
HIDDEN = Tool("shell", "app/server", "shell", "content")
APPLET = Tool("sh", "bin/sh", "shell", "applet", "busybox")
PYTHON = Tool("python3", "usr/bin/python3", "interpreter")
EMPTY = Posture(uid=65532, gid=65532, user="65532", programs=3)
FULL = Posture(
    user="",
    uid=0,
    gid=0,
    root_users=("root", "toor"),
    passwordless=("toor",),
    entrypoint=("/app", "-v"),
    command=("x\x1b[31m",),
    ports=("80/tcp",),
    volumes=("/data",),
    programs=9,
    tools=(SH, HIDDEN, APPLET, PYTHON),
    setuid=("usr/bin/su",),
    capabilities=(("usr/bin/ping", "cap_net_raw=ep"),),
    writable=None,
    private_keys=("etc/a\udcff.key",),
    certificates="etc/ssl/cert.pem",
    authorities=("usr/local/share/ca-certificates/house.crt",),
    eicar=("tmp/eicar.com",),
    time_zones=True,
    counts=(("setuid", 1),),
)


def text(posture: Posture | None, *problems: Problem) -> str:
    return write_inspect(SUBJECT, posture, problems, MADE)


@pytest.mark.parametrize(
    ("tools", "shell", "code"),
    [
        ((SH, PYTHON), "yes, /usr/bin/sh (a link to /usr/bin/dash)", "yes, /usr/bin/python3"),
        ((HIDDEN,), "yes, /app/server (by its content: shell)", "yes, with the shell"),
        ((APPLET,), "yes, /bin/sh (an applet of busybox)", "yes, with the shell"),
        ((HIDDEN, SH), "yes, /usr/bin/sh", "yes, with the shell"),
        ((PYTHON,), "no, because none of its 3 programs is a shell", "yes, /usr/bin/python3"),
        ((), "no, because none of its 3 programs is a shell", "no, because there is no"),
    ],
)
def test_the_answer(tools: tuple[Tool, ...], shell: str, code: str) -> None:
    first, second, who = exec_lines(replace(EMPTY, tools=tools))
    assert first.startswith(f"Exec a shell into it: {shell}")
    assert second.startswith(f"Run code given on a command line: {code}")
    assert who == "It starts as user 65532, group 65532"


def test_a_no_says_what_was_not_seen() -> None:
    whole = exec_lines(EMPTY)[0]
    half = exec_lines(EMPTY, complete=False)[0]
    assert half.startswith(whole)
    assert "as far as they could be looked into" in half
    problem = Problem("layers", "bin/huge", "not looked into")
    assert "as far as they could" in text(EMPTY, problem)
    assert "  ! layers: bin/huge: not looked into" in text(EMPTY, problem)


def test_who_it_starts_as() -> None:
    assert exec_lines(replace(EMPTY, uid=0))[-1] == "It starts as root"
    ghost = exec_lines(replace(EMPTY, uid=None, user="ghost"))[-1]
    assert ghost.startswith("It starts as ghost, whose number nobody can tell")


def test_everything_is_in_the_text_and_nothing_moves_the_cursor() -> None:
    out = text(FULL)
    for part in (
        "web:1",
        "abababababab",
        "root, toor",
        "/usr/bin/ping  cap_net_raw=ep",
        "everything: it is root",
        "added: /usr/local/share/ca-certificates/house.crt",
        "EICAR test file /tmp/eicar.com",
        "80/tcp",
        "/data",
    ):
        assert part in out
    assert "\x1b" not in out
    out.encode()


def test_a_program_that_is_not_there_is_said() -> None:
    lost = replace(EMPTY, entrypoint=("/gone", "-v"), absent="/gone")
    assert "/gone -v (there is no /gone: it cannot start)" in text(lost)


def test_long_lists_are_cut_and_counted() -> None:
    paths = tuple(f"bin/{n:02}" for n in range(20))
    out = text(replace(EMPTY, setuid=paths, counts=(("setuid", 300),)))
    assert "/bin/11" in out
    assert "/bin/12" not in out
    assert "… and 288 more" in out


def test_what_was_not_looked_into_is_not_told_of() -> None:
    out = text(None, Problem("posture", "web:1", "an image for windows"))
    assert "Not known" in out
    assert "Exec" not in out
    assert "an image for windows" in out


@pytest.mark.parametrize("posture", [None, EMPTY, FULL], ids=["none", "empty", "full"])
def test_the_document_is_as_its_schema_says(posture: Posture | None) -> None:
    problems = (Problem("layers", "a\udcff", "not read"),)
    written = write_inspect_json(SUBJECT, posture, problems, MADE)
    document: dict[str, Any] = json.loads(written.encode())
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")))
    assert [error.message for error in validator.iter_errors(document)] == []
    assert (document["posture"] is None) is (posture is None)


def test_paths_begin_at_the_root() -> None:
    made = posture_json(FULL)
    assert made["setuid"] == ["/usr/bin/su"]
    assert made["private_keys"] == ["/etc/a\ufffd.key"]
    assert made["writable"] is None
    assert made["exec"] == "shell"
    assert made["tools"][0] == {
        "name": "sh",
        "path": "/usr/bin/sh",
        "kind": "shell",
        "how": "name",
        "of": "/usr/bin/dash",
    }
    assert made["tools"][2]["of"] == "busybox"
    assert posture_json(EMPTY)["exec"] == ""


@pytest.mark.parametrize(
    ("message", "complete"),
    [
        ("9 bytes, more than 5; not looked into", False),
        ("cannot be read: odd", False),
        ("path leaves the root; read as if it stopped there", True),
    ],
)
def test_half_a_look_is_said(message: str, complete: bool) -> None:
    assert posture_json(EMPTY, (Problem("layers", "x", message),))["complete"] is complete
