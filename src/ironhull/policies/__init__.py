"""The policies that come with Ironhull: Rego modules beside this file, each with its tests.

A row names a module and the profiles it belongs to; the module's METADATA says all the rest.
`policy` evaluates them.
"""

from __future__ import annotations

from pathlib import Path

from ironhull.values import dataclass

__all__ = ["BUILTIN", "PROFILES", "BuiltinPolicy", "builtin_source", "builtin_tests"]

PROFILES = {
    "lab": "the ten policies of Docker's hardening lab; what is evaluated by default",
    "cis": "what the CIS Docker Benchmark, section 4, asks of images",
    "strict": "every policy there is",
}
"""Sets of policies by name, and what each is for."""


@dataclass(frozen=True, slots=True)
class BuiltinPolicy:
    """A module `<file>.rego` here, and the profiles it is in beside "strict"."""

    file: str
    profiles: tuple[str, ...] = ()


BUILTIN = (
    BuiltinPolicy("agpl_v3_licenses", ("lab",)),
    BuiltinPolicy("approved_base_images", ("lab", "cis")),
    BuiltinPolicy("copyleft_license", ("lab",)),
    BuiltinPolicy("default_non_root_user", ("lab", "cis")),
    BuiltinPolicy("embedded_secrets", ("lab", "cis")),
    BuiltinPolicy("embedded_secrets_rego", ("lab",)),
    BuiltinPolicy("fixable_vulnerabilities", ("lab", "cis")),
    BuiltinPolicy("hardened_base_image", ("lab",)),
    BuiltinPolicy("high_profile_vulnerabilities", ("lab",)),
    BuiltinPolicy("supply_chain_attestations", ("lab",)),
    BuiltinPolicy("licenses_allowed"),
    BuiltinPolicy("stale_base_images"),
    BuiltinPolicy("shell_or_package_manager", ("cis",)),
    BuiltinPolicy("setuid_programs", ("cis",)),
    BuiltinPolicy("build_tools", ("cis",)),
    BuiltinPolicy("healthcheck", ("cis",)),
    BuiltinPolicy("world_writable_files"),
    BuiltinPolicy("read_only_root"),
    BuiltinPolicy("end_of_life"),
    BuiltinPolicy("malware_markers"),
    BuiltinPolicy("reproducible_build"),
)
"""Every policy of ours."""


def builtin_source(policy: BuiltinPolicy) -> str:
    """The Rego of a policy of ours."""
    return (Path(__file__).parent / f"{policy.file}.rego").read_text(encoding="utf-8")


def builtin_tests(policy: BuiltinPolicy) -> str:
    """The Rego of its tests."""
    return (Path(__file__).parent / f"{policy.file}_test.rego").read_text(encoding="utf-8")
