"""pip as the engine, against wheels in a folder: no network, another platform than this one."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ironhull.builders.python_app import _pip_runner
from ironhull.builders.python_app.lock import Wheel
from ironhull.builders.python_app.requirements import read_demand
from ironhull.builders.python_app.resolve import _explain, _Run, fetch, resolve, wheel_path
from ironhull.builders.python_app.settings import read_project
from ironhull.builders.python_app.target import Target
from ironhull.errors import BuildError, ResolveError
from ironhull.model import Platform
from tests.builders.python_app.bases import write
from tests.builders.python_app.wheelmaker import wheel

ARM = Target(
    version=(3, 13),
    full_version="3.13.5",
    interpreter="/usr/bin/python3.13",
    site="usr/local/lib/python3.13/dist-packages",
    scripts="usr/local/bin",
    on_path=True,
    platform=Platform("linux", "arm64"),
    glibc=(2, 36),
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """pip as a user may have set it up: no index, wheels in a folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    (tmp_path / "wheels").mkdir()
    return {
        **kept,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "wheels"),
    }


def run(root: Path, environment: dict[str, str], text: str) -> tuple[Wheel, ...]:
    project = write(root / "project", {"requirements.txt": text})
    demand = read_demand(read_project(project))
    return resolve(demand, ARM, cache=root / "cache", context=project, environment=environment)


def named(wheels: tuple[Wheel, ...]) -> list[str]:
    return [wheel.file for wheel in wheels]


def test_wheels_are_chosen_for_the_target(tmp_path: Path, environment: dict[str, str]) -> None:
    for tag in (
        "cp313-cp313-manylinux_2_17_aarch64",
        "cp313-cp313-manylinux_2_39_aarch64",  # needs a newer glibc
        "cp313-cp313-manylinux_2_17_x86_64",
        "cp311-cp311-manylinux_2_17_aarch64",
    ):
        wheel(tmp_path / "wheels", tag=tag)
    found = run(tmp_path, environment, "demo\n")
    assert named(found) == ["demo-1.0-cp313-cp313-manylinux_2_17_aarch64.whl"]
    path = wheel_path(found[0], tmp_path / "cache")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == found[0].sha256
    assert found[0].size == path.stat().st_size


def test_markers_are_evaluated_for_the_target(tmp_path: Path, environment: dict[str, str]) -> None:
    requires = (
        'arm; platform_machine == "aarch64"',
        'intel; platform_machine == "x86_64"',
        'new; python_full_version >= "3.13.5"',
        'old; python_version < "3.13"',
        'windows; sys_platform == "win32"',
    )
    wheel(tmp_path / "wheels", requires=requires)
    for name in ("arm", "new"):
        wheel(tmp_path / "wheels", name)
    found = run(tmp_path, environment, 'demo\nold; python_version < "3.13"\n')
    assert [w.name for w in found] == ["arm", "demo", "new"]


def test_extras_constraints_and_hashes(tmp_path: Path, environment: dict[str, str]) -> None:
    wheel(tmp_path / "wheels", requires=('fast; extra == "speed"',))
    for version in ("1.0", "2.0"):
        wheel(tmp_path / "wheels", "fast", version)
    write(tmp_path / "project", {"limits.txt": "fast<2\n"})
    found = run(tmp_path, environment, "-c limits.txt\ndemo[speed]\n")
    assert named(found) == ["demo-1.0-py3-none-any.whl", "fast-1.0-py3-none-any.whl"]
    wrong = "demo==1.0 --hash=sha256:" + "0" * 64 + "\n"
    with pytest.raises(ResolveError, match=r"hashes|THESE PACKAGES"):
        run(tmp_path, environment, wrong)


def test_source_only_is_named_and_not_built(tmp_path: Path, environment: dict[str, str]) -> None:
    archive = tmp_path / "wheels" / "onlysource-1.0.tar.gz"
    source = write(
        tmp_path / "onlysource-1.0",
        {
            "setup.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n",
            "PKG-INFO": "Metadata-Version: 2.1\nName: onlysource\nVersion: 1.0\n",
        },
    )
    subprocess.run(["tar", "-czf", archive, "-C", tmp_path, source.name], check=True)
    with pytest.raises(BuildError, match=r"onlysource.* has no wheel for CPython 3\.13") as caught:
        run(tmp_path, environment, "onlysource==1.0\n")
    assert "pip wheel" in caught.value.hint
    assert not (tmp_path / "ran").exists()


