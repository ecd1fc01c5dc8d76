"""SPDX 2.3 as JSON (https://spdx.github.io/spdx-spec/v2.3/).

The image is a package of purpose CONTAINER that the document describes and that CONTAINS every
package found. Where a package was found, with the layer, is in its annotations
(`location: <path> layerID: <diff_id>`, BuildKit's word for it); what could not be read is in the
document's annotations. A package that a distribution package ships is CONTAINed by that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ironhull import __version__
from ironhull.formats._common import (
    TOOL,
    by_purl,
    document_uuid,
    dump,
    hashes,
    identity,
    licence_expression,
    licence_references,
    package_ids,
    present,
    slug,
    subject_purl,
    web_address,
)
from ironhull.lazy import regex
from ironhull.model import Distro, Package, Sbom, Subject, Upstream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["write_spdx"]

_LICENSE_LIST = "3.28"
_ROOT = "SPDXRef-Subject"
_DISTRO = "SPDXRef-OperatingSystem"
_PURPOSE = {"pypi": "LIBRARY"}
_PERSON = regex(r'"?([^"<>]*?)"?\s*<([^<>\s]+)>')
_GROUP = regex(
    r"\b(team|group|maintainers?|developers?|project|packag\w+|foundation|inc)\b", re.IGNORECASE
)
_ALGORITHMS = {name: name.upper() for name in ("md5", "sha1", "sha256", "sha384", "sha512")}


def write_spdx(sbom: Sbom, *, created: str) -> bytes:
    """The SPDX document of `sbom`; the same SBOM and `created` (RFC 3339, UTC) give equal bytes."""
    created = _seconds(created)
    unique = document_uuid(sbom, "spdx", created)
    ids = {n: f"SPDXRef-Package-{text}" for n, text in package_ids(sbom.packages).items()}
    references = licence_references(text for p in sbom.packages for text in p.licenses)
    packages = [_subject(sbom.subject)]
    if sbom.distro is not None:
        packages.append(_operating_system(sbom.distro))
    packages += [_package(p, ids[n], created) for n, p in enumerate(sbom.packages)]
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": sbom.subject.name or identity(sbom.subject),
        "documentNamespace": f"https://spdx.org/spdxdocs/{TOOL}/{slug(sbom.subject.name)}-{unique}",
        "creationInfo": {
            "licenseListVersion": _LICENSE_LIST,
            "creators": [f"Tool: {TOOL}-{__version__}"],
            "created": created,
        },
        "packages": packages,
        **present(
            hasExtractedLicensingInfos=[_extracted(name) for name in references],
            annotations=[
                _annotation(f"problem: {p.stage}: {p.where}: {p.message}", created)
                for p in sbom.problems
            ],
        ),
        "relationships": list(_relationships(sbom, ids)),
    }
    return dump(document)


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "SPDXID": _ROOT,
        "name": subject.name or identity(subject),
        **present(versionInfo=subject.digest),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        **present(
            checksums=_checksums([subject.digest]),
            externalRefs=_references(subject_purl(subject)),
        ),
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "CONTAINER" if subject.kind == "image" else "OTHER",
        **present(comment=_subject_comment(subject)),
    }


def _subject_comment(subject: Subject) -> str:
    lines = [f"platform: {subject.platform}"] if subject.platform else []
    lines += [f"imageID: {subject.id}"] if subject.id else []
    facts = present(
        indexDigest=subject.index_digest,
        created=subject.created,
        source=subject.source,
        revision=subject.revision,
        user=subject.user,
        contentSize=str(subject.content_size or ""),
        diskSize=str(subject.disk_size or ""),
    )
    lines += [f"{name}: {_line(value)}" for name, value in facts.items()]
    lines += [f"entrypoint: {_line(word)}" for word in subject.entrypoint]
    lines += [f"layerID: {layer}" for layer in subject.layers]
    lines += [f"step: {n} {_line(step)}" for n, step in enumerate(subject.steps) if step]
    return "\n".join(lines)


def _line(value: str) -> str:
    """`value` on one line: line breaks and backslashes as escapes."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _operating_system(distro: Distro) -> dict[str, Any]:
    return {
        "SPDXID": _DISTRO,
        "name": distro.id,
        **present(versionInfo=distro.version or distro.codename, summary=distro.pretty_name),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "OPERATING-SYSTEM",
        "comment": "\n".join(
            [
                f"id: {_line(distro.id)}",
                f"version: {_line(distro.version)}",
                f"codename: {_line(distro.codename)}",
                *(f"idLike: {_line(word)}" for word in distro.id_like),
            ]
        ),
    }


