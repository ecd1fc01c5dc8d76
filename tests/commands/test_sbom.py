"""`ironhull sbom` on real archives: formats, files, filters, and bad input."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import SITE, metadata
from tests.images import archive
from tests.images import layout as oci_layout

BASE = {
    "etc/os-release": OS_RELEASE,
    "var/lib/dpkg/status": stanza("libc6", "2.41-12") + stanza("gone", "1"),
    "var/lib/dpkg/info/libc6:amd64.list": "/.\n",
    "usr/share/doc/libc6/copyright": "Format: x\n\nFiles: *\nLicense: LGPL-2.1+\n",
    f"{SITE}/old-1.dist-info/METADATA": metadata("old", "1"),
}
APP = {
    "var/lib/dpkg/status": stanza("libc6", "2.41-12") + stanza("app", "1", Depends="libc6"),
    "var/lib/dpkg/info/app.list": "/.\n",
    f"{SITE}/.wh.old-1.dist-info": "",
    f"{SITE}/new-2.dist-info/METADATA": metadata("new", "2"),
}


@pytest.fixture
def image(tmp_path: Path) -> str:
    return f"archive://{archive(tmp_path, 'web:1', [BASE, APP])}"


def out(capfd: pytest.CaptureFixture[str], *argv: str) -> str:
    assert run(["sbom", *argv]) == 0
    return capfd.readouterr().out


def document(capfd: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    return json.loads(out(capfd, *argv))


def test_json_is_the_default_and_layers_are_told_apart(
    image: str, capfd: pytest.CaptureFixture[str]
) -> None:
    doc = document(capfd, image)
    lower, upper = doc["subject"]["layers"]
    layers = {p["name"]: p["locations"][0]["layer"] for p in doc["packages"]}
    assert layers == {"libc6": lower, "app": upper, "new": upper}
    assert [p["licenses"] for p in doc["packages"] if p["name"] == "libc6"] == [
        ["LGPL-2.1-or-later"]
    ]


@pytest.mark.parametrize(
    ("name", "sign"),
    [("list", "3 packages (2 deb, 1 pypi)"), ("spdx", "SPDX-2.3"), ("cyclonedx", "CycloneDX")],
)
def test_formats(name: str, sign: str, image: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert sign in out(capfd, image, "--format", name)


def test_several_files_at_once_and_nothing_on_stdout(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spdx, cdx = tmp_path / "a.spdx.json", tmp_path / "a.cdx.json"
    assert not out(capfd, image, "--output", f"spdx={spdx}", "--output", f"cyclonedx={cdx}")
    assert json.loads(spdx.read_bytes())["spdxVersion"] == "SPDX-2.3"
    assert json.loads(cdx.read_bytes())["specVersion"] == "1.6"


@pytest.mark.parametrize("name", ["json", "spdx", "cyclonedx", "list"])
def test_the_same_image_gives_the_same_bytes(
    name: str, image: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert out(capfd, image, "--format", name) == out(capfd, image, "--format", name)


def test_an_archive_and_a_layout_of_one_image_list_the_same(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = f"oci-dir://{oci_layout(tmp_path, 'web:1', [BASE, APP])}"
    first, second = document(capfd, image), document(capfd, other)
    assert first["packages"] == second["packages"]
    assert first["relations"] == second["relations"]


def test_source_date_epoch_is_the_time_of_the_document(
    image: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert document(capfd, image)["created"] == document(capfd, image)["subject"]["created"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert document(capfd, image)["created"] == "2023-11-14T22:13:20Z"


def test_a_filter_says_what_it_left_out(image: str, capfd: pytest.CaptureFixture[str]) -> None:
    doc = document(capfd, image, "--only-package-type", "pypi")
    assert [p["name"] for p in doc["packages"]] == ["new"]
    assert doc["problems"] == [
        {
            "stage": "filter",
            "where": doc["subject"]["name"],
            "message": "only pypi packages are listed; 2 others are left out",
        }
    ]
    assert len(document(capfd, image, "--only-package-type", "pypi,deb")["packages"]) == 3


def test_problems_are_on_stderr_and_in_the_document(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": stanza("a") + "Package: b\n\n"}
    place = archive(tmp_path, "x:1", files)
    assert run(["sbom", f"archive://{place}", "--format", "cyclonedx"]) == 0
    said = capfd.readouterr()
    assert "warning: dpkg: var/lib/dpkg/status:6: b has no Version" in said.err
    assert "b has no Version" in json.loads(said.out)["properties"][-1]["value"]


def test_a_directory(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, content in BASE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    doc = document(capfd, f"fs://{tmp_path}")
    assert doc["subject"]["kind"] == "directory"
    assert [p["name"] for p in doc["packages"]] == ["gone", "libc6", "old"]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["archive:///nowhere.tar"], 1, "nowhere.tar"),
        ([], 1, "image"),
        (["no/such:image"], 1, "no/such:image"),
        (["x", "--format", "xml"], 64, "xml"),
        (["x", "--output", "nonsense=a"], 64, "nonsense"),
        (["x", "--platform", "linux"], 64, "linux"),
    ],
)
def test_bad_input_is_one_line(
    argv: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["sbom", *argv]) == code
    heard = capfd.readouterr()
    assert not heard.out
    assert heard.err.count("\n") == 1
    assert said in heard.err
