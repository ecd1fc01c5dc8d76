"""The builder: the steps of the final stage that need a shell, on the family's build image."""

from __future__ import annotations

import posixpath
import re

from ironhull.hardening import _ids
from ironhull.hardening._carrying import carried_packages, carry_lines
from ironhull.hardening._copies import Copy
from ironhull.hardening._draft import Draft
from ironhull.hardening._env import is_secret
from ironhull.hardening._final import Item, Taken
from ironhull.hardening._row import Effect
from ironhull.hardening._runs import run_lines, secret_arguments
from ironhull.hardening._stages import head_of, lead, pinned

__all__ = ["builder_lines", "builder_name"]

_NAMES = ("builder", "build", "assemble", "hardening")
_READERS = ("RUN", "COPY", "ADD", "WORKDIR", "ENV", "ARG")
_QUIET_ENV = re.compile(
    r"PYTHON(UNBUFFERED|DONTWRITEBYTECODE|FAULTHANDLER|HASHSEED)|TZ|LANG|LC_\w+"
)


def builder_name(draft: Draft) -> str:
    """A name that no stage of the input has."""
    names = {stage.name for stage in draft.subject.dockerfile.stages}
    return next(name for name in (*_NAMES, "ironhull-builder") if name not in names)


def builder_lines(draft: Draft, taken: Taken, name: str) -> list[str]:
    """The builder's lines, FROM first."""
    stage = draft.subject.stage
    draft.stage = stage
    parent = draft.subject.scope.parent(stage)
    if parent is not None:
        head = f"FROM {stage.image} AS {name}"
    else:
        image = draft.pair.build or draft.subject.root
        head = head_of(stage, pinned(image, draft), name)
        reason = "what needs a shell and tools is done here and does not ship"
        draft.change(_ids.BASE, stage.start, stage.head.text, head, reason)
    last = max((n for n, item in enumerate(taken.items) if item.survives), default=-1)
    lines: list[str] = []
    end = stage.head.end
    for number, item in enumerate(taken.items):
        wanted = number <= last or _searched(item, draft)
        made = _made(item, taken.items[number + 1 :], draft, taken) if wanted else []
        between = draft.subject.dockerfile.lines(end + 1, item.instruction.start - 1)
        if made:
            draft.built.add(item.instruction.start)
            lines += [*lead(between), *made]
        end = item.instruction.end
    while lines and not lines[0]:
        del lines[0]
    draft.at = None
    lines = _before_copies(lines)
    lines += _writable(draft, lines)
    lines += draft.language.finish(draft)
    draft.carried = list(draft.language.carry(draft))
    head = head if draft.debian or parent is not None else f"{head}\nUSER 0"
    return [head, *_used_workdirs(lines), *carry_lines(draft, _places(taken))]


def _searched(item: Item, draft: Draft) -> bool:
    """Whether what another stage built may load libraries that are carried from here."""
    return item.copy is not None and bool(item.copy.origin) and carried_packages(draft)


def _places(taken: Taken) -> list[str]:
    """Where programs and libraries may lie that another stage built."""
    found = [i.copy.target for i in taken.items if i.copy is not None and i.copy.origin]
    return [*found, *taken.roots]


def _before_copies(lines: list[str]) -> list[str]:
    """An empty virtual environment depends on nothing: it is made before files are copied."""
    at = next((n for n, line in enumerate(lines) if line.startswith("ENV VIRTUAL_ENV=")), 0)
    start = at
    while start > 0 and re.match(r"COPY\b", lines[start - 1]):
        start -= 1
    end = at + 2
    return [*lines[:start], *lines[at:end], *lines[start:at], *lines[end:]]


def _made(item: Item, later: list[Item], draft: Draft, taken: Taken) -> list[str]:
    instruction = item.instruction
    draft.at = instruction
    if item.step is not None:
        makes = "folders" in item.step.kinds
        fills = any(other.step and "writes" in other.step.kinds for other in later)
        return run_lines(item.step, draft, whole=makes and fills)
    if instruction.name in ("WORKDIR", "SHELL"):
        return [instruction.text]
    if instruction.name == "ARG":
        names = [n for n, _ in instruction.pairs if n not in secret_arguments(draft)]
        return [instruction.text] if _read(names, later) else []
    if instruction.name == "ENV":
        return _env(item, later, draft)
    if instruction.name in ("COPY", "ADD"):
        return _copy(item, later, taken, draft)
    return []


