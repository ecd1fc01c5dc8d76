"""OpenVEX 0.2.0 (openvex/spec, OPENVEX-SPEC.md), and the shapes of 0.0.x under its own context."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ironhull.model import VEX_JUSTIFICATIONS, VEX_STATUSES, Component
from ironhull.statements._decode import Rows, decode_value
from ironhull.statements._reading import Reading, purl_like, short, text, utc

__all__ = ["HASHES", "PREDICATE_TYPE", "read_openvex", "recognises"]

PREDICATE_TYPE = "https://openvex.dev/ns"
"""The type of an in-toto predicate that is an OpenVEX document, or the start of it before a /."""

_CONTEXT = re.compile(r"https://openvex\.dev/ns(?:/v?(\d+(?:\.\d+)*))?/?")
_HEX = re.compile(r"[0-9a-f]{2,256}")
_MEMO = 65_536  # lists of products remembered while one document is read
HASHES = {
    "sha256": "sha-256",
    "sha384": "sha-384",
    "sha512": "sha-512",
    "sha3224": "sha3-224",
    "sha3256": "sha3-256",
    "sha3384": "sha3-384",
    "sha3512": "sha3-512",
    "blake2s256": "blake2s-256",
    "blake2b256": "blake2b-256",
    "blake2b512": "blake2b-512",
}
"""What OpenVEX calls a hash (Appendix A), by its name without a dash."""

_IDENTIFIERS = ("purl", "cpe23", "cpe22", "@cpe23", "@cpe22")

Fault = tuple[str, str, str]
"""Where in a list of products, the rule, what is wrong."""


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is an OpenVEX document, of whatever version."""
    return _context(document) is not None


def _context(document: Mapping[str, Any]) -> str | None:
    """The version the context names ("" for none); None where there is no context of OpenVEX."""
    said = document.get("@context")
    for value in said if isinstance(said, list) else [said]:
        if isinstance(value, str) and (found := _CONTEXT.fullmatch(value.strip())):
            return found[1] or ""
    return None


def read_openvex(document: Mapping[str, Any], reading: Reading) -> None:
    """Put the statements of an OpenVEX document into `reading`, with what is wrong with them."""
    version = _context(document)
    reading.format = "openvex"
    _header(document, reading)
    if version and not version.startswith(("0.2.", "0.0.")):
        message = f"is written to OpenVEX {version}: read as 0.2.0"
        reading.say("@context", "context", message, "warning")
    rows = document.get("statements")
    if not isinstance(rows, list | Rows) or not rows:
        reading.say("statements", "no-statements", "is missing or empty: nothing is stated")
        return
    reading.check_amount(len(rows))
    read = _Rows(reading, legacy=not (version or "").startswith("0.2."))
    for number, row in enumerate(rows, 1):
        read.take(number, row)


def _header(document: Mapping[str, Any], reading: Reading) -> None:
    reading.author = text(document.get("author"))
    if not reading.author:
        reading.say(
            "author", "author", "is missing: whose statements these are is not told", "warning"
        )
    if said := document.get("timestamp"):
        try:
            reading.issued = utc(text(said))
        except ValueError as fault:
            reading.say("timestamp", "timestamp", str(fault))
    elif not reading.issued:
        message = "is missing: statements without a time of their own count as the oldest"
        reading.say("timestamp", "timestamp", message, "warning")
    if name := text(document.get("@id")):
        reading.document = f"{reading.document} ({name[:300]})"
    else:
        reading.say("@id", "document-id", "is missing", "note")


