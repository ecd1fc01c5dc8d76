"""The policies on what is in the file system, from the image to the verdict."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member
from tests.images import Files, layout

pytest.importorskip("regorus", reason="the Rego engine is not installed")

POLICIES = (
    "no-shell-or-package-manager",
    "no-setuid-programs",
    "no-build-tools",
    "no-world-writable-files",
    "read-only-root",
    "no-end-of-life",
    "no-malware-markers",
    "healthcheck",
)
SHELL = b"\x7fELF OPTIND PPID PS1 PS4 CDPATH"
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def program(content: bytes = b"\x7fELF", mode: int = 0o755, uid: int = 0) -> Member:
    return Member("", "file", mode, uid=uid, content=content)


def release(version: str) -> str:
    return f"ID=debian\nVERSION_ID={version}\n"


BAD: Files = {
    "etc/os-release": release("10"),
    "app/server": program(SHELL),
    "usr/bin/apk": program(),
    "usr/bin/gcc": program(),
    "usr/bin/su": program(mode=0o4755),
    "app/open": program(mode=0o666),
    "app/sample": EICAR,
}
GOOD: Files = {"etc/os-release": release("13"), "app/server": program()}


def judged(
    capfd: pytest.CaptureFixture[str], image: Path, *options: str
) -> dict[str, dict[str, Any]]:
    words = ["policy", f"oci-dir://{image}", "--profile", "strict", "--format", "json"]
    chosen = ["--only-policy", ",".join(POLICIES)]
    capfd.readouterr()
    assert run([*words, *chosen, *options]) == 0
    document = json.loads(capfd.readouterr().out)
    return {row["name"]: row for row in document["policies"]["results"]}


def details(row: dict[str, Any], key: str) -> list[Any]:
    return sorted(each["detail"][key] for each in row["violations"])


def test_an_image_that_breaks_every_rule(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = judged(capfd, layout(tmp_path, "bad:1", BAD))
    assert {name: row["state"] for name, row in found.items()} == dict.fromkeys(POLICIES, "not met")
    assert details(found["no-shell-or-package-manager"], "path") == ["/app/server", "/usr/bin/apk"]
    assert details(found["no-setuid-programs"], "path") == ["/usr/bin/su"]
    assert details(found["no-build-tools"], "tool") == ["gcc"]
    assert details(found["no-world-writable-files"], "path") == ["/app/open"]
    assert details(found["no-end-of-life"], "ends") == ["2024-06-30"]
    assert details(found["no-malware-markers"], "where") == ["/app/sample"]


def test_an_image_that_keeps_them(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image = layout(tmp_path, "good:1", GOOD, config=ImageConfig(user="65532:65532"))
    found = judged(capfd, image)
    states = {name: row["state"] for name, row in found.items()}
    assert states.pop("healthcheck") == "not met"
    assert set(states.values()) == {"met"}


def test_what_its_user_owns_is_not_read_only(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {**GOOD, "data/own": program(mode=0o644, uid=7), "home/a/x": program(uid=7)}
    image = layout(tmp_path, "own:1", files, config=ImageConfig(user="7"))
    found = judged(capfd, image)
    assert details(found["read-only-root"], "path") == ["/data/own"]
    config = tmp_path / "config.json"
    settings = {"allowed_paths": ["/data/**", "/home/**"]}
    config.write_text(json.dumps({"policies": [{"name": "read-only-root", "config": settings}]}))
    allowed = judged(capfd, image, "--policy-config", str(config))
    assert allowed["read-only-root"]["state"] == "met"


def test_a_name_with_the_number_zero_is_root(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {**GOOD, "etc/passwd": "toor:x:0:0::/:\napp:x:5:5::/:\n"}
    for user, state in (("toor", "not met"), ("app", "met")):
        (tmp_path / user).mkdir()
        image = layout(tmp_path / user, "named:1", files, config=ImageConfig(user=user))
        capfd.readouterr()
        words = ["policy", f"oci-dir://{image}", "--format", "json"]
        assert run([*words, "--only-policy", "default-non-root-user"]) == 0
        (row,) = json.loads(capfd.readouterr().out)["policies"]["results"]
        assert (row["name"], row["state"]) == ("default-non-root-user", state)
