"""Policies on the command line, the same for every command that shows their status."""

from __future__ import annotations

from pathlib import Path

from ironhull.commands._context import Context
from ironhull.errors import ConfigError, PolicyError, StoreError, UsageError
from ironhull.lazy import contextmanager
from ironhull.limits import LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from ironhull.formats.policy_list import Listed
    from ironhull.model import Report
    from ironhull.pipeline import Opened
    from ironhull.policy import Policy, PolicyConfig
    from ironhull.store.answer_cache import Input

__all__ = ["add_policy_arguments", "judged", "judging", "listed", "policies_of", "read_secrets"]

_CLOCK = ("time.now_ns", "support")
"""What tells of the day it is: the clock, and the days until support ends."""

_CHANCE = ("rand.", "uuid.", "opa.runtime")
"""Functions whose answers no file decides."""


def add_policy_arguments(parser: argparse.ArgumentParser, *, hiding: bool = True) -> None:
    """Add where policies are from, their configuration and which of them count.

    With `hiding` also `--hide-policies`; a command without it always judges.
    """
    group = parser.add_argument_group("policies", "default: the ten that come with Ironhull")
    add = group.add_argument
    sources = (
        ("file", "FILE|URL", "a Rego module"),
        ("dir", "DIR", "a directory of Rego modules"),
        ("bundle", "REF", "a bundle in a registry, oci-dir://PATH, or a tarball of OPA's"),
    )
    for kind, metavar, what in sources:
        add(
            f"--policy-{kind}",
            action="append",
            default=[],
            metavar=metavar,
            help=f"{what} instead of the policies that come with Ironhull; repeat for several",
        )
    add(
        "--policy-key",
        action="append",
        default=[],
        metavar="FILE",
        help="public key (PEM) that has to have signed every bundle; repeat: one of them",
    )
    add("--builtin", action="store_true", help="the policies that come with Ironhull, too")
    add(
        "--profile",
        default="",
        metavar="NAME",
        help="which of the policies that come with Ironhull: lab (default), cis, strict",
    )
    add("--policy-config", metavar="FILE|URL", default="", help="their configuration, JSON")
    add(
        "--only-policy",
        action="append",
        default=[],
        metavar="LIST",
        help="only policies of these names or titles; repeat or separate with commas",
    )
    if hiding:
        add("--hide-policies", action="store_true", help="do not evaluate policies")
    parser.set_defaults(policies_wanted=not hiding, **({} if hiding else {"hide_policies": False}))


def _is_address(text: str) -> bool:
    """Whether `text` is to be fetched rather than read."""
    return text.startswith(("https://", "http://"))


# ── which ────────────────────────────────────────────────────────────────────────────────────────


def configuration(args: argparse.Namespace, context: Context) -> PolicyConfig:
    """What `--policy-config` names, read once a run; raises ConfigError and its kin."""
    known: PolicyConfig | None = getattr(args, "policy_configuration", None)
    if known is None:
        from ironhull.policy import PolicyConfig, read_config

        where = args.policy_config
        known = read_config(_bytes(where, context), where) if where else PolicyConfig()
        args.policy_configuration = known
    return known


def policies_of(args: argparse.Namespace, context: Context) -> tuple[Policy, ...]:
    """The policies the options ask for, configured, read once a run.

    Raises PolicyError, ConfigError, StoreError; for bundles and addresses also TransportError,
    SignatureError.
    """
    known: tuple[Policy, ...] | None = getattr(args, "policies", None)
    if known is None:
        known = args.policies = _read(args, context)
    return known


def _read(args: argparse.Namespace, context: Context) -> tuple[Policy, ...]:
    from ironhull.policy import builtin_policies, chosen, configured

    config = configuration(args, context)
    found = list(_given(args, config, context))
    if not found or args.builtin or args.profile:
        names = {policy.metadata.name for policy in found}
        ours = builtin_policies(args.profile or "lab")
        found += [policy for policy in ours if policy.metadata.name not in names]
        for policy in ours:
            if policy.metadata.name in names:
                context.note(f"policy {policy.metadata.name} is the one given, not the built-in")
    names_asked = [name.strip() for text in args.only_policy for name in text.split(",")]
    return chosen(configured(found, config), [name for name in names_asked if name])


def _given(args: argparse.Namespace, config: PolicyConfig, context: Context) -> Iterator[Policy]:
    """The policies of files, directories, addresses and bundles."""
    from ironhull.policy import policies_in, read_policy

    for text in args.policy_file:
        if _is_address(text):
            yield read_policy(_decoded(_bytes(text, context), text), text)
        else:
            yield from policies_in(Path(text))
    for text in args.policy_dir:
        if not Path(text).is_dir():
            raise PolicyError(f"{text}: not a directory", "name a module with --policy-file")
        yield from policies_in(Path(text))
    bundles = (*args.policy_bundle, *config.bundles)
    if args.policy_key and not bundles:
        raise UsageError("--policy-key is about bundles, and none is named", "name a bundle")
    if bundles:
        from ironhull.commands._policy_bundles import read_bundle

        for text in dict.fromkeys(bundles):
            yield from read_bundle(text, args.policy_key, context)


