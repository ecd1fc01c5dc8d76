"""Facts that several formats write in the same words: licences, distributions, digests, images."""

from __future__ import annotations

from functools import lru_cache

from ironhull.documents._values import text
from ironhull.documents.purl import Purl, parse_purl
from ironhull.lazy import regex
from ironhull.model import Distro, Platform, Subject

__all__ = [
    "IMAGES", "distro_of", "image_digest", "is_package", "licence", "named_licence", "platform_of",
    "subject_from_purl",
]  # fmt: skip

IMAGES = frozenset({"oci", "docker"})
"""Types of package URLs that name images."""

_NO_PACKAGES = frozenset({"swid", "github", "bitbucket", "gitlab", "generic"})
_WORD = regex(r"\s*(?:\(|\)|[A-Za-z0-9][A-Za-z0-9.:+-]*)")
_SLUG = regex(r"[^A-Za-z0-9.]+")
_DIGEST = regex(r"sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})")
_OPERATORS = frozenset({"AND", "OR", "WITH"})
_TRIVY = {
    "redhat": "rhel",
    "alma": "almalinux",
    "oracle": "ol",
    "amazon": "amzn",
    "cbl-mariner": "mariner",
    "opensuse.leap": "opensuse-leap",
    "opensuse.tumbleweed": "opensuse-tumbleweed",
    "suse linux enterprise server": "sles",
    "suse linux enterprise micro": "sl-micro",
}
"""Trivy's words for distributions (pkg/fanal/types/const.go) and os-release's."""


@lru_cache(maxsize=8192)
def licence(expression: str) -> str:
    """An SPDX expression as it is; what is none as a LicenseRef-; "" for what says nothing."""
    expression = expression.strip()
    if expression in ("", "NOASSERTION", "NONE"):
        return ""
    return expression if _is_expression(expression) else named_licence(expression)


def _is_expression(text_: str) -> bool:
    """Whether names, operators and parentheses stand where SPDX 2.3, annex D, wants them."""
    depth, wants_name, place = 0, True, 0
    while place < len(text_):
        match = _WORD.match(text_, place)
        if match is None:
            return not text_[place:].strip() and depth == 0 and not wants_name
        place, word = match.end(), match[0].strip()
        if word == "(":
            if not wants_name:
                return False
            depth += 1
        elif word == ")":
            if wants_name or depth == 0:
                return False
            depth -= 1
        elif wants_name == (word in _OPERATORS):
            return False
        else:
            wants_name = word in _OPERATORS
    return depth == 0 and not wants_name


@lru_cache(maxsize=8192)
def named_licence(name: str) -> str:
    """The reference for a licence that is known by name alone."""
    name = name.strip()
    if name in ("", "NOASSERTION", "NONE"):
        return ""
    slug = _SLUG.sub("-", name.removeprefix("LicenseRef-"))[:100].strip("-.")
    return f"LicenseRef-{slug or 'unnamed'}"


def distro_of(name: str, version: str, codename: str = "", pretty: str = "") -> Distro:
    """The distribution of an operating-system component, in the words of os-release."""
    identity = name.strip().lower()
    if identity == "none":  # Trivy's word for an image whose distribution it did not find
        return Distro("")
    identity = _TRIVY.get(identity, identity).replace(" ", "-")
    if identity == "amzn":
        version = version.split(" ", maxsplit=1)[0]
    if version and not version[:1].isdigit() and not codename:
        version, codename = "", version
    return Distro(identity, version, codename, pretty)


def image_digest(value: str) -> str:
    """A digest anywhere a tool may put one ("repo@sha256:…", "sha256:…"); "" for anything else."""
    found = value.rpartition("@")[2]
    return found if _DIGEST.fullmatch(found) else ""


def platform_of(value: str) -> Platform | None:
    """`os/architecture[/variant]` or an architecture alone."""
    parts = [part for part in value.split("/") if part]
    if not parts or len(parts) > 3 or len(value) > 64:
        return None
    return Platform(*parts) if len(parts) > 1 else Platform("linux", parts[0])


def is_package(purl: str) -> bool:
    """Whether a package URL names something that is installed, not an image or a repository."""
    kind = purl.partition("/")[0].rpartition(":")[2].lower()
    return bool(kind) and kind not in IMAGES and kind not in _NO_PACKAGES


def subject_from_purl(written: str) -> tuple[str, Platform | None]:
    """(digest, platform) of an image's package URL; ("", None) where it is another's or broken."""
    try:
        purl = parse_purl(written)
    except ValueError:
        return "", None
    if purl.type not in IMAGES:
        return "", None
    said = dict(purl.qualifiers)
    digest = image_digest(purl.version) or image_digest(said.get("digest", ""))
    return digest, platform_of(text(said.get("platform")) or text(said.get("arch")))


def image_name(purl: Purl) -> str:
    """How people call the image a package URL names: repository and tag."""
    said = dict(purl.qualifiers)
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    tag = said.get("tag") or ("" if image_digest(purl.version) else purl.version)
    name = said.get("repository_url") or name
    return f"{name}:{tag}" if tag else name


def renamed(subject: Subject, name: str) -> str:
    """The name of a subject, or where the document lies when it gives none."""
    return subject.name or name
