"""Scripts taken apart into simple commands."""

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.dockerfiles import ShellCommand, commands_of, read_dockerfile, script_commands
from ironhull.limits import LIMITS


def commands(text: str) -> tuple[ShellCommand, ...]:
    """The commands of the last instruction of a Dockerfile."""
    return commands_of(read_dockerfile(f"FROM a\n{text}".encode(), "D").final.instructions[-1])


def raws(script: str) -> list[str]:
    """The texts of the commands of a script."""
    return [c.raw if not c.unclear else f"? {c.unclear}" for c in script_commands(script)]


def test_lines_connectors_and_words() -> None:
    found = commands(
        "RUN apt-get update && \\\n  # why\n"
        "  apt-get install -y 'a b' c=1.* \\\n  || exit 1; x | y\n"
    )
    assert [(c.line, c.connector, c.words) for c in found] == [
        (2, "", ("apt-get", "update")),
        (4, "&&", ("apt-get", "install", "-y", "a b", "c=1.*")),
        (5, "||", ("exit", "1")),
        (5, ";", ("x",)),
        (5, "|", ("y",)),
    ]
    assert found[1].plain == (True, True, True, True, False)
    assert found[1].raw == "apt-get install -y 'a b' c=1.*"


@pytest.mark.parametrize(
    ("script", "words", "plain"),
    [
        ("a \"b $C\" '$D' \\$E", ("a", "b $C", "$D", "$E"), (1, 0, 1, 1)),
        ('a "x\\"y" "\\n" b\\ c', ("a", 'x"y', "\\n", "b c"), (1, 1, 1, 1)),
        ("a ${B:-$(c d)} `e` $((1 + 2))", ("a", "${B:-$(c d)}", "`e`", "$((1 + 2))"), (1, 0, 0, 0)),
        ("a * ?.c [x] ~/y", ("a", "*", "?.c", "[x]", "~/y"), (1, 0, 0, 0, 0)),
        ("a {b,c} {} x#y", ("a", "{b,c}", "{}", "x#y"), (1, 0, 1, 1)),
        ("a $'b\\tc' $ d", ("a", "b\tc", "$", "d"), (1, 1, 1, 1)),
        ("a '' \"\"", ("a", "", ""), (1, 1, 1)),
        ("a # b && c", ("a",), (1,)),
        ("a\\\nb c", ("ab", "c"), (1, 1)),
        ("echo if then }", ("echo", "if", "then", "}"), (1, 1, 1, 1)),
    ],
)
def test_words(script: str, words: tuple[str, ...], plain: tuple[int, ...]) -> None:
    command = script_commands(script)[-1]
    assert command.words == words
    assert command.plain == tuple(map(bool, plain))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("if a; then b; elif c; then d; else e; fi; f", ["a", "b", "c", "d", "e", "f"]),
        ("if a\nthen\n  b\nfi\n", ["a", "b"]),
        ("for i in 1 2 $(x); do a $i; done && b", ["x", "a $i", "b"]),
        ("for i; do a; done", ["a"]),
        ("for ((i=0; i<3; i++)); do a; done", ["a"]),
        ("while read l; do a; done < f", ["read l", "a"]),
        ("until a; do b; done", ["a", "b"]),
        ("case $x in a|b) one ;; (c) two ;; *) ;; esac; z", ["one", "two", "z"]),
        ("case x in\n  a)\n    one\n    ;;\n  b) two\nesac", ["one", "two"]),
        ("(a; b) && { c; d; }", ["a", "b", "c", "d"]),
        ("f() { a; }; g () (b); function h { c; }; f", ["a", "b", "c", "f"]),
        ("! a && time b", ["a", "b"]),
        ("[[ -f x && $y == z* ]] && a", ["[[ -f x && $y == z* ]]", "a"]),
        ("((x = 1)) && a", ["a"]),
        ("a & b &\nwait", ["a", "b", "wait"]),
        ('a "$(b "$(c)")" `d`', ["c", 'b "$(c)"', "d", 'a "$(b "$(c)")" `d`']),
        ("diff <(a) <(b)", ["a", "b", "diff <(a) <(b)"]),
        ("arr=(1 2 'x y') a", ["arr=(1 2 'x y') a"]),
        ("a |& b", ["a", "b"]),
        ("\n\n  # nothing\n", []),
    ],
)
def test_compound_commands_are_gone_through(script: str, expected: list[str]) -> None:
    assert raws(script) == expected


