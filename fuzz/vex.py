"""VEX documents of every format: FormatError, or statements that are written and read again."""

import json
from base64 import b64encode

from fuzz._harness import fuzz
from ironhull.errors import FormatError
from ironhull.statements import read_documents
from ironhull.statements.linting import lint_vex
from ironhull.statements.writing import Head, merged_statements, openvex_document

_OPENVEX = (
    b'{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://x/y","author":"a","version":1,'
    b'"timestamp":"2024-01-31T10:00:00.5+01:00","statements":[{"vulnerability":{"name":"CVE-1",'
    b'"aliases":["GHSA-1"]},"products":[{"@id":"pkg:oci/a?repository_url=b","hashes":{"sha-256":'
    b'"00"},"subcomponents":[{"identifiers":{"purl":"pkg:npm/x@1","cpe23":"cpe:2.3:a:b"}}]}],'
    b'"status":"not_affected","justification":"component_not_present"}]}'
)
SEEDS = (
    _OPENVEX,
    b'{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"CVE-1","products":'
    b'["pkg:a/b"],"subcomponents":["pkg:c/d"],"status":"fixed"}]}',
    b'{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"x","digest":{"sha256":"'
    + b"0" * 64
    + b'"}}],"predicateType":"https://openvex.dev/ns","predicate":'
    + _OPENVEX
    + b"}",
    b'{"payloadType":"application/vnd.in-toto+json","signatures":[{}],"payload":"'
    + b64encode(_OPENVEX)
    + b'"}',
    b'{"document":{"category":"csaf_vex","csaf_version":"2.0","publisher":{"name":"a"},"tracking":'
    b'{"id":"b","current_release_date":"2024-01-31T10:00:00Z"}},"product_tree":{"branches":[{'
    b'"product":{"product_id":"A","name":"a","product_identification_helper":{"purl":"pkg:a/b@1"}}'
    b'}],"full_product_names":[{"product_id":"B","name":"b"}],"relationships":[{"category":'
    b'"default_component_of","product_reference":"A","relates_to_product_reference":"B",'
    b'"full_product_name":{"product_id":"AB","name":"ab"}}],"product_groups":[{"group_id":"G",'
    b'"product_ids":["AB"]}]},"vulnerabilities":[{"cve":"CVE-1","product_status":{'
    b'"known_not_affected":["AB"]},"flags":[{"label":"component_not_present","group_ids":["G"]}]}]}',
    b'{"bomFormat":"CycloneDX","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",'
    b'"version":1,"metadata":{"component":{"name":"a","bom-ref":"r"}},"components":[{"bom-ref":"c",'
    b'"purl":"pkg:a/b"}],"vulnerabilities":[{"id":"CVE-1","analysis":{"state":"not_affected",'
    b'"justification":"code_not_present"},"affects":[{"ref":"c","versions":[{"version":"1"}]},{"ref":'
    b'"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#c"}]}]}',
    b'<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><vulnerabilities><vulnerability><id>CVE-1'
    b"</id><analysis><state>exploitable</state><responses><response>update</response></responses>"
    b"</analysis><affects><target><ref>pkg:a/b</ref><versions><version><version>1</version>"
    b"</version></versions></target></affects></vulnerability></vulnerabilities></bom>",
)


def one(data: bytes) -> None:
    for checked in lint_vex(data, "x", now="2026-01-01T00:00:00Z"):
        for finding in checked.findings:
            assert finding.message
            assert finding.level in ("error", "warning", "note")
    try:
        found = read_documents(data, "x")
    except FormatError as error:
        assert error.message.startswith("x")
        assert error.message.isprintable()
        return
    given = [statement for document in found for statement in document.statements]
    assert all(len(document.statements) == document.stated for document in found)
    assert all(statement.products for statement in given)
    if not given:
        return
    written = openvex_document(merged_statements(given), Head("a", "2026-01-01T00:00:00Z"))
    again = read_documents(written, "x")
    assert not [p for document in again for p in document.problems], json.loads(written)
    assert {(s.vulnerability, s.status) for s in again[0].statements} == {
        (s.vulnerability, s.status) for s in given
    }


if __name__ == "__main__":
    fuzz(one, SEEDS, longest=8000)
