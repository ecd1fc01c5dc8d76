"""What is said decides, not the format it is written in."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from tests.quality.vex.cases import document
from tests.quality.vex.drawn import NAMES, image_names, package_purls, worlds
from tests.quality.vex.judging import Verdicts, judged, statements_of
from tests.quality.vex.oracle import World
from tests.quality.vex.test_differential import expected
from tests.quality.vex.written import csaf, cyclonedx, enveloped, in_toto

OPENVEX = "https://openvex.dev/ns/v0.2.0"
TIME = "2025-06-01T00:00:00Z"


@st.composite
def said(draw: Any) -> dict[str, Any]:
    """A statement that every format can make: products by package URLs, one name."""
    whole = st.one_of(package_purls(), image_names().filter(_is_purl))
    products = []
    for name in draw(st.lists(whole, min_size=1, max_size=3)):
        parts = draw(st.lists(package_purls(), max_size=2))
        products.append({"@id": name})
        if parts and draw(st.booleans()):
            products[-1]["subcomponents"] = [{"@id": part} for part in parts]
    status = draw(st.sampled_from(("not_affected", "fixed", "affected", "under_investigation")))
    found = {
        "vulnerability": {"name": draw(st.sampled_from((NAMES[0], NAMES[2])))},
        "products": products,
        "status": status,
        "timestamp": TIME,
    }
    if status == "not_affected":
        found["justification"] = "vulnerable_code_not_present"
    if status == "affected":
        found["action_statement"] = "update"
    return found


def _is_purl(name: str) -> bool:
    return name.startswith("pkg:") and bool(PackageURL.from_string(name).name)


def statuses(found: Verdicts) -> dict[tuple[str, str, str], list[str]]:
    return {
        key: [verdict.status if verdict else "" for verdict in verdicts]
        for key, verdicts in found.items()
    }


def answers(made: dict[str, Any], world: World, name: str) -> dict[tuple[str, str, str], list[str]]:
    found = [(package, NAMES[0], ()) for package in world.packages]
    return statuses(judged(statements_of([(made, "")]), world, found, name))


@settings(max_examples=200)
@given(worlds(), said())
def test_formats_say_the_same(drawn: tuple[World, str], statement: dict[str, Any]) -> None:
    world, name = drawn
    plain = document([statement])
    right = statuses(expected([(plain, "")], world, [NAMES[0]]))
    assert answers(plain, world, name) == right
    assert answers(csaf(statement), world, name) == right
    inside = in_toto(plain, OPENVEX, "sha256:" + 64 * "e")
    assert answers(inside, world, name) == right
    assert answers(enveloped(inside), world, name) == right
    assume(not any("subcomponents" in product for product in statement["products"]))
    assert answers(cyclonedx(statement), world, name) == right


@settings(max_examples=100)
@given(worlds(), st.sampled_from(("1", "2", "3", "e")))
def test_what_names_no_product_is_about_what_it_is_attached_to(
    drawn: tuple[World, str], number: str
) -> None:
    world, name = drawn
    digest = f"sha256:{64 * number}"
    statement = {
        "vulnerability": {"name": NAMES[0]},
        "status": "fixed",
        "timestamp": TIME,
    }
    found = answers(in_toto(document([statement]), OPENVEX, digest), world, name)
    about = digest in world.image.digests
    assert set(map(tuple, found.values())) == {("fixed",) if about else ("",)}
