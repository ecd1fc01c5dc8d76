"""The runtime stage: the family's minimal image, what is carried into it, and how it starts."""

from __future__ import annotations

import json
import posixpath
import re

from ironhull.dockerfiles import Instruction, Stage
from ironhull.hardening import _ids
from ironhull.hardening._carrying import carried_packages
from ironhull.hardening._draft import Draft
from ironhull.hardening._env import is_secret
from ironhull.hardening._final import Item, Taken
from ironhull.hardening._health import health_check
from ironhull.hardening._row import Carried
from ironhull.hardening._stages import pinned
from ironhull.hardening._starting import Start

__all__ = ["runtime_lines"]

_META = ("EXPOSE", "VOLUME", "STOPSIGNAL", "HEALTHCHECK")
_LOCAL_BIN = re.compile(r"(/root|/home/\w+|~|\$HOME|\$\{HOME\})/\.(local|poetry|cargo)/bin")
_REQUIREMENTS = re.compile(r"(requirements|constraints)[^/]*\.(txt|in)$|\.lock$|(^|/)Pipfile")
_TOOL_IMAGES = re.compile(r"(^|/)(uv|poetry|pdm|composer)(:|@|$)")


class _Runtime:
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


def runtime_lines(draft: Draft, taken: Taken, start: Start, source: str) -> list[str]:
    """The final stage, FROM first; `source` is the stage that things are carried from."""
    stage = draft.subject.stage
    draft.stage = stage
    making = _Runtime(draft, taken, start, source)
    if carried_packages(draft):
        image = "runtime"
    else:
        image = pinned(draft.pair.run, draft)
    name = f" AS {stage.name}" if stage.name and stage.name != "runtime" else ""
    if draft.environment:
        listed = " ".join(f"{name}={value}" for name, value in draft.environment.items())
        if not _says_path(draft):
            making.files.append(f"ENV {listed}")
    for part in draft.subject.chain[:-1]:
        _inherited(part, making)
    draft.stage = stage
    end = stage.head.end
    for item in taken.items:
        between = draft.subject.dockerfile.lines(end + 1, item.instruction.start - 1)
        before = len(making.files), len(making.meta)
        draft.at = item.instruction
        _item(item, making)
        if item.instruction.start not in draft.built:
            _commented(between, making, before)
        end = item.instruction.end
    draft.at = None
    _carry(making)
    _writable(making)
    for path, content in start.files:
        body = content.strip("\n")
        making.files.append(f"COPY <<'EOF' {path}\n{body}\nEOF")
    lines = [f"FROM {image}{name}", *making.files, f"USER {draft.pair.user}", *making.meta]
    lines += _started(start, draft)
    return _out_of_root(_with_arguments(lines, draft), draft)


def _out_of_root(lines: list[str], draft: Draft) -> list[str]:
    """The app's files in /app where the input has them in /root, which only root may enter."""
    if not any(re.search(r"^WORKDIR /root|^COPY .* /root(/|$)", line) for line in lines):
        return lines
    place = "/app" if not any(re.search(r"[ \"=]/app\b", line) for line in lines) else "/srv/app"
    found = []
    for line in lines:
        if line.startswith("COPY "):
            after = re.sub(r" /root(/\S*)?$", rf" {place}\1", line)
        else:
            after = re.sub(r"(?<=[ \"=:])/root(?=[/ \":]|$)", place, line)
        found.append(after)
    reason = f"only root may enter /root; the app runs as {draft.pair.user}"
    draft.change(_ids.USER, draft.subject.stage.start, "/root", place, reason)
    return found


def _says_path(draft: Draft) -> bool:
    """Whether the input's own ENV puts the programs on the path already."""
    wanted = draft.environment.get("PATH", "").removesuffix(":$PATH")
    for part in draft.subject.chain:
        for instruction in part.all("ENV"):
            if any(n == "PATH" for n, _ in instruction.pairs):
                value = draft.subject.scope.environment(part).get("PATH", "")
                if wanted and wanted in value.split(":"):
                    return len(draft.environment) == 1
    return False


def _commented(between: str, making: _Runtime, before: tuple[int, int]) -> None:
    """Comments go where their instruction went, unless the builder has it."""
    comments = [line.strip() for line in between.splitlines() if line.strip()]
    for lines, start in ((making.files, before[0]), (making.meta, before[1])):
        if comments and len(lines) > start and not lines[start].startswith("#"):
            lines[start:start] = comments
            return


