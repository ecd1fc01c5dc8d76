"""What a project asks for: requirements files and pyproject.toml, checked before pip sees them.

pip itself reads the files again; this reader exists because pip would build source trees and
repositories named in them, and running their code is what a build here never does. The format is
that of pip's "Requirements File Format" (pip.pypa.io/en/stable/reference/requirements-file-format).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ironhull.builders.python_app.settings import Project
from ironhull.errors import BuildError
from ironhull.limits import LIMITS

__all__ = ["Demand", "applies", "read_demand"]

_DEPTH = 20
_MIXED_UP = {  # files of other tools and the command that turns them into requirements.txt
    "uv.lock": "uv export --no-emit-project -o requirements.txt",
    "poetry.lock": "poetry export -o requirements.txt",
    "pdm.lock": "pdm export -o requirements.txt",
    "Pipfile": "pipenv requirements > requirements.txt",
    "environment.yml": "write the dependencies to a requirements.txt",
    "setup.py": "write the dependencies to [project] in pyproject.toml or to a requirements.txt",
}
_FILE_OPTIONS = ("-r", "--requirement", "-c", "--constraint")
_INDEX_OPTIONS = (
    "-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "--trusted-host",
)  # fmt: skip
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz")
_FLAGS = ("--no-index", "--pre", "--prefer-binary", "--require-hashes", "--only-binary")


@dataclass(frozen=True, slots=True)
class Demand:
    """What pip is asked to resolve.

    `source` names where it was read ("requirements.txt"), `files` are requirements files for
    pip's `-r`, `lines` requirements without a file, `index_options` the options of the files that
    a later download needs too, `requirements` everything asked for, `digest` of all of it
    (SHA-256 over requirements, constraints and options; no secrets go in).
    """

    source: str
    files: tuple[Path, ...] = ()
    lines: tuple[str, ...] = ()
    index_options: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    digest: str = ""


@dataclass(slots=True)
class _Reading:
    """What has been collected while files include files."""

    requirements: list[Requirement] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    index_options: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    seen: set[tuple[Path, bool]] = field(default_factory=set)


def read_demand(project: Project) -> Demand:
    """Collect the dependencies of a project.

    The setting `requirements` decides; without it requirements.txt, then `[project]`. Extras and
    groups are taken from pyproject.toml in any case. Raises BuildError naming file and line.
    """
    reading = _Reading()
    files = _files(project)
    lines: list[str] = []
    for path in files:
        _read_file(path, reading, constraint=False, depth=0)
    if not files and project.has_metadata:
        lines += _of_project(project)
    lines += _of_extras(project)
    lines += _of_groups(project)
    for line in lines:
        reading.requirements.append(_requirement(line, "pyproject.toml"))
        reading.texts.append(line)
    source = ", ".join(path.name for path in files) or "pyproject.toml"
    if not files and not project.has_metadata and not lines:
        source = "none"
        _refuse_other_tools(project.context)
    seed = json.dumps([reading.texts, reading.constraints]).encode()
    return Demand(
        source=source,
        files=files,
        lines=tuple(lines),
        index_options=tuple(reading.index_options),
        requirements=tuple(reading.requirements),
        digest="sha256:" + hashlib.sha256(seed).hexdigest(),
    )


def _files(project: Project) -> tuple[Path, ...]:
    named = project.settings.requirements
    paths = tuple(project.context / name for name in named)
    for path in paths:
        if not path.is_file():
            raise BuildError(
                f"no requirements file {path}", "correct tool.ironhull.build.requirements"
            )
    default = project.context / "requirements.txt"
    return paths or ((default,) if default.is_file() else ())


def _refuse_other_tools(context: Path) -> None:
    for name, advice in _MIXED_UP.items():
        if (context / name).exists():
            raise BuildError(
                f"{context}: dependencies are only in {name}, which is not read", advice
            )


# ── pyproject.toml ───────────────────────────────────────────────────────────────────────────────


def _of_project(project: Project) -> list[str]:
    if "dependencies" in project.dynamic:
        raise BuildError(
            "pyproject.toml: project.dependencies is dynamic; only its build backend could tell",
            "write requirements.txt (`pip freeze`) or list the dependencies in [project]",
        )
    return list(project.dependencies)


def _of_extras(project: Project) -> list[str]:
    lines: list[str] = []
    for extra in project.settings.extras:
        name = canonicalize_name(extra)
        if name not in project.optional:
            raise BuildError(
                f"pyproject.toml: no extra {extra!r} in project.optional-dependencies",
                f"there are: {', '.join(sorted(project.optional)) or 'none'}",
            )
        lines += project.optional[name]
    return lines


def _of_groups(project: Project) -> list[str]:
    lines: list[str] = []
    for group in project.settings.groups:
        lines += _group(project.dependency_groups, group, ())
    return lines


def _group(groups: Mapping[str, Any], wanted: str, above: tuple[str, ...]) -> Iterator[str]:
    """The requirements of a group with the groups it includes (PEP 735)."""
    if wanted in above:
        raise BuildError(
            f"pyproject.toml: dependency groups include each other: {' > '.join((*above, wanted))}",
            "break the circle",
        )
    named = {canonicalize_name(name): items for name, items in groups.items()}
    items = named.get(canonicalize_name(wanted))
    if not isinstance(items, list):
        raise BuildError(
            f"pyproject.toml: no dependency group {wanted!r}",
            f"there are: {', '.join(sorted(groups)) or 'none'}",
        )
    for item in items:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and list(item) == ["include-group"]:
            yield from _group(groups, str(item["include-group"]), (*above, wanted))
        else:
            raise BuildError(
                f"pyproject.toml: dependency group {wanted!r} holds {item!r}",
                'an entry is a requirement or { include-group = "name" }',
            )


# ── requirements files ───────────────────────────────────────────────────────────────────────────


def _read_file(path: Path, reading: _Reading, *, constraint: bool, depth: int) -> None:
    if depth > _DEPTH:
        raise BuildError(f"{path}: requirements files include each other too deeply", "untangle")
    if (path.resolve(), constraint) in reading.seen:
        return
    reading.seen.add((path.resolve(), constraint))
    for number, line in _logical_lines(_text(path)):
        where = f"{path.name}:{number}"
        if line.startswith("-"):
            _option(line, path, where, reading, (constraint, depth))
        else:
            _line(line, where, reading, constraint=constraint)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LIMITS.definition_bytes:
            raise BuildError(f"{path}: larger than {LIMITS.definition_bytes} bytes", "split it")
        data = path.read_bytes()
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except OSError as trouble:
        raise BuildError(f"{path}: {trouble.strerror}", "correct the -r or -c option") from None
    except UnicodeDecodeError:
        raise BuildError(f"{path}: not UTF-8", "save the file as UTF-8") from None


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with continuations joined and comments gone, each with its first line number."""
    start, parts = 0, ""
    for number, raw in enumerate((*text.splitlines(), ""), 1):
        comment = re.match(r"\s*#", raw)
        if not parts:
            start = number
        if raw.endswith("\\") and not comment:
            parts += raw[:-1]
            continue
        line = re.sub(r"(^|\s+)#.*$", "", parts + (" " + raw if comment and parts else raw))
        parts = ""
        if line.strip():
            yield start, line.strip()


