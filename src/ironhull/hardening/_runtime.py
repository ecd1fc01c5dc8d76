"""The runtime stage: the family's minimal image, what is carried into it, and how it starts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from ironhull.dockerfiles import Instruction, Stage
from ironhull.hardening import _ids
from ironhull.hardening._carrying import carried_packages
from ironhull.hardening._draft import Draft
from ironhull.hardening._env import environment
from ironhull.hardening._final import Item, Taken
from ironhull.hardening._health import health_check
from ironhull.hardening._runtime_files import Runtime, carry, copied, writable_folders
from ironhull.hardening._stages import pinned
from ironhull.hardening._starting import Start

__all__ = ["runtime_lines"]

_META = ("EXPOSE", "VOLUME", "STOPSIGNAL", "HEALTHCHECK")


def runtime_lines(draft: Draft, taken: Taken, start: Start, source: str) -> list[str]:
    """The final stage, FROM first; `source` is the stage that things are carried from."""
    stage = draft.subject.stage
    draft.stage = stage
    making = Runtime(draft, taken, start, source)
    image = "runtime" if carried_packages(draft) else pinned(draft.pair.run, draft)
    name = f" AS {stage.name}" if stage.name and stage.name != "runtime" else ""
    if draft.environment:
        listed = " ".join(f"{name}={value}" for name, value in draft.environment.items())
        if not _says_path(draft):
            making.files.append(f"ENV {listed}")
    for part in draft.subject.chain[:-1]:
        _inherited(part, making)
    draft.stage = stage
    if taken.below:
        carry(making)
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
    carry(making)
    writable_folders(making)
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


def _commented(between: str, making: Runtime, before: tuple[int, int]) -> None:
    """Comments go where their instruction went, unless the builder has it."""
    comments = [line.strip() for line in between.splitlines() if line.strip()]
    for lines, start in ((making.files, before[0]), (making.meta, before[1])):
        if comments and len(lines) > start and not lines[start].startswith("#"):
            lines[start:start] = comments
            return


def _inherited(part: Stage, making: Runtime) -> None:
    """What a stage below says of the image: everything but its files, which are built there."""
    for instruction in part.instructions:
        making.draft.stage = part
        making.draft.at = instruction
        if instruction.name in ("ENV", "WORKDIR", "LABEL", *_META):
            _item(Item(instruction, making.draft.workdir), making)


def _item(item: Item, making: Runtime) -> None:
    row = _ROWS.get(item.instruction.name)
    if row is not None:
        row(item, making)


def _workdir(item: Item, making: Runtime) -> None:
    draft, instruction = making.draft, item.instruction
    path = draft.absolute(draft.subject.scope.expand(instruction, instruction.argument))
    if path != making.workdir and path not in draft.writable:
        making.files.append(instruction.text)
        making.workdir = path


def _run(item: Item, making: Runtime) -> None:
    if item.survives:
        carry(making)


def _maintainer(item: Item, making: Runtime) -> None:
    who = json.dumps(item.instruction.argument, ensure_ascii=False)
    making.files.append(f"LABEL org.opencontainers.image.authors={who}")


def _health(item: Item, making: Runtime) -> None:
    making.meta = [line for line in making.meta if not line.startswith("HEALTHCHECK")]
    if said := health_check(item.instruction, making.draft):
        making.meta.append(said)


def _onbuild(item: Item, making: Runtime) -> None:
    instruction = item.instruction
    reason = "ONBUILD runs in images built on this one, which has no shell: give them a builder"
    making.draft.hand(_ids.UNCLEAR, instruction.start, instruction.text, reason)
    making.meta.append(instruction.text)


_ROWS: dict[str, Callable[[Item, Runtime], None]] = {
    "ENV": lambda item, making: making.files.extend(environment(item.instruction, making.draft)),
    "WORKDIR": _workdir,
    "COPY": copied,
    "ADD": copied,
    "RUN": _run,
    "LABEL": lambda item, making: making.files.append(item.instruction.text),
    "MAINTAINER": _maintainer,
    "EXPOSE": lambda item, making: making.meta.append(_expose(item.instruction, making.draft)),
    "HEALTHCHECK": _health,
    "VOLUME": lambda item, making: making.meta.append(item.instruction.text),
    "STOPSIGNAL": lambda item, making: making.meta.append(item.instruction.text),
    "ONBUILD": _onbuild,
}


def _expose(instruction: Instruction, draft: Draft) -> str:
    text = instruction.text
    for port in draft.subject.scope.words(instruction):
        number = port.split("/")[0]
        if not number.isdigit() or int(number) >= 1024:
            continue
        if after := draft.notes.get(f"port {number}"):
            text = re.sub(rf"\b{number}\b", after, text)
            reason = f"not every engine lets {draft.pair.user} bind port {number}"
            draft.change(_ids.PORT, instruction.start, instruction.text, text, reason)
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
