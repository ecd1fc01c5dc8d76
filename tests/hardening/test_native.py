"""Go, Rust and C: which row takes them, what of them is carried and how they start."""

import pytest

from ironhull.dockerfiles import read_dockerfile
from ironhull.harden import Memory, harden
from ironhull.hardening._row import Carried, Language
from ironhull.hardening.golang import GO
from ironhull.hardening.native import IN_PLACE, NATIVE
from ironhull.hardening.rust import RUST
from tests.hardening.subjects import draft, subject

ROWS = (GO, RUST, IN_PLACE, NATIVE)

SINGLE = (
    'FROM golang:1.24\nWORKDIR /app\nCOPY . .\nRUN {go}go build -o server .\nCMD ["./server"]\n'
)
MULTI = """\
FROM {image} AS build
RUN {command}
FROM debian:12-slim
COPY --from=build --chown=1:1 {source} /usr/local/bin/app
CMD ["app", "-v"]
"""


def _row(text: str) -> Language | None:
    made = subject(text, {"main.go": ""})
    return next((row for row in ROWS if row.recognise(made) is not None), None)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (SINGLE.format(go="CGO_ENABLED=0 "), GO),
        (SINGLE.format(go=""), IN_PLACE),
        (MULTI.format(image="golang:1.24", command="go build -o /app", source="/app"), NATIVE),
        (
            MULTI.format(image="golang:1.24-alpine", command="go build -o /a/app", source="/a/app"),
            GO,
        ),
        (
            MULTI.format(image="rust:1.85-alpine", command="cargo build", source="/target/app"),
            RUST,
        ),
        (MULTI.format(image="rust:1.85", command="cargo build", source="/target/app"), NATIVE),
        (MULTI.format(image="gcc:15", command="gcc a.c", source="/a/app"), None),
        (MULTI.format(image="debian:12", command="gcc a.c", source="/a/app"), NATIVE),
        ('FROM debian:12\nCMD ["bash"]\n', None),
        ('FROM golang:1.24\nCMD ["go", "run", "."]\n', None),
    ],
)
def test_rows(text: str, row: Language | None) -> None:
    assert _row(text) is row


def test_one_stage_gives_the_program_and_what_it_reads() -> None:
    files = {"main.go": "", "web/a.html": ""}
    made = draft(SINGLE.format(go="CGO_ENABLED=0 "), GO, files)
    assert [each.target for each in GO.carry(made)] == ["/app/server", "/app/web"]
    assert made.only_carried
    assert GO.start(("./server",), made) == ("./server",)


def test_programs_of_an_install_start_by_their_whole_path() -> None:
    text = 'FROM golang:1.24\nENV CGO_ENABLED=0\nRUN go install ./cmd/app\nCMD ["app", "-v"]\n'
    made = draft(text, GO)
    assert [each.target for each in GO.carry(made)] == ["/go/bin/app"]
    assert GO.start(("app", "-v"), made) == ("/go/bin/app", "-v")
    rust = draft('FROM rust:1\nRUN cargo install --path .\nCMD ["app"]\n', IN_PLACE)
    assert [each.target for each in IN_PLACE.carry(rust)] == ["/usr/local/cargo/bin/app"]
    assert not rust.closure


def test_programs_with_libraries_go_through_the_builder() -> None:
    text = MULTI.format(image="rust:1.85", command="cargo build", source="/target/app")
    made = draft(text, NATIVE)
    carried = NATIVE.carry(made)
    assert [each.target for each in carried] == ["/usr/local/bin/app"]
    assert made.closure
    assert NATIVE.finish(made) == ()
    said = NATIVE.copied(made.subject.stage.instructions[0], made)
    assert said == (Carried("/target/app", "/usr/local/bin/app"),)
    text = harden(read_dockerfile(text.encode(), "Dockerfile"), Memory({})).text
    copies = [line for line in text.splitlines() if line.startswith("COPY")]
    assert copies == [
        "COPY --from=build /target/app /usr/local/bin/app",
        "COPY --from=builder /usr/local/bin/app /usr/local/bin/app",
        "COPY --from=builder /carried /",
    ]


def test_arguments_and_inits() -> None:
    text = MULTI.format(image="rust:1-alpine", command="cargo build", source="/target/app")
    text = text.replace('CMD ["app", "-v"]', 'ENTRYPOINT ["app"]\nCMD ["-v"]')
    made = draft(text, RUST)
    assert RUST.start(("-v",), made) == ("-v",)
    assert RUST.start(("app",), made) == ("app",)


def test_an_unknown_program_is_left_by_hand() -> None:
    made = draft('FROM golang:1.24\nCMD ["go", "run", "."]\n', GO)
    assert GO.start(("go", "run", "."), made) is None
    assert made.by_hand


@pytest.mark.parametrize(
    ("text", "files", "why"),
    [
        ("FROM golang:1.24\nRUN apt-get install -y libpq-dev && go build -o /a\n", {}, "libpq-dev"),
        ("FROM golang:1.24\nRUN apt-get install -y git && go build -o /a\n", {}, ""),
        (
            "FROM rust:1\nRUN cargo build\n",
            {"Cargo.lock": '[[package]]\nname = "pq-sys"\n'},
            "pq-sys",
        ),
        ("FROM rust:1\nRUN cargo build\n", {"Cargo.lock": 'name = "serde"\n'}, ""),
        ("FROM rust:1\nRUN cargo build\n", {"Cargo.toml": ""}, "no Cargo.lock"),
        ("FROM rust:1-slim\nRUN cargo build\n", {"Cargo.toml": ""}, ""),
    ],
)
def test_libraries_of_the_build_image_are_not_lost(
    text: str, files: dict[str, str], why: str
) -> None:
    made = draft(f'{text}CMD ["/a"]\n', IN_PLACE, files)
    made.at = made.subject.stage.all("RUN")[0]
    effect = IN_PLACE.effect(made.commands(made.at)[-1], made)
    assert effect is not None
    assert effect.kind == ("stays" if why else "installs")
    assert [why in left.reason for left in made.by_hand] == ([True] if why else [])


FINAL = """\
FROM golang:1.24-alpine AS build
RUN go build -o /a/app .
FROM alpine:3
RUN apk add --no-cache {packages}
COPY --from=build /a/app /app
CMD ["/app"]
"""


@pytest.mark.parametrize(
    ("packages", "source", "kind"),
    [
        ("ca-certificates tzdata", "", "drops"),
        ("curl bash", "package main", "drops"),
        ("git", 'exec.Command("git", "log")', "stays"),
        ("git", 'exec.CommandContext(ctx, "/usr/bin/git")', "stays"),
        ("git", "exec.Command(name)", "stays"),
        ("git", 'exec.Command("hg")', "drops"),
    ],
)
def test_packages_beside_a_static_program(packages: str, source: str, kind: str) -> None:
    made = draft(FINAL.format(packages=packages), GO, {"main.go": source})
    made.at = made.subject.stage.all("RUN")[0]
    effect = GO.effect(made.commands(made.at)[0], made)
    assert effect is not None
    assert effect.kind == kind
    assert bool(made.by_hand) == (kind == "stays")
