"""Composer: installed.json of both versions, the application around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogers.listing import edges, listed, read, said

PATH = "app/vendor/composer/installed.json"
CONSOLE = {
    "name": "symfony/console",
    "version": "v6.4.1",
    "version_normalized": "6.4.1.0",
    "license": ["MIT"],
    "description": "Eases the creation of command lines",
    "homepage": "https://symfony.com",
    "authors": [{"name": "Fabien", "email": "fabien@symfony.com"}, {"name": "Other"}],
    "require": {"php": ">=8.1", "ext-mbstring": "*", "Psr/Log-Implementation": "*"},
}
LOG = {"name": "monolog/monolog", "version": "3.0.0", "provide": {"psr/log-implementation": "3.0"}}


@pytest.mark.parametrize(
    "document", [[CONSOLE, LOG], {"packages": [CONSOLE, LOG], "dev": True, "dev-package-names": []}]
)
def test_both_formats(document: object) -> None:
    sbom = read({PATH: document})  # type: ignore[dict-item] # an object or a list
    assert not sbom.problems
    assert listed(sbom) == ["monolog/monolog@3.0.0", "symfony/console@v6.4.1"]
    console = sbom.packages[1]
    assert console.purl == "pkg:composer/symfony/console@v6.4.1"
    assert console.licenses == ("MIT",)
    assert console.summary == "Eases the creation of command lines"
    assert console.homepage == "https://symfony.com"
    assert console.supplier == "Fabien <fabien@symfony.com>"
    assert edges(sbom) == {("symfony/console", "monolog/monolog")}


def test_what_is_installed_for_development_is_installed() -> None:
    unit = {"name": "phpunit/phpunit", "version": "10.0.0"}
    document = {"packages": [unit], "dev": True, "dev-package-names": ["phpunit/phpunit"]}
    assert listed(read({PATH: document})) == ["phpunit/phpunit@10.0.0"]


def test_several_licences_are_a_choice() -> None:
    document = [{"name": "a/b", "version": "1", "license": ["LGPL-2.1-only", "GPL-3.0-or-later"]}]
    [package] = read({PATH: document}).packages
    assert package.licenses == ("LGPL-2.1-only OR GPL-3.0-or-later",)


def test_the_application_is_listed_where_it_has_a_version() -> None:
    app = {"name": "acme/app", "version": "2.0.0", "require": {"monolog/monolog": "^3"}}
    sbom = read({PATH: [LOG], "app/composer.json": app, "other/composer.json": app})
    assert listed(sbom) == ["acme/app@2.0.0", "monolog/monolog@3.0.0"]
    assert edges(sbom) == {("acme/app", "monolog/monolog")}
    assert listed(read({PATH: [LOG], "app/composer.json": {"name": "acme/app"}})) == [
        "monolog/monolog@3.0.0"
    ]
    assert not read({PATH: [LOG], "app/composer.json": "{"}).problems


def test_requirements_are_met_in_their_own_vendor_directory() -> None:
    sbom = read({PATH: [CONSOLE], "old/vendor/composer/installed.json": [LOG]})
    assert edges(sbom) == set()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("{", "not JSON"),
        ("7", "holds no list of packages"),
        ("{}", "holds no list of packages"),
        ('[{"name": "nothing"}]', "nothing has no valid name and version: not listed"),
        ("[7]", "entry 1 has no valid name and version: not listed"),
        ('[{"name": "/b", "version": "1"}]', "/b has no valid name and version: not listed"),
    ],
)
def test_trouble_is_said(body: str, what: str) -> None:
    [(where, message)] = said(read({PATH: body}))
    assert where == PATH
    assert what in message


@given(st.binary(max_size=200))
def test_nothing_crashes_the_reader(data: bytes) -> None:
    sbom = read({PATH: data, "app/composer.json": data, f"b/{PATH}": [LOG]})
    assert "monolog/monolog@3.0.0" in listed(sbom)
