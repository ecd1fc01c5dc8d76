"""What the SBOM formats share: JSON bytes, identifiers, the purl of an image, licence names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from json import dumps
from json.encoder import encode_basestring as _text

from ironhull import __version__
from ironhull.lazy import regex
from ironhull.model import Package, Sbom, Subject
from ironhull.model._purl import percent_encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TOOL = "ironhull"
_MANY_ROWS = 1500
_WORTH_MSGSPEC = 4000  # rows of a document: the import takes as long as writing them
_NAMESPACE = bytes.fromhex("ce553d4983bc5a15ae30f2de45a8e0a9")
"""The UUID (version 5) of the domain name ironhull.spdx.invalid."""

_NOT_SLUG = regex(r"[^A-Za-z0-9.]+")
_IDENTIFIER = regex(r"[A-Za-z0-9.-]+\+?")
_WEB = regex(r"(?:https?|ftp)://[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#][^\s<>\"{}|\\^`]*)?", re.ASCII)
_REFERENCE = regex(r"LicenseRef-[A-Za-z0-9.-]+")


def piece(value: Mapping[str, Any]) -> Any:
    """`value` as JSON already, to stand in a document that `dump_pieces` writes.

    A tenth of what the value takes: large lists are made of pieces.
    """
    import msgspec

    return msgspec.Raw(_fast(value))


def dump_pieces(document: Mapping[str, Any], size: int) -> bytes:
    """The JSON of a document with `size` pieces in it: indented as by `dump` where that is few."""
    import msgspec

    data = _fast(document)
    return (msgspec.json.format(data, indent=2) if size < _MANY_ROWS else data) + b"\n"


def _fast(value: Mapping[str, Any]) -> bytes:
    import msgspec

    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_encodable(value))


def dump(document: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON, two spaces deep, keys in the order given, a newline at the end.

    What UTF-8 cannot hold (bytes of a file name, halves of surrogate pairs) is written as the text
    of its escape, as in `json_report`.
    """
    try:
        return _encoded(document)
    except UnicodeEncodeError:
        return _encoded(_encodable(document))


def _encoded(document: Mapping[str, Any]) -> bytes:
    """Small documents are written before msgspec, which is five times as fast, is imported."""
    if sum(len(rows) for rows in document.values() if isinstance(rows, list)) < _WORTH_MSGSPEC:
        pieces: list[str] = []
        _write(document, "\n", pieces.append)
        return "".join((*pieces, "\n")).encode()
    import msgspec

    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _write(value: Any, line: str, add: Callable[[str], None]) -> None:
    """Add, in pieces, what `json.dumps(value, ensure_ascii=False, indent=2)` writes.

    `line` begins a line as deep as `value`.
    """
    kind = type(value)
    deeper = f"{line}  "
    if kind is str:
        add(_text(value))
    elif kind is dict or isinstance(value, Mapping):
        start = f"{{{deeper}"
        for key, item in value.items():
            if type(item) is str:
                add(f"{start}{_text(key)}: {_text(item)}")
            else:
                add(f"{start}{_text(key)}: ")
                _write(item, deeper, add)
            start = f",{deeper}"
        add(f"{line}}}" if value else "{}")
    elif kind is list or isinstance(value, list | tuple):
        start = f"[{deeper}"
        for item in value:
            add(start)
            _write(item, deeper, add)
            start = f",{deeper}"
        add(f"{line}]" if value else "[]")
    else:
        add(dumps(value))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value


_HEX = regex("[0-9a-f]+")
_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}


