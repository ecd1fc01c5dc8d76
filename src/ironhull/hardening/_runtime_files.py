"""The files of the runtime stage: what is copied from the context, and what from the builder."""

from __future__ import annotations

import posixpath
import re

from ironhull.hardening import _ids
from ironhull.hardening._carrying import carried_packages
from ironhull.hardening._copies import Copy
from ironhull.hardening._draft import Draft
from ironhull.hardening._final import Item, Taken
from ironhull.hardening._row import Carried
from ironhull.hardening._stages import pinned
from ironhull.hardening._starting import Start

__all__ = ["Runtime", "carry", "copied", "writable_folders"]

_REQUIREMENTS = re.compile(r"(requirements|constraints)[^/]*\.(txt|in)$|\.lock$|(^|/)Pipfile")
_TOOL_IMAGES = re.compile(r"(^|/)(uv|poetry|pdm|composer)(:|@|$)")


class Runtime:
    """The lines as they come together: `files` before USER, `meta` after it."""

    def __init__(self, draft: Draft, taken: Taken, start: Start, source: str) -> None:
        self.draft = draft
        self.taken = taken
        self.start = start
        self.source = source
        self.files: list[str] = []
        self.meta: list[str] = []
        self.brought: set[str] = set()
        self.carried = False
        self.workdir = ""


def copied(item: Item, making: Runtime) -> None:
    """What a COPY or ADD of the final stage is in the runtime stage: itself, or nothing."""
    draft, copy = making.draft, item.copy
    text = re.sub(r"\s--chown=\S+", "", item.instruction.text)
    if item.instruction.name == "ADD":
        text = _added(item, draft, text)
    if copy is None:
        if not any(text.split("\n")[0].endswith(f" {path}") for path in making.start.scripts):
            making.files.append(text)
        return
    if draft.language.copied(item.instruction, draft) is not None or draft.only_carried:
        carry(making)
        return
    if _gone(item, copy, making):
        return
    if draft.carried:  # packages change less often than the app: their layer comes first
        carry(making)
    if _for_installing(item, making):
        return
    roots = [root for root in making.taken.roots if _inside(copy.target, root)]
    for root in roots:
        _bring(root, making)
    if not roots:
        making.files.append(_owned(_with_mode(text, item, making), copy, making))


def _gone(item: Item, copy: Copy, making: Runtime) -> bool:
    """Whether nothing in the runtime image has a use for what it brings."""
    draft = making.draft
    if copy.origin and _TOOL_IMAGES.search(copy.origin) and "/" in copy.origin:
        return True
    places = {place for _, place in copy.places}
    if places and (places <= set(making.start.scripts) or places <= making.taken.removed):
        return True
    if copy.target in draft.notes.get("installed", "").split() and _done_with(copy.target, draft):
        reason = "the project is installed with its packages; its sources are not needed to run it"
        draft.change(_ids.TOOLS, item.instruction.start, item.instruction.text, "", reason)
        return True
    return False


def _owned(text: str, copy: Copy, making: Runtime) -> str:
    """With the owner where the app writes, and with the digest of an image it copies from."""
    draft = making.draft
    if copy.origin and draft.subject.dockerfile.stage(copy.origin) is None:
        text = text.replace(f"--from={copy.origin}", f"--from={pinned(copy.origin, draft)}")
    if _writing(copy.target, making) is None:
        return text
    flag = f" --chown={draft.pair.user}"
    return re.sub(r"^(\s*(?:COPY|ADD))", rf"\1{flag}", text, flags=re.IGNORECASE)


def _done_with(folder: str, draft: Draft) -> bool:
    """Whether nothing that is started lies in a folder, nor is started from it."""
    if _inside(draft.final_workdir, folder):
        return False
    return all(folder not in i.text for i in draft.subject.stage.all("CMD", "ENTRYPOINT", "ENV"))