def test_a_package_that_does_not_exist(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(ResolveError, match="no version of nowhere"):
        run(tmp_path, environment, "nowhere>=2\n")


def test_requirements_that_contradict_each_other(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    wheel(tmp_path / "wheels", "a", requires=("c<2",))
    wheel(tmp_path / "wheels", "b", requires=("c>=2",))
    for version in ("1.0", "2.0"):
        wheel(tmp_path / "wheels", "c", version)
    with pytest.raises(ResolveError, match="conflict") as caught:
        run(tmp_path, environment, "a\nb\n")
    assert "\n" not in caught.value.message


def test_the_password_of_an_index_is_never_shown(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    del environment["PIP_NO_INDEX"]
    environment["PIP_RETRIES"] = "0"
    environment["PIP_TIMEOUT"] = "2"
    text = "--index-url http://me:${SECRET}@127.0.0.1:9/simple\ndemo\n"
    environment["SECRET"] = "hunter2"
    with pytest.raises((ResolveError, BuildError)) as caught:
        run(tmp_path, environment, text)
    assert "hunter2" not in str(caught.value)


def test_locked_wheels_come_by_digest(tmp_path: Path, environment: dict[str, str]) -> None:
    path = wheel(tmp_path / "wheels")
    demand_of = read_demand(
        read_project(write(tmp_path / "project", {"requirements.txt": "demo\n"}))
    )
    good = run(tmp_path, environment, "demo\n")[0]
    cache = tmp_path / "other"
    fetch([good], demand_of, ARM, cache=cache, environment=environment)
    kept = wheel_path(good, cache)
    kept.write_bytes(b"damaged")
    fetch([good], demand_of, ARM, cache=cache, environment=environment)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == good.sha256
    wheel(tmp_path / "wheels", files={"demo.py": "changed = True\n"})
    fetch([good], demand_of, ARM, cache=cache, environment=environment)  # from the cache
    with pytest.raises((BuildError, ResolveError)):
        fetch([good], demand_of, ARM, cache=tmp_path / "third", environment=environment)
    assert path.exists()


def test_a_locked_wheel_for_another_target_is_refused(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    odd = Wheel("demo", "1.0", "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", "0" * 64, 1)
    demand = read_demand(read_project(write(tmp_path / "p", {"requirements.txt": "demo\n"})))
    with pytest.raises(BuildError, match=r"does not fit CPython 3\.13 on linux/arm64"):
        fetch([odd], demand, ARM, cache=tmp_path / "cache", environment=environment)


def test_two_builds_at_once_do_not_disturb_each_other(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    wheel(tmp_path / "wheels")
    project = write(tmp_path / "project", {"requirements.txt": "demo\n"})
    demand = read_demand(read_project(project))

    def job() -> tuple[Wheel, ...]:
        cache = tmp_path / "cache"
        return resolve(demand, ARM, cache=cache, context=project, environment=environment)

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(job) for _ in range(2)]
        assert named(jobs[0].result()) == named(jobs[1].result()) == ["demo-1.0-py3-none-any.whl"]


def test_the_runner_starts_no_programs(tmp_path: Path) -> None:
    code = (
        "import sys, os, subprocess, runpy\n"
        f"module = runpy.run_path({_pip_runner.__file__!r})\n"
        "sys.addaudithook(module['_guard'])\n"
        "for start in (lambda: subprocess.run(['true']), lambda: os.system('true'),\n"
        "              lambda: subprocess.run('true', shell=True),\n"
        "              lambda: os.execv('/bin/true', ['x']),\n"
        "              lambda: os.posix_spawn('/bin/true', ['x'], {})):\n"
        "    try:\n"
        "        start()\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
        "try:\n"
        "    subprocess.run(['keyring'])\n"
        "except FileNotFoundError:\n"
        "    print('looked for')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": str(tmp_path)}
    )
    assert done.stdout.split("\n") == ["refused"] * 5 + ["looked for", ""], done.stderr


def test_an_index_that_does_not_answer_is_not_a_missing_version(tmp_path: Path) -> None:
    stderr = (
        "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None))"
        " after connection broken by 'NewConnectionError(\"no route\")': /simple/x/\n"
        "ERROR: Could not find a version that satisfies the requirement x (from versions: none)\n"
        "ERROR: No matching distribution found for x\n"
    )
    found = _explain(stderr, ARM, _Run(tmp_path, {}))
    assert isinstance(found, ResolveError)
    assert "does not answer" in found.message
    assert "no route" in found.message