def _package(package: Package, spdx_id: str, created: str) -> dict[str, Any]:
    source = package.upstream
    notes = [
        f"location: {at.path}" + (f" layerID: {at.layer}" if at.layer else "")
        for at in package.locations
    ]
    notes += [f"owned by: {package.owned_by}"] if package.owned_by else []
    notes += [f"found by: {package.found_by}"] if package.found_by else []
    notes += [f"removed in: {package.removed_in}"] if package.removed_in else []
    notes += [f"installed size: {package.size} bytes"] if package.size else []
    return {
        "SPDXID": spdx_id,
        "name": package.name,
        **present(versionInfo=package.version, supplier=_supplier(package.supplier)),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        **present(
            checksums=_checksums(package.checksums),
            homepage=web_address(package.homepage),
            sourceInfo=_source_info(source),
            summary=package.summary,
        ),
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": licence_expression(package.licenses) or "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": _references(package.purl),
        **present(
            primaryPackagePurpose=_PURPOSE.get(package.ecosystem),
            annotations=[_annotation(note, created) for note in notes],
        ),
    }


def _source_info(source: Upstream | None) -> str:
    return f"built from source package: {source.name} {source.version}" if source else ""


def _references(purl: str) -> list[dict[str, str]]:
    if not purl:
        return []
    return [
        {
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }
    ]


def _relationships(sbom: Sbom, ids: dict[int, str]) -> Iterator[dict[str, str]]:
    yield _relationship("SPDXRef-DOCUMENT", "DESCRIBES", _ROOT)
    if sbom.distro is not None:
        yield _relationship(_ROOT, "CONTAINS", _DISTRO)
    for position in range(len(sbom.packages)):
        yield _relationship(_ROOT, "CONTAINS", ids[position])
    known = by_purl(sbom.packages, ids)
    owned = {p.purl: ids[n] for n, p in enumerate(sbom.packages) if p.owned_by}
    for relation in sbom.relations:
        if relation.kind == "owned-by":
            subject, object_ = known.get(relation.object), owned.get(relation.subject)
            kind = "CONTAINS"
        else:
            subject, object_ = known.get(relation.subject), known.get(relation.object)
            kind = "DEPENDS_ON" if relation.kind == "depends-on" else "OTHER"
        if subject and object_:
            comment = f"{TOOL} relation: {relation.kind}" if kind == "OTHER" else ""
            yield {**_relationship(subject, kind, object_), **present(comment=comment)}


def _relationship(element: str, kind: str, related: str) -> dict[str, str]:
    return {
        "spdxElementId": element,
        "relationshipType": kind,
        "relatedSpdxElement": related,
    }


def _annotation(comment: str, created: str) -> dict[str, str]:
    return {
        "annotationDate": created,
        "annotationType": "OTHER",
        "annotator": f"Tool: {TOOL}-{__version__}",
        "comment": comment,
    }


def _extracted(reference: str) -> dict[str, str]:
    name = reference.removeprefix("LicenseRef-")
    return {
        "licenseId": reference,
        "name": name,
        "extractedText": f"Named {name!r} by the package; the text is in the package's own files.",
    }


def _supplier(text: str) -> str:
    """`Person: name (mail)` or `Organization: …` (SPDX 2.3, 7.5) from `Name <mail>`."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not text:
        return ""
    match = _PERSON.fullmatch(text)
    name, mail = (match[1], match[2]) if match else (text, "")
    kind = "Organization" if _GROUP.search(name) or "lists." in mail else "Person"
    return f"{kind}: {name or mail}" + (f" ({mail})" if mail and name else "")


def _checksums(digests: Iterable[str]) -> list[dict[str, str]]:
    return [{"algorithm": a, "checksumValue": v} for a, v in hashes(digests, _ALGORITHMS)]


def _seconds(created: str) -> str:
    """SPDX 2.3, 6.9: YYYY-MM-DDThh:mm:ssZ, no fractions."""
    return re.sub(r"\.\d+(?=Z$)", "", created)
