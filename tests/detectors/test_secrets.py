"""Every rule finds what it is for, and nothing that only looks like it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.detectors._secret_places import ENGINES, first_look
from ironhull.detectors.secret_rules import Rule, all_rules
from ironhull.detectors.secrets import Searching, entropy, quiet_path
from ironhull.model import SEVERITIES
from tests.detectors.corpus import files
from tests.detectors.planted import planted
from tests.detectors.rules_table import PAGE, page

RULES = all_rules()
SEARCHING = Searching()
PLAIN = Searching(engine="plain")
SEEDS = range(3)


def alone(rule: Rule) -> Searching:
    """A search by one rule; what looks first does not matter here."""
    return Searching([rule], engine="plain")


def installed(engine: str) -> Searching:
    found = Searching(engine=engine)
    if found.engine != engine:
        pytest.skip(f"{engine} is not installed")
    return found


# ── the rules ────────────────────────────────────────────────────────────────────────────────────


def test_there_are_as_many_rules_as_are_promised() -> None:
    assert len(RULES) >= 120
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_whole(rule: Rule) -> None:
    assert rule.severity in SEVERITIES
    assert rule.title and rule.category and rule.samples and rule.misses
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert all(keyword == keyword.lower() and len(keyword) >= 2 for keyword in rule.keywords)
    assert {"secret", "other"} & set(rule.compiled.groupindex)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_samples(rule: Rule, seed: int) -> None:
    for number, sample in enumerate(rule.samples):
        text = planted(sample, (rule.id, number, seed))
        found = alone(rule).search(text.encode(), "app/settings")
        assert [each.rule for each in found] == [rule.id], text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_keyword_is_in_every_sample(rule: Rule) -> None:
    for sample in rule.samples:
        text = planted(sample, rule.id).lower()
        assert any(keyword in text for keyword in rule.keywords), sample


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_misses_what_is_no_secret(rule: Rule) -> None:
    for text in rule.misses:
        assert alone(rule).search(text.encode(), "app/settings") == (), text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_among_all_rules_a_sample_is_found_once(rule: Rule) -> None:
    """By its own rule, or by one that is about the same characters."""
    text = planted(rule.samples[0], (rule.id, 0, 0))
    found = SEARCHING.search(text.encode(), "app/settings")
    assert len(found) == 1, (text, [each.rule for each in found])


# ── engines ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_finds_every_sample(engine: str) -> None:
    searching = installed(engine)
    text = "\n".join(
        planted(sample, (rule.id, number))
        for rule in RULES
        for number, sample in enumerate(rule.samples)
    )
    padded = ("# nothing here\n" * 400 + text + "\n# the end\n" * 400).encode()
    plainly = PLAIN.search(padded, "f")
    assert searching.search(padded, "f") == plainly
    assert len({each.rule for each in plainly}) > 0.95 * len(RULES)


@given(st.binary(max_size=300), st.sampled_from(RULES), st.binary(max_size=300))
def test_engines_agree_on_anything(before: bytes, rule: Rule, behind: bytes) -> None:
    data = before + b"\n" + planted(rule.samples[0], rule.id).encode() + b"\n" + behind
    assert PLAIN.search(data, "f") == SEARCHING.search(data, "f")


def test_compiled_rules_are_kept_and_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    first = first_look(RULES[:5], kept=tmp_path)
    if first.name != "vectorscan":
        pytest.skip("vectorscan is not installed")
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    data = planted(RULES[0].samples[0], 1).encode()
    assert list(first_look(RULES[:5], kept=tmp_path).places(data)) == list(first.places(data))
    assert file.read_bytes() == whole


# ── findings ─────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_tells_where_and_never_what() -> None:
    secret = planted("ghp_<w:36>", 1)
    data = f"first\nsecond\n  token = '{secret}'  # mine\n".encode()
    (found,) = SEARCHING.search(data, "app/x.py")
    assert (found.rule, found.line, found.end_line, found.path) == (
        "github-token",
        3,
        3,
        "app/x.py",
    )
    assert found.match == "token = '********' # mine"
    assert secret not in repr(found)


def test_a_key_over_several_lines() -> None:
    text = planted("-----BEGIN EC PRIVATE KEY-----\n<b64:64>\n<b64:64>\n<b64:32>\n", 5)
    (found,) = SEARCHING.search(f"x\n{text}-----END EC PRIVATE KEY-----\ny".encode(), "k.pem")
    assert (found.line, found.end_line) == (2, 6)
    assert found.match == "********"


def test_the_fingerprint_is_of_the_place_and_the_secret() -> None:
    one, two = (planted("ghp_<w:36>", seed).encode() for seed in (1, 2))
    prints = {
        SEARCHING.search(data, path)[0].fingerprint
        for data in (one, two, b"# moved\n" + one)
        for path in ("a", "b")
    }
    assert len(prints) == 4


def test_the_specific_rule_counts() -> None:
    (found,) = SEARCHING.search(planted('api_key = "ghp_<w:36>"', 1).encode(), "x")
    assert found.rule == "github-token"


def test_a_secret_far_into_a_file_and_two_in_a_line() -> None:
    filler = b"word " * 100_000
    one, two = (planted("ghp_<w:36>", seed).encode() for seed in (1, 2))
    found = SEARCHING.search(filler + one + b" " + two + b" " + filler, "f")
    assert len(found) == 2


@pytest.mark.parametrize(
    "text",
    [
        'password = "${DB_PASSWORD}"',
        'api_key: "<your api key goes here>"',
        'token = "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
        'secret = os.environ["SECRET_OF_THE_SERVICE"]',
        'password = "replace-me-with-a-real-one"',
        "SECRET_KEY = get_random_secret_key()",
        'public_key = "AAAAB3NzaC1yc2EAAAADAQABAAABgQ"',
        'integrity="sha512-z5Vh0K1Tp5Yk8p4mXy9s"',
        '"_resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"',
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    ],
)
def test_what_everybody_writes_is_no_secret(text: str) -> None:
    assert SEARCHING.search(text.encode(), "app/settings.py") == ()


@pytest.mark.parametrize(
    ("path", "quiet"),
    [
        ("usr/share/doc/openssl/README", True),
        ("usr/lib/python3/dist-packages/x/tests/key.pem", True),
        ("app/node_modules/a/test/fixtures/key.pem", True),
        ("usr/lib/x86_64-linux-gnu/libssl.so.3", True),
        ("app/.env", False),
        ("root/.ssh/id_rsa", False),
        ("etc/ssl/private/server.key", False),
        ("app/contest/settings.py", False),
    ],
)
def test_quiet_paths(path: str, quiet: bool) -> None:
    assert quiet_path(path) is quiet


# ── hostile input ────────────────────────────────────────────────────────────────────────────────


@given(st.binary(max_size=2000))
def test_any_bytes_are_searched(data: bytes) -> None:
    for found in SEARCHING.search(data, "f"):
        assert found.line >= 1


def test_a_million_secrets_are_bounded() -> None:
    data = b"\n".join(planted("ghp_<w:36>", seed).encode() for seed in range(3_000))
    assert len(SEARCHING.search(data, "f")) == 1_000


@given(st.binary(max_size=200))
def test_entropy_is_that_of_bytes(data: bytes) -> None:
    assert 0 <= entropy(data) <= 8


# ── the corpus ───────────────────────────────────────────────────────────────────────────────────


def test_every_planted_secret_is_found_where_it_was_planted() -> None:
    planted_files = list(files())
    assert len(planted_files) >= 200
    lost = [
        (path, rule)
        for path, content, rule in planted_files
        if not SEARCHING.search(content.encode(), path)
    ]
    assert lost == []


def test_the_page_of_the_rules_is_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.detectors.rules_table"
