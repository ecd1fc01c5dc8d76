"""Which copies cannot be reached but through a product."""

from ironhull.model import Location, Package, Relation, Sbom, Subject
from ironhull.statements._containing import Containing


def package(name: str, *paths: str, kind: str = "golang") -> Package:
    return Package(kind, name, "1", locations=tuple(Location(path) for path in paths))


MAIN = package("x.org/main", "bin/app")
OTHER = package("x.org/other", "bin/other")
NET = package("x.org/net", "bin/app", "bin/other")
TEXT = package("x.org/text", "bin/app")


def containing(*packages: Package, uses: list[tuple[Package, Package]]) -> Containing:
    relations = tuple(Relation(a.purl, "depends-on", b.purl) for a, b in uses)
    return Containing(Sbom(Subject("web"), None, packages, relations))


def is_main(other: Package) -> bool:
    return other.name == MAIN.name


def test_what_is_linked_into_a_program_is_inside_of_it() -> None:
    found = containing(MAIN, OTHER, NET, uses=[(MAIN, NET), (OTHER, NET)])
    assert found.inside(NET, 0, is_main)
    assert not found.inside(NET, 1, is_main), "the copy in the other program"
    assert not found.inside(MAIN, 0, is_main), "nothing uses it"


def test_what_another_module_of_the_program_uses_too_is_reached_through_that() -> None:
    uses = [(MAIN, TEXT), (TEXT, NET)]
    assert containing(MAIN, NET, TEXT, uses=uses).inside(NET, 0, is_main)
    second = package("x.org/second", "bin/app")
    uses.append((second, NET))
    assert not containing(MAIN, NET, TEXT, second, uses=uses).inside(NET, 0, is_main)


def test_neighbours_without_a_relation_are_not_inside() -> None:
    assert not containing(MAIN, NET, uses=[]).inside(NET, 0, is_main)


def test_rings_end() -> None:
    uses = [(TEXT, NET), (NET, TEXT)]
    assert not containing(MAIN, NET, TEXT, uses=uses).inside(NET, 0, is_main)
    assert containing(MAIN, NET, TEXT, uses=[*uses, (MAIN, TEXT)]).inside(NET, 0, is_main)


def test_archives_in_archives() -> None:
    outer = package("org:app", "srv/app.jar", kind="maven")
    inner = package("org:lib", "srv/app.jar!lib/lib.jar", kind="maven")
    deep = package("org:deep", "srv/app.jar!lib/lib.jar!x/deep.jar", "srv/deep.jar", kind="maven")
    found = containing(outer, inner, deep, uses=[])
    assert found.inside(inner, 0, lambda other: other is outer)
    assert found.inside(deep, 0, lambda other: other is outer)
    assert found.inside(deep, 0, lambda other: other is inner)
    assert not found.inside(deep, 1, lambda other: other is outer)
    assert not found.inside(outer, 0, lambda other: other is inner)


def test_a_bundled_library_is_inside_its_wheel() -> None:
    wheel = package("pillow", "lib/pillow", kind="pypi")
    bundled = package("zlib", "lib/pillow", kind="generic")
    relation = Relation(bundled.purl, "bundled-by", wheel.purl)
    sbom = Sbom(Subject("web"), None, (wheel, bundled), (relation,))
    assert Containing(sbom).inside(bundled, 0, lambda other: other is wheel)


def test_packages_of_a_distribution_are_inside_of_nothing() -> None:
    tool = package("tool", "var/lib/dpkg/status", kind="deb")
    lib = package("lib", "var/lib/dpkg/status", kind="deb")
    found = containing(tool, lib, uses=[(tool, lib)])
    assert not found.inside(lib, 0, lambda other: other is tool)
    assert not found.inside(lib, -1, lambda other: other is tool)
