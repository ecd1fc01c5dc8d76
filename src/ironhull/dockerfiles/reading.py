"""Bytes -> Dockerfile: BuildKit's grammar (docs.docker.com/reference/dockerfile).

The grammar itself is e2b-dockerfile-utils, a port of BuildKit's parser; here are its bounds, what
BuildKit refuses after parsing, and where in the file things are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ironhull.dockerfiles import _checks
from ironhull.dockerfiles._nouns import Comment, Dockerfile, Heredoc, Instruction, Stage
from ironhull.errors import DockerfileError
from ironhull.limits import LIMITS
from ironhull.values import replace

if TYPE_CHECKING:
    from e2b_dockerfile_utils import DockerfileAst, DockerfileInstruction

__all__ = ["read_dockerfile"]

_BLANKS = re.compile(r"[ \t\r\f\v]{2,}")
_PREFIX = re.compile(r"^Dockerfile parse error(?: on line \d+)?: ")
_SYNTAX = re.compile(r"#\s*syntax\s*=\s*(\S+)", re.IGNORECASE)
_NAMED = ("ENV", "LABEL")
_EXEC_FORMS = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "COPY", "ADD", "VOLUME", "SHELL")
_BEFORE_LIST = re.compile(r"\s*[A-Za-z]+\s+(?:--\S+\s+)*(?:(CMD)\s+)?\[", re.IGNORECASE)
_TRIGGER = re.compile(
    r"^[ \t]*ONBUILD(?=[ \t]+(?:RUN|COPY|ADD)[ \t].*<<)", re.IGNORECASE | re.MULTILINE
)
"""What the grammar used here reads without the here-document that follows."""

_LONG_COMMENT = 1_000


def read_dockerfile(data: bytes, name: str) -> Dockerfile:
    """The Dockerfile in `data`; `name` is what messages call it.

    Bytes that are not UTF-8 are kept as surrogates (errors="surrogateescape" writes them again).
    DockerfileError tells line, column and what was expected.
    """
    text = _text(data, name)
    lines = text.split("\n")
    _bounded(lines, name)
    ast = _parse(_tame(lines), name, lines)
    if len(ast.instructions) > LIMITS.dockerfile_instructions:
        at = ast.instructions[LIMITS.dockerfile_instructions].start_line
        said = f"more than {LIMITS.dockerfile_instructions} instructions"
        raise DockerfileError(f"{name}:{at}:1: {said}", "split the file", at, 1)
    read = [
        _triggering(_instruction(raw, lines, ast.escape_token, name), lines)
        for raw in ast.instructions
    ]
    for instruction in read:
        _checks.check(instruction, lines, name)
    arguments, stages = _stages(read, lines, name)
    comments = tuple(_comments(lines, read))
    syntax = _syntax(comments, read)
    return Dockerfile(name, text, ast.escape_token, syntax, arguments, stages, comments)


# ── bytes and bounds ─────────────────────────────────────────────────────────────────────────────


def _text(data: bytes, name: str) -> str:
    if len(data) > LIMITS.dockerfile_bytes:
        raise DockerfileError(
            f"{name}:1:1: {len(data)} bytes exceed dockerfile_bytes ({LIMITS.dockerfile_bytes})",
            "give a Dockerfile, not what it builds",
            1,
            1,
        )
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        line = data[: max(data.find(b"\0"), 0)].count(b"\n") + 1
        raise DockerfileError(
            f"{name}:{line}:1: not text: expected UTF-8",
            "save the file as UTF-8; UTF-16 and programs are not Dockerfiles",
            line,
            1,
        )
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def _bounded(lines: list[str], name: str) -> None:
    for number, line in enumerate(lines, 1):
        if len(line) > LIMITS.dockerfile_line_bytes // 4 and (
            len(line.encode("utf-8", "surrogateescape")) > LIMITS.dockerfile_line_bytes
        ):
            raise DockerfileError(
                f"{name}:{number}:1: the line is longer than {LIMITS.dockerfile_line_bytes} bytes",
                "break it; BuildKit takes no longer ones either",
                number,
                1,
            )


def _tame(lines: list[str]) -> str:
    """The text with long comments at its head shortened: directives are searched in them."""
    tamed = list(lines)
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("#"):
            break
        if len(line) > _LONG_COMMENT:
            tamed[number] = _BLANKS.sub(" ", line)[:_LONG_COMMENT]
    return "\n".join(tamed)


def _parse(text: str, name: str, lines: list[str]) -> DockerfileAst:
    from e2b_dockerfile_utils import DockerfileSyntaxError, parse_dockerfile_ast

    try:
        return parse_dockerfile_ast(text)
    except DockerfileSyntaxError as trouble:
        if _TRIGGER.search(text):
            return _parse(_TRIGGER.sub(_blank, text), name, lines)
        line = trouble.line or 1
        raise _checks.syntax(_PREFIX.sub("", str(trouble)), lines, line, name) from None
    except (ValueError, RecursionError) as trouble:
        said = "nested too deeply" if isinstance(trouble, RecursionError) else str(trouble)
        raise DockerfileError(f"{name}:1:1: {said}", "simplify it", 1, 1) from None


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


# ── instructions ─────────────────────────────────────────────────────────────────────────────────


def _instruction(
    raw: DockerfileInstruction, lines: list[str], escape: str, name: str
) -> Instruction:
    places = tuple(_places(raw, lines, escape))
    words, exec_form = tuple(raw.args), raw.json
    if not exec_form and raw.name in _EXEC_FORMS and "[" in raw.original and not raw.heredocs:
        found = _loosely(raw)
        words, exec_form = (words, False) if found is None else (found, True)
    pairs: tuple[tuple[str, str | None], ...] = ()
    if raw.name in _NAMED:
        words, pairs = _named(raw.args)
    elif raw.name == "ARG":
        pairs = tuple(_argument(word) for word in words)
    return Instruction(
        raw.name,
        raw.start_line,
        raw.end_line,
        "\n".join(lines[raw.start_line - 1 : raw.end_line]).removesuffix("\r"),
        raw.original,
        tuple(_flag(flag) for flag in raw.flags),
        words,
        exec_form,
        tuple(_heredoc(h) for h in raw.heredocs),
        pairs,
        _inner(raw, escape, name) if raw.name == "ONBUILD" else None,
        places,
    )


def _triggering(instruction: Instruction, lines: list[str]) -> Instruction:
    """An instruction as ONBUILD's, where that word was blanked for its here-document's sake."""
    if not _TRIGGER.match(lines[instruction.start - 1]) or instruction.name == "ONBUILD":
        return instruction
    return replace(
        instruction, name="ONBUILD", flags=(), words=(), heredocs=(), pairs=(), inner=instruction
    )


def _loosely(raw: DockerfileInstruction) -> tuple[str, ...] | None:
    """The words of an exec form with something behind it, which BuildKit does not look at."""
    import json

    found = _BEFORE_LIST.match(raw.original)
    if not found or bool(found[1]) != (raw.name == "HEALTHCHECK"):
        return None
    try:
        words, _ = json.JSONDecoder().raw_decode(raw.original, found.end() - 1)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(word, str) for word in words):
        return None
    return (*([found[1]] if found[1] else []), *words)


def _flag(flag: str) -> tuple[str, str]:
    key, _, value = flag.removeprefix("--").partition("=")
    return key.lower(), value


def _named(args: list[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str | None], ...]]:
    """(words, pairs) of ENV's and LABEL's triples: name, value, "=" or "" for `ENV name value`."""
    triples = list(zip(args[::3], args[1::3], args[2::3], strict=False))
    words = tuple(f"{key}={value}" for key, value, _ in triples)
    return words, tuple((key, value) for key, value, _ in triples)


def _argument(word: str) -> tuple[str, str | None]:
    key, equals, value = word.partition("=")
    return key, value if equals else None


def _heredoc(raw: object) -> Heredoc:
    from e2b_dockerfile_utils import DockerfileHeredoc, chomp_heredoc_content

    assert isinstance(raw, DockerfileHeredoc)
    body = chomp_heredoc_content(raw.content) if raw.chomp else raw.content
    return Heredoc(raw.name, body, raw.expand, raw.chomp, raw.file_descriptor)


def _inner(raw: DockerfileInstruction, escape: str, name: str) -> Instruction | None:
    """What ONBUILD triggers, read from its joined line; it is where ONBUILD is."""
    rest = raw.original.strip()[len("ONBUILD") :].strip()
    if not rest:
        return None
    lines = [rest]
    head = f"# escape={escape}\n"
    found = _parse(head + rest, name, ["", rest]).instructions
    if not found or found[0].name == "ONBUILD":
        return None
    inner = _instruction(found[0], ["", rest], escape, name)
    return Instruction(
        inner.name,
        raw.start_line,
        raw.end_line,
        lines[0],
        inner.line,
        inner.flags,
        inner.words,
        inner.exec_form,
        inner.heredocs,
        inner.pairs,
        None,
        ((0, raw.start_line),),
    )


def _places(raw: DockerfileInstruction, lines: list[str], escape: str) -> list[tuple[int, int]]:
    """Where the lines of an instruction begin in its joined line."""
    from e2b_dockerfile_utils import is_space

    found: list[tuple[int, int]] = []
    offset = 0
    for number in range(raw.start_line, raw.end_line + 1):
        line = lines[number - 1].rstrip("\r\n")
        if not found:
            at = 0
            while at < len(line) and is_space(line[at]):
                at += 1
            line = line[at:]
        elif not line.strip() or line.lstrip().startswith("#"):
            continue
        found.append((offset, number))
        body, goes_on = _continues(line, escape)
        offset += len(body)
        if not goes_on:
            break
    return found


def _continues(line: str, escape: str) -> tuple[str, bool]:
    """The line without its continuation character, and whether it had one."""
    bare = line.rstrip(" \t")
    if bare.endswith(escape) and not bare[:-1].endswith(escape):
        return bare[:-1], True
    return line, False


# ── stages and comments ──────────────────────────────────────────────────────────────────────────


def _stages(
    read: list[Instruction], lines: list[str], name: str
) -> tuple[tuple[Instruction, ...], tuple[Stage, ...]]:
    heads = [i for i, instruction in enumerate(read) if instruction.name == "FROM"]
    if not heads:
        raise _checks.no_stage(read, lines, name)
    if len(heads) > LIMITS.dockerfile_stages:
        at = read[heads[LIMITS.dockerfile_stages]].start
        raise DockerfileError(
            f"{name}:{at}:1: more than {LIMITS.dockerfile_stages} stages", "split the file", at, 1
        )
    for instruction in read[: heads[0]]:
        if instruction.name != "ARG":
            raise _checks.before_from(instruction, lines, name)
    stages = []
    for index, (at, end) in enumerate(zip(heads, [*heads[1:], len(read)], strict=True)):
        head = read[at]
        alias = head.words[2].lower() if len(head.words) == 3 else ""
        platform = head.flag("platform") or ""
        body = tuple(read[at + 1 : end])
        stages.append(Stage(index, alias, head.words[0], platform, head, body))
    return tuple(read[: heads[0]]), tuple(stages)


def _comments(lines: list[str], read: list[Instruction]) -> list[Comment]:
    """Comments outside here-documents; a number sign in one of those is none."""
    bodies: set[int] = set()
    for instruction in read:
        if instruction.heredocs:
            last = instruction.places[-1][1] if instruction.places else instruction.start
            bodies.update(range(last + 1, instruction.end + 1))
    found = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text.startswith("#") and number not in bodies:
            found.append(Comment(number, text))
    return found


def _syntax(comments: tuple[Comment, ...], read: list[Instruction]) -> str:
    """The frontend that `# syntax=` asks for, where it stands before everything else."""
    first = read[0].start if read else 0
    for expected, comment in enumerate(comments, 1):
        if comment.line != expected or comment.line >= first:
            break
        if found := _SYNTAX.match(comment.text[:_LONG_COMMENT]):
            return found[1]
        if not re.match(r"#\s*(escape|check)\s*=", comment.text[:_LONG_COMMENT], re.IGNORECASE):
            break
    return ""
