"""CycloneDX VEX: analyses, and what `affects` points at, in this BOM and in others."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import FormatError
from ironhull.model import Component, Problem, Statement
from ironhull.statements import read_vex

SERIAL = "3e671687-395b-41f5-a30f-a58921a69b79"
OTHER = "11111111-395b-41f5-a30f-a58921a69b79"
OWN = f"urn:cdx:{SERIAL}/1"
PRODUCT = {"bom-ref": "app", "name": "app", "version": "1", "purl": "pkg:oci/app"}
PARTS = [
    {"bom-ref": "npm", "name": "a", "purl": "pkg:npm/a@1"},
    {"bom-ref": "any", "name": "b", "purl": "pkg:npm/b", "cpe": "cpe:2.3:a:b"},
    {"bom-ref": "file", "name": "f", "hashes": [{"alg": "SHA-256", "content": "AB" * 32}]},
    {"bom-ref": "group", "name": "g", "components": [{"bom-ref": "inner", "purl": "pkg:npm/i@1"}]},
]
WHOLE = Component(("pkg:oci/app", OWN))


def part(*ids: str, hashes: tuple[tuple[str, str], ...] = ()) -> Component:
    """A part of the product of the BOM."""
    return Component(WHOLE.ids, parts=(Component(ids, hashes),))


def document(*rows: object, **head: object) -> bytes:
    said = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{SERIAL}",
        "version": 1,
        "metadata": {
            "timestamp": "2024-03-03T00:00:00Z",
            "authors": [{"name": "Ann", "email": "ann@example.org"}],
            "component": PRODUCT,
        },
        "components": PARTS,
        "vulnerabilities": list(rows),
        **head,
    }
    return json.dumps({key: value for key, value in said.items() if value is not None}).encode()


def read(*rows: object, **head: object) -> tuple[tuple[Statement, ...], tuple[Problem, ...]]:
    return read_vex(document(*rows, **head), "x.json")


def row(ref: str = "app", state: str = "resolved", **more: object) -> dict[str, Any]:
    return {
        "id": "CVE-2024-1",
        "analysis": {"state": state, **more},
        "affects": [{"ref": ref}],
    }


def products(ref: str, **head: object) -> tuple[Component, ...]:
    (statement,), problems = read(row(ref), **head)
    assert all("names no author" in problem.message for problem in problems)
    return statement.products


def test_all_a_statement_says() -> None:
    said = {
        **row(state="not_affected", justification="code_not_reachable", detail="not called"),
        "references": [{"id": "GHSA-1", "source": {"name": "GitHub"}}, {"id": "CVE-2024-1"}],
    }
    said["analysis"]["lastUpdated"] = "2024-04-01T00:00:00Z"
    statements, problems = read(said)
    assert problems == ()
    assert statements == (
        Statement(
            "CVE-2024-1",
            "not_affected",
            (WHOLE,),
            aliases=("GHSA-1",),
            justification="vulnerable_code_not_in_execute_path",
            impact_statement="not called",
            issued="2024-04-01T00:00:00Z",
            author="Ann <ann@example.org>",
            document=f"x.json (urn:uuid:{SERIAL})",
            number=1,
            format="cyclonedx",
        ),
    )


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("resolved", "fixed"),
        ("resolved_with_pedigree", "fixed"),
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("false_positive", "not_affected"),
        ("not_affected", "not_affected"),
    ],
)
def test_states(state: str, status: str) -> None:
    (statement,), problems = read(row(state=state))
    assert statement.status == status
    assert statement.issued == "2024-03-03T00:00:00Z"
    assert problems == ()


@pytest.mark.parametrize(
    ("said", "justification", "words"),
    [
        ("code_not_present", "vulnerable_code_not_present", ""),
        ("protected_by_compiler", "inline_mitigations_already_exist", ""),
        ("protected_at_perimeter", "", "protected at perimeter"),
        ("requires_configuration", "", "requires configuration"),
    ],
)
def test_justifications_mean_the_same_or_are_told_in_words(
    said: str, justification: str, words: str
) -> None:
    (statement,), _ = read(row(state="not_affected", justification=said))
    assert statement.justification == justification
    assert statement.impact_statement == words


def test_what_to_do_about_it() -> None:
    (statement,), _ = read(
        row(state="exploitable", response=["will_not_fix", "update"], detail="x")
    )
    assert statement.action_statement == "will not fix, update: x"


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("app", WHOLE),
        (OWN, WHOLE),
        (f"{OWN}#app", WHOLE),
        ("npm", part("pkg:npm/a@1")),
        (f"{OWN}#npm", part("pkg:npm/a@1")),
        ("inner", part("pkg:npm/i@1")),
        ("any", part("pkg:npm/b", "cpe:2.3:a:b")),
        ("file", part(hashes=(("sha256", "ab" * 32),))),
        ("pkg:npm/new@1", part("pkg:npm/new@1")),
        (f"{OWN}#pkg:npm/new@1", part("pkg:npm/new@1")),
        (f"urn:cdx:{OTHER}/1", Component((f"urn:cdx:{OTHER}/1",))),
        (
            f"urn:cdx:{OTHER}/1#pkg%3Anpm/x%401",
            Component((f"urn:cdx:{OTHER}/1",), parts=(Component(("pkg:npm/x@1",)),)),
        ),
        (
            f"urn:cdx:{SERIAL}/2#npm",
            Component((f"urn:cdx:{SERIAL}/2",), parts=(Component(("npm",)),)),
        ),
    ],
)
def test_what_it_affects(ref: str, found: Component) -> None:
    assert products(ref) == (found,)


def test_a_bom_of_no_product() -> None:
    """Its parts are meant for themselves; with a serial number they are parts of that BOM."""
    alone = {"metadata": None, "serialNumber": None}
    assert products("npm", **alone) == (Component(("pkg:npm/a@1",)),)
    assert products("pkg:npm/z@1", **alone) == (Component(("pkg:npm/z@1",)),)
    whole = Component((OWN,), parts=(Component(("pkg:npm/a@1",)),))
    assert products("npm", metadata=None) == (whole,)


def test_a_product_that_has_only_a_name() -> None:
    head = {"metadata": {"component": {"bom-ref": "p", "name": "ABC", "version": "4.2"}}}
    assert products("p", serialNumber=None, **head) == (Component(("ABC@4.2",)),)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({**row(), "id": ""}, "has no id"),
        (row(state="ok"), "'ok' is no state"),
        ({**row(), "analysis": {"detail": "x"}}, "has no state"),
        ({**row(), "analysis": "x"}, "has no state"),
        ({**row(), "affects": []}, "affects nothing"),
        ({**row(), "affects": [{}]}, "has no ref"),
        (row("nobody"), "no component 'nobody'"),
        ("x", "is no object"),
    ],
)
def test_what_is_wrong_is_named(said: object, message: str) -> None:
    statements, problems = read(said, row())
    assert [s.number for s in statements] == [2]
    assert problems[0].where.startswith("x.json: vulnerability 1")
    assert message in problems[0].message


def test_vulnerabilities_without_an_analysis_state_nothing() -> None:
    bare = {"id": "CVE-1", "affects": [{"ref": "app"}]}
    statements, problems = read(bare, row(), bare)
    assert [s.number for s in statements] == [2]
    assert problems[0].message == "2 of 3 have no analysis: they state nothing"


def versions(state: str, *rows: object) -> tuple[list[tuple[str, ...]], list[str]]:
    """The ids of what a statement about `any` in these versions is about, and what is said."""
    said = row("any", state)
    said["affects"][0]["versions"] = list(rows)
    statements, problems = read(said)
    found = [p.parts[0].ids for s in statements for p in s.products]
    return found, [problem.message for problem in problems]


def test_a_statement_holds_for_the_versions_that_are_listed() -> None:
    rows = [{"version": "1.0"}, {"version": "2+b", "status": "unaffected"}]
    assert versions("not_affected", *rows) == ([("pkg:npm/b@1.0",), ("pkg:npm/b@2%2Bb",)], [])


def test_ranges_and_contradictions_are_not_used_to_say_that_nothing_needs_doing() -> None:
    found, said = versions(
        "not_affected",
        {"range": "vers:npm/>=1|<2", "status": "unaffected"},
        {"version": "3", "status": "affected"},
        {"version": "4", "status": "unknown"},
    )
    assert found == []
    assert len(said) == 3
    assert "the range 'vers:npm/>=1|<2' is not used" in said[0]
    assert "is affected in '3'" in said[1]


def test_what_is_affected_is_not_narrowed() -> None:
    found, said = versions("exploitable", {"range": "vers:npm/>=1|<2"})
    assert found == [("pkg:npm/b", "cpe:2.3:a:b")]
    assert said == []


def test_a_component_of_another_version() -> None:
    said = row("npm")
    said["affects"][0]["versions"] = [{"version": "2"}, {"version": "1"}]
    (statement,), _ = read(said)
    assert statement.products == (part("pkg:npm/a@1"),)


def test_an_sbom_is_no_vex_document() -> None:
    with pytest.raises(FormatError, match="is no VEX document"):
        read(vulnerabilities=None)


XML = f"""<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:{SERIAL}" version="1">
  <metadata>
    <timestamp>2024-03-03T00:00:00Z</timestamp>
    <authors><author><name>Ann</name><email>ann@example.org</email></author></authors>
    <component type="container" bom-ref="app"><name>app</name><purl>pkg:oci/app</purl></component>
  </metadata>
  <components>
    <component type="library" bom-ref="npm"><name>a</name><purl>pkg:npm/a@1</purl></component>
    <component type="library" bom-ref="any"><name>b</name><purl>pkg:npm/b</purl></component>
  </components>
  <vulnerabilities>
    <vulnerability>
      <id>CVE-2024-1</id>
      <references><reference><id>GHSA-1</id></reference></references>
      <analysis>
        <state>not_affected</state><justification>code_not_present</justification>
        <detail>removed</detail>
      </analysis>
      <affects>
        <target><ref>npm</ref></target>
        <target>
          <ref>any</ref>
          <versions>
            <version><version>1.0</version><status>unaffected</status></version>
            <version><version>2.0</version><status>affected</status></version>
          </versions>
        </target>
      </affects>
    </vulnerability>
    <vulnerability>
      <id>CVE-2024-2</id>
      <analysis>
        <state>exploitable</state>
        <responses><response>update</response><response>rollback</response></responses>
      </analysis>
      <affects><target><ref>app</ref></target></affects>
    </vulnerability>
  </vulnerabilities>
