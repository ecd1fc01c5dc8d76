"""Kept answers and ignore files: an answer is given again only while the same rules apply."""

from pathlib import Path

import pytest

from ironhull.commands import run
from ironhull.store import answer_cache
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.commands.test_answers import kept
from tests.images import layout

FILES = {
    "etc/os-release": OS_RELEASE,
    "var/lib/dpkg/status": stanza("libc6", "2.41-12"),
    "var/lib/dpkg/info/libc6:amd64.list": "/.\n",
}


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(answer_cache, "_SETTLED_SECONDS", -1e9)
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return f"oci-dir://{layout(tmp_path, 'web:1', [FILES])}"


@pytest.mark.parametrize("command", ["scan", "cves", "quickview"])
def test_a_file_that_comes_changes_or_goes_is_seen(
    command: str, image: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([command, image]) == 0
    first = capfd.readouterr()
    assert first.err == ""
    assert len(kept("answers")) == 1
    Path(".trivyignore").write_text("CVE-1-1 exp:2020-01-01\n")
    assert run([command, image]) == 0
    assert run([command, image]) == 0
    said = capfd.readouterr().err
    assert said.count("ignore rules of .trivyignore in the current directory apply") == 2
    assert said.count("the rule for CVE-1-1 ended on 2020-01-01") == 2
    Path(".trivyignore").write_text("CVE-1-1 oops\n")
    assert run([command, image]) == 1
    Path(".trivyignore").unlink()
    capfd.readouterr()
    assert run([command, image]) == 0
    assert capfd.readouterr() == first


def test_an_answer_that_ends_some_day_is_not_kept(image: str) -> None:
    Path(".trivyignore").write_text("CVE-1-1 exp:2999-01-01\n")
    assert run(["scan", image]) == 0
    assert kept("answers") == []


def test_what_depends_on_the_day_is_not_kept(image: str) -> None:
    assert run(["scan", image, "--exit-on-eol", "3"]) == 0
    assert kept("answers") == []
    assert run(["scan", image]) == 0
    assert len(kept("answers")) == 1
