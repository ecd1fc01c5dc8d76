"""Options that say whose signatures count, for every command that verifies."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ironhull.config import Settings, TrustedKey, TrustSettings
from ironhull.errors import UsageError
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.signing import Check, Trust

__all__ = ["add_trust_arguments", "check_lines", "checks_json", "trust_of"]


def add_trust_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --key, --certificate-…, --trusted-root, --log-key and --require-log."""
    group = parser.add_argument_group(
        "whose signatures count", "instead of those of [trust] in the settings"
    )
    group.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="FILE",
        help="public key or certificate (PEM) that has to have signed; repeat: one of them",
    )
    who = group.add_mutually_exclusive_group()
    who.add_argument(
        "--certificate-identity",
        default="",
        metavar="NAME",
        help="the address or URL in a certificate of Fulcio's that counts",
    )
    who.add_argument(
        "--certificate-identity-regexp",
        default="",
        metavar="REGEXP",
        help="the same as a regular expression that has to match the whole of it",
    )
    group.add_argument(
        "--certificate-oidc-issuer",
        default="",
        metavar="URL",
        help="who has to have vouched for that identity",
    )
    group.add_argument(
        "--trusted-root",
        default="",
        metavar="FILE",
        help="Sigstore trusted root (JSON): authorities and logs; nothing is downloaded",
    )
    group.add_argument(
        "--log-key",
        action="append",
        default=[],
        metavar="FILE",
        help="key (PEM) of a transparency log whose entries are checked; repeat for several",
    )
    group.add_argument(
        "--require-log",
        action="store_true",
        help="refuse signatures that no trusted log shows",
    )


def trust_of(args: argparse.Namespace, settings: Settings) -> Trust:
    """Who is trusted: the options, what they leave out from the settings.

    A key or identity on the command line is trusted alone. Raises UsageError, SignatureError.
    """
    from ironhull.pipeline import now
    from ironhull.signatures import read_trust

    return read_trust(_merged(args, settings.trust), now=now())


def _merged(args: argparse.Namespace, given: TrustSettings) -> TrustSettings:
    name = args.certificate_identity or args.certificate_identity_regexp
    if bool(name) != bool(args.certificate_oidc_issuer):
        raise UsageError(
            "an identity counts together with who vouches for it",
            "give --certificate-identity and --certificate-oidc-issuer",
        )
    if args.certificate_identity_regexp:
        _check_pattern(args.certificate_identity_regexp)
    if args.key or name:
        identity = (name, args.certificate_oidc_issuer, bool(args.certificate_identity_regexp))
        given = replace(
            given,
            keys=tuple(TrustedKey(file) for file in args.key),
            identities=(identity,) if name else (),
        )
    return replace(
        given,
        logs=tuple(args.log_key) or given.logs,
        roots=args.trusted_root or given.roots,
        require_log=args.require_log or given.require_log,
    )


def _check_pattern(text: str) -> None:
    import re

    try:
        re.compile(text)
    except re.error as trouble:
        raise UsageError(f"--certificate-identity-regexp {text[:60]!r}: {trouble}", "") from None


def check_lines(checks: tuple[Check, ...], indent: str) -> list[str]:
    """What was checked and what was not, a line each."""
    width = max((len(check.what) for check in checks), default=0)
    return [
        f"{indent}{'checked' if check.done else 'not checked':<11}"
        f"  {check.what:<{width}}  {check.detail}"
        for check in checks
    ]


def checks_json(checks: tuple[Check, ...]) -> list[dict[str, object]]:
    """The same for documents."""
    return [{"what": c.what, "checked": c.done, "detail": c.detail} for c in checks]
