"""Warm runs: what a command writes is the same however much of its work was kept from before."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ironhull import inventory, pipeline
from ironhull.commands import run
from ironhull.errors import Error
from ironhull.oci import layers
from ironhull.store import answer_cache
from ironhull.store.images import ImageStore
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import SITE, metadata
from tests.images import archive, stored
from tests.images import layout as oci_layout

BASE = {
    "etc/os-release": OS_RELEASE,
    "var/lib/dpkg/status": stanza("libc6", "2.41-12") + stanza("odd", "x y"),
    "var/lib/dpkg/info/libc6:amd64.list": "/.\n",
}
APP = {f"{SITE}/new-2.dist-info/METADATA": metadata("new", "2"), f"{SITE}/broken.egg-info": "?"}

COMMANDS = [
    *(["sbom", "--format", name] for name in ("json", "list", "spdx", "cyclonedx")),
    ["sbom", "--only-package-type", "pypi"],
    *(["cves", "--format", name] for name in ("text", "json", "ids", "markdown")),
    ["quickview"],
    ["quickview", "--format", "json"],
    ["compare", "--to", "IMAGE", "-q"],
]


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers about images made a moment ago are kept, too."""
    monkeypatch.setattr(answer_cache, "_SETTLED_SECONDS", -1e9)


