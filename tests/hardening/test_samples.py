"""The samples, hardened and proven on a real engine: built, run confined, asked, compared.

Every sample is a directory with a Dockerfile, the files it copies and sample.toml:

about     in a sentence what is special about it
port, path, expect, or run, expect    the smoke test: an HTTP answer, or the output of arguments
env, wait, writes    variables, seconds, directories it writes to
by_hand   ids of the rules that are left to do by hand
builds    false: what it downloads cannot be had everywhere (Maven Central)
hardens   false: there is no base for it, only the small changes are made
before    false: as it is it cannot be built here (a base without a stand-in)
smaller   false: the hardened image is not smaller (the one before has next to nothing in it)
"""

import json
import os
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import Ironhull
from tests.acceptance.conftest import new_home
from tests.hardening.standins import contexts, images_of, preparing, standin_for
from tests.sources import engines

SAMPLES = Path(__file__).parent / "samples"
FAST = ("py-flask-plain", "node-yarn", "c-program")
"""What is proven in every run; all of them with IRONHULL_ALL_SAMPLES=1."""

UNPINNED = "IH-D002"
"""Names of a hub that cannot be reached have no digest."""

_WAIT = 60


def _names() -> list[str]:
    every = sorted(path.parent.name for path in SAMPLES.glob("*/sample.toml"))
    return every if os.environ.get("IRONHULL_ALL_SAMPLES") else [n for n in every if n in FAST]


def facts(name: str) -> dict[str, Any]:
    """What sample.toml says."""
    return tomllib.loads((SAMPLES / name / "sample.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Bench:
    """An engine that downloads, and a home with the bases that are asked for."""

    engine: engines.Engine
    ironhull: Ironhull
    place: Path

    def prepare(self, base: str) -> None:
        """Build a base of the catalog into the local store."""
        known = {row["name"] for row in self.ironhull.json("images")["images"]}
        if base not in known:
            words = ["base", "build", base.removeprefix("ironhull/"), "-t", base, "-q"]
            self.ironhull(*words, "--lock", self.place / "lock")

    def given(self, text: str) -> list[str]:
        """--build-context for every image a Dockerfile names, where it needs one.

        Images of a hub are stood in for; bases with a shell are given with the authorities that
        downloads here need, those without come from the local store.
        """
        prepare = preparing(self.ironhull, self.engine.run, self.place)
        names = [n for n in images_of(text) if not is_ours(n) or "-dev" in n.partition("@")[0]]
        return [f"--build-context={one}" for one in contexts(names, self.engine.run, prepare)]


def is_ours(name: str) -> bool:
    """Whether a base is one of the catalog."""
    return name.startswith("ironhull/")


@pytest.fixture(scope="module")
def bench(
    debian_archive: str, pypi: str, downloads: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """The engine of IRONHULL_SAMPLES_ENGINE (a DOCKER_HOST), else one of its own."""
    place = tmp_path_factory.mktemp("samples")
    home = Path(os.environ.get("IRONHULL_SAMPLES_HOME") or new_home(place / "home", downloads))
    if host := os.environ.get("IRONHULL_SAMPLES_ENGINE"):
        command = (engines._program("docker"),)
        engine = engines.Engine("docker", Path("/"), command, {"DOCKER_HOST": host})
        yield Bench(engine, Ironhull(home, extra=dict(engine.environment)), place)
        return
    with engines.docker("containerd", online=True) as engine:
        yield Bench(engine, Ironhull(home, extra=dict(engine.environment)), place)


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.root
@pytest.mark.parametrize("name", _names())
def test_a_sample_is_proven(bench: Bench, name: str, tmp_path: Path) -> None:
    sample = facts(name)
    dockerfile = shutil.copytree(SAMPLES / name, tmp_path / name) / "Dockerfile"
    planned = bench.ironhull.json("harden", "-n", dockerfile)
    left = {row["rule"] for row in planned["by_hand"]} - {UNPINNED}
    assert left == set(sample.get("by_hand", ())), planned["by_hand"]
    if not sample.get("hardens", True):
        assert planned["bases"] is None
        return
    if not sample.get("builds", True):
        pytest.skip("what it downloads is not to be had here")
    for base in filter(is_ours, images_of(planned["text"])):
        bench.prepare(base.partition("@")[0])
    if absent := missing(planned["text"]):
        pytest.skip(f"nothing stands in for {', '.join(absent)}")
    planned = bench.ironhull.json("harden", "-n", dockerfile)  # with the digests of the bases
    words = ["harden", dockerfile, "--build", "--format", "json", *_smoke(sample)]
    contexts = {*bench.given(planned["before"]), *bench.given(planned["text"])}
    done = bench.ironhull.run(*words, *sorted(contexts))
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-200:]
    built = sample.get("before", True) and not missing(planned["before"])
    check(json.loads(done.stdout)["proof"], sample, both=built)


def _smoke(sample: dict[str, Any]) -> list[str]:
    """The options that say how it is tried."""
    words = [f"--wait={sample.get('wait', _WAIT)}", f"--expect={sample.get('expect', '')}"]
    if "run" in sample:
        words.append(f"--smoke=run {shlex.join(sample['run'])}")
    elif "path" in sample:
        words.append(f"--smoke=GET {sample['path']}")
    words += [f"--env={key}={value}" for key, value in sample.get("env", {}).items()]
    return words + [f"--volume={path}" for path in sample.get("writes", ())]


def missing(text: str) -> list[str]:
    """Images of a Dockerfile that cannot be had here."""
    return [name for name in images_of(text) if not is_ours(name) and not standin_for(name)]


def check(proof: dict[str, Any], sample: dict[str, Any], *, both: bool) -> None:
    """The hardened image does the same, as nobody, without a shell, smaller, with less in it."""
    after = proof["after"]["trial"]
    assert after["passed"], after
    assert after["shell"] is None
    uid = after["user"].partition(":")[0]
    assert uid.isdecimal()
    assert int(uid) > 0
    if not both:
        return
    assert proof["trouble"] is None
    before = proof["before"]["trial"]  # its own health check may need what is not in it
    assert before["passed"] or "but its health check" in before["said"], before
    compared = proof["comparison"]
    mine, theirs = compared["analyzed"], compared["comparison"]
    if sample.get("smaller", True):
        assert _size(mine) < _size(theirs)
    assert _findings(mine) <= _findings(theirs)


def _size(report: dict[str, Any]) -> int:
    return int(report["content_size"])


def _findings(report: dict[str, Any]) -> int:
    return int(report["vulnerabilities"]["findings"] or 0)
