"""Lua: rockspecs of installed rocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogers.listing import edges, listed, only, read, said

ROCKS = "usr/local/lib/luarocks/rocks-5.1"


def path(name: str, version: str, rocks: str = ROCKS) -> str:
    return f"{rocks}/{name}/{version}/{name}-{version}.rockspec"


ROCKSPEC = """
-- package = "comment"
rockspec_format = "3.0"
package = "LuaSocket"
version = "3.1.0-1"
source = { url = "git+https://github.com/lunarmodules/luasocket.git", tag = "v3.1.0" }
description = {
   summary = "It's \\"network\\" support",
   detailed = [[
      LuaSocket is a Lua extension library
      summary = "not this"
   ]],
   homepage = 'https://github.com/lunarmodules/luasocket',
   license = [==[MIT/X11]==],
   maintainer = "A Person <a@example.org>",
}
build_dependencies = { "luarocks-build-extended" }
dependencies = {
   "lua >= 5.1", 'lpeg ~> 1.0', "user/copas@2.0"
}
"""


def test_all_fields() -> None:
    package = only(read({path("luasocket", "3.1.0-1"): ROCKSPEC}))
    assert package.purl == "pkg:luarocks/luasocket@3.1.0-1"
    assert package.licenses == ("MIT",)
    assert package.summary == 'It\'s "network" support'
    assert package.homepage == "https://github.com/lunarmodules/luasocket"
    assert package.supplier == "A Person <a@example.org>"


@pytest.mark.parametrize(
    ("rocks", "found"),
    [
        (ROCKS, True),
        ("home/me/.luarocks/lib/luarocks/rocks", True),
        ("app/src", False),
    ],
)
def test_places(rocks: str, found: bool) -> None:
    assert bool(read({path("a", "1.0-1", rocks): 'package = "a"'}).packages) is found


@pytest.mark.parametrize("text", ["", 'package = NAME\nversion = V.."-1"', "\0\xff"])
def test_directories_tell_what_the_rockspec_computes(text: str) -> None:
    assert listed(read({path("lua-cjson", "2.1.0.10-1"): text})) == ["lua-cjson@2.1.0.10-1"]


def test_requirements() -> None:
    sbom = read(
        {
            path("luasocket", "3.1.0-1"): ROCKSPEC,
            path("lpeg", "1.0.2-1"): "",
            path("copas", "2.0-1"): "",
            path("luarocks-build-extended", "1.0-1"): "",
        }
    )
    assert edges(sbom) == {("luasocket", "lpeg"), ("luasocket", "copas")}


def test_trouble_is_said() -> None:
    sbom = read({path("a", "latest"): "", path("b", "1.0-1"): ""})
    assert listed(sbom) == ["b@1.0-1"]
    assert said(sbom) == [(path("a", "latest"), "tells no valid package and version: not listed")]


@given(st.binary(max_size=200), st.text("pack=age\"'[]{}\\\n -", max_size=200))
def test_nothing_crashes_the_reader(data: bytes, text: str) -> None:
    sbom = read(
        {
            path("a", "1-1"): data,
            path("b", "1-1"): "package = " + text + "\ndependencies = {" + text,
            path("survivor", "1-1"): "",
        }
    )
    assert "survivor@1-1" in listed(sbom)
