"""Swift packages are named by the address of their repository, however it is written."""

import pytest

from ironhull.ecosystems import ECOSYSTEMS, ecosystem_of_scope
from ironhull.model import Package

ROW = ECOSYSTEMS["swift"]


@pytest.mark.parametrize(
    "address",
    [
        "github.com/vapor/vapor",
        "https://github.com/vapor/vapor.git",
        "https://github.com/Vapor/Vapor/",
        "http://www.github.com/vapor/vapor",
        "git@github.com:vapor/vapor.git",
        "ssh://git@github.com/vapor/vapor.git",
    ],
)
def test_one_package_of_several_addresses(address: str) -> None:
    assert ROW.canonical(address) == "github.com/vapor/vapor"
    package = Package("swift", address, "4.84.2")
    assert ROW.lookups(package) == (("github.com/vapor/vapor", "4.84.2"),)


def test_a_port_stays() -> None:
    assert ROW.canonical("https://git.example:8443/a/b.git") == "git.example:8443/a/b"


def test_order_and_scope() -> None:
    assert ROW.order("v1.2.0-beta.1") < ROW.order("1.2.0") == ROW.order("1.2") < ROW.order("1.10.0")
    assert ROW.scopes(Package("swift", "github.com/a/b", "1"), None) == ("SwiftURL",)
    assert ecosystem_of_scope("SwiftURL") is ROW
