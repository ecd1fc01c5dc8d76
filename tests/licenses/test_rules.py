"""Lists of what is allowed and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ConfigError
from ironhull.licenses._spdx_ids import LICENSES
from ironhull.licenses.rules import NO_RULES, LicenseRules
from ironhull.licenses.settings import license_rules

CLASSPATH = "GPL-2.0-only WITH Classpath-exception-2.0"


@pytest.mark.parametrize(
    ("allow", "deny", "expression", "state"),
    [
        ((), (), "AGPL-3.0-only", ""),
        ((), (), "", ""),
        ((), ("GPL-*",), "GPL-3.0-only", "denied"),
        ((), ("GPL-*",), "MIT", ""),
        ((), ("GPL-*",), "MIT OR GPL-3.0-only", ""),
        ((), ("GPL-*",), "MIT AND GPL-3.0-only", "denied"),
        ((), ("GPL-*",), "GPL-2.0-only OR GPL-3.0-only", "denied"),
        ((), ("restricted",), "LGPL-2.1-only", "denied"),
        ((), ("unknown",), "", "denied"),
        ((), ("unknown",), "LicenseRef-x", "denied"),
        (("MIT",), (), "MIT", "allowed"),
        (("mit",), (), "MIT", "allowed"),
        (("MIT",), (), "Zlib", "denied"),
        (("MIT",), (), "", "denied"),
        (("MIT", "unknown"), (), "", "allowed"),
        (("MIT",), (), "MIT OR Zlib", "allowed"),
        (("MIT",), (), "MIT AND Zlib", "denied"),
        (("notice",), ("MIT",), "MIT", "denied"),
        (("MIT",), ("notice",), "MIT", "allowed"),
        (("MIT",), ("MIT",), "MIT", "denied"),
        (("GPL-2.0-only",), (), CLASSPATH, "allowed"),
        ((CLASSPATH,), ("GPL-*",), CLASSPATH, "allowed"),
        ((CLASSPATH,), ("GPL-*",), "GPL-2.0-only", "denied"),
        (("Apache-1.1",), (), "Apache-1.1+", "allowed"),
    ],
)
def test_lists(allow: tuple[str, ...], deny: tuple[str, ...], expression: str, state: str) -> None:
    found, because = LicenseRules(allow, deny).judge(expression)
    assert found == state
    assert bool(because) == bool(state)


def test_why_names_licence_and_word() -> None:
    assert LicenseRules(deny=("GPL-*",)).judge("MIT AND GPL-3.0-only") == (
        "denied",
        "GPL-3.0-only: denied (GPL-*)",
    )
    assert LicenseRules(allow=("MIT",)).judge("Zlib")[1] == "Zlib: not among what is allowed"


def test_what_is_ignored_denies_nothing_else() -> None:
    rules = LicenseRules(ignored=("MIT",))
    assert rules.judge("MIT")[0] == "allowed"
    assert rules.judge("Zlib") == ("", "")
    assert not rules.has_lists


@pytest.mark.parametrize(
    ("word", "purl", "exempt"),
    [
        ("pkg:deb/debian/bash", "pkg:deb/debian/bash@5.2?arch=amd64", True),
        ("pkg:deb/debian/bash@5.2", "pkg:deb/debian/bash@5.2?arch=amd64", True),
        ("pkg:deb/debian/bash@5.1", "pkg:deb/debian/bash@5.2?arch=amd64", False),
        ("pkg:deb/debian/bas", "pkg:deb/debian/bash@5.2", False),
        ("pkg:npm/%40acme/*", "pkg:npm/%40acme/x@1", True),
        ("pkg:npm/@acme/x", "pkg:npm/@acme/x", True),
    ],
)
def test_packages(word: str, purl: str, exempt: bool) -> None:
    assert bool(LicenseRules(packages=(word,)).permits(purl)) is exempt


@given(st.sampled_from(sorted(LICENSES)), st.sampled_from(sorted(LICENSES)))
def test_a_choice_is_at_least_as_good_as_its_parts(one: str, other: str) -> None:
    rules = LicenseRules(allow=(one,), deny=("forbidden",))
    order = ("denied", "", "allowed")
    state = order.index(rules.judge(f"{one} OR {other}")[0])
    assert state == max(order.index(rules.judge(each)[0]) for each in (one, other))
    state = order.index(rules.judge(f"{one} AND {other}")[0])
    assert state == min(order.index(rules.judge(each)[0]) for each in (one, other))


def test_settings() -> None:
    table = {
        "allow": ["MIT"],
        "deny": ["forbidden"],
        "packages": ["pkg:npm/x"],
        "categories": {"WTFPL": "forbidden"},
    }
    rules = license_rules(table)
    assert rules == LicenseRules(("MIT",), ("forbidden",), {"WTFPL": "forbidden"}, ("pkg:npm/x",))
    assert license_rules({}) == NO_RULES


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ([], "licenses must be a table"),
        ({"alow": []}, "unknown key 'alow'"),
        ({"allow": "MIT"}, "licenses.allow must be a list of names"),
        ({"deny": [1]}, "licenses.deny must be a list of names"),
        ({"packages": [""]}, "licenses.packages must be a list of names"),
        ({"categories": []}, "licenses.categories must be a table"),
        ({"categories": {"MIT": "free"}}, "MIT: no category 'free'"),
        ({"categories": {"MIT": ["notice"]}}, "MIT: no category"),
    ],
)
def test_settings_that_make_no_sense(table: object, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint.replace("[", r"\[")):
        license_rules(table)
