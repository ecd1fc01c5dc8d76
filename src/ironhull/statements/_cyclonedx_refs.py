"""What `affects[].ref` of CycloneDX points at: parts of this BOM, of another, or package URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.model import Component
from ironhull.statements._reading import Reading, purl_like, short, text

__all__ = ["References"]

_LINK = re.compile(r"urn:cdx:([0-9A-Fa-f-]{36})/([1-9][0-9]*)(?:#(.*))?", re.DOTALL)
_HEX = re.compile(r"[0-9a-f]{32,256}")


class References:
    """The components of a BOM by bom-ref.

    What is part of the BOM's own component is a part of that product: a statement about it says
    nothing of the same package elsewhere.
    """

    def __init__(self, document: Mapping[str, Any], reading: Reading) -> None:
        self._reading = reading
        serial = text(document.get("serialNumber")).lower().removeprefix("urn:uuid:")
        version = document.get("version", 1)
        self._own = f"urn:cdx:{serial}/{version}" if serial else ""
        metadata = document.get("metadata")
        subject = metadata.get("component") if isinstance(metadata, dict) else None
        self._subject = subject if isinstance(subject, dict) else {}
        self._inside: dict[str, Mapping[str, Any]] = {}
        for component in _flat(document, ("components", "services")):
            self._inside.setdefault(text(component.get("bom-ref")), component)
        for component in _flat(self._subject, ("components",)):
            self._inside.setdefault(text(component.get("bom-ref")), component)
        self._inside.pop("", None)
        self._product = self._whole()

    def component(self, ref: str, where: str) -> Component | None:
        """What `ref` stands for; None, with a trouble, where that cannot be told."""
        link = _LINK.fullmatch(ref)
        if link is not None:
            from urllib.parse import unquote

            bom = f"urn:cdx:{link[1].lower()}/{link[2]}"
            inside = link[3] or ""
            if bom != self._own:
                return _elsewhere(bom, unquote(inside))
            if not inside:
                return self._product or Component((bom,))
            found = self._local(inside)
            return found if found is not None else self._local(unquote(inside), where)
        return self._local(ref, where)

    def _local(self, ref: str, where: str = "") -> Component | None:
        if self._subject and ref == text(self._subject.get("bom-ref")):
            found = self._product
        elif (said := self._inside.get(ref)) is not None:
            found = self._part(_identified(said))
        elif purl_like(ref):
            found = self._part(Component((ref,)))
        else:
            if where:
                message = f"there is no component {short(ref)} in the document"
                self._reading.say(where, "product", message)
            return None
        if found is None and where:
            self._reading.say(where, "product", f"nothing identifies {short(ref)}")
        return found

    def _part(self, part: Component | None) -> Component | None:
        if part is None or self._product is None:
            return part
        return Component(self._product.ids, self._product.hashes, (part,))

    def _whole(self) -> Component | None:
        """The product the BOM is of, also by the BOM's own name; None where it is of none."""
        made = _identified(self._subject)
        if not self._own:
            return made
        if made is None:
            return Component((self._own,)) if self._inside else None
        return Component((*made.ids, self._own), made.hashes)


def _elsewhere(bom: str, ref: str) -> Component:
    """Something in a BOM that is not at hand: the whole of it, or the part `ref`."""
    return Component((bom,), parts=(Component((ref,)),)) if ref else Component((bom,))


def _identified(said: Mapping[str, Any]) -> Component | None:
    """By package URL, CPE, hashes; by name and version where there is none of these."""
    ids = [value] if purl_like(value := text(said.get("purl"))) else []
    ids.append(text(said.get("cpe")))
    rows = said.get("hashes")
    hashes = []
    for row in rows if isinstance(rows, list) else ():
        value = text(row.get("content")).lower() if isinstance(row, dict) else ""
        if _HEX.fullmatch(value):
            hashes.append((text(row.get("alg")).lower().replace("-", ""), value))
    known = tuple(dict.fromkeys(filter(None, ids)))
    if known or hashes:
        return Component(known, tuple(dict.fromkeys(hashes)))
    name, version = text(said.get("name")), text(said.get("version"))
    return Component((f"{name}@{version}" if version else name,)) if name else None


def _flat(said: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """Every component in the lists at `keys`, and all inside of them."""
    waiting: list[Mapping[str, Any]] = [said]
    while waiting:
        item = waiting.pop()
        for key in keys:
            rows = item.get(key)
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, dict):
                    yield row
                    waiting.append(row)