class _Rows:
    """The statements of one document; lists of products that recur are read once."""

    def __init__(self, reading: Reading, *, legacy: bool) -> None:
        self._reading = reading
        self._legacy = legacy
        self._named: dict[str, Component] = {}
        self._memo: dict[bytes, tuple[tuple[Component, ...], tuple[Fault, ...]]] = {}

    def take(self, number: int, row: object) -> None:
        """Read one statement."""
        reading, place, said = self._reading, f"statement {number}", row
        if not isinstance(said, dict):
            reading.say(place, "statement", "is no object")
            return
        named = self._vulnerability(said.get("vulnerability"), place)
        status = text(said.get("status"))
        if status not in VEX_STATUSES:
            what = f"{short(said['status'])} is no status" if "status" in said else "has no status"
            hint = f"it is one of {', '.join(VEX_STATUSES)}"
            reading.say(place, "status", f"{what} ({hint})")
            return
        if named is None or not self._reasoned(said, status, place):
            return
        products = self._products(said, place)
        if not products:
            return
        name, aliases = named
        justification = text(said.get("justification"))
        reading.add(
            number,
            vulnerability=name,
            aliases=aliases,
            status=status,
            products=products,
            justification=justification if justification in VEX_JUSTIFICATIONS else "",
            impact_statement=text(said.get("impact_statement")),
            action_statement=text(said.get("action_statement")),
            status_notes=text(said.get("status_notes")),
            supplier=text(said.get("supplier")),
            issued=self._time(said, place),
        )

    def _vulnerability(self, said: object, place: str) -> tuple[str, tuple[str, ...]] | None:
        """(name, other names), the IRI among the latter; None where there is no name."""
        if isinstance(said, str) and self._legacy:
            said = {"name": said}
        if not isinstance(said, dict) or not (name := text(said.get("name"))):
            self._reading.say(place, "vulnerability", "names no vulnerability (vulnerability.name)")
            return None
        aliases = said.get("aliases")
        if aliases is not None and not isinstance(aliases, list):
            self._reading.say(place, "aliases", "vulnerability.aliases is no list", "warning")
        names = [text(alias) for alias in aliases] if isinstance(aliases, list) else []
        names.append(text(said.get("@id")))
        return name, tuple(dict.fromkeys(n for n in names if n and n != name))

    def _reasoned(self, said: Mapping[str, Any], status: str, place: str) -> bool:
        """Whether what a status requires is there (Status Labels; Status Justifications)."""
        say = self._reading.say
        justification, impact = said.get("justification"), text(said.get("impact_statement"))
        known = justification in VEX_JUSTIFICATIONS
        if status == "not_affected":
            if justification and not known:
                say(place, "justification", f"{short(justification)} is no justification")
                return False
            if not known and not impact:
                what = "is not_affected and says neither justification nor impact_statement"
                say(place, "justification", what)
            return known or bool(impact)
        if justification:
            what = f"a justification is for not_affected alone, it is {status}"
            say(place, "justification-status", what, "warning")
        if status == "affected" and not text(said.get("action_statement")):
            say(place, "action-statement", "is affected and has no action_statement", "warning")
        return True

    def _products(self, said: Mapping[str, Any], place: str) -> tuple[Component, ...]:
        """The products that can be identified, or what the envelope is about; () with troubles."""
        reading, given = self._reading, said.get("products")
        found = self._memo.get(given) if isinstance(given, bytes) else None
        if found is None:
            known = decode_value(given) if isinstance(given, bytes) else given
            found = self._components(known, said)
            if isinstance(given, bytes) and "subcomponents" not in said:
                if len(self._memo) >= _MEMO:
                    self._memo.clear()
                self._memo[given] = found
        products, faults = found
        for where, rule, what in faults:
            reading.say(f"{place}, {where}" if where else place, rule, what)
        if not products and not faults:
            if reading.subjects:
                return reading.subjects
            reading.say(place, "product", "has no product, and there is none to inherit")
        return products

    def _components(
        self, given: object, said: Mapping[str, Any]
    ) -> tuple[tuple[Component, ...], tuple[Fault, ...]]:
        if given is None:
            return (), ()
        if not isinstance(given, list):
            return (), (("products", "product", "is no list"),)
        faults: list[Fault] = []
        found = []
        for number, row in enumerate(given, 1):
            if (made := self._component(row, f"product {number}", faults)) is not None:
                found.append(made)
        if said.get("subcomponents"):  # they narrow what is said, also where they do not belong
            found = self._with_parts(found, said["subcomponents"], faults)
        return tuple(found), tuple(faults)

    def _with_parts(
        self, products: list[Component], given: object, faults: list[Fault]
    ) -> list[Component]:
        """Products with the subcomponents of the whole statement, as 0.0.x has them."""
        rows = given if isinstance(given, list) else [given]
        made = [self._component(row, f"subcomponent {n}", faults) for n, row in enumerate(rows, 1)]
        parts = tuple(part for part in made if part is not None)
        if not parts:
            faults.append(("subcomponents", "subcomponent", "none of them can be identified"))
            return []
        return [Component(one.ids, one.hashes, parts) for one in products]

    def _component(self, row: object, where: str, faults: list[Fault]) -> Component | None:
        if isinstance(row, str) and self._legacy:
            row = {"@id": row}
        if not isinstance(row, dict):
            faults.append((where, "product", f"{short(row)} is no object"))
            return None
        base = self._base(row, where, faults)
        rows = row.get("subcomponents")
        if base is None or rows is None or rows == []:
            return base
        parts = self._parts(rows, where, faults)
        return Component(base.ids, base.hashes, parts) if parts else None

    def _base(self, row: Mapping[str, Any], where: str, faults: list[Fault]) -> Component | None:
        """A component without its parts; most are an @id and no more, and recur."""
        only = "identifiers" not in row and "hashes" not in row
        name = text(row.get("@id")) if only else ""
        known = self._named.get(name)
        if known is not None:
            return known
        ids, hashes = _ids(row, where, faults), _hashes(row.get("hashes"), where, faults)
        if not ids and not hashes:
            what = "names nothing to identify it by (@id, identifiers, hashes)"
            faults.append((where, "product", what))
            return None
        made = Component(ids, hashes)
        if name:
            self._named[name] = made
        return made

    def _parts(self, rows: object, where: str, faults: list[Fault]) -> tuple[Component, ...]:
        """The subcomponents that can be identified; none, with a fault, where no one can."""
        if not isinstance(rows, list):
            faults.append((where, "subcomponent", "subcomponents is no list"))
            return ()
        found = []
        for number, row in enumerate(rows, 1):
            place = f"{where}, subcomponent {number}"
            if isinstance(row, dict) and row.get("subcomponents"):
                faults.append((place, "subcomponent", "a subcomponent has no subcomponents"))
            elif (made := self._component(row, place, faults)) is not None:
                found.append(made)
        if not found:
            faults.append((where, "subcomponent", "none of its subcomponents can be identified"))
        return tuple(found)

    def _time(self, said: Mapping[str, Any], place: str) -> str:
        """Of the statement, else what it inherits (Inheritance Flow)."""
        given = said.get("timestamp")
        if not given:
            return self._reading.issued
        try:
            return utc(text(given))
        except ValueError as fault:
            self._reading.say(place, "timestamp", f"{fault}: the document's counts", "warning")
            return self._reading.issued


