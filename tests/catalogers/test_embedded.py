"""SBOM files inside of images: what they add, and what their own catalogers know better."""

import json
from typing import Any

import pytest

from ironhull.catalog import catalog
from ironhull.model import Relation, Sbom, Subject
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import SITE, metadata
from tests.trees import DictTree

Json = dict[str, Any]


def spdx(*purls: str, root: Json | None = None, **more: Any) -> str:
    """An SPDX document that lists `purls`, about `root`."""
    packages = [root] if root else []
    for number, purl in enumerate(purls):
        name, _, version = purl.partition("?")[0].rpartition("/")[2].partition("@")
        packages.append(package(f"SPDXRef-{number}", name, version, purl))
    return json.dumps({
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "doc",
        "packages": packages,
        "relationships": [{
            "spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
            "relatedSpdxElement": root["SPDXID"] if root else "SPDXRef-0",
        }, *more.get("relationships", ())],
    })  # fmt: skip


def package(identity: str, name: str, version: str, purl: str, **more: Any) -> Json:
    refs = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}]
    refs[0]["referenceLocator"] = purl
    said = {"SPDXID": identity, "name": name, "versionInfo": version, **more}
    return {**said, "externalRefs": refs} if purl else said


def found(files: dict[str, str]) -> Sbom:
    return catalog(DictTree(files), Subject("x"))


def purls(sbom: Sbom) -> list[str]:
    return [p.purl for p in sbom.packages if p.found_by == "embedded-sbom"]


def test_a_hardened_image_lists_what_was_compiled() -> None:
    image = package(
        "SPDXRef-Image", "python", "3.13", "pkg:docker/dhi/python@3.13-debian13?platform=linux",
        primaryPackagePurpose="CONTAINER",
    )  # fmt: skip
    document = spdx(
        "pkg:dhi/python@3.13.1",
        "pkg:docker/dhi/pkg-busybox@1.37",
        "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12",
        root=image,
    )
    sbom = found({
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": stanza("libc6", "2.41-12"),
        "opt/docker/sbom/python/python.spdx.json": document,
    })  # fmt: skip
    assert purls(sbom) == ["pkg:dhi/python@3.13.1", "pkg:docker/dhi/pkg-busybox@1.37"]
    assert [p.version for p in sbom.packages if p.name == "libc6"] == ["2.41-12"]
    assert not sbom.problems


def test_without_a_database_the_distribution_is_read_from_the_document() -> None:
    document = spdx("pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13")
    sbom = found({"etc/os-release": OS_RELEASE, "opt/docker/sbom/x.spdx.json": document})
    assert purls(sbom) == ["pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13"]
    assert not sbom.problems


def test_bitnami() -> None:
    document = spdx(
        "pkg:bitnami/postgresql@16.2.0-5?arch=amd64&distro=debian-12",
        "pkg:golang/github.com/a/b@v1.0.0",
    )
    sbom = found({"opt/bitnami/postgresql/.spdx-postgresql.spdx": document})
    assert purls(sbom) == [
        "pkg:bitnami/postgresql@16.2.0-5?arch=amd64&distro=debian-12",
        "pkg:golang/github.com/a/b@v1.0.0",
    ]
    assert sbom.packages[0].locations[0].path == "opt/bitnami/postgresql/.spdx-postgresql.spdx"


def test_an_apk_that_tells_its_sources() -> None:
    """The apk is listed by its database; what it was built from is not installed."""
    source = package("SPDXRef-Source", "curl", "abc", "pkg:github/curl/curl@abc")
    made = {
        "spdxElementId": "SPDXRef-0",
        "relationshipType": "GENERATED_FROM",
        "relatedSpdxElement": "SPDXRef-Source",
    }
    document = json.loads(
        spdx("pkg:apk/wolfi/curl@8.1-r0?arch=x86_64&distro=wolfi", relationships=[made])
    )
    document["packages"].append(source)
    sbom = found({
        "etc/os-release": "ID=wolfi\nVERSION_ID=20230201\n",
        "usr/lib/apk/db/installed": "P:curl\nV:8.1-r0\nA:x86_64\n\n",
        "var/lib/db/sbom/curl-8.1-r0.spdx.json": json.dumps(document),
    })  # fmt: skip
    assert [(p.name, p.found_by) for p in sbom.packages] == [("curl", "apk")]


