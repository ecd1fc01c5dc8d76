"""Policies on the command line, the same for every command that shows their status."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._context import Context
from ironhull.errors import StoreError
from ironhull.limits import LIMITS

if TYPE_CHECKING:
    from ironhull.model import Report
    from ironhull.pipeline import Opened
    from ironhull.policy import Policy, PolicyConfig

__all__ = ["add_policy_arguments", "configuration", "judged", "policies_of", "policy_inputs"]


def add_policy_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where policies are from, their configuration and which of them count."""
    group = parser.add_argument_group("policies", "default: the ten that come with Ironhull")
    add = group.add_argument
    for kind, what in (("file", "a Rego module"), ("dir", "a directory of Rego modules")):
        add(
            f"--policy-{kind}",
            action="append",
            default=[],
            metavar=kind.upper(),
            help=f"{what} instead of the policies that come with Ironhull; repeat for several",
        )
    add("--builtin", action="store_true", help="the policies that come with Ironhull, too")
    add(
        "--profile",
        default="",
        metavar="NAME",
        help="which of the policies that come with Ironhull: lab (default), cis, strict",
    )
    add("--policy-config", metavar="FILE", default="", help="their configuration, JSON")
    add(
        "--only-policy",
        action="append",
        default=[],
        metavar="LIST",
        help="only policies of these names or titles; repeat or separate with commas",
    )


def configuration(args: argparse.Namespace) -> PolicyConfig:
    """What `--policy-config` names; raises StoreError, ConfigError."""
    from ironhull.policy import PolicyConfig, read_config

    if not args.policy_config:
        return PolicyConfig()
    path = Path(args.policy_config)
    try:
        with path.open("rb") as stream:
            data = stream.read(LIMITS.definition_bytes + 1)
    except OSError as trouble:
        raise StoreError(f"{path}: cannot be read: {trouble.strerror}") from None
    return read_config(data, str(path))


def policies_of(args: argparse.Namespace) -> tuple[Policy, ...]:
    """The policies the options ask for, configured; raises PolicyError, ConfigError, StoreError."""
    from ironhull.policy import builtin_policies, chosen, configured, policies_in

    found = [policy for place in _places(args) for policy in policies_in(place)]
    if not found or args.builtin or args.profile:
        found += builtin_policies(args.profile or "lab")
    names = [name.strip() for text in args.only_policy for name in text.split(",")]
    return chosen(configured(found, configuration(args)), [name for name in names if name])


def policy_inputs(args: argparse.Namespace) -> tuple[Path, ...]:
    """The files that decide, besides the image, what policies say."""
    files = [path for place in _places(args) for path in _below(place)]
    return (*files, *((Path(args.policy_config),) if args.policy_config else ()))


def _below(place: Path) -> list[Path]:
    return sorted(place.rglob("*.rego")) if place.is_dir() else [place]


def _places(args: argparse.Namespace) -> list[Path]:
    return [Path(text) for text in (*args.policy_file, *args.policy_dir)]


def judged(found: Opened, report: Report, args: argparse.Namespace, context: Context) -> Report:
    """`report` with what the policies of the options say."""
    from ironhull.judging import judge_image
    from ironhull.values import replace

    policies = policies_of(args)
    made = judge_image(found, report, context.settings, policies)
    if configuration(args).debug:
        return made
    return replace(made, verdicts=tuple(replace(v, prints=()) for v in made.verdicts))
