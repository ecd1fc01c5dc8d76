"""Running the tests of a policy, as `opa test` does: rules named `test_…` that must be true.

Functions of the policy contract can be replaced in tests (`with oci.referrer as mocked`), which the
engine knows for its own functions only: for a test their calls go through rules of the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ironhull.rego._evaluation import Builtin, Module, evaluate
from ironhull.values import dataclass

__all__ = ["Tested", "run_tests"]

_TEST = re.compile(r"^(test_\w+)\b", re.ASCII | re.MULTILINE)
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|#[^\n]*|[A-Za-z_][\w.]*', re.ASCII)


@dataclass(frozen=True, slots=True)
class Tested:
    """How a test ended: `error` is "" where it passed, `where` its module."""

    where: str
    name: str
    error: str = ""


def run_tests(
    module: Module, tests: Sequence[tuple[str, str]], builtins: Mapping[str, Builtin]
) -> Iterator[Tested]:
    """Run every test in `tests` (name, source) beside `module`, each for itself.

    A function of `builtins` that a test does not replace answers as in an evaluation. Raises
    PolicyError where the engine is not there.
    """
    source = _through_rules(module.source, builtins, define=True)
    beside = tuple((name, _through_rules(text, builtins)) for name, text in tests)
    for where, text in tests:
        package = re.search(r"^\s*package\s+([\w.]+)", text, re.MULTILINE)
        names = dict.fromkeys(_TEST.findall(text))
        asked = [
            Module(where, source, module.config, f"data.{package[1]}.{name}", beside)
            for name in names
            if package
        ]
        for name, outcome in zip(names, evaluate(asked, {}, builtins), strict=False):
            said = "" if outcome.value is True else f"is {_word(outcome.value)}, not true"
            yield Tested(where, name, outcome.error or said)


def _word(value: object) -> str:
    return "undefined" if value is None else str(value)


def _through_rules(source: str, builtins: Mapping[str, Builtin], *, define: bool = False) -> str:
    """`source` that calls rules of its package instead of `builtins`; with `define` it has them."""
    names = {name: f"builtin_{name.replace('.', '_')}" for name in builtins}

    def put(match: re.Match[str]) -> str:
        return names.get(match.group(), match.group())

    text = _TOKEN.sub(put, source)
    if not define:
        return text
    rules = []
    for name, rule in names.items():
        arguments = ", ".join(f"a{number}" for number in range(builtins[name].arguments))
        rules.append(f"{rule}({arguments}) := {name}({arguments})")
    return "\n".join([text, *rules, ""])
