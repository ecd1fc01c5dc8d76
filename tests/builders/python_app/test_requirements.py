"""Reading requirements: what pip may see, and what is refused before it does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.python_app.requirements import Demand, read_demand
from ironhull.builders.python_app.settings import read_project
from ironhull.errors import BuildError
from tests.builders.python_app.bases import write


def demand(root: Path, **files: str) -> Demand:
    names = {"requirements": "requirements.txt", "pyproject": "pyproject.toml"}
    return read_demand(read_project(write(root, {names.get(k, k): v for k, v in files.items()})))


def names(found: Demand) -> list[str]:
    return [str(requirement) for requirement in found.requirements]


def refused(root: Path, line: str) -> BuildError:
    with pytest.raises(BuildError) as caught:
        demand(root, requirements=f"# first\n{line}\n")
    assert "requirements.txt:2" in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def test_lines_comments_and_continuations(tmp_path: Path) -> None:
    text = (
        "\ufeff# a comment\n\nflask == 3.0.3 # why\nclick[x]>=8; python_version > '3'\n"
        "jinja2==3.1.6 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "--index-url https://example.org/simple\n"
    )
    found = demand(tmp_path, requirements=text)
    assert names(found) == ["flask==3.0.3", 'click[x]>=8; python_version > "3"', "jinja2==3.1.6"]
    assert found.index_options == ("--index-url https://example.org/simple",)
    assert found.source == "requirements.txt"


def test_files_include_files_and_constraints(tmp_path: Path) -> None:
    write(
        tmp_path, {"in/base.txt": "-c limits.txt\nflask\n", "in/limits.txt": "click<9\nflask<4\n"}
    )
    found = demand(tmp_path, requirements="-r in/base.txt\ngunicorn\n")
    assert names(found) == ["flask", "gunicorn"]
    write(tmp_path, {"in/limits.txt": "click<8\n"})
    assert demand(tmp_path, requirements="-r in/base.txt\ngunicorn\n").digest != found.digest


def test_a_circle_of_files_ends(tmp_path: Path) -> None:
    write(tmp_path, {"other.txt": "-r requirements.txt\nclick\n"})
    assert names(demand(tmp_path, requirements="-r other.txt\nflask\n")) == ["click", "flask"]


def test_the_digest_ignores_comments_and_secrets(tmp_path: Path) -> None:
    one = demand(tmp_path, requirements="flask\n--extra-index-url https://user:pw@example.org/\n")
    two = demand(tmp_path, requirements="# note\nflask\n--extra-index-url https://other.example/\n")
    assert one.digest == two.digest
    assert one.digest != demand(tmp_path, requirements="flask==3\n").digest


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-e .", "editable"),
        ("--editable=src/x", "editable"),
        ("git+https://example.org/x.git", "repository"),
        ("x @ git+https://example.org/x.git@main", "is asked for from"),
        ("x @ file:///srv/x.whl", "is asked for from"),
        ("x @ http://example.org/x-1-py3-none-any.whl", "is asked for from"),
        ("x @ https://example.org/x-1.tar.gz", "as source"),
        ("https://example.org/x-1-py3-none-any.whl", "no name"),
        (".", "local path"),
        ("./x", "local path"),
        ("/srv/x", "local path"),
        ("wheels/x-1-py3-none-any.whl", "local path"),
        ("x-1-py3-none-any.whl", "local path"),
        ("--no-binary :all:", "build from source"),
        ("-r https://example.org/r.txt", "URL"),
        ("--frobnicate", "not one we know"),
        ("flask ==", "no requirement"),
        ("not a requirement", "no requirement"),
    ],
)
def test_what_would_run_code_or_makes_no_sense(tmp_path: Path, line: str, words: str) -> None:
    assert words in refused(tmp_path, line).message


def test_credentials_are_not_repeated(tmp_path: Path) -> None:
    for line in ("git+https://me:hunter2@example.org/x.git", "x @ https://me:hunter2@e.org/x.zip"):
        assert "hunter2" not in str(refused(tmp_path, line))
    line = "x @ https://me:hunter2@example.org/x-1-py3-none-any.whl"
    assert "credentials" in refused(tmp_path, line).message
    assert "hunter2" not in str(refused(tmp_path, line))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"gone\.txt"):
        demand(tmp_path, requirements="-r gone.txt\n")


def test_pyproject_without_requirements_file(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\ndependencies = ["flask>=3"]\n'
    found = demand(tmp_path, pyproject=text)
    assert (names(found), found.source) == (["flask>=3"], "pyproject.toml")
    assert demand(tmp_path, requirements="click\n").source == "requirements.txt"


def test_extras_and_groups_by_setting(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "x"\ndependencies = ["flask"]\n'
        '[project.optional-dependencies]\npg_fast = ["psycopg2-binary"]\n'
        '[dependency-groups]\nprod = ["gunicorn", {include-group = "common"}]\ncommon = ["six"]\n'
        '[tool.ironhull.build]\nextras = ["pg-fast"]\ngroups = ["Prod"]\n'
    )
    assert names(demand(tmp_path, pyproject=text)) == [
        "flask",
        "psycopg2-binary",
        "gunicorn",
        "six",
    ]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('extras = ["fast"]', "no extra 'fast'"),
        ('groups = ["prod"]', "no dependency group 'prod'"),
        ('groups = ["a"]', "include each other: a > b > a"),
        ('groups = ["odd"]', "holds"),
    ],
)
def test_extras_and_groups_that_are_not_there(tmp_path: Path, setting: str, words: str) -> None:
    text = (
        '[project]\nname = "x"\n[dependency-groups]\n'
        'a = [{include-group = "b"}]\nb = [{include-group = "a"}]\nodd = [{x = 1}]\n'
        f"[tool.ironhull.build]\n{setting}\n"
    )
    with pytest.raises(BuildError, match=words):
        demand(tmp_path, pyproject=text)


def test_dynamic_dependencies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="dynamic"):
        demand(tmp_path, pyproject='[project]\nname = "x"\ndynamic = ["dependencies"]\n')


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "Pipfile", "setup.py"])
def test_files_of_other_tools_are_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(BuildError, match=name) as caught:
        read_demand(read_project(write(tmp_path, {name: ""})))
    assert caught.value.hint


def test_no_dependencies_at_all(tmp_path: Path) -> None:
    found = demand(tmp_path, **{"app.py": ""})
    assert (found.source, found.requirements) == ("none", ())


@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    root = tmp_path_factory.mktemp("any")
    (root / "requirements.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_demand(read_project(root))
    except BuildError as trouble:
        assert "\n" not in trouble.message
