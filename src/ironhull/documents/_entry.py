"""What a document says of one package, in the words all formats share, and the package it makes."""

from __future__ import annotations

from ironhull.documents._values import STAGE
from ironhull.documents.purl import Purl, name_of, parse_purl
from ironhull.lazy import regex
from ironhull.model import Location, Package, Problem, Upstream
from ironhull.values import dataclass

__all__ = ["Entry", "package_of"]

_NOT_SAID = frozenset({"", "NOASSERTION", "NONE", "UNKNOWN"})
_WITH_EPOCH = frozenset({"deb", "rpm"})
_SOURCE_RPM = regex(r"(?P<name>.+)-(?P<version>[^-]+-[^-]+)\.src\.rpm")
_SCOUT = ("os_name", "os_version", "os_distro")
_CHECKSUM = regex(
    "md5:[0-9a-f]{32}|sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}"
)
_KIND = regex(r"[a-z][a-z0-9.+-]*")
_RUNS = regex(r"[-_.]+")


@dataclass(slots=True)
class Entry:
    """One package of a document.

    `where` is its identifier there, `exact` says that name and version are already those of
    `model.Package` (our own documents), `kind` the packaging system where there is no package URL.
    """

    where: str
    name: str
    version: str = ""
    purl: str = ""
    kind: str = ""
    exact: bool = False
    upstream: Upstream | None = None
    licenses: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    found_by: str = ""
    owned_by: str = ""
    size: int = 0
    summary: str = ""
    homepage: str = ""
    supplier: str = ""
    checksums: tuple[str, ...] = ()
    removed_in: str = ""
    namespace: str = ""
    arch: str = ""
    distro: str = ""


def package_of(entry: Entry, problems: list[Problem]) -> Package | None:
    """The package an entry describes; what is wrong with it goes to `problems`.

    Without a usable package URL it is listed under its name, of no ecosystem anybody can check.
    """
    purl = None
    if entry.purl:
        try:
            purl = parse_purl(entry.purl)
        except ValueError as fault:
            message = f"not checked: its package URL cannot be read: {fault}"
            problems.append(Problem(STAGE, entry.name or entry.where, message))
    if purl is not None:
        return _known(entry, purl)
    if not entry.name:
        message = "not listed: it has neither a name nor a package URL"
        problems.append(Problem(STAGE, entry.where or "a package", message))
        return None
    if not entry.purl:
        named = f"{entry.name} {entry.version}".rstrip()
        problems.append(Problem(STAGE, named, "not checked: it has no package URL"))
    kind = entry.kind if _KIND.fullmatch(entry.kind) else "generic"
    return _package(entry, kind, entry.name, entry.version)


def _known(entry: Entry, purl: Purl) -> Package:
    qualifiers = dict(purl.qualifiers)
    epoch = qualifiers.pop("epoch", "") if purl.type in _WITH_EPOCH else ""
    namespace, name = name_of(purl)
    version = purl.version
    if (purl.type, name) == ("golang", "stdlib"):  # "v1.22.6" and "go1.22.6" elsewhere
        version = version.removeprefix("go").removeprefix("v")
    if epoch and ":" not in version:
        version = f"{epoch}:{version}"
    arch, distro = qualifiers.pop("arch", ""), qualifiers.pop("distro", "")
    if entry.exact:
        if entry.name.lower() == purl.name.lower():
            namespace = purl.namespace
        qualifiers.pop("upstream", "")
        return _package(
            entry, purl.type, entry.name or name, entry.version,
            namespace=entry.namespace or namespace, arch=entry.arch or arch,
            distro=entry.distro or distro, upstream=entry.upstream,
            qualifiers=tuple(sorted(qualifiers.items())),
        )  # fmt: skip
    name = _better(entry.name, name, purl)
    said = {key: qualifiers.pop(key) for key in _SCOUT if key in qualifiers}
    if said and not distro:
        distro = f"{said.get('os_name', '')}-{said.get('os_version') or said.get('os_distro', '')}"
    upstream = entry.upstream or _upstream(qualifiers.get("upstream", ""), version)
    qualifiers.pop("upstream", "")
    if upstream == Upstream(name, version):
        upstream = None
    return _package(
        entry, purl.type, name, version or entry.version, namespace=namespace, arch=arch,
        distro=distro.strip("-"), upstream=upstream, qualifiers=tuple(sorted(qualifiers.items())),
    )  # fmt: skip


def _package(entry: Entry, ecosystem: str, name: str, version: str, **more: object) -> Package:
    return Package(
        ecosystem,
        name,
        version,
        licenses=_said(entry.licenses),
        locations=entry.locations,
        found_by=entry.found_by,
        owned_by=entry.owned_by,
        size=max(entry.size, 0),
        summary=entry.summary,
        homepage="".join(_said((entry.homepage,))),
        supplier="".join(_said((entry.supplier,))),
        checksums=tuple(c for c in entry.checksums if entry.exact or _CHECKSUM.fullmatch(c)),
        removed_in=entry.removed_in,
        **more,  # type: ignore[arg-type]  # the fields a package URL tells, all of the right type
    )


def _said(values: tuple[str, ...]) -> tuple[str, ...]:
    """Each value once, without those that say that nothing is said."""
    return tuple(dict.fromkeys(value for value in values if value not in _NOT_SAID))


def _better(said: str, name: str, purl: Purl) -> str:
    """The document's spelling of the name where it is the same one.

    Package URLs are written in lower case for many types, and a Go module deeper than three parts
    is cut in two (name and subpath) by some writers.
    """
    if purl.type == "golang" and purl.subpath and said.lower() == f"{name}/{purl.subpath}".lower():
        return said
    if said.lower() == name.lower():
        return said
    if purl.type == "pypi" and _RUNS.sub("-", said).lower() == _RUNS.sub("-", name).lower():
        return said
    return name


def _upstream(text: str, version: str) -> Upstream | None:
    """The source package of a qualifier: `name`, `name@version` or the name of a source rpm."""
    if not text:
        return None
    if match := _SOURCE_RPM.fullmatch(text):
        return Upstream(match["name"], match["version"])
    name, _, other = text.rpartition("@")
    return Upstream(name, other) if name else Upstream(text, version)