def _read(names: list[str], later: list[Item]) -> bool:
    text = "\n".join(i.instruction.text for i in later if i.instruction.name in _READERS)
    return any(re.search(rf"\$\{{?{re.escape(name)}\b", text) for name in names)


def _env(item: Item, later: list[Item], draft: Draft) -> list[str]:
    pairs = item.instruction.pairs
    unknown = any(i.step and i.step.kinds & {"writes", "keeps"} for i in later)
    values = dict(draft.subject.scope.pairs(item.instruction))
    kept: list[str] = []
    secrets: list[str] = []
    for name, _ in pairs:
        if name == "PATH" or draft.language.build_env(name):
            kept.append(name)
        elif is_secret(name, values.get(name)):
            if unknown:
                kept.append(name)
                secrets.append(name)
        elif not _QUIET_ENV.fullmatch(name) and (unknown or _read([name], later)):
            kept.append(name)
    if len(kept) == len(pairs) and not secrets:
        return [item.instruction.text]
    listed = [
        f"{name}={'not-the-real-one' if name in secrets else value}"
        for name, value in pairs
        if name in kept
    ]
    return ["ENV " + " ".join(listed)] if listed else []


def _copy(item: Item, later: list[Item], taken: Taken, draft: Draft) -> list[str]:
    text = re.sub(r"\s--chown=\S+", "", item.instruction.text)
    copy = item.copy
    if copy is None:
        return [text]
    if not any(re.search(r"\.(t?[gbx]z2?|tar)\b", source) for source in copy.sources):
        text = re.sub(r"^\s*ADD\b", "COPY", text, flags=re.IGNORECASE)
    if copy.origin and carried_packages(draft):
        said = draft.language.copied(item.instruction, draft) or ()
        found = [f"COPY --from={copy.origin} {c.source} {c.target}" for c in said]
        end = "/" if len(copy.sources) > 1 else ""
        return found or [f"COPY --from={copy.origin} {' '.join(copy.sources)} {copy.target}{end}"]
    if _covered(copy.target, taken.roots):
        return [text]
    needed = _needed(copy, later)
    if not needed:
        return [text] if needed is None else []
    if copy.origin or copy.sources != (".",):
        return [text]
    groups: dict[str, list[str]] = {}
    for path in dict.fromkeys(needed):
        source = posixpath.relpath(path, copy.target)
        groups.setdefault(posixpath.dirname(source), []).append(source)
    return [_narrow(folder, files, copy.target, item.workdir) for folder, files in groups.items()]


def _needed(copy: Copy, later: list[Item]) -> list[str] | None:
    """The files of a COPY that later steps read; None where they may read any."""
    needed: list[str] = []
    for other in later:
        if other.step is None or not other.survives:
            continue
        for effect in other.step.effects:
            inputs = _inputs(effect, other.workdir)
            if inputs is None:
                return None
            needed += [path for path in inputs if _covered(path, [copy.target, *copy.folders])]
    return needed


def _narrow(folder: str, files: list[str], target: str, workdir: str) -> str:
    base = "." if target == workdir else target
    place = "/".join(part for part in (base, folder) if part and part != ".") or "."
    return f"COPY {' '.join(files)} {place}{'/' if len(files) > 1 or folder else ''}"


def _inputs(effect: Effect, workdir: str) -> tuple[str, ...] | None:
    if effect.kind in ("writes", "modes"):
        return None
    if effect.kind in ("installs", "keeps", "tool"):
        if effect.inputs is None:
            return None
        return tuple(posixpath.normpath(posixpath.join(workdir, path)) for path in effect.inputs)
    return ()


def _covered(path: str, folders: list[str]) -> bool:
    return any(path == f or path.startswith(posixpath.join(f, "")) for f in folders)


def _writable(draft: Draft, lines: list[str]) -> list[str]:
    """Folders that are given to the app's user have to be there to be copied."""
    folders = [path for path in draft.writable if path != draft.final_workdir]
    folders = [f for f in folders if not any(g.startswith(f"{f}/") for g in folders)]
    made = "\n".join(lines)
    folders = [f for f in folders if not re.search(rf"mkdir [^&;]*{re.escape(f)}(\s|$)", made)]
    if not folders:
        return []
    return [f"RUN mkdir -p {' '.join(folders)}"]


def _used_workdirs(lines: list[str]) -> list[str]:
    """Without a WORKDIR after which nothing happens."""
    kept = list(lines)
    while (
        kept
        and re.match(r"WORKDIR\b|ENV\b|ARG\b|$", kept[-1])
        and not kept[-1].startswith("ENV PATH")
    ):
        del kept[-1]
    return kept
