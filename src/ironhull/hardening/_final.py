"""The final stage of the input, taken apart: what the builder does, what the runtime takes."""

from __future__ import annotations

import posixpath

from ironhull.dockerfiles import Instruction, ShellCommand, Stage
from ironhull.hardening import _ids
from ironhull.hardening._copies import Copy, copy_of
from ironhull.hardening._draft import Draft
from ironhull.hardening._runs import SURVIVING, analysed
from ironhull.hardening._steps import Step, step_of
from ironhull.values import dataclass, field, replace

__all__ = ["Item", "Taken", "settle_modes", "take_apart"]

_SYSTEM = ("/", "/usr", "/usr/local", "/usr/local/bin", "/usr/bin", "/bin", "/etc", "/tmp", "/root")  # noqa: S108 - in an image
_SHELLS = ("sh", "bash", "dash", "ash", "zsh")
_FILES = ("/usr/local/bin/", "/usr/local/lib/", "/usr/local/etc/", "/etc/", "/usr/bin/")
_OPEN = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/proc", "/sys")  # noqa: S108 - in an image
_PLACES: tuple[str, ...] = (
    "/opt",
    "/srv",
    "/app",
    "/data",
    "/models",
    "/var/www",
    "/var/lib",
    "/home",
    "/code",
)
_PLACES += ("/usr/share", "/usr/local/share", "/usr/src", "/workspace", "/assets", "/static")


@dataclass(slots=True)
class Item:
    """One instruction of the final stage, with what is known of it."""

    instruction: Instruction
    workdir: str
    step: Step | None = None
    copy: Copy | None = None

    @property
    def survives(self) -> bool:
        """Whether it is a RUN that the builder has to do."""
        return self.step is not None and bool(self.step.kinds & SURVIVING)


@dataclass(slots=True)
class Taken:
    """The final stage: its items, and `roots`: folders that the runtime takes from the builder.

    `modes` are files whose permissions a RUN sets: COPY --chmod does it. `inputs` are files that
    only an installation reads, `builder` says whether there is one.
    """

    items: list[Item] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    builder: bool = False
    below: list[str] = field(default_factory=list)
    """What the stages below the final one copy or write."""

    @property
    def builds(self) -> bool:
        """Whether anything of the final stage is a builder's work."""
        return any(item.survives for item in self.items)


def take_apart(draft: Draft) -> Taken:
    """Look at every instruction of the final stage in order, and at the stages it stands on."""
    stage = draft.subject.stage
    draft.stage = stage
    parent = draft.subject.scope.parent(stage)
    if parent is not None and parent.index in draft.begun:
        draft.begun.add(stage.index)
    taken = Taken()
    for instruction in stage.instructions:
        draft.at = instruction
        taken.items.append(_item(instruction, draft, taken))
    draft.at = None
    for part in draft.subject.chain[:-1]:
        _below(part, draft, taken)
    draft.stage = stage
    _folders(draft, taken)
    if any(item.step and "writes" in item.step.kinds for item in taken.items) or _thinned(taken):
        _roots(taken)
        _left(draft, taken)
    return taken


def _item(instruction: Instruction, draft: Draft, taken: Taken) -> Item:
    item = Item(instruction, draft.workdir)
    if instruction.name == "RUN":
        item.step = analysed(instruction, draft)
        for effect in item.step.effects:
            if effect.kind in ("installs", "keeps", "tool"):
                taken.inputs |= {draft.absolute(path) for path in effect.inputs or ()}
        _notice(item.step, draft)
    elif instruction.name in ("COPY", "ADD"):
        item.copy = copy_of(instruction, draft.subject, draft.stage)
        draft.language.copied(instruction, draft)
    elif instruction.name == "VOLUME":
        for path in map(draft.absolute, draft.subject.scope.words(instruction)):
            if not path.startswith(_OPEN):
                draft.writable.setdefault(path, "it is a volume")
    return item


def _below(part: Stage, draft: Draft, taken: Taken) -> None:
    """Files of a stage below: the runtime has them from the builder, or from that stage."""
    draft.stage = part
    found: list[str] = []
    for instruction in part.instructions:
        draft.at = instruction
        if instruction.name in ("COPY", "ADD"):
            copy = copy_of(instruction, draft.subject, part)
            if copy is None or draft.language.copied(instruction, draft) is not None:
                continue
            if copy.origin and "/" in copy.origin:
                continue
            for _, place in copy.places:
                folder = place if place in copy.folders else posixpath.dirname(place)
                found.append(place if folder in _SYSTEM else folder)
        elif instruction.name == "RUN":
            step = step_of(instruction, draft)
            _notice(step, draft)
            if "writes" in step.kinds:
                found += [draft.workdir, *_named(step)]
    draft.at = None
    taken.below += [path for path in _outermost(found) if path not in _SYSTEM]


