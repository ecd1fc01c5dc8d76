"""Ignore files: what is read, and that what is not understood is named and stops the run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ConfigError
from ironhull.ignore import NAMES
from ironhull.ignore.files import find_files, load, parse
from ironhull.limits import LIMITS

PLAIN = b"""\
# Accept the risk
CVE-2018-14618

# until the upgrade
CVE-2019-14697 exp:2027-01-01
CVE-2019-1543\t# no impact
AVD-DS-0002\r

generic-unwanted-rule
"""

TRIVY = b"""\
vulnerabilities:
  - id: CVE-2022-40897
    paths:
      - "usr/local/lib/python3.9/site-packages/setuptools-58.1.0.dist-info/METADATA"
    statement: Accept the risk
  - id: CVE-2023-2650
  - id: CVE-2023-3817
    purls:
      - "pkg:deb/debian/libssl1.1"
    expired_at: 2027-09-01
misconfigurations:
  - id: AVD-DS-0001
secrets:
  - id: aws-access-key-id
    paths: [foo/bar/aws.secret]
licenses:
  - id: GPL-3.0
"""

OWN = b"""\
ignore:
  - id: [CVE-2024-1234, GHSA-aaaa-bbbb-cccc]
    package: openssl
    version: 3.0.*
    reason: the code is
      not reachable
    until: 2027-01-31
    author: security@example.org
  - purl: pkg:npm/%40scope/name@1.*
    paths: app/**
    image: registry.example/*
    reason: gone soon
"""


def test_plain_text() -> None:
    rules = parse(PLAIN, ".trivyignore")
    assert [(r.where, r.ids, r.reason, r.until) for r in rules] == [
        (".trivyignore:2", ("cve-2018-14618",), "Accept the risk", ""),
        (".trivyignore:5", ("cve-2019-14697",), "until the upgrade", "2027-01-01"),
        (".trivyignore:6", ("cve-2019-1543",), "no impact", ""),
        (".trivyignore:7", ("avd-ds-0002",), "until the upgrade", ""),
        (".trivyignore:9", ("generic-unwanted-rule",), "", ""),
    ]
    assert {r.about for r in rules} == {""}


def test_trivys_yaml() -> None:
    rules = parse(TRIVY, "x/.trivyignore.yaml")
    assert [(r.where, r.what, r.about) for r in rules] == [
        (
            "x/.trivyignore.yaml:2",
            "CVE-2022-40897, paths usr/local/lib/python3.9/site-packages/"
            "setuptools-58.1.0.dist-info/METADATA",
            "vulnerability",
        ),
        ("x/.trivyignore.yaml:6", "CVE-2023-2650", "vulnerability"),
        ("x/.trivyignore.yaml:7", "CVE-2023-3817, purls pkg:deb/debian/libssl1.1", "vulnerability"),
        ("x/.trivyignore.yaml:12", "AVD-DS-0001", "misconfiguration"),
        ("x/.trivyignore.yaml:14", "aws-access-key-id, paths foo/bar/aws.secret", "secret"),
        ("x/.trivyignore.yaml:17", "GPL-3.0", "license"),
    ]
    assert rules[0].reason == "Accept the risk"
    assert rules[2].until == "2027-09-01"


def test_our_own() -> None:
    first, second = parse(OWN, ".ironhullignore.yaml")
    assert first.ids == ("cve-2024-1234", "ghsa-aaaa-bbbb-cccc")
    assert (first.packages, first.versions) == (("openssl",), ("3.0.*",))
    assert first.reason == "the code is not reachable"
    assert (first.until, first.author) == ("2027-01-31", "security@example.org")
    assert first.what == "CVE-2024-1234, GHSA-aaaa-bbbb-cccc, package openssl, version 3.0.*"
    assert second.images == ("registry.example/*",)
    assert second.what == ("purl pkg:npm/%40scope/name@1.*, paths app/**, image registry.example/*")


@pytest.mark.parametrize("data", [b"", b"\n# only comments\n", b"\xef\xbb\xbf"])
def test_nothing_is_no_rule(data: bytes) -> None:
    assert parse(data, ".trivyignore") == ()
    assert parse(data, ".trivyignore.yaml") == ()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"CVE-1,CVE-2", "f:1:1: 'CVE-1,CVE-2' is no identifier"),
        (b"\n  CVE-*", "f:2:3: 'CVE-*' is no identifier"),
        (b"CVE-1 CVE-2", "f:1:7: 'CVE-2' is not understood"),
        (b"CVE-1 exp:tomorrow", "f:1:7: 'tomorrow' is no date"),
        (b"CVE-1 exp:2026-02-30", "f:1:7: '2026-02-30' is no date"),
        (b"CVE-1 exp:2026-02-03 exp:2027-02-03", "f:1:22: 'exp:2027-02-03' is not understood"),
        (b"CVE-1 until:2026-02-03", "f:1:7: 'until:2026-02-03' is not understood"),
        (b"CVE-1\nok\xff", "f:2:3: not UTF-8 text"),
        (b"CVE-\x1b[31m", r"f:1:1: 'CVE-\\x1b[31m' is no identifier"),
        (b"a" * 5000, "f:1:1: a line of 5,000 characters"),
    ],
)
def test_plain_text_that_is_not_understood(data: bytes, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(data, "f")
    assert caught.value.message.startswith(complaint)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("vulnerabilties: []", "f.yaml:1:1: no key 'vulnerabilties' is known here"),
        ("ignore:\n  - id: X\n    reasn: y", "f.yaml:3:5: no key 'reasn' is known here"),
        ("vulnerabilities:\n  - id: X\n    path: [a]", "f.yaml:3:5: no key 'path' is known here"),
        ("vulnerabilities:\n  - statement: x", "f.yaml:2:5: a rule without id"),
        ("vulnerabilities:\n  - CVE-1", "f.yaml:2:5: a rule must be a mapping"),
        ("vulnerabilities: CVE-1", "f.yaml:1:1: vulnerabilities must be a list"),
        ("vulnerabilities:\n  - id: X\n    paths: a", "f.yaml:3:5: paths must be a list"),
        ("vulnerabilities:\n  - id: X\n    paths: []", "f.yaml:3:5: paths is empty"),
        ("vulnerabilities:\n  - id: X\n    purls: [deb]", "f.yaml:3:5: 'deb' is no package URL"),
        ("vulnerabilities:\n  - id: X\n    expired_at: soon", "f.yaml:3:5: 'soon' is no date"),
        ("vulnerabilities:\n  - id: 'CVE-*'", "f.yaml:2:5: 'CVE-*' is no identifier"),
        ("ignore:\n  - id: CVE-1", "f.yaml:2:5: a rule without reason"),
        ("ignore:\n  - id: CVE-1\n    reason: ' '", "f.yaml:3:5: reason must be a text"),
        ("ignore:\n  - reason: x", "f.yaml:2:5: a rule without id, secret, package or purl"),
        ("ignore:\n  - id: X\n    reason: x\n    until:", "f.yaml:4:5: until must be a text"),
        ("ignore:\n  - id: X\n    id: Y\n    reason: x", "f.yaml:3:5: id is given twice"),
        ("ignore: []\nsecrets: []", "f.yaml:2:1: the key ignore and Trivy's lists"),
        (
            "ignore:\n  - id: X\n    reason: x\n    paths: 'a/{b,c}'",
            "f.yaml:4:5: 'a/{b,c}': braces and backslashes are not read",
        ),
        ("- id: CVE-1", "f.yaml:1:1: an ignore file must be a mapping"),
        ("ignore: [1, 2", "f.yaml:2:1: not YAML: did not find expected"),
        ("ignore: &a\n  - *a", "f.yaml:2:5: aliases (*name) are not read"),
        ("ignore: [" + "[" * 40 + "]" * 41, "f.yaml:1:28: more than 20 levels"),
        ("[" * 100_000, "f.yaml:1:21: more than 20 levels"),
        ("ignore: []\n---\nignore: []", "f.yaml:2:1: not YAML: but found another document"),
        ("{[a]: b}", "f.yaml:1:2: a key must be a word"),
        ("a\x00b", "f.yaml: not YAML: unacceptable character"),
        ("ignore:\n\t- id: x", "f.yaml:2:1: not YAML: found character that cannot start"),
    ],
)
def test_yaml_that_is_not_understood(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), "f.yaml")
    assert caught.value.message.startswith(complaint)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-01-31", "2027-01-31"),
        ("2027-01-31T10:00:00Z", "2027-01-31T10:00:00Z"),
        ("2027-01-31T10:00:00+02:00", "2027-01-31T08:00:00Z"),
        ("2027-01-31 10:00:00z", "2027-01-31T10:00:00Z"),
    ],
)
def test_moments(written: str, meant: str) -> None:
    text = f"ignore:\n  - id: X\n    reason: x\n    until: {written}\n"
    (rule,) = parse(text.encode(), "f.yml")
    assert rule.until == meant


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no date"):
        parse(b"ignore:\n  - id: X\n    reason: x\n    until: 2027-01-31T10:00:00\n", "f.yml")


def test_rules_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="more than 50,000 rules"):
        parse(b"CVE-1\n" * (LIMITS.ignore_rules + 1), "f")


def test_files_are_found_and_read_in_order(tmp_path: Path) -> None:
    (tmp_path / ".trivyignore").write_text("CVE-1\n")
    (tmp_path / ".ironhullignore.yaml").write_bytes(OWN)
    (tmp_path / "other.yaml").write_text("not looked at")
    (tmp_path / ".trivyignore.yaml").mkdir()
    found = find_files(tmp_path)
    assert [path.name for path in found] == [".ironhullignore.yaml", ".trivyignore"]
    rules = load(found)
    assert len(rules.rules) == 3
    assert rules.files == tuple(map(str, found))
    assert set(NAMES) > {path.name for path in found}


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the ignore file: No such file"):
        load([tmp_path / "absent"])
    with pytest.raises(ConfigError, match="cannot read the ignore file: Is a directory"):
        load([tmp_path])
    large = tmp_path / "large"
    large.write_bytes(b"#" * (LIMITS.ignore_bytes + 1))
    with pytest.raises(ConfigError, match="an ignore file of more than"):
        load([large])


@given(st.binary(max_size=400))
def test_any_bytes_are_rules_or_an_error(data: bytes) -> None:
    for name in ("f", "f.yaml"):
        try:
            rules = parse(data, name)
        except ConfigError as trouble:
            assert trouble.message.startswith(name)
        else:
            assert all(rule.ids or rule.packages or rule.purls for rule in rules)


_WORDS = st.sampled_from(
    (
        *("ignore:", "vulnerabilities:", "- id:", "CVE-2024-1", "reason: x", "until:", "[", "{"),
        *("&a", "*a", "paths:", "purl:", "pkg:deb/debian/a@1", "\n", "  ", "? ", "|", ">", "!!x"),
    )
)


@given(st.lists(_WORDS, max_size=30).map(" ".join))
def test_any_yaml_is_rules_or_an_error(text: str) -> None:
    try:
        parse(text.encode(), "f.yaml")
    except ConfigError as trouble:
        assert trouble.message.startswith("f.yaml")


_ID = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:+/-]{0,20}", fullmatch=True)


@given(st.lists(st.tuples(_ID, st.sampled_from(["", " exp:2031-02-03"])), max_size=20))
def test_what_is_written_is_read(lines: list[tuple[str, str]]) -> None:
    text = "".join(f"{name}{exp}\n" for name, exp in lines)
    rules = parse(text.encode(), "f")
    assert [(r.ids, r.until) for r in rules] == [
        ((name.lower(),), "2031-02-03" if exp else "") for name, exp in lines
    ]
