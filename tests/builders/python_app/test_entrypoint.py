"""How an app starts: settings, scripts, guesses from source that is never run."""

from pathlib import Path

import pytest

from ironhull.builders.python_app.context import collect
from ironhull.builders.python_app.entrypoint import Start, find_start
from ironhull.builders.python_app.settings import read_project
from ironhull.errors import BuildError
from tests.builders.python_app.bases import write
from tests.builders.python_app.test_wheels import TARGET

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
GUARD = "if __name__ == '__main__':\n    app.run()\n"
PYTHON = "/usr/bin/python3.13"


def start(
    root: Path, files: dict[str, str], *packages: str, commands: tuple[str, ...] = ()
) -> Start:
    project = read_project(write(root, files))
    shipped = collect(root, project.settings, epoch=0).paths
    return find_start(project, TARGET, shipped=shipped, packages=packages, commands=commands)


@pytest.mark.parametrize(
    ("files", "packages", "entrypoint"),
    [
        ({"app.py": FLASK + GUARD}, ("flask",), (PYTHON, "/app/app.py")),
        ({"main.py": "print()\n" + GUARD}, (), (PYTHON, "/app/main.py")),
        (
            {"wsgi.py": FLASK},
            ("flask", "waitress"),
            (PYTHON, "-m", "waitress", "--listen=0.0.0.0:8000", "wsgi:app"),
        ),
        (
            {"app.py": "def create_app():\n    from flask import Flask\n    return Flask('x')\n"},
            ("waitress",),
            (PYTHON, "-m", "waitress", "--listen=0.0.0.0:8000", "--call", "app:create_app"),
        ),
        (
            {"main.py": "import fastapi\napp = fastapi.FastAPI()\n"},
            ("uvicorn",),
            (PYTHON, "-m", "uvicorn", "--host", "0.0.0.0", "--port", "8000", "main:app"),
        ),
        ({"src/tool/__main__.py": ""}, (), (PYTHON, "-m", "tool")),
        ({"app.py": FLASK}, ("flask",), (PYTHON, "-m", "flask", "--app", "app", "run")),
    ],
)
def test_guesses(
    tmp_path: Path, files: dict[str, str], packages: tuple[str, ...], entrypoint: tuple[str, ...]
) -> None:
    found = start(tmp_path, files, *packages)
    assert found.entrypoint == entrypoint
    assert found.notes


def test_gunicorn_serves_a_flask_app_on_the_port_of_the_settings(tmp_path: Path) -> None:
    files = {"app.py": FLASK + GUARD, "pyproject.toml": "[tool.ironhull.build]\nport = 5000\n"}
    found = start(tmp_path, files, "gunicorn")
    assert found.entrypoint[:5] == (PYTHON, "-m", "gunicorn", "--bind", "0.0.0.0:5000")
    assert (found.entrypoint[-1], found.port) == ("app:app", 5000)


def test_source_is_not_run(tmp_path: Path) -> None:
    start(tmp_path, {"app.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n{FLASK}{GUARD}"}, "flask")
    assert not (tmp_path / "ran").exists()


def test_the_one_script_of_the_project(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[project.scripts]\nserve = "x.cli:main"\n'
    found = start(tmp_path, {"pyproject.toml": text, "app.py": FLASK})
    assert found.entrypoint == ("/usr/local/bin/serve",)
    assert found.scripts == {"serve": "x.cli:main"}


def test_settings_come_first_and_python_is_found(tmp_path: Path) -> None:
    text = '[tool.ironhull.build]\nentrypoint = ["python", "x.py"]\ncmd = ["-v"]\n'
    found = start(tmp_path, {"pyproject.toml": text, "app.py": FLASK})
    assert (found.entrypoint, found.cmd) == ((PYTHON, "x.py"), ("-v",))


def test_installed_commands_are_found(tmp_path: Path) -> None:
    text = '[tool.ironhull.build]\nentrypoint = ["gunicorn", "app:app"]\n'
    found = start(tmp_path, {"pyproject.toml": text}, commands=("gunicorn",))
    assert found.entrypoint == ("/usr/local/bin/gunicorn", "app:app")


def test_cmd_alone(tmp_path: Path) -> None:
    text = '[tool.ironhull.build]\ncmd = ["python3", "x.py"]\n'
    found = start(tmp_path, {"pyproject.toml": text})
    assert (found.entrypoint, found.cmd) == ((), (PYTHON, "x.py"))


@pytest.mark.parametrize("source", ["x = 1\n", "def broken(:\n", "\0", "app = 3\n"])
def test_nothing_tells(tmp_path: Path, source: str) -> None:
    with pytest.raises(BuildError, match="how the app starts") as caught:
        start(tmp_path, {"app.py": source})
    assert "entrypoint" in caught.value.hint
