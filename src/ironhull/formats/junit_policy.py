"""Verdicts as JUnit XML: a case per policy; one that had no data is skipped, never passed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ironhull.formats._findings import moment
from ironhull.formats._xml import attributes, text_of
from ironhull.formats.text_policy import unchecked
from ironhull.formats.text_table import plural, problems_of
from ironhull.model import Report, Verdict

__all__ = ["write_policies_junit"]


def write_policies_junit(report: Report) -> bytes:
    """The document: failures are policies not met, errors those that could not be evaluated."""
    states = [verdict.state for verdict in report.verdicts]
    beside = [("coverage", f"vulnerabilities: {note}") for note in unchecked(report)]
    beside += [(f"problem {p.stage}", f"{p.where}: {p.message}") for p in problems_of(report)]
    cases = [_case(verdict) for verdict in report.verdicts]
    for kind, said in beside:
        about = attributes(classname=kind, name=said)
        cases.append(f"<testcase{about}>\n<skipped{attributes(message=said)}/>\n</testcase>\n")
    counts = attributes(
        tests=len(cases),
        failures=states.count("not met"),
        errors=states.count("error"),
        skipped=states.count("no data") + len(beside),
        time="0",
    )
    subject = report.sbom.subject
    about = attributes(name=f"{subject.name}: policies") + counts
    about += attributes(timestamp=moment(report)[:19])
    head = f"<testsuites{attributes(name=f'ironhull policy {subject.name}')}{counts}>"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f"{head}\n<testsuite{about}>\n",
        f"<properties>\n{''.join(_properties(report))}</properties>\n",
        *cases,
        "</testsuite>\n</testsuites>\n",
    ]
    return "".join(parts).encode()


def _properties(report: Report) -> Iterator[str]:
    subject, made = report.sbom.subject, report.made_with
    facts = {
        "image": subject.name,
        "digest": subject.digest,
        "platform": str(subject.platform or ""),
        "ironhull": made.ironhull,
        "advisory_data": made.index_digest,
    }
    for name, value in facts.items():
        if value:
            yield f"<property{attributes(name=name, value=value)}/>\n"


def _case(verdict: Verdict) -> str:
    about = attributes(classname=verdict.name, name=verdict.title, time="0")
    if verdict.state == "met":
        return f"<testcase{about}/>\n"
    return f"<testcase{about}>\n{_outcome(verdict)}\n</testcase>\n"


def _outcome(verdict: Verdict) -> str:
    if verdict.state == "no data":
        why = verdict.message or "the policy does not say why"
        return f"<skipped{attributes(message=f'no data: {why}')}/>"
    if verdict.state == "error":
        return f"<error{attributes(message=verdict.message, type='policy')}/>"
    found = verdict.violations
    said = found[0].message if len(found) == 1 else plural(len(found), "deviation")
    message = attributes(message=f"{verdict.shown}: {said}", type=verdict.result_type)
    lines = []
    for each in found:
        lines.append(each.message)
        if each.detail:
            lines.append(f"  {json.dumps(dict(each.detail), ensure_ascii=False)}")
        if each.remediation:
            lines.append(f"  remedy: {each.remediation}")
    return f"<failure{message}>{text_of(chr(10).join(lines))}</failure>"