def test_what_a_wheel_bundles() -> None:
    document = json.dumps({
        "bomFormat": "CycloneDX", "specVersion": "1.4",
        "metadata": {"component": {
            "type": "library", "name": "Num_Py", "version": "2.0", "bom-ref": "root",
            "purl": "pkg:pypi/num-py@2.0?file_name=num_py-2.0.whl",
        }},
        "components": [
            {"type": "library", "name": "libgomp", "version": "8.5.0-20.el8", "bom-ref": "a",
             "purl": "pkg:rpm/almalinux/libgomp@8.5.0-20.el8"},
            {"type": "library", "name": "serde", "version": "1.0", "bom-ref": "b",
             "purl": "pkg:cargo/serde@1.0"},
        ],
    })  # fmt: skip
    sbom = found({
        f"{SITE}/num_py-2.0.dist-info/METADATA": metadata("Num_Py", "2.0"),
        f"{SITE}/num_py-2.0.dist-info/sboms/auditwheel.cdx.json": document,
    })  # fmt: skip
    assert [(p.purl, len(p.locations)) for p in sbom.packages] == [
        ("pkg:cargo/serde@1.0", 1),
        ("pkg:generic/libgomp@8.5.0-20.el8", 1),
        ("pkg:pypi/num-py@2.0", 2),
    ]
    assert sbom.packages[1].summary == "bundled from pkg:rpm/almalinux/libgomp@8.5.0-20.el8"
    assert sbom.relations == (
        Relation("pkg:cargo/serde@1.0", "bundled-by", "pkg:pypi/num-py@2.0"),
        Relation("pkg:generic/libgomp@8.5.0-20.el8", "bundled-by", "pkg:pypi/num-py@2.0"),
    )


def test_what_a_python_package_vendors_and_requires() -> None:
    def component(name: str, version: str = "") -> Json:
        purl = f"pkg:pypi/{name}@{version}" if version else f"pkg:pypi/{name}"
        return {"type": "library", "name": name, "purl": purl,
                **({"version": version} if version else {})}  # fmt: skip

    document = json.dumps({
        "bomFormat": "CycloneDX", "specVersion": "1.4", "components": [
            {"type": "library", "name": "pip"}, component("urllib3", "2.7.0"),
            component("filelock"),
        ],
    })  # fmt: skip
    sbom = found(
        {
            f"{SITE}/pip-26.3.dist-info/METADATA": metadata("pip", "26.3"),
            f"{SITE}/pip/_vendor/bom.cdx.json": document,
            f"{SITE}/pipenv/patched/pip/_vendor/bom.cdx.json": document,
        }
    )
    assert purls(sbom) == ["pkg:pypi/urllib3@2.7.0"]
    assert Relation("pkg:pypi/urllib3@2.7.0", "bundled-by", "pkg:pypi/pip@26.3") in sbom.relations
    assert not sbom.problems


def test_what_a_document_says_was_not_delivered_is_left_out() -> None:
    def crate(name: str, **more: Any) -> Json:
        return {"type": "library", "name": name, "version": "1.0", "bom-ref": name,
                "purl": f"pkg:cargo/{name}@1.0", **more}  # fmt: skip

    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5",
        "components": [
            crate("serde", scope="required", components=[crate("inner", scope="excluded")]),
            crate("autocfg", scope="excluded"),
            crate("memchr"),
        ],
        "dependencies": [{"ref": "serde", "dependsOn": ["memchr", "autocfg"]}],
    }  # fmt: skip
    place = f"{SITE}/tool-1.0.dist-info"
    sbom = found({
        f"{place}/METADATA": metadata("tool", "1.0"),
        f"{place}/sboms/tool.cdx.json": json.dumps(document),
    })  # fmt: skip
    assert purls(sbom) == ["pkg:cargo/memchr@1.0", "pkg:cargo/serde@1.0"]
    assert not sbom.problems


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hello", "is no SBOM"),
        ("", "is empty"),
        ("{", "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": 1}', "is no SBOM in a format Ironhull reads (it begins with a)"),
    ],
)
def test_a_broken_file_is_one_problem(content: str, said: str) -> None:
    path = "opt/docker/sbom/x.spdx.json"
    sbom = found({path: content})
    assert [p.where for p in sbom.problems] == [path]
    assert said in sbom.problems[0].message


def test_packages_nobody_can_check_are_said() -> None:
    document = spdx("pkg:dhi/a@1")
    broken = json.loads(document)
    broken["packages"].append(package("SPDXRef-b", "b", "2", ""))
    sbom = found({"opt/docker/sbom/x.spdx.json": json.dumps(broken)})
    assert [p.message for p in sbom.problems] == ["b 2: not checked: it has no package URL"]
    assert purls(sbom) == ["pkg:dhi/a@1", "pkg:generic/b@2"]
