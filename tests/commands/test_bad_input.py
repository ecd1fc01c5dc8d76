"""Every command given what it must refuse: the exit code, and one line that says what to do."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.oci.pack import Member
from tests.images import Files, archive, layout

Capture = pytest.CaptureFixture[str]


def complaint(capsys: Capture, code: int, *argv: str) -> str:
    """Run `argv`, which must fail with `code` and one line on stderr alone; gives the line."""
    assert run(list(argv)) == code
    heard = capsys.readouterr()
    assert heard.out == ""
    assert heard.err.startswith("ironhull: ")
    assert heard.err.count("\n") == 1, heard.err
    assert "Traceback" not in heard.err
    assert "defect of Ironhull" not in heard.err
    return heard.err.removeprefix("ironhull: ").strip()


def process(*argv: str, **options: object) -> "subprocess.CompletedProcess[bytes]":
    """The command as a process of its own."""
    command = [sys.executable, "-m", "ironhull", *argv]
    return subprocess.run(command, check=False, timeout=60, **options)  # type: ignore[call-overload,no-any-return]  # options vary


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["quikview"], "did you mean `quickview`?"),
        (["zzz"], "no such command: zzz"),
        (["--bogus"], "no such option: --bogus"),
        (["help", "zzz"], "no such command: zzz"),
        (["cves", "--bogus"], "unrecognized arguments: --bogus"),
        (["cves", "x", "--format", "xml"], "'xml'"),
        (["cves", "x", "--platform", "linux/"], "such as linux/arm64"),
        (["cves", "x", "-o", "xml=a"], "no format 'xml' (choose from text, json"),
        (["cves", "x", "-o", "json="], "names no file"),
        (["cves", "x", "-o", ""], "names no file"),
        (["cves", "x", "--only-severity", "bad"], "there are critical, high"),
        (["cves", "x", "--only-severity", ""], "empty word"),
        (["cves", "x", "--only-package", "("], "no regular expression"),
        (["compare", "x"], "required: --to"),
        (["compare", "x", "--to", "y", "-x", "foo"], "there are vulnerability, package"),
        (["images", "x", "--prune"], "use --remove NAME"),
        (["base"], "required: build|list"),
        (["base", "build"], "required: DEFINITION"),
        (["base", "build", "static:13", "--platform", "linux"], "OS/ARCH"),
        (["db"], "required: update|status"),
        (["db", "update", "--url", "osv"], "NAME=URL"),
        (["build", "."], "add -t NAME"),
        (["build", ".", "-t", "x", "-o", "type=oci"], "add dest=PATH"),
        (["build", ".", "-t", "x", "-o", "type=rpm"], "no such type"),
        (["build", ".", "-t", "x", "-o", "typ=oci"], "not KIND=PATH"),
        (["build", ".", "-t", "x", "--sbom", "maybe"], "true or false"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(argv: list[str], said: str, capsys: Capture) -> None:
    assert said in complaint(capsys, 64, *argv)


@pytest.mark.parametrize("argv", [["help", "cves"], ["help", "base", "build"], ["help"], []])
def test_help_goes_to_stdout(argv: list[str], capsys: Capture) -> None:
    assert run(argv) == 0
    heard = capsys.readouterr()
    assert heard.out.startswith("usage: ironhull")
    assert heard.err == ""


def test_no_traceback_where_stdout_is_full() -> None:
    full = Path("/dev/full")
    if not full.is_char_device():
        pytest.skip("no /dev/full on this system")
    for argv in (["images"], ["--help"], ["--version"], ["base", "list"]):
        with full.open("wb") as stdout:
            done = process(*argv, stdout=stdout, stderr=subprocess.PIPE)
        assert done.returncode == 1, argv
        assert b"Traceback" not in done.stderr
        assert b"defect" not in done.stderr


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_no_defect(closed: int) -> None:
    done = process(
        "images",
        "--format",
        "json",
        preexec_fn=lambda: os.close(closed),
        **({"stderr": subprocess.PIPE} if closed == 1 else {"stdout": subprocess.PIPE}),
    )
    if closed == 1:
        assert done.returncode == 1
        assert b"standard output is closed" in done.stderr
    else:
        assert done.returncode == 0
        assert b"ironhull/images" in done.stdout


def test_a_reader_that_goes_away_is_no_error_message() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as stdout:
        done = process("base", "list", stdout=stdout, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b""


# ── nothing found must not look like nothing wrong ───────────────────────────────────────────────

OS_RELEASE = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
OPENSSL = (
    "Package: openssl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.1-1\n\n"
)
STATUS = "var/lib/dpkg/status"

UNREADABLE: dict[str, Files] = {
    "nothing at all": {},
    "no distribution": {STATUS: OPENSSL},
    "no package database": {"etc/os-release": OS_RELEASE},
    "empty": {"etc/os-release": OS_RELEASE, STATUS: ""},
    "binary": {"etc/os-release": OS_RELEASE, STATUS: bytes(range(256)) * 50},
    "another kind of file": {"etc/os-release": OS_RELEASE, STATUS: "<html>not found</html>\n"},
    "no version": {"etc/os-release": OS_RELEASE, STATUS: OPENSSL.replace("3.0.1-1", "")},
    "odd version": {"etc/os-release": OS_RELEASE, STATUS: OPENSSL.replace("3.0.1-1", "a:b")},
    "dangling link": {
        "etc/os-release": OS_RELEASE,
        STATUS: Member("", "symlink", 0o777, link="/no"),
    },
    "link to itself": {
        "etc/os-release": OS_RELEASE,
        STATUS: Member("", "symlink", 0o777, link="status"),
    },
    "directory": {"etc/os-release": OS_RELEASE, STATUS: None},
    "pipe": {"etc/os-release": OS_RELEASE, STATUS: Member("", "fifo", 0o644)},
    "another distribution": {
        "etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\nID_LIKE=debian\n",
        STATUS: OPENSSL,
    },
    "apk": {
        "etc/os-release": "ID=alpine\nVERSION_ID=3.20\n",
        "lib/apk/db/installed": "P:musl\nV:1.2\n\n",
    },
    "rpm": {
        "etc/os-release": "ID=fedora\nVERSION_ID=40\n",
        "usr/lib/sysimage/rpm/rpmdb.sqlite": b"SQLite format 3\0",
    },
}


LISTED = ("nothing at all", "no distribution", "odd version", "another distribution", "apk")
"""Those whose packages are listed, or that name no distribution."""


@pytest.fixture(params=UNREADABLE)
def unreadable(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An image whose packages cannot be found or judged."""
    return f"oci-dir://{layout(tmp_path, 'web:1', UNREADABLE[request.param])}"


