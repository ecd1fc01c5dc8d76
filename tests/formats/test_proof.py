"""The proof of a hardened Dockerfile in every format."""

import pytest

from ironhull.compare import Comparison, compare
from ironhull.formats import PROOF_FORMATS
from ironhull.hardening import Hardened, Proof, Side, Trial
from ironhull.model import Build
from ironhull.values import replace
from tests import images, reports
from tests.formats.test_json_report import validated

HARDENED = Hardened(
    "Dockerfile", "FROM a\n", "FROM b\nUSER 65532:65532\n", "python", None, None, (), ()
)
PLAIN = Trial("GET /", True, "status 200", (), "", "sh")
CONFINED = Trial("GET /", True, "status 200", ("--read-only",), "65532:65532", "")
FAILED = replace(CONFINED, passed=False, said="it ended: \x1b[31mno such file", log=("a\tb", "c"))


def side(trial: Trial | None) -> Side:
    image = images.image({"etc/os-release": "ID=x\n"})
    return Side(Build(image, (), {}, "dockerfile"), trial)


def proof(before: Trial | None = PLAIN, after: Trial | None = CONFINED, **more: str) -> Proof:
    return Proof(side(before), side(after), **more)


def written(name: str, told: Proof, comparison: Comparison | None = None) -> str:
    (row,) = [row for row in PROOF_FORMATS if row.name == name]
    return row.write(HARDENED, told, comparison).decode()


@pytest.fixture
def comparison() -> Comparison:
    return compare(reports.hardened(), reports.web(), ignore_unchanged=True)


def test_both_are_side_by_side(comparison: Comparison) -> None:
    text = written("text", proof(), comparison)
    assert "The hardened image passes its smoke test." in text
    assert " user  │ root " in text
    assert "│ 65532:65532" in text
    assert " shell │ sh " in text
    assert "│ none" in text
    assert "+USER 65532:65532" in text
    assert "Vulnerabilities gone" in text


def test_what_failed_says_why_and_its_last_words() -> None:
    text = written("text", proof(after=FAILED))
    assert "does not pass its smoke test: it ended: " in text
    assert "\x1b" not in text
    assert "Nor does" not in text
    assert "the last that the hardened image wrote:" in text
    both = written("text", proof(before=replace(PLAIN, passed=False), after=FAILED))
    assert "Nor does the image before." in both


def test_what_was_not_run_or_not_built_is_said() -> None:
    text = written("text", proof(None, None, untried="no container can be run here"))
    assert "Not run: no container can be run here" in text
    alone = Proof(None, side(CONFINED), trouble="the Dockerfile does not build: x")
    assert "the Dockerfile does not build: x" in written("text", alone)
    assert " built │ no " in written("text", alone)
    assert "| built | no |" in written("markdown", alone)


@pytest.mark.parametrize(
    "told",
    [proof(), proof(after=FAILED), proof(None, None, untried="x"), Proof(None, side(CONFINED))],
    ids=["holds", "fails", "untried", "alone"],
)
def test_documents_are_as_their_schema_says(told: Proof, comparison: Comparison) -> None:
    document = validated("harden", written("json", told, comparison if told.before else None))
    assert document["proof"]["holds"] == told.holds
    assert document["text"] == HARDENED.text


def test_markdown_has_the_numbers(comparison: Comparison) -> None:
    text = written("markdown", proof(), comparison)
    assert text.startswith("## Proof\n")
    assert "| vulnerabilities | " in text
    assert "```diff" in text
