"""Static, glibc or musl: what the build of a program proves."""

import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.hardening._compiled import compiled
from ironhull.hardening._linkage import Linkage, linkage_of
from ironhull.hardening._tracing import Origin
from tests.hardening.subjects import subject

FINAL = 'FROM debian:12-slim\nCOPY --from=build /out/app /app\nCMD ["/app"]\n'


def _linked(build: str, final: str = FINAL) -> str:
    found = compiled(subject(f"{build}\n{final}"))
    return found.linkage.kind if found else "unknown program"


@pytest.mark.parametrize(
    ("build", "kind"),
    [
        ("FROM golang:1.24 AS build\nRUN CGO_ENABLED=0 go build -o /out/app .", "static"),
        ("FROM golang:1.24 AS build\nENV CGO_ENABLED=0\nRUN go build -o /out/app .", "static"),
        ("FROM golang:1.24 AS build\nRUN env CGO_ENABLED=0 go build -o /out/app", "static"),
        (
            "FROM golang:1.24 AS build\nRUN export CGO_ENABLED=0 && go build -o /out/app",
            "static",
        ),
        ("FROM golang:1.24 AS build\nRUN go build -o /out/app .", "glibc"),
        ("FROM golang:1.24 AS build\nENV CGO_ENABLED=1\nRUN go build -o /out/app .", "glibc"),
        ("FROM golang:1.24 AS build\nRUN make", "glibc"),
        (
            "FROM golang:1.24 AS build\nRUN CGO_ENABLED=0 go build -o /a && go build -o /out/app",
            "glibc",
        ),
        (
            "FROM golang:1.24 AS build\n"
            "RUN go build -ldflags '-linkmode external -extldflags \"-static\"' -o /out/app",
            "static",
        ),
        ("FROM golang:1.24-alpine AS build\nRUN go build -o /out/app .", "static"),
        (
            "FROM golang:1.24-alpine AS build\nRUN apk add build-base\nRUN go build -o /out/app .",
            "musl",
        ),
        ("FROM golang:1.26-sid AS build\nRUN go build -o /out/app .", ""),
        ("FROM rust:1.85 AS build\nRUN cargo build --release", "glibc"),
        ("FROM rust:1.85-alpine AS build\nRUN cargo build --release", "static"),
        (
            "FROM rust:1 AS build\nRUN cargo build --target x86_64-unknown-linux-musl",
            "static",
        ),
        (
            "FROM rust:1 AS build\nRUN RUSTFLAGS='-C target-feature=+crt-static' cargo build",
            "static",
        ),
        (
            "FROM rust:1-alpine AS build\nENV RUSTFLAGS='-C target-feature=-crt-static'\n"
            "RUN cargo build",
            "musl",
        ),
        ("FROM debian:12 AS build\nRUN gcc -o /out/app app.c", "glibc"),
        ("FROM debian:12 AS build\nRUN gcc -static -o /out/app app.c", "static"),
        ("FROM debian:sid AS build\nRUN gcc -o /out/app app.c", ""),
        ("FROM fedora:41 AS build\nRUN gcc -o /out/app app.c", ""),
        ("FROM debian:12 AS build\nRUN curl -o /out/app https://x.example/app", "unknown program"),
    ],
)
def test_builds(build: str, kind: str) -> None:
    assert _linked(build) == kind


def test_what_runs_on_nothing_is_static() -> None:
    build = "FROM golang:1.24 AS build\nRUN make"
    copy = 'COPY --from=build /out/app /app\nCMD ["/app"]\n'
    assert _linked(build, f"FROM scratch\n{copy}") == "static"
    assert _linked(build, f"FROM gcr.io/distroless/static-debian12\n{copy}") == "static"
    assert _linked(build, f"FROM gcr.io/distroless/base-debian12\n{copy}") == "glibc"
    assert _linked(build, f"FROM scratch\nCOPY --from=build /lib64/ /lib64/\n{copy}") == "glibc"


def test_a_program_of_a_package_is_not_compiled_here() -> None:
    text = 'FROM debian:12\nRUN apt-get install -y gcc jq && gcc x.c\nCMD ["/usr/bin/jq"]\n'
    assert compiled(subject(text)) is None


def test_programs_of_the_context(tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("int main(void) { return 0; }\n")
    for flags, kind in ((["-static"], "static"), ([], "glibc")):
        made = tmp_path / f"app{len(flags)}"
        ran = subprocess.run(["gcc", *flags, "-o", made, source], capture_output=True)
        if ran.returncode:
            pytest.skip("needs gcc and the static C library")
        files = {"app": made.read_bytes()}
        found = compiled(subject('FROM debian:12\nCOPY app /app\nCMD ["/app"]\n', files))
        assert found is not None
        assert found.linkage.kind == kind


def test_a_script_is_no_program() -> None:
    files = {"run": "#!/bin/sh\n"}
    found = compiled(subject('FROM debian:12\nCOPY run /run\nCMD ["/run"]\n', files))
    assert found is not None
    assert found.linkage == Linkage("", "run is not a program that can be looked into")


HEAD = b"\x7fELF\x02\x01\x01" + bytes(9)


@given(st.binary(max_size=200))
def test_hostile_bytes_are_no_crash(data: bytes) -> None:
    made = subject("FROM x\n", {"a": HEAD + data})
    assert linkage_of(made, Origin(None, "a")).kind in ("static", "glibc", "musl", "")


def test_segments_of_both_byte_orders() -> None:
    for mark, order in ((b"\x01", "<"), (b"\x02", ">")):
        head = b"\x7fELF\x02" + mark + bytes(10)
        fields = struct.pack(f"{order}HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        body = head + fields + struct.pack(f"{order}I", 3) + bytes(52) + b"/lib64/ld-linux.so"
        made = subject("FROM x\n", {"a": body})
        assert linkage_of(made, Origin(None, "a")).kind == "glibc"