def test_a_gate_does_not_let_pass_what_it_could_not_check(unreadable: str, capsys: Capture) -> None:
    assert run(["cves", unreadable, "--exit-code", "--quiet", "--format", "json"]) == 1
    heard = capsys.readouterr()
    assert heard.err.count("\n") == 1
    assert "nothing could be checked" in heard.err
    assert json.loads(heard.out)["vulnerabilities"]["checked"] in ("not checked", "no packages")


def test_no_zero_for_what_was_not_checked(unreadable: str, capsys: Capture) -> None:
    for command in ("quickview", "cves"):
        assert run([command, unreadable]) == 0
        text = capsys.readouterr().out
        assert "0C" not in text
        assert "not checked" in text or "no packages" in text


def test_a_comparison_with_what_was_not_checked_is_no_improvement(
    unreadable: str, tmp_path: Path, capsys: Capture
) -> None:
    sound = layout(tmp_path, "sound:1", {"etc/os-release": OS_RELEASE, STATUS: OPENSSL})
    argv = ["compare", unreadable, "--to", f"oci-dir://{sound}", "--exit-on", "vulnerability"]
    assert run(argv) == 2
    heard = capsys.readouterr()
    assert "could be checked" in heard.err
    assert "Traceback" not in heard.err


def test_a_distribution_without_its_packages_is_a_problem(tmp_path: Path, capsys: Capture) -> None:
    for number, name in enumerate(UNREADABLE):
        if name in LISTED:
            continue
        place = tmp_path / str(number)
        place.mkdir()
        assert run(["sbom", f"oci-dir://{layout(place, 'web:1', UNREADABLE[name])}"]) == 0
        heard = capsys.readouterr()
        stages = [problem["stage"] for problem in json.loads(heard.out)["problems"]]
        assert "distro" in stages, name
        assert "none of its packages could be listed" in heard.err


