"""Statements of exploitability (VEX) x findings: which statement decides about which finding.

A finding is marked, never dropped. All statements of all documents are pooled; of those that are
about a vulnerability in a product that is there, the newest decides (by the time in the statement,
not by the order of sources); of equally new ones the more specific one, then the later one. What
is not proven does not suppress: a statement about a base image holds for packages of layers that
are proven to be its, a version that is not known is not the version meant. docs/vex.md has the
rules in full; they are those of go-vex (pkg/vex) and what other tools match beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ironhull.copies import DATABASES, Copy, collected, places
from ironhull.model import (
    SUPPRESSING,
    Component,
    Finding,
    Package,
    Report,
    Sbom,
    Statement,
    Subject,
    VexUse,
)
from ironhull.statements._containing import Containing
from ironhull.statements._fit import EXACT, OTHER, Fit, Misfit, best
from ironhull.statements._identity import coordinates
from ironhull.statements._installed import Installed
from ironhull.statements._pictured import Pictured
from ironhull.statements._system import is_system
from ironhull.values import dataclass, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.explain.values import Considered

__all__ = ["Base", "Identity", "Judge", "Standing", "instant", "names_of"]

_DEPTH = 4  # parts of parts; deeper ones name nothing
_PRECISE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)

_NO_PART = Misfit(4, "the image is meant, but none of the subcomponents named is this package")
_NOT_PRODUCT = Misfit(3, "the package is meant, but only inside another product")
_NOT_BASE = Misfit(5, "it holds for packages of the base image, and no layer proves this one is")
_NO_BASE = Misfit(5, "it is about a base image whose layers are not proven to be in this image")


@dataclass(frozen=True, slots=True)
class Base:
    """A base image: its digests and names, and `layers`, its diff_ids, lowest first.

    `packages` are the package URLs of its SBOM where that is known.
    """

    digests: tuple[str, ...]
    names: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    packages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an image is, beside the digests its SBOM tells.

    Without `names` (None) it is called what the SBOM says. `bases` count where their layers are the
    lowest of the image.
    """

    names: tuple[str, ...] | None = None
    digests: tuple[str, ...] = ()
    bases: tuple[Base, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A statement that is about a copy of a package, as it ranks among others.

    `issued` is its instant, `image` and `part` say how well its product and the part of it fit (see
    statements._fit; 0 where it names none), `number` is its place among all statements.
    """

    issued: str
    image: int
    part: int
    number: int

    @property
    def rank(self) -> tuple[str, int, int, int]:
        """What statements are ordered by: the highest decides."""
        return (self.issued, self.image, self.part, self.number)


class _Below:
    """A base image whose layers are proven to be the lowest of the image."""

    def __init__(self, base: Base) -> None:
        self.digests = frozenset(base.digests)
        self.picture = Pictured(base.names, base.digests)
        self._layers = frozenset(base.layers)
        self._packages = base.packages

    def holds(self, package: Package, place: int) -> bool:
        """Whether the base brings this copy, unchanged."""
        if package.ecosystem in DATABASES:
            # The first location is the package's own record, which an upgrade writes anew.
            known = bool(package.locations) and package.locations[0].layer in self._layers
            return known or package.purl in self._packages
        return place >= 0 and package.locations[place].layer in self._layers


class Judge:
    """Statements, and the image they are held against.

    `statements` come in the order of their precedence: of two that are equal in everything the
    later one decides. `sbom` is the image's, `identity` what else is known of who it is. `refused`
    are statements nobody believes, each with why; with `authors` (regular expressions) so is what
    none of them wrote. `documents` are what is known of where the statements are from.
    """

    def __init__(
        self,
        statements: Iterable[Statement],
        sbom: Sbom,
        identity: Identity | None = None,
        *,
        refused: Iterable[tuple[Statement, str]] = (),
        authors: Sequence[re.Pattern[str]] = (),
        documents: Iterable[VexUse] = (),
    ) -> None:
        self._sbom = sbom
        self._documents = tuple(documents)
        self.statements: list[Statement] = list(statements)
        self.refused: dict[int, str] = {}
        for statement, why in refused:
            self.refused[len(self.statements)] = why
            self.statements.append(statement)
        if authors:
            self._accept(authors)
        identity = identity or Identity()
        subject = sbom.subject
        self._picture = _picture(subject, identity)
        self._bases = [
            _Below(base)
            for base in identity.bases
            if base.layers and tuple(base.layers) == subject.layers[: len(base.layers)]
        ]
        self._by_name: dict[str, list[int]] = {}
        for number, statement in enumerate(self.statements):
            for name in {statement.vulnerability.lower(), *map(str.lower, statement.aliases)}:
                self._by_name.setdefault(name, []).append(number)
        self._installed: dict[int, Installed] = {}
        self._products: dict[tuple[int, int], Fit] = {}
        self._owners: dict[tuple[int, str], bool] = {}
        self._containing: Containing | None = None

    def _accept(self, authors: Sequence[re.Pattern[str]]) -> None:
        for number, statement in enumerate(self.statements):
            if number not in self.refused and not any(p.search(statement.author) for p in authors):
                who = statement.author or "its document names no author"
                self.refused[number] = f"its author is not accepted: {who}"

    # ── marking ──────────────────────────────────────────────────────────────────────────────────

    def apply(self, report: Report) -> Report:
        """`report` with the statement that decides in each finding, and what became of documents.

        A finding some of whose packages, or places where they are, a statement declares harmless
        is divided: what it covers is a finding of its own.
        """
        found: list[Finding] = []
        applied: dict[int, int] = {}  # statement -> findings it hides
        for finding in report.findings:
            for part, number in self._divided(finding):
                found.append(part)
                if number >= 0:
                    applied[number] = applied.get(number, 0) + part.suppressed
        uses = self._uses(report.findings, applied)
        return replace(report, findings=tuple(found), vex=uses)

    def _divided(self, finding: Finding) -> Iterator[tuple[Finding, int]]:
        """The parts of a finding, each with the number of the statement that decides, or -1."""
        numbers = self.about(finding)
        if not numbers:
            yield finding, -1
            return
        active: list[Copy] = []
        spoken = -1  # the newest statement about what stays active
        hidden: dict[int, list[Copy]] = {}
        for package in finding.packages:
            for place, _ in places(package):
                number = self.decides(numbers, package, place)
                if number >= 0 and self.statements[number].status in SUPPRESSING:
                    hidden.setdefault(number, []).append((package, place))
                else:
                    active.append((package, place))
                    spoken = self._newer(spoken, number)
        whole = len(hidden) + bool(active) == 1
        if active:
            packages = finding.packages if whole else tuple(collected(active))
            said = self.statements[spoken] if spoken >= 0 else None
            yield replace(finding, packages=packages, statement=said), spoken
        for number, copies in sorted(hidden.items()):
            packages = finding.packages if whole else tuple(collected(copies))
            yield replace(finding, packages=packages, statement=self.statements[number]), number

    def _newer(self, one: int, other: int) -> int:
        if one < 0 or other < 0:
            return max(one, other)
        return max(one, other, key=lambda n: (instant(self.statements[n].issued), n))

    def considered(self, finding: Finding) -> tuple[Considered, ...]:
        """Of every statement about the vulnerability: whether it decides, or why it does not."""
        from ironhull.statements._considering import considered

        return considered(self, finding)

    def about(self, finding: Finding) -> list[int]:
        """The numbers of the statements about the vulnerability of a finding, in order."""
        if not self._by_name:
            return []
        return sorted({n for name in names_of(finding) for n in self._by_name.get(name, ())})

    def decides(self, numbers: Iterable[int], package: Package, place: int) -> int:
        """The number of the statement that decides about one copy of a package, or -1."""
        found: Standing | None = None
        for number in numbers:
            if number in self.refused:
                continue
            standing = self.standing(number, package, place)
            if isinstance(standing, Standing) and (found is None or standing.rank > found.rank):
                found = standing
        return found.number if found is not None else -1

    def _uses(self, findings: Iterable[Finding], applied: dict[int, int]) -> tuple[VexUse, ...]:
        about = {number for finding in findings for number in self.about(finding)}
        uses = {use.where: use for use in self._documents}
        for number in sorted(about):
            statement = self.statements[number]
            if (use := uses.get(statement.document)) is None:
                use = _use_of(statement, self.statements)
            why = self.refused.get(number, "")
            uses[use.where] = replace(
                use,
                about=use.about + 1,
                refused=use.refused + bool(why),
                applied=use.applied + (number in applied),
                hidden=use.hidden + applied.get(number, 0),
                why=use.why or why,
            )
        return tuple(uses.values())

    # ── one statement, one copy of a package ─────────────────────────────────────────────────────

    def standing(self, number: int, package: Package, place: int) -> Standing | Misfit:
        """How a statement stands to a copy of a package, or why it is not about it."""
        statement = self.statements[number]
        limit: _Below | None = None
        if statement.base and statement.base not in self._picture.digests:
            limit = next((b for b in self._bases if statement.base in b.digests), None)
            if limit is None:
                return _NO_BASE
            if not limit.holds(package, place):
                return _NOT_BASE
        nearest = OTHER
        found: tuple[int, int] | None = None
        for product in statement.products:
            fit = self._product(product, package, place, limit)
            if isinstance(fit, Misfit):
                nearest = max(nearest, fit, key=lambda misfit: misfit.near)
            elif found is None or fit > found:
                found = fit
        if found is None:
            return nearest
        return Standing(instant(statement.issued), *found, number)

    def _product(
        self, product: Component, package: Package, place: int, limit: _Below | None
    ) -> tuple[int, int] | Misfit:
        """(image, part) of a product that is the image, its base, or a package; or why not."""
        bases = self._bases if limit is None else [limit]
        pictures = [(self._picture, None), *((base.picture, base) for base in bases)]
        nearest = OTHER
        for picture, base in pictures if limit is None else pictures[1:]:
            image = self._image(product, picture)
            if isinstance(image, Misfit):
                nearest = max(nearest, image, key=lambda misfit: misfit.near)
                continue
            part = self._parts(product, package, place, 0) if product.parts else 0
            if isinstance(part, Misfit):
                nearest = _NO_PART if part is OTHER else Misfit(6, part.why)
            elif base is not None and not base.holds(package, place):
                nearest = _NOT_BASE
            else:
                return image, part
        fit = self._package(product, package, place, 0)
        if isinstance(fit, int):
            return 0, fit
        return max(nearest, fit, key=lambda misfit: misfit.near)

    def _image(self, product: Component, picture: Pictured) -> Fit:
        """How well a product names an image; remembered, for it is asked for every package."""
        key = (id(product), id(picture))
        known = self._products.get(key)
        if known is None:
            fit = best([picture.fit(name) for name in product.ids])
            if fit != EXACT and product.hashes:
                hashed = picture.hashed(product.hashes)
                # Another artifact of the same name is another product.
                fit = hashed if hashed is not None else fit
            known = self._products[key] = fit
        return known

    def _parts(self, product: Component, package: Package, place: int, depth: int) -> Fit:
        return best([self._package(part, package, place, depth + 1) for part in product.parts])

    def _package(self, component: Component, package: Package, place: int, depth: int) -> Fit:
        """How well a component, or a part of it, names a copy of a package."""
        own = self._named(component, package)
        if not component.parts:
            return own
        if depth > _DEPTH:
            return OTHER
        part = self._parts(component, package, place, depth)
        if not isinstance(part, int) or isinstance(own, int):
            return part
        if any(is_system(name, self._sbom.distro) for name in component.ids):
            return part
        if self._contains.inside(package, place, lambda other: self._owns(component, other)):
            return part
        return _NOT_PRODUCT

    def _named(self, component: Component, package: Package) -> Fit:
        installed = self._installed.get(id(package))
        if installed is None:
            installed = self._installed[id(package)] = Installed(package, self._sbom.distro)
        if component.hashes and package.checksums:
            said = {f"{name}:{value}" for name, value in component.hashes}
            if said.intersection(package.checksums):
                return EXACT
        found = filter(None, map(coordinates, component.ids))
        return best([installed.fit(wanted) for wanted in found])

    def _owns(self, component: Component, package: Package) -> bool:
        key = (id(component), package.purl)
        if key not in self._owners:
            self._owners[key] = isinstance(self._named(component, package), int)
        return self._owners[key]

    @property
    def _contains(self) -> Containing:
        if self._containing is None:
            self._containing = Containing(self._sbom)
        return self._containing


def _picture(subject: Subject, identity: Identity) -> Pictured:
    """What a statement may call the image; a directory is none."""
    if subject.kind != "image":
        return Pictured((), ())
    names = (subject.name,) if identity.names is None else identity.names
    digests = (subject.digest, subject.index_digest, subject.id, *identity.digests)
    return Pictured(names, digests, subject.platform)


def names_of(finding: Finding) -> frozenset[str]:
    """The names of the vulnerability of a finding, in small letters."""
    return frozenset(name.lower() for name in (finding.advisory.id, *finding.advisory.aliases))


def instant(text: str) -> str:
    """An RFC 3339 time as text that sorts as the instants do; "" (the oldest) where it is none."""
    if not _PRECISE.fullmatch(text):
        from datetime import UTC, datetime

        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return ""
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    whole, point, fraction = text[:-1].partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if point and fraction else whole


def _use_of(statement: Statement, statements: Iterable[Statement]) -> VexUse:
    return VexUse(
        where=statement.document,
        origin=statement.origin,
        format=statement.format,
        author=statement.author,
        signature=statement.signature,
        signer=statement.signer,
        statements=sum(other.document == statement.document for other in statements),
    )
