"""Stages before the final one: pinned as they are, or moved to the family's build image."""

from __future__ import annotations

import re

from ironhull.dockerfiles import Instruction, Stage
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._runs import analysed, run_lines, secret_arguments
from ironhull.hardening._tracing import image_version, stage_root

__all__ = ["head_of", "lead", "moved", "pinned", "relevant", "stage_text"]


def moved(stage: Stage, draft: Draft) -> bool:
    """Whether a stage goes to the family's build image: its results depend on where things lie."""
    if not draft.language.moves or not draft.pair.build:
        return False
    if stage in draft.subject.chain:
        return True
    root = stage_root(draft.subject, stage)
    return image_version(root, draft.language.images) is not None


def pinned(reference: str, draft: Draft) -> str:
    """A reference with the digest it has now; as it is where nothing tells it."""
    if "@" in reference or reference == "scratch" or "$" in reference:
        return reference
    digest = draft.options.pin(reference)
    return f"{reference}@{digest}" if digest else reference


def head_of(stage: Stage, image: str, name: str) -> str:
    """A FROM of `image`, with the platform that the input asks for."""
    platform = f"--platform={stage.platform} " if stage.platform else ""
    return f"FROM {platform}{image}" + (f" AS {name}" if name else "")


def lead(dockerfile_lines: str) -> list[str]:
    """Comments and blank lines between two instructions, at most one blank in a row."""
    found: list[str] = []
    for line in dockerfile_lines.splitlines():
        text = line.strip()
        if text or (found and found[-1]):
            found.append(text)
    return found


def stage_text(stage: Stage, draft: Draft, last: tuple[str, ...] = ()) -> list[str]:
    """Lines of a stage that others take from; `last` are added at its end."""
    draft.stage = stage
    notes = None if relevant(stage, draft) else dict(draft.notes)
    scope = draft.subject.scope
    parent = scope.parent(stage)
    go = moved(stage, draft)
    if parent is not None:
        if parent.index in draft.begun:
            draft.begun.add(stage.index)
        head = stage.head.text
    elif go:
        head = head_of(stage, pinned(draft.pair.build, draft), stage.name)
        reason = "the same language on the family's build image, so that paths fit the runtime's"
        draft.change(_ids.BASE, stage.start, stage.head.text, head, reason)
    else:
        head = _pin_head(stage, draft)
    lines = [head]
    if go and parent is None and not draft.debian:
        lines.append("USER 0")
    end = stage.head.end
    for instruction in stage.instructions:
        if instruction.start > end + 1:
            between = draft.subject.dockerfile.lines(end + 1, instruction.start - 1)
            lines += [line.rstrip() for line in between.split("\n")]
        lines += _instruction(instruction, draft, go)
        end = instruction.end
    draft.at = None
    if notes is not None:  # nothing of it ends up in the final image
        draft.notes = notes
    return [*lines, *last]


def relevant(stage: Stage, draft: Draft) -> bool:
    """Whether the final stage stands on a stage, or takes from it, directly or by others."""
    scope, dockerfile = draft.subject.scope, draft.subject.dockerfile
    waiting, seen = [draft.subject.stage], {draft.subject.stage.index}
    while waiting:
        here = waiting.pop()
        names = [scope.expand(i, i.flag("from") or "") for i in here.all("COPY", "ADD")]
        below = scope.parent(here)
        found = [dockerfile.stage(name) for name in names if name]
        for other in [*found, below]:
            if other is not None and other.index not in seen:
                seen.add(other.index)
                waiting.append(other)
    return stage.index in seen


def _pin_head(stage: Stage, draft: Draft) -> str:
    image = draft.subject.scope.image(stage)
    found = pinned(image, draft)
    if found == image or image != stage.image:
        return stage.head.text
    after = head_of(stage, found, stage.name)
    reason = "a tag moves; the digest is the image that was looked at"
    draft.change(_ids.PIN, stage.start, stage.head.text, after, reason)
    return after


def _instruction(instruction: Instruction, draft: Draft, go: bool) -> list[str]:
    if not go:
        return [instruction.text]
    if instruction.name == "RUN":
        return run_lines(analysed(instruction, draft), draft, whole=True)
    if instruction.name == "USER":
        return []
    if instruction.name == "ARG":
        draft.at = instruction
        names = {name for name, _ in instruction.pairs}
        return [] if names <= set(secret_arguments(draft)) else [instruction.text]
    if instruction.name in ("COPY", "ADD"):
        return [re.sub(r"\s--chown=\S+", "", instruction.text)]
    draft.at = instruction
    return [instruction.text]
