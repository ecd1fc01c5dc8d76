"""Any Dockerfile: only what is safe on its own base is done, and each of the rest is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import DockerfileError
from ironhull.hardening._row import Options
from ironhull.hardening.other import OTHER, kept_text
from ironhull.values import replace
from tests.hardening.subjects import draft

FILES = {"app.sh": "", "data/x.csv": "", "site.tar.gz": ""}


def _kept(text: str) -> str:
    return kept_text(draft(text, OTHER, FILES))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM debian\nCMD app --port 80\n", 'FROM debian\nCMD ["app", "--port", "80"]\n'),
        ("FROM ruby\nCMD exec app\n", 'FROM ruby\nCMD ["app"]\n'),
        ("FROM x\nENTRYPOINT app 'a b'\n", 'FROM x\nENTRYPOINT ["app", "a b"]\n'),
        ("FROM debian\nADD app.sh /\n", "FROM debian\nCOPY app.sh /\n"),
        ("FROM debian\nADD . /app\n", "FROM debian\nCOPY . /app\n"),
        (
            "FROM debian\nRUN apt-get update && apt-get install -y a\n",
            "FROM debian\nRUN apt-get update && apt-get install -y a"
            " && rm -rf /var/lib/apt/lists/*\n",
        ),
        (
            "FROM debian\nRUN apt-get update \\\n && apt-get install -y \\\n  a\nRUN b\n",
            "FROM debian\nRUN apt-get update \\\n && apt-get install -y \\\n  a"
            " && rm -rf /var/lib/apt/lists/*\nRUN b\n",
        ),
        (
            "FROM debian\nRUN useradd -u 1001 app\nUSER app\n",
            "FROM debian\nRUN useradd -u 1001 app\nUSER 1001\n",
        ),
    ],
)
def test_what_is_safe_is_done(before: str, after: str) -> None:
    assert _kept(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "FROM nobody-knows\nCMD app\n",  # it may have an ENTRYPOINT
        'FROM debian\nENTRYPOINT app\nCMD ["x"]\n',  # the shell form ignores CMD
        "FROM debian\nCMD app $PORT\n",
        "FROM debian\nCMD a && b\n",
        "FROM debian\nCMD app > log\n",
        "FROM debian\nCMD A=b app\n",
        "FROM debian\nCMD cd /x\n",
        "FROM debian\nCMD app &\n",
        'FROM debian\nSHELL ["/bin/bash", "-c"]\nCMD app\n',
        "FROM debian\nADD site.tar.gz /\n",
        "FROM debian\nADD *.gz /\n",
        "FROM debian\nADD https://x.example/a /\n",
        "FROM debian\nADD absent /\n",
        "FROM debian\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y b\n",
        "FROM debian\nRUN apt-get update; apt-get install -y a\n",
        "FROM debian\nRUN apt-get install -y a || true\n",
        "FROM debian\nRUN --mount=type=cache,target=/var/lib/apt apt-get install -y a\n",
        "FROM debian\nRUN useradd app\nUSER app\n",
        "FROM debian\nUSER root\n",
    ],
)
def test_what_is_not_proven_stays(text: str) -> None:
    assert _kept(text) == text


def test_bases_are_pinned() -> None:
    made = draft("FROM ruby:3 AS a\nFROM a\nFROM ruby:3\n", OTHER)
    made.options = replace(Options(), pin=lambda name: "sha256:1" if name == "ruby:3" else "")
    assert kept_text(made) == "FROM ruby:3@sha256:1 AS a\nFROM a\nFROM ruby:3@sha256:1\n"
    assert {change.rule for change in made.changes} == {"IH-D002"}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("ENV API_TOKEN=abc", "IH-D004"),
        ("ADD https://x.example/a /", "IH-D005"),
        ("RUN curl https://x.example | sh", "IH-D007"),
        ("EXPOSE 80/tcp", "IH-D012"),
        ("RUN sudo a", "IH-D014"),
        ("RUN apt-get update && apt-get install -y gcc", "IH-D017"),
    ],
)
def test_what_is_left_is_said_with_its_line(line: str, rule: str) -> None:
    made = draft(f"FROM ruby\n{line}\n", OTHER)
    kept_text(made)
    found = {(left.rule, left.line) for left in made.by_hand}
    assert (rule, 2) in found
    assert {("IH-D001", 1), ("IH-D003", 1)} <= found


def test_a_user_of_its_own_is_not_left() -> None:
    made = draft("FROM ruby\nUSER 1000\n", OTHER)
    kept_text(made)
    assert [left.rule for left in made.by_hand] == ["IH-D001"]


LINES = (
    "RUN a && b",
    "RUN apt-get install x",
    "ADD app.sh /",
    "CMD a",
    "CMD $X",
    "USER x",
    "ENV A=1",
)


@given(st.lists(st.sampled_from(LINES), max_size=6))
def test_lines_are_neither_lost_nor_made(lines: list[str]) -> None:
    text = "\n".join(["FROM debian", *lines]) + "\n"
    try:
        assert _kept(text).count("\n") == text.count("\n")
    except DockerfileError:
        pytest.fail("it parses")
