"""SPDX 2 tag-value documents (SPDX 2.3, annex E) in the shape of SPDX JSON.

Only the tags an SBOM is made of are kept; snippets, reviews and extracted texts are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.errors import FormatError
from ironhull.lazy import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["decode_tagvalue"]

_TAG = regex(r"([A-Za-z]+):[ \t]*(.*)")
_PACKAGE = {
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PackageSupplier": "supplier",
    "PackageHomePage": "homepage",
    "PackageSourceInfo": "sourceInfo",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageSummary": "summary",
    "PackageDescription": "description",
    "PackageComment": "comment",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
}
_FILE = {"SPDXID": "SPDXID", "FileComment": "comment"}


def decode_tagvalue(data: bytes, where: str) -> dict[str, Any]:
    """The document as SPDX JSON would have it; FormatError where it is not text."""
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as trouble:
        raise FormatError(
            f"{where}: is not UTF-8 text: {trouble.reason}", "write it again"
        ) from None
    made = _Made()
    for tag, value in _tags(lines):
        made.take(tag, value)
    made.attach()
    return made.document


def _tags(lines: list[str]) -> Iterator[tuple[str, str]]:
    """(tag, value); a value in <text> … </text> may span lines."""
    at = 0
    while at < len(lines):
        match = _TAG.match(lines[at])
        at += 1
        if match is None:
            continue
        value = match[2].strip()
        if value.startswith("<text>"):
            parts = [value.removeprefix("<text>")]
            while "</text>" not in parts[-1] and at < len(lines):
                parts.append(lines[at])
                at += 1
            value = "\n".join(parts).partition("</text>")[0]
        yield match[1], value


class _Made:
    """The document so far, and the element whose tags are being read."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {
            "packages": [], "files": [], "relationships": [], "annotations": [],
            "creationInfo": {"creators": []},
        }  # fmt: skip
        self._element: dict[str, Any] = self.document
        self._names: dict[str, str] = {"SPDXID": "SPDXID"}
        self._note: dict[str, str] = {}
        self._notes: list[dict[str, str]] = []

    def take(self, tag: str, value: str) -> None:
        """Put one tag where JSON has it."""
        if tag == "PackageName":
            self._begin("packages", {"name": value}, _PACKAGE)
        elif tag == "FileName":
            self._begin("files", {"fileName": value}, _FILE)
        elif tag in ("LicenseID", "SnippetSPDXID"):
            self._element, self._names = {}, {}
        elif tag in self._names:
            self._element[self._names[tag]] = value
            if tag == "PrimaryPackagePurpose":
                self._element[self._names[tag]] = value.replace("_", "-")
        elif not self._take_list(tag, value):
            self._take_document(tag, value)

    def _begin(self, key: str, element: dict[str, Any], names: dict[str, str]) -> None:
        self.document[key].append(element)
        self._element, self._names = element, names

    def _take_list(self, tag: str, value: str) -> bool:
        if tag == "ExternalRef":
            parts = value.split(None, 2)
            if len(parts) == 3:
                row = {"referenceType": parts[1], "referenceLocator": parts[2]}
                self._element.setdefault("externalRefs", []).append(row)
        elif tag == "PackageChecksum":
            algorithm, _, digest = value.partition(":")
            row = {"algorithm": algorithm.strip(), "checksumValue": digest.strip()}
            self._element.setdefault("checksums", []).append(row)
        elif tag == "PackageAttributionText":
            self._element.setdefault("attributionTexts", []).append(value)
        else:
            return False
        return True

    def _take_document(self, tag: str, value: str) -> None:
        if tag == "SPDXVersion":
            self.document["spdxVersion"] = value
        elif tag == "DocumentName":
            self.document["name"] = value
        elif tag == "Creator":
            self.document["creationInfo"]["creators"].append(value)
        elif tag == "Relationship":
            parts = value.split()
            if len(parts) >= 3:
                names = ("spdxElementId", "relationshipType", "relatedSpdxElement")
                row = dict(zip(names, parts, strict=False))
                self.document["relationships"].append(row)
        elif tag == "RelationshipComment" and self.document["relationships"]:
            self.document["relationships"][-1]["comment"] = value
        elif tag == "Annotator":
            self._note = {}
            self._notes.append(self._note)
        elif tag == "SPDXREF":
            self._note["of"] = value
        elif tag == "AnnotationComment":
            self._note["comment"] = value

    def attach(self) -> None:
        """Give every annotation to the element it speaks of."""
        elements = {p.get("SPDXID"): p for p in self.document["packages"]}
        elements[self.document.get("SPDXID", "SPDXRef-DOCUMENT")] = self.document
        for note in self._notes:
            element = elements.get(note.get("of"))
            if element is not None:
                element.setdefault("annotations", []).append({"comment": note.get("comment", "")})
