"""How an image is tried, as it is said on the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import UsageError
from ironhull.hardening import Smoke, parse_smoke


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Smoke()),
        ("  ", Smoke()),
        ("/health", Smoke("GET", 0, "/health")),
        ("GET", Smoke("GET")),
        ("GET /health?deep=1", Smoke("GET", 0, "/health?deep=1")),
        ("GET :8080/health", Smoke("GET", 8080, "/health")),
        ("GET :8080", Smoke("GET", 8080, "/")),
        ("run", Smoke("run")),
        ("run --name 'a b'", Smoke("run", words=("--name", "a b"))),
        ("starts", Smoke("starts")),
    ],
)
def test_what_is_said(text: str, wanted: Smoke) -> None:
    assert parse_smoke(text) == wanted


@pytest.mark.parametrize("smoke", ["GET :8080/health", "run --name 'a b'", "starts", "GET /"])
def test_what_is_shown_can_be_said(smoke: str) -> None:
    assert parse_smoke(smoke).shown == smoke


@pytest.mark.parametrize(
    "text",
    ["POST /", "starts now", "GET health", "GET :0/", "GET :x/", "GET /a b", "run 'a", "get /"],
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--smoke"):
        parse_smoke(text)


@given(st.text(max_size=40))
def test_no_text_does_anything_else(text: str) -> None:
    try:
        found = parse_smoke(text)
    except UsageError:
        return
    assert found.kind in ("", "GET", "run", "starts")
    assert 0 <= found.port < 65536
    assert found.path.startswith("/")
