"""Every sample, hardened without an engine: its language, its bases, what is left, how it ends."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.dockerfiles import read_dockerfile, scope_of
from ironhull.errors import DockerfileError
from ironhull.harden import Options, directory, harden
from ironhull.hardening import Hardened
from ironhull.hardening.families import FAMILIES
from ironhull.hardening.languages import LANGUAGES

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/sample.toml"))
UNPINNED = "IH-D002"


def _of(name: str) -> tuple[dict[str, Any], Hardened]:
    place = SAMPLES / name
    data = (place / "Dockerfile").read_bytes()
    made = harden(read_dockerfile(data, "Dockerfile"), directory(place))
    return tomllib.loads((place / "sample.toml").read_text("utf-8")), made


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recognised_and_left(name: str) -> None:
    sample, made = _of(name)
    assert made.language == sample.get("language", "")
    assert {left.rule for left in made.by_hand} - {UNPINNED} == set(sample.get("by_hand", ()))
    assert (made.pair is not None) == sample.get("hardens", True)


@pytest.mark.parametrize("name", NAMES)
def test_every_change_and_everything_left_has_its_reason(name: str) -> None:
    _, made = _of(name)
    count = made.before.count("\n") + 1
    for row in (*made.changes, *made.by_hand):
        assert row.reason
        assert 0 <= row.line <= count


@pytest.mark.parametrize("name", NAMES)
def test_the_final_stage_needs_no_shell(name: str) -> None:
    _, made = _of(name)
    if made.pair is None:
        return
    final = read_dockerfile(made.text.encode(), "Dockerfile.hardened").final
    assert not final.all("RUN")
    user = final.last("USER")
    assert user is not None
    assert user.argument == made.pair.user
    for instruction in final.all("CMD", "ENTRYPOINT"):
        assert instruction.exec_form
        assert Path((instruction.words or ("",))[0]).name not in ("sh", "bash", "npm", "yarn")


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_on_the_minimal_image(name: str) -> None:
    _, made = _of(name)
    if made.pair is None:
        return
    dockerfile = read_dockerfile(made.text.encode(), "Dockerfile.hardened")
    scope = scope_of(dockerfile)
    assert scope.image(scope.root(dockerfile.final)) == made.pair.run


@pytest.mark.parametrize("name", NAMES)
def test_hardening_again_keeps_the_bases_it_has(name: str) -> None:
    _, made = _of(name)
    again = harden(read_dockerfile(made.text.encode(), "Dockerfile"), directory(SAMPLES / name))
    if made.pair is not None and again.pair is not None:
        assert again.pair.run == made.pair.run


def test_the_last_language_takes_everything() -> None:
    assert LANGUAGES[-1].name == ""
    assert len({row.name for row in LANGUAGES}) == len(LANGUAGES)


EVERY_LINE = sorted(
    {
        line
        for name in NAMES
        for line in (SAMPLES / name / "Dockerfile").read_text("utf-8").splitlines()
        if line.strip() and not line.rstrip().endswith("\\")
    }
)


@given(
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(EVERY_LINE), min_size=1, max_size=9),
    st.sampled_from(FAMILIES),
)
@settings(max_examples=60, deadline=None)
def test_any_mixture_of_lines_gives_a_dockerfile(name: str, lines: list[str], family: str) -> None:
    text = "\n".join(["FROM debian:12", *lines]) + "\n"
    try:
        dockerfile = read_dockerfile(text.encode(), "Dockerfile")
        made = harden(dockerfile, directory(SAMPLES / name), Options(family=family))
    except DockerfileError:
        return
    read_dockerfile(made.text.encode(), "Dockerfile.hardened")
    assert made.changes or made.by_hand