</bom>
"""


def test_xml() -> None:
    (first, second), problems = read_vex(XML.encode(), "x.xml")
    assert (first.status, first.justification) == ("not_affected", "vulnerable_code_not_present")
    assert (first.aliases, first.impact_statement) == (("GHSA-1",), "removed")
    assert first.products == (part("pkg:npm/a@1"), part("pkg:npm/b@1.0"))
    assert first.author == "Ann <ann@example.org>"
    assert (second.status, second.action_statement) == ("affected", "update, rollback")
    assert second.products == (WHOLE,)
    assert [problem.message for problem in problems] == ["is affected in '2.0': not used for it"]


ANY = st.recursive(
    st.none() | st.integers() | st.sampled_from(["app", "npm", OWN, f"{OWN}#npm", "pkg:a/b", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ref", "version", "bom-ref", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.just("CVE-1") | ANY,
        "analysis": st.fixed_dictionaries(
            {"state": st.sampled_from(["resolved", "exploitable", "not_affected"]) | ANY},
            optional={"justification": ANY, "response": ANY, "lastUpdated": ANY, "detail": ANY},
        )
        | ANY,
        "affects": st.lists(
            st.fixed_dictionaries({"ref": ANY}, optional={"versions": ANY}), max_size=2
        )
        | ANY,
        "references": ANY,
    },
)


@given(st.lists(ROWS | ANY, max_size=3), ANY, ANY)
def test_every_row_is_used_or_named(rows: list[Any], parts: Any, metadata: Any) -> None:
    statements, problems = read(*rows, components=parts, metadata=metadata)
    used = {statement.number for statement in statements}
    assert all(statement.products for statement in statements)
    for number in range(1, len(rows) + 1):
        told = any(f"vulnerability {number}" in problem.where for problem in problems)
        silent = any("no analysis" in problem.message for problem in problems)
        assert number in used or told or silent