def _ids(row: Mapping[str, Any], where: str, faults: list[Fault]) -> tuple[str, ...]:
    """Package URLs, then what else is said."""
    names = row.get("identifiers")
    if names is not None and not isinstance(names, dict):
        faults.append((where, "identifiers", "identifiers is no object"))
    known = names if isinstance(names, dict) else {}
    said = [text(known[key]) for key in _IDENTIFIERS if key in known]
    said.insert(1 if "purl" in known else 0, text(row.get("@id")))
    found = []
    for value in dict.fromkeys(filter(None, said)):
        if value[:4].lower() == "pkg:" and not purl_like(value):
            faults.append((where, "purl", f"{short(value)} is no package URL"))
        else:
            found.append(value)
    found.sort(key=lambda value: value[:4].lower() != "pkg:")
    return tuple(found)


def _hashes(said: object, where: str, faults: list[Fault]) -> tuple[tuple[str, str], ...]:
    """(algorithm, hex) of a map by names of IANA's Hash Function Textual Names."""
    if said is None:
        return ()
    if not isinstance(said, dict):
        faults.append((where, "hash", "hashes is no object"))
        return ()
    found = []
    for name, value in said.items():
        digest = text(value).lower()
        if _HEX.fullmatch(digest):
            found.append((str(name).lower().replace("-", ""), digest))
        else:
            faults.append((where, "hash", f"{short(value)} is no hash ({short(name)})"))
    return tuple(found)
