"""Bundles of policies on the command line: read for a run, published, pulled."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._context import Context
from ironhull.errors import UsageError
from ironhull.judging.bundles import Bundle, keep_place, open_bundle, publish_bundle

if TYPE_CHECKING:
    from ironhull.policy import Policy
    from ironhull.signing import Trust

__all__ = ["publish", "pull", "read_bundle"]


def read_bundle(text: str, keys: Sequence[str], context: Context) -> Iterator[Policy]:
    """The policies of a bundle; what `open_bundle` raises."""
    trust = _trust(keys, context)
    bundle = open_bundle(text, context.settings, trust, context.progress)
    _depend(text, bundle, trust, context)
    yield from _policies(bundle)


def publish(args: argparse.Namespace, policies: Sequence[Policy], context: Context) -> int:
    """Put policies into a bundle; prints NAME@DIGEST and what is in it."""
    from ironhull.commands._policies import listed
    from ironhull.formats.policy_list import list_text
    from ironhull.oci.names import Reference, split_scheme

    dest = _one(args, "publish")
    scheme, rest = split_scheme(dest)
    if scheme not in ("image", "registry", "oci-dir"):
        raise UsageError(f"{dest}: bundles go to registries and oci-dir://", "name a registry")
    if scheme != "oci-dir" and Reference.parse(rest).digest:
        raise UsageError(f"{dest}: a digest cannot be chosen", "give a tag")
    key = None
    if args.key:
        from ironhull.commands._keys import load_key

        key = load_key(args.key)
    modules = [(_file(policy), policy.metadata.name, policy.source) for policy in policies]
    digest = publish_bundle(
        modules, dest, context.settings, key, context.progress, plain_http=args.plain_http
    )
    name = rest if scheme == "oci-dir" else Reference.parse(rest).familiar
    context.print(list_text(listed(policies)))
    context.print(f"{name}@{digest}\n")
    return 0


def pull(args: argparse.Namespace, context: Context) -> int:
    """Fetch a bundle, to be used offline; prints NAME@DIGEST and what is in it."""
    from ironhull.commands._policies import listed
    from ironhull.formats.policy_list import list_text
    from ironhull.values import replace

    text = _one(args, "pull")
    trust = _trust(args.policy_key, context)
    bundle = open_bundle(
        text, context.settings, trust, context.progress, plain_http=args.plain_http
    )
    policies = tuple(_policies(bundle))
    for signer in bundle.signers:
        context.note(f"signed by {signer}")
    inside = len(policies[0].where) - len(bundle.modules[0][0])
    shown = [replace(policy, where=policy.where[inside:]) for policy in policies]
    context.print(list_text(listed(shown)))
    if bundle.digest:
        context.print(f"\n{bundle.name.partition('@')[0]}@{bundle.digest}\n")
    return 0


def _one(args: argparse.Namespace, word: str) -> str:
    if len(args.paths) != 1:
        raise UsageError(f"policy {word}: one REFERENCE", f"ironhull policy {word} NAME:TAG")
    return str(args.paths[0])


def _trust(keys: Sequence[str], context: Context) -> Trust | None:
    """Who has to have signed a bundle; None where nobody has to."""
    given = context.settings.trust
    if not keys and not given.require:
        return None
    from ironhull.config import TrustedKey
    from ironhull.pipeline import now
    from ironhull.signatures import read_trust
    from ironhull.values import replace

    if keys:
        given = replace(given, keys=tuple(map(TrustedKey, keys)), identities=())
    return read_trust(given, now=now())


def _policies(bundle: Bundle) -> Iterator[Policy]:
    from ironhull.policy import read_policy

    where = bundle.name if bundle.pinned or not bundle.digest else f"{bundle.name}@{bundle.digest}"
    for name, source in bundle.modules:
        yield read_policy(source, f"{where}/{name}")


def _file(policy: Policy) -> str:
    """The name of a policy's file, or one made of its name."""
    last = Path(policy.where.rpartition(":")[2]).name
    return last if last.endswith(".rego") else f"{policy.metadata.name}.rego"


def _depend(text: str, bundle: Bundle, trust: Trust | None, context: Context) -> None:
    """A tarball is a file, what is pinned cannot change; of others files do not tell."""
    from ironhull.store.answer_cache import Input

    if trust is None and bundle.pinned:
        context.depends_on([Input("text", f"{keep_place(context.settings)}/index.json")])
    elif trust is None and not bundle.digest:
        context.depends_on([Input("file", text)])
    else:
        context.depends_on(None)
