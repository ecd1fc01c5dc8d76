"""`harden` on the command line: where files go, what goes together, what is said."""

import io
import json
from pathlib import Path

import pytest

from ironhull.commands import run
from tests.formats.test_json_report import validated
from tests.test_scanning import write

PLAIN = {
    "Dockerfile": (
        "FROM python:3.13-slim\nWORKDIR /app\nCOPY app.py .\nEXPOSE 8000\nCMD python app.py\n"
    ),
    "app.py": "print('hello')\n",
    "requirements.txt": "",
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory; no registry is asked."""
    monkeypatch.setenv("IRONHULL_OFFLINE", "1")
    place = write(tmp_path / "app", PLAIN)
    monkeypatch.chdir(place)
    return place


def test_it_is_written_beside(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["harden"]) == 0
    said = capfd.readouterr()
    hardened = (app / "Dockerfile.hardened").read_text()
    assert "USER 65532:65532\n" in hardened
    assert 'CMD ["python", "app.py"]' in hardened
    assert (app / "Dockerfile").read_text() == PLAIN["Dockerfile"]
    assert (app / ".dockerignore").is_file()
    assert "+USER 65532:65532" in said.out
    assert "written to Dockerfile.hardened" in said.err
    assert "is not pinned by its digest" in said.out


def test_what_is_there_already_is_not_a_new_ignore_file(
    app: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (app / ".dockerignore").write_text("*.log\n")
    assert run(["harden", "-q"]) == 0
    assert (app / ".dockerignore").read_text() == "*.log\n"
    capfd.readouterr()


def test_nothing_is_written_where_that_is_asked(
    app: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["harden", "-n", "-q"]) == 0
    assert "+USER" in capfd.readouterr().out
    assert sorted(path.name for path in app.iterdir()) == sorted(PLAIN)


def test_in_place_and_elsewhere(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["harden", "-q", "-o", "other"]) == 0
    assert run(["harden", "-q", "--in-place"]) == 0
    assert (app / "other").read_text() == (app / "Dockerfile").read_text()
    assert not (app / "Dockerfile.hardened").exists()
    capfd.readouterr()


def test_to_standard_output_alone(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["harden", "-q", "-o", "-"]) == 0
    out = capfd.readouterr().out
    assert out.startswith("FROM ")
    assert run(["harden", "-q", "-o", "same"]) == 0
    assert (app / "same").read_text() == out


def test_from_standard_input(
    app: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    text = io.TextIOWrapper(io.BytesIO(PLAIN["Dockerfile"].encode()))
    monkeypatch.setattr("sys.stdin", text)
    assert run(["harden", "-q", "-"]) == 0
    assert "+USER" in capfd.readouterr().out
    assert sorted(path.name for path in app.iterdir()) == sorted(PLAIN)


def test_the_document_is_as_its_schema_says(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["harden", "-q", "-n", "--format", "json"]) == 0
    told = validated("harden", capfd.readouterr().out)
    assert told["language"] == "python"
    assert told["before"] == PLAIN["Dockerfile"]


def test_what_was_hardened_needs_no_more(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["harden", "-q"]) == 0
    capfd.readouterr()
    assert run(["harden", "-q", "-n", "--format", "json", "Dockerfile.hardened"]) == 0
    again = json.loads(capfd.readouterr().out)
    assert again["text"] == (app / "Dockerfile.hardened").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--check", "--in-place"], "--check writes and builds nothing"),
        (["--check", "--build"], "--check writes and builds nothing"),
        (["--in-place", "-o", "x"], "do not go together"),
        (["--in-place", "-"], "do not go together"),
        (["--format", "sarif"], "is for --check"),
        (["--build", "-o", "-"], "both want standard output"),
        (["--smoke", "GET /"], "--smoke is for --build"),
        (["-t", "web:1"], "--tag is for --build"),
        (["--no-cache"], "--no-cache is for --build"),
        (["--context", "nowhere"], "no such directory"),
        (["--build-arg", "=1"], "no name"),
        (["--base", "unheard"], "unheard"),
        (["--build", "--smoke", "POST /"], "is not understood"),
        (["--build", "--smoke", "GET health"], "begins with /"),
        (["--build", "--smoke", "GET :70000/"], "no such port"),
        (["--build", "--smoke", "run 'x"], "close the quotation"),
        (["--build", "--wait", "0"], "between 0 and 3600"),
        (["--build", "--env", "=x"], "no name"),
        (["--build", "--volume", "data"], "no directory of the image"),
    ],
)
def test_what_makes_no_sense_is_said(
    app: Path, words: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["harden", *words]) == 64
    told = capfd.readouterr()
    assert said in told.err
    assert told.out == ""
    assert sorted(path.name for path in app.iterdir()) == sorted(PLAIN)


def test_a_dockerfile_that_does_not_parse(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (app / "Dockerfile").write_text("FROM python:3.13\nRUN <<EOF\necho\n")
    assert run(["harden"]) == 1
    said = capfd.readouterr()
    assert "Dockerfile:2:" in said.err
    assert said.err.count("\n") == 1
    assert not (app / "Dockerfile.hardened").exists()


@pytest.mark.parametrize("name", ["missing", "app.py/Dockerfile"])
def test_a_dockerfile_that_is_not_there(
    app: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["harden", name, "--context", str(app)]) == 1
    assert capfd.readouterr().err.startswith(f"ironhull: cannot read {name}: ")


def test_a_target_that_is_not_there(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["harden", "--target", "web"]) == 1
    assert "web" in capfd.readouterr().err
    assert not (app / "Dockerfile.hardened").exists()


def test_without_an_engine_that_is_said(
    app: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(app))
    assert run(["harden", "--build", "--base", "distroless"]) == 1
    said = capfd.readouterr()
    assert "nothing here can build a Dockerfile" in said.err
    assert said.out == ""