@pytest.fixture(params=["archive", "docker-archive", "oci-dir", "local"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    kind = request.param
    if kind == "oci-dir":
        return f"oci-dir://{oci_layout(tmp_path, 'web:1', [BASE, APP])}"
    if kind == "local":
        stored(ImageStore(home() / "images"), "web:1", [BASE, APP])
        return "web:1"
    name = "oci-archive" if kind == "archive" else kind
    return f"archive://{archive(tmp_path, 'web:1', [BASE, APP], kind=name)}"


def home() -> Path:
    return Path(os.environ["IRONHULL_HOME"])


def wrote(capfd: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> tuple[str, str]:
    assert run(argv) == code
    read = capfd.readouterr()
    return read.out, read.err


def kept(kind: str) -> list[Path]:
    return sorted((home() / "cache" / kind).glob("*.cache"))


def forbid(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Error(f"{name} was called")

    monkeypatch.setattr(module, name, refuse)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_cold_and_warm_write_the_same(
    command: list[str],
    image: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    argv = [command[0], image, *(image if word == "IMAGE" else word for word in command[1:])]
    cold = wrote(capfd, *argv, "--no-cache")
    assert not (home() / "cache").exists() or not kept("layers")
    assert wrote(capfd, *argv) == cold, "nothing cached"
    assert len(kept("layers")) == 2
    assert len(kept("sboms")) == len(kept("answers")) == 1
    with monkeypatch.context() as without:
        forbid(without, pipeline, "load")
        assert wrote(capfd, *argv) == cold, "the answer again"
    shutil.rmtree(home() / "cache" / "answers")
    with monkeypatch.context() as without:
        forbid(without, inventory, "_of_layers")
        assert wrote(capfd, *argv) == cold, "from the SBOM"
    for kind in ("answers", "sboms"):
        shutil.rmtree(home() / "cache" / kind)
    with monkeypatch.context() as without:
        forbid(without, layers, "_read")
        assert wrote(capfd, *argv) == cold, "from the layers"


def test_an_image_under_another_name_shares_and_is_told_by_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [BASE, APP]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    one = f"oci-dir://{oci_layout(tmp_path / 'a', 'web:1', files)}"
    other = f"archive://{archive(tmp_path / 'b', 'other:2', files, kind='docker-archive')}"
    cold = wrote(capfd, "sbom", other, "--no-cache")
    wrote(capfd, "sbom", one)
    forbid(monkeypatch, inventory, "_of_layers")
    assert wrote(capfd, "sbom", other) == cold


def test_answers_end_with_what_they_were_made_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = oci_layout(tmp_path, "web:1", [BASE])
    argv = ("sbom", f"oci-dir://{path}", "--format", "list")
    before = wrote(capfd, *argv)
    shutil.rmtree(path)
    assert oci_layout(tmp_path, "web:1", [BASE, APP]) == path
    after = wrote(capfd, *argv)
    assert "new" in after[0]
    assert "new" not in before[0]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert "1970-01-01T00:00:05Z" in wrote(capfd, *argv[:2])[0]
    shutil.rmtree(path)
    assert run(argv) == 1
    assert "no such directory" in capfd.readouterr().err


def test_a_damaged_document_of_an_image_is_found_in_a_warm_run_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = oci_layout(tmp_path, "web:1", [BASE])
    argv = ("sbom", f"oci-dir://{path}")
    wrote(capfd, *argv)
    smallest = sorted((path / "blobs" / "sha256").iterdir(), key=lambda blob: blob.stat().st_size)
    smallest[0].write_bytes(b"{}")
    assert run(argv) == 1


def test_a_new_advisory_index_is_asked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ("cves", f"oci-dir://{oci_layout(tmp_path, 'web:1', [BASE])}")
    wrote(capfd, *argv)
    index = home() / "advisories" / "index.sqlite"
    os.utime(index, (1, 1))
    forbid(monkeypatch, pipeline, "judging")
    assert run(argv) == 1
    assert "judging was called" in capfd.readouterr().err


def test_a_threshold_is_hit_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("0", "1"):
        (tmp_path / name).mkdir()
    one, other = (
        f"oci-dir://{oci_layout(tmp_path / str(n), 'web:1', files)}"
        for n, files in enumerate(([BASE], [BASE, APP]))
    )
    argv = ("compare", one, "--to", other, "--exit-on", "package")
    first = wrote(capfd, *argv, code=2)
    assert "threshold hit" in first[1]
    assert kept("answers")
    assert wrote(capfd, *argv, code=2) == first


def test_directories_are_read_each_time(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "root"
    for path, content in BASE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    wrote(capfd, "sbom", f"fs://{root}")
    assert not list((home() / "cache").rglob("*.cache"))


def test_files_are_written_each_time(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = oci_layout(tmp_path, "web:1", [BASE])
    argv = ("sbom", f"oci-dir://{path}", "-o", str(tmp_path / "out.json"))
    wrote(capfd, *argv)
    (tmp_path / "out.json").unlink()
    wrote(capfd, *argv)
    assert (tmp_path / "out.json").exists()


def test_no_room_no_cache_and_no_failure(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = oci_layout(tmp_path, "web:1", [BASE])
    argv = ("sbom", f"oci-dir://{path}")
    cold = wrote(capfd, *argv, "--no-cache")
    monkeypatch.setenv("IRONHULL_CACHE_SIZE", "0")
    assert wrote(capfd, *argv) == cold
    assert not list(home().rglob("*.cache"))
    monkeypatch.setenv("IRONHULL_CACHE_SIZE", "10B")
    assert wrote(capfd, *argv) == cold
    assert not list(home().rglob("*.cache")), "evicted when the result was written"
    monkeypatch.delenv("IRONHULL_CACHE_SIZE")
    shutil.rmtree(home() / "cache")
    (home() / "cache").write_text("in the way")
    assert wrote(capfd, *argv) == cold


def test_an_answer_needs_next_to_no_modules(tmp_path: Path) -> None:
    """What a warm run imports is what it costs."""
    path = oci_layout(tmp_path, "web:1", [BASE])
    script = (
        "import sys; from ironhull.store import answer_cache\n"
        "answer_cache._SETTLED_SECONDS = -1e9\n"
        "from ironhull.commands import run\n"
        f"code = run(['sbom', 'oci-dir://{path}', '-q'])\n"
        "print(code, *sys.modules, file=sys.stderr)"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        code, *modules = done.stderr.split()
        assert code == "0"
    heavy = {"argparse", "json", "msgspec", "pathlib", "typing", "hashlib", "re", "enum", "isal"}
    assert not heavy & set(modules)
    assert "ironhull.pipeline" not in modules
    assert done.stdout.startswith("{")
