"""Whether an identifier names an image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.model import Platform
from ironhull.statements._fit import EXACT, NAMED, VERSIONED, Misfit
from ironhull.statements._pictured import Pictured

DIGEST = "sha256:" + "a" * 64
INDEX = "sha256:" + "b" * 64
OTHER = "sha256:" + "c" * 64
LINUX = Platform("linux", "amd64")
WEB = Pictured(("registry.example:5000/shop/web:1.0",), (DIGEST, INDEX), LINUX)
NGINX = Pictured(("nginx:1.25",), (DIGEST,), LINUX)
URL = "repository_url=registry.example:5000%2Fshop%2Fweb"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pkg:oci/web", NAMED),
        ("pkg:oci/shop%2Fweb", NAMED),
        (f"pkg:oci/web?{URL}", NAMED),
        ("pkg:oci/web?repository_url=registry.example:5000/shop", NAMED),
        (f"pkg:oci/web?{URL}&tag=1.0", VERSIONED),
        (f"pkg:oci/web@{DIGEST}?{URL}", EXACT),
        (f"pkg:oci/web@{INDEX}?arch=amd64&os=linux", EXACT),
        (f"pkg:oci/mirrored@sha256%3A{'a' * 64}", EXACT),
        (f"pkg:docker/shop/web@1.0?digest={DIGEST}", EXACT),
        ("pkg:docker/registry.example:5000/shop/web@1.0", VERSIONED),
        ("pkg:docker/shop/web@1.0?repository_url=registry.example:5000", VERSIONED),
        ("pkg:docker/registry.example:5000/shop/web?platform=linux%2Famd64", NAMED),
        ("registry.example:5000/shop/web:1.0", VERSIONED),
        ("registry.example:5000/shop/web", NAMED),
        (f"anything@{DIGEST}", EXACT),
        (DIGEST, EXACT),
    ],
)
def test_what_names_it(text: str, expected: int) -> None:
    assert WEB.fit(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "pkg:oci/we",
        "pkg:oci/hop%2Fweb",
        "pkg:oci/web?repository_url=registry.example/shop/web",
        f"pkg:oci/web?{URL}&tag=1.1",
        f"pkg:oci/web@{OTHER}?{URL}",
        f"pkg:oci/web@{DIGEST}?arch=arm64",
        f"pkg:oci/web?{URL}&os=windows",
        f"pkg:oci/web?{URL}&vcs_url=x",
        "pkg:docker/shop/web",
        "pkg:docker/registry.example:5000/shop/web@1",
        f"pkg:docker/shop/web@1.0?digest={OTHER}",
        "registry.example:5000/shop/web:2",
        f"registry.example:5000/shop/web:1.0@{OTHER}",
        OTHER,
        "web",
        "web:1.0",
        "shop/web:1.0",
        "pkg:deb/debian/web",
        "cpe:/a:shop:web",
        "https://registry.example:5000/shop/web:1.0",
        "",
    ],
)
def test_what_does_not(text: str) -> None:
    assert isinstance(WEB.fit(text), Misfit)


@pytest.mark.parametrize(
    "text",
    [
        "pkg:docker/nginx@1.25",
        "pkg:docker/library/nginx",
        "pkg:oci/nginx?repository_url=index.docker.io%2Flibrary%2Fnginx&tag=1.25",
        "pkg:oci/nginx?repository_url=docker.io/library",
        "pkg:oci/library%2Fnginx",
        "docker.io/library/nginx:1.25",
        "library/nginx",
        "nginx:1.25",
    ],
)
def test_docker_hub_in_all_its_names(text: str) -> None:
    assert isinstance(NGINX.fit(text), int)


def test_hardened_images_have_two_registries() -> None:
    image = Pictured(("dhi.io/minio:1",), ())
    assert image.fit("pkg:docker/dhi/minio") == NAMED
    assert image.fit("pkg:oci/dhi%2Fminio@1") == VERSIONED
    assert image.fit("pkg:oci/minio?repository_url=index.docker.io/dhi/minio") == NAMED
    assert Pictured(("docker.io/dhi/minio",), ()).fit("dhi.io/minio") == NAMED
    assert isinstance(Pictured(("team/dhi-minio",), ()).fit("pkg:docker/dhi/minio"), Misfit)


def test_a_bare_word_is_what_somebody_called_it() -> None:
    assert isinstance(NGINX.fit("nginx"), Misfit)
    assert Pictured(("nginx",), ()).fit("nginx") == NAMED


def test_a_tag_says_nothing_of_an_image_named_by_digest() -> None:
    image = Pictured((f"registry.example/web@{DIGEST}",), ())
    found = image.fit("registry.example/web:1.0")
    assert isinstance(found, Misfit)
    assert "not told" in found.why
    assert image.fit(f"pkg:oci/web@{DIGEST}") == EXACT


def test_hashes() -> None:
    assert WEB.hashed([("sha256", "A" * 64)]) == EXACT
    assert isinstance(WEB.hashed([("sha256", "c" * 64)]), Misfit)
    assert WEB.hashed([("md5", "a")]) is None
    assert Pictured(("web",), ()).hashed([("sha256", "a" * 64)]) is None


@given(st.text(max_size=40) | st.from_regex(r"pkg:(oci|docker)/.*", fullmatch=True))
def test_nothing_is_known_of_no_image(text: str) -> None:
    assert isinstance(Pictured((), ()).fit(text), Misfit)


@given(st.text(max_size=80))
def test_any_name_is_taken(name: str) -> None:
    image = Pictured((name,), (name,))
    image.fit(name)
    image.fit(f"pkg:oci/{name}")
