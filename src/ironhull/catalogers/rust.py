"""Rust programs built with cargo-auditable: the crates in them.

Source: rust-secure-code/cargo-auditable, PARSING.md and cargo-auditable.schema.json. Crates that
only take part in the build are left out; those from git, a private registry or the program's own
directory are listed like those from crates.io.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ironhull.catalogers._binary_probe import record
from ironhull.catalogers._probes import PROGRAMS
from ironhull.catalogers._row import Found, Needs
from ironhull.model import File, Location, Package, Problem, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["parse"]

_NAME = "rust"


def parse(file: File, tree: Tree) -> Iterator[Found]:
    facts = tree.facts(file.path, PROGRAMS.name)
    if (trouble := record(facts, "rust!")) is not None:
        yield Problem(_NAME, file.path, trouble.decode("utf-8", "replace"))
    document = record(facts, "rust")
    if document is None:
        return
    import json

    try:
        crates = json.loads(document)["packages"]
        rows = [row if isinstance(row, Mapping) else {} for row in crates]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        yield Problem(_NAME, file.path, f"the audit data is no list of crates ({error})")
        return
    yield from _packages(rows, file)


def _packages(rows: Sequence[Mapping[str, Any]], file: File) -> Iterator[Found]:
    packages: dict[int, Package] = {}
    for number, row in enumerate(rows):
        name, version = row.get("name"), row.get("version")
        if not (isinstance(name, str) and name and isinstance(version, str)):
            yield Problem(_NAME, file.path, f"crate {number} of the audit data has no name")
        elif row.get("kind", "runtime") == "runtime":
            packages[number] = Package(
                ecosystem="cargo",
                name=name,
                version=version,
                locations=(Location(file.path, file.layer),),
                found_by=_NAME,
            )
    for number, package in packages.items():
        yield package
        wanted = rows[number].get("dependencies") or ()
        numbers = [n for n in wanted if isinstance(n, int)] if isinstance(wanted, list) else []
        purls = tuple(packages[n].purl for n in numbers if n in packages)
        if purls:
            yield Needs(package, purls)
