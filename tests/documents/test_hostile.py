"""Hostile documents end in one clear error or in problems, within bounded time and memory."""

import gzip
import json
import resource
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.documents import read_document
from ironhull.errors import FormatError
from ironhull.limits import LIMITS, Limits
from ironhull.model import Sbom

CYCLONE = {"bomFormat": "CycloneDX", "specVersion": "1.6"}
SPDX = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "x"}
SPDX3 = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}
SYFT = {"schema": {"version": "16.0.0", "url": "https://x/anchore/syft/y"}}
OURS = {"schema": "ironhull/sbom", "schema_version": 1}


def read(document: Any) -> Sbom:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_document(data, "the file")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"hello", "is no SBOM"),
        (b"\x00" * 100, "is no SBOM"),
        (b"{", "is not JSON"),
        (b"[]", "holds 0 documents"),
        (b"[{}, {}]", "holds 2 documents"),
        (b"[1]", "is no SBOM"),
        (b"{}", "is no SBOM"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": "\xff"}', "is not JSON"),
        (b'{"bomFormat": "CycloneDX"}\n{"bomFormat": "CycloneDX"}\n', "holds 2 documents"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"{}," * (LIMITS.sbom_objects + 1), "too many values"),
        (b"[" + b"0," * (LIMITS.sbom_values + 1), "too many values"),
        (b"\x1f\x8bgarbage", "damaged gzip"),
        (gzip.compress(bytes(range(256)), mtime=0)[:-20], "damaged gzip"),
        (b"\xff\xfe{\x00}\xd8", "is not UTF-16-LE"),
        (b"<a/>", "no CycloneDX document"),
        (b"<bom", "is not XML"),
        (b"<?xml version='1.0'?><rdf:RDF xmlns:rdf='http://w3.org/22-rdf-syntax-ns#'/>", "RDF"),
        (b"spdxVersion: [", "is not YAML"),
        (b"spdxVersion: &a [x]\nname: *a\n", "aliases"),
        (b'{"schemaVersion": 2, "manifests": []}', "image manifest"),
        (b'{"payloadType": "x", "payload": "%"}', "not base64"),
        (b'{"payloadType": "x", "payload": "MQ=="}', "no document"),
        (b'{"dsseEnvelope": {}}', "is no SBOM"),
        (b'{"schema": "ironhull/sbom", "schema_version": 2}', "version 2"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_cannot_be_read_says_why(data: bytes, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(data)
    assert said in caught.value.message
    assert "the file" in caught.value.message
    assert len(caught.value.message) < 300
    assert "\n" not in caught.value.message


BILLION = b"""<?xml version="1.0"?><!DOCTYPE bom [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5">&c;</bom>"""
EXTERNAL = b"""<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>&x;</components></bom>"""
DEEP = b'<bom xmlns="http://cyclonedx.org/schema/bom/1.5">' + b"<components><component>" * 50_000


@pytest.mark.parametrize("data", [BILLION, EXTERNAL, DEEP])
def test_xml_bombs(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"entities|deeply"):
        read(data)


def test_a_gzip_bomb_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    import ironhull.documents._decode as decode

    monkeypatch.setattr(decode, "LIMITS", Limits(sbom_bytes=1_000_000))
    with pytest.raises(FormatError, match="larger than"):
        read(gzip.compress(b" " * 50_000_000))


def test_wrapped_in_itself() -> None:
    document: Any = {"SPDX": {"SPDX": {}}}
    for _ in range(20):
        document = {"SPDX": document}
    with pytest.raises(FormatError, match="wrapped too often"):
        read(document)


def test_components_in_components_are_listed_however_deep() -> None:
    inner: dict[str, Any] = {"type": "library", "name": "x0", "purl": "pkg:npm/x0@1"}
    for number in range(1, 200):
        inner = {
            "type": "library", "name": "x", "purl": f"pkg:npm/x{number}@1", "components": [inner],
        }  # fmt: skip
    assert len(read({**CYCLONE, "components": [inner]}).packages) == 200


def test_duplicate_identifiers_and_cycles() -> None:
    def component(name: str) -> dict[str, Any]:
        return {"type": "library", "name": name, "bom-ref": "same", "purl": f"pkg:npm/{name}@1"}

    sbom = read({
        **CYCLONE,
        "components": [component("a"), component("b"), component("a")],
        "dependencies": [
            {"ref": "same", "dependsOn": ["same", "other"]},
            {"ref": "other", "dependsOn": ["same"]},
        ],
    })  # fmt: skip
    assert [p.name for p in sbom.packages] == ["a", "b"]
    assert sbom.relations == ()


def test_packages_without_usable_url_are_listed_and_said() -> None:
    broken = [{"type": "library", "name": f"n{i}", "purl": "nonsense"} for i in range(100)]
    nameless = {"type": "library", "bom-ref": "r"}
    sbom = read({**CYCLONE, "components": [*broken, nameless, {"type": "library", "name": "z"}]})
    assert len(sbom.packages) == 101
    assert {p.ecosystem for p in sbom.packages} == {"generic"}
    said = [f"{p.where}: {p.message}" for p in sbom.problems]
    assert len(said) == 23
    assert "n0: not checked: its package URL cannot be read" in said[0]
    assert "r: not listed: it has neither a name nor a package URL" in said
    assert "z: not checked: it has no package URL" in said
    assert said[-1].startswith("packages: 80 more like these")


def test_too_many_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    import ironhull.documents._assemble as assemble

    monkeypatch.setattr(assemble, "LIMITS", Limits(packages=3))
    packages = [{"type": "library", "purl": f"pkg:npm/a{i}@1"} for i in range(5)]
    with pytest.raises(FormatError, match="lists more than 3 packages"):
        read({**CYCLONE, "components": packages})


_WORDS = (
    "metadata component components type name version purl bom-ref properties value licenses"
    " license id expression hashes alg content dependencies ref dependsOn packages SPDXID"
    " externalRefs referenceType referenceLocator relationships files annotations comment"
    " creationInfo creators sourceInfo checksums @graph spdxId rootElement from to artifacts"
    " locations path distro source metadata tags subject layers relations problems manifests"
    " detector resolved package_url predicate predicateType _type evidence occurrences"
)
_keys = st.sampled_from(_WORDS.split())
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("pkg:npm/a@1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", [CYCLONE, SPDX, SPDX3, SYFT, OURS, {}], ids=lambda k: str(k)[:20])
@given(document=st.dictionaries(_keys, _json, max_size=6))
def test_any_values_anywhere(kind: dict[str, Any], document: dict[str, Any]) -> None:
    try:
        assert isinstance(read({**document, **kind}), Sbom)
    except FormatError as fault:
        assert fault.message


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    for prefix in (b"", b"SPDXVersion: SPDX-2.3\n", b"spdxVersion: SPDX-2.3\n", b"<bom>"):
        try:
            read(prefix + data)
        except FormatError as fault:
            assert fault.message


_MEASURE = """
import sys, resource
from ironhull.documents import read_document
from ironhull.errors import FormatError
data = sys.stdin.buffer.read()
try:
    read_document(data, "x")
except FormatError as fault:
    print(fault)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("unit", ['{"type":"library","name":"a","version":"1.2.3.4.56"},', "[],"])
def test_a_hundred_megabytes_stay_in_bounds(unit: str) -> None:
    """In at most ten times their size of memory."""
    count = 100_000_000 // len(unit)
    data = b'{"bomFormat":"CycloneDX","components":[' + unit.encode() * count + b"{}]}"

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))

    done = subprocess.run(
        [sys.executable, "-c", _MEASURE], input=data, capture_output=True, preexec_fn=bound,
        check=True, timeout=120,
    )  # fmt: skip
    assert int(done.stdout.split()[-1]) * 1024 < 10 * len(data)


@pytest.mark.parametrize("at", range(10, 24))
def test_damaged_gzip_is_told(at: int) -> None:
    packed = gzip.compress(b'{"a":1}' * 100, mtime=0)
    with pytest.raises(FormatError, match="damaged gzip data"):
        read(packed[:at] + b"\xff\xff\xff" + packed[at + 3 :])
