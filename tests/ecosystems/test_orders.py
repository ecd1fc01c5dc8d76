"""What holds of every order: chains of versions, spellings of one version, refusals, whole keys."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import ECOSYSTEMS
from tests.ecosystems import (
    oracles,
    test_composer,
    test_conda,
    test_cran,
    test_gem,
    test_golang,
    test_hackage,
    test_maven,
    test_npm,
    test_nuget,
    test_pub,
)

CHAINS = {
    "cargo": (test_npm.CHAIN,),
    "composer": (test_composer.CHAIN,),
    "conda": (test_conda.CHAIN,),
    "cran": (test_cran.CHAIN,),
    "gem": (test_gem.CHAIN,),
    "golang": (test_golang.MODULES, test_golang.TOOLCHAINS),
    "hackage": (test_hackage.CHAIN,),
    "hex": (test_npm.CHAIN,),
    "maven": (test_maven.CHAIN,),
    "npm": (test_npm.CHAIN,),
    "nuget": (test_nuget.CHAIN,),
    "pub": (test_pub.CHAIN,),
    "swift": (test_npm.CHAIN,),
}
TESTED = {
    "composer": test_composer,
    "conda": test_conda,
    "cran": test_cran,
    "gem": test_gem,
    "golang": test_golang,
    "hackage": test_hackage,
    "maven": test_maven,
    "npm": test_npm,
    "nuget": test_nuget,
    "pub": test_pub,
}
KEYS = sorted(CHAINS)


@pytest.mark.parametrize("key", KEYS)
def test_chains_are_in_order(key: str) -> None:
    order = ECOSYSTEMS[key].order
    for chain in CHAINS[key]:
        for left, right in itertools.combinations(chain, 2):
            assert order(left) < order(right), (left, right)


@pytest.mark.parametrize("key", TESTED)
def test_spellings_of_one_version(key: str) -> None:
    order = ECOSYSTEMS[key].order
    for left, right in TESTED[key].SAME:
        assert order(left) == order(right), (left, right)


@pytest.mark.parametrize("key", TESTED)
def test_what_is_no_version_is_refused(key: str) -> None:
    for text in TESTED[key].REFUSED:
        with pytest.raises(ValueError, match=r"^not an? "):
            ECOSYSTEMS[key].order(text)


@given(st.text(max_size=12))
def test_any_text_gives_a_key_or_a_value_error(text: str) -> None:
    for key in KEYS:
        oracles.key_or_none(ECOSYSTEMS[key].order, text)


_LIKE_VERSIONS = st.text("0129.-+_!v abdepxrcsotgZ", max_size=9)


@given(st.lists(_LIKE_VERSIONS, max_size=6))
def test_no_key_begins_another(versions: list[str]) -> None:
    for key in KEYS:
        assert oracles.no_key_begins_another(ECOSYSTEMS[key].order, versions)


@pytest.mark.parametrize("key", KEYS)
def test_no_key_of_a_chain_begins_another(key: str) -> None:
    every = [version for chains in CHAINS.values() for chain in chains for version in chain]
    assert oracles.no_key_begins_another(ECOSYSTEMS[key].order, every)
