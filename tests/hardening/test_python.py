"""Python: what installers put where, and what the two images get of it."""

import pytest

from ironhull.harden import Options
from tests.hardening.hardened import builder, hardened, runtime

PLAIN = """\
FROM python:3.13-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
CMD ["python", "app.py"]
"""


def test_a_plain_one_whole() -> None:
    result = hardened(PLAIN)
    assert result.text == (
        "FROM ironhull/python:3.13-debian13-dev AS builder\n"
        "WORKDIR /app\n"
        "ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH\n"
        "RUN python3 -m venv /opt/venv\n"
        "COPY requirements.txt .\n"
        "RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt\n"
        "RUN pip uninstall --yes pip\n"
        "\n"
        "FROM ironhull/python:3.13-debian13\n"
        "ENV PATH=/opt/venv/bin:$PATH\n"
        "WORKDIR /app\n"
        "COPY --from=builder /opt/venv /opt/venv\n"
        "COPY . .\n"
        "USER 65532:65532\n"
        'CMD ["python", "app.py"]\n'
    )
    assert not result.by_hand
    assert result.language == "python"
    assert {c.rule for c in result.changes} == {"IH-D001", "IH-D003", "IH-D009", "IH-D010"}
    assert result.ignore is not None
    assert ".venv\n" in result.ignore


def test_every_base_is_pinned_by_what_is_known() -> None:
    options = Options(pin=lambda name: "sha256:" + "0" * 64 if name.endswith("13") else "")
    result = hardened(PLAIN, options=options)
    assert f"FROM ironhull/python:3.13-debian13@sha256:{'0' * 64}\n" in result.text
    assert "FROM ironhull/python:3.13-debian13-dev AS builder\n" in result.text


@pytest.mark.parametrize(
    ("tag", "version"),
    [("3.11-slim", "3.11"), ("3.12-alpine", "3.13"), ("latest", "3.13"), ("3.8", "3.11")],
)
def test_the_nearest_version_is_taken_and_said(tag: str, version: str) -> None:
    result = hardened(PLAIN.replace("3.13-slim", tag))
    assert result.pair is not None
    assert result.pair.version == version
    said = [c.reason for c in result.changes if c.rule == "IH-D001"]
    exact = tag.startswith(version) or tag == "latest"
    assert any(version in reason for reason in said) is not exact


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ("pip install --user flask", "pip install flask"),
        ("sudo pip3 install --break-system-packages flask", "pip3 install flask"),
        ("python -m pip install --prefix=/install flask", "python -m pip install flask"),
        ("uv pip install --system flask", "uv pip install flask"),
        ("pipenv install --system --deploy", "pipenv install --deploy"),
    ],
)
def test_packages_go_into_the_virtual_environment(command: str, after: str) -> None:
    text = f"FROM python:3.13-slim\nRUN {command}\nCMD python app.py\n"
    made = builder(hardened(text))
    line = next(row for row in made.splitlines() if after in row)
    assert line.endswith(after)
    assert "python3 -m venv" in made[: made.index(line)]


def test_tools_of_the_build_are_apart() -> None:
    text = (
        "FROM python:3.13-slim\nWORKDIR /app\nCOPY pyproject.toml poetry.lock ./\n"
        "RUN pip install poetry==2.1.4 && poetry config virtualenvs.create false \\\n"
        "    && poetry install --no-root\n"
        'COPY . .\nCMD ["poetry", "run", "uvicorn", "app:app"]\n'
    )
    result = hardened(text, {"pyproject.toml": b"", "poetry.lock": b"", "app.py": b""})
    assert "/opt/tools/bin/pip install poetry==2.1.4" in builder(result)
    assert 'CMD ["uvicorn", "app:app"]' in runtime(result)
    assert "COPY --from=builder /opt/venv /opt/venv" in runtime(result)
    assert "tools" not in runtime(result)