def _bytes(where: str, context: Context) -> bytes:
    """A small file, or what an address gives."""
    if _is_address(where):
        from ironhull.pipeline import transport

        client = transport(context.settings, context.progress)
        return client.get(where, max_bytes=LIMITS.definition_bytes).data
    try:
        with Path(where).open("rb") as stream:
            return stream.read(LIMITS.definition_bytes + 1)
    except OSError as trouble:
        raise StoreError(f"{where}: cannot be read: {trouble.strerror}") from None
    except ValueError:  # a NUL in it
        raise ConfigError(f"{where!r} is no path") from None


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as trouble:
        raise PolicyError(f"{where}: not UTF-8 (byte {trouble.start})") from None


# ── judging ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def judging(args: argparse.Namespace, context: Context) -> Iterator[tuple[Policy, ...]]:
    """The policies this run evaluates, the engine starting meanwhile.

    None for commands without options for them. Raises what `policies_of` does.
    """
    policies = () if getattr(args, "hide_policies", True) else _available(args, context)
    if not policies:
        yield ()
        return
    from ironhull.rego import starting

    with starting():
        yield policies


def _available(args: argparse.Namespace, context: Context) -> tuple[Policy, ...]:
    """Where nothing was asked for and the engine is not installed, that is a note."""
    from ironhull.rego import available

    if available() or _asked_for(args):
        return policies_of(args, context)
    context.note(
        "note: policies are not evaluated: the Rego engine is not installed"
        " (pip install 'ironhull[policy]')"
    )
    args.hide_policies = True
    return ()


def read_secrets(policies: Iterable[Policy]) -> bool:
    """Whether one of `policies` asks for secrets."""
    return any("secrets" in policy.source for policy in policies)


def judged(
    found: Opened,
    report: Report,
    policies: Sequence[Policy],
    args: argparse.Namespace,
    context: Context,
) -> Report:
    """`report` with what `policies`, those of `judging`, say; as it is without any."""
    if not policies:
        return report
    from ironhull.inspecting import image_facts
    from ironhull.judging import Facts, judge_image
    from ironhull.values import replace

    context.depends_on(_inputs(args, policies, context))
    sources = [policy.source for policy in policies]
    more, problems = image_facts(found, report, context.settings, sources)
    facts = Facts(_secrets(report), more)
    made = judge_image(
        found, report, context.settings, policies, facts, asks=lambda: context.depends_on(None)
    )
    made = replace(made, problems=(*made.problems, *problems))
    if configuration(args, context).debug:
        return made
    return replace(made, verdicts=tuple(replace(v, prints=()) for v in made.verdicts))


def _secrets(report: Report) -> list[dict[str, Any]] | None:
    """What policies see of the secrets that nothing hides; None where nobody searched."""
    if report.secrets is None:
        return None
    from ironhull.searching import policy_rows

    return policy_rows(found for found in report.secrets if found.ignored is None)


def _asked_for(args: argparse.Namespace) -> bool:
    """Whether any option asks for policies."""
    given = (args.policy_file, args.policy_dir, args.policy_bundle, args.policy_config)
    return any((*given, args.only_policy, args.builtin, args.profile, args.policies_wanted))


def _inputs(
    args: argparse.Namespace, policies: Iterable[Policy], context: Context
) -> list[Input] | None:
    """What decides the verdicts beside the image; None where files do not tell."""
    from ironhull.store.answer_cache import Input

    given = [*args.policy_file, args.policy_config]
    trust = context.settings.trust
    sources = [policy.source for policy in policies]
    by_chance = any(word in source for word in _CHANCE for source in sources)
    if by_chance or any(map(_is_address, given)) or trust.keys or trust.identities:
        return None
    found = [Input("file", text) for text in given if text]
    for text in args.policy_dir:
        root = Path(text)
        places = [root, *(path for path in root.rglob("*") if path.is_dir())]
        found += [Input("names", str(place)) for place in places]
    if any(word in source for word in _CLOCK for source in sources):
        found.append(Input("hour", ""))
    return found


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def listed(policies: Iterable[Policy]) -> list[Listed]:
    """What is told of policies, the heaviest first."""
    from ironhull.formats.policy_list import Listed
    from ironhull.policies import BUILTIN, PROFILES
    from ironhull.policy import settings_of

    profiles = {
        f"builtin:{row.file}.rego": tuple(
            name for name in PROFILES if name == "strict" or name in row.profiles
        )
        for row in BUILTIN
    }
    return [
        Listed(
            policy.metadata.name,
            policy.metadata.title,
            policy.metadata.failed_title,
            policy.metadata.description,
            policy.metadata.result_type,
            policy.weight,
            policy.where,
            profiles.get(policy.where, ()),
            settings_of(policy.source),
        )
        for policy in sorted(policies, key=lambda p: (-p.weight, p.metadata.title, p.metadata.name))
    ]
