"""The functions policies may call: those of Docker Scout's contract, and some of ours.

What a function needs of the world outside it asks a `World`; one that has nothing to tell answers
null. (docs.docker.com, "Local policies", built-in functions; docs/policy.md.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ironhull.documents.purl import parse_purl
from ironhull.licenses.categories import category_of
from ironhull.licenses.expressions import needed, parsed
from ironhull.licenses.settings import license_rules
from ironhull.oci.names import Reference
from ironhull.rego import Builtin
from ironhull.values import dataclass

__all__ = ["World", "builtins"]


def _nothing(*_: Any) -> Any:
    return None


@dataclass(frozen=True, slots=True)
class World:
    """What is known beside `input`; each answers null (None) for what is not known.

    `referrer(predicate type)` gives `{"statement", "image"}`; `image_digest(reference)` the digest
    a tag leads to now; `index(reference, digest)` and `referrer_index(reference, digest)` those
    documents; `referrer_by_digest(reference, digest)` as `referrer`; `vulnerabilities(purls)` the
    rows of the scan that are about them; `package_provenance(purl)` and
    `package_recommendation(purl)` what is known of one package; `base_image()` the base;
    `verify_dsse(envelope, options)` and `verify_image(reference, options)` give `{}` or `{"error":
    why}`; `verify_commit(...)` whether a signature of a commit holds.
    """

    referrer: Callable[[str], Any] = _nothing
    image_digest: Callable[[str], Any] = _nothing
    index: Callable[[str, str], Any] = _nothing
    referrer_index: Callable[[str, str], Any] = _nothing
    referrer_by_digest: Callable[[str, str], Any] = _nothing
    vulnerabilities: Callable[[list[str]], Any] = _nothing
    package_provenance: Callable[[str], Any] = _nothing
    package_recommendation: Callable[[str], Any] = _nothing
    base_image: Callable[[], Any] = _nothing
    verify_dsse: Callable[[Any, Mapping[str, Any]], Any] = _nothing
    verify_image: Callable[[str, Mapping[str, Any]], Any] = _nothing
    verify_commit: Callable[[Any], Any] = _nothing


def builtins(world: World) -> dict[str, Builtin]:
    """Every function by name."""

    def verify_images(references: list[str], options: Mapping[str, Any]) -> dict[str, Any]:
        return {each: world.verify_image(each, options) for each in references}

    return {
        "oci.referrer": Builtin(1, world.referrer),
        "oci.canonical_name": Builtin(1, canonical_name),
        "oci.image_digest": Builtin(1, world.image_digest),
        "oci.index": Builtin(2, world.index),
        "oci.referrer_index": Builtin(2, world.referrer_index),
        "oci.referrer_by_digest": Builtin(2, world.referrer_by_digest),
        "scout.parse_purl": Builtin(1, purl_parts),
        "scout.package_provenance": Builtin(1, world.package_provenance),
        "scout.vulnerabilities": Builtin(1, world.vulnerabilities),
        "scout.package_recommendation": Builtin(1, world.package_recommendation),
        "scout.base_image": Builtin(0, world.base_image),
        "cosign.verify_dsse": Builtin(2, world.verify_dsse),
        "cosign.verify_image": Builtin(2, world.verify_image),
        "cosign.verify_images": Builtin(2, verify_images),
        "gpg.verify_commit": Builtin(1, world.verify_commit),
        "ironhull.unavoidable_licenses": Builtin(1, unavoidable_licenses),
        "ironhull.license_state": Builtin(2, license_state),
        "ironhull.is_license_exempt": Builtin(2, is_license_exempt),
    }


def canonical_name(reference: str) -> str:
    """The whole name without tag and digest: "node:25" is "docker.io/library/node"."""
    found = Reference.parse(reference)
    return f"{found.registry}/{found.repository}"


def purl_parts(text: str) -> dict[str, Any]:
    """The components of a package URL by name (purl-spec); qualifiers as a mapping."""
    found = parse_purl(text)
    return {
        "type": found.type,
        "namespace": found.namespace,
        "name": found.name,
        "version": found.version,
        "qualifiers": dict(found.qualifiers),
        "subpath": found.subpath,
    }


@lru_cache(maxsize=4096)
def unavoidable_licenses(expression: str) -> list[str]:
    """The licenses that every way to meet an SPDX expression includes, sorted, no exceptions told.

    "MIT OR GPL-2.0-only" has none. What is no expression is a license of that name.
    """
    if not expression.strip():
        return []
    return sorted({name.partition(" WITH ")[0] for name in needed(parsed(expression))})


def license_state(expression: str, rules: Mapping[str, Any]) -> dict[str, str]:
    """What lists say of an SPDX expression ("": no license is told): docs/licenses.md.

    `rules` are those of [licenses]. Gives `state` ("denied", "allowed" or ""), `because` and
    `category`. Raises ConfigError for rules that are none.
    """
    found = license_rules(dict(rules), "config")
    state, because = found.judge(expression)
    category = category_of(expression, found.categories)
    return {"state": state, "because": because, "category": category}


def is_license_exempt(purl: str, rules: Mapping[str, Any]) -> bool:
    """Whether `packages` of the rules name a package URL."""
    return bool(license_rules(dict(rules), "config").permits(purl))
