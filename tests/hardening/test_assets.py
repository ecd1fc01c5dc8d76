"""Files that a compiled program may read when it runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.hardening._assets import assets_of
from ironhull.hardening.golang import is_go_source
from ironhull.hardening.rust import is_rust_source
from tests.hardening.subjects import subject


def _assets(text: str, *files: str) -> list[str]:
    made = subject(text, dict.fromkeys(files, ""))
    return [carried.target for carried in assets_of(made, is_go_source)]


HEAD = "FROM golang:1.24\nWORKDIR /app\n"


def test_folders_without_sources_are_taken_whole() -> None:
    files = ("go.mod", "main.go", "web/a.html", "web/css/a.css", "internal/x/x.go", "conf.yaml")
    assert _assets(f"{HEAD}COPY . .\n", *files) == ["/app/conf.yaml", "/app/web"]


def test_a_folder_with_a_source_gives_its_other_files() -> None:
    files = ("web/web.go", "web/tpl/a.html", "web/b.html")
    assert _assets(f"{HEAD}COPY . .\n", *files) == ["/app/web/b.html", "/app/web/tpl"]


def test_what_no_program_reads_is_left_out() -> None:
    files = ("main.go", "README.md", "Dockerfile", "Makefile", ".env", "docs/a.html", "LICENSE")
    assert _assets(f"{HEAD}COPY . .\n", *files) == []


@pytest.mark.parametrize(
    ("copy", "target"),
    [
        ("COPY web /srv/web", "/srv/web"),
        ("COPY web/ ./site/", "/app/site"),
        ("COPY web/a.html /srv/", "/srv/a.html"),
        ("COPY web/a.html /srv/b.html", "/srv/b.html"),
        ("COPY web/*.html pages/", "/app/pages/a.html"),
        ("ADD web web", "/app/web"),
    ],
)
def test_targets(copy: str, target: str) -> None:
    assert _assets(f"{HEAD}{copy}\n", "web/a.html", "main.go") == [target]


def test_what_another_stage_gives_is_not_of_the_context() -> None:
    assert _assets(f"FROM x AS a\n{HEAD}COPY --from=a / /all\n", "a.html") == []


@given(st.lists(st.text(st.sampled_from("ab/.go*"), min_size=1, max_size=12), max_size=6))
def test_no_name_is_a_crash(names: list[str]) -> None:
    _assets(f"{HEAD}COPY . .\n", *names)


def test_sources() -> None:
    assert is_go_source("vendor/x/y.txt")
    assert is_go_source("go.sum")
    assert not is_go_source("migrations/1.sql")
    assert is_rust_source("Cargo.lock")
    assert is_rust_source("target/debug/x")
    assert not is_rust_source("templates/a.html")
