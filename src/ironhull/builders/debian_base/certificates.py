"""etc/ssl/certs as update-ca-certificates(8) makes it, from the files of ca-certificates.

The bundle is every trusted certificate in the order of etc/ca-certificates.conf; beside it stand a
link NAME.pem per certificate and the links HASH.N by which OpenSSL finds an issuer in a directory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.errors import DefinitionError

__all__ = [
    "add_certificates",
    "link_name",
    "subject_hash",
    "trusted_certificates",
    "write_certificates",
]

_SOURCE = "usr/share/ca-certificates"
_OWN = "usr/local/share/ca-certificates"
_TARGET = "etc/ssl/certs"
_BUNDLE = f"{_TARGET}/ca-certificates.crt"
_PEM = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----\s(.*?)-----END", re.DOTALL)
_HEADER = (
    "# This file lists certificates that you wish to use or to ignore to be\n"
    "# installed in /etc/ssl/certs.\n"
    "# update-ca-certificates(8) will update /etc/ssl/certs by reading this file.\n"
)


def add_certificates(root: Rootfs, pem: bytes, name: str) -> int:
    """Add the certificates of `pem` that the packages do not bring; gives how many those are.

    They lie where update-ca-certificates(8) finds an administrator's own. Raises DefinitionError
    where `pem`, of the file `name`, holds none or a damaged one.
    """
    known = {_der_digest(root.read(path) or b"") for path in root.below(_SOURCE)}
    found = {}
    for match in _PEM.finditer(pem):
        text = (
            b"-----BEGIN CERTIFICATE-----\n" + match[1].strip() + b"\n-----END CERTIFICATE-----\n"
        )
        if not subject_hash(text):
            line = pem.count(b"\n", 0, match.start()) + 1
            raise DefinitionError(f"{name}:{line}: not a certificate", "give certificates as PEM")
        found[_der_digest(text)] = text
    if not found:
        raise DefinitionError(f"{name}: holds no certificate", "give certificates as PEM")
    new = sorted(found.keys() - known)
    for digest in new:
        root.write(f"{_OWN}/{digest[:16]}.crt", found[digest])
    return len(new)


def _der_digest(pem: bytes) -> str:
    match = _PEM.search(pem)
    try:
        der = base64.b64decode(match[1]) if match else b""
    except binascii.Error:
        der = b""
    return hashlib.sha256(der).hexdigest()


def write_certificates(root: Rootfs, *, links: bool) -> int:
    """Write the bundle; gives the number of certificates in it, 0 where there are none.

    `links` adds a link per certificate and etc/ca-certificates.conf, which update-ca-certificates
    goes by; they lead to the files of the package, so those have to stay. OpenSSL looks in
    /usr/lib/ssl unless told otherwise, so that leads there as well.
    """
    names = _paths(root)
    bundle = b""
    hashes: dict[str, int] = {}
    for path in names:
        pem = root.read(path) or b""
        bundle += pem if pem.endswith(b"\n") else pem + b"\n"
        if not links:
            continue
        link = f"{link_name(path)}.pem"
        root.symlink(f"{_TARGET}/{link}", f"/{path}")
        if found := subject_hash(pem):
            number = hashes[found] = hashes.get(found, -1) + 1
            root.symlink(f"{_TARGET}/{found}.{number}", link)
    if not names:
        return 0
    root.write(_BUNDLE, bundle)
    if links:
        _write_list(root, [path for path in names if path.startswith(_SOURCE)])
    if root.find("usr/lib/ssl/certs") is None:
        root.symlink("usr/lib/ssl/certs", "/etc/ssl/certs")
    if root.find("usr/lib/ssl/cert.pem") is None:
        root.symlink("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")
    return len(names)


def trusted_certificates(root: Rootfs) -> Iterator[tuple[str, bytes]]:
    """(name of its link without .pem, PEM) of each certificate that is trusted."""
    for path in _paths(root):
        yield link_name(path), root.read(path) or b""


def _paths(root: Rootfs) -> list[str]:
    return [
        path for place in (_SOURCE, _OWN) for path in root.below(place) if path.endswith(".crt")
    ]


def link_name(path: str) -> str:
    """What update-ca-certificates(8) calls the link to a certificate, without .pem."""
    name = path.rpartition("/")[2].removesuffix(".crt").replace(" ", "_")
    return name.replace("(", "=").replace(")", "=").replace(",", "_")


def _write_list(root: Rootfs, names: list[str]) -> None:
    listed = "".join(f"{path.removeprefix(_SOURCE + '/')}\n" for path in names)
    root.write("etc/ca-certificates.conf", _HEADER + listed)
    root.mkdir("usr/local/share/ca-certificates")


# ── OpenSSL's hash of a name ─────────────────────────────────────────────────────────────────────


def subject_hash(pem: bytes) -> str:
    """X509_NAME_hash of the subject of a PEM certificate as 8 hex digits; "" where it has none.

    SHA-1 over the RDNs in canonical form: strings as UTF-8, ASCII in lower case, white space at
    the ends gone and inside single (OpenSSL, crypto/x509/x_name.c, x509_name_canon).
    """
    match = _PEM.search(pem)
    if match is None:
        return ""
    try:
        subject = _subject(base64.b64decode(match[1]))
        canonical = b"".join(_canonical_rdn(rdn) for _, rdn in _items(subject))
    except (binascii.Error, IndexError, StopIteration, ValueError):
        return ""
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each DER element (X.690); ValueError where one does not fit."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            more = length & 0x7F
            length = int.from_bytes(data[at : at + more], "big")
            at += more
        if at + length > len(data):
            raise ValueError("a DER element is cut short")
        yield tag, data[at : at + length]
        at += length


def _subject(certificate: bytes) -> bytes:
    outer = next(_items(certificate))[1]
    fields = [item for item in _items(next(_items(outer))[1]) if item[0] != 0xA0]
    return fields[4][1]  # serial, algorithm, issuer, validity, subject (RFC 5280, 4.1)


def _canonical_rdn(rdn: bytes) -> bytes:
    return _der(0x31, b"".join(sorted(_canonical_pair(pair) for _, pair in _items(rdn))))


def _canonical_pair(pair: bytes) -> bytes:
    (oid_tag, oid), (tag, value) = list(_items(pair))[:2]
    codec = {
        0x0C: "utf-8",
        0x13: "ascii",
        0x14: "latin-1",
        0x16: "ascii",
        0x1A: "ascii",
        0x1C: "utf-32-be",
        0x1E: "utf-16-be",
    }.get(tag)
    if codec is None:
        return _der(0x30, _der(oid_tag, oid) + _der(tag, value))
    raw = value.decode(codec).encode()
    folded = re.sub(rb"[ \t\n\v\f\r]+", b" ", raw.strip(b" \t\n\v\f\r"))
    return _der(0x30, _der(oid_tag, oid) + _der(0x0C, folded.lower()))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
