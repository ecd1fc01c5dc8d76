"""Base images found in provenance, annotations and labels, and claims nobody should believe."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.base_image import consumed, examine, identify, verify
from ironhull.errors import ImageError
from ironhull.limits import LIMITS
from ironhull.model import Attachment, BaseImage, Image, Layer, Material, Platform

V1 = "https://slsa.dev/provenance/v1"
V02 = "https://slsa.dev/provenance/v0.2"
NAME = "org.opencontainers.image.base.name"
DIGEST = "org.opencontainers.image.base.digest"
IMAGE = "sha256:" + "a" * 64
HEX = "b" * 64
SLIM = {
    "uri": "pkg:docker/python@3.13-slim?platform=linux%2Famd64",
    "digest": {"sha256": HEX},
}
BUILDER = {"uri": "pkg:docker/golang@1.25?platform=linux%2Famd64", "digest": {"sha256": "c" * 64}}
FRONTEND = {"uri": "pkg:docker/docker/dockerfile@1", "digest": {"sha256": "d" * 64}}
SCANNER = {"uri": "pkg:docker/docker/buildkit-syft-scanner@stable-1", "digest": {"sha256": HEX}}


def image(
    *attachments: Attachment,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    diff_ids: tuple[str, ...] = (),
) -> Image:
    layers = tuple(Layer(d, d, 1, "application/x-tar", io.BytesIO) for d in diff_ids)
    config: dict[str, Any] = {"config": {"Labels": labels}} if labels else {}
    return Image(
        "web",
        IMAGE,
        config,
        layers,
        Platform(),
        "store",
        annotations=annotations or {},
        attachments=attachments,
    )


def attached(data: bytes, kind: str = V1, read: Callable[[], bytes] | None = None) -> Attachment:
    digest = "sha256:" + "e" * 64
    return Attachment(
        kind, "application/vnd.in-toto+json", digest, len(data), read or (lambda: data)
    )


def statement(predicate: object, subject: str = IMAGE, kind: str = V1) -> Attachment:
    document = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "web", "digest": {"sha256": subject.removeprefix("sha256:")}}],
        "predicateType": kind,
        "predicate": predicate,
    }
    return attached(json.dumps(document).encode(), kind)


def v1(*materials: object, args: object = None, dockerfile: str = "") -> Attachment:
    source = {"infos": [{"data": base64.b64encode(dockerfile.encode()).decode()}]}
    return statement(
        {
            "buildDefinition": {
                "externalParameters": {"request": {"args": args or {}}},
                "resolvedDependencies": list(materials),
            },
            "runDetails": {"metadata": {"buildkit_metadata": {"source": source}}},
        }
    )


def v02(*materials: object, args: object = None, dockerfile: str = "") -> Attachment:
    source = {"infos": [{"data": base64.b64encode(dockerfile.encode()).decode()}]}
    return statement(
        {
            "materials": list(materials),
            "invocation": {"parameters": {"args": args or {}}},
            "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"source": source}},
        },
        kind=V02,
    )


SLIM_BASE = BaseImage("python:3.13-slim", f"sha256:{HEX}", "provenance")


@pytest.mark.parametrize("made", [v1, v02])
def test_the_only_image_of_a_provenance_is_the_base(made: Callable[..., Attachment]) -> None:
    assert (
        identify(image(made(FRONTEND, SLIM, SCANNER, {"uri": "https://pypi.org/x"}))) == SLIM_BASE
    )


@pytest.mark.parametrize("made", [v1, v02])
@pytest.mark.parametrize(
    ("dockerfile", "args"),
    [
        (
            "FROM golang:1.25 AS build\nRUN make\nFROM python:3.13-slim\nCOPY --from=build /a /a\n",
            {},
        ),
        ("FROM golang:1.25\nFROM --platform=$BUILDPLATFORM docker.io/library/python:3.13-slim", {}),
        ("FROM python:3.13-slim as base\nFROM golang:1.25\nFROM base AS final", {}),
        ("ARG V=3.13-slim\nFROM golang:1.25\nFROM python:${V}", {}),
        ("ARG V\nFROM golang:1.25\nFROM python:$V", {"build-arg:V": "3.13-slim"}),
        ("FROM golang:1.25\nFROM python:${V:-3.13-slim}", {}),
        ("FROM python:3.13-slim AS prod\nFROM golang:1.25 AS tools", {"target": "Prod"}),
    ],
)
def test_the_last_from_decides_between_several(
    made: Callable[..., Attachment], dockerfile: str, args: dict[str, str]
) -> None:
    assert identify(image(made(BUILDER, SLIM, args=args, dockerfile=dockerfile))) == SLIM_BASE


def test_without_a_dockerfile_several_images_are_only_candidates() -> None:
    found = examine(image(v1(BUILDER, SLIM)))
    assert found.base is None
    assert [base.name for base in found.candidates] == ["golang:1.25", "python:3.13-slim"]
    assert "names several images and no base: golang:1.25, python:3.13-slim" in str(found.problems)


def test_an_annotation_decides_where_provenance_does_not() -> None:
    found = examine(image(v1(BUILDER, SLIM), annotations={NAME: "python:3.13-slim"}))
    assert found.base == BaseImage("python:3.13-slim", "", "annotation")
    assert SLIM_BASE in found.candidates


@pytest.mark.parametrize(
    "mark", [{"name": "base"}, {"annotations": {"kind": "base"}}], ids=["name", "annotation"]
)
def test_our_own_provenance_marks_the_base(mark: dict[str, object]) -> None:
    assert identify(image(v1(BUILDER, {**SLIM, **mark}))) == SLIM_BASE


def test_the_frontend_named_in_the_request_is_no_base() -> None:
    own = {"uri": "pkg:docker/registry.example/team/frontend@2"}
    args = {"source": "registry.example/team/frontend:2@sha256:" + HEX}
    assert identify(image(v1(own, SLIM, args=args))) == SLIM_BASE


@pytest.mark.parametrize(
    ("material", "name", "digest"),
    [
        ({"uri": "pkg:docker/x@1?" + "&".join(f"k{n}=v" for n in range(10_000))}, "x:1", ""),
        ({"uri": "pkg:docker/ghcr.io/org/x@v1"}, "ghcr.io/org/x:v1", ""),
        ({"uri": "pkg:docker/localhost%3A5000/x@v1"}, "localhost:5000/x:v1", ""),
        ({"uri": f"pkg:docker/x@sha256:{HEX}"}, "x", f"sha256:{HEX}"),
        ({"uri": f"pkg:docker/x@1?digest=sha256:{HEX}"}, "x:1", f"sha256:{HEX}"),
        (
            {"uri": f"pkg:oci/x@sha256%3A{HEX}?repository_url=ghcr.io/o/x&tag=2"},
            "ghcr.io/o/x:2",
            f"sha256:{HEX}",
        ),
    ],
)
def test_purls_of_images(material: dict[str, object], name: str, digest: str) -> None:
    assert identify(image(v1(material))) == BaseImage(name, digest, "provenance")


def test_annotations_come_before_labels() -> None:
    said = {NAME: "debian:13", DIGEST: f"sha256:{HEX}"}
    labelled = image(labels={NAME: "alpine:3"}, annotations=said)
    assert identify(labelled) == BaseImage("debian:13", f"sha256:{HEX}", "annotation")
    assert identify(image(labels=said)) == BaseImage("debian:13", f"sha256:{HEX}", "label")


def test_a_digest_that_is_none_is_left_out() -> None:
    assert identify(image(labels={NAME: "x", DIGEST: "latest"})) == BaseImage("x", "", "label")


def test_an_image_that_says_nothing() -> None:
    assert identify(image()) is None
    assert identify(image(labels={DIGEST: f"sha256:{HEX}"})) is None


def _raise() -> bytes:
    raise ImageError("wrong digest")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (attached(b"{"), "is not JSON"),
        (attached(b"\xff\xfe"), "is not JSON"),
        (attached(b"[" * 100_000), "is not JSON"),
        (attached(b"[1]"), "another image"),
        (attached(b'{"subject":[{"digest":7}],"predicate":{}}'), "another image"),
        (attached(b'{"subject":[{"digest":{"sha256":[]}}],"predicate":{}}'), "another image"),
        (statement({}, subject="sha256:" + "f" * 64), "another image"),
        (statement("no object"), "has no predicate"),
        (attached(b"x", read=_raise), "cannot be read: wrong digest"),
        (
            Attachment(V1, "", "sha256:0", LIMITS.attestation_bytes + 1, lambda: b"{}"),
            "exceed attestation_bytes",
        ),
    ],
)
def test_a_bad_statement_is_ignored_and_said(bad: Attachment, why: str) -> None:
    found = examine(image(bad, labels={NAME: "debian:13"}))
    assert found.base == BaseImage("debian:13", "", "label")
    assert [problem.stage for problem in found.problems] == ["base image"]
    assert why in found.problems[0].message


def test_a_statement_about_the_index_is_about_the_image() -> None:
    index = "sha256:" + "f" * 64
    indexed = replace(image(statement({"materials": [SLIM]}, subject=index)), index_digest=index)
    assert identify(indexed) == SLIM_BASE


def test_an_image_without_digest_is_named_by_no_statement() -> None:
    document = {"subject": [{"digest": {"sha256": ""}}], "predicate": {"materials": [SLIM]}}
    bare = replace(image(attached(json.dumps(document).encode())), digest="")
    assert identify(bare) is None


@pytest.mark.parametrize("name", ["two words", "line\nbreak", "\x1b[31mred", "", "x" * 5_000])
def test_a_name_that_is_none_is_not_taken(name: str) -> None:
    assert identify(image(labels={NAME: name})) is None


KEYS = [
    *("buildDefinition", "resolvedDependencies", "materials", "uri", "digest", "sha256", "name"),
    *("runDetails", "metadata", "buildkit_metadata", "source", "infos", "data", "annotations"),
    *("externalParameters", "request", "invocation", "parameters", "args"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from([V1, V02]))
def test_no_predicate_breaks_it(predicate: object, kind: str) -> None:
    found = examine(image(statement(predicate, kind=kind)))
    assert found.base is None or found.base.rule == "provenance"


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_dockerfile_breaks_it(first: str, second: str) -> None:
    dockerfile = f"FROM {first}\nARG {second}\nFROM {second}"
    base = identify(image(v1(BUILDER, SLIM, dockerfile=dockerfile)))
    assert base is None or base.name in ("golang:1.25", "python:3.13-slim")


def test_layers_prove_a_base() -> None:
    ours = image(diff_ids=("sha256:1", "sha256:2", "sha256:3"))
    assert verify(ours, ["sha256:1", "sha256:2"])
    assert verify(ours, ["sha256:1", "sha256:2", "sha256:3"])
    assert not verify(ours, ["sha256:2"])
    assert not verify(ours, ["sha256:1", "sha256:3"])
    assert not verify(ours, ["sha256:1", "sha256:2", "sha256:3", "sha256:4"])
    assert not verify(ours, [])


def test_what_went_into_an_image_is_read_from_its_provenance() -> None:
    deb = {
        "uri": "pkg:deb/debian/zlib1g@1.3-1?arch=amd64",
        "digest": {"sha256": "a" * 64},
        "annotations": {"kind": "deb"},
    }
    broken = [{"uri": 3}, {"uri": "x", "digest": []}, {"uri": "y", "digest": {"sha256": 4}}, 5]
    found = consumed(
        image(statement({"buildDefinition": {"resolvedDependencies": [*broken, deb]}}))
    )
    assert found == (Material(str(deb["uri"]), {"sha256": "a" * 64}, "deb"),)
    assert consumed(image()) == ()
