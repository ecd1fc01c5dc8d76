"""Which program an image starts, and which stage or file of the context it comes from."""

import pytest

from ironhull.hardening._tracing import (
    argv,
    image_version,
    only_arguments,
    origin_of,
    program,
    stage_root,
)
from tests.hardening.subjects import subject


@pytest.mark.parametrize(
    ("reference", "version"),
    [
        ("node:20", "20"),
        ("node", ""),
        ("node:lts-alpine", ""),
        ("node:20.11.1-bookworm-slim", "20.11.1"),
        ("docker.io/library/node:v22", "22"),
        ("docker.io/node:22", "22"),
        ("public.ecr.aws/docker/library/node:18", "18"),
        ("node:20@sha256:" + "0" * 64, "20"),
        ("localhost:5000/node:20", None),
        ("someone/node:20", None),
        ("node-red:20", None),
        ("nodejs/node:20", None),
    ],
)
def test_image_version(reference: str, version: str | None) -> None:
    assert image_version(reference, ("node",)) == version


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('ENTRYPOINT ["a"]\nCMD ["b"]', ("a", "b")),
        ('CMD ["a", "b"]', ("a", "b")),
        ("CMD a b", ("a", "b")),
        ("CMD exec a b", ("a", "b")),
        ("CMD a $B", ()),
        ("CMD a && b", ()),
        ("CMD A=1 b", ()),
        ('ENTRYPOINT a\nCMD ["b"]', ("a",)),
        ("", ()),
    ],
)
def test_argv(lines: str, words: tuple[str, ...]) -> None:
    assert argv(subject(f"FROM x\n{lines}\n")) == words


def test_an_entrypoint_takes_back_the_command_of_a_stage_below() -> None:
    text = 'FROM x AS a\nCMD ["old"]\nFROM a\nENTRYPOINT ["new"]\n'
    assert argv(subject(text)) == ("new",)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ('ENTRYPOINT ["/sbin/tini", "--", "node"]', "node"),
        ('ENTRYPOINT ["dumb-init", "--"]\nCMD ["server"]', ""),
        ("CMD exec /app/server --port $PORT", "/app/server"),
        ("CMD PORT=1 ./run", "./run"),
        ("CMD if true; then a; fi", "true"),
    ],
)
def test_program(lines: str, name: str) -> None:
    found = program(subject(f"FROM x\n{lines}\n"))
    assert found == name or (not name and found in ("server", "dumb-init", ""))


def test_a_program_of_another_stage() -> None:
    text = """\
FROM golang:1.24 AS one
RUN go build -o /out/app .
FROM one AS two
COPY --from=one /out/app /bin/other
FROM alpine
COPY --from=two /bin/other /usr/local/bin/
CMD ["other"]
"""
    made = subject(text)
    origin = origin_of(made, "other")
    assert origin is not None
    assert origin.stage is not None
    assert (origin.stage.name, origin.path) == ("one", "/out/app")
    assert stage_root(made, origin.stage) == "golang:1.24"


def test_a_folder_of_another_stage() -> None:
    text = (
        'FROM g AS b\nRUN make\nFROM x\nWORKDIR /srv\nCOPY --from=b /out/ ./bin/\nCMD ["bin/app"]\n'
    )
    origin = origin_of(subject(text), "bin/app")
    assert origin is not None
    assert origin.path == "/out/app"


def test_a_file_of_the_context() -> None:
    files = {"dist/app": b"\x7fELF"}
    origin = origin_of(subject("FROM x\nCOPY dist /opt/\nCMD /opt/app\n", files), "/opt/app")
    assert origin is not None
    assert origin.stage is None
    assert origin.path == "dist/app"


def test_what_a_step_makes_is_not_of_the_context() -> None:
    made = subject("FROM x\nWORKDIR /a\nCOPY . .\nRUN make\n", {"Makefile": "app:"})
    origin = origin_of(made, "/a/app")
    assert origin is not None
    assert origin.stage is made.stage


def test_a_file_of_another_image() -> None:
    text = "FROM x\nCOPY --from=busybox:1 /bin/busybox /bin/sh\n"
    origin = origin_of(subject(text), "/bin/sh")
    assert origin is not None
    assert origin.image == "busybox:1"


def test_nothing_tells_where_it_comes_from() -> None:
    assert origin_of(subject("FROM x\n"), "/bin/app") is None
    assert origin_of(subject("FROM x\nRUN make\n"), "app") is None


def test_one_file_brings_no_other_name() -> None:
    made = subject("FROM x\nCOPY a /opt/\n", {"a": "1"})
    assert origin_of(made, "/opt/b") is None


def test_arguments_of_an_entrypoint() -> None:
    made = subject('FROM x\nENTRYPOINT ["app"]\nCMD ["serve"]\n')
    assert only_arguments(made, ("serve",))
    assert not only_arguments(made, ("app",))
    script = subject('FROM x\nENTRYPOINT ["docker-entrypoint.sh"]\nCMD ["app"]\n')
    assert not only_arguments(script, ("app",))
    init = subject('FROM x\nENTRYPOINT ["tini", "--"]\nCMD ["app"]\n')
    assert not only_arguments(init, ("app",))
