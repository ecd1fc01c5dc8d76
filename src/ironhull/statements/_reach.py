"""Whether a statement is about one copy of an installed package, and how closely it names it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from ironhull.copies import DATABASES, Copy
from ironhull.model import Component, Package, Sbom, Statement, Subject
from ironhull.statements._containing import Containing
from ironhull.statements._fit import EXACT, OTHER, Fit, Misfit, best
from ironhull.statements._identity import coordinates, package_key
from ironhull.statements._installed import Installed
from ironhull.statements._pictured import Pictured
from ironhull.statements._system import is_system
from ironhull.values import dataclass

__all__ = ["Base", "Identity", "Reach", "Standing", "instant"]

_T = TypeVar("_T")
_DEPTH = 4  # parts of parts; deeper ones name nothing
_ANYTHING = ""  # the key of products that may be about any package
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


class Reach:
    """What statements can be about: an image, its proven bases and its packages."""

    def __init__(self, sbom: Sbom, identity: Identity) -> None:
        layers = sbom.subject.layers
        self._sbom = sbom
        self._picture = _picture(sbom.subject, identity)
        self._bases = [
            _Below(base)
            for base in identity.bases
            if base.layers and tuple(base.layers) == layers[: len(base.layers)]
        ]
        self._pictures = [self._picture, *(base.picture for base in self._bases)]
        self._named_keys: dict[str, str | None] = {}
        self._plans: dict[int, dict[str, list[Component]]] = {}
        self._installed: dict[int, Installed] = {}
        self._images: dict[tuple[int, int], tuple[Component, Fit]] = {}
        self._owners: dict[tuple[int, str], bool] = {}
        self._containing: Containing | None = None

    def standing(
        self, statement: Statement, number: int, copy: Copy, *, thorough: bool = False
    ) -> Standing | Misfit:
        """How a statement stands to a copy of a package, or why it is not about it.

        `number` is its place among all statements. If not `thorough`, the reason is OTHER for all
        products that do not name the package.
        """
        package, place = copy
        limit: _Below | None = None
        if statement.base and statement.base not in self._picture.digests:
            limit = next((b for b in self._bases if statement.base in b.digests), None)
            if limit is None:
                return _NO_BASE
            if not limit.holds(package, place):
                return _NOT_BASE
        nearest = OTHER
        found: tuple[int, int] | None = None
        products = statement.products
        if not thorough:
            products = tuple(self.chosen(self.plan(statement, number), package))
        for product in products:
            fit = self._product(product, package, place, limit)
            if isinstance(fit, Misfit):
                nearest = max(nearest, fit, key=lambda misfit: misfit.near)
            elif found is None or fit > found:
                found = fit
        if found is None:
            return nearest
        return Standing(instant(statement.issued), *found, number)

    def chosen(self, naming: Mapping[str, Sequence[_T]], package: Package) -> list[_T]:
        """What is named by a key that may mean a package, each once."""
        keys = (_ANYTHING, *self._known(package).keys)
        found = [naming[key] for key in keys if key in naming]
        if len(found) == 1:
            return list(found[0])
        return list({id(item): item for items in found for item in items}.values())

    def plan(self, statement: Statement, number: int) -> dict[str, list[Component]]:
        """The products of a statement by the packages they name (`package_key`).

        Those that are about none of these, whatever is installed, are left out.
        """
        plan = self._plans.get(number)
        if plan is None:
            plan = self._plans[number] = self._planned(statement)
        return plan

    def _planned(self, statement: Statement) -> dict[str, list[Component]]:
        plan: dict[str, list[Component]] = {}
        for product in statement.products:
            keys = [key for name in product.ids if (key := self._key(name)) is not None]
            if product.hashes:
                keys.append(_ANYTHING)
            if keys and product.parts:
                keys = self._part_keys(product.parts)
            for key in keys:
                plan.setdefault(key, []).append(product)
        return plan

    def _part_keys(self, parts: Iterable[Component]) -> list[str]:
        keys: list[str] = []
        for part in parts:
            if part.hashes or part.parts:
                return [_ANYTHING]
            keys += [key for name in part.ids if (key := self._key(name))]
        return keys

    def _key(self, name: str) -> str | None:
        """The key of what a product is called; None for what is not here whatever its parts are."""
        known = self._named_keys.get(name, name)
        if known is name:
            key = package_key(name)
            if key is None and self._is_here(name):
                key = _ANYTHING
            known = self._named_keys[name] = key
        return known

    def _is_here(self, name: str) -> bool:
        """Whether it names the image, a base of it or its distribution."""
        if any(isinstance(picture.fit(name), int) for picture in self._pictures):
            return True
        return is_system(name, self._sbom.distro)

    def _is_system(self, product: Component) -> bool:
        return any(is_system(name, self._sbom.distro) for name in product.ids)

    def _product(
        self, product: Component, package: Package, place: int, limit: _Below | None
    ) -> tuple[int, int] | Misfit:
        """(image, part) of a product that is the image, its base, or a package; or why not."""
        nearest = OTHER
        for picture, base in self._meant(product, limit):
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

    def _meant(
        self, product: Component, limit: _Below | None
    ) -> Iterable[tuple[Pictured, _Below | None]]:
        """The images a product could be: this one and its bases, if it may be an image at all."""
        if not product.hashes and all(package_key(name) is not None for name in product.ids):
            return
        if limit is None:
            yield self._picture, None
        for base in self._bases if limit is None else [limit]:
            yield base.picture, base

    def _image(self, product: Component, picture: Pictured) -> Fit:
        """How well a product names an image; remembered, for it is asked for every package."""
        key = (id(product), id(picture))
        known = self._images.get(key)
        if known is None:
            fit = best([picture.fit(name) for name in product.ids])
            if fit != EXACT and product.hashes:
                hashed = picture.hashed(product.hashes)
                # Another artifact of the same name is another product.
                fit = hashed if hashed is not None else fit
            known = self._images[key] = (product, fit)  # held, so that its id stays its own
        return known[1]

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
        if self._is_system(component):
            return part
        if self._contains.inside(package, place, lambda other: self._owns(component, other)):
            return part
        return _NOT_PRODUCT

    def _named(self, component: Component, package: Package) -> Fit:
        installed = self._known(package)
        if component.hashes and package.checksums:
            said = {f"{name}:{value}" for name, value in component.hashes}
            if said.intersection(package.checksums):
                return EXACT
        found = filter(None, map(coordinates, component.ids))
        return best([installed.fit(wanted) for wanted in found])

    def _known(self, package: Package) -> Installed:
        installed = self._installed.get(id(package))
        if installed is None:
            installed = self._installed[id(package)] = Installed(package, self._sbom.distro)
        return installed

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
