"""`ironhull key`: make a key to sign with, and show the public half of one."""

from __future__ import annotations

import argparse
from pathlib import Path

from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = "Make keys to sign images and attestations with, in the format of cosign."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add `generate` and `public`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="generate|public")
    generate = actions.add_parser(
        "generate",
        help="make a new key",
        description="Make an ECDSA P-256 key: PREFIX.key, protected by a password (COSIGN_PASSWORD,"
        " or typed), and PREFIX.pub for everybody. cosign reads both.",
    )
    generate.add_argument(
        "-o", "--output", default="ironhull", metavar="PREFIX", help="default: ironhull"
    )
    generate.add_argument(
        "--no-password", action="store_true", help="write the key as plain PKCS #8"
    )
    public = actions.add_parser(
        "public",
        help="print the public half of a key",
        description="Print the public half of a private key as PEM; its kind and ID go to stderr.",
    )
    public.add_argument("key", metavar="FILE", help="a private key (PEM), of cosign's format too")


def run(args: argparse.Namespace, context: Context) -> int:
    """Make or show a key; 0."""
    return _generate(args, context) if args.action == "generate" else _public(args, context)


def _generate(args: argparse.Namespace, context: Context) -> int:
    from ironhull.commands._keys import new_password, write_new
    from ironhull.signing import generate_key, write_private_key, write_public_key

    private, public = Path(f"{args.output}.key"), Path(f"{args.output}.pub")
    key = generate_key()  # says what is not installed before anybody types a password
    password = None if args.no_password else new_password()
    secret = write_private_key(key, password or None)
    write_new(private, secret, mode=0o600)
    try:
        write_new(public, write_public_key(key.public), mode=0o644)
    except BaseException:
        private.unlink(missing_ok=True)  # half a pair is of no use
        raise
    if not password:
        context.note(f"note: {private} is not protected by a password")
    context.note(f"{key.public.kind}, ID sha256:{key.public.id}")
    context.print(f"{private}\n{public}\n")
    return 0


def _public(args: argparse.Namespace, context: Context) -> int:
    from ironhull.commands._keys import load_key
    from ironhull.signing import write_public_key

    key = load_key(args.key).public
    context.note(f"{key.kind}, ID sha256:{key.id}")
    context.print(write_public_key(key))
    return 0
