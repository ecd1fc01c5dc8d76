"""Rules of Trivy's ignore files about licences allow what they name."""

import pytest

from ironhull.ignore.files import parse
from ironhull.ignore.licenses import apply_to_licenses
from ironhull.ignore.marking import apply
from ironhull.model import LicenseFinding, Package, RuleUse, Subject
from ironhull.values import replace

NOW = "2026-11-22T00:00:00Z"
SUBJECT = Subject("web:1")
TOOL = Package("npm", "tool", "1.0")
GPL = LicenseFinding("GPL-3.0-only", "restricted", "high", TOOL, "app/tool/package.json")
TEXT = replace(GPL, package=None, path="opt/COPYING", source="text", state="denied", because="x")


def judged(text: str) -> tuple[list[str], tuple[RuleUse, ...]]:
    """The paths of the licences a file allows, and what became of its rules."""
    rules = parse(text.encode(), ".trivyignore.yaml")
    _, uses = apply((), rules, SUBJECT, now=NOW)
    found, after = apply_to_licenses((GPL, TEXT), rules, uses, SUBJECT, now=NOW)
    return [each.path for each in found if each.state == "allowed"], after


@pytest.mark.parametrize(
    ("rule", "allowed", "state"),
    [
        ("id: GPL-3.0-only", [GPL.path, TEXT.path], "used"),
        ("id: gpl-3.0-only", [GPL.path, TEXT.path], "used"),
        ("id: GPL-3.0", [], "unused"),
        ("id: GPL-3.0-only\n    paths: [opt/*]", [TEXT.path], "used"),
        ("id: GPL-3.0-only\n    purls: ['pkg:npm/tool']", [GPL.path], "used"),
        ("id: GPL-3.0-only\n    purls: ['pkg:npm/other']", [], "unused"),
        ("id: GPL-3.0-only\n    expired_at: 2026-11-22", [], "expired"),
        ("id: GPL-3.0-only\n    expired_at: 2026-11-23", [GPL.path, TEXT.path], "used"),
    ],
)
def test_rules(rule: str, allowed: list[str], state: str) -> None:
    found, (use,) = judged(f"licenses:\n  - {rule}\n    statement: agreed\n")
    assert found == allowed
    assert (use.state, use.findings) == (state, len(allowed))


def test_why_is_told() -> None:
    rules = parse(b"licenses:\n  - id: GPL-3.0-only\n    statement: agreed\n", ".trivyignore.yaml")
    _, uses = apply((), rules, SUBJECT, now=NOW)
    (found,), _ = apply_to_licenses((TEXT,), rules, uses, SUBJECT, now=NOW)
    assert found.because.startswith("ignored (.trivyignore.yaml:")
    assert found.because.endswith("): agreed")


def test_rules_about_other_things_allow_nothing() -> None:
    assert judged("vulnerabilities:\n  - id: GPL-3.0-only\n")[0] == []
