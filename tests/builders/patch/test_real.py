"""Real packages: a base of the main suite patched with what came since, run by a real engine."""

from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.config import load_settings
from ironhull.oci.tree import ImageTree, read_tree
from ironhull.store.images import ImageStore
from tests.sources.engines import docker

CATALOG = Path(__file__).resolve().parents[3] / "catalog"
pytestmark = pytest.mark.network


def base(directory: Path, name: str, *, old: bool) -> str:
    """A base of the catalog, `old` from the main suite alone."""
    text = (CATALOG / f"{name}.yaml").read_text("utf-8")
    if old:
        lines = text.splitlines(keepends=True)
        text = "".join(x for x in lines if "-security" not in x and "-updates main" not in x)
    path = directory / f"{'old' if old else 'new'}.yaml"
    path.write_text(text, "utf-8")
    tag = f"base:{path.stem}"
    assert run(["base", "build", str(path), "-t", tag]) == 0
    return tag


def entries(tag: str) -> dict[str, tuple[object, ...]]:
    tree, _ = read_tree(ImageStore(load_settings().images).find(tag), ["**"])
    assert isinstance(tree, ImageTree)
    return {
        e.path: (
            e.kind,
            e.mode,
            e.uid,
            e.gid,
            e.link,
            tree.read(e.path) if e.kind == "file" else b"",
        )
        for e, _ in tree.entries()
    }


def test_a_patched_base_is_what_building_it_anew_makes(
    debian_archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = base(tmp_path, "python/debian-13/3.13", old=True)
    new = base(tmp_path, "python/debian-13/3.13", old=False)
    capsys.readouterr()
    assert run(["patch", old, "-t", "base:patched"]) == 0
    if "nothing in its repositories is newer" in capsys.readouterr().out:
        pytest.skip("the main suite has everything just now")
    patched, built = entries("base:patched"), entries(new)
    assert {path for path in patched | built if patched.get(path) != built.get(path)} == set()


def test_a_patched_image_runs_and_dpkg_and_apt_are_content(
    debian_archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["base", "build", "python:3.13-debian13-slim"]) == 0
    tar = tmp_path / "patched.tar"
    name = "ironhull/python:3.13-slim"
    capsys.readouterr()
    assert run(["patch", name, "-t", "patched:1", "-o", f"docker-archive={tar}"]) == 0
    if "nothing in its repositories is newer" in capsys.readouterr().out:
        pytest.skip("the main suite has everything just now")
    with docker("containerd", runs=True) as engine:
        engine.run("load", "-i", tar)

        def inside(*command: str) -> str:
            return engine.run("run", "--rm", "--network=none", "patched:1", *command).stdout

        assert inside("python3", "-c", "import ssl, sqlite3; print('fine')") == "fine\n"
        assert inside("dpkg", "--audit") == ""
        assert inside("sh", "-c", "apt-get check -qq && echo checked") == "checked\n"
        changed = "dpkg --verify | grep -v -e ^missing -e /usr/lib/os-release || true"
        assert inside("sh", "-c", changed) == ""
