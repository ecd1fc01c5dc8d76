"""Rust programs with cargo-auditable's list of crates."""

import json
import zlib
from typing import Any

import pytest

from ironhull.catalogers._probes import PROGRAMS as PROBE
from ironhull.catalogers._row import Needs
from ironhull.limits import LIMITS
from ironhull.model import Package, Problem
from tests.catalogers.listing import row
from tests.catalogers.programs import elf
from tests.trees import DictTree

CATALOGER = row("rust")
CRATES = [
    {"name": "cc", "version": "1.0.73", "source": "crates.io", "kind": "build"},
    {"name": "libc", "version": "0.2.155", "source": "crates.io"},
    {"name": "mine", "version": "0.1.0", "source": "local", "dependencies": [0, 1], "root": True},
    {"name": "forked", "version": "2.0.0+x", "source": "git", "dependencies": [1]},
]


def program(document: Any) -> bytes:
    return elf({".text": b"x", ".dep-v0": zlib.compress(json.dumps(document).encode())})


def read(body: bytes) -> list[Any]:
    tree = DictTree({"usr/bin/tool": body}, probes=[PROBE])
    assert tree.troubles == []
    return [item for file in tree.probed(PROBE.name) for item in CATALOGER.parse(file, tree)]


def test_crates_of_a_program() -> None:
    found = read(program({"packages": CRATES}))
    packages = [item for item in found if isinstance(item, Package)]
    assert [p.purl for p in packages] == [
        "pkg:cargo/libc@0.2.155",
        "pkg:cargo/mine@0.1.0",
        "pkg:cargo/forked@2.0.0%2Bx",
    ]
    assert packages[0].locations[0].path == "usr/bin/tool"
    needs = [item for item in found if isinstance(item, Needs)]
    assert CATALOGER.relate is not None
    relations = CATALOGER.relate(needs, DictTree({}), None)
    assert [(r.subject, r.object) for r in relations] == [
        ("pkg:cargo/mine@0.1.0", "pkg:cargo/libc@0.2.155"),
        ("pkg:cargo/forked@2.0.0%2Bx", "pkg:cargo/libc@0.2.155"),
    ]


def test_a_program_without_the_section_is_nothing() -> None:
    assert read(elf({".text": b"x"})) == []


@pytest.mark.parametrize(
    ("section", "said"),
    [
        (b"no zlib", "damaged"),
        (zlib.compress(b'{"packages": []}' * 50)[:-8], "cut off"),
        (zlib.compress(bytes(LIMITS.rust_audit_bytes + 1)), "more than"),
        (zlib.compress(b"[1]"), "no list of crates"),
        (zlib.compress(b"{"), "no list of crates"),
        (zlib.compress(b'{"packages": 1}'), "no list of crates"),
        (zlib.compress(b'{"packages": [{"name": 1}]}'), "has no name"),
        (zlib.compress(b"[" * 100_000), "no list of crates"),
    ],
)
def test_damage_is_a_problem(section: bytes, said: str) -> None:
    (problem,) = read(elf({".dep-v0": section}))
    assert isinstance(problem, Problem)
    assert problem.where == "usr/bin/tool"
    assert said in problem.message


def test_one_bad_crate_costs_itself_alone() -> None:
    rows = [{"version": "1"}, {"name": "a", "version": "1", "dependencies": [0, 7, "x", 1]}, 5]
    found = read(program({"packages": rows}))
    assert [type(item) for item in found] == [Problem, Problem, Package, Needs] or [
        p.name for p in found if isinstance(p, Package)
    ] == ["a"]
    assert sum(isinstance(item, Problem) for item in found) == 2