def hashes(digests: Iterable[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, hexadecimal digits) of each `algorithm:digits` that is one; `names` by algorithm."""
    pairs = (digest.partition(":")[::2] for digest in digests)
    return [
        (names[algorithm], value)
        for algorithm, value in pairs
        if algorithm in names and len(value) == _DIGITS[algorithm] and _HEX.fullmatch(value)
    ]


def present(**fields: Any) -> dict[str, Any]:
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value or value == 0}


def document_uuid(sbom: Sbom, kind: str, created: str, purls: Sequence[str] | None = None) -> str:
    """A UUID that is the same for the same document of the same image (RFC 9562, version 5).

    `purls` are those of the packages, where they are known already.
    """
    hasher = hashlib.sha256()
    for part in (kind, __version__, created, identity(sbom.subject), sbom.subject.name):
        hasher.update(part.encode("utf-8", "backslashreplace") + b"\0")
    for package, purl in _with_purls(sbom.packages, purls):
        hasher.update(f"{purl}\0{package.owned_by}\0".encode())
    return uuid_of(hasher.hexdigest())


def uuid_of(name: str) -> str:
    """`uuid.uuid5(_NAMESPACE, name)`; that module looks at the platform when it is imported."""
    digits = bytearray(
        hashlib.sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16]
    )
    digits[6] = digits[6] & 0x0F | 0x50
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def identity(subject: Subject) -> str:
    """The digest that names the subject: of its manifest, else of its config, else its name."""
    return subject.digest or subject.id or subject.name


def slug(text: str) -> str:
    """Letters, digits, dots and dashes only; never empty."""
    return _NOT_SLUG.sub("-", text).strip("-.") or "unnamed"


def _with_purls(
    packages: Sequence[Package], purls: Sequence[str] | None
) -> Iterable[tuple[Package, str]]:
    return zip(packages, purls or [package.purl for package in packages], strict=True)


def package_ids(packages: Sequence[Package], purls: Sequence[str] | None = None) -> dict[int, str]:
    """A readable identifier for every package by position, unique within the document."""
    found: dict[int, str] = {}
    seen: dict[str, int] = {}
    for position, (package, purl) in enumerate(_with_purls(packages, purls)):
        digest = hashlib.sha256(f"{purl}\0{package.owned_by}".encode()).hexdigest()[:16]
        base = f"{package.ecosystem}-{slug(package.name)}-{digest}"
        seen[base] = seen.get(base, 0) + 1
        found[position] = base if seen[base] == 1 else f"{base}-{seen[base]}"
    return found


def by_purl(
    packages: Sequence[Package], ids: Mapping[int, str], purls: Sequence[str] | None = None
) -> dict[str, str]:
    """From purl to identifier; of several packages with one purl, the counted one."""
    found: dict[str, str] = {}
    rows = [*enumerate(_with_purls(packages, purls))]
    for owned in (False, True):
        for position, (package, purl) in rows:
            if bool(package.owned_by) is owned:
                found.setdefault(purl, ids[position])
    return found


def subject_purl(subject: Subject) -> str:
    """The purl of an image (purl-spec, type `oci`); "" for what has no digest.

    `pkg:oci/<last part of the repository>@<digest>?arch=…&repository_url=…&tag=…`
    """
    if subject.kind != "image" or not subject.digest:
        return ""
    repository, tag = _split_name(subject.name)
    name = repository.rsplit("/", 1)[-1] or "image"
    qualifiers = {}
    if subject.platform is not None:
        qualifiers["arch"] = subject.platform.architecture
    if "/" in repository:
        qualifiers["repository_url"] = repository
    if tag:
        qualifiers["tag"] = tag
    tail = "&".join(f"{k}={percent_encoded(v, ':/')}" for k, v in qualifiers.items() if v)
    base = f"pkg:oci/{percent_encoded(name.lower())}@{percent_encoded(subject.digest)}"
    return f"{base}?{tail}" if tail else base


def _split_name(name: str) -> tuple[str, str]:
    name = name.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        return head, tag
    return name, ""


def licence_expression(licenses: Iterable[str]) -> str:
    """One SPDX expression that says all of `licenses` apply; "" for none."""
    parts = list(dict.fromkeys(licenses))
    if len(parts) == 1:
        return parts[0]
    return " AND ".join(f"({part})" if " OR " in part else part for part in parts)


def licence_references(licenses: Iterable[str]) -> list[str]:
    """The `LicenseRef-…` names in expressions, sorted."""
    return sorted({name for text in licenses for name in _REFERENCE.findall(text)})


def is_single(licence: str) -> bool:
    """Whether an expression is one identifier or reference, without operators."""
    return _IDENTIFIER.fullmatch(licence) is not None


def web_address(text: str) -> str:
    """`text` where it is the address of a web page, else "": no other scheme gets into a link."""
    return text if _WEB.fullmatch(text) and text.isprintable() else ""
