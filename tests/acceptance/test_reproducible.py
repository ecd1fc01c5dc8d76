"""Equal inputs give equal digests, on another day, in another place, attestations included."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.cli import Ironhull, checked
from tests.acceptance.conftest import APP, BASES, Web, new_home

pytestmark = [pytest.mark.network, pytest.mark.slow]

LATER = "2031-05-06 07:08:09"


@pytest.fixture
def later(downloads: Path, tmp_path: Path) -> Ironhull:
    """Ironhull on another day: an empty store and a clock years ahead."""
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not installed (scripts/test-packages.sh)")
    made = Ironhull(new_home(tmp_path / "home", downloads), (faketime, "-f", f"@{LATER}"))
    tried = subprocess.run(
        [*made.command[:3], "date", "+%Y"], capture_output=True, text=True, check=False
    )
    if tried.stdout.strip() != "2031":
        pytest.skip(f"faketime does not work here: {tried.stderr.strip()}")
    return made


def index_of(ironhull: Ironhull, name: str) -> str:
    (found,) = ironhull.json("images", name.partition("@")[0])["images"]
    digest: str = found["digest"]
    return digest


def statements(ironhull: Ironhull, name: str) -> dict[str, dict[str, object]]:
    """The in-toto statements attached to an image, by predicate type."""
    blobs = ironhull.home / "images" / "blobs" / "sha256"

    def blob(digest: str) -> dict[str, list[dict[str, str]]]:
        data: dict[str, list[dict[str, str]]] = json.loads(
            (blobs / digest.removeprefix("sha256:")).read_bytes()
        )
        return data

    _, attached = blob(index_of(ironhull, name))["manifests"]
    layers = blob(attached["digest"])["layers"]
    found = [dict(blob(layer["digest"])) for layer in layers]
    return {str(statement["predicateType"]): statement for statement in found}


@pytest.mark.parametrize("kind", BASES)
def test_base_build(web: Web, later: Ironhull, kind: str) -> None:
    name = BASES[kind]
    lock = web.locks / f"base-{kind}.lock"
    built = later("base", "build", name, "--locked", "--lock", lock)
    first = built.split()[0]
    assert index_of(later, first) == index_of(web.ironhull, first)
    assert set(statements(later, first)) == {
        "https://spdx.dev/Document",
        "https://slsa.dev/provenance/v1",
    }


def commit(context: Path) -> None:
    """Make a git repository of a directory, as a checkout of a project would be."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    who = {"NAME": "A", "EMAIL": "a@example.org", "DATE": "2026-01-02T03:04:05Z"}
    environment = {
        **os.environ,
        **{f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()},
    }
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        checked([git, *words], cwd=context, env=environment)


@pytest.mark.parametrize("versioned", [True, False], ids=["git", "plain"])
def test_app_build(web: Web, later: Ironhull, tmp_path: Path, versioned: bool) -> None:
    base, lock = BASES["hardened"], web.locks / "hardened.lock"
    here, there = tmp_path / "here" / "app", tmp_path / "elsewhere" / "app"
    shutil.copytree(APP, here, ignore=shutil.ignore_patterns("__pycache__"))
    if versioned:
        commit(here)
    shutil.copytree(here, there)
    for path in there.rglob("*"):
        if ".git" not in path.parts:
            os.utime(path, (1_900_000_000, 1_900_000_000))
    today = Ironhull(new_home(tmp_path / "today", later.home / "cache"))
    for run, context in ((today, here), (later, there)):
        bases = web.locks / "base-hardened.lock"
        run("base", "build", base, "--locked", "--lock", bases)
        run("build", context, "--base", base, "-t", "app", "--locked", "--lock", lock)
    assert index_of(today, "app") == index_of(later, "app")
    found = statements(later, "app")
    assert set(found) == {"https://spdx.dev/Document", "https://slsa.dev/provenance/v1"}
    text = json.dumps(found)
    assert str(tmp_path) not in text
    assert "2031" not in text
    assert ("gitCommit" in text or "revision" in text) is versioned
