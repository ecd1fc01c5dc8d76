"""Whole builds: from a project and a base image to an image in the store."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ironhull.builders.python_app import AppRecipe, build_app
from ironhull.builders.python_app.lock import read_lock
from ironhull.errors import BuildError
from ironhull.model import Build, Image
from ironhull.oci.layers import Entry
from ironhull.oci.tree import read_tree
from ironhull.store.images import ImageStore
from tests.builders.python_app.bases import NAME, PYTHON, finder, python_base, write
from tests.builders.python_app.wheelmaker import wheel
from tests.conftest import ROOT

APP = {
    "app.py": "import demo\nif __name__ == '__main__':\n    print(demo.x)\n",
    "requirements.txt": "demo\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with wheels, a store with a base, a project."""
    wheel(tmp_path / "wheels", entry_points="[console_scripts]\ndemo = demo:main\n")
    python_base(ImageStore(tmp_path / "images"))
    write(tmp_path / "app", APP)
    return tmp_path


def build(place: Path, recipe: AppRecipe | None = None, **changes: Any) -> Build:
    store = ImageStore(place / "images")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    environment |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(place / "wheels"),
    }
    asked = recipe or AppRecipe(
        place / "app", base=NAME, platform="linux/amd64", epoch=1_790_000_000
    )
    return build_app(
        replace(asked, **changes),
        find_base=finder(store),
        store=store,
        cache=place / "cache",
        environment=environment,
    )


def entries(image: Image) -> dict[str, Entry]:
    tree, problems = read_tree(image, ("**/*",))
    assert not problems
    return {entry.path: entry for entry, _ in tree.entries()}


def config(image: Image) -> dict[str, Any]:
    found: dict[str, Any] = image.config["config"]
    return found


def test_an_app_on_a_base(place: Path) -> None:
    made = build(place)
    found = entries(made.image)
    assert "usr/local/lib/python3.13/dist-packages/demo.py" in found
    assert found["usr/local/bin/demo"].mode & 0o777 == 0o755
    assert "app/app.py" in found
    assert config(made.image)["Entrypoint"] == ["/usr/bin/python3.13", "/app/app.py"]
    assert config(made.image)["WorkingDir"] == "/app"
    assert config(made.image)["User"] == "65532"
    assert set(config(made.image)["Env"]) == {
        "PATH=/usr/bin", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1",
    }  # fmt: skip
    assert len(made.image.layers) == 3


def test_layers_of_the_base_stay_as_they_are(place: Path) -> None:
    base = ImageStore(place / "images").find(NAME, None)
    made = build(place).image
    assert made.layers[0].digest == base.layers[0].digest
    assert made.annotations["org.opencontainers.image.base.digest"] == base.digest
    assert made.annotations["org.opencontainers.image.base.name"].endswith(f"library/{NAME}")
    found = entries(made)
    assert stat.S_IMODE(found["tmp"].mode) == 0o1777
    assert found["var/run"].kind == "symlink"


def test_nothing_of_the_app_can_be_written_by_its_user(place: Path) -> None:
    write(place / "app", {"pyproject.toml": '[tool.ironhull.build]\nwritable = ["/data"]\n'})
    base = set(PYTHON)
    for path, entry in entries(build(place).image).items():
        if path == "data":
            assert (entry.uid, entry.gid, entry.mode & 0o777) == (65532, 65532, 0o755)
        elif path not in base:
            assert (entry.uid, entry.gid) == (0, 0)
            assert entry.kind == "symlink" or not entry.mode & 0o022


def test_writable_directories_follow_links_and_keep_their_parents(place: Path) -> None:
    text = (
        '[tool.ironhull.build]\nwritable = ["/var/run/app", "/tmp/app"]\nuser = "nonroot:staff"\n'
    )
    write(place / "app", {"pyproject.toml": text})
    found = entries(build(place).image)
    assert (found["run/app"].uid, found["run/app"].gid) == (65532, 50)
    assert found["var/run"].kind == "symlink"
    assert found["tmp"].mode & 0o7777 == 0o1777


def test_an_unknown_user_is_named(place: Path) -> None:
    write(place / "app", {"pyproject.toml": '[tool.ironhull.build]\nuser = "bob"\n'})
    with pytest.raises(BuildError, match="no user 'bob'"):
        build(place)


def test_the_same_twice_is_the_same_image(place: Path) -> None:
    first = build(place).image
    for path in (place / "app").rglob("*"):
        os.utime(path, (1, 1))
    (place / "app/app.py").chmod(0o600)
    shutil.rmtree(place / "cache")
    second = build(place, locked=True).image
    assert second.digest == first.digest
    assert build(place, epoch=1_790_000_001).image.digest != first.digest


def test_locked_needs_a_lock_that_fits(place: Path) -> None:
    with pytest.raises(BuildError, match="no lock file"):
        build(place, locked=True)
    build(place)
    (target,) = read_lock(place / "app/ironhull.lock")
    assert [w.file for w in target.wheels] == ["demo-1.0-py3-none-any.whl"]
    write(place / "app", {"requirements.txt": "demo>=1\n"})
    with pytest.raises(BuildError, match="requirements changed"):
        build(place, locked=True)
    build(place)
    python_base(ImageStore(place / "images"), {**PYTHON, "new": "file"})
    with pytest.raises(BuildError, match="written for base"):
        build(place, locked=True)


