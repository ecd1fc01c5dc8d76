"""CycloneDX 1.6 as JSON (ECMA-424, https://cyclonedx.org/docs/1.6/json/).

The image is the container the document is about; the operating system and every package are its
components. What CycloneDX has no field for is in properties of the namespace `ironhull:`: where a
package was found (`location`, `layer`), its source package, which package ships it (`owned_by`),
and what could not be read (`problem`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ironhull import __version__
from ironhull.formats._common import (
    TOOL,
    by_purl,
    document_uuid,
    dump,
    hashes,
    identity,
    is_single,
    licence_expression,
    package_ids,
    present,
    subject_purl,
    web_address,
)
from ironhull.model import Distro, Package, Sbom, Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["cyclonedx_document", "property_list", "write_cyclonedx"]

_ALGORITHMS = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}
_DISTRO = "operating-system"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ATOM = frozenset(_LETTERS + "!#$%&'*+/=?^_`{|}~-")
_LABEL = frozenset(_LETTERS + "-")

_Properties = list[dict[str, str]]


def write_cyclonedx(sbom: Sbom, *, created: str) -> bytes:
    """The CycloneDX document of `sbom`; the same SBOM and `created` give equal bytes."""
    return dump(cyclonedx_document(sbom, created=created))


def cyclonedx_document(sbom: Sbom, *, created: str, kind: str = "cyclonedx") -> dict[str, Any]:
    """The document as a value; `kind` tells documents of one SBOM apart by their serial number."""
    purls = [package.purl for package in sbom.packages]
    ids = package_ids(sbom.packages, purls)
    root = subject_purl(sbom.subject) or identity(sbom.subject) or "subject"
    components = [_operating_system(sbom.distro)] if sbom.distro is not None else []
    related = _related(sbom)
    components += [
        _component(package, ids[n], purl, related.get(purl, ()))
        for n, (package, purl) in enumerate(zip(sbom.packages, purls, strict=True))
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{document_uuid(sbom, kind, created, purls)}",
        "version": 1,
        "metadata": {
            "timestamp": created,
            "tools": {
                "components": [{"type": "application", "name": TOOL, "version": __version__}]
            },
            "component": _subject(sbom.subject, root),
        },
        "components": components,
        "dependencies": _dependencies(sbom, ids, by_purl(sbom.packages, ids, purls), root),
        **present(
            properties=property_list(
                [("problem", f"{p.stage}: {p.where}: {p.message}") for p in sbom.problems]
            )
        ),
    }


def _subject(subject: Subject, ref: str) -> dict[str, Any]:
    return {
        "type": "container" if subject.kind == "image" else "file",
        "bom-ref": ref,
        "name": subject.name or identity(subject),
        **present(
            version=subject.digest,
            hashes=_hashes([subject.digest]),
            purl=subject_purl(subject),
            properties=property_list(
                [
                    ("image_id", subject.id),
                    ("index_digest", subject.index_digest),
                    ("platform", str(subject.platform or "")),
                    ("source", subject.source),
                    ("revision", subject.revision),
                    ("created", subject.created),
                    ("user", subject.user),
                    *(("entrypoint", word) for word in subject.entrypoint),
                    ("content_size", str(subject.content_size or "")),
                    ("disk_size", str(subject.disk_size or "")),
                    *(("layer", layer) for layer in subject.layers),
                    *((f"step:{number}", step) for number, step in enumerate(subject.steps)),
                ]
            ),
        ),
    }


def _operating_system(distro: Distro) -> dict[str, Any]:
    return {
        "type": "operating-system",
        "bom-ref": _DISTRO,
        "name": distro.id,
        **present(version=distro.version or distro.codename, description=distro.pretty_name),
        "properties": property_list(
            [
                ("distro:id", distro.id),
                ("distro:version", distro.version),
                ("distro:codename", distro.codename),
                *(("distro:id_like", word) for word in distro.id_like),
            ]
        ),
    }


def _related(sbom: Sbom) -> dict[str, list[tuple[str, str]]]:
    """By purl, the relations CycloneDX has no words for, as properties."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for relation in sbom.relations:
        if relation.kind not in ("depends-on", "owned-by"):
            found[relation.subject].append((f"relation:{relation.kind}", relation.object))
    return found


