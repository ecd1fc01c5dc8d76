"""Whether a package URL names an installed package."""

import pytest

from ironhull.model import Distro, Package, Upstream
from ironhull.statements._fit import EXACT, NAMED, OTHER, VERSIONED, Misfit
from ironhull.statements._identity import coordinates
from ironhull.statements._installed import Installed
from tests import reports

SSL = reports.deb("libssl3", "3.0.1-1+b1", "openssl")
SSL = Package(
    "deb",
    "libssl3",
    "3.0.1-1+b1",
    arch="amd64",
    upstream=Upstream("openssl", "3.0.1-1"),
    namespace="debian",
    distro="debian-13",
)
KERNEL = Package("rpm", "kernel", "1:5.14-2", arch="x86_64", namespace="redhat", distro="rhel-9.4")


def fit(text: str, package: Package = SSL, distro: Distro | None = reports.DEBIAN) -> object:
    wanted = coordinates(text)
    assert wanted is not None
    return Installed(package, distro).fit(wanted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pkg:deb/debian/libssl3", NAMED),
        ("pkg:deb/debian/libssl3@3.0.1-1%2Bb1", VERSIONED),
        ("pkg:deb/debian/libssl3@3.0.1-1+b1?arch=amd64&distro=trixie", EXACT),
        ("pkg:deb/debian/libssl3?arch=x86_64", NAMED),
        ("pkg:deb/debian/openssl", NAMED),
        ("pkg:deb/debian/openssl@3.0.1-1", VERSIONED),
        ("pkg:deb/debian/openssl@3.0.1-1?arch=source", EXACT),
        ("pkg:deb/debian/openssl@3.0.1-1?os_name=debian&os_version=13&os_distro=trixie", EXACT),
        ("pkg:deb/debian/libssl3?distro=debian-13", NAMED),
        ("pkg:deb/debian/libssl3?distro=debian-13.2", NAMED),
        ("pkg:deb/debian/libssl3?distro=13", NAMED),
        ("pkg:deb/debian/libssl3?distro=debian-trixie", NAMED),
        ("pkg:deb/debian/libssl3?upstream=openssl%403.0.1-1", NAMED),
    ],
)
def test_what_names_it(text: str, expected: int) -> None:
    assert fit(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pkg:deb/debian/libssl3@3.0.1-1", "names another version"),  # that is the source's
        ("pkg:deb/debian/openssl@3.0.1-1%2Bb1", "names another version"),
        ("pkg:deb/debian/openssl?arch=amd64", OTHER.why),  # a package that is not installed
        ("pkg:deb/debian/libssl3?arch=source", "names the source package"),
        ("pkg:deb/debian/libssl3?arch=arm64", "names another architecture"),
        ("pkg:deb/debian/libssl3?os_version=12", "names another release of a distribution"),
        ("pkg:deb/debian/libssl3?os_name=ubuntu", "names another release of a distribution"),
        ("pkg:deb/debian/libssl3?distro=bookworm", "names another release of a distribution"),
        ("pkg:deb/debian/libssl3?distro=debian-1", "names another release of a distribution"),
        ("pkg:deb/debian/libssl3?vcs_url=x", "has a qualifier the package has not"),
        ("pkg:deb/debian/libssl3?upstream=x", "has a qualifier the package has not"),
        ("pkg:deb/debian/libssl3#lib/x", "names a part of the package only"),
        ("pkg:deb/ubuntu/libssl3", OTHER.why),
        ("pkg:apk/debian/libssl3", OTHER.why),
        ("pkg:deb/debian/libssl", OTHER.why),
    ],
)
def test_what_does_not_and_why(text: str, why: str) -> None:
    found = fit(text)
    assert isinstance(found, Misfit)
    assert found.why == why


def test_a_version_nobody_knows_is_not_the_one_meant() -> None:
    found = fit("pkg:golang/x.org/main@v1.0.0", Package("golang", "x.org/main", ""))
    assert isinstance(found, Misfit)
    assert "not known" in found.why
    assert fit("pkg:golang/x.org/main", Package("golang", "x.org/main", "")) == NAMED


def test_epochs_of_rpm() -> None:
    distro = Distro("rhel", "9.4")
    for text in ("1:5.14-2", "5.14-2?epoch=1", "5.14-2"):
        assert fit(f"pkg:rpm/redhat/kernel@{text}", KERNEL, distro) == VERSIONED
    for text in ("2:5.14-2", "5.14-2?epoch=2", "14-2", "5.14-20"):
        assert isinstance(fit(f"pkg:rpm/redhat/kernel@{text}", KERNEL, distro), Misfit)


def test_an_epoch_of_debian_is_part_of_the_version() -> None:
    package = Package("deb", "x", "1:2-1", namespace="debian")
    assert fit("pkg:deb/debian/x@1%3A2-1", package) == VERSIONED
    assert isinstance(fit("pkg:deb/debian/x@2-1", package), Misfit)


@pytest.mark.parametrize("value", ["rhel-9", "redhat-9.4", "9", "9.4"])
def test_releases_of_red_hat(value: str) -> None:
    assert fit(f"pkg:rpm/redhat/kernel?distro={value}", KERNEL, Distro("rhel", "9.4")) == NAMED


@pytest.mark.parametrize("value", ["rhel-8", "rhel-9.40", "rhel-9.2", "centos-9"])
def test_other_releases_of_red_hat(value: str) -> None:
    found = fit(f"pkg:rpm/redhat/kernel?distro={value}", KERNEL, Distro("rhel", "9.4"))
    assert isinstance(found, Misfit)


def test_a_release_without_os_release_is_that_of_the_package() -> None:
    assert fit("pkg:deb/debian/libssl3?distro=bookworm", distro=None) != NAMED
    assert fit("pkg:deb/debian/libssl3?distro=trixie", distro=None) == NAMED
    assert isinstance(fit("pkg:npm/x?distro=trixie", Package("npm", "x", "1")), Misfit)


def test_the_type_of_maven_packages_may_be_told() -> None:
    package = Package("maven", "org.x:y", "1")
    assert fit("pkg:maven/org.x/y@1?type=jar", package) == EXACT
    assert isinstance(fit("pkg:maven/org.x/y@1?type=war", package), Misfit)
