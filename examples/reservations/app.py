"""Reservations: a form that stores the guests of a small restaurant, and a list of them.

DATABASE_URL names the database (PostgreSQL in production); without it an SQLite file in DATA_DIR
or the temporary directory is used. SECRET_KEY signs the cookie that holds the CSRF token.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from datetime import date
from hmac import compare_digest
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, Date, Integer, String, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response as AnyResponse

NAME_LENGTH = 80
LARGEST_PARTY = 20
SHOWN = 200

db = SQLAlchemy()
pages = Blueprint("pages", __name__)


class Guest(db.Model):  # type: ignore[name-defined,misc]  # SQLAlchemy makes the class at run time
    """One reservation."""

    __tablename__ = "guests"
    __table_args__ = (
        CheckConstraint(f"party_size BETWEEN 1 AND {LARGEST_PARTY}", name="party_size_in_range"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    day: Mapped[date] = mapped_column(Date, index=True)
    party_size: Mapped[int] = mapped_column(Integer)


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """Make the application; `settings` win over the environment (for tests)."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=os.environ.get("SECRET_KEY") or secrets.token_hex(32),
        SQLALCHEMY_DATABASE_URI=database_url(os.environ),
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True},
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=16 * 1024,
    )
    app.config.update(settings or {})
    db.init_app(app)
    app.register_blueprint(pages)
    app.after_request(_harden)
    return app


def database_url(environment: Mapping[str, str]) -> str:
    """DATABASE_URL in SQLAlchemy's spelling, or an SQLite file where the process may write."""
    url = environment.get("DATABASE_URL", "")
    for scheme in (
        "postgres://",
        "postgresql://",
    ):  # the driver differs between SQLAlchemy versions
        if url.startswith(scheme):
            return "postgresql+psycopg2://" + url.removeprefix(scheme)
    if url:
        return url
    folder = Path(environment.get("DATA_DIR") or tempfile.gettempdir())
    return f"sqlite:///{folder / 'reservations.sqlite3'}"


def make_tables() -> None:
    """Create what is missing; several workers may try at once, one of them wins."""
    try:
        db.create_all()
    except (IntegrityError, ProgrammingError):
        db.session.rollback()
        db.create_all()


@pages.get("/")
def index() -> str:
    """The form and the list."""
    return _page({}, {})


@pages.post("/guests")
def add_guest() -> AnyResponse | tuple[str, int]:
    """Store a reservation, or show the form again with what is wrong."""
    if not compare_digest(request.form.get("csrf_token", ""), session.get("csrf_token", "-")):
        abort(400, "The form is no longer valid; please load the page again.")
    values, mistakes = validate(request.form, date.today())
    if mistakes:
        return _page(request.form, mistakes), 422
    make_tables()
    db.session.add(Guest(**values))
    db.session.commit()
    flash(f"A table for {values['party_size']} is reserved for {values['name']}.")
    return redirect(url_for("pages.index"), 303)


@pages.get("/guests")
def list_guests() -> Response:
    """The list as JSON."""
    return jsonify(
        [
            {"id": g.id, "name": g.name, "date": g.day.isoformat(), "party_size": g.party_size}
            for g in _guests()
        ]
    )


@pages.get("/health")
def health() -> tuple[Response, int]:
    """200 when the database answers, 503 when not."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="the database does not answer"), 503
    return jsonify(status="ok"), 200


def validate(form: Mapping[str, str], today: date) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of a form, and what is wrong with it by field."""
    values: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    name = " ".join(form.get("name", "").split())
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable():
        mistakes["name"] = f"A name has 1 to {NAME_LENGTH} characters."
    values["name"] = name
    try:
        values["day"] = date.fromisoformat(form.get("day", ""))
        if values["day"] < today:
            mistakes["day"] = "This day has passed."
    except ValueError:
        mistakes["day"] = "A day looks like 2030-12-31."
    size = form.get("party_size", "")
    if size.isascii() and size.isdigit() and len(size) < 4 and 1 <= int(size) <= LARGEST_PARTY:
        values["party_size"] = int(size)
    else:
        mistakes["party_size"] = f"A table seats 1 to {LARGEST_PARTY}."
    return values, mistakes


def _guests() -> list[Guest]:
    make_tables()
    return list(db.session.scalars(select(Guest).order_by(Guest.day, Guest.id).limit(SHOWN)))


def _page(form: Mapping[str, str], mistakes: Mapping[str, str]) -> str:
    token = session.setdefault("csrf_token", secrets.token_urlsafe(32))
    return render_template(
        "index.html",
        guests=_guests(),
        form=form,
        mistakes=mistakes,
        token=token,
        largest=LARGEST_PARTY,
        name_length=NAME_LENGTH,
        today=date.today().isoformat(),
    )


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


app = create_app()

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "5000")))