def test_what_is_around_a_command() -> None:
    script = (
        'if a; then (for i in 1; do { b "$(c)"; }; done); fi; f() { d; }; case x in y) e;; esac'
    )
    around = {c.words[0]: c.within for c in script_commands(script)}
    assert around == {
        "a": ("if",),
        "b": ("if", "subshell", "loop", "group"),
        "c": ("if", "subshell", "loop", "group", "substitution"),
        "d": ("function", "group"),
        "e": ("case",),
    }


def test_assignments_and_redirections() -> None:
    (command,) = script_commands("A=1 B='x y' c 2>&1 >/dev/null <in &>>all <<<word")
    assert command.assignments == (("A", "1"), ("B", "x y"))
    assert [(r.fd, r.operator, r.target) for r in command.redirections] == [
        (2, ">&", "1"),
        (-1, ">", "/dev/null"),
        (-1, "<", "in"),
        (-1, "&>>", "all"),
        (-1, "<<<", "word"),
    ]
    (alone,) = script_commands("A=$(b)")[1:]
    assert (alone.words, alone.assignments, alone.unclear) == ((), (("A", "$(b)"),), "")


def test_heredocs_of_a_script() -> None:
    first, second = script_commands("cat <<A <<-'B' > f\nx; $(y)\nA\n\tz\n\tB\nlast\n", 10)
    assert [(r.operator, r.body) for r in first.redirections] == [
        ("<<", "x; $(y)\n"),
        ("<<-'", "\tz\n"),
        (">", ""),
    ]
    assert (second.words, second.line) == (("last",), 15)


def test_heredocs_of_an_instruction() -> None:
    first, second = commands("RUN cat <<E > /f && ls\nbody\nE\n")
    assert first.redirections[0].body == "body\n"
    assert second.words == ("ls",)
    (only,) = commands("RUN <<E\n#!/usr/bin/env python3\nprint(1)\nE\n")
    assert only.program == "python3"
    assert only.redirections[0].body.endswith("print(1)\n")
    shell, inside = commands("RUN <<E bash -ex\ncurl x\nE\n")
    assert (shell.words, inside.words, inside.within) == (
        ("bash", "-ex"),
        ("curl", "x"),
        ("heredoc",),
    )
    assert [c.words for c in script_commands("bash script <<E\nx\nE\n")] == [("bash", "script")]
    found = commands("RUN <<E\nset -e\nx\nE\n")
    assert [(c.words, c.line) for c in found] == [(("set", "-e"), 3), (("x",), 4)]
    assert [c.words for c in commands("RUN <<E\n#!/bin/bash -e\ny\nE\n")] == [("y",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('RUN ["/bin/bash", "-exc", "a && b"]', ["a", "b"]),
        ("RUN bash -c 'a; sh -lc \"b c\"'", ["a", "sh", "b"]),
        ("RUN sudo -u x sh -c 'a'", ["a"]),
        ("RUN bash -o pipefail -c 'a | b'", ["a", "b"]),
        ("RUN busybox sh -c 'a'", ["a"]),
        ("RUN sh script.sh -c x", []),
        ('HEALTHCHECK CMD ["sh", "-c", "a || b"]', ["a", "b"]),
        ("ONBUILD RUN sh -c 'a'", ["a"]),
    ],
)
def test_scripts_of_sh_c(text: str, expected: list[str]) -> None:
    found = [c for c in commands(text) if "sh -c" in c.within]
    assert [c.words[0] for c in found] == expected


def test_instructions_without_commands() -> None:
    assert commands("COPY a b\n") == ()
    assert commands("HEALTHCHECK NONE\n") == ()
    assert commands("CMD []\n") == ()
    (exec_form,) = commands('CMD ["a b", "$C"]\n')
    assert (exec_form.words, exec_form.plain) == (("a b", "$C"), (True, True))


