"""Two reports side by side: what is said to have changed adds up to the totals."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.compare import Comparison, compare
from ironhull.counts import count
from ironhull.model import SEVERITIES, Coverage, Package, Report
from tests import reports
from tests.reports import deb, finding, wheel


def _by_name(comparison: Comparison) -> dict[str, str]:
    return {change.name: change.kind for change in comparison.changes}


def test_hardening() -> None:
    result = compare(reports.hardened(), reports.web())
    assert _by_name(result) == {
        "apt": "removed",
        "glibc": "changed",
        "openssl": "changed",
        "flask": "unchanged",
    }
    numbers = result.packages
    assert (numbers.added, numbers.removed, numbers.changed, numbers.unchanged) == (0, 1, 3, 1)
    assert [f.advisory.id for f in result.gone] == ["CVE-2025-9230", "CVE-2019-9192"]
    assert result.new == ()
    assert (result.worse, result.less_checked, result.packages_differ) == (False, False, True)
    assert result.cautions == ()


def test_the_other_way_round_is_worse() -> None:
    result = compare(reports.web(), reports.hardened())
    assert result.worse
    assert [f.advisory.id for f in result.new] == ["CVE-2025-9230", "CVE-2019-9192"]
    assert result.gone == ()


def test_an_image_against_itself() -> None:
    result = compare(reports.web(), reports.web())
    assert (result.worse, result.packages_differ, result.new, result.gone) == (False, False, (), ())
    assert {change.kind for change in result.changes} == {"unchanged"}


def test_hiding_unchanged_packages_hides_lines_and_no_numbers() -> None:
    whole = compare(reports.hardened(), reports.web())
    brief = compare(reports.hardened(), reports.web(), ignore_unchanged=True)
    assert brief.changes == whole.changes[:-1]
    assert (whole.unchanged_hidden, brief.unchanged_hidden) == (0, 1)
    shown = replace(brief, changes=whole.changes, unchanged_hidden=0, terse=False)
    assert shown == whole


def test_better_in_one_severity_does_not_make_up_for_another() -> None:
    package = deb("a", "1")
    one = reports.report("x", [package], [finding(package, "CVE-2024-1", "critical")])
    other = reports.report("y", [package], [finding(package, "CVE-2024-2", "low")])
    assert compare(one, other).worse
    assert compare(other, one).worse


def test_a_package_another_one_ships_is_not_counted() -> None:
    shipped = replace(wheel("pip", "25"), owned_by="pkg:deb/debian/python3-pip@25")
    result = compare(reports.report("x", [shipped]), reports.report("y", []))
    assert not result.packages_differ


def test_a_namespace_is_part_of_a_name_but_a_distribution_is_not() -> None:
    scoped = Package("npm", "core", "1", namespace="@babel")
    result = compare(
        reports.report("x", [scoped]), reports.report("y", [replace(scoped, namespace="")])
    )
    assert _by_name(result) == {"@babel/core": "added", "core": "removed"}
    ours, theirs = deb("curl", "8"), replace(deb("curl", "8"), namespace="ubuntu")
    assert _by_name(compare(reports.report("x", [ours]), reports.report("y", [theirs]))) == {
        "curl": "unchanged"
    }


def test_two_versions_of_one_package_are_paired_once() -> None:
    one = reports.report("x", [wheel("six", "1"), wheel("six", "2"), wheel("six", "3")])
    other = reports.report("y", [wheel("six", "2"), wheel("six", "4")])
    numbers = compare(one, other).packages
    assert (numbers.added, numbers.removed, numbers.changed, numbers.unchanged) == (1, 0, 1, 1)
    (change,) = compare(one, other).changes
    assert (change.versions, change.versions_before) == (("1", "2", "3"), ("2", "4"))


@pytest.mark.parametrize(
    ("mine", "theirs", "less"),
    [
        ("full", "not checked", False),
        ("full", "fixed-only", False),
        ("fixed-only", "full", True),
        ("not checked", "full", True),
        ("not checked", "not checked", False),
    ],
)
def test_unlike_coverage_is_said(mine: str, theirs: str, less: bool) -> None:
    packages = reports.web().sbom.packages
    one = reports.report("x", packages, pypi=mine)
    other = reports.report("y", packages, pypi=theirs)
    result = compare(one, other)
    assert result.less_checked is less
    told = f"PyPI: {mine} in the analyzed image, {theirs} in the comparison image"
    assert (told in result.cautions) == (mine != theirs)


def test_an_unchecked_scope_of_one_image_only_may_hide_something() -> None:
    one = reports.report("x", reports.web().sbom.packages, pypi="not checked")
    other = reports.report("y", reports.base().sbom.packages)
    assert compare(one, other).less_checked
    assert compare(one, other).cautions == ("PyPI: not checked, only in the analyzed image",)
    assert not compare(other, one).less_checked


@pytest.mark.parametrize("turned", [False, True])
def test_a_scope_in_several_rows_is_as_weak_as_its_weakest(turned: bool) -> None:
    rows = [Coverage("Debian:13", 3, "fixed-only"), Coverage("Debian:13", 1, "not checked")]
    rows = rows[::-1] if turned else rows
    partly = replace(reports.base(), coverage=tuple(rows))
    assert compare(partly, reports.base()).cautions == (
        "Debian:13: not checked in the analyzed image, full in the comparison image",
    )
    assert compare(partly, reports.base()).less_checked
    assert compare(partly, partly).cautions == ()


def test_nothing_is_new_against_an_image_nobody_checked() -> None:
    blank = reports.report("x", reports.web().sbom.packages, deb="not checked", pypi="not checked")
    result = compare(reports.web(), blank)
    assert (result.comparable, result.new, result.gone) == (False, (), ())
    assert "vulnerabilities: full against not checked" in result.cautions


def test_other_advisory_data_are_said() -> None:
    other = replace(reports.web(), made_with=replace(reports.INDEX, index_digest="sha256:00"))
    expected = ("the two reports were made with different advisory data",)
    assert compare(reports.web(), other).cautions == expected


PACKAGES = st.lists(
    st.one_of(
        st.builds(wheel, st.sampled_from("abc"), st.sampled_from("12")),
        st.builds(deb, st.sampled_from("abc"), st.sampled_from("12"), st.sampled_from(["", "s"])),
    ),
    max_size=12,
)


@st.composite
def any_report(draw: st.DrawFn) -> Report:
    packages = draw(PACKAGES)
    pairs = st.tuples(st.sampled_from(packages), st.integers(1, 4)) if packages else st.nothing()
    chosen = draw(st.lists(pairs, max_size=8)) if packages else []
    unique = {(p.ecosystem, p.source, n): p for p, n in chosen}
    findings = [finding(p, f"CVE-2024-{n}", SEVERITIES[n]) for (_, _, n), p in unique.items()]
    return reports.report("x", packages, findings)


@given(any_report(), any_report(), st.booleans())
def test_changes_add_up_to_the_totals(one: Report, other: Report, brief: bool) -> None:
    result = compare(one, other, ignore_unchanged=brief)
    numbers = result.packages
    difference = len(one.sbom.counted) - len(other.sbom.counted)
    assert numbers.added - numbers.removed == difference
    assert numbers.added + numbers.changed + numbers.unchanged == len(one.sbom.counted)
    assert (result.counts, result.other_counts) == (count(one.findings), count(other.findings))
    if not brief:
        assert sum(c.counts.findings for c in result.changes) == len(one.findings)
        assert sum(c.counts_before.findings for c in result.changes) == len(other.findings)


@given(any_report(), any_report())
def test_turned_round_new_is_gone(one: Report, other: Report) -> None:
    there, back = compare(one, other), compare(other, one)
    assert (there.new, there.gone) == (back.gone, back.new)
    assert (there.packages.added, there.packages.changed) == (
        back.packages.removed,
        back.packages.changed,
    )
    assert len(there.changes) == len(back.changes)
