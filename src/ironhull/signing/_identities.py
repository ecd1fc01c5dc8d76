"""Whose certificate it is (sigstore/fulcio docs/oid-info.md), and whether that is who may sign."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ironhull.signing import _crypto
from ironhull.signing._nouns import Identity, Trust, signature_error

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["IdentityPolicy", "need_identities"]


def need_identities(trust: Trust, where: str) -> None:
    """That somebody's certificates are trusted, and by whom; raises SignatureError (identity)."""
    if not trust.identities:
        raise signature_error(
            "identity",
            f"{where}: signed with a certificate, and no identity is trusted",
            "name one with --certificate-identity and --certificate-oidc-issuer, or give its key",
        )
    if not trust.roots:
        raise signature_error(
            "identity",
            f"{where}: signed with a certificate, and there are no roots to trust",
            "give --trusted-root FILE, a Sigstore trusted_root.json",
        )


class IdentityPolicy:
    """Which certificates are trusted, in the shape the library calls; `found` whose one was."""

    def __init__(self, identities: tuple[Identity, ...]) -> None:
        self._identities = identities
        self.found = ""

    def verify(self, certificate: Certificate) -> None:
        """Raises SignatureError (identity) where it is nobody's that is trusted."""
        subjects, issuer = _names(certificate)
        for wanted in self._identities:
            for subject in subjects:
                if issuer == wanted.issuer and _is(subject, wanted):
                    self.found = f"{subject} ({issuer})"
                    return
        raise signature_error(
            "identity",
            f"the certificate is of {', '.join(subjects) or 'nobody'} as {issuer or 'no issuer'}"
            f" vouches, and trusted are {', '.join(_told(item) for item in self._identities)}",
        )


def _is(subject: str, wanted: Identity) -> bool:
    if wanted.pattern:
        return re.fullmatch(wanted.subject, subject) is not None
    return subject == wanted.subject


def _told(wanted: Identity) -> str:
    return f"{wanted.subject} ({wanted.issuer})"


_ISSUER_V2 = "1.3.6.1.4.1.57264.1.8"  # sigstore/fulcio docs/oid-info.md: UTF8String
_ISSUER_V1 = "1.3.6.1.4.1.57264.1.1"  # the text itself


def _names(certificate: Certificate) -> tuple[tuple[str, ...], str]:
    """The subjects (addresses, URLs, other names) and the issuer a certificate tells."""
    x509 = _crypto.needed("cryptography.x509")
    subjects: list[str] = []
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.SubjectAlternativeName):
            subjects += value.get_values_for_type(x509.RFC822Name)
            subjects += value.get_values_for_type(x509.UniformResourceIdentifier)
            subjects += [
                item.value[2:].decode("utf-8", "replace")
                for item in value.get_values_for_type(x509.OtherName)
                if item.type_id.dotted_string == "1.3.6.1.4.1.57264.1.7"
                and len(item.value) == item.value[1] + 2
            ]
    return tuple(subjects), _issuer(certificate)


def _issuer(certificate: Certificate) -> str:
    x509 = _crypto.needed("cryptography.x509")
    for oid, begin in ((_ISSUER_V2, True), (_ISSUER_V1, False)):
        try:
            found = certificate.extensions.get_extension_for_oid(x509.ObjectIdentifier(oid))
        except x509.ExtensionNotFound:
            continue
        assert isinstance(found.value, x509.UnrecognizedExtension)
        raw = bytes(found.value.value)
        if begin and (len(raw) < 2 or raw[0] != 0x0C or raw[1] != len(raw) - 2):
            return ""
        return (raw[2:] if begin else raw).decode("utf-8", "replace")
    return ""
