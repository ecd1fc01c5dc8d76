"""Documents as other tools write them: what each says in its own way is understood."""

import json
from typing import Any

import pytest

from ironhull.documents import KINDS, read_document
from ironhull.model import Distro, Location, Package, Platform, Relation, Sbom, Upstream

LAYER = "sha256:" + "1" * 64
DIGEST = "sha256:" + "d" * 64
Json = dict[str, Any]


def read(document: Json | str) -> Sbom:
    data = document if isinstance(document, str) else json.dumps(document)
    return read_document(data.encode(), "x")


def one(document: Json | str) -> Package:
    (package,) = read(document).packages
    return package


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len({row.name for row in KINDS}) == len(KINDS)


# ── Trivy ────────────────────────────────────────────────────────────────────────────────────────


def trivy(name: str, value: str) -> dict[str, str]:
    return {"name": f"aquasecurity:trivy:{name}", "value": value}


TRIVY_CYCLONEDX: Json = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "tools": {"components": [{"type": "application", "name": "trivy"}]},
        "component": {
            "bom-ref": "root",
            "type": "container",
            "name": "web:1",
            "purl": f"pkg:oci/web@{DIGEST.replace(':', '%3A')}?arch=arm64&repository_url=x%2Fweb",
            "properties": [
                trivy("DiffID", LAYER),
                trivy("ImageID", DIGEST),
                trivy("Labels:org.opencontainers.image.source", "https://example.org/"),
            ],
        },
    },
    "components": [
        {"bom-ref": "os", "type": "operating-system", "name": "debian", "version": "13.7"},
        {
            "bom-ref": "group",
            "type": "application",
            "name": "usr/bin/x",
            "properties": [trivy("Class", "lang-pkgs"), trivy("Type", "gobinary")],
        },
        {
            "bom-ref": "pkg:deb/debian/bsdutils@2.41-5?epoch=1",
            "type": "library",
            "name": "bsdutils",
            "version": "1:2.41-5",
            "licenses": [{"license": {"name": "BSD 4 clause"}}, {"license": {"id": "MIT"}}],
            "purl": "pkg:deb/debian/bsdutils@2.41-5?arch=amd64&distro=debian-13.7&epoch=1",
            "properties": [
                trivy("LayerDiffID", LAYER),
                trivy("SrcName", "util-linux"),
                trivy("SrcVersion", "2.41"),
                trivy("SrcRelease", "5"),
                trivy("SrcEpoch", "2"),
            ],
        },
        {
            "bom-ref": "flask",
            "type": "library",
            "name": "Flask",
            "version": "3.0",
            "purl": "pkg:pypi/flask@3.0",
            "hashes": [{"alg": "SHA-1", "content": "ab"}],
            "properties": [trivy("FilePath", "/srv/flask/METADATA"), trivy("LayerDiffID", LAYER)],
        },
    ],
    "dependencies": [
        {"ref": "root", "dependsOn": ["os", "flask"]},
        {"ref": "flask", "dependsOn": ["pkg:deb/debian/bsdutils@2.41-5?epoch=1"]},
    ],
}


def test_trivy_cyclonedx() -> None:
    sbom = read(TRIVY_CYCLONEDX)
    assert sbom.distro == Distro("debian", "13", "trixie")
    assert sbom.subject.digest == DIGEST
    assert sbom.subject.platform == Platform("linux", "arm64")
    assert sbom.subject.layers == (LAYER,)
    assert sbom.subject.source == "https://example.org/"
    deb, flask = sbom.packages
    assert (deb.name, deb.version, deb.arch) == ("bsdutils", "1:2.41-5", "amd64")
    assert deb.upstream == Upstream("util-linux", "2:2.41-5")
    assert deb.licenses == ("LicenseRef-BSD-4-clause", "MIT")
    assert (flask.name, flask.checksums) == ("Flask", ())
    assert flask.locations == (Location("srv/flask/METADATA", LAYER),)
    assert sbom.relations == (Relation(flask.purl, "depends-on", deb.purl),)
    assert sbom.problems == ()


def spdx(*packages: Json, **more: Any) -> Json:
    root = {
        "name": "web", "SPDXID": "SPDXRef-Image", "primaryPackagePurpose": "CONTAINER",
        "annotations": [{"comment": f"DiffID: {LAYER}"}, {"comment": "RepoTag: web:1"}],
    }  # fmt: skip
    relationships = [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
         "relatedSpdxElement": "SPDXRef-Image"},
        *more.pop("relationships", ()),
    ]  # fmt: skip
    return {
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "web",
        "packages": [root, *packages], "relationships": relationships, **more,
    }  # fmt: skip


