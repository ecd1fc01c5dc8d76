"""Reading the package database of an image: what is there, and any bytes at all."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.patch.system import listed, open_system, os_release, sums
from ironhull.errors import BuildError, Error
from tests.images import image

STATUS = "var/lib/dpkg/status"


def test_installed_packages_and_those_that_are_not(tmp_path: Path) -> None:
    text = (
        "Package: a\nVersion: 1\nArchitecture: amd64\nStatus: hold ok installed\nSource: s (9)\n\n"
        "Package: b\nVersion: 1\nArchitecture: all\nStatus: deinstall ok config-files\n\n"
        "Package: c\nStatus: unknown ok not-installed\nArchitecture: amd64\n\n"
        "Package: d\nVersion: 1\nArchitecture: i386\nStatus: install ok installed\n"
    )
    files = {
        STATUS: text,
        "var/lib/dpkg/status.d/e": "Package: e\nVersion: 2\nArchitecture: all\n",
        "var/lib/dpkg/status.d/e.md5sums": "0123  usr/bin/e\n",
        "var/lib/dpkg/info/a:amd64.list": "/.\n/usr\n/usr/bin/a\n",
        "etc/os-release": '# words\nID=debian\nNAME="A b"\nrubbish\n',
    }
    system = open_system(image(files), "amd64", tmp_path)
    assert set(system.installed) == {"a", "e"}
    assert [one.name for one in system.foreign] == ["d"]
    a, e = system.installed["a"], system.installed["e"]
    assert (a.want, a.state, a.source) == ("hold", "installed", "s")
    assert listed(system, a) == ("usr", "usr/bin/a")
    assert sums(system, e) == {"usr/bin/e": "0123"}
    assert os_release(system.root) == {"ID": "debian", "NAME": "A b"}
    assert system.slim


@pytest.mark.parametrize(
    "text", ["Package: a\nVersion: not one\n", "Package: a\n", "words\n", "Version: 1\n"]
)
def test_a_stanza_that_is_none_is_said(text: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="var/lib/dpkg/status"):
        open_system(image({STATUS: text}), "amd64", tmp_path)


_LINE = st.sampled_from(
    ("Package: a", "Version: 1", "Version: -", "Status: install ok installed", "", " more", "x")
) | st.sampled_from(("Architecture: amd64", "Source: b (", "Status:", "Package:"))


@given(st.lists(_LINE).map("\n".join) | st.text(max_size=200), st.binary(max_size=100))
def test_any_database_is_read_or_refused(text: str, other: bytes) -> None:
    files: dict[str, bytes | str] = {
        STATUS: text.encode("utf-8", "surrogatepass"),
        "var/lib/dpkg/info/a.list": other,
        "var/lib/dpkg/info/a.md5sums": other,
        "etc/os-release": other,
    }
    with tempfile.TemporaryDirectory() as scratch:
        try:
            system = open_system(image(files), "amd64", Path(scratch))
        except Error:
            return
    for package in system.installed.values():
        listed(system, package)
        sums(system, package)
