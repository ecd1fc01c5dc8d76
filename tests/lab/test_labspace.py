"""The dialect of labs: fences, variables, checks; and our own lab, read whole."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from labspace import LabError, Step, read_lab, read_steps, section_id, substitute  # noqa: E402

PATH = Path("page.md")


def steps(text: str, **variables: str) -> list[Step]:
    return list(read_steps(text, variables, PATH))


def test_shells_have_a_button_others_have_none() -> None:
    text = "".join(
        f"```{word}\ntrue\n```\n" for word in ("bash", "sh", "console", "yaml", "", "none")
    )
    assert [step.line for step in steps(text)] == [1, 4, 7]
    assert steps("```bash no-run-button\ntrue\n```\n") == []


@pytest.mark.parametrize(
    "meta", ["save-as=a/b.txt", 'save-as="a/b.txt"', "highlight=1 save-as='a/b.txt'"]
)
def test_files_are_saved(meta: str) -> None:
    (step,) = steps(f"```yaml {meta}\nkey: value\n```\n")
    assert (step.kind, step.target, step.body) == ("save", "a/b.txt", "key: value\n")


def test_fences_end_as_they_began() -> None:
    (step,) = steps("~~~~bash\n```\n~~~\necho :fileLink[x]{path=y}\n~~~~~\n")
    assert step.body == "```\n~~~\necho :fileLink[x]{path=y}\n"
    with pytest.raises(LabError, match=r"page\.md:2: the block is not closed"):
        steps("text\n```bash\ntrue\n")


def test_variables() -> None:
    (step,) = steps("```bash\necho $$name$$ $$other$$ $HOME $$\n```\n", name="web")
    assert step.body == "echo web other $HOME $$\n"
    assert substitute(r"\$\$name\$\$", {"name": "x"}) == "$$name$$"


def test_checks() -> None:
    text = '```bash\nfalse\n```\n\n<!-- check: says "$$a$$ \\"b\\"" -->\n<!-- check: exits 2 -->\n'
    (step,) = steps(f'{text}<!-- check: never says "x" -->\n<!-- a comment -->\n', a="1")
    assert (step.says, step.never, step.exits) == (['1 \\"b\\"'], ["x"], (2,))
    (step,) = steps("```bash\nfalse\n```\n<!-- check: exits 126 or 127 -->\n")
    assert step.exits == (126, 127)
    (done,) = steps('<!-- do: reserve "Ada" -->\n')
    assert (done.kind, done.body) == ("do", 'reserve "Ada"')
    with pytest.raises(LabError, match=r"page\.md:1: a check has to follow a block"):
        steps('<!-- check: says "x" -->\n')
    with pytest.raises(LabError, match=r"page\.md:4: not a check: sings"):
        steps("```bash\ntrue\n```\n<!-- check: sings -->\n")


@pytest.mark.parametrize(
    ("title", "id_"), [("Two stages, no shell", "two-stages-no-shell"), ("A b-C 1!", "a-b-c-1")]
)
def test_ids(title: str, id_: str) -> None:
    assert section_id(title) == id_


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = steps(text)
    except LabError as trouble:
        assert str(trouble).startswith("page.md:")
    else:
        assert all(step.kind in ("run", "save", "do") for step in found)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "sections: 1", "sections: [1]", "sections: [{title: a, contentPath: b}]", "{"],
)
def test_what_is_no_lab(text: str, tmp_path: Path) -> None:
    (tmp_path / "labspace.yaml").write_text(text)
    with pytest.raises(LabError):
        read_lab(tmp_path)


def test_our_lab() -> None:
    place = SCRIPTS.parent / "examples" / "lab"
    lab = read_lab(place, {"port": "5001", "trust": ""})
    assert len(lab.sections) == 10
    pages = {section.path.name for section in lab.sections}
    assert pages == {path.name for path in place.glob("[0-9]*.md")}
    assert all(section.steps for section in lab.sections)
    text = "\n".join(step.body for section in lab.sections for step in section.steps)
    assert "$$" not in text
    assert "5001:5000" in text
    assert text.count('reserve "') == 2