def _component(
    package: Package, ref: str, purl: str, related: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    source = package.upstream
    facts = [("found_by", package.found_by), ("owned_by", package.owned_by)]
    if source:
        facts += [("source:name", source.name), ("source:version", source.version)]
    facts += [("removed_in", package.removed_in), *related]
    if package.size:
        facts.append(("installed_size", str(package.size)))
    for number, at in enumerate(package.locations):
        facts += [(f"location:{number}:path", at.path), (f"location:{number}:layer", at.layer)]
    return {
        "type": "library",
        "bom-ref": ref,
        **present(supplier=_supplier(package.supplier)),
        "name": package.name,
        "version": package.version,
        **present(
            description=package.summary,
            hashes=_hashes(package.checksums),
            licenses=_licences(package.licenses),
        ),
        "purl": purl,
        **present(externalReferences=_website(package.homepage), properties=property_list(facts)),
    }


def _licences(licenses: Sequence[str]) -> list[dict[str, Any]]:
    """One expression where there is an operator in any of them, else one entry each."""
    if not licenses:
        return []
    if all(is_single(text) and not text.endswith("+") for text in licenses):
        return [{"license": _named(text)} for text in licenses]
    return [{"expression": licence_expression(licenses)}]


def _named(licence: str) -> dict[str, str]:
    if licence.startswith("LicenseRef-"):
        return {"name": licence}
    return {"id": licence}


def _dependencies(
    sbom: Sbom, ids: Mapping[int, str], known: Mapping[str, str], root: str
) -> list[dict[str, Any]]:
    edges: defaultdict[str, set[str]] = defaultdict(set)
    for relation in sbom.relations:
        if relation.kind == "depends-on":
            subject, object_ = known.get(relation.subject), known.get(relation.object)
            if subject and object_:
                edges[subject].add(object_)
    top = [_DISTRO] if sbom.distro is not None else []
    top += [ids[n] for n, package in enumerate(sbom.packages) if not package.owned_by]
    found: list[dict[str, Any]] = [{"ref": root, **present(dependsOn=sorted(top))}]
    refs = ([_DISTRO] if sbom.distro is not None else []) + list(ids.values())
    found += [{"ref": ref, **present(dependsOn=sorted(edges.get(ref, ())))} for ref in refs]
    return found


def _hashes(digests: Iterable[str]) -> list[dict[str, str]]:
    return [{"alg": a, "content": v} for a, v in hashes(digests, _ALGORITHMS)]


@lru_cache(maxsize=1024)
def _supplier(text: str) -> dict[str, Any]:
    """`Name <address>`, the address being one of mail or of a web page.

    Remembered, for a few people look after most packages.
    """
    named = _name_and_address(text.strip())
    if named is None:
        return present(name=text)
    name, address = named
    if web_address(address):
        return {"name": name or address, "url": [address]}
    if len(address) > 254 or not _is_mail(address):
        return {"name": text.strip()}
    return {"name": name or address, "contact": [present(name=name, email=address)]}


def _name_and_address(text: str) -> tuple[str, str] | None:
    """The name and what is in angle brackets of `Name <address>`, `"Name" <address>`."""
    before, bracket, address = text.rpartition("<")
    if not bracket or address[-1:] != ">":
        return None
    name = before.rstrip().removeprefix('"').removesuffix('"')
    address = address[:-1]
    odd = any(mark in name for mark in '"<>') or ">" in address or any(map(str.isspace, address))
    return (name, address) if address and not odd else None


def _is_mail(address: str) -> bool:
    """RFC 5321, 4.1.2: a dot-string at a domain."""
    local, _, domain = address.partition("@")
    labels = domain.split(".")
    return (
        all(atom and _ATOM.issuperset(atom) for atom in local.split("."))
        and all(label and _LABEL.issuperset(label) for label in labels)
        and not any("-" in (label[0], label[-1]) for label in labels)
    )


def _website(url: str) -> list[dict[str, str]]:
    return [{"type": "website", "url": url}] if web_address(url) else []


def property_list(pairs: Iterable[tuple[str, str]]) -> _Properties:
    """Properties of the namespace `ironhull:`, those of no value left out."""
    return [{"name": f"{TOOL}:{name}", "value": value} for name, value in pairs if value]
