"""conda's order as bytes: VersionOrder's documentation, and rattler."""

import itertools
import random
import re

import pytest

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package
from tests.ecosystems import oracles

ROW = ECOSYSTEMS["conda"]

CHAIN = (
    *("0.4", "0.4.1.rc", "0.4.1", "0.5a1", "0.5b3", "0.5C1", "0.5", "0.9.6", "0.960923", "1.0"),
    *("1.0.1_", "1.0.1a", "1.0.1", "1.1dev1", "1.1_", "1.1a1", "1.1.0dev1", "1.1.a1", "1.1.0rc1"),
    *("1.1", "1.1+1", "1.1+1.0.1", "1.1.0post1", "1.1post1", "1996.07.12", "1!0.4.1", "1!3.1.1.6"),
    "2!0.4.1",
)
"""Each before the next."""

SAME = (
    *(("0.4", "0.4.0"), ("0.4.1.rc", "0.4.1.RC"), ("1.1.0dev1", "1.1.dev1"), ("1.2-3", "1.2_3")),
    *(("1.1.0post1", "1.1.post1"), ("0!1", "1"), ("1.1.a1", "1.1.0a1"), (" 1.0 ", "1.0")),
)


_ODD = re.compile(r"[*]|(?:^|[!.+_-])[._-]|[a-z][_-](?:$|[+])", re.IGNORECASE)
"""What conda and rattler read differently: stars, and underscores at the end behind letters."""

REFUSED = ("", "1..0", "1.0+", "+1", "1!2!3", "a!1", "1.0+1+2", "1-2_3", "5.5++", "1.é", "_1")


def test_made_up_versions_against_rattler() -> None:
    version_of = pytest.importorskip("rattler", reason="no py-rattler").Version
    chosen = random.Random(4)
    pieces = (
        "0",
        "1",
        "2",
        "10",
        "01",
        "a",
        "rc",
        "dev",
        "post",
        "x",
        "_",
        ".",
        ".",
        "-",
        "+",
        "!",
    )
    made = {"".join(chosen.choices(pieces, k=chosen.randrange(1, 9))) for _ in range(30_000)}
    theirs = {}
    for text in {*made, *CHAIN, *itertools.chain(*SAME)}:
        if not _ODD.search(text) and oracles.key_or_none(ROW.order, text) is not None:
            theirs[text] = version_of(text.strip())  # raises where it refuses
    assert len(theirs) > 5_000
    wrong = [
        (left, right)
        for left, right in oracles.random_pairs(theirs, 20_000)
        if oracles.compare(ROW.order, left, right)
        != (theirs[left] > theirs[right]) - (theirs[left] < theirs[right])
    ]
    assert wrong == []


def test_no_source_speaks_of_conda() -> None:
    package = Package("conda", "Numpy", "1.26.4")
    assert ROW.lookups(package) == (("numpy", "1.26.4"),)
    assert ROW.scopes(package, None) == ("conda",)
    assert ROW.folders == ()
    assert ecosystem_of_scope("conda") is None
