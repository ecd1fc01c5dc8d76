"""SPDX 2.2 and 2.3 (https://spdx.github.io/spdx-spec/v2.3/) into an SBOM.

JSON and YAML have the same shape; tag-value documents are brought into it by `_tagvalue`. The
package that the document describes is the subject where it is an image; what else it describes
is listed like every package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ironhull.documents import _facts
from ironhull.documents._assemble import Content
from ironhull.documents._entry import Entry
from ironhull.documents._values import listed, mapping, rows, text, texts
from ironhull.errors import FormatError
from ironhull.lazy import regex
from ironhull.model import Distro, Location, Problem, Relation, Subject, Upstream
from ironhull.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["read_spdx2", "recognises"]

_DOCUMENT = "SPDXRef-DOCUMENT"
_PURL_TYPES = frozenset({"purl", "http://spdx.org/rdf/references/purl"})
_OURS = regex(r"location: (?P<path>.*?)(?: layerID: (?P<layer>[^ ]*))?", re.DOTALL)
_BUILT_FROM = regex(r"built (?:from source package|package from): (\S+) ?(.*)", re.DOTALL)
_ACQUIRED = regex(r"acquired package info from [^:]*: (.+)", re.DOTALL)
_SUPPLIER = regex(r"(?:Person|Organization): (?P<name>.*?)(?: \((?P<mail>[^()\s]+)\))?")
_DEPENDS = frozenset({"DEPENDS_ON", "HAS_PREREQUISITE"})
_NEEDED_BY = frozenset({"DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF", "PREREQUISITE_FOR"})
_ESCAPE = regex(r"\\([nr\\])")
_PARTS = "pkg:docker/dhi/"
"""Docker's hardened builds name the parts they are put together from so."""

_OVERLAP = "ownership-by-file-overlap"
_KIND = "ironhull relation: "


