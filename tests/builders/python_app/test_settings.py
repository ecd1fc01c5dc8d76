"""Settings of a project: read, checked, named when wrong."""

from pathlib import Path

import pytest

from ironhull.builders.python_app.settings import AppSettings, read_project
from ironhull.errors import DefinitionError
from tests.builders.python_app.bases import write


def settings(root: Path, text: str) -> AppSettings:
    return read_project(
        write(root, {"pyproject.toml": f"[tool.ironhull.build]\n{text}\n"})
    ).settings


def test_nothing_is_needed(tmp_path: Path) -> None:
    project = read_project(tmp_path)
    assert project.settings == AppSettings()
    assert not project.has_metadata


def test_every_key(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        'base = "b:1"\nplatform = "linux/arm64"\nrequirements = "r.txt"\ngroups = ["g"]\n'
        'extras = ["e"]\nentrypoint = ["python3", "x.py"]\ncmd = ["--v"]\nports = [80, "53/udp"]\n'
        'user = 65532\nwritable = "/data"\ninclude = ["src/**"]\nexclude = ["docs"]\n'
        'env = { A = "1" }\nlabels = { "com.example.x" = "y" }',
    )
    assert found == AppSettings(
        base="b:1", platform="linux/arm64", requirements=("r.txt",), groups=("g",), extras=("e",),
        entrypoint=("python3", "x.py"), cmd=("--v",), env={"A": "1"}, ports=("80/tcp", "53/udp"),
        user="65532", labels={"com.example.x": "y"}, include=("src/**",), exclude=("docs",),
        writable=("/data",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('entrypont = ["x"]', "did you mean entrypoint"),
        ("frobnicate = 1", "known are base"),
        ('entrypoint = "python app.py"', "no shell"),
        ("entrypoint = [1]", "string"),
        ("port = 0", "port"),
        ("port = 70000", "port"),
        ("port = true", "port"),
        ("port = 1\nports = [2]", "both"),
        ('user = "a b"', "user"),
        ('writable = ["data"]', "absolute"),
        ('writable = ["/a/../b"]', "absolute"),
        ('writable = ["/"]', "absolute"),
        ("env = { A = 1 }", "string"),
        ('env = { "A=B" = "1" }', "environment"),
        ('base = ["x"]', "string"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        settings(tmp_path, text)
    assert words in str(caught.value)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("text", ["[", "a = \xff"])
def test_a_broken_pyproject_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(DefinitionError, match=r"pyproject\.toml"):
        read_project(tmp_path)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no directory"):
        read_project(tmp_path / "gone")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.ironhull]\nbuld = {}", "unknown key tool.ironhull.buld (did you mean build?)"),
        ("[tool]\nironhull = 3", "tool.ironhull must be a table"),
        ('[project]\nname = "x"\ndependencis = ["flask"]', "(did you mean dependencies?)"),
        ("[project]\nrequire-python = '3'", "(did you mean requires-python?)"),
    ],
)
def test_a_mistyped_key_never_means_nothing(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_project(write(tmp_path, {"pyproject.toml": text}))
    assert said in str(caught.value)


def test_keys_of_later_specifications_are_let_through(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\nsomething-new = 1\nimport-names = ["x"]\n'
    assert read_project(write(tmp_path, {"pyproject.toml": text})).name == "x"
