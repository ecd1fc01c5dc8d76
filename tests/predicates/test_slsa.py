"""SLSA provenance: what min keeps from view, what max adds, the same for the same build."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from ironhull.errors import FormatError
from ironhull.model import Build, Material
from ironhull.predicates.slsa import slsa_provenance
from tests.images import CREATED, image

SECRET = "s3cret"
BUILD = Build(
    image=image([{"a": "1"}, {"b": "2"}]),
    materials=(
        Material("pkg:pypi/flask@3.0.3", {"sha256": "2" * 64}, "wheel"),
        Material("pkg:docker/python@3.13", {"sha256": "1" * 64}, "base"),
        Material("pkg:pypi/flask@3.0.3", {"sha256": "2" * 64}, "wheel"),
    ),
    parameters={
        "source": {"uri": "git+https://example.org/app", "digest": {"gitCommit": "3" * 40}},
        "vcs": {"source": "https://example.org/app", "revision": "3" * 40},
        "platform": "linux/amd64",
        "internal": {"pip": "25.0"},
        "args": {"TOKEN": SECRET},
        "documents": {"lock.json": f'{{"{SECRET}":1}}', "base.yaml": b"name: x\n"},
    },
    builder="python_app",
    started="2026-05-05T00:00:00Z",
    finished="2026-05-05T00:01:00Z",
)


def test_max_says_everything() -> None:
    found = slsa_provenance(BUILD, mode="max")
    definition = found["buildDefinition"]
    assert definition["buildType"] == (
        "https://github.com/ironhull/ironhull/blob/main/docs/provenance.md#python-app"
    )
    assert definition["externalParameters"] == {
        "configSource": BUILD.parameters["source"],
        "request": {"platform": "linux/amd64", "args": {"TOKEN": SECRET}},
    }
    assert definition["internalParameters"] == {"pip": "25.0"}
    assert definition["resolvedDependencies"] == [
        {
            "uri": "pkg:docker/python@3.13",
            "digest": {"sha256": "1" * 64},
            "annotations": {"kind": "base"},
        },
        {
            "uri": "pkg:pypi/flask@3.0.3",
            "digest": {"sha256": "2" * 64},
            "annotations": {"kind": "wheel"},
        },
    ]
    said = found["runDetails"]["metadata"]["ironhull_metadata"]
    assert said["vcs"] == BUILD.parameters["vcs"]
    assert [layer["createdBy"] for layer in said["layers"]] == ["layer 0", "layer 1"]
    assert [layer["digest"] for layer in said["layers"]] == [la.digest for la in BUILD.image.layers]
    documents = {d["filename"]: base64.b64decode(d["data"]) for d in said["source"]["infos"]}
    assert documents == {"base.yaml": b"name: x\n", "lock.json": f'{{"{SECRET}":1}}'.encode()}


def test_min_keeps_parameters_and_documents_back() -> None:
    found = slsa_provenance(BUILD, mode="min")
    text = json.dumps(found)
    assert SECRET not in text
    assert base64.b64encode(SECRET.encode()).decode()[:8] not in text
    assert "TOKEN" not in text
    definition = found["buildDefinition"]
    assert definition["externalParameters"] == {
        "configSource": BUILD.parameters["source"],
        "request": {"platform": "linux/amd64"},
    }
    assert len(definition["resolvedDependencies"]) == 2
    assert found["runDetails"]["metadata"]["ironhull_metadata"] == {"vcs": BUILD.parameters["vcs"]}


def test_times_come_from_the_image_unless_the_clock_is_wanted() -> None:
    metadata = slsa_provenance(BUILD)["runDetails"]["metadata"]
    assert (metadata["startedOn"], metadata["finishedOn"]) == (CREATED, CREATED)
    later = replace(BUILD, started="2027-01-01T00:00:00Z", finished="")
    assert slsa_provenance(later) == slsa_provenance(BUILD)
    found = slsa_provenance(BUILD, reproducible=False)["runDetails"]["metadata"]
    assert (found["startedOn"], found["finishedOn"]) == (BUILD.started, BUILD.finished)
    other = slsa_provenance(later, reproducible=False)["runDetails"]["metadata"]
    assert "finishedOn" not in other
    assert len({metadata["invocationId"], found["invocationId"], other["invocationId"]}) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"materials": BUILD.materials[:1]},
        {"parameters": {}},
        {"builder": "debian_base"},
    ],
)
def test_another_build_is_another_invocation(change: dict[str, Any]) -> None:
    one, two = (slsa_provenance(b) for b in (BUILD, replace(BUILD, **change)))
    ids = {p["runDetails"]["metadata"]["invocationId"] for p in (one, two)}
    assert len(ids) == 2


def test_the_order_of_materials_does_not_matter() -> None:
    assert slsa_provenance(replace(BUILD, materials=BUILD.materials[::-1])) == slsa_provenance(
        BUILD
    )


def test_the_source_is_known_by_its_material() -> None:
    source = Material("git+https://example.org/app", {"gitCommit": "4" * 40}, "source")
    build = replace(BUILD, parameters={}, materials=(*BUILD.materials, source))
    found = slsa_provenance(build, mode="min")["buildDefinition"]["externalParameters"]
    assert found["configSource"] == {"uri": source.uri, "digest": source.digests}


def test_a_build_from_its_lock_is_the_same_build() -> None:
    one, two = (replace(BUILD, parameters={"locked": locked}) for locked in (True, False))
    assert slsa_provenance(one) == slsa_provenance(two)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(FormatError, match="'all'"):
        slsa_provenance(BUILD, mode="all")
