"""Dockerfiles as rows: instructions, their places, and the stage the image lies on."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ironhull.judging._source_map import instructions_of

TWO_STAGES = """# syntax=docker/dockerfile:1
FROM golang:1.25 AS build

RUN make \\
  # what comments say does not end it
  install
FROM  debian:13 AS last
COPY --from=build /x /x
"""


def told(text: str, target: str = "") -> list[tuple[str, int, int]]:
    rows = instructions_of(text, "Dockerfile", target)
    return [(row["instruction"], row["start_line"], row["end_line"]) for row in rows]


def test_rows_of_two_stages() -> None:
    assert told(TWO_STAGES) == [
        ("FROM", 2, 2),
        ("RUN", 4, 6),
        ("FROM_RUNTIME", 7, 7),
        ("COPY", 8, 8),
    ]
    (*_, last) = instructions_of(TWO_STAGES, "docker/Dockerfile")
    assert last == {
        "instruction": "COPY",
        "source": "COPY --from=build /x /x",
        "path": "docker/Dockerfile",
        "start_line": 8,
        "start_column": 1,
        "end_line": 8,
        "end_column": 24,
    }


def test_the_stage_that_was_built() -> None:
    assert [row[0] for row in told(TWO_STAGES, "BUILD")][:1] == ["FROM_RUNTIME"]
    assert told(TWO_STAGES, "build")[2][0] == "FROM"
    assert told(TWO_STAGES, "none") == told(TWO_STAGES)


def test_documents_in_the_file_are_no_instructions() -> None:
    text = 'FROM a\nRUN <<EOF\nFROM b\nEOF\nCOPY <<"A" <<-B /x/\nFROM c\nA\nFROM d\n\tB\nUSER 1\n'
    assert told(text) == [("FROM_RUNTIME", 1, 1), ("RUN", 2, 4), ("COPY", 5, 9), ("USER", 10, 10)]
    assert told("FROM a\nRUN cat <<EOF\nFROM b\n") == [
        ("FROM", 1, 1),
        ("RUN", 2, 2),
        ("FROM_RUNTIME", 3, 3),
    ]


def test_another_escape() -> None:
    text = "# escape=`\nFROM a\nRUN dir `\n  c:\\\nUSER x\n"
    assert told(text) == [("FROM_RUNTIME", 2, 2), ("RUN", 3, 4), ("USER", 5, 5)]


def test_nothing_is_nothing() -> None:
    assert told("") == told("\n# only\n\n") == []


@given(st.lists(st.sampled_from(["FROM a", "RUN <<E", "E", "x \\", "#", "", "# escape=`"])))
def test_every_line_is_in_at_most_one_row(lines: list[str]) -> None:
    rows = told("\n".join(lines))
    assert all(first <= last for _, first, last in rows)
    assert all(one[2] < two[1] for one, two in pairwise(rows))


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert all(row["end_line"] >= row["start_line"] for row in instructions_of(text, "x"))
