"""The annotations above a policy's package."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import PolicyError
from ironhull.rego import Metadata, read_metadata

FULL = """# METADATA
# title: No fixable vulnerabilities
# description: |
#   Two lines
#   of text.
# organizations:
#   - Example
# authors:
#   - name: A
#     email: a@example.com
#   - B
# custom:
#   name: fixable
#   result_type: Vulnerability
#   weight: 20
#   not_compliant_title: Fixable vulnerabilities found
#   details_order: [purl, cve]
package docker.scout

import rego.v1

# METADATA
# title: of a rule
pass := true
"""


def test_everything_the_contract_has() -> None:
    assert read_metadata(FULL, "p.rego") == Metadata(
        package="docker.scout",
        name="fixable",
        title="No fixable vulnerabilities",
        failed_title="Fixable vulnerabilities found",
        description="Two lines of text.",
        organizations=("Example",),
        authors=("A <a@example.com>", "B"),
        result_type="vulnerability",
        weight=20,
        columns=("purl", "cve"),
    )


def test_nothing_said_means_the_defaults() -> None:
    found = read_metadata("package a.b # why\nx := 1", "p.rego")
    assert found == Metadata("a.b", "a.b", "a.b", "a.b")
    assert (found.weight, found.result_type) == (10, "generic")


def test_a_title_alone_names_both_outcomes() -> None:
    found = read_metadata("# METADATA\n# title: T\npackage a", "p.rego")
    assert (found.name, found.title, found.failed_title) == ("a", "T", "T")


def test_a_block_of_a_rule_is_not_that_of_the_package() -> None:
    source = "package a\n\n# METADATA\n# title: rule\nx := 1"
    assert read_metadata(source, "p").title == "a"


def test_a_copyright_above_and_blank_lines_between_do_not_matter() -> None:
    source = "# Copyright\n\n# METADATA\n# scope: package\n# title: T\n\npackage a"
    assert read_metadata(source, "p").title == "T"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x := 1", "no package"),
        ("# METADATA\n# title: [\npackage a", "p.rego:3: METADATA is not YAML"),
        ("# METADATA\n# - a\npackage a", "p.rego:1: METADATA is not a mapping"),
        ("# METADATA\n# custom: 1\npackage a", "custom is not a mapping"),
        ("# METADATA\n# custom: {weight: heavy}\npackage a", "weight 'heavy' is not a number"),
        ("# METADATA\n# custom: {weight: -1}\npackage a", "weight -1 is not from 0"),
        ("# METADATA\n# custom: {result_type: odd}\npackage a", "result_type 'odd'"),
        ("# METADATA\n# custom: {details_order: a}\npackage a", "details_order is not a list"),
        ("# METADATA\n# title: {a: 1}\npackage a", "title is not text"),
    ],
)
def test_what_is_wrong_is_said(source: str, said: str) -> None:
    with pytest.raises(PolicyError) as raised:
        read_metadata(source, "p.rego")
    assert said in str(raised.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_metadata(f"# METADATA\n{text}\npackage a\n", "p.rego")
    except PolicyError:
        return
    assert found.package
