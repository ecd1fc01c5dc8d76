"""The keystore with which Java trusts certificates, as ca-certificates-java makes it with keytool.

A Java KeyStore (JKS) of trusted certificates alone: big-endian 0xFEEDFEED, version 2, the count;
per entry tag 2, alias, milliseconds since 1970, "X.509", the DER of the certificate; at the end
SHA-1 over the password in UTF-16, the words "Mighty Aphrodite" and all that went before (OpenJDK,
sun.security.provider.JavaKeyStore, engineStore).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping

from ironhull.builders.debian_base.certificates import trusted_certificates
from ironhull.builders.debian_base.rootfs import Rootfs

__all__ = ["PASSWORD", "jks", "write_keystore"]

PASSWORD = "changeit"  # noqa: S105 - Java's own default, known to everybody: it keeps nothing secret
_PACKAGE = "usr/share/ca-certificates-java"
_TARGET = "etc/ssl/certs/java/cacerts"
_TRUSTED = 2


def write_keystore(root: Rootfs) -> int:
    """Write what a JRE's lib/security/cacerts leads to, where ca-certificates-java is in the image.

    Gives the number of certificates in it. Aliases are those of that package: debian:NAME.pem.
    """
    if root.find(_PACKAGE) is None:
        return 0
    entries = {}
    for name, pem in trusted_certificates(root):
        try:
            body = pem.split(b"-----BEGIN CERTIFICATE-----", 1)[1].split(b"-----END", 1)[0]
            entries[f"debian:{name}.pem".lower()] = base64.b64decode(body)
        except (IndexError, binascii.Error):
            continue  # update-ca-certificates takes whatever is there; keytool would refuse it too
    root.write(_TARGET, jks(entries, root.epoch * 1000))
    return len(entries)


def jks(certificates: Mapping[str, bytes], moment: int) -> bytes:
    """A JKS of trusted `certificates` (DER by alias), each added at `moment` (ms since 1970)."""
    parts = [struct.pack(">III", 0xFEEDFEED, 2, len(certificates))]
    for alias, der in sorted(certificates.items()):
        parts += [struct.pack(">I", _TRUSTED), _utf(alias), struct.pack(">q", moment)]
        parts += [_utf("X.509"), struct.pack(">I", len(der)), der]
    data = b"".join(parts)
    check = hashlib.sha1(usedforsecurity=False)
    for part in (PASSWORD.encode("utf-16-be"), b"Mighty Aphrodite", data):
        check.update(part)
    return data + check.digest()


def _utf(text: str) -> bytes:
    """A string as DataOutput.writeUTF writes it; names of files have no NUL in them."""
    data = text.encode("utf-8")
    return struct.pack(">H", len(data)) + data
