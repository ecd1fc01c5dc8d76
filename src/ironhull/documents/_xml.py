"""CycloneDX XML in the shape of CycloneDX JSON: expat, no entities, no DTD, nothing fetched."""

from __future__ import annotations

from ironhull.errors import FormatError
from ironhull.lazy import regex
from ironhull.limits import LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["decode_xml"]

_SPACE = regex(r"http://cyclonedx\.org/schema/bom/(\d+\.\d+)")
_LISTS = {
    "components": "component",
    "licenses": "",
    "hashes": "hash",
    "properties": "property",
    "externalReferences": "reference",
    "dependencies": "dependency",
    "tools": "",
    "occurrences": "occurrence",
    "authors": "author",
    "vulnerabilities": "vulnerability",
    "references": "reference",
    "affects": "target",
    "versions": "version",
    "responses": "",
}
"""Elements that are lists in JSON."""

_DEPTH = 100


class _Node:
    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[_Node] = []
        self.text: list[str] = []


def decode_xml(data: bytes, where: str) -> dict[str, Any]:
    """The document as CycloneDX JSON would have it.

    FormatError for what is not XML, not CycloneDX, declares entities or is nested too deeply.
    """
    root = _parse(data, where)
    space, _, name = root.name.rpartition(" ")
    match = _SPACE.fullmatch(space)
    if name != "bom" or match is None:
        raise FormatError(
            f"{where}: is XML, but no CycloneDX document", "SPDX is read as JSON, YAML or tag-value"
        )
    document = _mapping(root)
    document.update(bomFormat="CycloneDX", specVersion=match[1])
    return document


def _parse(data: bytes, where: str) -> _Node:
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator=" ")
    top = _Node("", {})
    open_: list[_Node] = [top]
    seen = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen
        seen += 1
        if seen > LIMITS.sbom_objects or len(open_) > _DEPTH:
            raise FormatError(f"{where}: holds too many elements or nests them too deeply", "")
        node = _Node(name, attributes)
        open_[-1].children.append(node)
        open_.append(node)

    def characters(text: str) -> None:
        open_[-1].text.append(text)

    def refuse(*_: object) -> None:
        raise FormatError(f"{where}: XML with entities or a DTD is not read", "write it without")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: open_.pop()
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as trouble:
        raise FormatError(f"{where}: is not XML: {trouble}", "write or fetch it again") from None
    return top.children[0]


def _local(node: _Node) -> str:
    return node.name.rpartition(" ")[2]


def _text(node: _Node) -> str:
    return "".join(node.text).strip()


def _mapping(node: _Node) -> dict[str, Any]:
    """Attributes and children by name; lists where JSON has them."""
    found: dict[str, Any] = dict(node.attributes)
    for child in node.children:
        name = _local(child)
        if name in _LISTS:
            found[name] = _list(child, name)
        elif name == "contact":  # several, without an element around them
            found.setdefault(name, []).append(_mapping(child))
        else:
            found[name] = _mapping(child) if child.children else _text(child)
    return found


def _list(node: _Node, name: str) -> Any:
    if name == "tools":
        inner = [child for child in node.children if _local(child) == "components"]
        return _mapping(node) if inner else [_mapping(child) for child in node.children]
    if name == "licenses":
        return [{_local(c): _mapping(c) if c.children else _text(c)} for c in node.children]
    if name == "hashes":
        return [{"alg": c.attributes.get("alg", ""), "content": _text(c)} for c in node.children]
    if name == "responses":
        return [_text(child) for child in node.children]
    if name == "properties":
        return [{"name": c.attributes.get("name", ""), "value": _text(c)} for c in node.children]
    if name == "dependencies":
        return [
            {
                "ref": child.attributes.get("ref", ""),
                "dependsOn": [c.attributes.get("ref", "") for c in child.children],
            }
            for child in node.children
        ]
    return [_mapping(child) for child in node.children]
