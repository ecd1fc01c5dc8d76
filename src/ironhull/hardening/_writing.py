"""The new Dockerfile put together from its stages."""

from __future__ import annotations

import re

from ironhull.dockerfiles import Stage
from ironhull.hardening import _ids
from ironhull.hardening._builder import builder_lines, builder_name
from ironhull.hardening._carrying import carried_packages
from ironhull.hardening._draft import Draft
from ironhull.hardening._final import Taken, settle_modes, take_apart
from ironhull.hardening._ignoring import ignore_file
from ironhull.hardening._nouns import ByHand, Hardened, Pair
from ironhull.hardening._ports import move_ports, moved_start
from ironhull.hardening._row import Language, Options, Subject
from ironhull.hardening._runtime import runtime_lines
from ironhull.hardening._stages import pinned, stage_text
from ironhull.hardening._starting import start_of
from ironhull.hardening.families import choose
from ironhull.hardening.languages import LANGUAGES
from ironhull.hardening.other import kept_text

__all__ = ["write"]


def write(subject: Subject, options: Options) -> Hardened:
    """Recognise the language, take the family's images for it, and write the new text."""
    language, version = _language(subject)
    pair = choose(options.family, language.name, version) if language.name else None
    if pair is not None:
        draft = Draft(subject, language, pair, options)
        text = _rewritten(draft)
        if text is not None:
            return _result(draft, text, pair)
        return _kept(subject, language, options, _left(draft))
    return _kept(subject, language, options, [])


def _left(draft: Draft) -> list[ByHand]:
    """What hindered the move to other bases."""
    if not draft.by_hand and (why := draft.notes.get("stays")):
        stage = draft.subject.stage
        draft.hand(_ids.BASE, stage.start, stage.head.text, f"its base stays: {why}")
    return draft.by_hand


def _language(subject: Subject) -> tuple[Language, str]:
    for language in LANGUAGES:
        version = language.recognise(subject)
        if version is not None:
            return language, version
    raise AssertionError("the last language takes everything")


def _result(draft: Draft, text: str, pair: Pair | None) -> Hardened:
    subject = draft.subject
    ignore = None
    if not subject.context.ignored:
        ignore = ignore_file(subject, draft.language.name)
        reason = "what no build needs (history, caches, local settings) stays out of the context"
        draft.change(_ids.IGNORE, 0, "", ".dockerignore", reason)
    changes = tuple(sorted(draft.changes, key=lambda c: c.line or 1_000_000))
    return Hardened(
        subject.dockerfile.name,
        subject.dockerfile.text,
        text,
        draft.language.name,
        pair,
        ignore,
        changes,
        tuple(draft.by_hand),
    )


def _rewritten(draft: Draft) -> str | None:
    """The new text; None where something cannot move off its base."""
    subject = draft.subject
    if subject.dockerfile.escape != "\\":
        draft.notes["stays"] = f"the escape character is {subject.dockerfile.escape}"
        return None
    earlier = _earlier(draft)
    taken = take_apart(draft)
    start = start_of(draft)
    if not start.understood or "stays" in draft.notes:
        return None
    settle_modes(taken, start.scripts)
    move_ports(draft, start)
    _own(draft, taken)
    draft.carried = list(draft.language.carry(draft))
    name = builder_name(draft)
    builds = _builds(draft, taken)
    taken.builder = builds
    for call, where in draft.language.shells(subject):
        reason = f"{where} asks for a shell, which the runtime image has not: start the program by "
        draft.hand(_ids.SHELL_FORM, 0, call, reason + "a list of words")
    builder = builder_lines(draft, taken, name) if builds else []
    draft.carried = list(draft.language.carry(draft))
    source = name if builds else _source(draft)
    runtime = runtime_lines(draft, taken, moved_start(draft, start), source)
    final = subject.stage
    _say_base(draft)
    blocks = [*earlier]
    if carried_packages(draft):
        blocks.insert(0, [f"FROM {pinned(draft.pair.run, draft)} AS runtime"])
    blocks += [builder, runtime]
    blocks += [
        [*_above(stage, draft), *stage_text(stage, draft)]
        for stage in subject.dockerfile.stages[final.index + 1 :]
    ]
    text = "\n\n".join(_joined(block) for block in blocks if block) + "\n"
    return _preamble(draft, text) + text


def _joined(block: list[str]) -> str:
    """The lines of a stage; none that goes on where nothing follows it."""
    return "\n".join(re.sub(r"[ \t]*\\\s*$", "", line) for line in block).strip("\n")


