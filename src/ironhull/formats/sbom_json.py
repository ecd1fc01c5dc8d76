"""Our own JSON SBOM: all of `model.Sbom`, as docs/schemas/sbom.schema.json describes it."""

from __future__ import annotations

from collections import Counter

from ironhull import __version__
from ironhull.formats._common import TOOL, dump, present
from ironhull.model import Package, Sbom, Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["sbom_document", "write_json"]

VERSION = 1
"""Of the document; a reader of one version reads later documents with the same number."""


def write_json(sbom: Sbom, *, created: str) -> bytes:
    """The JSON document of `sbom`; the same SBOM and `created` (RFC 3339, UTC) give equal bytes."""
    return dump(sbom_document(sbom, created=created))


def sbom_document(sbom: Sbom, *, created: str) -> dict[str, Any]:
    """The document as plain values: empty fields of subject and packages are left out."""
    distro = sbom.distro
    return {
        "schema": "ironhull/sbom",
        "schema_version": VERSION,
        "created": created,
        "made_with": {TOOL: __version__},
        "subject": _subject(sbom.subject),
        "distro": None
        if distro is None
        else present(
            id=distro.id,
            version=distro.version,
            codename=distro.codename,
            pretty_name=distro.pretty_name,
            id_like=list(distro.id_like),
        ),
        "counts": {
            "packages": len(sbom.counted),
            "owned": len(sbom.packages) - len(sbom.judged),
            **present(removed=len(sbom.removed) or None),
            "by_ecosystem": dict(sorted(Counter(p.ecosystem for p in sbom.counted).items())),
        },
        "packages": [_package(package) for package in sbom.packages],
        "relations": [
            {"subject": r.subject, "kind": r.kind, "object": r.object} for r in sbom.relations
        ],
        "problems": [
            {"stage": p.stage, "where": p.where, "message": p.message} for p in sbom.problems
        ],
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.name,
        "kind": subject.kind,
        **present(
            digest=subject.digest,
            id=subject.id,
            index_digest=subject.index_digest,
            platform=str(subject.platform) if subject.platform else "",
        ),
        "content_size": subject.content_size,
        "disk_size": subject.disk_size,
        "layers": list(subject.layers),
        **present(
            steps=list(subject.steps),
            user=subject.user,
            entrypoint=list(subject.entrypoint),
            created=subject.created,
            source=subject.source,
            revision=subject.revision,
        ),
    }


def _package(package: Package) -> dict[str, Any]:
    upstream = package.upstream
    return {
        "purl": package.purl,
        "ecosystem": package.ecosystem,
        "name": package.name,
        "version": package.version,
        **present(
            arch=package.arch,
            namespace=package.namespace,
            distro=package.distro,
            source={"name": upstream.name, "version": upstream.version} if upstream else None,
        ),
        "licenses": list(package.licenses),
        "locations": [present(path=at.path, layer=at.layer) for at in package.locations],
        **present(
            found_by=package.found_by,
            owned_by=package.owned_by,
            size=package.size or None,
            summary=package.summary,
            homepage=package.homepage,
            supplier=package.supplier,
            checksums=list(package.checksums),
            removed_in=package.removed_in,
        ),
    }
