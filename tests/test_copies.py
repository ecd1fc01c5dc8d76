"""The copies of packages."""

from ironhull.copies import collected, places
from ironhull.model import Location, Package

NODE = Package("npm", "x", "1", locations=(Location("a"), Location("b"), Location("c")))
DEB = Package("deb", "x", "1", locations=(Location("info"), Location("status")))


def test_a_copy_for_each_place() -> None:
    assert places(NODE) == [(0, "a"), (1, "b"), (2, "c")]


def test_packages_of_databases_and_those_without_place_have_one_copy() -> None:
    assert places(DEB) == [(-1, "")]
    assert places(Package("npm", "x", "1")) == [(-1, "")]


def test_copies_become_packages_again() -> None:
    assert list(collected([(NODE, 0), (NODE, 1), (NODE, 2), (DEB, -1)])) == [NODE, DEB]
    (part,) = collected([(NODE, 0), (NODE, 2)])
    assert [at.path for at in part.locations] == ["a", "c"]
    assert part.purl == NODE.purl