def _inherited(part: Stage, making: _Runtime) -> None:
    """What a stage below says of the image: everything but its files, which are built there."""
    for instruction in part.instructions:
        making.draft.stage = part
        making.draft.at = instruction
        if instruction.name in ("ENV", "WORKDIR", "LABEL", *_META):
            _item(Item(instruction, making.draft.workdir), making)


def _item(item: Item, making: _Runtime) -> None:
    draft, instruction = making.draft, item.instruction
    if instruction.name == "ENV":
        making.files += _env(instruction, draft)
    elif instruction.name == "WORKDIR":
        path = draft.absolute(draft.subject.scope.expand(instruction, instruction.argument))
        if path != making.workdir and path not in draft.writable:
            making.files.append(instruction.text)
            making.workdir = path
    elif instruction.name in ("COPY", "ADD"):
        _copy(item, making)
    elif instruction.name == "RUN":
        if item.survives:
            _carry(making)
    elif instruction.name == "LABEL":
        making.files.append(instruction.text)
    elif instruction.name == "MAINTAINER":
        making.files.append(
            f"LABEL org.opencontainers.image.authors={json.dumps(instruction.argument)}"
        )
    elif instruction.name == "EXPOSE":
        making.meta.append(_expose(instruction, draft))
    elif instruction.name == "HEALTHCHECK":
        making.meta = [line for line in making.meta if not line.startswith("HEALTHCHECK")]
        if said := health_check(instruction, draft):
            making.meta.append(said)
    elif instruction.name in ("VOLUME", "STOPSIGNAL"):
        making.meta.append(instruction.text)
    elif instruction.name == "ONBUILD":
        reason = "ONBUILD runs in images built on this one, which has no shell: give them a builder"
        draft.hand(_ids.UNCLEAR, instruction.start, instruction.text, reason)
        making.meta.append(instruction.text)


def _env(instruction: Instruction, draft: Draft) -> list[str]:
    kept: list[str] = []
    whole = True
    values = dict(draft.subject.scope.pairs(instruction))
    for name, raw in instruction.pairs:
        if draft.language.build_env(name):
            whole = False
        elif is_secret(name, values.get(name)):
            whole = False
            reason = f"a secret in the image is readable for all who can pull it: give {name} when "
            reason += (
                f"the container starts (docker run --env {name}, a secret of the orchestrator)"
            )
            draft.change(_ids.SECRET, instruction.start, f"{name}=…", "", reason)
        elif (after := _moved_port(raw, draft)) != raw:
            whole = False
            kept.append(f"{name}={after}")
        elif name == "PATH" and raw is not None and (said := _path(raw, draft)) != raw:
            whole = False
            if said:
                kept.append(f"PATH={said}")
        else:
            kept.append(f"{name}={raw}")
    if whole:
        return [instruction.text]
    if len(kept) > 3:
        return ["ENV " + " \\\n    ".join(kept)]
    return ["ENV " + " ".join(kept)] if kept else []


def _moved_port(raw: str | None, draft: Draft) -> str | None:
    return draft.notes.get(f"port {raw}", raw) if raw else raw


def _path(raw: str, draft: Draft) -> str:
    """PATH without folders of installers that the runtime image has not."""
    parts = raw.strip("\"'").split(":")
    kept = [part for part in parts if not _LOCAL_BIN.match(part)]
    if len(kept) == len(parts):
        return raw
    return "" if kept in (["$PATH"], ["${PATH}"]) else ":".join(kept)


def _copy(item: Item, making: _Runtime) -> None:
    draft, copy = making.draft, item.copy
    text = re.sub(r"\s--chown=\S+", "", item.instruction.text)
    if item.instruction.name == "ADD":
        text = _added(item, draft, text)
    if copy is None:
        making.files.append(text)
        return
    said = draft.language.copied(item.instruction, draft)
    if said is not None:
        _carry(making)
        return
    if copy.origin and _TOOL_IMAGES.search(copy.origin) and "/" in copy.origin:
        return
    if draft.only_carried:
        _carry(making)
        return
    if set(copy.places) and all(place in making.start.scripts for _, place in copy.places):
        return
    if copy.places and all(place in making.taken.removed for _, place in copy.places):
        return
    if copy.target in draft.notes.get("installed", "").split() and _done_with(copy.target, draft):
        reason = "the project is installed with its packages; its sources are not needed to run it"
        draft.change(_ids.TOOLS, item.instruction.start, item.instruction.text, "", reason)
        return
    _carry_if_first(making)
    if _for_installing(item, making):
        return
    roots = [r for r in making.taken.roots if _inside(copy.target, r) or copy.target in ("/",)]
    if roots and copy.target != "/":
        for root in roots:
            _bring(root, making)
        return
    target = _writing(copy.target, making)
    if target is not None:
        flag = f" --chown={draft.pair.user}"
        text = re.sub(r"^(\s*(?:COPY|ADD))", rf"\1{flag}", text, flags=re.IGNORECASE)
    making.files.append(_with_mode(text, item, making))


