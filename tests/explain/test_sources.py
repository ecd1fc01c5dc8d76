"""What the sources say, grouped by vulnerability."""

from dataclasses import replace

import pytest

from ironhull.explain.sources import known
from ironhull.model import Advisory, Range
from tests.explain.fakes import FakeIndex
from tests.explain.samples import DSA, INDEX, MERGED, OLDER, RULE, TRACKER


@pytest.mark.parametrize("asked", ["CVE-2025-9230", "cve-2025-9230", " DSA-6015-1 ", "dsa-6015-1"])
def test_every_name_leads_to_the_vulnerability(asked: str) -> None:
    (found,) = known(INDEX, asked, rule=RULE)
    assert found.asked == asked.strip()
    assert (found.id, found.aliases) == ("CVE-2025-9230", ("DSA-6015-1",))
    assert [s.advisory for s in found.spoken] == [OLDER, MERGED]
    assert [s.claims for s in found.spoken] == [(), (TRACKER, DSA)]
    assert {s.order for s in found.spoken} == {"dpkg order"}
    assert found.kev
    assert found.epss == (0.00043, 0.0912)
    assert found.rule == RULE
    assert (found.published[:10], found.modified[:10]) == ("2025-09-30", "2025-11-01")
    assert found.cwes == ("CWE-787",)


def test_the_date_of_each_source_that_speaks_of_it() -> None:
    (found,) = known(INDEX, "CVE-2025-9230")
    assert dict(found.data) == dict.fromkeys(
        ("debian-tracker", "osv-npm", "osv-pypi"), "2026-11-20T00:00:00Z"
    )


def test_what_nobody_knows_is_nothing() -> None:
    assert known(INDEX, "CVE-1") == ()


def test_an_advisory_on_several_vulnerabilities_gives_each() -> None:
    first = Advisory("CVE-1", "Debian:13", "a", aliases=("DSA-1",))
    second = Advisory("CVE-2", "Debian:13", "a", aliases=("DSA-1",))
    found = known(FakeIndex((second, first)), "DSA-1")
    assert [(e.id, e.aliases) for e in found] == [("CVE-1", ("DSA-1",)), ("CVE-2", ("DSA-1",))]


def test_the_name_people_know_comes_first() -> None:
    advisory = Advisory("GHSA-a-b-c", "npm", "a", aliases=("CVE-2024-1",))
    (found,) = known(FakeIndex((advisory,)), "GHSA-a-b-c")
    assert (found.id, found.aliases) == ("CVE-2024-1", ("GHSA-a-b-c",))


def test_what_was_learnt_is_a_source_too() -> None:
    learned = Advisory(
        "CVE-2025-9230", "Debian:13", "openssl", ranges=(Range("0", "3.5.2-1"),), sources=("apt",)
    )
    other = replace(learned, id="CVE-2026-1")
    (found,) = known(INDEX, "CVE-2025-9230", learned=[learned, other])
    assert found.spoken[1].claims == (TRACKER, DSA, learned)
    (new,) = known(INDEX, "CVE-2026-1", learned=[learned, other])
    assert [s.advisory for s in new.spoken] == [other]


def test_the_summary_is_that_of_who_tells_most() -> None:
    upstream = replace(MERGED, scope="PyPI", package="x", summary="the whole story")
    (found,) = known(FakeIndex((MERGED, upstream)), "CVE-2025-9230")
    assert found.lead.summary == "the whole story"
