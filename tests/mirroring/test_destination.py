"""Where each image of a mirror goes."""

from pathlib import Path

import pytest

from ironhull.errors import ReferenceFault, UsageError
from ironhull.mirroring import parse_destination
from ironhull.mirroring._offers import Offered
from ironhull.oci.names import Reference
from ironhull.sources.targets import Target

DIGEST = "sha256:" + "0a" * 32


def offered(name: str, tag: str = "") -> Offered:
    reference = Reference.parse(name) if name else None
    tag = tag or (reference.tag if reference else "")

    def opened() -> None:
        raise AssertionError("nothing is read to know where an image goes")

    return Offered(name or tag, reference, tag, DIGEST, opened)  # type: ignore[arg-type]  # it only raises


@pytest.mark.parametrize(
    ("dest", "name", "becomes", "expected"),
    [
        ("mirror.example", "debian:13", "", "mirror.example/library/debian:13"),
        ("mirror.example:5000", "ghcr.io/a/b:1", "", "mirror.example:5000/a/b:1"),
        ("localhost", "debian:13", "", "localhost/library/debian:13"),
        ("mirror.example/hub/", "debian:13", "", "mirror.example/hub/library/debian:13"),
        ("registry://mirror.example/hub/", "debian:13", "base/os", "mirror.example/hub/base/os:13"),
        ("mirror.example/hub/debian", "debian:13", "", "mirror.example/hub/debian:13"),
        ("team/", "debian:13", "", "team/library/debian:13"),
        ("mirror.example", f"debian@{DIGEST}", "", f"mirror.example/library/debian@{DIGEST}"),
        ("mirror.example", f"debian:13@{DIGEST}", "", "mirror.example/library/debian:13"),
    ],
)
def test_in_a_registry(dest: str, name: str, becomes: str, expected: str) -> None:
    target = parse_destination(dest).target(offered(name), becomes)
    assert target == Target("registry", expected, Reference.parse(expected))


def test_scoped_by_the_source_registry() -> None:
    dest = parse_destination("mirror.example/all/", scoped=True)
    target = dest.target(offered("127.0.0.1:5000/team/app:1"), "")
    assert target.name == "mirror.example/all/127.0.0.1-5000/team/app:1"


@pytest.mark.parametrize("dest", ["local", "local://"])
def test_in_the_store_names_stay(dest: str) -> None:
    target = parse_destination(dest).target(offered("ghcr.io/a/b:1"), "")
    assert target == Target("local", "ghcr.io/a/b:1", Reference.parse("ghcr.io/a/b:1"))
    renamed = parse_destination(dest).target(offered("ghcr.io/a/b:1"), "mine/b")
    assert renamed.name == "mine/b:1"


def test_in_a_layout_names_stay() -> None:
    dest = parse_destination("oci-dir://disk/images")
    assert dest.target(offered("debian:13"), "") == Target(
        "oci-dir", "debian:13", None, Path("disk/images")
    )
    assert dest.target(offered(f"debian@{DIGEST}"), "").name == ""


def test_a_tag_alone_needs_a_repository() -> None:
    image = offered("", "1.0")
    assert parse_destination("r.example/a/b").target(image, "").name == "r.example/a/b:1.0"
    assert parse_destination("oci-dir://x").target(image, "a/b").name == "a/b:1.0"
    for dest in ("r.example", "oci-dir://x", "local"):
        with pytest.raises(ReferenceFault, match="no repository in its name"):
            parse_destination(dest).target(image, "")


def test_one_repository_takes_no_other_name() -> None:
    with pytest.raises(ReferenceFault, match="is one repository"):
        parse_destination("r.example/a").target(offered("debian:13"), "b")
    with pytest.raises(ReferenceFault):
        parse_destination("r.example").target(offered("debian:13"), "UPPER")


@pytest.mark.parametrize(
    ("dest", "kind", "said"),
    [
        ("archive://x.tar", ReferenceFault, "nothing is mirrored to archive://"),
        ("fs://x", ReferenceFault, "nothing is mirrored to fs://"),
        ("oci-dir://x:name", UsageError, "a mirror keeps names"),
        ("r.example/a:1", UsageError, "a mirror keeps tags"),
        (f"r.example/a@{DIGEST}", UsageError, "a mirror keeps tags"),
        ("mirror", ReferenceFault, "is that a registry or a repository"),
        ("r.example/UPPER/", ReferenceFault, "names are lower case"),
        ("r.example/a//", ReferenceFault, "not an image name"),
    ],
)
def test_what_is_no_destination(dest: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        parse_destination(dest)
