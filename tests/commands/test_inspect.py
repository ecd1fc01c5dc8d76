"""`ironhull inspect` on real archives and directories, and what it does with bad input."""

import json
from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.model import Platform
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member
from tests.commands.test_platforms import lines
from tests.images import archive, layout
from tests.oci._craft import Layout, file, layer
from tests.test_schemas import valid

FILES = {
    "etc/passwd": "root:x:0:0::/:\n",
    "usr/bin/dash": Member("", "file", 0o755, content=b"\x7fELF OPTIND PPID PS1 PS4 CDPATH"),
    "bin/sh": Member("", "symlink", 0o777, link="/usr/bin/dash"),
}
STATIC = {"app": Member("", "file", 0o755, content=b"\x7fELF")}


def test_text_is_the_default(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image = f"archive://{archive(tmp_path, 'web:1', FILES)}"
    assert run(["inspect", image]) == 0
    first = capfd.readouterr().out
    assert "Exec a shell into it: yes, /bin/sh (a link to /usr/bin/dash)" in first
    assert run(["inspect", image]) == 0
    assert capfd.readouterr().out == first
    assert run(["inspect", image, "--no-cache"]) == 0
    assert capfd.readouterr().out == first


def test_json_is_as_its_schema_says(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image = f"oci-dir://{layout(tmp_path, 'app:1', STATIC, config=ImageConfig(user='65532'))}"
    found = valid("inspect", capfd, "inspect", image)
    assert found["posture"]["exec"] == ""
    assert found["posture"]["programs"] == 1
    assert found["posture"]["uid"] == 65532
    target = tmp_path / "posture.json"
    assert run(["inspect", image, "-o", f"json={target}", "-o", "text=-"]) == 0
    assert json.loads(target.read_text())["posture"] == found["posture"]
    assert "no, because none of its 1 program is a shell" in capfd.readouterr().out


def test_directories(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "usr" / "bin" / "perl"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    assert run(["inspect", f"fs://{tmp_path}"]) == 0
    assert "Run code given on a command line: yes, /usr/bin/perl" in capfd.readouterr().out


def test_every_platform(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = Layout()
    shell = layer(file("bin/sh", b"\x7fELF", 0o755))
    entries = [
        made.manifest(held, architecture=arch, platform={"os": "linux", "architecture": arch})
        for arch, held in (("amd64", shell), ("arm64", layer(file("app", b"\x7fELF", 0o755))))
    ]
    made.top = [made.index(*entries)]
    documents = lines(capfd, "inspect", f"oci-dir://{made.write(tmp_path / 'image')}")
    found = {each["subject"]["platform"]: each["posture"]["exec"] for each in documents}
    assert found == {"linux/amd64": "shell", "linux/arm64": ""}


def test_an_image_for_another_system(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    windows = Platform("windows", "amd64")
    path = layout(tmp_path, "win:1", {"Files/app.exe": "MZ"}, platform=windows)
    assert run(["inspect", f"oci-dir://{path}", "--platform", "windows/amd64"]) == 1
    told = capfd.readouterr().out
    assert "Not known" in told
    assert "only Linux images are looked into" in told


def test_a_document_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sbom.json"
    path.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}')
    assert run(["inspect", f"sbom://{path}"]) == 64
    told = capfd.readouterr().err
    assert "tells nothing of files" in told
    assert "Traceback" not in told


def test_damage_is_said_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "image.tar"
    broken.write_bytes(b"no archive")
    assert run(["inspect", f"archive://{broken}"]) == 1
    assert len(capfd.readouterr().err.strip().splitlines()) == 1