def _option(line: str, path: Path, where: str, reading: _Reading, state: tuple[bool, int]) -> None:
    match = re.match(r"(--[a-z-]+|-[a-z])(?:\s*=\s*|\s+|(?<=^-[a-z])(?=\S)|$)(.*)$", line)
    name, value = (match[1], match[2].strip().strip("\"'")) if match else (line, "")
    constraint, depth = state
    if name in _FILE_OPTIONS:
        if "://" in value:
            raise BuildError(
                f"{where}: {name} {value.split('@')[-1]} is a URL", "download it beside the project"
            )
        included = path.parent / value
        is_constraint = constraint or name in ("-c", "--constraint")
        _read_file(included, reading, constraint=is_constraint, depth=depth + 1)
    elif name in ("-e", "--editable"):
        raise BuildError(
            f"{where}: an editable requirement ({value}) would be built by running its code",
            _advice(value),
        )
    elif name in ("--no-binary", "--global-option", "--config-settings", "--install-option"):
        raise BuildError(
            f"{where}: {name} asks for a build from source, which would run code",
            "remove it; only wheels are installed",
        )
    elif name in _INDEX_OPTIONS:
        if name in ("-f", "--find-links") and (path.parent / value).exists():
            value = str((path.parent / value).resolve())
        reading.index_options += [f"{name} {value}"]
    elif name in _FLAGS:
        if name in ("--no-index", "--pre"):
            reading.index_options += [name]
    else:
        raise BuildError(
            f"{where}: option {name} is not one we know", "see pip's requirements file format"
        )
    if name not in _FILE_OPTIONS and name not in _INDEX_OPTIONS:
        reading.texts.append(name)