def test_the_rest_of_a_damaged_status_file_is_listed(tmp_path: Path, capsys: Capture) -> None:
    damaged = f"\0\1 garbage\n\nPackage: half\n\n{OPENSSL}Package: tail\nVers"
    image = layout(tmp_path, "web:1", {"etc/os-release": OS_RELEASE, STATUS: damaged})
    assert run(["sbom", f"oci-dir://{image}"]) == 0
    heard = capsys.readouterr()
    document = json.loads(heard.out)
    assert [package["name"] for package in document["packages"]] == ["openssl"]
    said = [problem["message"] for problem in document["problems"]]
    assert any("half has no Version" in message for message in said)
    assert any("tail has no Version" in message for message in said)


# ── images that are not what they say ────────────────────────────────────────────────────────────

DEBIAN: Files = {"etc/os-release": OS_RELEASE, STATUS: OPENSSL, "noise": os.urandom(50_000)}


def rewrite(place: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of the only image of a layout and put its new digest in the index."""
    index = json.loads((place / "index.json").read_bytes())
    entry = index["manifests"][0]
    manifest = json.loads(blob(place, entry["digest"]).read_bytes())
    change(manifest)
    entry.update(add_blob(place, json.dumps(manifest).encode()))
    (place / "index.json").write_text(json.dumps(index))


def blob(place: Path, digest: str) -> Path:
    return place / "blobs" / "sha256" / digest.removeprefix("sha256:")


def add_blob(place: Path, data: bytes) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    blob(place, digest).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def flip(place: Path) -> None:
    path = max((place / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(place: Path) -> None:
    path = max((place / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    path.write_bytes(path.read_bytes()[:1000])


def unlink(place: Path) -> None:
    max((place / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size).unlink()


def no_config(place: Path) -> None:
    rewrite(place, lambda manifest: manifest["config"].update(add_blob(place, b"null")))


def layer(**values: object) -> Callable[[Path], None]:
    return lambda place: rewrite(place, lambda m: m["layers"][0].update(values))


def index(text: str) -> Callable[[Path], object]:
    return lambda place: (place / "index.json").write_text(text)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flip, "damaged"),
        (cut, "cut short"),
        (unlink, "missing"),
        (no_config, "where an object is expected"),
        (layer(mediaType="application/vnd.example"), "unknown type 'application/vnd.example'"),
        (layer(size=7), "expected 7 bytes"),
        (lambda place: rewrite(place, lambda m: m["layers"].clear()), "1 diff_ids for 0 layers"),
        (index("{"), "not JSON"),
        (index("[]"), "where an object is expected"),
        (index('{"a":' * 100_000), "not JSON"),
        (index('{"manifests":[]}'), "holds no images"),
        (index('{"manifests":[{"digest":"sha256:../../x","size":1}]}'), "is not a digest"),
    ],
)
def test_a_damaged_layout(
    damage: Callable[[Path], object], said: str, tmp_path: Path, capsys: Capture
) -> None:
    place = layout(tmp_path, "web:1", DEBIAN)
    damage(place)
    for command in ("sbom", "cves", "quickview"):
        out = tmp_path / "out"
        line = complaint(capsys, 1, command, f"oci-dir://{place}", "--output", str(out))
        assert said in line
        assert " — " in line, "it says what to do"
        assert not out.exists()


@pytest.mark.parametrize("kind", ["oci-archive", "docker-archive"])
def test_a_damaged_archive(kind: str, tmp_path: Path, capsys: Capture) -> None:
    path = archive(tmp_path, "web:1", DEBIAN, kind=kind)
    whole = path.read_bytes()
    for size in (0, 100, 512, 5000, len(whole) // 2, len(whole) - 11_000):
        path.write_bytes(whole[:size])
        assert " — " in complaint(capsys, 1, "sbom", f"archive://{path}")
    for place in (300, 1000, len(whole) // 2):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        path.write_bytes(changed)
        assert " — " in complaint(capsys, 1, "sbom", f"archive://{path}")


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("archive://{}/none.tar", "no such file"),
        ("archive://{}", "not a file"),
        ("archive://{}/file", "file"),
        ("oci-dir://{}", "not an OCI layout"),
        ("oci-dir://{}/none", "no such directory"),
        ("fs://{}/file", "not a directory"),
        ("fs://", "names no image"),
        ("ftp://{}", "unknown prefix"),
        ("docker://{}", "not an image name"),
        ("registry://127.0.0.1:1/debian", "127.0.0.1:1"),
        ("sbom://{}/file", "is no SBOM"),
        ("sbom://{}/none", "no such file"),
        ("sbom://{}", "is a directory"),
        ("nosuch:image", "nosuch:image"),
        ("Not A Name", "Not A Name"),
        ("web@sha256:12", "web@sha256:12"),
        ("", "empty"),
    ],
)
def test_a_reference_that_leads_nowhere(
    reference: str, said: str, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").write_bytes(b"hello")
    line = complaint(capsys, 1, "sbom", reference.format(tmp_path))
    assert said in line
    assert " — " in line


def test_text_that_utf8_cannot_hold(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Halves of surrogate pairs in a config, bytes that are no text in the name of a file."""
    place = layout(tmp_path, "web:1", DEBIAN)

    def odd(manifest: dict[str, Any]) -> None:
        config = json.loads(blob(place, manifest["config"]["digest"]).read_bytes())
        config["config"] = {
            "User": "\ud800",
            "Labels": {"org.opencontainers.image.source": "\ud800"},
        }
        config["created"] = "\ud800"
        manifest["config"].update(add_blob(place, json.dumps(config).encode()))

    rewrite(place, odd)
    metadata = Path(os.fsdecode(os.fsencode(tmp_path) + b"/root/f\xff-1.dist-info/METADATA"))
    metadata.parent.mkdir(parents=True)
    metadata.write_bytes(b"Name: f\nVersion: 1\n")
    for reference in (f"oci-dir://{place}", f"fs://{tmp_path}/root"):
        for command in ("sbom", "quickview", "cves"):
            assert run([command, reference, "--format", "json"]) == 0
            json.loads(capfd.readouterr().out)
        for name in ("spdx", "cyclonedx", "list"):
            assert run(["sbom", reference, "--format", name]) == 0
            assert capfd.readouterr().out
        assert run(["cves", reference, "--locations"]) == 0
        capfd.readouterr()


# ── the network ──────────────────────────────────────────────────────────────────────────────────


def test_offline_is_said_even_when_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.setenv("IRONHULL_OFFLINE", "1")
    assert "IRONHULL_OFFLINE" in complaint(capsys, 1, "db", "update", "--quiet")
    assert "IRONHULL_OFFLINE" in complaint(capsys, 1, "base", "build", "static:13", "--quiet")


def test_an_update_no_source_answered_is_said_even_when_quiet(
    capsys: Capture, tmp_path: Path
) -> None:
    argv = ["db", "update", "--quiet", "--source", "kev", "--url", f"kev=file://{tmp_path}/none"]
    assert "no advisory source could be used" in complaint(capsys, 1, *argv)
