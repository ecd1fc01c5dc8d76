"""The app against SQLite, or the database of TEST_DATABASE_URL."""

import os
import re
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import LARGEST_PARTY, NAME_LENGTH, create_app, database_url, db, make_tables, validate
from flask import Flask
from flask.testing import FlaskClient

TODAY = date(2030, 6, 15)
SOON = (date.today() + timedelta(days=3)).isoformat()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    asked = {"DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""), "DATA_DIR": str(tmp_path)}
    url = database_url(asked)
    made = create_app({"SQLALCHEMY_DATABASE_URI": url, "TESTING": True})
    with made.app_context():
        db.drop_all()
        make_tables()
    yield made
    with made.app_context():
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert found
    return found[1]


def reserve(client: FlaskClient, **changes: str) -> tuple[int, str]:
    form = {"name": "Ada", "day": SOON, "party_size": "4", "csrf_token": token(client)} | changes
    answer = client.post("/guests", data=form, follow_redirects=True)
    return answer.status_code, answer.text


def test_an_empty_book(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "No reservations yet." in answer.text
    assert client.get("/guests").json == []


def test_a_reservation_is_stored_and_listed(client: FlaskClient) -> None:
    status, page = reserve(client, name="  Ada   Lovelace ")
    assert status == 200
    assert "A table for 4 is reserved for Ada Lovelace." in page
    (guest,) = client.get("/guests").json
    assert guest | {"id": 0} == {"id": 0, "name": "Ada Lovelace", "date": SOON, "party_size": 4}


def test_reservations_are_sorted_by_day(client: FlaskClient) -> None:
    later = (date.today() + timedelta(days=9)).isoformat()
    reserve(client, name="Second", day=later)
    reserve(client, name="First")
    assert [g["name"] for g in client.get("/guests").json] == ["First", "Second"]


@pytest.mark.parametrize("wrong", [{}, {"csrf_token": ""}, {"csrf_token": "forged"}])
def test_a_forged_form_is_refused(client: FlaskClient, wrong: dict[str, str]) -> None:
    form = {"name": "Eve", "day": SOON, "party_size": "2"} | wrong
    assert client.post("/guests", data=form).status_code == 400
    token(client)
    assert client.post("/guests", data=form).status_code == 400
    assert client.get("/guests").json == []


def test_the_token_of_another_session_is_refused(app: Flask) -> None:
    ours, theirs = app.test_client(), app.test_client()
    status, _ = reserve(ours, csrf_token=token(theirs))
    assert status == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "   "), ("name", "x" * (NAME_LENGTH + 1)), ("name", "a\0b"),
        ("day", ""), ("day", "tomorrow"), ("day", "2001-01-01"), ("day", "2030-02-30"),
        ("party_size", ""), ("party_size", "0"), ("party_size", "-1"), ("party_size", "2.5"),
        ("party_size", str(LARGEST_PARTY + 1)), ("party_size", "٣"), ("party_size", "9" * 5000),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_not_stored(client: FlaskClient, field: str, value: str) -> None:
    status, page = reserve(client, **{field: value})
    assert status == 422
    assert f'id="{field}-mistake"' in page
    assert client.get("/guests").json == []


def test_a_name_is_data_for_the_database(client: FlaskClient) -> None:
    name = "Robert'); DROP TABLE guests;--"
    assert reserve(client, name=name)[0] == 200
    assert reserve(client, name="Next")[0] == 200
    assert [g["name"] for g in client.get("/guests").json] == [name, "Next"]


def test_a_name_is_text_for_the_browser(client: FlaskClient) -> None:
    _, page = reserve(client, name="<script>alert(1)</script>")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_wrong_form_is_shown_again_as_text(client: FlaskClient) -> None:
    _, page = reserve(client, name='"><img src=x onerror=alert(1)>', day="never")
    assert "<img" not in page


def test_health_tells_whether_the_database_answers(client: FlaskClient, tmp_path: Path) -> None:
    assert client.get("/health").status_code == 200
    nowhere = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}"
    broken = create_app({"SQLALCHEMY_DATABASE_URI": nowhere}).test_client()
    assert broken.get("/health").status_code == 503


def test_pages_carry_a_content_security_policy(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert client.get("/static/style.css").status_code == 200


def test_a_huge_form_is_refused(client: FlaskClient) -> None:
    form = {"name": "x" * 100_000, "csrf_token": token(client)}
    assert client.post("/guests", data=form).status_code == 413


def test_where_the_database_is() -> None:
    assert database_url({"DATABASE_URL": "postgres://u@h/d"}) == "postgresql+psycopg2://u@h/d"
    assert database_url({"DATABASE_URL": "postgresql://u@h/d"}) == "postgresql+psycopg2://u@h/d"
    assert database_url({"DATA_DIR": "/data"}) == "sqlite:////data/reservations.sqlite3"
    assert database_url({}).endswith("/reservations.sqlite3")


def test_today_can_be_reserved_and_yesterday_not() -> None:
    form = {"name": "Ada", "party_size": "2"}
    assert not validate({**form, "day": "2030-06-15"}, TODAY)[1]
    assert set(validate({**form, "day": "2030-06-14"}, TODAY)[1]) == {"day"}
