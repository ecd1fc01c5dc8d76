"""Package URLs in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.statements._identity import (
    Coordinates,
    architecture,
    coordinates,
    oci_repositories,
    package_key,
    package_version,
    product_keys,
    repository_key,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:deb/debian/LibSSL3", "pkg:deb/debian/libssl3"),
        ("pkg:pypi/Ruamel_Yaml@1", "pkg:pypi/ruamel.yaml@1"),
        (
            "pkg:golang/github.com/Masterminds/semver@v3.1.0",
            "pkg:golang/github.com/masterminds/semver@3.1.0",
        ),
        ("pkg:golang/stdlib@go1.22.1", "pkg:golang/stdlib@1.22.1"),
        ("pkg:rpm/redhat/x@1-2?epoch=3", "pkg:rpm/redhat/x@3:1-2"),
        ("pkg:rpm/redhat/x@1-2?epoch=0", "pkg:rpm/redhat/x@1-2"),
        ("pkg:deb/debian/x@0:1-2", "pkg:deb/debian/x@1-2"),
        ("pkg:deb/debian/g%2B%2B@1%3A2", "pkg:deb/debian/g++@1:2"),
        ("pkg:npm/%40babel/core@7", "pkg:npm/@babel/core@7"),
        ("pkg:oci/dhi%2Fminio", "pkg:oci/dhi/minio"),
    ],
)
def test_the_same_in_other_words(one: str, other: str) -> None:
    assert coordinates(one) == coordinates(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:maven/Org/X@1", "pkg:maven/org/x@1"),
        ("pkg:deb/debian/x@1", "pkg:deb/ubuntu/x@1"),
        ("pkg:deb/debian/x@1.0", "pkg:deb/debian/x@1"),
        ("pkg:golang/x/vx@vx", "pkg:golang/x/vx@x"),
        ("pkg:npm/@babel/core@7", "pkg:npm/core@7"),
    ],
)
def test_what_is_not_the_same_stays_so(one: str, other: str) -> None:
    assert coordinates(one) != coordinates(other)


@pytest.mark.parametrize(
    "text", ["", "pkg:", "pkg:deb", "openssl", "cpe:/a:x:y", "pkg:deb/a?%zz=1"]
)
def test_what_is_no_package_url(text: str) -> None:
    assert coordinates(text) is None
    assert package_key(text) is None
    assert product_keys(text) == frozenset()


def test_parts() -> None:
    found = coordinates("pkg:deb/debian/x@1?os_name=debian&arch=amd64#a/b")
    assert found == Coordinates(
        "deb", "debian/x", "1", (("arch", "amd64"), ("os_name", "debian")), "a/b"
    )
    assert found.qualifier("arch") == "amd64"
    assert found.qualifier("distro") == ""


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("nginx", "docker.io/nginx"),
        ("library/nginx", "docker.io/nginx"),
        ("https://index.docker.io/library/nginx/", "docker.io/nginx"),
        ("registry-1.docker.io/team/web", "docker.io/team/web"),
        ("docker.io/library", "docker.io"),
        ("localhost/web", "localhost/web"),
        ("localhost:5000/a/Web", "localhost:5000/a/web"),
        ("ghcr.io", "ghcr.io"),
    ],
)
def test_repositories(text: str, key: str) -> None:
    assert repository_key(text) == key


@pytest.mark.parametrize(
    ("purl", "repositories"),
    [
        ("pkg:docker/nginx", {"docker.io/nginx"}),
        ("pkg:docker/gcr.io/distroless/static", {"gcr.io/distroless/static"}),
        ("pkg:docker/team/web?repository_url=ghcr.io", {"ghcr.io/team/web"}),
        ("pkg:oci/web", set()),
        (
            "pkg:oci/web?repository_url=ghcr.io/team/web",
            {"ghcr.io/team/web", "ghcr.io/team/web/web"},
        ),
        ("pkg:oci/web?repository_url=ghcr.io/team", {"ghcr.io/team/web"}),
        ("pkg:oci/nginx?repository_url=index.docker.io/library", {"docker.io/nginx"}),
    ],
)
def test_repositories_of_image_urls(purl: str, repositories: set[str]) -> None:
    found = coordinates(purl)
    assert found is not None
    assert (
        oci_repositories(found.type, found.path, found.qualifier("repository_url")) == repositories
    )


def test_keys_of_products() -> None:
    assert product_keys("pkg:deb/debian/x@1?arch=amd64") == {"deb/debian/x"}
    assert product_keys("pkg:oci/web@sha256:aa") == {"image//web"}
    assert product_keys("pkg:docker/web") == {"image/docker.io/web"}
    assert product_keys("pkg:oci/web?repository_url=docker.io/library/web") == {
        "image/docker.io/web",
        "image/docker.io/web/web",
    }


def test_architectures() -> None:
    assert architecture("x86_64") == architecture("AMD64") == "amd64"
    assert architecture("aarch64") == "arm64"
    assert architecture("riscv64") == "riscv64"


def test_versions_of_other_systems_are_left_alone() -> None:
    assert package_version("npm", "v1.0") == "v1.0"
    assert package_version("golang", "v0.0.0-20240101") == "0.0.0-20240101"
    assert package_version("golang", "vendor") == "vendor"


_type = st.sampled_from(["deb", "npm", "golang", "pypi", "maven", "rpm", "oci", "docker", "cargo"])
_part = st.text("abcdefgXYZ019._+~-%@ é/", min_size=1, max_size=8)


@given(_type, st.lists(_part, min_size=1, max_size=3), _part | st.just(""))
def test_the_quick_key_is_the_slow_one(kind: str, names: list[str], version: str) -> None:
    for tail in ("", f"@{version}", f"@{version}?arch=amd64", "?distro=x#y"):
        text = f"pkg:{kind}/{'/'.join(names)}{tail}"
        found = coordinates(text)
        image = found is not None and found.type in ("oci", "docker")
        expected = f"{found.type}/{found.path}" if found is not None and not image else None
        assert package_key(text) == expected


@given(st.text(max_size=60) | st.from_regex(r"pkg:[a-z]+/.*", fullmatch=True))
def test_any_text_is_a_key_or_none(text: str) -> None:
    assert package_key(text) is None or coordinates(text) is not None
    for key in product_keys(text):
        assert "/" in key
