"""Packages and the list of them."""

from __future__ import annotations

from ironhull.model._images import Platform
from ironhull.model._purl import purl_text
from ironhull.model._trouble import Problem
from ironhull.values import dataclass, replace

__all__ = [
    "Distro",
    "Location",
    "Package",
    "Relation",
    "Sbom",
    "Subject",
    "Upstream",
    "VexFile",
]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a package was found: a path and the diff_id of the layer that brought it."""

    path: str
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Upstream:
    """The source package a binary package was built from."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Distro:
    """What os-release says: `id` ("debian"), `version` ("13"), `codename` ("trixie").

    `version` is what advisories go by: Debian's major number, Alpine's branch ("3.20", "edge").
    `id_like` are the distributions this one is made of, closest first.
    """

    id: str
    version: str = ""
    codename: str = ""
    pretty_name: str = ""
    id_like: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package.

    `ecosystem` is the purl type ("deb", "pypi"), `name` the name as that system writes it, with its
    scope or group ("@babel/core", "org.slf4j:slf4j-api", "github.com/a/b", "symfony/console"),
    `namespace` the purl namespace where the name has none in it ("debian"), `distro` the purl's
    distro qualifier ("debian-13"), `qualifiers` further ones (key, value), `licenses` SPDX
    expressions or LicenseRef-… names, `owned_by` the purl of the distribution package that ships
    this one (then it is listed but not counted again), `removed_in` the diff_id of the layer that
    hides it (only with all layers asked for), `found_by` the cataloger, `size` installed bytes
    where known. `version` is empty where the image does not tell.
    """

    ecosystem: str
    name: str
    version: str
    arch: str = ""
    upstream: Upstream | None = None
    licenses: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    found_by: str = ""
    namespace: str = ""
    distro: str = ""
    owned_by: str = ""
    size: int = 0
    summary: str = ""
    homepage: str = ""
    supplier: str = ""
    checksums: tuple[str, ...] = ()  # "sha256:…" of the package file, where the image tells
    qualifiers: tuple[tuple[str, str], ...] = ()
    removed_in: str = ""

    def __post_init__(self) -> None:
        if not self.name or not self.ecosystem:
            raise ValueError(f"a package needs an ecosystem and a name, not {self!r}")

    @property
    def source(self) -> Upstream:
        """The source package; a package without one is its own."""
        return self.upstream or Upstream(self.name, self.version)

    @property
    def purl(self) -> str:
        """The package URL (purl-spec): type/namespace/name@version?sorted qualifiers."""
        return purl_text(
            self.ecosystem, self.namespace, self.name, self.version, tuple(self._qualifiers())
        )

    def merged(self, other: Package) -> Package:
        """This package with what another record of the same one knows beside it."""
        return replace(
            self,
            locations=tuple(dict.fromkeys((*self.locations, *other.locations))),
            licenses=self.licenses or other.licenses,
            upstream=self.upstream or other.upstream,
            checksums=tuple(sorted({*self.checksums, *other.checksums})),
            size=max(self.size, other.size),
            summary=self.summary or other.summary,
            homepage=self.homepage or other.homepage,
            supplier=self.supplier or other.supplier,
        )

    def _qualifiers(self) -> list[tuple[str, str]]:
        found = list(self.qualifiers)
        if self.arch:
            found.append(("arch", self.arch))
        if self.distro:
            found.append(("distro", self.distro))
        upstream = self.upstream
        if upstream and (upstream.name, upstream.version) != (self.name, self.version):
            same = upstream.version in ("", self.version)
            text = upstream.name if same else f"{upstream.name}@{upstream.version}"
            found.append(("upstream", text))
        return found


@dataclass(frozen=True, slots=True)
class Relation:
    """`subject` (purl) `kind` `object` (purl); kinds: "depends-on", "owned-by"."""

    subject: str
    kind: str
    object: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What an SBOM or report is about; sizes in bytes, `id` the config digest."""

    name: str
    digest: str = ""
    kind: str = "image"  # image | directory
    id: str = ""
    index_digest: str = ""
    platform: Platform | None = None
    content_size: int = 0
    disk_size: int = 0
    layers: tuple[str, ...] = ()  # diff_ids, lowest first
    steps: tuple[str, ...] = ()  # the history entry (Dockerfile step) of each layer; or empty
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    created: str = ""
    source: str = ""  # org.opencontainers.image.source, as claimed
    revision: str = ""


@dataclass(frozen=True, slots=True)
class VexFile:
    """A file of exploitability statements inside an image; `layer` is the diff_id it came with."""

    path: str
    layer: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Sbom:
    """What is in a subject. Packages are sorted by (ecosystem, name, version, arch, first path).

    `vex_files` are the `*.vex.json` of an image, `vex_references` the URLs a document gives as
    where statements of exploitability about it are (CycloneDX, external references of the type
    "exploitability-statement").
    """

    subject: Subject
    distro: Distro | None
    packages: tuple[Package, ...]
    relations: tuple[Relation, ...] = ()
    problems: tuple[Problem, ...] = ()
    vex_files: tuple[VexFile, ...] = ()
    vex_references: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Package, ...]:
        """The packages a count counts: those there are and no other package ships."""
        return tuple(p for p in self.packages if not (p.owned_by or p.removed_in))

    @property
    def removed(self) -> tuple[Package, ...]:
        """The packages a later layer hides and no other package ships; counted apart."""
        return tuple(p for p in self.packages if p.removed_in and not p.owned_by)

    @property
    def judged(self) -> tuple[Package, ...]:
        """The packages looked up in advisories: `counted` and `removed`."""
        return tuple(package for package in self.packages if not package.owned_by)
