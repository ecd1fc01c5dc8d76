"""Rules about secrets hide what they name; baselines hide what was seen before."""

import json
from pathlib import Path

import pytest

from ironhull.errors import ConfigError
from ironhull.ignore.files import parse
from ironhull.ignore.marking import apply
from ironhull.ignore.secrets import apply_to_secrets, in_baseline, read_baseline
from ironhull.model import RuleUse, SecretFinding, Subject
from ironhull.values import replace

NOW = "2026-11-22T00:00:00Z"
KEY = SecretFinding(
    "private-key", "keys", "Private key", "high", "app/dev/tls.key", 1, 3, "****", "a" * 32
)
TOKEN = replace(KEY, rule="github-token", path="app/.env", fingerprint="b" * 32)
SUBJECT = Subject("web:1")


def marked(text: str, name: str = "f.yaml") -> tuple[list[str], tuple[RuleUse, ...]]:
    """The paths of the secrets a file hides, and what became of its rules."""
    rules = parse(text.encode(), name)
    _, uses = apply((), rules, SUBJECT, now=NOW)
    found, after = apply_to_secrets((KEY, TOKEN), rules, uses, SUBJECT, now=NOW)
    return [each.path for each in found if each.ignored], after


@pytest.mark.parametrize(
    ("keys", "hidden"),
    [
        ("secret: private-key", ["app/dev/tls.key"]),
        ("secret: Private-Key", ["app/dev/tls.key"]),
        ("secret: [private-key, github-token]", ["app/dev/tls.key", "app/.env"]),
        (f"secret: {'b' * 32}", ["app/.env"]),
        ("secret: private-key\n    paths: app/dev/**", ["app/dev/tls.key"]),
        ("secret: private-key\n    paths: srv/**", []),
        ("secret: private-key\n    image: other", []),
        ("secret: private-key\n    until: 2026-11-22", []),
        ("secret: private-key\n    until: 2026-11-23", ["app/dev/tls.key"]),
        ("id: private-key", []),
        ("package: tls.key", []),
    ],
)
def test_own_rules(keys: str, hidden: list[str]) -> None:
    found, _ = marked(f"ignore:\n  - {keys}\n    reason: x\n")
    assert found == hidden


def test_rules_of_other_files() -> None:
    assert marked("secrets:\n  - id: private-key\n    paths: [app/dev/*]\n")[0] == [KEY.path]
    assert marked("vulnerabilities:\n  - id: private-key\n")[0] == []
    assert marked("# ours\ngithub-token\n", ".trivyignore")[0] == [TOKEN.path]


def test_what_became_of_a_rule_is_told() -> None:
    text = "".join(
        f"  - {keys}\n    reason: r\n"
        for keys in (
            "secret: private-key",
            "secret: aws-access-key-id",
            "secret: github-token\n    until: 2026-01-01",
            "secret: github-token\n    image: other",
            "id: CVE-2020-1",
        )
    )
    _, uses = marked(f"ignore:\n{text}")
    assert [(use.state, use.findings) for use in uses] == [
        ("used", 1),
        ("unused", 0),
        ("expired", 0),
        ("other image", 0),
        ("unused", 0),
    ]


def test_the_rule_is_kept_with_the_finding() -> None:
    rules = parse(
        b"ignore:\n- secret: github-token\n  reason: local\n  until: 2030-01-01\n", "f.yml"
    )
    _, uses = apply((), rules, SUBJECT, now=NOW)
    found, _ = apply_to_secrets((TOKEN,), rules, uses, SUBJECT, now=NOW)
    assert found[0].ignored is not None
    assert (found[0].ignored.reason, found[0].ignored.until) == ("local", "2030-01-01")


def test_a_rule_about_both_kinds_is_refused() -> None:
    with pytest.raises(ConfigError, match="a rule about secrets and packages"):
        parse(b"ignore:\n- secret: x\n  package: y\n  reason: z\n", "f.yaml")


# ── baselines ────────────────────────────────────────────────────────────────────────────────────


def test_a_baseline_hides_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "seen.json"
    path.write_text(json.dumps({"secrets": {"findings": [{"fingerprint": TOKEN.fingerprint}]}}))
    ignored = hidden((KEY, TOKEN), path)
    assert ignored == {TOKEN.path: ("in the baseline", str(path))}
    lines = [json.dumps({"secrets": {"findings": [{"fingerprint": f}]}}) for f in ("x", "a" * 32)]
    path.write_text("\n".join(lines) + "\n")
    assert list(hidden((KEY, TOKEN), path)) == [KEY.path]


def hidden(findings: tuple[SecretFinding, ...], path: Path) -> dict[str, tuple[str, str]]:
    found = in_baseline(findings, read_baseline(path), str(path))
    return {f.path: (f.ignored.reason, f.ignored.where) for f in found if f.ignored}


def test_what_a_rule_hides_keeps_its_rule() -> None:
    rules = parse(b"ignore:\n- secret: github-token\n  reason: local\n", "f.yml")
    _, uses = apply((), rules, SUBJECT, now=NOW)
    found, _ = apply_to_secrets((TOKEN,), rules, uses, SUBJECT, now=NOW)
    (again,) = in_baseline(found, {TOKEN.fingerprint}, "seen.json")
    assert again.ignored is not None
    assert again.ignored.reason == "local"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"x", b"[]", b"{}", b"\xff", b"[" * 100_000),
        b'{"secrets": null}',
        b'{"secrets": {"findings": [{}]}}',
        b'{"secrets": {"findings": [{"fingerprint": []}]}}',
    ],
)
def test_what_is_no_baseline_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "seen.json"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="not a report with secrets"):
        read_baseline(path)


def test_a_baseline_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the baseline"):
        read_baseline(tmp_path / "none.json")
