"""Go's order as bytes, against golang.org/x/mod/semver; the toolchain's own names of versions."""

from pathlib import Path

import pytest
from hypothesis import given

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.ecosystems.golang import released
from ironhull.model import Location, Package
from tests.ecosystems import oracles
from tests.ecosystems.test_npm import semantic

ROW = ECOSYSTEMS["golang"]

MODULES = (
    *("v0.0.0-20190101000000-000000000000", "v0.0.0-20200622213623-75b288015ac9", "v0.0.0"),
    *("v0.1.0", "v1.2.3-0.20210101000000-abcdefabcdef", "v1.2.3-alpha", "v1.2.3-pre"),
    *("v1.2.3-pre.0.20210101000000-abcdefabcdef", "v1.2.3-rc.1", "v1.2.3", "v1.2.4", "v1.10.0"),
    *("v2.0.0+incompatible", "v17.12.0-ce-rc1.0.20200618181300-9dc6525e6118+incompatible"),
    *("v20.10.7+incompatible", "v20.10.8-0.20210730130000-aaaaaaaaaaaa+incompatible", "v24.0.0"),
)
"""Each before the next: go.dev/ref/mod, "Versions" and "Pseudo-versions"."""

TOOLCHAINS = (
    *("1.9.2", "1.10beta1", "1.10", "1.10.8", "1.20rc1", "1.20", "1.20.14", "1.21.0-0"),
    *("go1.21beta1", "1.21rc2", "go1.21rc3", "1.21.0", "go1.21.1", "1.22-20240626-RC01"),
    *("1.22rc1", "1.22.3", "1.23-8e1fdea831", "1.23rc1", "1.23.0"),
)
"""Each before the next: go.dev/doc/toolchain, "Go versions"."""

SAME = (
    *(("v1.2.3", "1.2.3"), ("v1.2.3+incompatible", "v1.2.3"), ("v1.2.3+dirty", "1.2.3")),
    *(("1.21rc2", "1.21.0-rc.2"), ("go1.21beta1", "1.21.0-beta.1"), ("1.20", "1.20.0")),
    *(("1.23-8e1fdea831", "1.23.0-0"), ("1.27.0-X:nodwarf5", "1.27.0"), ("go1", "1.0.0")),
    *(("1.22.3 X:boringcrypto", "1.22.3"), ("1.9.2rc2", "1.9.2-rc.2")),
)

REFUSED = ("", "(devel)", "devel", "unknown", "v", "go", "master", "1" * 600)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *(
            ("1.22.3-acme", "1.22.3"),
            ("v1.22.3", "1.22.3"),
            ("v1.21rc2", "1.21rc2"),
            ("1.22.3 (Red Hat 1.22.3-1.el9)", "1.22.3"),
        ),
        *(("1.22.3", "1.22.3"), ("1.21.0-rc.2", "1.21.0-rc.2"), ("1.21.0-0", "1.21.0-0")),
        *(("1.21rc2", "1.21rc2"), ("go1.20.5-fips", "go1.20.5"), ("1.23-8e1fdea831",) * 2),
    ],
)
def test_a_vendors_suffix_is_left_out(said: str, meant: str) -> None:
    assert released(said) == meant
    ROW.order(released(said))


def test_the_versions_of_real_advisories(shared_data: Path, tmp_path: Path) -> None:
    bounds = oracles.real_versions(shared_data, "Go")
    assert [version for version in bounds if oracles.key_or_none(ROW.order, version) is None] == []
    others = ("npm", "crates.io", "NuGet", "Packagist", "Hex")
    versions = {f"v{version}" for version in bounds} | set(MODULES)
    versions |= {f"v{v}" for name in others for v in oracles.real_versions(shared_data, name)}
    ranked = oracles.ranked_by(oracles.go_semver(tmp_path), versions)
    assert len(ranked) - len(oracles.refused_by(ranked)) > 15_000
    assert oracles.wrong(ROW.order, ranked) == []


def test_the_chain_of_modules_is_gos(tmp_path: Path) -> None:
    ranked = oracles.ranked_by(oracles.go_semver(tmp_path), MODULES)
    assert [version for _, version in ranked] == list(MODULES)


@given(semantic(), semantic())
def test_modules_are_semantic_versions(left: str, right: str) -> None:
    ours = oracles.compare(ROW.order, f"v{left}", f"v{right}")
    assert ours == oracles.compare(ECOSYSTEMS["npm"].order, left, right)


def test_modules_are_looked_up_without_case() -> None:
    package = Package("golang", "github.com/BurntSushi/toml", "v1.2.0")
    assert ROW.lookups(package) == (("github.com/burntsushi/toml", "v1.2.0"),)
    assert ROW.canonical("github.com/BurntSushi/toml") == "github.com/burntsushi/toml"
    assert ROW.scopes(package, None) == ("Go",)
    assert ecosystem_of_scope("Go") is ROW


def test_a_major_version_is_a_module_of_its_own() -> None:
    package = Package("golang", "github.com/jackc/pgx/v5", "v5.5.3")
    assert ROW.names(package) == ("github.com/jackc/pgx/v5",)


def test_the_standard_library_and_the_toolchain() -> None:
    program = Package("golang", "stdlib", "1.22.3", locations=(Location("usr/bin/app"),))
    assert ROW.lookups(program) == (("stdlib", "1.22.3"),)
    places = (Location("usr/local/go/bin/gofmt"), Location("usr/local/go/bin/go"))
    image_of_go = Package("golang", "stdlib", "1.22.3-acme", locations=places)
    assert ROW.lookups(image_of_go) == (("stdlib", "1.22.3"), ("toolchain", "1.22.3"))
