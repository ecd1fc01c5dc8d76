"""SBOM documents of others: FormatError, or an SBOM that can be written in every format."""

import gzip
import json

from fuzz._harness import fuzz
from ironhull.documents import read_document
from ironhull.errors import Error, FormatError
from ironhull.formats import SBOM_FORMATS
from tests.formats.sboms import full

CREATED = "2026-01-01T00:00:00Z"
SPDX3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": CREATED},
        {
            "type": "SpdxDocument",
            "spdxId": "urn:d",
            "creationInfo": "_:c",
            "rootElement": ["urn:p"],
        },
        {
            "type": "software_Package",
            "spdxId": "urn:p",
            "name": "x",
            "software_packageVersion": "1",
            "software_packageUrl": "pkg:npm/x@1",
        },
    ],
}
SYFT = {
    "artifacts": [
        {
            "id": "1",
            "name": "x",
            "version": "1",
            "type": "npm",
            "purl": "pkg:npm/x@1",
            "locations": [{"path": "/x", "layerID": "sha256:" + "1" * 64}],
        }
    ],
    "artifactRelationships": [{"parent": "1", "child": "1", "type": "dependency-of"}],
    "source": {"type": "image", "metadata": {"userInput": "x", "imageID": "sha256:" + "2" * 64}},
    "distro": {"id": "debian", "versionID": "13"},
    "schema": {"version": "16.0.0"},
    "descriptor": {"name": "syft"},
}
XML = b"""<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><components>
<component type="library"><name>x</name><version>1</version><purl>pkg:npm/x@1</purl></component>
</components></bom>"""
TAGS = b"""SPDXVersion: SPDX-2.3
DocumentName: x
PackageName: x
SPDXID: SPDXRef-x
PackageVersion: 1
ExternalRef: PACKAGE-MANAGER purl pkg:npm/x@1
"""
YAML = b"spdxVersion: SPDX-2.3\nname: x\npackages:\n- name: x\n  SPDXID: SPDXRef-x\n"


def seeds() -> list[bytes]:
    made = [form.write(full(), created=CREATED) for form in SBOM_FORMATS]
    made += [json.dumps(value).encode() for value in (SPDX3, SYFT)]
    made += [XML, TAGS, YAML]
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "x", "digest": {"sha256": "1" * 64}}],
        "predicateType": "https://spdx.dev/Document",
        "predicate": json.loads(made[2]),
    }
    return [*made, gzip.compress(made[1], mtime=0), json.dumps(statement).encode()]


def one(data: bytes) -> None:
    try:
        found = read_document(data, "fuzz")
    except Error as error:
        assert "\n" not in error.message, error
        return
    for form in SBOM_FORMATS:
        try:
            written = form.write(found, created=CREATED)
        except FormatError:
            continue
        if form.name != "list":
            json.loads(written)


if __name__ == "__main__":
    fuzz(one, seeds())