def package(name: str, purl: str, **more: Any) -> Json:
    refs = [
        {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe"},
        {
            "referenceCategory": "PACKAGE_MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        },
    ]
    return {"name": name, "SPDXID": f"SPDXRef-{name}", "externalRefs": refs, **more}


def relation(one: str, kind: str, other: str, comment: str = "") -> Json:
    names = [text if text.startswith("SPDXRef-") else f"SPDXRef-{text}" for text in (one, other)]
    return {
        "spdxElementId": names[0],
        "relationshipType": kind,
        "relatedSpdxElement": names[1],
        "comment": comment,
    }


def test_trivy_spdx() -> None:
    sbom = read(spdx(
        package(
            "openssl", "pkg:rpm/redhat/openssl@3.0-1.el9?arch=x86_64&epoch=1",
            versionInfo="1:3.0-1.el9", sourceInfo="built package from: openssl-src 1:3.0-1.el9",
            supplier="Organization: Red Hat (x@redhat.com)", licenseDeclared="NOASSERTION",
            licenseConcluded="Apache-2.0 AND (MIT OR Zlib)",
            annotations=[{"comment": f"LayerDiffID: {LAYER}"}],
        ),
        package("a", "pkg:npm/%40s/a@1", filesAnalyzed=True),
        {"name": "app", "SPDXID": "SPDXRef-app", "primaryPackagePurpose": "APPLICATION",
         "annotations": [{"comment": "Class: lang-pkgs"}, {"comment": "Type: npm"}]},
        {"name": "redhat", "SPDXID": "SPDXRef-os", "versionInfo": "9.4",
         "primaryPackagePurpose": "OPERATING-SYSTEM"},
        files=[{"fileName": "srv/package.json", "SPDXID": "SPDXRef-File"}],
        relationships=[relation("a", "CONTAINS", "File"), relation("a", "DEPENDS_ON", "openssl")],
    ))  # fmt: skip
    assert sbom.subject.name == "web:1"
    assert sbom.subject.layers == (LAYER,)
    assert sbom.distro == Distro("rhel", "9.4")
    npm, rpm = sbom.packages
    assert (npm.name, npm.locations) == ("@s/a", (Location("srv/package.json"),))
    assert (rpm.version, rpm.upstream) == ("1:3.0-1.el9", Upstream("openssl-src", "1:3.0-1.el9"))
    assert rpm.purl.startswith("pkg:rpm/redhat/openssl@3.0-1.el9?arch=x86_64&epoch=1")
    assert rpm.supplier == "Red Hat <x@redhat.com>"
    assert rpm.licenses == ("Apache-2.0 AND (MIT OR Zlib)",)
    assert sbom.relations == (Relation(npm.purl, "depends-on", rpm.purl),)
    assert sbom.problems == ()


# ── Syft ─────────────────────────────────────────────────────────────────────────────────────────


def test_syft_json() -> None:
    sbom = read({
        "schema": {"version": "16.0.18", "url": "https://x/anchore/syft/main/schema.json"},
        "source": {
            "type": "image", "name": "web",
            "metadata": {
                "userInput": "web:1", "manifestDigest": DIGEST, "imageID": DIGEST, "tags": [],
                "architecture": "arm64", "os": "linux", "layers": [{"digest": LAYER}],
            },
        },
        "distro": {"id": "ubuntu", "versionID": "24.04", "idLike": ["debian"]},
        "artifacts": [
            {
                "id": "1", "name": "python3-flask", "version": "3.0-1", "type": "deb",
                "purl": "pkg:deb/ubuntu/python3-flask@3.0-1?arch=all&distro=ubuntu-24.04",
                "metadata": {"source": "f", "sourceVersion": "", "architecture": "all",
                             "installedSize": 3},
                "licenses": [{"value": "BSD", "spdxExpression": ""}, "MIT"],
                "locations": [{"path": "/a", "layerID": LAYER},
                              {"path": "/b", "annotations": {"evidence": "primary"}}],
            },
            {"id": "2", "name": "flask", "version": "3.0", "type": "python",
             "purl": "pkg:pypi/flask@3.0"},
            {"id": "3", "name": "busybox", "version": "1.36", "type": "binary"},
        ],
        "artifactRelationships": [
            {"parent": "1", "child": "2", "type": "ownership-by-file-overlap"},
            {"parent": "1", "child": "2", "type": "dependency-of"},
        ],
    })  # fmt: skip
    assert sbom.distro == Distro("ubuntu", "24.04", id_like=("debian",))
    assert sbom.subject.platform == Platform("linux", "arm64")
    busybox, deb, flask = sbom.packages
    assert (busybox.ecosystem, busybox.purl) == ("binary", "pkg:binary/busybox@1.36")
    assert deb.upstream == Upstream("f", "3.0-1")
    assert deb.locations == (Location("b"),)
    assert deb.licenses == ("LicenseRef-BSD", "MIT")
    assert deb.size == 3072
    assert flask.owned_by == deb.purl
    assert {r.kind for r in sbom.relations} == {"owned-by", "depends-on"}
    assert [p.message for p in sbom.problems] == ["not checked: it has no package URL"]


def test_syft_spdx_says_who_ships_what() -> None:
    sbom = read(spdx(
        package("deb", "pkg:deb/debian/deb@1?distro=debian-13",
                sourceInfo="acquired package info from DPKG DB: /var/lib/dpkg/status, /b"),
        package("py", "pkg:pypi/py@1"),
        files=[{"fileName": "b", "SPDXID": "SPDXRef-F", "comment": f"layerID: {LAYER}"}],
        relationships=[
            relation("deb", "OTHER", "py", "ownership-by-file-overlap: indicates that"),
            relation("deb", "DEPENDENCY_OF", "py"),
        ],
    ))  # fmt: skip
    deb, py = sbom.packages
    assert py.owned_by == deb.purl
    assert deb.locations == (Location("var/lib/dpkg/status"), Location("b", LAYER))
    assert sbom.distro == Distro("debian", "13", "trixie")
    assert Relation(py.purl, "depends-on", deb.purl) in sbom.relations


def test_go_modules_deeper_than_a_purl_says() -> None:
    purl = "pkg:golang/github.com/azure/go-autorest@v0.1#autorest/adal"
    component = {"type": "library", "name": "github.com/Azure/go-autorest/autorest/adal"}
    document = {"bomFormat": "CycloneDX", "components": [{**component, "purl": purl}]}
    assert one(document).name == "github.com/Azure/go-autorest/autorest/adal"


@pytest.mark.parametrize(
    ("purl", "source"),
    [
        ("pkg:rpm/rhel/a@1-2?upstream=b-3-4.el9.src.rpm", Upstream("b", "3-4.el9")),
        ("pkg:deb/debian/a@1?upstream=b", Upstream("b", "1")),
        ("pkg:deb/debian/a@1?upstream=b%402", Upstream("b", "2")),
        ("pkg:apk/alpine/a@1?upstream=a", None),
    ],
)
def test_source_packages_in_qualifiers(purl: str, source: Upstream | None) -> None:
    assert one(spdx(package("a", purl))).upstream == source


# ── Docker Scout, cdxgen, GitHub ─────────────────────────────────────────────────────────────────


def test_scout_names_the_distribution_in_three_qualifiers() -> None:
    purl = "pkg:deb/debian/a@1?os_distro=trixie&os_name=debian&os_version=13"
    sbom = read(spdx(package("a", purl)))
    assert sbom.distro == Distro("debian", "13", "trixie")
    assert sbom.packages[0].purl == "pkg:deb/debian/a@1?distro=debian-13"


def test_cdxgen_says_where_and_nests() -> None:
    sbom = read({
        "bomFormat": "CycloneDX", "specVersion": "1.5",
        "metadata": {
            "tools": [{"name": "cdxgen"}],
            "component": {
                "type": "application", "group": "org", "name": "shop", "version": "1",
                "purl": "pkg:maven/org/shop@1?type=jar",
                "components": [{"type": "library", "purl": "pkg:maven/org/part@1?type=jar"}],
            },
        },
        "components": [{
            "type": "library", "group": "org.slf4j", "name": "slf4j-api", "version": "2",
            "purl": "pkg:maven/org.slf4j/slf4j-api@2?type=jar",
            "properties": [{"name": "SrcFile", "value": "pom.xml"}],
            "licenses": [{"expression": "MIT OR Apache-2.0"}],
        }, {
            "type": "library", "name": "x", "purl": "pkg:npm/x@1",
            "evidence": {"occurrences": [{"location": "/a/x.js"}]},
        }],
    })  # fmt: skip
    assert sbom.subject.kind == "directory"
    assert [p.name for p in sbom.packages] == ["org.slf4j:slf4j-api", "org:part", "org:shop", "x"]
    assert sbom.packages[0].locations == (Location("pom.xml"),)
    assert sbom.packages[0].qualifiers == (("type", "jar"),)
    assert sbom.packages[3].locations == (Location("a/x.js"),)


def test_github_snapshot() -> None:
    manifest = {
        "metadata": {"syft:filesystem": LAYER},
        "file": {"source_location": "web:1:/srv/package.json"},
        "resolved": {"a": {"package_url": "pkg:npm/a@1", "dependencies": ["pkg:npm/b@1"]},
                     "b": {"package_url": "pkg:npm/b@1"}},
    }  # fmt: skip
    sbom = read({
        "version": 0, "detector": {"name": "syft"}, "manifests": {"x": manifest},
        "metadata": {"syft:distro": "pkg:generic/alpine@3.20.3"},
    })  # fmt: skip
    assert sbom.subject.name == "web:1"
    assert sbom.distro == Distro("alpine", "3.20")
    assert sbom.packages[0].locations == (Location("srv/package.json", LAYER),)
    assert sbom.relations == (Relation("pkg:npm/a@1", "depends-on", "pkg:npm/b@1"),)


# ── SPDX 3 ───────────────────────────────────────────────────────────────────────────────────────


def test_spdx_3() -> None:
    def software(identity: str, name: str, version: str, **more: Any) -> Json:
        said = {"type": "software_Package", "spdxId": identity, "name": name}
        return {**said, "software_packageVersion": version, **more}

    def relationship(one: str, kind: str, *others: str) -> Json:
        identity = f"r-{one}-{kind}"
        row = {"type": "Relationship", "spdxId": identity, "from": one, "to": list(others)}
        return {**row, "relationshipType": kind}

    sbom = read({
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"},
            {"type": "SpdxDocument", "spdxId": "doc", "rootElement": ["bom"]},
            {"type": "software_Sbom", "spdxId": "bom", "rootElement": ["image"]},
            software("image", "web:1", DIGEST, software_primaryPurpose="container"),
            software("os", "debian", "13", software_primaryPurpose="operatingSystem"),
            software("a", "libc6", "2.41-1", software_packageUrl="pkg:deb/debian/libc6@2.41-1",
                     software_sourceInfo="built from source package: glibc 2.41-1"),
            software("b", "x", "1", externalIdentifier=[
                {"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/x@1"}],
                verifiedUsing=[{"algorithm": "sha256", "hashValue": "AB" * 32}]),
            {"type": "software_File", "spdxId": "f", "name": "/srv/x"},
            {"type": "simplelicensing_LicenseExpression", "spdxId": "l",
             "simplelicensing_licenseExpression": "MIT"},
            relationship("b", "dependsOn", "a"),
            relationship("b", "contains", "f"),
            relationship("b", "hasDeclaredLicense", "l"),
        ],
    })  # fmt: skip
    assert (sbom.subject.name, sbom.subject.digest) == ("web:1", DIGEST)
    assert sbom.distro == Distro("debian", "13", "trixie")
    libc, x = sbom.packages
    assert libc.upstream == Upstream("glibc", "2.41-1")
    assert (x.licenses, x.checksums) == (("MIT",), ("sha256:" + "ab" * 32,))
    assert x.locations == (Location("srv/x"),)
    assert sbom.relations == (Relation("pkg:npm/x@1", "depends-on", libc.purl),)


def test_what_debian_ships_is_not_counted_where_nobody_tells() -> None:
    """Syft's CycloneDX has no word for ownership: path, name and version tell."""

    def library(name: str, purl: str, path: str) -> Json:
        properties = [{"name": "syft:location:0:path", "value": path}]
        return {"type": "library", "name": name, "purl": purl, "properties": properties}

    sbom = read({
        "bomFormat": "CycloneDX",
        "components": [
            library("python3-pip", "pkg:deb/debian/python3-pip@25.1.1%2Bdfsg-1", "/var/lib/x"),
            library("pip", "pkg:pypi/pip@25.1.1", "/usr/lib/python3/dist-packages/pip-25/METADATA"),
            library("pip", "pkg:pypi/pip@26.0", "/usr/lib/python3/dist-packages/pip-26/METADATA"),
            library("pip", "pkg:pypi/pip@25.1", "/usr/local/lib/python3/dist-packages/pip/M"),
        ],
    })  # fmt: skip
    assert [p.purl for p in sbom.packages if p.owned_by] == ["pkg:pypi/pip@25.1.1"]
    assert [r.kind for r in sbom.relations] == ["owned-by"]


@pytest.mark.parametrize("version", ["1.22.6", "v1.22.6", "go1.22.6"])
def test_the_standard_library_of_go_has_one_version(version: str) -> None:
    purl = f"pkg:golang/stdlib@{version}"
    component = {"type": "library", "name": "stdlib", "version": version, "purl": purl}
    assert one({"bomFormat": "CycloneDX", "components": [component]}).version == "1.22.6"
