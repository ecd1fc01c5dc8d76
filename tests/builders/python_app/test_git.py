"""Reading a revision without running git, compared with what git says."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ironhull.builders.python_app._git import read_revision
from tests.builders.python_app.bases import write

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = write(tmp_path / "tree", {"app/a.py": "1\n", "other/b.py": "2\n", "run.sh": "3\n"})
    (root / "run.sh").chmod(0o755)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def test_a_clean_tree(tree: Path) -> None:
    found = read_revision(tree)
    assert found is not None
    assert found.commit == git(tree, "rev-parse", "HEAD")
    assert found.time == int(git(tree, "log", "-1", "--format=%ct"))
    assert found.dirty is False


def test_packed_objects_and_refs(tree: Path) -> None:
    before = read_revision(tree)
    git(tree, "gc", "-q")
    assert not (tree / ".git/refs/heads/main").exists()
    assert read_revision(tree) == before


def test_a_detached_head_and_a_worktree(tree: Path) -> None:
    git(tree, "worktree", "add", "-q", "--detach", "../second")
    found = read_revision(tree.parent / "second")
    assert found is not None
    assert (found.commit, found.dirty) == (git(tree, "rev-parse", "HEAD"), False)


def test_changes_below_the_directory_count(tree: Path) -> None:
    write(tree, {"app/a.py": "changed\n"})
    assert [r.dirty for r in (read_revision(tree), read_revision(tree / "app")) if r] == [True] * 2
    other = read_revision(tree / "other")
    assert other is not None
    assert other.dirty is False


def test_a_touched_file_is_not_a_change(tree: Path) -> None:
    os.utime(tree / "app/a.py", (1, 1))
    found = read_revision(tree)
    assert found is not None
    assert found.dirty is False


@pytest.mark.parametrize("change", ["same size", "mode", "gone", "staged", "kind"])
def test_every_change_is_seen(tree: Path, change: str) -> None:
    file = tree / "app/a.py"
    if change == "same size":
        file.write_text("9\n")
    elif change == "mode":
        file.chmod(0o755)
    elif change == "gone":
        file.unlink()
    elif change == "kind":
        file.unlink()
        file.symlink_to("b")
    else:
        file.write_text("9\n")
        git(tree, "add", ".")
    found = read_revision(tree)
    assert found is not None
    assert found.dirty is True


def test_the_remote_loses_its_password(tree: Path) -> None:
    for url, shown in (
        ("https://me:hunter2@example.org/x.git", "https://example.org/x.git"),
        ("git@example.org:team/x.git", "https://example.org/team/x.git"),
        ("ssh://git@example.org:2222/team/x.git", "https://example.org/team/x.git"),
        ("/srv/x", ""),
    ):
        git(tree, "config", "remote.origin.url", url)
        found = read_revision(tree)
        assert found is not None
        assert found.remote == shown


def test_programs_of_the_repository_are_not_run(tree: Path) -> None:
    mark = tree.parent / "ran"
    git(tree, "config", "core.fsmonitor", f"touch {mark}")
    git(tree, "config", "filter.x.clean", f"touch {mark}; cat")
    write(tree, {".gitattributes": "* filter=x\n"})
    assert read_revision(tree) is not None
    assert not mark.exists()


def test_outside_of_git_and_before_the_first_commit(tmp_path: Path) -> None:
    assert read_revision(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert read_revision(tmp_path) is None


@pytest.mark.parametrize("name", ["HEAD", "index", "packed-refs"])
@pytest.mark.parametrize(
    "data", [b"", b"\0" * 50, b"DIRC\0\0\0\x02\xff\xff\xff\xff", b"ref: ../../x"]
)
def test_damaged_files_are_no_crash(tree: Path, name: str, data: bytes) -> None:
    git(tree, "pack-refs", "--all")
    (tree / ".git" / name).write_bytes(data)
    read_revision(tree)