def test_a_lock_may_lie_elsewhere(place: Path) -> None:
    build(place, lock=place / "locks/web.lock")
    assert (place / "locks/web.lock").exists()
    assert not (place / "app/ironhull.lock").exists()


def test_materials_name_what_went_in(place: Path) -> None:
    made = build(place)
    (target,) = read_lock(place / "app/ironhull.lock")
    kinds = {material.kind: material for material in made.materials}
    assert kinds["base"].digests["sha256"] == target.base.partition(":")[2]
    assert kinds["wheel"].digests == {"sha256": target.wheels[0].sha256}
    assert kinds["wheel"].uri.startswith("pkg:pypi/demo@1.0")


def test_a_package_with_src_layout(place: Path) -> None:
    shutil.rmtree(place / "app")
    text = (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "evil"\nbackend-path = ["."]\n'
        '[project]\nname = "my-tool"\nversion = "1.2"\ndependencies = ["demo"]\n'
        '[project.scripts]\nmy-tool = "my_tool.cli:main"\n'
    )
    ran = place / "ran"
    evil = f"open({str(ran)!r}, 'w')\n"
    files = {"pyproject.toml": text, "evil.py": evil, "setup.py": evil}
    write(place / "app", {**files, "src/my_tool/cli.py": "def main(): pass\n"})
    made = build(place).image
    found = entries(made)
    assert config(made)["Entrypoint"] == ["/usr/local/bin/my-tool"]
    assert "PYTHONPATH=/app/src" in config(made)["Env"]
    assert {"usr/local/bin/my-tool", "app/src/my_tool-1.2.dist-info/METADATA"} <= found.keys()
    assert made.annotations["org.opencontainers.image.version"] == "1.2"
    assert not ran.exists()


def test_a_project_for_another_python_is_refused(place: Path) -> None:
    text = '[project]\nname = "x"\nrequires-python = ">=3.14"\n'
    write(place / "app", {"pyproject.toml": text})
    with pytest.raises(BuildError, match=r"requires Python >=3\.14, the base has 3\.13\.5"):
        build(place)


def test_two_wheels_with_one_file_are_noted(place: Path) -> None:
    wheel(place / "wheels", "other", files={"demo.py": "other = 1\n", "tests/__init__.py": ""})
    write(place / "app", {"requirements.txt": "demo\nother\n"})
    assert any("other replaces /usr/local" in note for note in build(place).notes)


def test_labels_of_the_base_do_not_speak_for_the_app(place: Path) -> None:
    write(place / "app", {"pyproject.toml": '[tool.ironhull.build]\nlabels = { team = "x" }\n'})
    labels = config(build(place).image)["Labels"]
    assert labels["team"] == "x"
    assert labels["org.opencontainers.image.title"] == "app"


def test_a_failed_build_leaves_nothing_named(place: Path) -> None:
    before = ImageStore(place / "images").list()
    write(place / "app", {"requirements.txt": "nowhere\n"})
    with pytest.raises(Exception, match="nowhere"):
        build(place)
    assert ImageStore(place / "images").list() == before
    assert not (place / "app/ironhull.lock").exists()


@pytest.mark.network
@pytest.mark.slow
def test_reservations_from_the_index_run(tmp_path: Path, pypi: str) -> None:
    """Real wheels for the Python of the tests, laid out and served by it."""
    minor = sys.version_info[1]
    libc = subprocess.run(["getconf", "GNU_LIBC_VERSION"], capture_output=True, text=True).stdout
    if not (found := re.match(r"glibc 2\.([0-9]+)", libc)) or os.uname().machine != "x86_64":
        pytest.skip("only on x86_64 with glibc")
    store = ImageStore(tmp_path / "images")
    files = {k: v for k, v in PYTHON.items() if "python3.13" not in k}
    files[f"usr/bin/python3.{minor}"] = ""
    files["usr/lib/x86_64-linux-gnu/libc.so.6"] = f"release version 2.{found[1]}."
    python_base(store, files)
    shutil.copytree(ROOT / "examples/reservations", tmp_path / "app")
    made = build_app(
        AppRecipe(tmp_path / "app", base=NAME, platform="linux/amd64"),
        find_base=finder(store),
        store=store,
        cache=tmp_path / "cache",
        environment=os.environ,
    )
    root = tmp_path / "root"
    for layer in made.image.layers[1:]:
        with layer.open() as stream, tarfile.open(fileobj=stream, mode="r:gz") as archive:
            archive.extractall(root, filter="tar")
    code = (
        "import app\nanswer = app.app.test_client().get('/health')\nprint(answer.status_code)\n"
        "import importlib.metadata as m; print(m.version('flask'))\n"
    )
    site = f"usr/local/lib/python3.{minor}/dist-packages"
    environment = {
        "PYTHONPATH": f"{root / site}:{root / 'app'}",
        "DATA_DIR": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout.split() == ["200", "3.0.3"], done.stderr