@pytest.mark.parametrize("path", ["/app/.venv", "/opt/env", "/venv"])
def test_a_virtual_environment_of_the_input_stays_where_it_is(path: str) -> None:
    text = (
        f"FROM python:3.13-slim AS deps\nRUN python -m venv {path}\n"
        f"COPY requirements.txt .\nRUN {path}/bin/pip install -r requirements.txt\n"
        f"FROM python:3.13-slim\nCOPY --from=deps {path} {path}\nCOPY . /app\n"
        f'CMD ["{path}/bin/python", "/app/app.py"]\n'
    )
    result = hardened(text)
    assert result.text.count("-m venv") == 1
    assert f"RUN {path}/bin/python3 -m pip uninstall --yes pip" in builder(result)
    assert f"COPY --from=deps {path} {path}" in runtime(result)


@pytest.mark.parametrize(
    "copies",
    [
        "COPY --from=deps /root/.local /root/.local\nENV PATH=/root/.local/bin:$PATH",
        "COPY --from=deps /usr/local/lib/python3.13/site-packages "
        "/usr/local/lib/python3.13/site-packages\nCOPY --from=deps /usr/local/bin /usr/local/bin",
        "COPY --from=deps /usr/local /usr/local",
    ],
)
def test_packages_that_another_stage_installed_are_found(copies: str) -> None:
    text = (
        "FROM python:3.13-slim AS deps\nRUN pip install flask\n"
        f"FROM python:3.13-slim\n{copies}\nCOPY app.py .\nCMD python app.py\n"
    )
    last = runtime(hardened(text))
    assert last.count("COPY --from=") == 1
    assert "COPY --from=deps /opt/venv /opt/venv" in last
    assert "ENV PATH=/opt/venv/bin:$PATH" in last
    assert "/root" not in last
    assert "/usr/local" not in last


def test_stages_of_other_languages_stay() -> None:
    text = (
        "FROM node:20 AS web\nWORKDIR /web\nRUN npm ci && npm run build\n"
        "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
        "COPY --from=web /web/dist static\nCMD python app.py\n"
    )
    result = hardened(text)
    assert result.text.startswith("FROM node:20 AS web\nWORKDIR /web\nRUN npm ci && npm run build")
    assert "COPY --from=web /web/dist static" in runtime(result)


def test_steps_that_write_are_done_in_the_builder_and_their_result_is_taken() -> None:
    text = PLAIN.replace("CMD", "RUN python manage.py collectstatic --noinput\nCMD")
    result = hardened(text)
    made = builder(result)
    assert made.index("COPY . .") < made.index("collectstatic")
    assert "COPY --from=builder /app /app" in runtime(result)
    assert "COPY . ." not in runtime(result)


def test_an_installed_project_leaves_its_sources_behind() -> None:
    text = (
        "FROM python:3.13-slim\nCOPY . /src\nRUN pip install /src\n"
        'WORKDIR /data\nENTRYPOINT ["tool"]\n'
    )
    result = hardened(text, {"pyproject.toml": b"[project]\nname='tool'\n", "tool.py": b""})
    assert "COPY . /src" in builder(result)
    assert "/src" not in runtime(result)


def test_headers_of_the_base_are_named_where_something_is_compiled() -> None:
    text = PLAIN.replace("RUN", "RUN apt-get update && apt-get install -y gcc libpq-dev\nRUN")
    result = hardened(text)
    assert "apt-get install -y gcc libpq-dev python3-dev" in builder(result)
    assert "/carried" in runtime(result)
    assert "FROM ironhull/python:3.13-debian13 AS runtime\n" in result.text


def test_what_a_fat_image_gave_unasked_is_asked_for() -> None:
    files = {"requirements.txt": b"psycopg2==2.9.10\npython-magic\n", "app.py": b""}
    result = hardened(PLAIN.replace("3.13-slim", "3.13"), files)
    made = builder(result)
    assert "libpq-dev" in made
    assert "python3-dev" in made
    assert "for package in libmagic1; do" in made
    assert "apt-get" not in hardened(PLAIN, files).text


def test_alpine_packages_get_their_names_of_debian() -> None:
    text = PLAIN.replace("3.13-slim", "3.13-alpine").replace(
        "RUN", "RUN apk add --no-cache postgresql-dev musl-dev gcc libpq\nRUN", 1
    )
    made = " ".join(builder(hardened(text)).replace("\\\n", "").split())
    names = "libpq-dev libc6-dev gcc libpq5 python3-dev"
    assert f"apt-get install -y --no-install-recommends {names} && rm -rf" in made
    assert "apk" not in made


