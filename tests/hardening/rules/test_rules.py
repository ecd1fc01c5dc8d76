"""Every rule: what it speaks of, what it does not, and the page that lists them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.dockerfiles import read_dockerfile
from ironhull.errors import DockerfileError
from ironhull.hardening import _ids
from ironhull.hardening._context import Memory
from ironhull.hardening.rules import LEVELS, RULES, Checked, Rule, check
from tests.hardening.rules.rules_page import PAGE, page

DAY = "2026-11-01"


def checked(text: str, ignored: bool = False, **options: str) -> Checked:
    """The rules on a Dockerfile whose context has no .dockerignore, unless `ignored`."""
    context = Memory({"app.py": b""}, ignored)
    return check(read_dockerfile(text.encode(), "Dockerfile"), context, today=DAY, **options)


def said(text: str, rule: str, **options: str) -> list[tuple[int, str]]:
    """What one rule says: (line, message)."""
    remarks = checked(text, **options).remarks
    return [(remark.line, remark.message) for remark in remarks if remark.rule == rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_tells_its_bad_example_from_its_good_one(rule: Rule) -> None:
    assert said(rule.bad, rule.id)
    assert not said(rule.good, rule.id)


def test_ids_are_unique_and_every_word_is_there() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)
    for rule in RULES:
        assert rule.level in LEVELS
        assert rule.title
        assert rule.why.endswith(".")
        assert rule.remedy


def test_the_rules_that_changes_name_are_there() -> None:
    known = {rule.id for rule in RULES}
    named = {v for k, v in vars(_ids).items() if k.isupper() and str(v).startswith("IH-")}
    assert named <= known


def test_the_page_is_current() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "python -m tests.hardening.rules.rules_page writes it"


@pytest.mark.parametrize(
    ("rule", "text", "speaks"),
    [
        ("IH-D001", "FROM scratch\nCOPY app /", False),
        ("IH-D001", "FROM gcr.io/distroless/static-debian13:nonroot\n", False),
        ("IH-D001", "FROM gcr.io/distroless/static-debian13:debug\n", True),
        ("IH-D001", "FROM cgr.dev/chainguard/python:latest-dev\n", True),
        ("IH-D001", "FROM dhi.io/python:3.13-debian13\n", False),
        ("IH-D001", "FROM golang:1.24 AS b\nFROM scratch\nCOPY --from=b /a /a\n", False),
        ("IH-D001", "FROM scratch AS a\nFROM a\n", False),
        ("IH-D001", "ARG BASE=debian\nFROM ${BASE}:13\n", True),
        ("IH-D002", "FROM scratch\nCOPY --from=alpine:3 /etc/ssl /etc/ssl\n", True),
        ("IH-D002", "FROM scratch AS a\nFROM a\nCOPY --from=0 /a /a\nCOPY --from=a /b /b", False),
        ("IH-D002", "FROM scratch\nRUN --mount=type=bind,from=uv:1,target=/u /u/uv\n", True),
        ("IH-D002", "FROM unused:1 AS unused\nFROM scratch\n", False),
        ("IH-D003", "FROM scratch\nUSER 0\n", True),
        ("IH-D003", "FROM scratch\nUSER root:root\n", True),
        ("IH-D003", "FROM scratch\nUSER 65532\n", False),
        ("IH-D003", "FROM scratch\nUSER app\n", False),
        ("IH-D003", "FROM scratch\nUSER 00\n", True),
        ("IH-D031", "FROM scratch\nUSER app:app\n", True),
        ("IH-D031", "FROM scratch\nUSER root\n", False),
        ("IH-D003", "FROM scratch\nUSER 65532\nUSER root\n", True),
        ("IH-D003", "FROM debian AS a\nUSER 7\nFROM a\n", False),
        ("IH-D003", "FROM ironhull/python:3.13\n", False),
        ("IH-D003", "FROM ironhull/python:3.13-dev\n", True),
        ("IH-D003", "FROM gcr.io/distroless/static-debian13:latest\n", True),
        ("IH-D003", "ARG U=1000\nFROM a\nARG U\nUSER $U\n", False),
        ("IH-D004", "FROM a\nARG NPM_TOKEN\n", True),
        ("IH-D004", "ARG DB_PASSWORD=hunter2\nFROM a\n", True),
        ("IH-D004", "FROM a\nENV SECRET_KEY=change-me\n", True),
        ("IH-D004", "FROM a AS b\nENV SECRET_KEY=not-real\nFROM c\nCOPY --from=b /x /", False),
        ("IH-D004", "FROM a AS b\nENV SECRET_KEY=k3-7dd0c1\nFROM c\nCOPY --from=b /x /", True),
        ("IH-D004", "FROM a\nENV SECRET_KEY_FILE=/run/secrets/key\n", False),
        ("IH-D004", "FROM a\nENV DATABASE_URL=postgres://app:hunter22@db/app\n", True),
        ("IH-D004", "FROM a\nENV DATABASE_URL=postgres://db/app\n", False),
        ("IH-D004", "FROM a\nCOPY .env /app/.env\n", True),
        ("IH-D004", "FROM a\nCOPY .env.example /app/.env\n", False),
        ("IH-D004", "FROM a\nCOPY id_rsa /root/.ssh/\n", True),
        ("IH-D004", "FROM a\nCOPY --from=b /tls.key /\n", False),
        ("IH-D004", "FROM a\nRUN pip install -i https://me:s3cr3t@pypi.corp/simple x\n", True),
        ("IH-D004", "FROM a\nRUN pip install -i https://me:$TOKEN@pypi.corp/simple x\n", False),
        ("IH-D004", "FROM a\nRUN export AWS_SECRET_ACCESS_KEY=abc123def && x\n", True),
        ("IH-D004", "FROM a\nENV TOKENIZERS_PARALLELISM=false\n", False),
        ("IH-D005", "FROM a\nADD https://github.com/a/b.git /src\n", True),
        ("IH-D005", f"FROM a\nADD https://github.com/a/b.git#{'a' * 40} /src\n", False),
        ("IH-D005", "FROM a\nADD x.tar.gz /\n", False),
        ("IH-D006", 'FROM a\nENTRYPOINT ["sh", "-c", "exec app"]\n', True),
        ("IH-D006", 'FROM a\nENTRYPOINT ["/app"]\n', False),
        ("IH-D006", "FROM a\nCMD x\nCMD []\n", False),
        ("IH-D007", "FROM a\nRUN curl -sL https://x | sudo -E bash -\n", True),
        ("IH-D007", 'FROM a\nRUN sh -c "$(wget -qO- https://x)"\n', True),
        ("IH-D007", "FROM a\nRUN bash <(curl -s https://x)\n", True),
        ("IH-D007", 'FROM a\nRUN eval "$(curl -s https://x)"\n', True),
        ("IH-D007", "FROM a\nRUN curl -sSL https://x | python3 - --version 1\n", True),
        ("IH-D007", "FROM a\nRUN curl -LsSf https://x | env UV_DIR=/b sh\n", True),
        ("IH-D007", "FROM a\nRUN curl https://x | tar xz && sh build.sh\n", False),
        ("IH-D007", "FROM a\nRUN curl https://x | python3 -c 'import json'\n", False),
        ("IH-D007", "FROM a\nRUN curl https://x | jq . > y; python3 y.py\n", False),
        ("IH-D007", "FROM a\nRUN <<E\ncurl https://x | sh\nE\n", True),
        ("IH-D007", "FROM a\nRUN <<-'E' bash -ex\n\tcurl https://x \\\n\t | sh\n\tE\n", True),
        ("IH-D008", "FROM a\nRUN apk add curl\n", True),
        ("IH-D008", "FROM a\nRUN apk add --no-cache curl\n", False),
        ("IH-D008", "FROM a\nRUN dnf install -y x\n", True),
        ("IH-D008", "FROM a\nRUN dnf install -y x && dnf clean all\n", False),
        ("IH-D008", "FROM a\nRUN zypper install -y x\n", True),
        ("IH-D008", "FROM a\nRUN zypper -n in x && zypper clean -a\n", False),
        ("IH-D008", "FROM a\nRUN apt-get update && rm -rf /var/lib/apt/lists/*\n", False),
        (
            "IH-D008",
            "FROM a\nRUN --mount=type=cache,target=/var/lib/apt apt-get update\n",
            False,
        ),
        ("IH-D008", "FROM a AS b\nRUN apt-get update\nFROM c\nCOPY --from=b /x /\n", False),
        ("IH-D009", "FROM a\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x\n", False),
        ("IH-D009", "FROM a\nRUN python -m pip install x\n", True),
        ("IH-D009", "FROM a\nRUN --mount=type=cache,target=/root/.cache/pip pip install x", False),
        ("IH-D009", "FROM a\nRUN npm ci && npm cache clean --force\n", False),
        ("IH-D009", "FROM a\nRUN npm ci\n", True),
        ("IH-D011", "FROM a\nCOPY . .\nRUN npm ci\n", True),
        ("IH-D011", "FROM a\nCOPY . .\nRUN npm run build\n", False),
        ("IH-D011", "FROM a\nCOPY uv.lock .\nRUN uv sync\nCOPY . .\nRUN uv sync\n", False),
        ("IH-D012", "FROM a\nEXPOSE 8000 443/tcp\n", True),
        ("IH-D012", "ARG P=80\nFROM a\nARG P\nEXPOSE $P\n", True),
        ("IH-D012", "FROM a\nEXPOSE $UNKNOWN 8080-8090\n", False),
        ("IH-D013", 'FROM a\nHEALTHCHECK CMD ["curl", "-f", "http://x"]\n', True),
        ("IH-D013", "FROM a\nHEALTHCHECK NONE\n", False),
        ("IH-D014", "FROM a\nRUN apt-get install -y sudo\n", True),
        ("IH-D015", "FROM debian:latest\n", True),
        ("IH-D015", f"FROM debian@sha256:{'1' * 64}\n", False),
        ("IH-D015", "FROM localhost:5000/debian\n", True),
        ("IH-D016", "FROM a\nRUN chmod a+rwx /x\n", True),
        ("IH-D016", "FROM a\nRUN chmod 1777 /tmp\n", False),
        ("IH-D016", "FROM a\nRUN chmod -R 0775 /x && chmod u+x /y && chmod +x /z\n", False),
        ("IH-D016", "FROM a\nCOPY --chmod=0777 x /x\n", True),
        ("IH-D016", "FROM a\nRUN chmod 666 /x\n", True),
        ("IH-D016", "FROM a\nRUN chmod +w /x && chmod g+w /x\n", False),
        ("IH-D016", "FROM a\nRUN chmod ugo=rw /x\n", True),
        ("IH-D017", "FROM a\nRUN apt-get install -y libpq-dev\n", True),
        ("IH-D017", "FROM a\nRUN apt-get install -y gcc && apt-get purge -y gcc\n", False),
        ("IH-D017", "FROM a\nRUN apk add --no-cache --virtual .b gcc && apk del .b\n", False),
        ("IH-D017", "FROM a\nRUN apt-get install -y libpq5\n", False),
        ("IH-D018", "FROM node:16\n", True),
        ("IH-D018", "FROM node:24-bookworm\n", False),
        ("IH-D018", "FROM python:3.12-alpine3.16\n", True),
        ("IH-D018", "FROM ubuntu:18.04\n", True),
        ("IH-D018", "FROM openjdk:8-jre\n", False),
        ("IH-D018", "FROM debian:buster-slim\n", True),
        ("IH-D018", "FROM corp/node:16\n", False),
        ("IH-D019", "FROM a\nADD rootfs.tar.xz /\n", False),
        ("IH-D021", "FROM a\nRUN apt-get -o APT::Install-Recommends=false install x\n", False),
        ("IH-D023", "FROM a\nRUN x\n", False),
        ("IH-D024", "FROM a\nCMD x\nFROM b\nCMD y\n", False),
        ("IH-D025", "FROM a\nWORKDIR app\n", True),
        ("IH-D025", "FROM a\nWORKDIR /x\nWORKDIR app\nRUN cd y && ls\n", False),
        ("IH-D026", "FROM a\nRUN curl -fsSkL https://x\n", True),
        ("IH-D026", "FROM a\nRUN curl -ok https://x\n", False),
        ("IH-D026", "FROM a\nENV NODE_TLS_REJECT_UNAUTHORIZED=0\n", True),
        ("IH-D026", "FROM a\nRUN npm config set strict-ssl false\n", True),
        ("IH-D026", "FROM a\nRUN apt-get install --allow-unauthenticated x\n", True),
        ("IH-D027", "FROM a\nRUN apt-get install -y openssh-server\n", True),
        ("IH-D030", "FROM a\nRUN apk upgrade --no-cache\n", True),
    ],
)
def test_what_a_rule_speaks_of(rule: str, text: str, speaks: bool) -> None:
    assert bool(said(text, rule)) is speaks


def test_a_context_without_dockerignore_is_told_once() -> None:
    text = "FROM a\nCOPY . /a\nCOPY . /b\n"
    assert [line for line, _ in said(text, "IH-D010")] == [0]
    assert not [r for r in checked(text, ignored=True).remarks if r.rule == "IH-D010"]


def test_stages_that_the_target_does_not_need_are_not_looked_at() -> None:
    text = "FROM a AS lint\nRUN sudo x\nFROM b AS app\nUSER 7\nFROM app AS test\nRUN sudo y\n"
    assert [line for line, _ in said(text, "IH-D014")] == [6]
    assert not said(text, "IH-D014", target="app")


def test_a_remark_knows_its_lines_and_what_to_do() -> None:
    (remark,) = [r for r in checked("FROM a\nRUN ls \\\n  && sudo x\n").remarks if "D014" in r.rule]
    assert (remark.line, remark.end, remark.text) == (2, 3, "RUN ls \\")
    assert "USER root" in remark.remedy


def test_comments_leave_rules_out() -> None:
    text = (
        "# ironhull ignore-file=IH-D023 probes do it\n"
        "FROM a\n"
        "# ironhull ignore=IH-D012,IH-D027 the contract says so\n"
        "EXPOSE 22\n"
        "RUN ls \\\n"
        "  # ironhull ignore=IH-D014\n"
        "  && sudo x\n"
        "EXPOSE 23\n"
        'CMD ["x"]\n'
    )
    result = checked(text)
    assert {r.rule for r in result.ignored} == {"IH-D012", "IH-D027", "IH-D014", "IH-D023"}
    assert [(r.rule, r.line) for r in result.remarks if r.rule == "IH-D012"] == [("IH-D012", 8)]
    assert not result.problems


def test_comments_that_leave_nothing_out_are_told() -> None:
    text = (
        "# ironhull ignore=IH-D999\nFROM a\n# ironhull ignore=\nUSER 1\n# ironhull ignore=IH-D003\n"
    )
    messages = [problem.message for problem in checked(text).problems]
    assert len(messages) == 3
    assert "IH-D999" in messages[0]
    assert checked(text).problems[0].where == "Dockerfile:1"


def test_remarks_come_in_the_order_of_the_lines() -> None:
    remarks = checked("FROM python:3.8\nRUN sudo pip install x\nCMD python\n").remarks
    assert list(remarks) == sorted(remarks, key=lambda r: (r.line, r.rule))


@given(st.text("FROMRUNCOPYENV aAb:/=\\\n\"'$({|;&<>#-1.", max_size=200))
def test_any_dockerfile_is_checked_or_refused(text: str) -> None:
    try:
        result = checked(f"FROM a\n{text}")
    except DockerfileError:
        return
    assert all(remark.line >= 0 for remark in result.remarks)
