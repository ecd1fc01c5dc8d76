"""COPY and ADD: where files of the context lie in the image."""

from __future__ import annotations

import posixpath

from ironhull.dockerfiles import Instruction, Stage
from ironhull.hardening._row import Subject
from ironhull.values import dataclass

__all__ = ["Copy", "context_path", "copy_of"]


@dataclass(frozen=True, slots=True)
class Copy:
    """A COPY or ADD: `sources` expanded, `target` absolute and without a final slash.

    `origin` is --from ("" the context). `places` are (source, path in the image it becomes); a
    folder's place is that of its contents.
    """

    instruction: Instruction
    origin: str
    sources: tuple[str, ...]
    target: str
    places: tuple[tuple[str, str], ...]
    workdir: str

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of the image that its files come to lie in."""
        found = []
        for source, place in self.places:
            whole = source in (".", "") or source.endswith("/") or place != _into(source, place)
            found.append(place if whole else posixpath.dirname(place))
        return tuple(dict.fromkeys(found))


def _into(source: str, place: str) -> str:
    return posixpath.join(posixpath.dirname(place), posixpath.basename(source.rstrip("/")))


def copy_of(instruction: Instruction, subject: Subject, stage: Stage) -> Copy | None:
    """What a COPY or ADD does; None where its sources are here-documents or an address."""
    scope = subject.scope
    if instruction.heredocs or len(instruction.words) < 2:
        return None
    words = tuple(scope.expand(instruction, word) for word in instruction.words)
    if any("://" in word or word.startswith("git@") for word in words[:-1]):
        return None
    workdir = "/" + scope.workdir(stage, instruction).strip("/")
    target = words[-1]
    path = posixpath.normpath(posixpath.join(workdir, target))
    path = "/" + path.lstrip("/")
    sources = tuple(posixpath.normpath(word.lstrip("/")) for word in words[:-1])
    origin = instruction.flag("from")
    origin = scope.expand(instruction, origin) if origin else ""
    if origin:
        sources = tuple(posixpath.normpath(posixpath.join("/", word)) for word in words[:-1])
    many = len(sources) > 1 or target.endswith(("/", ".")) or any("*" in s for s in sources)
    files = frozenset() if origin else frozenset(subject.context.files())
    places = []
    for source in sources:
        folder = _is_folder(source, files) if not origin else not _looks_like_file(source)
        if not folder and (many or path == workdir):
            places.append((source, posixpath.join(path, posixpath.basename(source))))
        else:
            places.append((source + "/" if folder and source != "." else source, path))
    return Copy(instruction, origin, sources, path, tuple(places), workdir)


def _is_folder(source: str, files: frozenset[str]) -> bool:
    return source == "." or any(path.startswith(f"{source}/") for path in files)


def _looks_like_file(source: str) -> bool:
    return "." in posixpath.basename(source).lstrip(".")


def context_path(path: str, subject: Subject, stage: Stage, before: Instruction | None) -> str:
    """The file of the context that lies at absolute `path` before an instruction; "" if none."""
    found = ""
    files = frozenset(subject.context.files())
    for part in subject.scope.lineage(stage):
        for instruction in part.all("COPY", "ADD"):
            if part is stage and before is not None and instruction.start >= before.start:
                break
            copy = copy_of(instruction, subject, part)
            if copy is None or copy.origin:
                continue
            for source, place in copy.places:
                here = _under(source, place, path)
                if here in files:
                    found = here
                elif "*" in source and posixpath.basename(path) in files:
                    found = posixpath.basename(path)
    return found


def _under(source: str, place: str, path: str) -> str:
    if path == place:
        return source
    if path.startswith(posixpath.join(place, "")):
        rest = path[len(posixpath.join(place, "")) :]
        return posixpath.normpath(posixpath.join(source, rest))
    return ""
