"""Labelled cases, read from `cases/*.toml`: what a statement says, and whether it applies.

A file is one family. Values at its top hold for all of it, those of an `[[about]]` for its cases:

    image = "web:1"                 # what the image was asked for as
    digests = ["sha256:…"]          # of its manifest and its index
    platform = "linux/amd64"
    release = "debian 12 bookworm"
    layers = ["sha256:…"]           # diff_ids, lowest first
    base = { digest, image, layers }    # an image below, as somebody claims
    package = "pkg:…"               # what is installed; the finding is about it
    source, place, layer            # "name version" it was built from, file and layer it is in
    program, program_place          # the main module it is linked into
    vulnerability, aliases          # what the finding is called
    statement = { … }               # what statements say that a case does not say otherwise
    cases = [ [statements, expected, trap, why] ]

Statements are one or a list of tables, or a product alone: `product` (an @id), `products`, `part`,
`parts` (subcomponents of each), `purl` and `hash` (of the product), `name`, `id`, `aliases` of the
vulnerability, `status`, `time`, `justification`, `impact`, `action`, `document` (1, 2, … where
there are several, in the order in which they are given), `from_base`. Expected is the status of the
statement that decides, true for "not_affected", false where none is about the finding.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.quality.vex.oracle import Installed, Known, Release, World, full_name

HERE = Path(__file__).parent / "cases"
ISSUED = "2025-06-01T00:00:00Z"

TRAPS = {
    "added": "a package that was added to the base image",
    "alias": "a vulnerability of several names",
    "case": "names in another spelling",
    "clock": "moments written in other zones and other lengths",
    "damaged": "statements that say too little, or nothing",
    "digest": "an image by its content",
    "encoding": "the same package URL written otherwise",
    "hub": "the names Docker Hub goes by",
    "identifier": "what identifies a product beside its @id",
    "image": "the same package in another image",
    "inherited": "a time that is the document's",
    "namesake": "a name that is much the same",
    "newer": "a newer statement takes an older one back",
    "other": "a newer statement about something else",
    "part": "a part that is not the whole",
    "platform": "another platform of the image",
    "program": "a module of one program and of another",
    "qualifier": "qualifiers a package has or has not",
    "registry": "the registry an image is in",
    "release": "another release or distribution",
    "same": "statements of one moment",
    "source": "source packages and those built from them",
    "specific": "of one moment, a more specific product",
    "status": "a status that hides nothing, or explains itself",
    "unproven": "what nobody can tell is not so",
    "version": "another version, or the same one written otherwise",
}
"""What a case may be a trap for."""


@dataclass(frozen=True)
class Case:
    """A finding in an image, the documents, and the status of the statement that decides ("")."""

    family: str
    world: World
    image: str
    names: tuple[str, ...]
    documents: tuple[tuple[dict[str, Any], str], ...]  # and the base's digest each came with
    expected: str
    trap: str
    why: str

    def __str__(self) -> str:
        said = [
            (s.get("status"), s["vulnerability"], s["products"], s.get("timestamp"))
            for document, _ in self.documents
            for s in document["statements"]
        ]
        return f"{self.family}: {self.package.purl} in {self.image}: {said}"

    @property
    def package(self) -> Installed:
        """What the finding is about."""
        return self.world.packages[0]


@cache
def families() -> dict[str, tuple[Case, ...]]:
    """Every file of `cases`, by name."""
    return {path.stem: tuple(_family(path)) for path in sorted(HERE.glob("*.toml"))}


def _family(path: Path) -> Iterator[Case]:
    data = tomllib.loads(path.read_text("utf-8"))
    abouts = data.pop("about")
    for about in abouts:
        given = {**data, **about}
        for said, expected, trap, why in given["cases"]:
            if trap and trap not in TRAPS:
                raise ValueError(f"{path.stem}: no kind of trap: {trap!r}")
            status = {True: "not_affected", False: ""}.get(expected, expected)
            names = (given.get("vulnerability", "CVE-2023-1"), *given.get("aliases", ["GHSA-1"]))
            documents = tuple(_documents(said, given))
            image = given.get("image", "web:1")
            yield Case(path.stem, _world(given), image, names, documents, status, trap, why)


def _world(given: dict[str, Any]) -> World:
    source = given.get("source", "").split()
    place = given.get("place", "somewhere")
    package = Installed(
        given["package"], (source[0], source[1]) if source else None, place, given.get("layer", "")
    )
    packages = [package]
    users = {}
    if program := given.get("program"):
        packages.append(Installed(program, None, given.get("program_place", place)))
        users[package.purl] = (program,)
    release = given.get("release", "").split()
    known = _known(given.get("image", "web:1"), given.get("digests", ()), given.get("platform", ""))
    base = given.get("base")
    bases = ((_known(base["image"], [base["digest"]], ""), tuple(base["layers"])),) if base else ()
    return World(
        known,
        Release(*release) if release else None,
        tuple(packages),
        tuple(given.get("layers", ())),
        bases,
        users,
    )


def _known(name: str, digests: Any, platform: str) -> Known:
    path, _, digest = name.partition("@")
    head, colon, tag = path.rpartition(":")
    if not colon or "/" in tag:
        head, tag = path, "" if digest else "latest"
    os, _, arch = platform.partition("/")
    return Known(((full_name(head), tag),), tuple(digests), os, arch, name)


def _documents(said: Any, given: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    rows = said if isinstance(said, list) else [said]
    tables = [
        {**given.get("statement", {}), **(row if isinstance(row, dict) else {"product": row})}
        for row in rows
    ]
    for number in sorted({table.get("document", 1) for table in tables}):
        of_it = [table for table in tables if table.get("document", 1) == number]
        base = given["base"]["digest"] if of_it[0].get("from_base") else ""
        yield document([_statement(table, given) for table in of_it], number), base


def document(statements: list[dict[str, Any]], number: int = 1) -> dict[str, Any]:
    """An OpenVEX document of these statements."""
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": f"https://example.org/vex/{number}",
        "author": "Example <vex@example.org>",
        "timestamp": ISSUED,
        "version": 1,
        "statements": statements,
    }


def _statement(table: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    vulnerability: dict[str, Any] = {
        "name": table.get("name", given.get("vulnerability", "CVE-2023-1"))
    }
    if "id" in table:
        vulnerability["@id"] = table["id"]
    if "aliases" in table:
        vulnerability["aliases"] = table["aliases"]
    status = table.get("status", "not_affected")
    found = {
        "vulnerability": vulnerability,
        "products": [
            _product(name, table) for name in table.get("products", [table.get("product", "")])
        ],
        "status": status,
        "timestamp": table.get("time", ""),
        "justification": table.get("justification", "vulnerable_code_not_present"),
        "impact_statement": table.get("impact", ""),
    }
    if status != "not_affected":
        found["justification"] = ""
    if status == "affected":
        found["action_statement"] = table.get("action", "update")
    return {key: value for key, value in found.items() if value or key == "products"}


def _product(name: str, table: dict[str, Any]) -> dict[str, Any]:
    product: dict[str, Any] = {"@id": name}
    parts = table.get("parts", [table["part"]] if "part" in table else [])
    if "purl" in table:
        product["identifiers"] = {"purl": table["purl"]}
    if "hash" in table:
        product["hashes"] = {"sha-256": table["hash"]}
    if parts:
        product["subcomponents"] = [{"@id": part} for part in parts]
    return product
