"""The rule about secrets in a Dockerfile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.dockerfiles import Instruction, ShellCommand
from ironhull.hardening._env import is_secret
from ironhull.hardening.rules._row import Case, Rule, Said

__all__ = ["SECRET_RULES"]

_FILES = re.compile(
    r"(^|/)(\.env(\.(?!example|sample|template|dist)[^/]+)?|id_(rsa|dsa|ecdsa|ed25519)|\.npmrc|\.pypirc"
    r"|\.netrc|\.git-credentials|\.aws/credentials|\.docker/config\.json|\.kube/config"
    r"|credentials\.json|service[-_]account[^/]*\.json|[^/]+\.(pem|key|p12|pfx|jks|keystore))$"
)
_TOKENS = re.compile(
    r"\b(AKIA[0-9A-Z]{16}|ghp_[0-9A-Za-z]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
    r"|sk_live_[0-9A-Za-z]{16,}|npm_[0-9A-Za-z]{36}|pypi-AgE[\w-]{50,}|AIza[\w-]{35})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_NOTHING = re.compile(
    r"(not[-_ ]|change[-_ ]?me|dummy|placeholder|fake|unused|example|build|ci\b|test|x+$|todo)",
    re.IGNORECASE,
)
"""How a value begins that says itself that it is none."""

_LOGIN = re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@'\"]+:([^/\s@'\"]+)@")


def _secrets(case: Case) -> Iterator[Said]:
    yield from _arguments(case)
    for instruction in case.steps("ENV", "LABEL"):
        for name, value in case.scope.pairs(instruction):
            named = instruction.name == "ENV" and value and is_secret(name, value)
            if named and _NOTHING.match(value or "") and not _ships(case, instruction):
                continue  # what only a build needs to start, such as Django's key
            if named or _TOKENS.search(value or ""):
                yield instruction, f"{instruction.name} {name} holds a secret"
    for instruction in case.steps("ADD", "COPY"):
        if not instruction.flag("from"):
            yield from _copied(case, instruction)
    for instruction in case.steps("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
        for command in case.commands(instruction):
            if said := _typed(command):
                yield instruction, said
                break


def _ships(case: Case, instruction: Instruction) -> bool:
    return case.stage_of(instruction) in case.chain


def _arguments(case: Case) -> Iterator[Said]:
    """ARGs: a value given to one is in the history and the provenance of the image."""
    every = [*case.dockerfile.arguments, *case.steps("ARG")]
    for instruction in every:
        for name, raw in instruction.pairs:
            if is_secret(name, raw):
                yield instruction, f"ARG {name} is for a secret: its value stays in the history"


def _copied(case: Case, instruction: Instruction) -> Iterator[Said]:
    for source in case.scope.words(instruction)[:-1]:
        if _FILES.search(source) and not source.endswith((".pub", ".example")):
            yield instruction, f"{source} by its name holds a secret"


def _typed(command: ShellCommand) -> str:
    """A secret in the words of a command."""
    if _TOKENS.search(command.raw):
        return "a token or a private key stands in a command"
    login = _LOGIN.search(command.raw)
    if login and "$" not in login[1]:
        return "a password stands in the address of a command"
    names = command.assignments
    if command.program == "export":
        pairs = (word.partition("=") for word in command.arguments)
        names = (*names, *((name, value) for name, _, value in pairs))
    for name, value in names:
        if value and is_secret(name, value) and not value.startswith(("`", '"$', "$")):
            return f"{name} is set to a secret in a command"
    return ""


SECRET_RULES = (
    Rule(
        "IH-D004",
        "error",
        "A secret in the Dockerfile, or in a layer",
        "ENV, ARG and commands are in the history of the image, files in its layers, also after a "
        "later step deletes them: whoever can pull the image has the secret.",
        "Give it to a step by `RUN --mount=type=secret,id=NAME` and to the app when it runs; "
        "replace what has already been in an image.",
        _secrets,
        "FROM debian:13\nENV API_TOKEN=4f9a0c7be21d\n",
        "FROM debian:13\nRUN --mount=type=secret,id=api_token,env=API_TOKEN ./fetch.sh\n",
    ),
)
