"""CSAF 2.0 and 2.1 (OASIS csaf-v2.0, section 4.5 "Profile 5: VEX", 3.2.2 and 3.2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ironhull.model import VEX_JUSTIFICATIONS, Component
from ironhull.statements._csaf_products import ProductTree
from ironhull.statements._reading import Reading, short, text, utc

__all__ = ["read_csaf", "recognises"]

_STATUSES = {
    "known_affected": "affected",
    "first_affected": "affected",
    "last_affected": "affected",
    "under_investigation": "under_investigation",
    "known_not_affected": "not_affected",
    "fixed": "fixed",
    "first_fixed": "fixed",
}
"""Groups of product_status (3.2.3.9), those that need doing first; recommended states nothing."""

_Reason = tuple[str, str]


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is a CSAF document, of whatever profile."""
    head = document.get("document")
    return isinstance(head, dict) and "csaf_version" in head


def read_csaf(document: Mapping[str, Any], reading: Reading) -> None:
    """Put the statements of a CSAF document into `reading`, with what is wrong with them.

    One for each vulnerability, status and reason. A product that has two statuses that contradict
    each other keeps the one that needs doing (mandatory test 6.1.6).
    """
    head = document["document"]
    reading.format = "csaf"
    strict = _header(head, reading)
    tree = ProductTree(document.get("product_tree"), reading)
    rows = document.get("vulnerabilities")
    if not isinstance(rows, list) or not rows:
        reading.say("vulnerabilities", "no-statements", "is missing or empty: nothing is stated")
        return
    reading.check_amount(len(rows))
    for number, row in enumerate(rows, 1):
        place = f"vulnerability {number}"
        if not isinstance(row, dict):
            reading.say(place, "statement", "is no object")
            continue
        _Vulnerability(row, number, tree, reading).take(strict=strict)


def _header(head: Mapping[str, Any], reading: Reading) -> bool:
    """Author, time and identifier; whether the VEX profile's rules hold."""
    version = text(head.get("csaf_version"))
    if version not in ("2.0", "2.1"):
        message = f"{short(head.get('csaf_version'))} is not known: read as 2.0"
        reading.say("document.csaf_version", "version", message, "warning")
    publisher = head.get("publisher")
    named = publisher if isinstance(publisher, dict) else {}
    name, space = text(named.get("name")), text(named.get("namespace"))
    reading.author = f"{name} <{space}>" if name and space else name or space
    if not reading.author:
        message = "is missing: whose statements these are is not told"
        reading.say("document.publisher", "author", message, "warning")
    tracking = head.get("tracking")
    tracked = tracking if isinstance(tracking, dict) else {}
    for key in ("current_release_date", "initial_release_date"):
        if said := tracked.get(key):
            try:
                reading.issued = utc(text(said))
                break
            except ValueError as fault:
                reading.say(f"document.tracking.{key}", "timestamp", str(fault), "warning")
    if not reading.issued:
        message = "is missing: its statements count as the oldest"
        reading.say("document.tracking.current_release_date", "timestamp", message, "warning")
    if identifier := text(tracked.get("id")):
        reading.document = f"{reading.document} ({identifier[:300]})"
    return text(head.get("category")).lower() == "csaf_vex"


