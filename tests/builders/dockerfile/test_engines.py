"""Which program builds a Dockerfile, and why another does not."""

import pytest

from ironhull.builders.dockerfile import ENGINES, choose_engine
from ironhull.errors import BuildError, UsageError
from tests.builders.dockerfile.programs import Programs


def chosen(programs: Programs, name: str = "", builder: str = "") -> str:
    return choose_engine(name, builder, programs.environment).name


def test_buildkit_comes_first(programs: Programs) -> None:
    programs.buildah()
    programs.docker()
    assert chosen(programs) == "buildx"
    assert chosen(programs, "buildah") == "buildah"


def test_then_what_there_is(programs: Programs) -> None:
    programs.buildah(name="podman")
    assert chosen(programs) == "podman"
    programs.buildah()
    assert chosen(programs) == "buildah"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"server": ""}, "exit status 1"),
        ({"inspect": "Name: x\nDriver:   \nError:  Cannot connect to the daemon\n"}, "Cannot conn"),
        ({"inspect": "Name: x\nDriver: docker-container\nError: no such context\n"}, "no such con"),
    ],
)
def test_a_docker_that_cannot_build_is_passed_over(
    programs: Programs, state: dict[str, str], reason: str
) -> None:
    programs.docker(**state)
    with pytest.raises(BuildError, match=f"buildx: .*{reason}") as trouble:
        chosen(programs)
    assert "buildah: not installed" in trouble.value.message
    programs.buildah()
    assert chosen(programs) == "buildah"
    with pytest.raises(BuildError, match=f"buildx: .*{reason}"):
        chosen(programs, "buildx")


def test_a_builder_in_a_container_needs_no_daemon_of_ours(programs: Programs) -> None:
    programs.docker(inspect="Name: x\nDriver: docker-container", server="")
    assert chosen(programs, builder="x") == "buildx"
    assert programs.asked("docker", "buildx", "inspect") == [["docker", "buildx", "inspect", "x"]]


def test_a_named_builder_is_never_replaced_by_another_engine(programs: Programs) -> None:
    programs.buildah()
    with pytest.raises(BuildError, match="builders are BuildKit's"):
        chosen(programs, builder="x")


def test_nothing_at_all_says_what_was_looked_for(programs: Programs) -> None:
    with pytest.raises(BuildError) as trouble:
        chosen(programs)
    assert all(f"{engine.name}: " in trouble.value.message for engine in ENGINES)
    assert "install buildah" in trouble.value.hint


def test_an_engine_there_is_not(programs: Programs) -> None:
    with pytest.raises(UsageError, match="--engine kaniko") as trouble:
        chosen(programs, "kaniko")
    assert trouble.value.hint == "there are buildx, buildah, podman"
