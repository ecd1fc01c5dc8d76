"""A hardened Dockerfile as text, JSON and Markdown: nothing lost, nothing a terminal obeys."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.formats import HARDEN_FORMATS
from ironhull.formats.json_harden import write_harden_json
from ironhull.formats.markdown_harden import write_harden_markdown
from ironhull.formats.text_harden import diff_lines, output_name, write_harden
from ironhull.hardening import ByHand, Change, Hardened, Pair
from ironhull.limits import LIMITS
from ironhull.values import replace

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "harden.schema.json"

BEFORE = """\
FROM node:18
COPY . /srv
RUN cd /srv && npm ci
\tCMD node server.js
"""
AFTER = """\
FROM ironhull/node:20-dev AS builder
COPY . /srv
RUN cd /srv && npm ci

FROM ironhull/node:20
COPY --from=builder /srv /srv
CMD ["node", "server.js"]
"""

HARDENED = Hardened(
    name="Dockerfile",
    before=BEFORE,
    text=AFTER,
    language="node",
    pair=Pair(
        "ironhull",
        "node",
        "20",
        "ironhull/node:20-dev",
        "ironhull/node:20",
        said="18 is not in the family",
    ),
    ignore=".git\n",
    changes=(
        Change("IH-D002", 1, "FROM node:18", "FROM ironhull/node:20-dev AS builder", "a shell"),
        Change("IH-D005", 4, "CMD node server.js", 'CMD ["node", "server.js"]', "no shell there"),
        Change("IH-D001", 0, "", "FROM ironhull/node:20", "the image that runs"),
        Change("IH-D011", 3, "RUN apt-get clean\nRUN x", "", "not carried"),
    ),
    by_hand=(ByHand("IH-D009", 2, "COPY . /srv", "which files it needs is not known"),),
)


def _document(hardened: Hardened) -> dict[str, Any]:
    document = json.loads(write_harden_json(hardened))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(schema, base_uri=SCHEMA.as_uri()).validate(document)
    return dict(document)


def test_json_has_everything() -> None:
    document = _document(HARDENED)
    assert document["before"] == BEFORE
    assert document["text"] == AFTER
    assert document["changed"] is True
    assert document["bases"]["run"] == "ironhull/node:20"
    assert document["dockerignore"] == ".git\n"
    assert [row["line"] for row in document["changes"]] == [1, 4, None, 3]
    assert document["by_hand"][0]["reason"] == "which files it needs is not known"


def test_json_where_nothing_was_recognised() -> None:
    same = replace(HARDENED, language="", pair=None, text=BEFORE, changes=(), ignore=None)
    document = _document(same)
    assert document["bases"] is None
    assert document["language"] is None
    assert document["changed"] is False
    assert document["diff"] == ""


def test_text_has_each_change_with_its_reason() -> None:
    text = write_harden(HARDENED)
    first = text.splitlines()[0]
    assert first == (
        "Dockerfile: node 20 (18 is not in the family), runs on ironhull/node:20,"
        " built in ironhull/node:20-dev"
    )
    for row in (*HARDENED.changes, *HARDENED.by_hand):
        assert row.rule in text
        assert row.reason in text
    assert "+ FROM ironhull/node:20" in text
    assert "- RUN apt-get clean …" in text
    assert "4 changes, a new .dockerignore, 1 by hand" in text


def test_text_says_that_nothing_changed() -> None:
    text = write_harden(replace(HARDENED, text=BEFORE, changes=(), by_hand=(), pair=None))
    assert "No change" in text
    assert "bases kept" in text
    assert "nothing is left to do by hand" in text


@pytest.mark.parametrize("made", HARDEN_FORMATS, ids=lambda made: str(made.name))
def test_no_format_sends_control_characters(made: Any) -> None:
    evil = "RUN echo \x1b[31m\u202e red"
    hostile = replace(
        HARDENED,
        name="Docker\x1bfile",
        before=evil,
        changes=(Change("IH-D001", 1, evil, evil, evil),),
        by_hand=(ByHand("IH-D001", 1, evil, evil),),
    )
    written = made.write(hostile).decode()
    assert "\x1b" not in written
    if made.name != "json":
        assert "\u202e" not in written


def test_tabs_of_a_diff_stay() -> None:
    assert "-\tCMD node server.js" in write_harden(HARDENED).splitlines()


def test_standard_input_has_a_name_for_its_result() -> None:
    assert output_name("-") == "Dockerfile.hardened"
    assert output_name("app/Dockerfile") == "app/Dockerfile.hardened"


TEXTS = st.text(st.sampled_from("ab\n\t\x0b\x0c\u2028"), max_size=30)


@given(TEXTS, TEXTS)
def test_the_diff_tells_all_lines(before: str, after: str) -> None:
    lines = diff_lines(replace(HARDENED, before=before, text=after))
    if before == after:
        assert lines == []
        return
    body = [line for line in lines[2:] if line[:1] in " +-\\"]
    for text, marks in ((before, " -"), (after, " +")):
        told = [line[1:] for line in body if line[0] in marks]
        wanted = text.removesuffix("\n").split("\n") if text else []
        assert "\n".join(told) in "\n".join(wanted)
        changed = [line[1:] for line in body if line[0] == marks[1]]
        assert all(line in wanted for line in changed)


def test_patch_applies_the_diff_of_json(tmp_path: Path) -> None:
    for number, (before, after) in enumerate(
        ((BEFORE, AFTER), (BEFORE, "FROM x"), ("FROM y", AFTER))
    ):
        file = tmp_path / f"Dockerfile{number}"
        file.write_text(before)
        document = _document(replace(HARDENED, name=file.name, before=before, text=after))
        subprocess.run(
            ["patch", "-s", "-p0", file.name],
            input=document["diff"],
            text=True,
            check=True,
            cwd=tmp_path,
        )
        assert file.read_text() == after


def test_markdown_fits_a_comment() -> None:
    many = tuple(Change("IH-D001", 1, "RUN x" * 50, "RUN y" * 50, "z" * 400) for _ in range(900))
    rows = tuple(ByHand("IH-D001", 1, "RUN x" * 50, "z" * 400) for _ in range(900))
    large = replace(HARDENED, changes=many, by_hand=rows, text="RUN x\n" * 20_000)
    written = write_harden_markdown(large)
    assert len(written) <= LIMITS.markdown_characters
    assert "more changes not shown here" in written
    assert "more lines not shown here" in written
    assert "The diff (20,0" in written or "does not fit here" in written


def test_markdown_is_not_broken_out_of() -> None:
    text = 'RUN echo "```" | sh\n# [a](javascript:x) | b\n'
    change = Change("IH-D001", 1, "RUN echo `a` | sh", "", "a | b")
    written = write_harden_markdown(replace(HARDENED, text=text, changes=(change,)))
    assert "````diff" in written
    assert "| 1 | IH-D001 | RUN echo \\`a\\` \\| sh → (gone) | a \\| b |" in written