class _Vulnerability:
    """One item of /vulnerabilities."""

    def __init__(
        self, row: Mapping[str, Any], number: int, tree: ProductTree, reading: Reading
    ) -> None:
        self._row = row
        self._number = number
        self._tree = tree
        self._reading = reading
        self._place = f"vulnerability {number}"

    def take(self, *, strict: bool) -> None:
        """Add its statements."""
        names = self._names()
        if not names:
            message = "has neither cve nor ids: which vulnerability it is cannot be told"
            self._reading.say(self._place, "vulnerability", message)
            return
        flags = self._by_product("flags", "label", known=VEX_JUSTIFICATIONS)
        impacts = self._by_product("threats", "details", category=("impact",))
        actions = self._by_product(
            "remediations", "details", category=None
        )  # every category is an action or says why there is none
        taken: dict[str, str] = {}
        for status, products in self._statuses():
            groups: dict[_Reason, list[str]] = {}
            for product in products:
                if not self._first(product, status, taken):
                    continue
                if status == "not_affected":
                    reason = flags.get(product, ""), impacts.get(product, impacts.get("", ""))
                else:
                    reason = "", actions.get(product, actions.get("", ""))
                if strict and not self._reasoned(product, status, reason):
                    continue
                groups.setdefault(reason, []).append(product)
            for reason, members in groups.items():
                self._add(names, status, reason, members)

    def _names(self) -> list[str]:
        """The CVE, then what other systems call it."""
        names = [text(self._row.get("cve"))]
        ids = self._row.get("ids")
        rows = ids if isinstance(ids, list) else []
        names += [text(said.get("text")) for said in rows if isinstance(said, dict)]
        return list(dict.fromkeys(filter(None, names)))

    def _statuses(self) -> Iterator[tuple[str, list[str]]]:
        said = self._row.get("product_status")
        if not isinstance(said, dict) or not said:
            self._reading.say(self._place, "product-status", "has no product_status")
            return
        for group, status in _STATUSES.items():
            if group in said:
                place = f"{self._place}, product_status.{group}"
                yield status, self._ids(said[group], place)
        for group in said.keys() - _STATUSES.keys() - {"recommended", "unknown"}:
            place = f"{self._place}, product_status"
            self._reading.say(place, "status", f"{short(group)} is no status")

    def _ids(self, said: object, place: str) -> list[str]:
        if isinstance(said, list) and all(isinstance(one, str) for one in said):
            return list(dict.fromkeys(said))
        self._reading.say(place, "product-status", "is no list of product_ids")
        return []

    def _first(self, product: str, status: str, taken: dict[str, str]) -> bool:
        """Whether nothing that contradicts `status` was said of the product."""
        before = taken.setdefault(product, status)
        if before != status:
            message = f"{short(product)} is both {before} and {status}: {before} counts"
            self._reading.say(self._place, "contradiction", message)
        return before == status

    def _reasoned(self, product: str, status: str, reason: _Reason) -> bool:
        """Whether there is what the VEX profile requires (4.5; tests 6.1.27.9 and 6.1.27.10)."""
        if status == "not_affected" and not any(reason):
            message = f"{short(product)} is known_not_affected without a flag or a threat of impact"
            self._reading.say(self._place, "justification", message)
            return False
        if status == "affected" and not reason[1]:
            message = f"{short(product)} is known_affected and has no remediation"
            self._reading.say(self._place, "action-statement", message, "warning")
        return True

    def _by_product(
        self,
        key: str,
        value: str,
        *,
        category: Sequence[str] | None = None,
        known: Sequence[str] | None = None,
    ) -> dict[str, str]:
        """What `value` says of each product in the rows of `key`; of all of them under ""."""
        found: dict[str, list[str]] = {}
        rows = self._row.get(key)
        for number, row in enumerate(rows if isinstance(rows, list) else (), 1):
            if not isinstance(row, dict):
                continue
            said = text(row.get(value))
            if category is not None and text(row.get("category")) not in category:
                continue
            place = f"{self._place}, {key} {number}"
            if known is not None and said not in known:
                what = f"{short(row.get(value))} is no justification"
                self._reading.say(place, "justification", what)
                continue
            about = self._about(row, place)
            if about is None and known is not None:
                message = "names no product: it is not used"
                self._reading.say(place, "justification", message)
                continue
            for product in [""] if about is None else about:
                found.setdefault(product, []).append(said)
        return {product: _joined(said, known) for product, said in found.items()}

    def _about(self, row: Mapping[str, Any], place: str) -> list[str] | None:
        """The products a row names, by themselves or as groups; None where it names none."""
        products, groups = row.get("product_ids"), row.get("group_ids")
        if products is None and groups is None:
            return None
        found = self._ids(products, f"{place}, product_ids") if products is not None else []
        for group in self._ids(groups, f"{place}, group_ids") if groups is not None else []:
            found += self._tree.group(group)
        return found

    def _add(self, names: list[str], status: str, reason: _Reason, members: list[str]) -> None:
        products: list[Component] = []
        for member in members:
            if status in ("not_affected", "fixed") and self._tree.is_range(member):
                message = (
                    f"{short(member)} is a range of versions: versions are compared one by one"
                )
                self._reading.say(self._place, "versions", message)
                continue
            products += self._tree.components(member, self._place)
        if not products:
            return
        why = {"justification": reason[0], "impact_statement": reason[1]}
        self._reading.add(
            self._number,
            vulnerability=names[0],
            aliases=tuple(names[1:]),
            status=status,
            products=tuple(dict.fromkeys(products)),
            issued=self._reading.issued,
            **(why if status == "not_affected" else {"action_statement": reason[1]}),
        )


def _joined(said: list[str], known: Sequence[str] | None) -> str:
    """One justification, or all texts."""
    return said[0] if known is not None else "\n".join(dict.fromkeys(filter(None, said)))
