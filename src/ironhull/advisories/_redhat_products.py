"""Which package of which release of Red Hat Enterprise Linux a product id of a VEX document means.

redhatproductsecurity.github.io/security-data-guidelines (CSAF-VEX, "Product Tree"; scanning
vendors): releases are known by their CPE, packages by their purl, and a status names both joined by
a relationship, with the module a package belongs to between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.advisories._redhat_records import Document, _Branch

__all__ = ["Component", "Products"]

_RELEASE = re.compile(
    r"cpe:/[ao]:redhat:(?:enterprise_linux|rhel_els):([0-9]+)(?:[.:].*)?", re.ASCII
)
_NEVRA = re.compile(r"(.+)-(?:([0-9]+):)?([^-:]+)-([^-:]+)\.([A-Za-z0-9_]+)", re.ASCII)
_DEPTH = 16  # of branches, and of modules between a package and its release
_SOURCE = "src"


@dataclass(frozen=True, slots=True)
class Component:
    """A package: `version` is [epoch:]version-release or "", `source` whether it is a source rpm,
    `module` "nodejs:18" or ""."""

    name: str
    version: str
    source: bool
    module: str


class Products:
    """The products of one document that belong to a main stream of Red Hat Enterprise Linux."""

    __slots__ = ("_parents", "_purls", "releases")

    def __init__(self, document: Document) -> None:
        self.releases: dict[str, str] = {}  # product id -> "9"
        self._purls: dict[str, str] = {}
        for product_id, cpe, purl in _products(document.product_tree.branches, _DEPTH):
            if match := _RELEASE.fullmatch(cpe):
                self.releases[product_id] = match[1]
            if purl:
                self._purls[product_id] = purl
        self._parents = {
            link.full_product_name.product_id: (
                link.product_reference,
                link.relates_to_product_reference,
            )
            for link in (document.product_tree.relationships if self.releases else ())
        }

    def find(self, product_id: str) -> tuple[str, Component] | None:
        """(release, package) of a product id; None for what is no rpm of a main stream."""
        link = self._parents.get(product_id)
        if link is None:
            return None
        reference, parent = link
        module = ""
        for _ in range(_DEPTH):
            release = self.releases.get(parent)
            if release is not None:
                component = _component(reference, self._purls.get(reference, ""), module)
                return (release, component) if component else None
            above = self._parents.get(parent)
            if above is None:
                return None
            module, parent = above
        return None


def _products(branches: list[_Branch], depth: int) -> Iterator[tuple[str, str, str]]:
    for branch in branches if depth else ():
        product = branch.product
        if product is not None and product.product_identification_helper is not None:
            helper = product.product_identification_helper
            yield product.product_id, helper.cpe, helper.purl
        yield from _products(branch.branches, depth - 1)


@lru_cache(maxsize=65_536)
def _component(reference: str, purl: str, module: str) -> Component | None:
    """The package a reference means: by its purl, without one by its own name.

    Unfixed packages of modules are "nodejs:18/nodejs", or have the purl
    pkg:rpmmod/redhat/nodejs:18/nodejs; a module itself (pkg:rpmmod/redhat/nodejs@18:…) is none.
    """
    if not purl:
        return _of_reference(reference, _stream(module))
    kind, _, rest = purl.partition("/")
    path, _, query = rest.partition("?")
    namespace, _, name = path.partition("@")[0].rpartition("/")
    version = unquote(path.partition("@")[2])
    qualifiers = dict(parse_qsl(query.partition("#")[0].replace("+", "%2B")))
    namespace = unquote(namespace)
    if kind == "pkg:rpmmod":
        stream = namespace.removeprefix("redhat/")
        if not name or ":" not in stream:
            return None
        return Component(unquote(name), "", source=True, module=stream)
    if kind != "pkg:rpm" or namespace != "redhat" or not name:
        return None
    if version and (epoch := qualifiers.get("epoch", "0")) != "0":
        version = f"{epoch}:{version}"
    return Component(
        unquote(name),
        version,
        source=qualifiers.get("arch") == _SOURCE,
        module=_stream(qualifiers.get("rpmmod", "")) or _stream(module),
    )


def _of_reference(reference: str, module: str) -> Component | None:
    stream, slash, name = reference.rpartition("/")
    if slash and (":" not in stream or "/" in stream):
        return None  # a container: "openshift4/ose-console-rhel9"
    if match := _NEVRA.fullmatch(name):
        own, epoch, version, release, arch = match.groups()
        evr = f"{version}-{release}" if epoch in (None, "0") else f"{epoch}:{version}-{release}"
        return Component(own, evr, source=arch == _SOURCE, module=stream or module)
    plain = name.removesuffix(".src")
    if not plain or ":" in plain or "@" in plain:
        return None
    return Component(plain, "", source=plain != name, module=stream or module)


def _stream(module: str) -> str:
    """ "nodejs:18" of "nodejs:18:8100020240808073736:489197e6"."""
    name, colon, rest = module.partition(":")
    stream = rest.split(":")[0]
    return f"{name}:{stream}" if colon and name and stream else ""
