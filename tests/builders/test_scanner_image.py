"""The recipe of the SBOM generator's image: this very Ironhull and what it needs."""

import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import ironhull
from ironhull.builders.python_app.settings import read_project
from ironhull.builders.scanner_image import scanner_recipe
from ironhull.errors import BuildError


def test_the_context_holds_the_code_that_runs() -> None:
    with scanner_recipe() as recipe:
        source = Path(ironhull.__file__).parent
        wanted = {p.relative_to(source) for p in source.rglob("*.py")}
        copied = recipe.context / "ironhull"
        assert {p.relative_to(copied) for p in copied.rglob("*.py")} == wanted
        assert not list(copied.rglob("__pycache__"))
        assert (copied / "scanning.py").read_bytes() == (source / "scanning.py").read_bytes()
    assert not recipe.context.exists()


def test_it_is_a_project_the_builder_understands() -> None:
    with scanner_recipe(base="b", platform="linux/arm64", lock=Path("x"), epoch=7) as recipe:
        project = read_project(recipe.context)
        document = tomllib.loads((recipe.context / "pyproject.toml").read_text())
    assert (recipe.base, recipe.platform, recipe.lock, recipe.epoch) == (
        "b",
        "linux/arm64",
        Path("x"),
        7,
    )
    assert project.settings.entrypoint == ("python3", "-m", "ironhull", "scanner", "run")
    assert project.settings.env["IRONHULL_HOME"] == "/tmp/ironhull"
    assert project.version == ironhull.__version__
    needed = [r for r in metadata.requires("ironhull") or [] if "extra ==" not in r]
    assert document["project"]["dependencies"] == sorted(needed)
    assert any("msgspec" in line for line in needed)


def test_an_ironhull_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", absent)
    with pytest.raises(BuildError, match="without being installed"), scanner_recipe():
        pass
