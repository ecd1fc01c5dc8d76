"""CPEs of distributions."""

import pytest

from ironhull.model import Distro
from ironhull.statements._system import is_system

RHEL = Distro("rhel", "9.4")


@pytest.mark.parametrize(
    "text",
    [
        "cpe:/o:redhat:enterprise_linux:9",
        "cpe:/o:redhat:enterprise_linux:9.4",
        "cpe:/a:redhat:enterprise_linux:9::appstream",
        "cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*",
        "cpe:2.3:o:redhat:enterprise_linux:*:*:*:*:*:*:*:*",
        "CPE:/o:RedHat:enterprise_linux",
    ],
)
def test_the_distribution(text: str) -> None:
    assert is_system(text, RHEL)


@pytest.mark.parametrize(
    "text",
    [
        "cpe:/o:redhat:enterprise_linux:8",
        "cpe:/o:redhat:enterprise_linux:9.2",
        "cpe:/o:redhat:enterprise_linux:90",
        "cpe:/h:redhat:enterprise_linux:9",
        "cpe:/a:redhat:openshift:9",
        "cpe:/o:debian:debian_linux:9",
        "cpe:/o",
        "cpe:",
        "",
        "pkg:rpm/redhat/enterprise_linux",
    ],
)
def test_what_is_not(text: str) -> None:
    assert not is_system(text, RHEL)


def test_an_image_without_a_distribution() -> None:
    assert not is_system("cpe:/o:debian:debian_linux:13", None)
    assert is_system("cpe:/o:debian:debian_linux:13", Distro("debian", "13"))
