"""Which statement decides about which finding."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.counts import count
from ironhull.model import (
    VEX_STATUSES,
    Component,
    Distro,
    Finding,
    Location,
    Package,
    Relation,
    Report,
    Statement,
    VexUse,
)
from ironhull.statements._fit import Misfit
from ironhull.vex import Base, Identity, Judge, Standing, instant, names_of
from tests import reports

IMAGE = "registry.example/shop/web:1.0"
SSL = reports.deb("libssl3", "3.0.1-1", "openssl")
TOOL = reports.deb("openssl", "3.0.1-1")
FOUND = reports.finding((SSL, TOOL), "CVE-2026-1", "high", aliases=("GHSA-a", "DSA-5000"))
WEB = reports.report(IMAGE, (SSL, TOOL), (FOUND,))
DIGEST = WEB.sbom.subject.digest


def said(
    product: str | Component,
    status: str = "not_affected",
    *parts: str,
    name: str = "CVE-2026-1",
    **facts: object,
) -> Statement:
    """A statement about a product, and parts of it."""
    if isinstance(product, str):
        product = Component((product,), parts=tuple(Component((part,)) for part in parts))
    return Statement(name, status, (product,), **facts)  # type: ignore[arg-type]  # of a test


def outcome(*statements: Statement, report: Report = WEB, **known: object) -> list[tuple[str, str]]:
    """(packages, status of the statement that decides or "") of each finding."""
    judged = Judge(statements, report.sbom, **known).apply(report)  # type: ignore[arg-type]  # "
    return [
        (" ".join(p.name for p in f.packages), f.statement.status if f.statement else "")
        for f in judged.findings
    ]


WHOLE = [("libssl3 openssl", "not_affected")]
NOTHING = [("libssl3 openssl", "")]


# ── what a statement is about ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["CVE-2026-1", "cve-2026-1", "GHSA-A", "DSA-5000"])
def test_any_name_will_do(name: str) -> None:
    assert outcome(said("pkg:deb/debian/openssl", name=name)) == WHOLE
    aliased = said("pkg:deb/debian/openssl", name="X-1", aliases=(name,))
    assert outcome(aliased) == WHOLE


def test_vulnerabilities_that_share_a_notice_are_two() -> None:
    other = said("pkg:deb/debian/openssl", name="CVE-2026-2", aliases=("DSA-5000",))
    assert outcome(other) == NOTHING
    both = said("pkg:deb/debian/openssl", name="CVE-2026-2", aliases=("CVE-2026-1",))
    assert outcome(both) == WHOLE
    assert outcome(said("pkg:deb/debian/openssl", name="DSA-5001")) == NOTHING


@pytest.mark.parametrize(
    "product",
    [
        said("pkg:oci/web"),
        said(f"pkg:oci/other@{DIGEST}".replace(DIGEST, "sha256:" + "a" * 64)),
        said("pkg:deb/debian/openssl@3.0.1-1"),
        said("pkg:oci/web", "not_affected", "pkg:deb/debian/openssl"),
        said("pkg:docker/registry.example/shop/web@1.0", "not_affected", "pkg:deb/debian/openssl"),
        said(Component((), (("sha256", "a" * 64),))),
        said("cpe:/o:debian:debian_linux:13", "not_affected", "pkg:deb/debian/openssl"),
        said("pkg:deb/debian/openssl", "not_affected", "pkg:deb/debian/openssl"),
        said(Component(("https://example.org/product", "pkg:oci/web"))),
    ],
)
def test_products_that_are_there(product: Statement) -> None:
    digest = "sha256:" + "a" * 64
    subject = replace(WEB.sbom.subject, digest=digest)
    report = replace(WEB, sbom=replace(WEB.sbom, subject=subject))
    assert outcome(product, report=report) == WHOLE


@pytest.mark.parametrize(
    "product",
    [
        said("pkg:oci/other"),
        said("pkg:oci/other", "not_affected", "pkg:deb/debian/openssl"),
        said("pkg:oci/web", "not_affected", "pkg:deb/debian/zlib"),
        said("pkg:oci/web", "not_affected", "cpe:/a:openssl:openssl:3.0.1"),
        said("pkg:oci/web", "not_affected", "https://openssl.org/"),
        said("pkg:deb/debian/openssl@3.0.1-2"),
        said("cpe:/a:openssl:openssl"),
        said("cpe:/o:debian:debian_linux:13"),
        said("cpe:/o:debian:debian_linux:12", "not_affected", "pkg:deb/debian/openssl"),
        said(Component((), (("sha256", "b" * 64),))),
        said(Component(("pkg:oci/web",), (("sha256", "b" * 64),))),
        said("pkg:deb/debian/curl", "not_affected", "pkg:deb/debian/openssl"),
        said(Component()),
    ],
)
def test_products_that_are_not(product: Statement) -> None:
    subject = replace(WEB.sbom.subject, digest="sha256:" + "a" * 64)
    report = replace(WEB, sbom=replace(WEB.sbom, subject=subject))
    assert outcome(product, report=report) == NOTHING


def test_a_directory_is_no_image() -> None:
    subject = replace(WEB.sbom.subject, kind="directory")
    report = replace(WEB, sbom=replace(WEB.sbom, subject=subject))
    assert outcome(said("pkg:oci/web"), report=report) == NOTHING
    assert outcome(said("pkg:deb/debian/openssl"), report=report) == WHOLE


def test_other_names_and_digests_of_the_image() -> None:
    statement = said("pkg:oci/mirror")
    assert outcome(statement, identity=Identity(("x.example/mirror",))) == WHOLE
    assert outcome(said("pkg:oci/web"), identity=Identity(())) == NOTHING
    digest = "sha256:" + "d" * 64
    assert outcome(said(digest), identity=Identity(digests=(digest,))) == WHOLE


def test_a_checksum_of_a_package() -> None:
    package = replace(SSL, checksums=("sha256:" + "e" * 64,))
    report = reports.report(IMAGE, (package,), (replace(FOUND, packages=(package,)),))
    statement = said(Component((), (("sha256", "e" * 64),)))
    assert outcome(statement, report=report) == [("libssl3", "not_affected")]


# ── which one decides ────────────────────────────────────────────────────────────────────────────


def test_the_newest_decides_wherever_it_was_read() -> None:
    old = said("pkg:deb/debian/openssl", issued="2026-01-01T00:00:00Z", document="a")
    new = said("pkg:oci/web", "affected", issued="2026-01-02T00:00:00Z", document="b")
    for statements in ((old, new), (new, old)):
        assert outcome(*statements) == [("libssl3 openssl", "affected")]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("", "1970-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z"),
        ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.51Z"),
        ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:01Z"),
        ("2026-01-01T08:00:00Z", "2026-01-01T07:00:01-02:00"),
        ("no time", "2020-01-01T00:00:00Z"),
        ("2026-01-01", "2026-01-01T00:00:01Z"),
    ],
)
def test_moments_are_compared(older: str, newer: str) -> None:
    assert instant(older) < instant(newer)
    first = said("pkg:deb/debian/openssl", issued=newer)
    second = said("pkg:deb/debian/openssl", "affected", issued=older)
    assert outcome(first, second) == WHOLE


@pytest.mark.parametrize(
    ("one", "other"),
    [("2026-01-01T00:00:00.500Z", "2026-01-01T00:00:00.5Z"), ("2026-01-01T00:00:00.0Z",) * 2],
)
def test_equal_moments(one: str, other: str) -> None:
    assert instant(one) == instant(other)


RANKED = (
    said("pkg:deb/debian/openssl"),
    said("pkg:deb/debian/openssl@3.0.1-1"),
    said("pkg:deb/debian/openssl@3.0.1-1?distro=trixie"),
    said("pkg:oci/web"),
    said("pkg:oci/web", "not_affected", "pkg:deb/debian/openssl"),
    said("pkg:oci/web", "not_affected", "pkg:deb/debian/openssl@3.0.1-1"),
    said("pkg:docker/registry.example/shop/web@1.0"),
    said("sha256:" + "a" * 64),
)


@pytest.mark.parametrize("place", range(len(RANKED) - 1))
def test_of_equally_new_ones_the_more_specific_decides(place: int) -> None:
    subject = replace(WEB.sbom.subject, digest="sha256:" + "a" * 64)
    report = replace(WEB, sbom=replace(WEB.sbom, subject=subject))
    less = replace(RANKED[place], status="affected")
    more = RANKED[place + 1]
    assert outcome(less, more, report=report) == WHOLE
    assert outcome(more, less, report=report) == WHOLE


def test_then_the_later_one() -> None:
    one, two = said("pkg:deb/debian/openssl"), said("pkg:deb/debian/openssl", "affected")
    assert outcome(one, two) == [("libssl3 openssl", "affected")]
    assert outcome(two, one) == WHOLE


@pytest.mark.parametrize("status", VEX_STATUSES)
def test_only_two_statuses_hide(status: str) -> None:
    report = Judge([said("pkg:oci/web", status)], WEB.sbom).apply(WEB)
    (found,) = report.findings
    assert found.statement is not None
    assert found.statement.status == status
    hides = status in ("not_affected", "fixed")
    assert found.suppressed is hides
    assert found.active is not hides
    assert count(report.findings).findings == (0 if hides else 1)
    assert len(report.effective) + len(report.suppressed) == 1
    assert report.hidden == report.suppressed


# ── findings that are covered in part ────────────────────────────────────────────────────────────


def test_a_statement_about_one_of_several_packages_divides() -> None:
    assert outcome(said("pkg:deb/debian/libssl3")) == [
        ("openssl", ""),
        ("libssl3", "not_affected"),
    ]
    assert outcome(said("pkg:deb/debian/openssl?arch=amd64")) == [
        ("libssl3", ""),
        ("openssl", "not_affected"),
    ]


def test_what_stays_active_is_one_finding() -> None:
    third = reports.deb("libssl-dev", "3.0.1-1", "openssl")
    report = reports.report(IMAGE, (), (replace(FOUND, packages=(SSL, TOOL, third)),))
    statements = (
        said("pkg:deb/debian/libssl3"),
        said("pkg:deb/debian/libssl-dev", "affected", issued="2026-01-01T00:00:00Z"),
    )
    assert outcome(*statements, report=report) == [
        ("openssl libssl-dev", "affected"),
        ("libssl3", "not_affected"),
    ]


def test_two_statements_are_two_parts() -> None:
    found = outcome(said("pkg:deb/debian/libssl3"), said("pkg:deb/debian/openssl?arch=amd64"))
    assert found == [("libssl3", "not_affected"), ("openssl", "not_affected")]


def test_places_divide_too() -> None:
    main = Package("golang", "x.org/main", "v1", locations=(Location("bin/app"),))
    net = Package(
        "golang", "x.org/net", "v2", locations=(Location("bin/app"), Location("bin/other"))
    )
    report = reports.report(IMAGE, (main, net), (replace(FOUND, packages=(net,)),))
    relation = Relation(main.purl, "depends-on", net.purl)
    report = replace(report, sbom=replace(report.sbom, relations=(relation,)))
    statement = said("pkg:golang/x.org/main", "not_affected", "pkg:golang/x.org/net@2")
    judged = Judge([statement], report.sbom).apply(report)
    active, hidden = judged.findings
    assert [at.path for at in active.package.locations] == ["bin/other"]
    assert [at.path for at in hidden.package.locations] == ["bin/app"]
    assert (active.statement, hidden.statement) == (None, statement)


def test_a_part_of_a_part() -> None:
    inner = Component(("pkg:deb/debian/openssl",), parts=(Component(("pkg:deb/debian/libssl3",)),))
    statement = said(Component(("pkg:oci/web",), parts=(inner,)))
    assert outcome(statement) == [("openssl", ""), ("libssl3", "not_affected")]
    deep = Component(("pkg:deb/debian/openssl",))
    for _ in range(50):
        deep = Component(("pkg:deb/debian/openssl",), parts=(deep,))
    assert outcome(said(deep)) == NOTHING


# ── base images ──────────────────────────────────────────────────────────────────────────────────

BASE = "sha256:" + "b" * 64
LAYERS = tuple(f"sha256:{n}" + "0" * 63 for n in (1, 2, 3))


def layered(*packages: Package) -> Report:
    """A report of an image of three layers, the lower two of which are a base."""
    report = reports.report(IMAGE, packages, (replace(FOUND, packages=packages),))
    subject = replace(report.sbom.subject, layers=LAYERS)
    return replace(report, sbom=replace(report.sbom, subject=subject))


def at(package: Package, *layers: str) -> Package:
    return replace(package, locations=tuple(Location(f"p{n}", la) for n, la in enumerate(layers)))


def on_base(**facts: object) -> Identity:
    base = Base((BASE,), ("registry.example/base:1",), LAYERS[:2])
    return Identity(bases=(replace(base, **facts),))


@pytest.mark.parametrize(
    "statement",
    [
        said("pkg:deb/debian/openssl", origin="base", base=BASE),
        said("pkg:oci/base", "not_affected", "pkg:deb/debian/openssl"),
        said("pkg:oci/base"),
        said(BASE, "not_affected", "pkg:deb/debian/openssl"),
        said("pkg:oci/base", origin="base", base=BASE),
    ],
)
def test_a_base_speaks_for_its_own_packages(statement: Statement) -> None:
    report = layered(at(SSL, LAYERS[0], LAYERS[2]), at(TOOL, LAYERS[2]))
    assert outcome(statement, report=report, identity=on_base()) == [
        ("openssl", ""),
        ("libssl3", "not_affected"),
    ]


@pytest.mark.parametrize(
    "layers", [(), LAYERS[1:], (*LAYERS[:1], LAYERS[2]), (*LAYERS, "sha256:4")]
)
def test_what_is_not_proven_does_not_suppress(layers: tuple[str, ...]) -> None:
    report = layered(at(SSL, LAYERS[0]), at(TOOL, LAYERS[0]))
    for statement in (
        said("pkg:deb/debian/openssl", origin="base", base=BASE),
        said("pkg:oci/base", "not_affected", "pkg:deb/debian/openssl"),
    ):
        assert outcome(statement, report=report, identity=on_base(layers=layers)) == NOTHING
        assert outcome(statement, report=report) == NOTHING


def test_the_same_package_in_the_sbom_of_the_base_is_its_own() -> None:
    report = layered(at(SSL, LAYERS[2]), at(TOOL, LAYERS[2]))
    known = on_base(packages=frozenset({SSL.purl}))
    statement = said("pkg:deb/debian/openssl", base=BASE)
    assert outcome(statement, report=report, identity=known)[1] == ("libssl3", "not_affected")
    wheel = at(reports.wheel("flask", "3"), LAYERS[2])
    report = layered(wheel)
    known = on_base(packages=frozenset({wheel.purl}))
    statement = said("pkg:pypi/flask", base=BASE)
    assert outcome(statement, report=report, identity=known) == [("flask", "")]


def test_copies_above_the_base_stay() -> None:
    wheel = at(reports.wheel("flask", "3"), LAYERS[1], LAYERS[2])
    statement = said("pkg:pypi/flask", base=BASE)
    judged = Judge([statement], layered(wheel).sbom, on_base()).apply(layered(wheel))
    assert [[a.layer for a in f.package.locations] for f in judged.findings] == [
        [LAYERS[2]],
        [LAYERS[1]],
    ]


def test_the_base_itself_is_not_limited() -> None:
    subject = replace(WEB.sbom.subject, digest=BASE)
    report = replace(WEB, sbom=replace(WEB.sbom, subject=subject))
    assert outcome(said("pkg:deb/debian/openssl", base=BASE), report=report) == WHOLE


# ── who is believed, and what is told ────────────────────────────────────────────────────────────


def test_authors() -> None:
    statement = said("pkg:oci/web", author="Jo <jo@example.org>")
    for pattern, expected in (("@example.org>$", WHOLE), ("^Jo$", NOTHING)):
        assert outcome(statement, authors=[re.compile(pattern)]) == expected
    nobody = said("pkg:oci/web")
    assert outcome(nobody, authors=[re.compile("x")]) == NOTHING


def test_refused_statements_decide_nothing_and_are_told() -> None:
    refused = [(said("pkg:oci/web", "affected", issued="2026-02-01T00:00:00Z"), "wrong key")]
    judge = Judge([said("pkg:oci/web", document="b")], WEB.sbom, refused=refused)
    assert [f.suppressed for f in judge.apply(WEB).findings] == [True]
    told = {c.outcome: c for c in judge.considered(FOUND)}
    assert set(told) == {"applies", "not believed: wrong key"}
    assert not told["not believed: wrong key"].applies


def test_what_became_of_documents() -> None:
    statements = (
        said("pkg:deb/debian/libssl3", document="a", number=1, author="Jo"),
        said("pkg:deb/debian/zlib", document="a", number=2, author="Jo"),
        said("pkg:oci/web", name="CVE-1", document="a", number=3, author="Jo"),
        said("pkg:oci/x", document="b"),
    )
    documents = (VexUse("z", statements=7), VexUse("a", author="Jo", statements=3))
    report = Judge(
        statements,
        WEB.sbom,
        documents=documents,
        refused=[(said("pkg:oci/web", document="b"), "unsigned")],
    ).apply(WEB)
    assert report.vex == (
        VexUse("z", statements=7),
        VexUse("a", author="Jo", statements=3, about=2, applied=1, hidden=1),
        VexUse("b", statements=2, about=2, refused=1, why="unsigned"),
    )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (said("pkg:deb/debian/openssl@1"), "names another version"),
        (said("pkg:oci/web?tag=2"), "names another tag of the image"),
        (said("pkg:oci/other"), "names another image"),
        (said("pkg:oci/web", "not_affected", "pkg:deb/debian/x"), "none of the subcomponents"),
        (said("pkg:oci/web", "not_affected", "pkg:deb/debian/openssl@1"), "names another version"),
        (said("pkg:deb/debian/x", "not_affected", "pkg:deb/debian/openssl"), "another product"),
        (said("pkg:deb/debian/openssl", base="sha256:x"), "are not proven"),
        (said("pkg:deb/debian/zlib"), "names something else"),
    ],
)
def test_why_a_statement_does_not_apply(statement: Statement, expected: str) -> None:
    (told,) = Judge([statement], WEB.sbom).considered(FOUND)
    assert not told.applies
    assert told.outcome.startswith("does not apply: ")
    assert expected in told.outcome


def test_which_statement_overrules_and_where_one_applies() -> None:
    facts = {"document": "a.json", "author": "Jo", "justification": "component_not_present"}
    old = said("pkg:oci/web", number=1, issued="2026-01-01T00:00:00Z", **facts)
    new = said("pkg:deb/debian/libssl3", "affected", number=2, issued="2026-01-02T00:00:00Z")
    new = replace(new, document="b.json", action_statement="update")
    first, second = Judge([old, new], WEB.sbom).considered(FOUND)
    assert (first.where, first.applies) == ("a.json #1", True)
    assert first.outcome == "applies, for openssl only"
    assert first.what == "not affected, component_not_present, of 2026-01-01, by Jo, unsigned"
    assert second.outcome == "decides, and hides nothing, for libssl3 only"
    assert second.reason == "update"
    only = replace(FOUND, packages=(SSL,))
    _, overruled = Judge([old, new], WEB.sbom).considered(only)
    assert overruled.outcome == "overruled: a newer statement says affected (b.json #2)"
    even = replace(new, issued=old.issued)
    _, overruled = Judge([even, old], WEB.sbom).considered(only)
    assert overruled.outcome.startswith("overruled: as new, but more specific or later, a")


def test_names_of_findings() -> None:
    assert names_of(FOUND) == {"cve-2026-1", "ghsa-a", "dsa-5000"}


# ── any statements about anything ────────────────────────────────────────────────────────────────

_ids = st.sampled_from(
    [
        *("pkg:deb/debian/openssl", "pkg:deb/debian/libssl3@3.0.1-1", "pkg:deb/debian/openssl@2"),
        *("pkg:oci/web", "pkg:oci/other", "pkg:docker/registry.example/shop/web@1.0", "x", ""),
        *("pkg:deb/debian/libssl3?distro=trixie", "pkg:npm/x", "cpe:/o:debian:debian_linux:13"),
    ]
)
_component = st.recursive(
    st.builds(Component, st.lists(_ids, max_size=2).map(tuple)),
    lambda inner: st.builds(
        Component,
        st.lists(_ids, max_size=2).map(tuple),
        st.just(()),
        st.lists(inner, max_size=2).map(tuple),
    ),
    max_leaves=4,
)
_statement = st.builds(
    Statement,
    vulnerability=st.sampled_from(["CVE-2026-1", "GHSA-a", "CVE-2"]),
    status=st.sampled_from(VEX_STATUSES),
    products=st.lists(_component, max_size=3).map(tuple),
    issued=st.sampled_from(["", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    document=st.sampled_from(["a", "b"]),
)


@given(st.lists(_statement, max_size=6))
def test_nothing_is_lost_and_the_quick_way_is_the_thorough_one(statements: list[Statement]) -> None:
    judge = Judge(statements, WEB.sbom)
    judged = judge.apply(WEB)
    packages = [p.name for f in judged.findings for p in f.packages]
    assert sorted(packages) == ["libssl3", "openssl"]
    assert sum(f.active for f in judged.findings) <= 1
    for package in (SSL, TOOL):
        numbers = judge.about(FOUND)
        slow = [judge.standing(number, package, -1) for number in numbers]
        standing = [s for s in slow if isinstance(s, Standing)]
        best = max(standing, key=lambda s: s.rank).number if standing else -1
        assert judge.decides(numbers, package, -1) == best
        assert all(isinstance(s, Standing | Misfit) for s in slow)
    assert len(judge.considered(FOUND)) == len(judge.about(FOUND))


def test_ties_between_documents_go_by_their_order_only() -> None:
    finding: Finding = FOUND
    one, two = said("pkg:oci/web", document="b"), said("pkg:oci/web", "fixed", document="a")
    judged = Judge([one, two], WEB.sbom).apply(replace(WEB, findings=(finding,)))
    (found,) = judged.findings
    assert found.statement == two


def test_a_statement_on_a_distribution_is_no_statement_on_another() -> None:
    report = replace(WEB, sbom=replace(WEB.sbom, distro=Distro("ubuntu", "24.04")))
    statement = said("cpe:/o:debian:debian_linux:13", "not_affected", "pkg:deb/debian/openssl")
    assert outcome(statement, report=report) == NOTHING