@pytest.mark.parametrize(
    ("script", "program", "arguments", "prefixes"),
    [
        ("/usr/bin/apt-get install x", "apt-get", ("install", "x"), ()),
        ("sudo -E -u me A=b pip x", "pip", ("x",), ("sudo",)),
        ("env -i A=b C=d python -m pip", "python", ("-m", "pip"), ("env",)),
        ("timeout -k 5 10 nice -n 5 make", "make", (), ("timeout", "nice")),
        ("exec gosu app tini -- server x", "server", ("x",), ("exec", "gosu", "tini")),
        ("exec -a name x", "x", (), ("exec",)),
        ("env", "env", (), ()),
        ("sudo", "sudo", (), ()),
        ("A=b", "", (), ()),
    ],
)
def test_programs_behind_others(
    script: str, program: str, arguments: tuple[str, ...], prefixes: tuple[str, ...]
) -> None:
    (command,) = script_commands(script)
    assert (command.program, command.arguments, command.prefixes) == (program, arguments, prefixes)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("a; b 'c", "a single quote is not closed"),
        ('a; "b', "a double quote is not closed"),
        ("a; $(b", "a command substitution is not closed"),
        ("a; ${b", "a ${ is not closed"),
        ("a; `b", "a backquote is not closed"),
        ("a; (b", "a ( is not closed"),
        ("a; b)", "unexpected ')'"),
        ("a; if b; fi", "unexpected 'fi'"),
        ("a; if b; then c", "'fi' is missing"),
        ("a; while b; do", "'done' is missing"),
        ("a; ; b", "unexpected ';'"),
        ("a | && b", "unexpected '&'"),
        ("a; for i in b; c", "for ends"),
        ("a; done", "unexpected 'done'"),
        ("a; case x in y) z", "a case is not closed"),
        ("a; f() x", "a function has no body"),
        ("a; b (c)", "unexpected '('"),
        ("a; [[ b", "a [[ is not closed"),
        ("a; b >", "a redirection ends"),
    ],
)
def test_what_cannot_be_split_is_kept_with_the_reason(script: str, why: str) -> None:
    first, *_, last = script_commands(script)
    assert first.words == ("a",)
    assert last.unclear == why
    assert last.raw in script
    assert last.raw
    assert last.words == ()


def test_other_shells_are_not_read() -> None:
    run = read_dockerfile(b"FROM a\nRUN Get-Item x\n", "D").final.instructions[0]
    (command,) = commands_of(run, ("powershell", "-Command"))
    assert command.unclear == "the shell is powershell"


@pytest.mark.parametrize(
    "piece", ["$(", "(", "{ ", '"$(', "if a; then ", "${a:-", "<(", "f() { ", "! "]
)
def test_nesting_is_bounded(piece: str) -> None:
    found = script_commands(piece * 5_000)
    assert len(found) <= LIMITS.shell_commands
    assert found[-1].unclear


def test_the_number_of_commands_is_bounded() -> None:
    found = script_commands("a;" * (LIMITS.shell_commands + 10))
    assert len(found) == LIMITS.shell_commands + 1
    assert "more than" in found[-1].unclear


@given(st.text("ab $(){}[];&|<>\"'`\\\n#!=*?-ifdone", max_size=120))
def test_nothing_of_any_text_is_lost_silently(script: str) -> None:
    for command in script_commands(script):
        assert command.unclear or command.words or command.assignments or command.redirections
        assert len(command.words) == len(command.plain)
        assert 1 <= command.line <= script.count("\n") + 1


@given(st.lists(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4), max_size=5))
def test_quoted_words_come_back(lines: list[list[str]]) -> None:
    lines = [["show", *(word.replace("\0", "0") for word in line)] for line in lines]
    script = " && ".join(shlex.join(line) for line in lines)
    assert [list(c.words) for c in script_commands(script)] == lines


_PIECES = st.sampled_from(
    [
        *("a", "'b c'", '"d $X"', "\\e", "f\\ g", "${X}", "$X", "''", '"h\\"i"', "j'k'\"l\"", "-m"),
        *("n=o", "'p'q", '"$(printf r)"', "s\\\nt", "v#w", "{x}", '"y;z"', "'&&'"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES, min_size=1, max_size=5))
def test_as_many_words_as_a_shell_sees(pieces: list[str]) -> None:
    script = "show " + " ".join(pieces)
    counting = "set -f; X=1; show() { echo $#; }; " + script
    ran = subprocess.run(["/bin/sh", "-c", counting], capture_output=True, text=True, check=True)
    command = next(c for c in script_commands(script) if c.words[:1] == ("show",))
    seen = int(ran.stdout)
    unquoted = sum(piece in ("$X", "${X}") for piece in pieces)
    assert seen <= len(command.words) - 1 <= seen + unquoted