def _for_installing(item: Item, making: Runtime) -> bool:
    """Whether only an installation reads it, or a later COPY brings it with the rest."""
    copy, items = item.copy, making.taken.items
    if copy is None or copy.origin or not copy.places:
        return False
    if not all(place in making.taken.inputs for _, place in copy.places):
        return False
    if all(_REQUIREMENTS.search(source) for source in copy.sources):
        return True
    later = [i.copy for i in items[items.index(item) + 1 :] if i.copy is not None]
    return any("." in c.sources and _inside(copy.places[0][1], c.target) for c in later)


def _with_mode(text: str, item: Item, making: Runtime) -> str:
    copy = item.copy
    if copy is None or "--chmod" in text:
        return text
    modes = [place for _, place in copy.places if place in making.taken.modes]
    if modes and len(modes) == len(copy.places):
        return re.sub(r"^(\s*(?:COPY|ADD))", r"\1 --chmod=755", text, flags=re.IGNORECASE)
    return text


def _added(item: Item, draft: Draft, text: str) -> str:
    instruction = item.instruction
    if any("://" in word for word in instruction.words[:-1]):
        if instruction.flag("checksum") is None:
            reason = "whatever the address serves is built in: add --checksum=sha256:… of the file"
            draft.hand(_ids.ADD_URL, instruction.start, instruction.text, reason)
        return text
    if item.copy is None or any(
        re.search(r"\.(tar|tgz|tbz2?|txz|gz|xz|bz2)", s) for s in item.copy.sources
    ):
        return text
    after = re.sub(r"^\s*ADD\b", "COPY", text, flags=re.IGNORECASE)
    reason = "COPY only copies; ADD also unpacks and downloads"
    draft.change(_ids.ADD_LOCAL, instruction.start, instruction.text, after, reason)
    return after


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(posixpath.join(folder, ""))


def _writing(path: str, making: Runtime) -> str | None:
    return next((f for f in making.draft.writable if _inside(path, f)), None)


def _bring(path: str, making: Runtime, source: str = "") -> None:
    if any(_inside(path, done) for done in making.brought):
        return
    making.brought.add(path)
    chown = f" --chown={making.draft.pair.user}" if _writing(path, making) else ""
    making.files.append(f"COPY --from={source or making.source}{chown} {path} {path}")


def carry(making: Runtime) -> None:
    """What the language carries and the packages of Debian, once."""
    if making.carried:
        return
    making.carried = True
    draft = making.draft
    for carried in draft.carried:
        same = carried.source == carried.target and not draft.only_carried
        if same and _covered(carried.source, making):
            continue  # its folder comes whole
        making.files.append(_carried(carried, making))
        making.brought.add(carried.source)
    if carried_packages(draft):
        making.files.append(f"COPY --from={making.source} /carried /")
    if not draft.only_carried:
        parent = draft.subject.scope.parent(draft.subject.stage)
        source = making.source if making.taken.builder or parent is None else parent.key
        for root in making.taken.below:
            _bring(root, making, source)
        for root in making.taken.roots:
            _bring(root, making)


def _covered(path: str, making: Runtime) -> bool:
    return any(_inside(path, root) for root in (*making.taken.below, *making.taken.roots))


def _carried(carried: Carried, making: Runtime) -> str:
    chown = f" --chown={making.draft.pair.user}" if carried.writable else ""
    return f"COPY --from={making.source}{chown} {carried.source} {carried.target}"


def writable_folders(making: Runtime) -> None:
    for path, why in sorted(making.draft.writable.items(), key=lambda pair: pair[0].count("/")):
        if any(_inside(path, done) for done in making.brought):
            continue
        _bring(path, making)
        reason = f"the app writes there ({why}); it runs as {making.draft.pair.user}"
        making.draft.change(_ids.USER, 0, "", making.files[-1], reason)
    workdir = making.draft.final_workdir
    if workdir in making.draft.writable and workdir != "/":
        making.files.append(f"WORKDIR {workdir}")
