"""A .dockerignore for a context that has none."""

from __future__ import annotations

import posixpath

from ironhull.dockerfiles import IgnoreRules
from ironhull.hardening._copies import copy_of
from ironhull.hardening._row import Subject

__all__ = ["ignore_file"]

_ALWAYS = (
    ".git",
    ".gitignore",
    ".dockerignore",
    "Dockerfile*",
    "docker-compose*.y*ml",
    "compose*.y*ml",
)
_SECRETS = (".env", ".env.*", "*.pem", "*.key", "id_rsa*", ".aws", ".ssh")
_LANGUAGES = {
    "python": (
        *(".venv", "venv", "**/__pycache__", "**/*.pyc", ".pytest_cache", ".mypy_cache"),
        *(".ruff_cache", ".coverage", "htmlcov", "*.egg-info"),
    ),
    "node": ("node_modules", "npm-debug.log*", "coverage", ".npm"),
    "java": ("target", "build", ".gradle"),
    "rust": ("target",),
    "go": ("*.test", "*.out"),
}


def ignore_file(subject: Subject, language: str) -> str:
    """What does not belong into a build: nothing that the Dockerfile copies by name."""
    named = _named(subject)
    lines = [*_ALWAYS, *_SECRETS, *_LANGUAGES.get(language, ()), ".vscode", ".idea", ".DS_Store"]
    kept = [line for line in lines if not _hits(line, named)]
    return "\n".join(kept) + "\n"


def _named(subject: Subject) -> list[str]:
    found = []
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("COPY", "ADD"):
            copy = copy_of(instruction, subject, stage)
            if copy is not None and not copy.origin:
                found += [source for source in copy.sources if source != "."]
    return found


def _hits(line: str, named: list[str]) -> bool:
    rules = IgnoreRules.of([line])
    return any(rules.matches(name) or rules.matches(posixpath.dirname(name)) for name in named)