@dataclass(slots=True)
class _Links:
    """What the relationships say: described elements, files of packages, edges of packages.

    `sources` are what others were generated from: not installed, and told apart from packages.
    """

    described: list[str] = field(default_factory=list)
    files: dict[str, list[str]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    edges: list[tuple[str, str, str]] = field(default_factory=list)


def recognises(document: Mapping[str, Any]) -> bool:
    """Whether this is an SPDX 2 document."""
    return text(document.get("spdxVersion")).startswith("SPDX-2")


def read_spdx2(document: Mapping[str, Any], where: str) -> Content:
    """What an SPDX 2 document says; FormatError where it describes several images."""
    info = mapping(document.get("creationInfo"))
    exact = any(t.startswith("Tool: ironhull-") for t in texts(info.get("creators")))
    problems: list[Problem] = []
    packages = list(listed(document, "packages", problems))
    files = {
        text(f.get("SPDXID")): Location(_path(f), _layer(f))
        for f in listed(document, "files", problems)
    }
    links = _links(document, files, problems, exact=exact)
    root = _root(packages, links.described, where)
    content = Content(_subject(root, document, where), problems=problems, exact=exact, where=where)
    content.edges += links.edges
    content.problems += _said_problems(document)
    layers = {place.path: place.layer for place in files.values()}
    for package in packages:
        if package is root:
            continue
        if package.get("primaryPackagePurpose") == "OPERATING-SYSTEM":
            content.distros.append(_distro(package))
            continue
        purl, said = _purl(package), _notes(package)
        if package.get("SPDXID") in links.sources and not _facts.is_package(purl):
            continue
        if _is_package(package, purl, said):
            entry = _entry(package, purl, said, exact=exact)
            if not entry.locations:
                found = [files[i] for i in links.files.get(entry.where, ())]
                entry.locations = _places(package, found, layers, said)
            elif layers:  # BuildKit writes the layers of a generator's document into its files
                entry.locations = tuple(
                    Location(at.path, at.layer or layers.get(at.path, "")) for at in entry.locations
                )
            content.add(entry)
    if exact:
        _owned_relations(content)
    return content


def _owned_relations(content: Content) -> None:
    for entry in content.entries:
        if entry.owned_by:
            content.relations.append(Relation(entry.purl, "owned-by", entry.owned_by))


def _path(file: Mapping[str, Any]) -> str:
    return text(file.get("fileName")).removeprefix("./").lstrip("/")


def _layer(file: Mapping[str, Any]) -> str:
    return text(file.get("comment")).partition("layerID: ")[2].strip()


def _said_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    for note in rows(document.get("annotations")):
        said = text(note.get("comment"))
        if said.startswith("problem: "):
            stage, _, rest = said.removeprefix("problem: ").partition(": ")
            place, _, message = rest.partition(": ")
            yield Problem(stage, place, message or rest)


# ── relationships ────────────────────────────────────────────────────────────────────────────────


def _links(
    document: Mapping[str, Any],
    files: Mapping[str, Location],
    problems: list[Problem],
    *,
    exact: bool,
) -> _Links:
    links = _Links(described=texts(document.get("documentDescribes")))
    for row in listed(document, "relationships", problems):
        one, other = text(row.get("spdxElementId")), text(row.get("relatedSpdxElement"))
        kind, comment = text(row.get("relationshipType")), text(row.get("comment"))
        if kind in ("DESCRIBES", "DESCRIBED_BY"):
            links.described.append(other if kind == "DESCRIBES" else one)
        elif kind == "CONTAINS" and other in files:
            links.files.setdefault(one, []).append(other)
        elif kind in ("GENERATED_FROM", "GENERATES"):
            links.sources.add(other if kind == "GENERATED_FROM" else one)
        elif kind in _DEPENDS:
            links.edges.append((one, "depends-on", other))
        elif kind in _NEEDED_BY:
            links.edges.append((other, "depends-on", one))
        elif kind == "OTHER" and comment.startswith(_OVERLAP):
            links.edges.append((other, "owned-by", one))
        elif kind == "OTHER" and exact and comment.startswith(_KIND):
            links.edges.append((one, comment.removeprefix(_KIND), other))
    return links


# ── the subject ──────────────────────────────────────────────────────────────────────────────────


def _root(
    packages: list[dict[str, Any]], described: list[str], where: str
) -> dict[str, Any] | None:
    wanted = frozenset(described) - {_DOCUMENT}
    roots = [p for p in packages if p.get("SPDXID") in wanted and not _facts.is_package(_purl(p))]
    images = [p for p in roots if _is_image(p)]
    if len(images) > 1:
        names = ", ".join(text(p.get("name")) for p in images[:4])
        raise FormatError(
            f"{where}: the document describes {len(images)} images ({names})",
            "give the SBOM of one image",
        )
    return next(iter(images or roots), None)


def _is_image(package: Mapping[str, Any]) -> bool:
    kind = _purl(package).partition("/")[0].removeprefix("pkg:")
    return package.get("primaryPackagePurpose") == "CONTAINER" or kind in _facts.IMAGES


def _subject(root: dict[str, Any] | None, document: Mapping[str, Any], where: str) -> Subject:
    if root is None:
        return Subject(text(document.get("name")) or where, kind="directory")
    said = _notes(root)
    digest, platform = _facts.subject_from_purl(_purl(root))
    checksums = [f"sha256:{text(c.get('checksumValue'))}" for c in rows(root.get("checksums"))]
    for value in (text(root.get("versionInfo")), said.get("RepoDigest", [""])[0], *checksums):
        digest = digest or _facts.image_digest(value)
    ours = _lines(text(root.get("comment")))
    own = {name: values[0] for name, values in ours.items()}
    image = _is_image(root) or "ContainerImage" in text(root.get("SPDXID"))
    return Subject(
        name=said.get("RepoTag", [""])[0] or text(root.get("name")) or where,
        digest=digest,
        kind="image" if image else "directory",
        id=own.get("imageID") or _facts.image_digest(said.get("ImageID", [""])[0]),
        index_digest=own.get("indexDigest", ""),
        platform=_facts.platform_of(own.get("platform", "")) or platform,
        content_size=_number(own.get("contentSize", "")),
        disk_size=_number(own.get("diskSize") or said.get("Size", [""])[0]),
        layers=tuple(ours.get("layerID") or said.get("DiffID") or ()),
        steps=_steps(ours),
        user=own.get("user", ""),
        entrypoint=tuple(ours.get("entrypoint", ())),
        created=own.get("created") or _label(said, "created"),
        source=own.get("source") or _label(said, "source"),
        revision=own.get("revision") or _label(said, "revision"),
    )


def _notes(package: Mapping[str, Any]) -> dict[str, list[str]]:
    """`Name: value` in the annotations (Trivy) and attribution texts (Trivy before 0.51)."""
    said: dict[str, list[str]] = {}
    comments = [text(note.get("comment")) for note in rows(package.get("annotations"))]
    for comment in (*comments, *texts(package.get("attributionTexts"))):
        name, colon, value = comment.partition(": ")
        if colon:
            said.setdefault(name, []).append(value)
    return said


def _lines(comment: str) -> dict[str, list[str]]:
    """Our own facts of the subject: `name: value` lines, line breaks written as escapes."""
    found: dict[str, list[str]] = {}
    for line in comment.split("\n"):
        name, colon, value = line.partition(": ")
        if colon:
            found.setdefault(name, []).append(_ESCAPE.sub(_unescaped, value))
    return found


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r"}.get(match[1], match[1])


def _steps(ours: Mapping[str, list[str]]) -> tuple[str, ...]:
    layers, said = ours.get("layerID", []), ours.get("step", [])
    steps = [""] * len(layers)
    for row in said:
        number, _, step = row.partition(" ")
        if number.isascii() and number.isdigit() and int(number[:9]) < len(steps):
            steps[int(number[:9])] = step
    return tuple(steps) if said else ()


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0


def _label(said: Mapping[str, list[str]], name: str) -> str:
    return said.get(f"Labels:org.opencontainers.image.{name}", [""])[0]


def _distro(package: Mapping[str, Any]) -> Distro:
    name, version = text(package.get("name")), text(package.get("versionInfo"))
    pretty, own = text(package.get("summary")), _lines(text(package.get("comment")))
    if "id" in own:
        version, codename = own.get("version", [""])[0], own.get("codename", [""])[0]
        return Distro(own["id"][0], version, codename, pretty, tuple(own.get("idLike", ())))
    return _facts.distro_of(name, version, pretty=pretty)


# ── packages ─────────────────────────────────────────────────────────────────────────────────────


def _purl(package: Mapping[str, Any]) -> str:
    """The package URL; of several the first that names something installed."""
    found = [
        text(ref.get("referenceLocator"))
        for ref in rows(package.get("externalRefs"))
        if ref.get("referenceType") in _PURL_TYPES
    ]
    return next((purl for purl in found if _facts.is_package(purl)), found[0] if found else "")


def _is_package(package: Mapping[str, Any], purl: str, said: Mapping[str, list[str]]) -> bool:
    """Not the groups of other tools, images inside of images, nor files."""
    if purl:
        return _facts.is_package(purl) or purl.startswith(_PARTS) or not _is_image(package)
    if package.get("primaryPackagePurpose") in ("CONTAINER", "FILE"):
        return False
    return not ("Class" in said and "Type" in said and "PkgID" not in said)


def _entry(
    package: dict[str, Any], purl: str, said: Mapping[str, list[str]], *, exact: bool
) -> Entry:
    source = _BUILT_FROM.fullmatch(text(package.get("sourceInfo")))
    declared = _facts.licence(text(package.get("licenseDeclared")))
    concluded = "" if exact else _facts.licence(text(package.get("licenseConcluded")))
    summary = text(package.get("summary"))
    return Entry(
        where=text(package.get("SPDXID")),
        name=text(package.get("name")),
        version=text(package.get("versionInfo")),
        purl=purl,
        exact=exact,
        upstream=Upstream(source[1], source[2]) if source else None,
        licenses=tuple(filter(None, [declared or concluded])),
        locations=_own_places(said) if exact else (),
        found_by=said.get("found by", [""])[0],
        owned_by=said.get("owned by", [""])[0] if exact else "",
        size=_number(said.get("installed size", [""])[0].removesuffix(" bytes")),
        summary=summary or ("" if exact else text(package.get("description"))),
        homepage=text(package.get("homepage")),
        supplier=_supplier(text(package.get("supplier"))),
        checksums=tuple(_checksums(package)),
        removed_in=said.get("removed in", [""])[0] if exact else "",
    )


def _own_places(said: Mapping[str, list[str]]) -> tuple[Location, ...]:
    matches = [_OURS.fullmatch(f"location: {place}") for place in said.get("location", ())]
    return tuple(Location(m["path"], m["layer"] or "") for m in matches if m and m["path"])


def _places(
    package: Mapping[str, Any],
    files: list[Location],
    layers: Mapping[str, str],
    said: Mapping[str, list[str]],
) -> tuple[Location, ...]:
    """Where others say it was found: Syft in `sourceInfo`, Trivy by the files it contains."""
    acquired = _ACQUIRED.fullmatch(text(package.get("sourceInfo")))
    if acquired:
        paths = [path.strip().lstrip("/") for path in acquired[1].split(", ")]
        return tuple(Location(path, layers.get(path, "")) for path in paths if path)
    layer = said.get("LayerDiffID", [""])[0]
    return tuple(Location(at.path, at.layer or layer) for at in files if at.path)


def _supplier(said: str) -> str:
    match = _SUPPLIER.fullmatch(said)
    if match is None:
        return said
    name, mail = match["name"], match["mail"]
    if not mail:
        return name if "@" not in name or " " in name else f"<{name}>"
    return f"{name} <{mail}>"


def _checksums(package: Mapping[str, Any]) -> Iterator[str]:
    for row in rows(package.get("checksums")):
        algorithm, value = text(row.get("algorithm")), text(row.get("checksumValue"))
        yield f"{algorithm.lower()}:{value.lower()}"
