"""The hello page; needs the packages of requirements.txt."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import app


def test_it_says_hello() -> None:
    answer = app.test_client().get("/")
    assert answer.status_code == 200
    assert answer.text == "Hello, World!\n"


def test_nothing_else_is_there() -> None:
    assert app.test_client().get("/other").status_code == 404
