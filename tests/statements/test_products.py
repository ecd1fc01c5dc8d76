"""Products named so that the rules of each scanner find them."""

from urllib.parse import unquote

import pytest
from packageurl import PackageURL

from ironhull.errors import ReferenceFault
from ironhull.model import Component
from ironhull.statements.products import image_products, package_component, portable_purl

DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32


def fits(said: str, candidate: str) -> bool:
    """go-vex, PurlMatches: what a package URL leaves out fits everything."""
    one, other = PackageURL.from_string(said), PackageURL.from_string(candidate)
    return (
        (one.type, one.namespace, one.name) == (other.type, other.namespace, other.name)
        and one.version in (None, other.version)
        and one.qualifiers.items() <= other.qualifiers.items()
    )


def found(name: str, *digests: str) -> list[str]:
    return [value for product in image_products(name, digests) for value in product.ids]


@pytest.mark.parametrize(
    ("name", "full", "namespace", "last"),
    [
        ("app:1", "index.docker.io/library/app", "index.docker.io/library", "app"),
        ("acme/app:1", "index.docker.io/acme/app", "index.docker.io/acme", "app"),
        ("ghcr.io/a/b/c:1", "ghcr.io/a/b/c", "ghcr.io/a/b", "c"),
        ("localhost:5000/x:1", "localhost:5000/x", "localhost:5000", "x"),
    ],
)
def test_an_image_is_found_by_every_scanner(
    name: str, full: str, namespace: str, last: str
) -> None:
    trivy = f"pkg:oci/{last}@{DIGEST}?arch=amd64&repository_url={full}"
    grype = f"pkg:oci/{last}@{DIGEST}?repository_url={namespace}"
    scout = f"pkg:docker/{name.rpartition(':')[0]}@1"
    for ids in (found(name), found(name, DIGEST)):
        assert any(fits(said, trivy) for said in ids)
        assert any(fits(said, grype) for said in ids)
        assert scout in ids


def test_a_digest_binds_it_to_one_image() -> None:
    ids = found("app:1", DIGEST, OTHER)
    assert sum(said.startswith("pkg:oci/") for said in ids) == 4
    strange = f"pkg:oci/app@sha256:{'ef' * 32}?repository_url=index.docker.io/library/app"
    assert not any(fits(said, strange) for said in ids)
    assert {PackageURL.from_string(said).version for said in ids} == {"1", DIGEST, OTHER}
    assert found(f"app@{DIGEST}") == [
        f"pkg:docker/app@sha256%3A{'ab' * 32}",
        f"pkg:oci/app@sha256%3A{'ab' * 32}?repository_url=index.docker.io/library/app",
        f"pkg:oci/app@sha256%3A{'ab' * 32}?repository_url=index.docker.io/library",
    ]


def test_parts_are_below_every_name() -> None:
    part = package_component("pkg:npm/a@1")
    assert all(product.parts == (part,) for product in image_products("app", (), (part,)))


def test_what_is_no_image() -> None:
    with pytest.raises(ReferenceFault):
        image_products("App")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("pkg:npm/@a/b@1", "pkg:npm/@a/b@1"),
        ("pkg:deb/debian/a@1?arch=amd64&distro=debian-12", "pkg:deb/debian/a@1"),
        ("pkg:rpm/a@1?arch=x&epoch=2&upstream=a-1.src.rpm", "pkg:rpm/a@1?epoch=2"),
        ("pkg:deb/d/a@1?os_name=debian&os_version=12#sub", "pkg:deb/d/a@1#sub"),
        ("pkg:oci/a?repository_url=b", "pkg:oci/a?repository_url=b"),
    ],
)
def test_packages_lose_what_scanners_write_differently(said: str, kept: str) -> None:
    assert portable_purl(said) == kept
    assert package_component(said) == Component((kept,))
    assert unquote(PackageURL.from_string(kept).to_string()).startswith(unquote(kept[:10]))


def test_what_is_no_package() -> None:
    with pytest.raises(ValueError, match="no package URL"):
        package_component("openssl")
