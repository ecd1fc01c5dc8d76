"""Report -> verdicts: what policies say of an image.

The contract of modules and configuration is that of Docker Scout's local policies
(docs.docker.com, "Policy evaluation", "Local policies"): a module finds `violation`s; with none and
`pass` it is met, with none and no `pass` it had no data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ironhull.errors import PolicyError, StoreError
from ironhull.limits import LIMITS
from ironhull.model import Verdict, Violation
from ironhull.policies import BUILTIN, PROFILES, builtin_source
from ironhull.policies._config import PolicyConfig, PolicySetting, read_config
from ironhull.rego import (
    Builtin,
    Metadata,
    Module,
    Outcome,
    Tested,
    evaluate,
    read_metadata,
    run_tests,
)
from ironhull.values import dataclass, field, replace

__all__ = [
    "Policy",
    "PolicyConfig",
    "builtin_policies",
    "chosen",
    "configured",
    "judge",
    "policies_in",
    "read_config",
    "read_policy",
    "run_policy_tests",
    "settings_of",
]

_ALIASES = ({"copyleft-license", "no-copyleft-licenses"},)
"""Names that mean one policy."""

_TESTS = "_test.rego"


@dataclass(frozen=True, slots=True)
class Policy:
    """A module to evaluate: its Rego, its metadata, the configuration it sees, where it is from."""

    source: str
    metadata: Metadata
    where: str
    weight: float
    config: Mapping[str, Any] = field(default_factory=dict)
    builtin: bool = False

    @property
    def names(self) -> frozenset[str]:
        """All it can be chosen by, in lower case."""
        own = {self.metadata.name, self.metadata.title, self.metadata.failed_title}
        alike = [names for names in _ALIASES if self.metadata.name in names]
        return frozenset(name.lower() for name in own.union(*alike))


# ── where policies are from ──────────────────────────────────────────────────────────────────────


def read_policy(source: str, where: str, *, builtin: bool = False) -> Policy:
    """The policy a module is; raises PolicyError where its metadata is not as it should be."""
    metadata = read_metadata(source, where)
    return Policy(source, metadata, where, metadata.weight, builtin=builtin)


def builtin_policies(profile: str = "lab") -> tuple[Policy, ...]:
    """The policies of a profile; raises PolicyError for one there is not."""
    if profile not in PROFILES:
        raise PolicyError(f"no profile {profile!r}", f"there are {', '.join(PROFILES)}")
    return tuple(
        read_policy(builtin_source(row), f"builtin:{row.file}.rego", builtin=True)
        for row in BUILTIN
        if profile == "strict" or profile in row.profiles
    )


def policies_in(place: Path) -> Iterator[Policy]:
    """The policies of a file, or of every `.rego` below a directory but tests.

    Raises PolicyError, also for a directory without any, and StoreError.
    """
    if not place.is_dir():
        yield read_policy(_text(place), str(place))
        return
    found = sorted(path for path in place.rglob("*.rego") if path.is_file())
    modules = [path for path in found if not path.name.endswith(_TESTS)]
    if not modules:
        raise PolicyError(f"{place}: no .rego files in it", "name the directory that has them")
    for path in modules:
        yield read_policy(_text(path), str(path))


def run_policy_tests(place: Path) -> Iterator[Tested]:
    """How the tests of the policies at `place` end: `x_test.rego` tests `x.rego` beside it.

    Functions that ask the world outside answer null unless a test replaces them. Raises
    PolicyError, StoreError.
    """
    from ironhull.policies._functions import World, builtins

    for policy in policies_in(place):
        path = Path(policy.where)
        beside = path.with_name(f"{path.stem}{_TESTS}")
        if beside.is_file():
            module = Module(policy.where, policy.source)
            yield from run_tests(module, [(str(beside), _text(beside))], builtins(World()))


_SETTING = re.compile(r'object\.get\(data\.config, *"([^"]+)", *')
_RULE = r"^(?:default )?{name} :?= (.*)$"


def settings_of(source: str) -> tuple[tuple[str, str], ...]:
    """What a module reads of its configuration: (key, default as written), in their order.

    Only what it asks for as people write it: `object.get(data.config, "key", default)`.
    """
    found: dict[str, str] = {}
    for match in _SETTING.finditer(source):
        default = _argument(source[match.end() :])
        if default.isidentifier() and default not in ("true", "false", "null"):
            rule = re.search(_RULE.format(name=default), source, re.MULTILINE)
            default = _argument(source[rule.start(1) :]) if rule else default
        found.setdefault(match[1], " ".join(default.split()))
    return tuple(found.items())


def _argument(text: str) -> str:
    """The value `text` begins with: to the comma, bracket or end of line behind it."""
    depth, inside = 0, False
    for at, char in enumerate(text):
        if char == '"':
            inside = not inside
        elif inside:
            continue
        elif char in "([{":
            depth += 1
        elif char in ")]}" and depth:
            depth -= 1
        elif not depth and char in ",)]}\n":
            return text[:at]
    return text


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(LIMITS.policy_source_bytes + 1)
    except OSError as trouble:
        raise StoreError(f"{path}: cannot be read: {trouble.strerror}") from None
    if len(data) > LIMITS.policy_source_bytes:
        raise PolicyError(f"{path}: larger than {LIMITS.policy_source_bytes} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as trouble:
        raise PolicyError(f"{path}: not UTF-8 (byte {trouble.start})") from None


# ── which, and how ───────────────────────────────────────────────────────────────────────────────


def configured(policies: Iterable[Policy], config: PolicyConfig) -> tuple[Policy, ...]:
    """`policies` as the configuration has them; those it disables are left out.

    Raises PolicyError for two of one name, and for a name nobody has (one of ours that is not among
    them is fine: a configuration may serve several runs).
    """
    every = tuple(policies)
    names: dict[str, Policy] = {}
    for policy in every:
        before = names.setdefault(policy.metadata.name, policy)
        if before is not policy:
            raise PolicyError(
                f"{policy.where}: policy {policy.metadata.name} is there already ({before.where})",
                "give one of them another custom.name",
            )
    for name in config.policies:
        _known(name, (*every, *builtin_policies("strict")), "the policy configuration")
    kept = []
    for policy in every:
        setting = _of(policy, config)
        if setting.enabled:
            weight = policy.weight if setting.weight is None else setting.weight
            kept.append(replace(policy, weight=weight, config=setting.config))
    return tuple(kept)


def _of(policy: Policy, config: PolicyConfig) -> PolicySetting:
    for name, setting in config.policies.items():
        if name.lower() in policy.names:
            return setting
    return PolicySetting()


def chosen(policies: Sequence[Policy], names: Sequence[str]) -> tuple[Policy, ...]:
    """Those whose name or title is among `names` (all without any); PolicyError for others."""
    for name in names:
        _known(name, policies, "--only-policy")
    wanted = {name.lower() for name in names}
    return tuple(policy for policy in policies if not names or policy.names & wanted)


def _known(name: str, policies: Sequence[Policy], who: str) -> None:
    if any(name.lower() in policy.names for policy in policies):
        return
    from difflib import get_close_matches

    there = sorted({policy.metadata.name for policy in policies})
    every = {one: policy.metadata.name for policy in policies for one in policy.names}
    near = get_close_matches(name.lower(), every, 1, 0.4)
    hint = f"did you mean {every[near[0]]}?" if near else f"there are {', '.join(there)}"
    raise PolicyError(f"{who}: no policy {name!r}", hint)


# ── judging ──────────────────────────────────────────────────────────────────────────────────────


def judge(
    policies: Sequence[Policy], document: Mapping[str, Any] | bytes, builtins: Mapping[str, Builtin]
) -> tuple[Verdict, ...]:
    """What each of `policies` says of `document` (`input`), the heaviest first, then by title.

    Raises PolicyError where policies cannot be evaluated at all.
    """
    ordered = sorted(policies, key=lambda p: (-p.weight, p.metadata.title, p.metadata.name))
    modules = [Module(policy.where, policy.source, policy.config) for policy in ordered]
    outcomes = evaluate(modules, document, builtins)
    return tuple(_verdict(p, outcome) for p, outcome in zip(ordered, outcomes, strict=True))


def _verdict(policy: Policy, outcome: Outcome) -> Verdict:
    metadata = policy.metadata
    document = outcome.value if isinstance(outcome.value, dict) else {}
    state, violations, message = _state(outcome, document)
    return Verdict(
        name=metadata.name,
        title=metadata.title,
        failed_title=metadata.failed_title,
        state=state,
        result_type=metadata.result_type,
        weight=policy.weight,
        violations=violations,
        columns=metadata.columns,
        message=message,
        source=policy.where,
        document=document,
        prints=outcome.prints,
        seconds=outcome.seconds,
    )


def _state(outcome: Outcome, document: Mapping[str, Any]) -> tuple[str, tuple[Violation, ...], str]:
    """State, violations and the message of an outcome."""
    if outcome.error:
        return "error", (), f"{outcome.where}: {outcome.error}"
    said = document.get("violation", [])
    if not isinstance(said, list):
        return "error", (), f"{outcome.name}: violation is no set"
    violations = tuple(map(_violation, said))
    if violations:
        return "not met", violations, ""
    if document.get("pass") is True:
        return "met", (), ""
    why = document.get("no_data", "")
    return "no data", (), why if isinstance(why, str) else ""


def _violation(said: object) -> Violation:
    if not isinstance(said, dict):
        return Violation(_said(said))
    detail = said.get("detail")
    return Violation(
        _said(said.get("message", "")),
        detail if isinstance(detail, dict) else {},
        _said(said.get("remediation", "")),
    )


def _said(value: object) -> str:
    """A value as text: what is none is shown as Rego writes it."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False)
