"""The definitions that come with Ironhull, found by the names of the images they make.

In an installed package they lie beside this module, in a checkout in `catalog/` at its top.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ironhull.builders.debian_base.definition import Definition, load_definition
from ironhull.errors import DefinitionError, ReferenceFault, StoreError
from ironhull.limits import LIMITS

__all__ = ["CatalogEntry", "Found", "catalog", "find_definition"]

_NAMESPACE = "ironhull/"


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One shipped definition; `path` is its file."""

    path: Path
    definition: Definition

    @property
    def name(self) -> str:
        """The most telling name of the image it makes, such as python:3.13-debian13-dev."""
        return self.definition.telling_name.removeprefix(_NAMESPACE)

    @property
    def repository(self) -> str:
        """The image's name without the namespace, such as python."""
        return self.definition.image.removeprefix(_NAMESPACE)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name the image goes by."""
        return self.definition.names

    @property
    def distro(self) -> str:
        """Such as "debian 13"."""
        release = self.definition.os_release
        return f"{release.get('ID', '')} {release.get('VERSION_ID', '')}".strip()


@dataclass(frozen=True, slots=True)
class Found:
    """A definition and the file it is in."""

    path: Path
    definition: Definition


@cache
def catalog() -> tuple[CatalogEntry, ...]:
    """The shipped definitions, by name. Raises DefinitionError where one is wrong."""
    root = _root()
    entries = [
        CatalogEntry(path, load_definition(path.read_bytes(), path.relative_to(root).as_posix()))
        for path in sorted(root.rglob("*.yaml"))
        if not path.name.endswith(".lock.yaml")
    ]
    return tuple(sorted(entries, key=lambda entry: entry.name))


def find_definition(text: str) -> Found:
    """The definition at a path, or the one of the catalog that makes the image `text` names.

    Raises ReferenceFault with near names where there is none, DefinitionError for a bad one.
    """
    path = Path(text)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return Found(path, load_definition(_read(path), str(path)))
    wanted = text.removeprefix(_NAMESPACE)
    names: dict[str, CatalogEntry] = {}
    for entry in catalog():
        for tag in entry.definition.tags:
            names[f"{entry.repository}:{tag}"] = entry
    if wanted in names:
        return Found(names[wanted].path, names[wanted].definition)
    raise ReferenceFault(f"no base image definition {text}", _hint(wanted, list(names)))


def _hint(wanted: str, names: list[str]) -> str:
    near = difflib.get_close_matches(wanted, names, 3, 0.6)
    near += [name for name in names if name.partition(":")[0] == wanted and name not in near]
    if near:
        return f"did you mean {', '.join(near[:3])}?"
    return "`ironhull base list` shows the catalog; a path to a YAML file works too"


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise DefinitionError(f"{path} is not a file", "name the YAML file of the definition")
    try:
        with path.open("rb") as file:
            return file.read(LIMITS.definition_bytes + 1)
    except FileNotFoundError:
        hint = "check the path, or see `ironhull base list`"
        raise DefinitionError(f"no definition at {path}", hint) from None
    except OSError as trouble:
        raise StoreError(f"cannot read {path}: {trouble.strerror}", "check its rights") from None


def _root() -> Path:
    here = Path(__file__).resolve().parent
    for root in (here / "catalog", here.parents[3] / "catalog"):
        if root.is_dir():
            return root
    raise DefinitionError(
        "the catalog of base image definitions is missing", "install Ironhull again"
    )
