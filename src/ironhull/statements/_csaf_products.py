"""The product tree of CSAF: what identifies each product_id (csaf-v2.0, 3.1.3, 3.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Component
from ironhull.statements._reading import Reading, purl_like, short, text

__all__ = ["ProductTree"]

_HEX = re.compile(r"[0-9a-f]{32,256}")


class ProductTree:
    """Products by product_id: full product names, branches, relationships and groups."""

    def __init__(self, said: object, reading: Reading) -> None:
        self._reading = reading
        self._products: dict[str, Mapping[str, Any]] = {}
        self._parts: dict[str, tuple[str, str]] = {}
        self._groups: dict[str, list[str]] = {}
        self._memo: dict[str, tuple[Component, ...]] = {}
        self._missing: set[str] = set()
        self._ranges: set[str] = set()
        self._named_by_groups = 0
        tree = said if isinstance(said, dict) else {}
        if not tree:
            reading.say("product_tree", "product", "is missing: no product can be identified")
        for product in _listed(tree, "full_product_names"):
            self._put(product)
        self._branches(tree)
        for relationship in _listed(tree, "relationships"):
            self._relationship(relationship)
        for group in _listed(tree, "product_groups"):
            members = group.get("product_ids")
            if name := text(group.get("group_id")):
                self._groups[name] = [m for m in members or () if isinstance(m, str)]

    def group(self, name: str) -> list[str]:
        """The product_ids of a group; none, with a trouble, where there is no such group."""
        if name not in self._groups:
            self._miss(name, "group_id", "product_tree.product_groups")
        members = self._groups.get(name, [])
        self._named_by_groups += len(members)
        if self._named_by_groups > LIMITS.vex_group_members:
            raise FormatError(
                f"{self._reading.name}: its product groups name more than"
                f" {LIMITS.vex_group_members} products",
                "split it",
            )
        return members

    def components(self, product: str, place: str) -> tuple[Component, ...]:
        """What a product_id stands for: the product, or a product with the part that is meant.

        None, with a trouble, where it is not in the tree or nothing identifies it.
        """
        found = self._memo.get(product)
        if found is None:
            found = self._memo[product] = tuple(self._made_of(product, place))
        return found

    def is_range(self, product: str) -> bool:
        """Whether it or what it is made of is a range of versions (3.1.2.2) and no single one."""
        waiting = [(product, 0)] if self._ranges else []
        while waiting:
            name, depth = waiting.pop()
            if name in self._ranges and not self._versioned(name):
                return True
            if depth < LIMITS.vex_depth:
                waiting += [(other, depth + 1) for other in self._parts.get(name, ())]
        return False

    def _versioned(self, product: str) -> bool:
        """Whether its package URLs name a version."""
        found = self._identified(self._products.get(product, {}), product)
        ids = [v.partition("?")[0] for v in found.ids if v.startswith("pkg:")] if found else []
        return bool(ids) and all("@" in value.rpartition("/")[2] for value in ids)

    def _made_of(self, product: str, place: str) -> Iterator[Component]:
        said = self._products.get(product)
        if said is None:
            self._miss(product, "product_id", place)
            return
        own = self._identified(said, product)
        pair = self._parts.get(product)
        if pair is None:
            if own is not None:
                yield own
            else:
                name = text(said.get("name"))
                if name:
                    yield Component((name,))
                else:
                    self._reading.say(place, "product", f"nothing identifies {short(product)}")
            return
        if own is not None:
            yield own
        whole, part = self._whole(pair[1]), self._part(pair[0])
        if whole is None or part is None:
            if own is None:
                self._reading.say(place, "product", f"nothing identifies {short(product)}")
            return
        yield Component(whole.ids, whole.hashes, (part,))

    def _whole(self, product: str) -> Component | None:
        """What a component is part of: at the end of all relationships."""
        for _ in range(LIMITS.vex_depth):
            pair = self._parts.get(product)
            if pair is None or self._identified(self._products.get(product, {}), product):
                return self._named(product)
            product = pair[1]
        return None

    def _part(self, product: str) -> Component | None:
        """The component itself: at the start of all relationships."""
        for _ in range(LIMITS.vex_depth):
            pair = self._parts.get(product)
            if pair is None or self._identified(self._products.get(product, {}), product):
                return self._named(product)
            product = pair[0]
        return None

    def _named(self, product: str) -> Component | None:
        """A product by its identifiers, else by its name."""
        said = self._products.get(product)
        if said is None:
            self._miss(product, "product_id", "product_tree.relationships")
            return None
        found = self._identified(said, product)
        name = text(said.get("name"))
        return found or (Component((name,)) if name else None)

    def _identified(self, said: Mapping[str, Any], product: str) -> Component | None:
        """By its product identification helper (3.1.3.3); None where that names nothing."""
        helper = said.get("product_identification_helper")
        if not isinstance(helper, dict):
            return None
        purls = [helper.get("purl"), *(p if isinstance(p := helper.get("purls"), list) else ())]
        ids = []
        for value in filter(None, map(text, purls)):
            if value[:4].lower() == "pkg:" and purl_like(value):
                ids.append(value)
            else:
                place = f"product {short(product)}"
                self._reading.say(place, "purl", f"{short(value)} is no package URL")
        ids.append(text(helper.get("cpe")))
        uris = helper.get("x_generic_uris")
        rows = uris if isinstance(uris, list) else []
        ids += [text(uri.get("uri")) for uri in rows if isinstance(uri, dict)]
        hashes = tuple(dict.fromkeys(_hashes(helper.get("hashes"))))
        known = tuple(dict.fromkeys(filter(None, ids)))
        return Component(known, hashes) if known or hashes else None

    def _branches(self, tree: Mapping[str, Any]) -> None:
        waiting = list(reversed(_listed(tree, "branches")))
        while waiting:
            branch = waiting.pop()
            product = branch.get("product")
            self._put(product)
            if branch.get("category") == "product_version_range" and isinstance(product, dict):
                self._ranges.add(text(product.get("product_id")))
            waiting += reversed(_listed(branch, "branches"))

    def _put(self, product: object) -> None:
        """Note a full product name; one that is not unique is refused (mandatory test 6.1.2)."""
        if not isinstance(product, dict):
            return
        name = text(product.get("product_id"))
        if not name:
            self._reading.say("product_tree", "product", "a product has no product_id")
        elif name in self._products:
            message = f"{short(name)} is defined twice: the first counts"
            self._reading.say("product_tree", "product", message)
        else:
            self._products[name] = product

    def _relationship(self, said: Mapping[str, Any]) -> None:
        full = said.get("full_product_name")
        part, whole = (
            text(said.get("product_reference")),
            text(said.get("relates_to_product_reference")),
        )
        name = text(full.get("product_id")) if isinstance(full, dict) else ""
        if not name or not part or not whole:
            message = "a relationship lacks a product_id or a reference"
            self._reading.say("product_tree.relationships", "product", message)
            return
        if name not in self._products:
            self._parts[name] = (part, whole)
        self._put(full)

    def _miss(self, name: str, kind: str, place: str) -> None:
        if name not in self._missing:
            self._missing.add(name)
            self._reading.say(place, "product", f"there is no {kind} {short(name)}")


def _listed(said: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = said.get(key)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _hashes(said: object) -> Iterator[tuple[str, str]]:
    """Of every file (3.1.3.3.2)."""
    for file in said if isinstance(said, list) else ():
        rows = file.get("file_hashes") if isinstance(file, dict) else None
        for row in rows if isinstance(rows, list) else ():
            value = text(row.get("value")).lower() if isinstance(row, dict) else ""
            if _HEX.fullmatch(value):
                yield text(row.get("algorithm")).lower().replace("-", ""), value
