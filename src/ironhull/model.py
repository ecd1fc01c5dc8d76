"""The nouns every stage speaks: images, packages, advisories, findings, reports.

Values only: frozen, slotted, no I/O. Digests are `algorithm:hex` strings, paths inside images are
relative without a leading slash, times are RFC 3339 strings in UTC, sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

__all__ = [
    "SEVERITIES",
    "Advisory",
    "Attachment",
    "BaseImage",
    "Build",
    "Coverage",
    "Cvss",
    "Descriptor",
    "Distro",
    "Envelope",
    "File",
    "Finding",
    "Image",
    "Layer",
    "Location",
    "MadeWith",
    "Material",
    "Package",
    "Platform",
    "Problem",
    "Progress",
    "Range",
    "Relation",
    "Report",
    "Sbom",
    "Subject",
    "Tree",
    "Upstream",
]

SEVERITIES = ("critical", "high", "medium", "low", "unspecified")
"""Worst first; the words of Docker Scout's UNSPECIFIED..CRITICAL in lower case."""

STATUSES = ("fixed", "unfixed", "will-not-fix", "end-of-life", "undetermined")
"""What a source says of a vulnerability in a release; `fixed` means a fixed version exists."""


class Progress(Protocol):
    """Where long work reports to; the edge decides whether anyone sees it."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """`what` is being worked on: `done` of `total` bytes or items (total 0: not known)."""


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Problem:
    """Trouble with one item: `stage` met it `where` (path, package), `message` says what."""

    stage: str
    where: str
    message: str


# ── images ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Platform:
    """Operating system and architecture in Go's words (OCI image-spec, image index, `platform`)."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to content (OCI image-spec, descriptor.md); `size` in bytes."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None
    artifact_type: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: `digest` and `size` of the blob as stored, `diff_id` of the tar inside it.

    `open()` gives the stored bytes, unverified; `oci.layers` verifies while it reads.
    `created_by` is the history entry that made the layer, if the image tells.
    """

    diff_id: str
    digest: str
    size: int
    media_type: str
    open: Callable[[], BinaryIO]
    created_by: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something attached to an image: an in-toto statement in its index or a referrer.

    `read()` gives the verified bytes.
    """

    predicate_type: str
    media_type: str
    digest: str
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Image:
    """One image for one platform.

    `name` is how the user knows it, `digest` that of the platform manifest, `index_digest` that of
    the index around it (empty without one), `config` the parsed image config, `origin` the source
    that gave it (`store`, `oci-dir`, `archive`, `fs`).
    """

    name: str
    digest: str
    config: Mapping[str, Any]
    layers: tuple[Layer, ...]
    platform: Platform
    origin: str
    config_digest: str = ""
    index_digest: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    root: str = ""  # origin "fs" only: the directory that stands for the image

    @property
    def content_size(self) -> int:
        """Bytes of all layers as stored (compressed where they are)."""
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True, slots=True)
class File:
    """A regular file visible in a tree; `layer` is the diff_id that brought it."""

    path: str
    layer: str
    size: int
    mode: int


class Tree(Protocol):
    """The file system of an image: whiteouts applied, links followed inside the root."""

    def glob(self, pattern: str) -> Iterator[File]:
        """Visible regular files whose path matches; `*` stays in a segment, `**/` spans any."""

    def read(self, path: str) -> bytes:
        """The content of a file that matched a wanted pattern; KeyError where there is none."""

    def exists(self, path: str) -> bool:
        """Whether anything (file, directory, link) is visible at `path`, links not followed."""

    def find(self, path: str) -> File | None:
        """The regular file `path` leads to, links followed; None where it leads nowhere."""

    def paths(self) -> Iterable[str]:
        """Every visible path, directories and links included."""


# ── packages ─────────────────────────────────────────────────────────────────────────────────────


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
    """What os-release says: `id` ("debian"), `version` ("13"), `codename` ("trixie")."""

    id: str
    version: str = ""
    codename: str = ""
    pretty_name: str = ""

    def __str__(self) -> str:
        return f"{self.id} {self.version}".strip()


