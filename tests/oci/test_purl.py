"""Package URLs of images, against packageurl-python."""

import pytest
from packageurl import PackageURL

from ironhull.model import Platform
from ironhull.oci.names import Reference
from ironhull.oci.purl import image_purl

DIGEST = "sha256:" + "1" * 64


@pytest.mark.parametrize(
    ("name", "purl"),
    [
        ("web:init", "pkg:docker/web@init?platform=linux%2Famd64"),
        ("web", "pkg:docker/web@latest?platform=linux%2Famd64"),
        ("org/web:1", "pkg:docker/org/web@1?platform=linux%2Famd64"),
        ("ghcr.io/org/web:1", "pkg:docker/ghcr.io/org/web@1?platform=linux%2Famd64"),
        (f"web@{DIGEST}", f"pkg:docker/web?digest={DIGEST}&platform=linux%2Famd64"),
    ],
)
def test_purls(name: str, purl: str) -> None:
    found = image_purl(Reference.parse(name), Platform())
    assert found == purl
    parsed = PackageURL.from_string(found)
    assert parsed.type == "docker"
    assert parsed.qualifiers["platform"] == "linux/amd64"


def test_a_digest_pins_a_tag() -> None:
    found = image_purl(Reference.parse("python:3.13"), digest=DIGEST)
    assert found == f"pkg:docker/python@3.13?digest={DIGEST}"