def _builds(draft: Draft, taken: Taken) -> bool:
    asked = bool(draft.writable) or bool(draft.notes.get("builder"))
    return taken.builds or carried_packages(draft) or asked


def _preamble(draft: Draft, text: str) -> str:
    """What stands before the first FROM, without ARGs that nothing reads any more."""
    dockerfile = draft.subject.dockerfile
    before = dockerfile.lines(1, dockerfile.stages[0].start - 1)
    for argument in dockerfile.arguments:
        names = [name for name, _ in argument.pairs]
        if not any(
            re.search(rf"\$\{{?{re.escape(n)}\b|ARG +{re.escape(n)}\b", text) for n in names
        ):
            before = before.replace(argument.text, "", 1)
    if "<<" in text:  # here-documents came with 1.4
        before = re.sub(r"(?m)^(# *syntax *= *\S*dockerfile:)1\.[0-3]\b\S*", r"\g<1>1", before)
    return before.lstrip() if before.strip() else ""


def _earlier(draft: Draft) -> list[list[str]]:
    subject = draft.subject
    stages = subject.dockerfile.stages
    found = []
    for stage in stages[: subject.stage.index]:
        lines = stage_text(stage, draft)
        made = draft.notes.get("venv in") == str(stage.index) or stage.index in draft.begun
        if made and not _stood_on(stage, draft):
            lines += draft.language.finish(draft)
        found.append([*_above(stage, draft), *lines])
    return found


def _above(stage: Stage, draft: Draft) -> list[str]:
    """Comments that stand before FROM."""
    if stage.index == 0:
        return []
    before = draft.subject.dockerfile.stages[stage.index - 1]
    text = draft.subject.dockerfile.lines(before.end + 1, stage.start - 1)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _stood_on(stage: Stage, draft: Draft) -> bool:
    parents = draft.subject.scope.parents.values()
    return stage.index in parents


def _source(draft: Draft) -> str:
    """The earlier stage that has what the language carries."""
    if "copied" in draft.notes:
        return draft.notes["copied"]
    if not draft.begun:
        return draft.subject.stage.image
    return draft.subject.dockerfile.stages[max(draft.begun)].key


def _own(draft: Draft, taken: Taken) -> None:
    """Which of the app's own folders it writes: what its sources say, and what the input gives."""
    workdir = draft.final_workdir
    known = bool(draft.writable)
    for folder, where in draft.language.writes(draft.subject):
        if known and not folder:
            continue  # into the folders that are there for it
        target = folder or workdir
        if folder and folder.startswith(workdir.rstrip("/") + "/") and workdir != "/":
            target = workdir
        if target not in ("/", "/etc", "/usr"):
            draft.writable.setdefault(target, where)
    if workdir in draft.writable and workdir not in taken.roots and workdir != "/":
        taken.roots.append(workdir)
    for key in [k for k in draft.notes if k.startswith("owned ")]:
        path = key.removeprefix("owned ")
        if path == workdir and path not in draft.writable:
            reason = "the app's files belong to root: nothing in its sources writes them; what it "
            reason += "is to write, mount as a volume"
            draft.change(_ids.USER, 0, f"chown {path}", "", reason)
    reason = (
        f"a number, so that it can be checked before the start; {draft.pair.user} is the base's"
    )
    user = f"USER {draft.pair.user}"
    last = draft.subject.stage.last("USER")
    draft.change(_ids.USER, last.start if last else 0, last.text if last else "", user, reason)


def _say_base(draft: Draft) -> None:
    stage = draft.subject.stage
    pair = draft.pair
    image = pinned(pair.run, draft)
    reason = "a runtime image without a shell or a package manager"
    if pair.said:
        reason += f"; {pair.said}"
    draft.change(_ids.BASE, stage.start, stage.head.text, f"FROM {image}", reason)
    if "@" in image:
        draft.change(_ids.PIN, stage.start, pair.run, image, "a tag moves, a digest does not")


def _kept(subject: Subject, language: Language, options: Options, left: list[ByHand]) -> Hardened:
    """The bases stay; only what is safe on any base is done."""
    pair = Pair(options.family, language.name, "", "", "")
    draft = Draft(subject, language, pair, options)
    draft.by_hand += left
    text = kept_text(draft)
    if not draft.by_hand:
        reason = f"no base of the family {options.family} is known for {subject.root}: choose one"
        draft.hand(_ids.BASE, subject.stage.start, subject.stage.head.text, reason)
    return _result(draft, text, None)