def test_an_unknown_package_of_alpine_is_left_to_a_person() -> None:
    text = PLAIN.replace("RUN", "RUN apk add left-pad-tools\nRUN", 1)
    result = hardened(text.replace("3.13-slim", "3.13-alpine"))
    assert result.pair is None
    assert any(h.text == "left-pad-tools" for h in result.by_hand)
    assert "apk add left-pad-tools" in result.text


def test_programs_that_the_sources_start_are_carried() -> None:
    files = {
        "requirements.txt": b"flask\n",
        "app.py": b"import subprocess\nsubprocess.run(['git', 'log'])\n",
    }
    text = PLAIN.replace("RUN", "RUN apt-get update && apt-get install -y git curl\nRUN", 1)
    assert "for package in git; do" in hardened(text, files).text
    assert "/carried" not in hardened(text).text


def test_a_shell_that_the_sources_want_is_said() -> None:
    files = {"requirements.txt": b"flask\n", "app.py": b"import os\n\nos.system('ls')\n"}
    result = hardened(PLAIN, files)
    assert [(h.rule, h.text) for h in result.by_hand] == [("IH-D006", "os.system('ls')")]
    assert "app.py:3" in result.by_hand[0].reason


@pytest.mark.parametrize(
    "source",
    [
        "open('state.txt', 'w')",
        "import sqlite3; sqlite3.connect('db.sqlite3')",
        "x='sqlite:///a.db'",
    ],
)
def test_what_the_sources_write_is_the_apps_own(source: str) -> None:
    files = {"requirements.txt": b"flask\n", "app.py": source.encode()}
    assert "COPY --from=builder --chown=65532:65532 /app /app" in runtime(hardened(PLAIN, files))


@pytest.mark.parametrize("family", ["dhi", "distroless", "chainguard"])
def test_other_families(family: str) -> None:
    result = hardened(PLAIN, options=Options(family=family))
    assert result.pair is not None
    assert result.pair.family == family
    assert "ENTRYPOINT []\nCMD" in runtime(result)
    relinked = "ln -sf /usr/bin/python3 /opt/venv/bin/python3" in builder(result)
    assert relinked is (family == "distroless")


def test_programs_that_a_fat_image_gave_unasked_are_installed_once() -> None:
    text = (
        "FROM python:3.12\nWORKDIR /app\nRUN apt-get update && apt-get install -y unzip\n"
        "RUN curl -o /tmp/a.zip https://example.org/a.zip && unzip /tmp/a.zip -d /opt/a\n"
        "RUN git clone https://example.org/b.git /opt/b\nCMD python app.py\n"
    )
    made = builder(hardened(text))
    assert made.count("--no-install-recommends curl git ") == 1
    assert made.index("recommends curl git") < made.index("RUN curl")
    assert "recommends" not in hardened(text.replace("3.12", "3.12-slim")).text


def test_uv_has_the_bases_python_and_is_there() -> None:
    text = (
        "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\nWORKDIR /app\nCOPY . .\n"
        'RUN uv sync --locked\nENV PATH="/app/.venv/bin:$PATH"\nCMD ["uv", "run", "app.py"]\n'
    )
    files = {"pyproject.toml": b"", "uv.lock": b"", "app.py": b"", ".python-version": b"3.12\n"}
    result = hardened(text, files)
    assert "ENV UV_PYTHON=python3 UV_PYTHON_DOWNLOADS=never" in builder(result)
    assert "/opt/tools/bin/pip install uv" in builder(result)
    assert "COPY --from=builder /app/.venv /app/.venv" in runtime(result)
    assert 'CMD ["python3", "app.py"]' in runtime(result)


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        ("curl -s https://example.org/i | sh", "IH-D007"),
        ("make install", "IH-D020"),
        ("tar -xf /x.tar -C /usr/local", "IH-D020"),
        ("sh install.sh", "IH-D020"),
    ],
)
def test_steps_whose_results_are_not_certain_are_said(step: str, rule: str) -> None:
    result = hardened(PLAIN.replace("CMD", f"RUN {step}\nCMD"))
    assert result.pair is not None
    assert f"RUN {step}" in builder(result)
    assert [h.rule for h in result.by_hand] == [rule]
    assert "/app" in result.by_hand[0].reason
