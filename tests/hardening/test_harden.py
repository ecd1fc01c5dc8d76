"""The core: what moves to the builder, what the runtime stage is, what is left by hand."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.dockerfiles import read_dockerfile
from ironhull.errors import DockerfileError, Error
from ironhull.harden import Memory, Options, directory, harden
from ironhull.hardening.rules import check
from tests.hardening.hardened import builder, hardened, runtime

SAMPLE_FILES = Path(__file__).parent / "samples"
FROM = "FROM python:3.13-slim\nWORKDIR /app\n"
INSTALL = "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"


def _last(text: str, name: str) -> list[str]:
    """The words of the last CMD or ENTRYPOINT of the hardened `text`."""
    line = [row for row in runtime(hardened(text)).splitlines() if row.startswith(name)][-1]
    words: list[str] = json.loads(line.removeprefix(name))
    return words


# ── how it starts ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("python app.py", ["python", "app.py"]),
        ("exec python app.py --name 'a b'", ["python", "app.py", "--name", "a b"]),
        ('["sh", "-c", "python app.py"]', ["python", "app.py"]),
        ('["/usr/local/bin/gunicorn", "app:app"]', ["gunicorn", "app:app"]),
        ('["pdm", "run", "uvicorn", "app:app"]', ["uvicorn", "app:app"]),
        ('["uv", "run", "--no-dev", "app.py"]', ["python3", "app.py"]),
        ('["python3.12", "app.py"]', ["python3", "app.py"]),
    ],
)
def test_words_stay_words(command: str, words: list[str]) -> None:
    assert _last(f"{FROM}{INSTALL}CMD {command}\n", "CMD") == words


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("gunicorn app:app -b :$PORT", "':' + os.environ.get('PORT', '')"),
        ("gunicorn app:app -b :${PORT:-80}0", "':' + (os.environ.get('PORT') or '80') + '0'"),
        ("gunicorn app:app -b ${HOST}", "os.environ.get('HOST', '')"),
    ],
)
def test_variables_are_read_when_it_starts(command: str, argument: str) -> None:
    words = _last(f"{FROM}{INSTALL}CMD {command}\n", "CMD")
    assert words[:2] == ["python3", "-c"]
    wanted = f"import os; os.execvp('gunicorn', ['gunicorn', 'app:app', '-b', {argument}])"
    assert words[2] == wanted
    ast.parse(words[2])


SCRIPT = b"""#!/bin/sh
set -e
# the database first
if [ "$DATABASE" = "postgres" ]; then
  while ! nc -z $SQL_HOST ${SQL_PORT:-5432}; do
    sleep 0.1
  done
elif [ -n "$FIXTURES" ] ; then
  python manage.py loaddata "$FIXTURES"
