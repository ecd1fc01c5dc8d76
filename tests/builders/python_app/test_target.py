"""Finding the interpreter in a base image."""

import sys

import pytest
from packaging.tags import Tag, cpython_tags

from ironhull.builders.python_app.target import Target, find_target, parse_platform
from ironhull.errors import BuildError
from ironhull.model import Platform
from ironhull.oci.edit import ImageConfig
from tests.builders.python_app.bases import PYTHON
from tests.images import image
from tests.trees import DictTree

LIBC = "usr/lib/x86_64-linux-gnu/libc.so.6"
FILES = {path: text for path, text in PYTHON.items() if isinstance(text, str)}


def find(files: dict[str, str], *, env: tuple[str, ...] = (), arch: str = "amd64") -> Target:
    base = image({}, config=ImageConfig(env=env), platform=Platform("linux", arch))
    return find_target(base, DictTree(files))


def test_the_python_of_debian() -> None:
    target = find(FILES)
    assert (target.version, target.full_version, target.abi) == ((3, 13), "3.13.5", "cp313")
    assert target.interpreter == "/usr/bin/python3.13"
    assert (target.site, target.on_path) == ("usr/local/lib/python3.13/dist-packages", True)
    assert target.glibc == (2, 41)


def test_a_python_of_its_own_in_usr_local() -> None:
    files = {**FILES, "usr/local/bin/python3.12": "", "usr/bin/python3.13": ""}
    target = find(files, env=("PYTHON_VERSION=3.12.7",))
    assert target.interpreter == "/usr/local/bin/python3.12"
    assert target.site == "usr/local/lib/python3.12/site-packages"
    assert target.full_version == "3.12.7"


def test_a_python_of_another_distribution_needs_pythonpath() -> None:
    target = find({**FILES, "etc/os-release": 'ID="fedora"\n'})
    assert (target.site, target.on_path) == ("usr/local/lib/python3.13/site-packages", False)


def test_markers_are_those_of_the_target() -> None:
    markers = find(FILES, arch="arm64").markers
    assert markers["python_full_version"] == "3.13.5"
    assert markers["platform_machine"] == "aarch64"
    assert markers["sys_platform"] == "linux"


def test_tags_go_down_from_the_glibc_of_the_base() -> None:
    tags = find(FILES).platforms
    assert tags[0] == "manylinux_2_41_x86_64"
    assert "manylinux_2_42_x86_64" not in tags
    assert {"manylinux_2_5_x86_64", "manylinux1_x86_64", "manylinux2014_x86_64"} <= set(tags)
    arm = find(FILES, arch="arm64").platforms
    assert arm[-1] == "linux_aarch64"
    assert "manylinux_2_16_aarch64" not in arm


@pytest.mark.skipif(sys.platform != "linux", reason="compares with the tags of this Linux")
def test_tags_agree_with_those_packaging_finds() -> None:
    from packaging import tags

    here = set(tags.platform_tags())
    if not any(tag.startswith("manylinux") and tag.endswith("x86_64") for tag in here):
        pytest.skip("not a glibc system on x86_64")
    minor = max(int(t.split("_")[2]) for t in here if t.startswith("manylinux_2_"))
    text = f"stable release version 2.{minor}."
    assert set(find({**FILES, LIBC: text}).platforms) == here


def test_abi3_wheels_fit() -> None:
    target = find(FILES)
    tags = set(cpython_tags(target.version, [target.abi], target.platforms))
    assert Tag("cp39", "abi3", "manylinux_2_17_x86_64") in tags
    assert Tag("cp313", "cp313", "manylinux_2_41_x86_64") in tags
    assert Tag("cp312", "cp312", "manylinux_2_17_x86_64") not in tags


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"usr/bin/python3.13": None}, "no Python interpreter"),
        ({"usr/bin/python3.12": ""}, r"several Pythons \(3\.12, 3\.13\)"),
        ({LIBC: None, "lib/ld-musl-x86_64.so.1": ""}, "musl"),
        ({LIBC: None}, "no glibc"),
        ({LIBC: "something else"}, "no glibc"),
    ],
)
def test_a_base_that_will_not_do(change: dict[str, str | None], words: str) -> None:
    files = {k: v for k, v in {**FILES, **change}.items() if v is not None}
    with pytest.raises(BuildError, match=words) as caught:
        find(files)
    assert caught.value.hint


def test_an_architecture_that_will_not_do() -> None:
    with pytest.raises(BuildError, match="s390x"):
        find(FILES, arch="s390x")


def test_platforms() -> None:
    assert parse_platform("linux/arm64/v8") == Platform("linux", "arm64", "v8")
    for text in ("windows/amd64", "linux", "linux/s390x", "linux/amd64/v1/x", ""):
        with pytest.raises(BuildError, match="cannot build"):
            parse_platform(text)
