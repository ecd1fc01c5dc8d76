"""What the rules say of a Dockerfile in every format."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from ironhull.dockerfiles import read_dockerfile
from ironhull.formats import CHECK_FORMATS
from ironhull.formats.json_check import write_check_json
from ironhull.formats.sarif_check import write_check_sarif
from ironhull.formats.text_check import write_check, write_check_markdown
from ironhull.hardening.rules import RULES, Checked, Remark, check
from ironhull.limits import LIMITS

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
TEXT = """\
FROM python:3.13
# ironhull ignore=IH-D012 asked for
EXPOSE 80
# ironhull ignore=IH-D999
RUN curl -s https://example.com/{x} | sh \\
  && true
"""


@pytest.fixture(name="checked")
def _checked() -> Checked:
    return check(read_dockerfile(TEXT.encode(), "service/Dockerfile"), None, today="2026-11-01")


def test_text_says_where_what_and_what_to_do_once(checked: Checked) -> None:
    lines = write_check(checked).splitlines()
    assert lines[-1].startswith("service/Dockerfile: 2 errors, ")
    assert lines[-1].endswith(", 1 ignored by comments")
    at = next(i for i, line in enumerate(lines) if "IH-D007" in line)
    assert lines[at].startswith("service/Dockerfile:5: error IH-D007  ")
    assert lines[at + 1] == "    | RUN curl -s https://example.com/{x} | sh \\"
    assert "checksum" in lines[at + 2]
    assert any(line.startswith("service/Dockerfile:4: there is no rule IH-D999") for line in lines)


def test_a_dockerfile_nobody_objects_to() -> None:
    assert write_check(Checked("Dockerfile", ())) == "Dockerfile: nothing to say\n"


def test_json_is_as_its_schema_says(checked: Checked) -> None:
    schema = json.loads((SCHEMAS / "harden-check.schema.json").read_text(encoding="utf-8"))
    document = json.loads(write_check_json(checked))
    jsonschema_rs.validator_for(schema).validate(document)
    assert sum(document["counts"].values()) == len(document["remarks"])
    assert [each["rule"] for each in document["ignored"]] == ["IH-D012"]


def test_sarif_has_a_rule_for_every_id_and_suppresses_what_is_ignored(checked: Checked) -> None:
    log = json.loads(write_check_sarif(checked))
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    suppressed = [r["ruleId"] for r in run["results"] if "suppressions" in r]
    assert suppressed == ["IH-D012"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"] <= 6
    piped = next(r for r in run["results"] if r["ruleId"] == "IH-D007")
    assert piped["locations"][0]["physicalLocation"]["region"] == {"startLine": 5, "endLine": 6}
    assert piped["level"] == "error"
    assert "{{x}}" in piped["message"]["text"]
    marks = [r["partialFingerprints"]["ironhullRemark/v1"] for r in run["results"]]
    assert len(set(marks)) == len(marks)
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "IH-D999" in note["message"]["text"]


def test_markdown_fits_into_a_comment() -> None:
    remark = Remark("IH-D014", "warning", 2, 2, "RUN sudo x", "a | b\x1b[0m", "c")
    text = write_check_markdown(Checked("Dockerfile", (remark,) * 5_000))
    assert len(text) <= LIMITS.markdown_characters
    assert "remarks left out" in text
    assert "\x1b" not in text
    assert "a \\| b" in text


@pytest.mark.parametrize("row", CHECK_FORMATS, ids=lambda row: row.name)
def test_every_format_writes_what_no_encoding_has(row: object) -> None:
    dockerfile = read_dockerfile(b"FROM python:3.13\nRUN sudo \xff\n", "\udcff")
    assert row.write(check(dockerfile))  # type: ignore[attr-defined]