def _notice(step: Step, draft: Draft) -> None:
    for effect in step.effects:
        if effect.kind == "folders":
            draft.folders += [p for p in effect.paths if p not in draft.folders]
        elif effect.kind == "owns":
            for path in effect.paths:
                draft.notes[f"owned {path}"] = effect.reason or "chown"
        elif effect.kind == "stays":
            draft.notes["stays"] = effect.reason


def _folders(draft: Draft, taken: Taken) -> None:
    """Folders that are made but hold nothing of the image are there to be written to."""
    filled = {item.workdir for item in taken.items}
    for item in taken.items:
        if item.copy is not None:
            filled |= {item.copy.target, *item.copy.folders}
    for folder in draft.folders:
        used = any(place == folder or place.startswith(f"{folder}/") for place in filled)
        if not used and not folder.startswith((*_OPEN, "/var/lib/apt", "/root")):
            draft.writable.setdefault(folder, "the image makes it and puts nothing there")
    for key in [k for k in draft.notes if k.startswith("owned ")]:
        path = key.removeprefix("owned ").removesuffix("/*")
        free = path not in _SYSTEM and path not in draft.writable
        if free and not any(place == path or place.startswith(f"{path}/") for place in filled):
            draft.writable[path] = "the image gives it to the app's user"


def settle_modes(taken: Taken, scripts: tuple[str, ...]) -> None:
    """chmod: of a script that is gone it goes too, of a file that a COPY brings it is --chmod.

    What is left of it stays a step of the builder, whose result is carried.
    """
    copied = {
        place for item in taken.items if item.copy is not None for _, place in item.copy.places
    }
    for item in taken.items:
        if item.step is None or not item.step.flat:
            continue
        units = []
        for unit in item.step.units:
            paths = [p for e in unit.effects for p in e.paths if e.kind == "modes"]
            if unit.kind == "modes" and all(p in scripts or p in copied for p in paths):
                taken.modes += [path for path in paths if path not in scripts]
            else:
                units.append(unit)
        item.step = replace(item.step, units=tuple(units))


def _thinned(taken: Taken) -> bool:
    """Whether a step takes away a part of a folder that a COPY brings; notes what goes whole."""
    copied = [i.copy for i in taken.items if i.copy is not None]
    places = {place for copy in copied for _, place in copy.places}
    folders = [folder for copy in copied for folder in copy.folders]
    thinned = False
    for item in taken.items:
        for effect in item.step.effects if item.step else ():
            if effect.kind != "removes":
                continue
            for path in effect.paths:
                if path in places:
                    taken.removed.add(path)
                elif any(path.startswith(f"{folder}/") for folder in folders):
                    thinned = True
    return thinned


def _roots(taken: Taken) -> None:
    """Where steps that may write anywhere have written, as far as it belongs to the app."""
    found: list[str] = []
    for item in taken.items:
        if item.copy is not None:
            for _, place in item.copy.places:
                folder = place if place in item.copy.folders else posixpath.dirname(place)
                found.append(place if folder in _SYSTEM else folder)
        if item.step is not None and "writes" in item.step.kinds:
            if item.workdir not in _SYSTEM:
                found.append(item.workdir)
            found += _named(item.step)
    taken.roots = _outermost([path for path in found if path not in _SYSTEM])


def _left(draft: Draft, taken: Taken) -> None:
    """Say by hand what steps may have written elsewhere than what is taken of them."""
    known = ", ".join(taken.roots) or "nothing"
    for item in taken.items:
        for unit in item.step.units if item.step else ():
            opaque = any(map(_opaque, unit.commands)) or len(unit.commands) > 1
            if unit.kind != "writes" or not opaque:
                continue
            line, text = item.instruction.start, unit.commands[0].raw
            piped = len(unit.commands) > 1 and unit.commands[0].program in ("curl", "wget")
            reason = f"the builder runs it; of what it writes the runtime image gets {known}: "
            reason += "copy what else the app needs"
            draft.hand(_ids.PIPED if piped else _ids.UNCLEAR, line, text, reason)


def _opaque(command: ShellCommand) -> bool:
    """Whether a command may write where its words do not tell."""
    if command.unclear or command.program in _SHELLS or command.program in ("dpkg", "eval"):
        return True
    if command.program in ("make", "cmake", "ninja", "meson"):
        return any("install" in word for word in command.arguments)
    return command.program in ("tar", "unzip", "cp", "mv") and any(
        word.rstrip("/") in _SYSTEM for word in command.arguments[1:] if word.startswith("/")
    )


def _named(step: Step) -> list[str]:
    """Absolute paths in the words of commands that write."""
    found = []
    for unit in step.units:
        if unit.kind != "writes":
            continue
        for command in unit.commands:
            targets = [r.target for r in command.redirections if ">" in r.operator]
            for word in (*command.arguments, *targets):
                path = word.partition("=")[2] if word.startswith("--") else word
                if path.startswith((*_PLACES, *_FILES)) and "$" not in path and "*" not in path:
                    found.append(posixpath.normpath(path))
    return found


def _outermost(paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(path == f or path.startswith(f"{f}/") for f in found):
            found.append(path)
    return [path for path in dict.fromkeys(paths) if path in found]