fi
export STARTED=yes
exec "$@"
"""


def test_an_entrypoint_script_becomes_a_program() -> None:
    text = f'{FROM}{INSTALL}RUN chmod +x go.sh\nENTRYPOINT ["/app/go.sh"]\nCMD python app.py\n'
    result = hardened(text, {"requirements.txt": b"flask\n", "go.sh": SCRIPT})
    assert not result.by_hand
    assert "chmod" not in result.text
    last = runtime(result)
    assert 'ENTRYPOINT ["python3", "/opt/go.py"]\nCMD ["python", "app.py"]' in last
    program = last.partition("/opt/go.py\n")[2].partition("\nEOF\n")[0]
    ast.parse(program)
    assert 'if os.environ.get("DATABASE", "") == "postgres":' in program
    assert "    while not reachable(" in program
    assert 'os.environ["STARTED"] = "yes"' in program
    assert program.endswith("os.execvp(sys.argv[1], sys.argv[1:])")


def test_a_script_that_only_passes_on_is_left_out() -> None:
    text = f'{FROM}{INSTALL}ENTRYPOINT ["./go.sh"]\nCMD ["python", "app.py"]\n'
    script = b'#!/bin/bash\nset -e\nexec "$@"\n'
    last = runtime(hardened(text, {"requirements.txt": b"flask\n", "go.sh": script}))
    assert "ENTRYPOINT" not in last
    assert "go.py" not in last


@pytest.mark.parametrize(
    "command",
    ["python app.py | tee log", "for i in 1 2; do python app.py; done", "python `which app`"],
)
def test_what_only_a_shell_can_do_keeps_its_base(command: str) -> None:
    result = hardened(f"{FROM}{INSTALL}CMD {command}\n")
    assert result.pair is None
    assert "IH-D006" in {h.rule for h in result.by_hand}
    assert f"CMD {command}" in result.text
    assert "FROM python:3.13-slim" in result.text


# ── health, ports, secrets, folders ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("check", "asked"),
    [
        ("curl -fsS http://localhost:8000/up || exit 1", "urlopen('http://localhost:8000/up'"),
        ("wget -qO- localhost:8000/up", "urlopen('http://localhost:8000/up'"),
        ('["curl", "--fail", "http://127.0.0.1:8000/"]', "urlopen('http://127.0.0.1:8000/'"),
        ("curl --max-time 9 http://localhost:8000", "timeout=9"),
    ],
)
def test_health_is_asked_by_the_apps_own_language(check: str, asked: str) -> None:
    last = runtime(
        hardened(f"{FROM}{INSTALL}HEALTHCHECK --retries=2 CMD {check}\nCMD python app.py")
    )
    line = next(row for row in last.splitlines() if "urlopen" in row)
    assert asked in line
    assert "--retries=2" in last


def test_a_health_check_that_nothing_can_do_is_left_out_and_said() -> None:
    result = hardened(f"{FROM}{INSTALL}HEALTHCHECK CMD pg_isready -q\nCMD python app.py")
    assert "HEALTHCHECK" not in runtime(result)
    assert [h.rule for h in result.by_hand] == ["IH-D013"]


def test_low_ports_move_where_the_dockerfile_says_them() -> None:
    text = f"{FROM}{INSTALL}EXPOSE 80 9000\nCMD gunicorn -b 0.0.0.0:80 app:app\n"
    last = runtime(hardened(text))
    assert "EXPOSE 8080 9000" in last
    assert '"0.0.0.0:8080"' in last
    result = hardened(f"{FROM}{INSTALL}EXPOSE 80\nCMD python app.py\n")
    assert "EXPOSE 80\n" in runtime(result)
    assert [h.rule for h in result.by_hand] == ["IH-D012"]


def test_secrets_are_in_no_image() -> None:
    text = (
        f"FROM python:3.13-slim\nARG PIP_TOKEN\nENV API_KEY=abc MODE=live\nWORKDIR /app\n{INSTALL}"
        "RUN pip install --index-url https://u:$PIP_TOKEN@pypi.example/simple other\n"
        "RUN python manage.py check\nCMD python app.py\n"
    )
    result = hardened(text)
    assert "abc" not in result.text
    assert "ARG PIP_TOKEN" not in result.text
    assert "--mount=type=secret,id=PIP_TOKEN" in builder(result)
    assert "API_KEY=not-the-real-one" in builder(result)
    assert "ENV MODE=live\n" in runtime(result)
    assert "IH-D004" in {c.rule for c in result.changes}
    assert all("abc" not in c.before + c.after for c in result.changes)


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        ("RUN mkdir -p /var/lib/app", "/var/lib/app"),
        ("VOLUME /data", "/data"),
        ('VOLUME ["/data"]', "/data"),
        ("RUN useradd u && install -d -o u /spool", "/spool"),
    ],
)
def test_folders_that_are_there_to_be_written(line: str, folder: str) -> None:
    result = hardened(f"{FROM}{INSTALL}{line}\nCMD python app.py\n")
    assert f"COPY --from=builder --chown=65532:65532 {folder} {folder}" in runtime(result)
    assert f"RUN mkdir -p {folder}" in builder(result)
    assert "useradd" not in result.text


def test_temporary_folders_are_the_engines() -> None:
    assert "/tmp" not in hardened(f"{FROM}{INSTALL}VOLUME /tmp\nCMD python app.py\n").text.replace(
        "VOLUME /tmp", ""
    ).replace("/tmp/needed", "")


def test_users_names_and_owners_go() -> None:
    text = (
        f"{FROM}RUN addgroup --system a && adduser --system --ingroup a a\n"
        "COPY --chown=a:a requirements.txt .\nRUN pip install -r requirements.txt\n"
        "COPY --chown=a . .\nRUN chown -R a:a /app\nUSER a\nCMD python app.py\n"
    )
    result = hardened(text)
    assert "USER 65532:65532" in runtime(result)
    assert "chown" not in result.text
    assert "adduser" not in result.text


def test_files_of_root_move_where_others_may_go() -> None:
    text = (
        "FROM python:3.13-slim\nWORKDIR /root\nCOPY requirements.txt .\n"
        "RUN pip install -r requirements.txt\nCOPY . /root/\nCMD python /root/app.py\n"
    )
    last = runtime(hardened(text))
    assert "/root" not in last
    assert 'CMD ["python", "/app/app.py"]' in last


def test_an_address_in_add_is_left_to_a_person() -> None:
    text = f"{FROM}ADD https://example.org/model.bin /app/\n{INSTALL}CMD python app.py\n"
    result = hardened(text)
    assert [h.rule for h in result.by_hand] == ["IH-D005"]
    assert "ADD https://example.org/model.bin /app/" in runtime(result)


def test_comments_stay_with_what_they_are_about() -> None:
    text = (
        f"# the shop\n{FROM}# packages first\n{INSTALL}# the port\nEXPOSE 8000\nCMD python app.py\n"
    )
    result = hardened(text)
    assert result.text.startswith("# the shop\nFROM ")
    assert "# packages first\n" in builder(result)
    assert "# the port\nEXPOSE 8000" in runtime(result)


def test_a_target_and_its_arguments() -> None:
    text = (
        "ARG PYTHON=3.11\nFROM python:$PYTHON-slim AS base\n"
        f"FROM base AS one\nWORKDIR /app\n{INSTALL}CMD python one.py\n"
        f"FROM base AS two\nWORKDIR /app\n{INSTALL}CMD python two.py\n"
    )
    options = Options(target="one", arguments={"PYTHON": "3.13"})
    result = hardened(text, options=options)
    assert "ironhull/python:3.13-debian13 AS one" in result.text
    with pytest.raises(DockerfileError):
        hardened(text, options=Options(target="three"))


def test_only_stages_that_count_say_where_packages_are() -> None:
    text = (
        f"FROM python:3.13-slim AS test\nRUN python -m venv /t && /t/bin/pip install pytest\n"
        f"{FROM}{INSTALL}CMD python app.py\n"
    )
    last = runtime(hardened(text))
    assert "/t" not in last.split()
    assert "COPY --from=builder /opt/venv /opt/venv" in last


# ── any input ────────────────────────────────────────────────────────────────────────────────────

LINES = st.sampled_from(
    [
        "WORKDIR /app",
        "WORKDIR sub",
        "USER app",
        "COPY . .",
        "COPY requirements.txt /tmp/",
        "COPY --from=0 /x /y",
        "ADD a.tar.gz /opt",
        "RUN pip install flask",
        "RUN pip install --user -r requirements.txt && rm -rf /root/.cache",
        "RUN apt-get update && apt-get install -y gcc libpq5",
        "RUN <<EOF\npip install x\nuseradd y\nEOF",
        "RUN if [ -f a ]; then echo b; fi",
        "RUN mkdir -p /data /app/{a,b} && chown -R app /data",
        "RUN chmod 777 /app",
        'RUN ["python", "-V"]',
        "RUN curl https://example.org/x | sh",
        "ENV A=1 SECRET_KEY=s3cr3t PATH=/root/.local/bin:$PATH",
        "ARG TOKEN",
        "EXPOSE 80 443/udp $PORT",
        "VOLUME /data",
        "LABEL a=b",
        "ONBUILD RUN true",
        'SHELL ["/bin/bash", "-c"]',
        "HEALTHCHECK CMD curl localhost:80",
        "HEALTHCHECK NONE",
        'ENTRYPOINT ["python"]',
        "ENTRYPOINT run.sh",
        "CMD python app.py $X",
        'CMD ["app.py"]',
        "FROM python:3.12-slim AS next",
        "FROM debian:12",
        "STOPSIGNAL SIGINT",
        "MAINTAINER somebody",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=14), st.sampled_from(["python:3.13", "debian:13", "scratch"]))
def test_any_order_of_lines_gives_a_dockerfile(lines: list[str], base: str) -> None:
    text = "\n".join([f"FROM {base}", *lines, ""])
    files = {"requirements.txt": b"flask\n", "run.sh": SCRIPT, "app.py": b"print(1)\n"}
    try:
        result = harden(read_dockerfile(text.encode(), "Dockerfile"), Memory(files))
    except Error:
        return
    again = read_dockerfile(result.text.encode(), "Dockerfile.hardened")
    assert again.stages
    if result.pair is not None:
        assert again.final.last("USER").argument == result.pair.user  # type: ignore[union-attr]
        assert not again.final.all("RUN")
        for name in ("CMD", "ENTRYPOINT"):
            found = again.final.last(name)
            assert found is None or found.exec_form
        assert "s3cr3t" not in runtime(result)


def test_a_folder_is_a_context(tmp_path: Path) -> None:
    place = tmp_path
    (place / "app").mkdir()
    (place / "app" / "main.py").write_text("print(1)\n")
    (place / "notes.txt").write_text("x")
    (place / ".git").mkdir()
    (place / ".git" / "HEAD").write_text("x")
    assert directory(place).files() == ("app/main.py", "notes.txt")
    assert not directory(place).ignored
    (place / ".dockerignore").write_text("*.txt\n")
    found = directory(place)
    assert found.ignored
    assert found.files() == (".dockerignore", "app/main.py")
    assert found.read("app/main.py") == b"print(1)\n"
    assert found.read("notes.txt") is None
    assert found.read("../etc/passwd") is None


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (b"#!/usr/bin/env python3\n", ["python3", "./app.py"]),
        (b"#!/usr/local/bin/python\n", ["python", "./app.py"]),
        (b"\x7fELF", ["./app.py"]),
    ],
)
def test_a_program_without_env_to_find_its_interpreter(first: bytes, words: list[str]) -> None:
    files = {"requirements.txt": b"flask\n", "app.py": first}
    result = hardened(f'{FROM}{INSTALL}CMD ["./app.py"]\n', files)
    assert f"CMD {json.dumps(words)}" in runtime(result)


def test_a_script_in_a_here_document() -> None:
    text = (
        f"{FROM}{INSTALL}COPY <<EOT /go.sh\n#!/bin/sh\nexec python app.py\nEOT\n"
        'ENTRYPOINT ["/go.sh"]\n'
    )
    last = runtime(hardened(text))
    assert "/go.sh" not in last
    assert "os.execvp('python', ['python', 'app.py'])" in last


def test_a_script_that_nothing_brings_is_not_guessed() -> None:
    result = hardened(f'{FROM}{INSTALL}ENTRYPOINT ["/entry.sh"]\n')
    assert result.pair is None
    assert [h.rule for h in result.by_hand][:1] == ["IH-D006"]


def test_an_old_frontend_learns_here_documents() -> None:
    text = f"# syntax=docker/dockerfile:1.2\n{FROM}{INSTALL}CMD a && b\n"
    assert hardened(text).text.startswith("# syntax=docker/dockerfile:1\nFROM")


def test_another_escape_character_keeps_the_file_as_it_is() -> None:
    text = f"# escape=`\n{FROM}{INSTALL}CMD python app.py\n"
    result = hardened(text)
    assert result.pair is None
    assert any("escape" in h.reason for h in result.by_hand)


SAMPLES = sorted(path.parent for path in SAMPLE_FILES.glob("py-*/Dockerfile"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_hardened_sample_passes_the_linter(sample: Path) -> None:
    before = read_dockerfile((sample / "Dockerfile").read_bytes(), "Dockerfile")
    context = directory(sample)
    result = harden(before, context)
    assert not result.by_hand
    after = check(read_dockerfile(result.text.encode(), "Dockerfile.hardened"), context)
    unpinned, no_ignore = "IH-D002", "IH-D010"
    left = [r for r in after.remarks if r.rule not in (unpinned, no_ignore)]
    assert not [remark for remark in left if remark.level == "error"]
    found = check(before, context).remarks
    assert len(left) < len(found)
