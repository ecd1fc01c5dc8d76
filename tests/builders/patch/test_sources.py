"""The repositories of an image, the keys it trusts for each, and its pins."""

from pathlib import Path

import pytest

from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.builders.patch.sources import Sources, find_sources
from ironhull.builders.patch.system import System
from ironhull.errors import BuildError

KEY = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxyz\n-----END PGP PUBLIC KEY BLOCK-----"


def found(files: dict[str, str], *given: str, release: dict[str, str] | None = None) -> Sources:
    root = Rootfs(Path())
    for path, text in files.items():
        root.write(path, text)
    system = System(
        root=root, before={}, installed={}, foreign=(), os_release=release or {}, slim=False
    )
    return find_sources(system, given, ())


def listed(sources: Sources) -> list[str]:
    return [str(one) for one in sources.repositories]


def test_both_forms_are_read() -> None:
    sources = found(
        {
            "etc/apt/sources.list": "# deb http://no x main\ndeb http://a trixie main # why\n",
            "etc/apt/sources.list.d/b.list": "deb-src http://a trixie main\ndeb http://b s c\n",
            "etc/apt/sources.list.d/c.sources": "# a comment\n\nTypes: deb\nURIs: http://c\n"
            "Suites: x y\nComponents: main\nDescription: words\n\nEnabled: no\nURIs: http://d\n"
            "Suites: x\nComponents: main\nTypes: deb\n",
            "etc/apt/sources.list.d/c.sources.save": "rubbish",
        }
    )
    assert listed(sources) == [
        "deb http://a trixie main",
        "deb http://b s c",
        "deb http://c x main",
        "deb http://c y main",
    ]


def test_an_image_without_apt_gets_debians_own() -> None:
    sources = found({}, release={"ID": "debian", "VERSION_ID": "13"})
    assert [one.suite for one in sources.repositories] == [
        "trixie",
        "trixie-updates",
        "trixie-security",
    ]


def test_the_command_line_replaces_them() -> None:
    files = {"etc/apt/sources.list": "deb cdrom:x y z\n"}
    assert listed(found(files, "deb http://a b c")) == ["deb http://a b c"]


@pytest.mark.parametrize(
    ("files", "release", "says"),
    [
        ({"etc/apt/sources.list": "deb cdrom:x trixie main\n"}, {}, "/etc/apt/sources.list"),
        ({"etc/apt/sources.list": "deb http://a x/\n"}, {}, "flat repository"),
        ({"etc/apt/sources.list": "deb [trusted=yes] http://a b c\n"}, {}, "trusted=yes"),
        ({}, {"ID": "ubuntu", "PRETTY_NAME": "Ubuntu 24.04"}, "says Ubuntu 24.04"),
        ({}, {}, "says nothing"),
        (
            {
                "etc/apt/sources.list": "deb http://a b c\n",
                "etc/apt/preferences.d/all": "Package: *\nPin: release a=x\nPin-Priority: 900\n",
            },
            {},
            "pins every package",
        ),
        (
            {
                "etc/apt/sources.list": "deb http://a b c\n",
                "etc/apt/preferences": "Package: /(a+)+$/\nPin: release a=x\nPin-Priority: 1\n",
            },
            {},
            "regular expression",
        ),
    ],
)
def test_what_cannot_be_obeyed_is_refused(
    files: dict[str, str], release: dict[str, str], says: str
) -> None:
    with pytest.raises(BuildError) as caught:
        found(files, release=release)
    assert says in caught.value.message
    assert "--repository" in caught.value.hint


def test_each_repository_has_its_own_keys() -> None:
    sources = found(
        {
            "etc/apt/sources.list": "deb [signed-by=/usr/share/keyrings/a.gpg] http://a x m\n"
            "deb http://b x m\n",
            "etc/apt/sources.list.d/c.sources": "Types: deb\nURIs: http://c\nSuites: x\n"
            "Components: m\nSigned-By:\n "
            + KEY.decode().replace("\n\n", "\n.\n").replace("\n", "\n ")
            + "\n",
            "usr/share/keyrings/a.gpg": "key of a",
            "etc/apt/trusted.gpg.d/b.asc": "key of b",
            "etc/apt/trusted.gpg.d/readme": "no key",
        }
    )
    keys = {one.url: sources.keys(one) for one in sources.repositories}
    assert keys == {"http://a": (b"key of a",), "http://b": (b"key of b",), "http://c": (KEY,)}


def test_pins_name_packages() -> None:
    pins = "Package: php* libwolfssl\nPin: release *\nPin-Priority: -1\n"
    sources = found(
        {"etc/apt/sources.list": "deb http://a x m\n", "etc/apt/preferences.d/no": pins}
    )
    assert [n for n in ("php8.2", "libwolfssl", "openssl") if sources.pinned(n)] == [
        "php8.2",
        "libwolfssl",
    ]