_PURL_SAFE = "-._~"


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package.

    `ecosystem` is the purl type ("deb", "pypi"), `namespace` the purl namespace ("debian"),
    `distro` its distro qualifier ("debian-13"), `licenses` SPDX expressions or LicenseRef-… names,
    `owned_by` the purl of the distribution package that ships this one (then it is listed but not
    counted again), `found_by` the cataloger, `size` installed bytes where known.
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
        name = self.name.lower().replace("_", "-") if self.ecosystem == "pypi" else self.name
        parts = ["pkg:", self.ecosystem, "/"]
        if self.namespace:
            parts += [quote(self.namespace, safe="/" + _PURL_SAFE), "/"]
        parts.append(quote(name, safe=_PURL_SAFE))
        if self.version:
            parts += ["@", quote(self.version, safe=":" + _PURL_SAFE)]
        qualifiers = self._qualifiers()
        if qualifiers:
            parts += [
                "?",
                "&".join(f"{k}={quote(v, safe=':' + _PURL_SAFE)}" for k, v in qualifiers),
            ]
        return "".join(parts)

    def _qualifiers(self) -> list[tuple[str, str]]:
        found = []
        if self.arch:
            found.append(("arch", self.arch))
        if self.distro:
            found.append(("distro", self.distro))
        if self.upstream and self.upstream != Upstream(self.name, self.version):
            same = self.upstream.version in ("", self.version)
            text = self.upstream.name if same else f"{self.upstream.name}@{self.upstream.version}"
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
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    created: str = ""
    source: str = ""  # org.opencontainers.image.source, as claimed
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Sbom:
    """What is in a subject. Packages are sorted by (ecosystem, name, version, arch, first path)."""

    subject: Subject
    distro: Distro | None
    packages: tuple[Package, ...]
    relations: tuple[Relation, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def counted(self) -> tuple[Package, ...]:
        """The packages a count counts: those no other package ships."""
        return tuple(package for package in self.packages if not package.owned_by)


# ── advisories ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Range:
    """Affected versions: from `introduced` ("0": always) to before `fixed` or to `last_affected`.

    Empty `fixed` and `last_affected`: no end is known (OSV schema, affected[].ranges[].events).
    """

    introduced: str = "0"
    fixed: str = ""
    last_affected: str = ""


@dataclass(frozen=True, slots=True)
class Cvss:
    """A CVSS vector as its source gave it; `version` "2.0", "3.1" or "4.0", `score` its base."""

    version: str
    vector: str
    score: float


@dataclass(frozen=True, slots=True)
class Advisory:
    """What the sources say of one vulnerability in one package of one scope.

    `scope` is the OSV ecosystem ("Debian:13", "PyPI"); `package` the name in it (Debian: source
    package). `status` is one of STATUSES, `urgency` the distribution's own word, `reason` why it is
    not fixed, `severity` one of SEVERITIES with `severity_source` saying whose, `sources` the
    keys of the advisory sources that speak of it ("debian-tracker", "osv", "changelog", ...).
    """

    id: str
    scope: str
    package: str
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    status: str = "unfixed"
    urgency: str = ""
    reason: str = ""
    severity: str = "unspecified"
    severity_source: str = ""
    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    summary: str = ""
    published: str = ""
    modified: str = ""
    withdrawn: str = ""
    url: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES or self.status not in STATUSES:
            raise ValueError(f"{self.id}: severity {self.severity!r} or status {self.status!r}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerability in one source package of one version, as installed.

    `packages` are the installed binary packages of that source (one for most ecosystems), `fixed`
    the version that repairs it ("" where there is none), `because` the comparison that decided,
    `status` the advisory's (VEX may change it and set `statement`), `kev` listed as exploited by
    CISA, `epss` (score, percentile) in 0..1. One (source package, CVE) pair is one finding.
    """

    packages: tuple[Package, ...]
    advisory: Advisory
    fixed: str
    because: str
    status: str
    kev: bool = False
    epss: tuple[float, float] | None = None
    statement: Any = None

    @property
    def package(self) -> Package:
        """The first of `packages`; they share source name and version."""
        return self.packages[0]

    @property
    def severity(self) -> str:
        """The advisory's severity, one of SEVERITIES."""
        return self.advisory.severity


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether packages of one scope could be checked, by which sources of what date.

    `checked` is "full" (every known vulnerability of the scope), "fixed-only" (only those a newer
    package repairs) or "not checked"; `note` says why in one line.
    """

    scope: str
    packages: int
    checked: str
    sources: tuple[str, ...] = ()
    date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What a report was made with, so that two reports can be told apart."""

    ironhull: str
    index_digest: str = ""
    index_date: str = ""


@dataclass(frozen=True, slots=True)
class BaseImage:
    """The base image as the image itself or its provenance tells.

    `rule` says how it was found ("provenance", "annotation", "label"), `verified` whether the
    base's diff_ids are a prefix of the image's. `report` is there when the base could be read.
    """

    name: str
    digest: str = ""
    rule: str = ""
    verified: bool = False
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """An SBOM judged: findings sorted worst first, what was checked, and all trouble on the way."""

    sbom: Sbom
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    made_with: MadeWith
    problems: tuple[Problem, ...] = ()
    verdicts: tuple[Any, ...] = ()
    base: BaseImage | None = None


# ── builds ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Material:
    """Something a build consumed: a purl or URL, its digests by algorithm ("sha256": hex)."""

    uri: str
    digests: Mapping[str, str]
    kind: str = ""  # base | deb | wheel | source | definition


@dataclass(frozen=True, slots=True)
class Build:
    """A finished build: the image as stored, what went in, and the parameters that decided it."""

    image: Image
    materials: tuple[Material, ...]
    parameters: Mapping[str, Any]
    builder: str
    started: str = ""
    finished: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope (dsse v1): base64 is undone here, `payload` holds the bytes."""

    payload_type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...] = ()
