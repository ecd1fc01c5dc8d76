"""What `ironhull harden` writes passes the rules, or what does not is listed by hand."""

from pathlib import Path

import pytest

from ironhull.dockerfiles import read_dockerfile
from ironhull.harden import Options, directory, harden
from ironhull.hardening.families import FAMILIES
from ironhull.hardening.rules import check

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*/Dockerfile"))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_hardened_ones_have_no_errors_but_those_by_hand(path: Path, family: str) -> None:
    options = Options(family=family, pin=lambda _: f"sha256:{'0' * 64}")
    before = read_dockerfile(path.read_bytes(), "Dockerfile")
    hardened = harden(before, directory(path.parent), options)
    after = read_dockerfile(hardened.text.encode("utf-8", "surrogateescape"), "hardened")
    remarks = check(after).remarks
    by_hand = {each.rule for each in hardened.by_hand}
    assert {r.rule for r in remarks if r.level == "error"} <= by_hand
    if hardened.pair is not None:
        found = {r.rule for r in remarks}
        assert not found & {"IH-D001", "IH-D002", "IH-D003", "IH-D013", "IH-D014", "IH-D017"}
