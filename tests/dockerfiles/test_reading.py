"""Reading Dockerfiles: spans, words, stages, and what is said of one that does not parse."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.dockerfiles import Instruction, commands_of, read_dockerfile
from ironhull.errors import DockerfileError
from ironhull.limits import LIMITS

SAMPLES = sorted((Path(__file__).parents[1] / "hardening" / "samples").glob("*/Dockerfile"))

TEXT = """\
# syntax=docker/dockerfile:1.7
# A comment
ARG VERSION=3.13
FROM --platform=$BUILDPLATFORM python:${VERSION} AS Build

ENV A="x y" B=c \\
    # between
    C=d
RUN --mount=type=cache,target=/root/.cache --network=none pip install . && \\
    # why
    true
RUN <<EOF
# not a comment
echo done
EOF
COPY --from=build --link ["a b", "/c/"]
ONBUILD RUN make
FROM scratch
HEALTHCHECK --interval=5s CMD ["/x"]
CMD /x serve
"""


def read(text: str) -> tuple[Instruction, ...]:
    """Every instruction of a text."""
    return tuple(read_dockerfile(text.encode(), "Dockerfile").instructions())


def test_stages_and_the_arguments_before_them() -> None:
    dockerfile = read_dockerfile(TEXT.encode(), "Dockerfile")
    assert dockerfile.syntax == "docker/dockerfile:1.7"
    assert [i.pairs for i in dockerfile.arguments] == [(("VERSION", "3.13"),)]
    build, final = dockerfile.stages
    assert (build.name, build.key, build.image) == ("build", "build", "python:${VERSION}")
    assert build.platform == "$BUILDPLATFORM"
    assert (build.start, build.end) == (4, 17)
    assert (final.name, final.key, final.index) == ("", "1", 1)
    assert dockerfile.final is final
    assert dockerfile.stage("BUILD") is build
    assert dockerfile.stage("0") is build
    assert dockerfile.stage("9") is None
    assert dockerfile.target("") is final
    with pytest.raises(DockerfileError, match="no stage 'lint'") as caught:
        dockerfile.target("lint")
    assert caught.value.hint == "its stages are build, 1"


def test_spans_hold_the_text_as_it_is_written() -> None:
    dockerfile = read_dockerfile(TEXT.encode(), "Dockerfile")
    lines = TEXT.splitlines()
    for instruction in dockerfile.instructions():
        assert instruction.text == "\n".join(lines[instruction.start - 1 : instruction.end])
        assert dockerfile.lines(instruction.start, instruction.end) == instruction.text + "\n"
    assert [(i.name, i.start, i.end) for i in dockerfile.stages[0].instructions] == [
        ("ENV", 6, 8),
        ("RUN", 9, 11),
        ("RUN", 12, 15),
        ("COPY", 16, 16),
        ("ONBUILD", 17, 17),
    ]


def test_words_flags_pairs_and_heredocs() -> None:
    env, run, script, copy, onbuild = read_dockerfile(TEXT.encode(), "D").stages[0].instructions
    assert env.pairs == (("A", '"x y"'), ("B", "c"), ("C", "d"))
    assert run.flag("mount") == "type=cache,target=/root/.cache"
    assert run.flag("network") == "none"
    assert run.words == ("pip install . &&     true",)
    (heredoc,) = script.heredocs
    assert (heredoc.name, heredoc.body) == ("EOF", "# not a comment\necho done\n")
    assert heredoc.expands
    assert copy.exec_form
    assert copy.words == ("a b", "/c/")
    assert (copy.flag("link"), copy.flag("chown")) == ("", None)
    assert onbuild.inner is not None
    assert (onbuild.inner.name, onbuild.inner.words) == ("RUN", ("make",))
    health, command = read_dockerfile(TEXT.encode(), "D").final.instructions
    assert (health.words, health.exec_form) == (("CMD", "/x"), True)
    assert (command.argument, command.exec_form) == ("/x serve", False)


def test_comments_are_kept_without_those_of_scripts() -> None:
    comments = read_dockerfile(TEXT.encode(), "D").comments
    assert [(c.line, c.text) for c in comments[1:]] == [
        (2, "# A comment"),
        (7, "# between"),
        (10, "# why"),
    ]


def test_places_tell_the_lines_of_a_joined_instruction() -> None:
    env = read_dockerfile(TEXT.encode(), "D").stages[0].instructions[0]
    assert [(env.line[offset : offset + 3], line) for offset, line in env.places] == [
        ("ENV", 6),
        ("   ", 8),
    ]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("FROM a\r\nRUN x \\\r\n  y\r\n", ("RUN x \\\r\n  y", "x   y")),
        ("# escape=`\nFROM a\nRUN x `\n y\n", ("RUN x `\n y", "x  y")),
        ("\ufeffFROM a\nRUN x\n", ("RUN x", "x")),
        ("FROM a\nRUN x \\\n\n\n y\n", ("RUN x \\\n\n\n y", "x  y")),
        ("FROM a\n  run   x  \n", ("  run   x  ", "x")),
    ],
)
def test_ways_to_write_lines(text: str, kept: tuple[str, str]) -> None:
    run = read(text)[-1]
    assert (run.text, run.argument) == kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('CMD ["a", "b"] # c', ("a", "b")),
        ('ENTRYPOINT ["a"] b', ("a",)),
        ('HEALTHCHECK --interval=5s CMD ["a"] || exit 1', ("CMD", "a")),
        ('COPY --link ["a", "b"] c', ("a", "b")),
        ("RUN [ ] x", ()),
    ],
)
def test_what_stands_behind_an_exec_form_does_not_count(text: str, words: tuple[str, ...]) -> None:
    instruction = read(f"FROM a\n{text}\n")[-1]
    assert instruction.exec_form
    assert instruction.words == words


@pytest.mark.parametrize("text", ["RUN [ -f x ] && y", "CMD [a]", 'CMD "a" ["b"]', "RUN [[ a ]]"])
def test_a_bracket_alone_is_no_exec_form(text: str) -> None:
    assert not read(f"FROM a\n{text}\n")[-1].exec_form


def test_bytes_that_are_not_utf8_are_kept() -> None:
    dockerfile = read_dockerfile(b"FROM a\nRUN echo \xe9\n", "D")
    assert dockerfile.text.encode("utf-8", "surrogateescape") == b"FROM a\nRUN echo \xe9\n"


def test_heredocs_quoted_chomped_and_several() -> None:
    copy = read("FROM a\nCOPY <<'A' <<-B /x/\n$y\nA\n\tz\n\tB\n")[-1]
    first, second = copy.heredocs
    assert (first.body, first.expands) == ("$y\n", False)
    assert (second.body, second.chomp) == ("z\n", True)
    assert copy.words[-1] == "/x/"


def test_heredocs_behind_onbuild() -> None:
    text = "FROM a\nONBUILD RUN <<E\nx\nE\nONBUILD COPY <<E /y\nz\nE\nUSER 7\n"
    run, copy, user = read(text)[1:]
    assert (run.name, run.start, run.end, run.text) == ("ONBUILD", 2, 4, "ONBUILD RUN <<E\nx\nE")
    assert run.inner is not None
    assert (run.inner.name, run.inner.heredocs[0].body) == ("RUN", "x\n")
    assert [c.words for c in commands_of(run)] == [("x",)]
    assert copy.inner is not None
    assert copy.inner.words[-1] == "/y"
    assert user.name == "USER"


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("FROM a\nRUM x\n", (2, 1), "unknown instruction 'RUM'", "did you mean RUN?"),
        ("FROM a\n  %%\n", (2, 3), "unknown instruction '%%'", "expected one of ADD, "),
        ("", (1, 1), "the file has no instructions", "expected FROM IMAGE"),
        ("# only this\n", (1, 1), "the file has no instructions", "expected FROM IMAGE"),
        ("ARG A\n", (1, 1), "no FROM", "expected FROM IMAGE"),
        ("ARG A\nRUN x\nFROM a\n", (2, 1), "RUN before the first FROM", "FROM IMAGE or ARG"),
        ("FROM\n", (1, 1), "FROM takes one or three arguments, not 0", "[AS NAME]"),
        ("FROM a b\n", (1, 8), "not 2", "[AS NAME]"),
        ("FROM a IS b\n", (1, 8), "'IS' where AS belongs", "[AS NAME]"),
        ("FROM a AS 1b\n", (1, 11), "'1b' cannot name a stage", "expected a letter"),
        ("FROM a\nCOPY x\n", (2, 6), "COPY: no target", "SOURCE… TARGET"),
        ("FROM a\nRUN \\\n x\nWORKDIR\n", (4, 1), "WORKDIR without an argument", "a directory"),
        ("FROM a\nENV\n", (2, 1), "ENV without an argument", "NAME=value"),
        ("FROM a\nENV a=b c\n", (2, 1), "can't find = in", "reference"),
        ("FROM a\nHEALTHCHECK CDM x\n", (2, 13), "'CDM' where CMD or NONE belongs", "HEALTHCHECK"),
        ("FROM a\nHEALTHCHECK CMD\n", (2, 13), "CMD without a command", "HEALTHCHECK"),
        ("FROM a\nSHELL bash -c\n", (2, 1), "SHELL takes its arguments in JSON", "SHELL ["),
        ("FROM a\nONBUILD FROM b\n", (2, 9), "ONBUILD cannot trigger FROM", "any instruction"),
        ("FROM a\nRUN <<E\nx\n", (2, 1), "unterminated heredoc", "its word alone on a line"),
        ("FROM a\nCMD [1]\n", (2, 1), "Only strings are supported in JSON", "reference"),
        ("# escape=x\nFROM a\n", (1, 1), "invalid escape token", "reference"),
    ],
)
def test_what_does_not_parse_is_told_with_its_place(
    text: str, place: tuple[int, int], message: str, hint: str
) -> None:
    with pytest.raises(DockerfileError) as caught:
        read(text)
    error = caught.value
    assert (error.line, error.column) == place
    assert error.message.startswith(f"Dockerfile:{place[0]}:{place[1]}: ")
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    "data",
    [
        "FROM a\n".encode("utf-16"),
        b"\x7fELF\x02\x00\x00",
        b"FROM a\nRUN " + b"x" * LIMITS.dockerfile_line_bytes,
        b"# " + b"x" * LIMITS.dockerfile_bytes,
        b"FROM a\n" * (LIMITS.dockerfile_stages + 1),
        b"FROM a\n" + b"RUN x\n" * (LIMITS.dockerfile_instructions + 1),
        b"FROM a\nCMD " + b"[" * 30_000,
    ],
    ids=["utf-16", "program", "line", "size", "stages", "instructions", "nesting"],
)
def test_what_is_not_to_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(DockerfileError) as caught:
        read_dockerfile(data, "Dockerfile")
    assert caught.value.line
    assert caught.value.hint


def test_a_long_comment_at_the_head_takes_no_time() -> None:
    text = "# x=" + "y" + " " * 60_000 + "z\nFROM a\n"
    assert read(text)[0].name == "FROM"


_ANY = st.text("FROMRUNCOPYENVARG aA:/=\\\n\"'$({<>E#-[].`\t\r", max_size=150)


@given(_ANY)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        dockerfile = read_dockerfile(f"FROM a\n{text}".encode(), "Dockerfile")
    except DockerfileError as error:
        assert error.line
        return
    every = list(dockerfile.instructions())
    assert all(a.end < b.start for a, b in pairwise(every))
    for instruction in every:
        assert instruction.places[0][1] == instruction.start
        assert instruction.places[-1][0] <= len(instruction.line)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        dockerfile = read_dockerfile(data, "Dockerfile")
    except DockerfileError:
        return
    assert dockerfile.text.encode("utf-8", "surrogateescape") in (data, data[3:])


# ── the parser of BuildKit itself, by the package `dockerfile` ───────────────────────────────────


def _facts(text: str) -> object:
    oracle = pytest.importorskip("dockerfile", reason="the Go parser has no wheel here")
    try:
        found = oracle.parse_string(text)
    except (oracle.GoParseError, ValueError):
        return None
    if not all(c.cmd for c in found):
        return None  # a line that is only continued: refused after parsing
    return [
        (c.cmd.upper(), c.json, c.start_line, c.end_line, tuple(c.flags), _bodies(c.heredocs))
        for c in found
    ]


def _bodies(heredocs: object) -> tuple[tuple[str, str], ...]:
    return tuple((h.name, h.content) for h in heredocs)  # type: ignore[attr-defined]


def _ours(text: str) -> object:
    from e2b_dockerfile_utils import parse_dockerfile_ast

    dockerfile = read_dockerfile(text.encode(), "Dockerfile")
    flags = [tuple(i.flags) for i in parse_dockerfile_ast(text).instructions]
    return [
        (i.name, i.exec_form, i.start, i.end, f, tuple((h.name, h.body) for h in i.heredocs))
        for i, f in zip(dockerfile.instructions(), flags, strict=True)
    ]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_samples_are_read_as_buildkit_reads_them(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert _ours(text) == _facts(text)


_WORDS = st.sampled_from(
    [
        *("RUN", "COPY", "ENV", "--link", "--from=x", "a", "b=c", '"d e"', "'f'", "<<E", "\\\n"),
        *("\n", "# g\n", "E\n", "[", '"h"', "]", ",", "&&", "$X", "${Y:-z}", "\t", " "),
    ]
)


@settings(max_examples=300)
@given(st.lists(_WORDS, max_size=25).map(" ".join))
def test_any_words_are_read_as_buildkit_reads_them(text: str) -> None:
    text = f"FROM a\n{text}\n"
    expected = _facts(text)
    try:
        ours = _ours(text)
    except DockerfileError:
        return  # BuildKit's parser leaves checks of arguments to what comes after it
    assert ours == expected
