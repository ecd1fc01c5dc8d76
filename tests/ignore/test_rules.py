"""What a rule covers, and no more."""

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ignore.files import parse
from ironhull.ignore.rules import PurlPattern, Rule, Target, glob, image_names
from ironhull.model import Location, Package, Subject
from tests import reports


def _rule(**keys: str) -> Rule:
    lines = "".join(f"\n    {key}: {value}" for key, value in keys.items())
    (rule,) = parse(f"ignore:\n  - reason: x{lines}\n".encode(), "f.yaml")
    return rule


def _covers(rule: Rule, number: int = 0, path: str = "", package: Package | None = None) -> bool:
    finding = reports.finding(package or reports.GLIBC, "CVE-2010-4756", aliases=("GHSA-a-b",))
    return rule.covers(Target(finding, finding.packages[number], path))


@pytest.mark.parametrize(
    ("keys", "covered"),
    [
        ({"id": "CVE-2010-4756"}, True),
        ({"id": "cve-2010-4756"}, True),
        ({"id": "ghsa-A-B"}, True),
        ({"id": "CVE-2010-475"}, False),
        ({"package": "glibc"}, True),
        ({"package": "libc6"}, False),
        ({"package": "libc-bin"}, True),
        ({"package": "libc*"}, True),
        ({"package": "glib"}, False),
        ({"package": "glibc", "version": "2.41-12"}, True),
        ({"package": "glibc", "version": "2.41-*"}, True),
        ({"package": "glibc", "version": "'[2.40, 2.41-12]'"}, False),
        ({"package": "glibc", "version": "2.40-*"}, False),
        ({"purl": "pkg:deb/debian/glibc"}, True),
        ({"purl": "pkg:deb/debian/libc-bin@2.41-12"}, True),
        ({"purl": "pkg:deb/debian/libc-bin@2.*-*?arch=amd64"}, True),
        ({"purl": "pkg:deb/debian/libc-bin?arch=arm64"}, False),
        ({"purl": "pkg:deb/ubuntu/glibc"}, False),
        ({"purl": "pkg:rpm/debian/glibc"}, False),
        ({"id": "CVE-2010-4756", "package": "openssl"}, False),
        ({"id": "CVE-2010-4756", "paths": "a/**"}, False),
    ],
)
def test_a_rule_covers_what_every_part_of_it_means(keys: dict[str, str], covered: bool) -> None:
    assert _covers(_rule(**keys)) is covered


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("app/lib.jar", "app/lib.jar", True),
        ("/app/*.jar", "app/lib.jar", True),
        ("app/*.jar", "app/x/lib.jar", False),
        ("**/lib.jar", "app/x/lib.jar", True),
        ("app/**", "app/x/lib.jar", True),
        ("app.jar", "app.jar!lib/x.jar", True),
        ("app.jar/lib/*.jar", "app.jar!lib/x.jar", True),
        ("app.jar!lib/x.jar", "app.jar!lib/x.jar", True),
        ("**", "", False),
    ],
)
def test_paths(pattern: str, path: str, covered: bool) -> None:
    assert _covers(_rule(id="CVE-2010-4756", paths=f"'{pattern}'"), path=path) is covered


def test_why_a_rule_misses() -> None:
    finding = reports.finding(reports.FLASK, "CVE-1")
    target = Target(finding, reports.FLASK, "a/b")
    assert _rule(id="CVE-2").misses(target) == "it names another vulnerability"
    assert _rule(package="x").misses(target) == "its package or version is another"
    assert _rule(purl="pkg:pypi/x").misses(target) == "its package URL is another"
    assert _rule(package="flask", paths="x/*").misses(target) == "its paths are others"
    assert _rule(package="flask", paths="a/*").misses(target) == ""


@pytest.mark.parametrize(
    ("purl", "package"),
    [
        ("pkg:pypi/Foo_Bar@1.0", Package("pypi", "foo-bar", "1.0")),
        ("pkg:npm/@angular/core@17.0.0", Package("npm", "@angular/core", "17.0.0")),
        ("pkg:npm/%40angular/core", Package("npm", "@angular/core", "17.0.0")),
        ("pkg:maven/org.slf4j/slf4j-api", Package("maven", "org.slf4j:slf4j-api", "2.0")),
        ("pkg:golang/github.com/A/b@v1.0.0", Package("golang", "github.com/A/b", "v1.0.0")),
        ("pkg:rpm/redhat/openssl@3.0-1", Package("rpm", "openssl", "1:3.0-1", namespace="redhat")),
        (
            "pkg:rpm/redhat/openssl@1:3.0-1",
            Package("rpm", "openssl", "1:3.0-1", namespace="redhat"),
        ),
    ],
)
def test_purls_of_every_kind(purl: str, package: Package) -> None:
    assert PurlPattern.of(purl, globs=False).matches(package)


def test_stars_in_trivys_purls_are_no_wildcards() -> None:
    package = Package("npm", "lodash", "4.17.1")
    assert PurlPattern.of("pkg:npm/lodash@4.*", globs=True).matches(package)
    assert not PurlPattern.of("pkg:npm/lodash@4.*", globs=False).matches(package)


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("registry.example/shop/web:1", True),
        ("registry.example/shop/web", True),
        ("registry.example/*", True),
        ("registry.example/shop/api", False),
        ("shop/web", False),
        ("'sha256:8*'", True),
        ("'sha256:9*'", False),
    ],
)
def test_images(pattern: str, covered: bool) -> None:
    subject = Subject("registry.example/shop/web:1", digest="sha256:" + "8" * 64)
    rule = _rule(id="CVE-1", image=pattern)
    assert rule.about_image(image_names(subject)) is covered


def test_official_images_have_short_names() -> None:
    names = image_names(Subject("python:3.13"))
    assert {"python", "python:3.13", "docker.io/library/python:3.13"} <= set(names)
    assert image_names(Subject("/some/Directory")) == ("/some/Directory",)


def test_a_rule_ends_with_the_beginning_of_its_day() -> None:
    rule = _rule(id="CVE-1", until="2027-01-31")
    assert not rule.expired("2027-01-30T23:59:59Z")
    assert rule.expired("2027-01-31T00:00:00Z")
    moment = _rule(id="CVE-1", until="2027-01-31T10:00:00Z")
    assert not moment.expired("2027-01-31T09:59:59Z")
    assert moment.expired("2027-01-31T10:00:00Z")
    assert not _rule(id="CVE-1").expired("9999-12-31T00:00:00Z")


_TEXT = st.text("ab*?", max_size=12)


@given(_TEXT, st.text("ab", max_size=12))
def test_globs_are_those_of_fnmatch(pattern: str, text: str) -> None:
    expected = re.fullmatch(fnmatch.translate(pattern), text) is not None
    assert glob(pattern, text) is expected


def test_globs_take_no_exponential_time() -> None:
    assert not glob("*a" * 500 + "b", "a" * 5000)


def test_a_package_at_two_places_is_two_targets() -> None:
    package = Package("npm", "x", "1", locations=(Location("a/x"), Location("b/x")))
    rule = _rule(package="x", paths="a/*")
    finding = reports.finding(package, "CVE-1")
    assert [rule.covers(Target(finding, package, at.path)) for at in package.locations] == [
        True,
        False,
    ]