def _done_with(folder: str, draft: Draft) -> bool:
    """Whether nothing that is started lies in a folder, nor is started from it."""
    if _inside(draft.final_workdir, folder):
        return False
    return all(folder not in i.text for i in draft.subject.stage.all("CMD", "ENTRYPOINT", "ENV"))


def _for_installing(item: Item, making: _Runtime) -> bool:
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


def _carry_if_first(making: _Runtime) -> None:
    """Packages change less often than the app: they come first, so that their layer is kept."""
    if making.draft.carried and not making.carried:
        _carry(making)


def _with_mode(text: str, item: Item, making: _Runtime) -> str:
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


def _writing(path: str, making: _Runtime) -> str | None:
    return next((f for f in making.draft.writable if _inside(path, f)), None)


def _bring(path: str, making: _Runtime) -> None:
    if any(_inside(path, done) for done in making.brought):
        return
    making.brought.add(path)
    chown = f" --chown={making.draft.pair.user}" if _writing(path, making) else ""
    making.files.append(f"COPY --from={making.source}{chown} {path} {path}")


def _carry(making: _Runtime) -> None:
    """What the language carries and the packages of Debian, once."""
    if making.carried:
        return
    making.carried = True
    draft = making.draft
    for carried in draft.carried:
        if carried.source == carried.target and _covered(carried.source, making):
            continue  # its folder comes whole
        making.files.append(_carried(carried, making))
        making.brought.add(carried.source)
    if carried_packages(draft):
        making.files.append(f"COPY --from={making.source} /carried /")
    if not draft.only_carried:
        for root in (*making.taken.below, *making.taken.roots):
            _bring(root, making)


def _covered(path: str, making: _Runtime) -> bool:
    return any(_inside(path, root) for root in (*making.taken.below, *making.taken.roots))


def _carried(carried: Carried, making: _Runtime) -> str:
    chown = f" --chown={making.draft.pair.user}" if carried.writable else ""
    return f"COPY --from={making.source}{chown} {carried.source} {carried.target}"


def _writable(making: _Runtime) -> None:
    for path, why in sorted(making.draft.writable.items(), key=lambda pair: pair[0].count("/")):
        if any(_inside(path, done) for done in making.brought):
            continue
        _bring(path, making)
        reason = f"the app writes there ({why}); it runs as {making.draft.pair.user}"
        making.draft.change(_ids.USER, 0, "", making.files[-1], reason)
    workdir = making.draft.final_workdir
    if workdir in making.draft.writable and workdir != "/":
        making.files.append(f"WORKDIR {workdir}")


def _expose(instruction: Instruction, draft: Draft) -> str:
    text = instruction.text
    for port in draft.subject.scope.words(instruction):
        number = port.split("/")[0]
        if not number.isdigit() or int(number) >= 1024:
            continue
        if after := draft.notes.get(f"port {number}"):
            text = re.sub(rf"\b{number}\b", after, text)
        else:
            reason = (
                f"port {number} is below 1024: engines let any user bind it, others (Kubernetes "
            )
            reason += "with older containerd) do not; let the app listen on a higher one"
            draft.hand(_ids.PORT, instruction.start, instruction.text, reason)
    return text


def _started(start: Start, draft: Draft) -> list[str]:
    lines = []
    if start.command and not start.entrypoint and draft.pair.family != "ironhull":
        lines.append("ENTRYPOINT []")  # theirs may have one of its own
    if start.entrypoint:
        lines.append(f"ENTRYPOINT {json.dumps(list(start.entrypoint), ensure_ascii=False)}")
    if start.command:
        lines.append(f"CMD {json.dumps(list(start.command), ensure_ascii=False)}")
    return lines


def _with_arguments(lines: list[str], draft: Draft) -> list[str]:
    """ARGs that a line of the runtime stage reads, before the first that does."""
    text = "\n".join(lines[1:])
    found = []
    for part in draft.subject.chain:
        for instruction in part.all("ARG"):
            names = [name for name, _ in instruction.pairs]
            if any(re.search(rf"\$\{{?{re.escape(name)}\b", text) for name in names):
                found.append(instruction.text)
    return [lines[0], *dict.fromkeys(found), *lines[1:]]