def _line(line: str, where: str, reading: _Reading, *, constraint: bool) -> None:
    text = re.split(r"\s+--?[a-z]", line, maxsplit=1)[0].strip()
    hashes = sorted(re.findall(r"--hash[= ]\s*([a-z0-9]+:[0-9a-f]+)", line))
    requirement = _requirement(text, where)
    normal = " ".join([str(requirement), *hashes])
    if constraint:
        reading.constraints.append(normal)
    else:
        reading.requirements.append(requirement)
        reading.texts.append(normal)


def _requirement(text: str, where: str) -> Requirement:
    """A requirement that can be met with a wheel; BuildError for anything else."""
    if re.match(r"(git|hg|svn|bzr)\+", text):
        raise BuildError(
            f"{where}: {_shown(text)} is a repository; building it would run its code",
            _advice(text),
        )
    if re.match(r"[a-z+]+://", text):
        raise BuildError(
            f"{where}: {_shown(text)} has no name", "write `name @ URL` with the URL of a wheel"
        )
    archive = "@" not in text and text.lower().endswith(_ARCHIVES)
    if text.startswith((".", "/", "~")) or re.match(r"[\w.-]+/", text) or archive:
        raise BuildError(
            f"{where}: {text} is a local path; building it would run its code", _advice(text)
        )
    try:
        requirement = Requirement(text)
    except InvalidRequirement as trouble:
        raise BuildError(
            f"{where}: {_shown(text)!r} is no requirement: {str(trouble).splitlines()[0]}",
            "correct the line",
        ) from None
    if requirement.url:
        _check_url(requirement, where)
    return requirement


def _check_url(requirement: Requirement, where: str) -> None:
    url = requirement.url or ""
    if not url.startswith("https://"):
        raise BuildError(
            f"{where}: {requirement.name} is asked for from {_shown(url)}",
            f"only wheels over https:// are taken; {_advice(url)}",
        )
    if not url.split("#")[0].split("?")[0].endswith(".whl"):
        raise BuildError(
            f"{where}: {requirement.name} is asked for as source from {_shown(url)}", _advice(url)
        )
    if "@" in url.split("://", 1)[1].split("/", 1)[0] or "?" in url:
        raise BuildError(
            f"{where}: the URL of {requirement.name} holds credentials or a query",
            "put them into .netrc or a keyring; the URL goes into the lock file",
        )


def _advice(what: str) -> str:
    if what in (".", "-e .", "./") or what.startswith("."):
        return (
            "build a wheel where you trust it (`pip wheel --no-deps -w wheels PATH`) and use "
            "--find-links wheels; for the project itself remove the line, its source is copied"
        )
    return (
        "build a wheel where you trust it (`pip wheel --no-deps -w wheels …`) and use "
        "--find-links wheels with name==version"
    )


def _shown(text: str) -> str:
    return re.sub(r"://[^/@\s]*@", "://***@", text)


def applies(requirement: Requirement, environment: Mapping[str, str], extra: str = "") -> bool:
    """Whether a requirement's marker holds for a target."""
    marker: Marker | None = requirement.marker
    return marker is None or marker.evaluate({**environment, "extra": extra})
