"""What a language adds to hardening: a row of facts and functions; see `languages.LANGUAGES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ironhull.dockerfiles import Dockerfile, Instruction, Scope, ShellCommand, Stage
from ironhull.hardening._context import Context
from ironhull.values import dataclass

if TYPE_CHECKING:
    from ironhull.hardening._draft import Draft

__all__ = ["Carried", "Effect", "Language", "Options", "Subject", "nothing"]


def _no_pin(reference: str) -> str:
    return reference[:0]


@dataclass(frozen=True, slots=True)
class Options:
    """How to harden; `pin` gives the digest of a reference ("sha256:…"), "" where it cannot."""

    family: str = "ironhull"
    target: str = ""
    arguments: Mapping[str, str] | None = None
    platform: str = "linux/amd64"
    pin: Callable[[str], str] = _no_pin


@dataclass(frozen=True, slots=True)
class Subject:
    """What is hardened: `stage` is the final one, `chain` the stages it stands on and itself.

    `root` is the image from elsewhere that the chain begins with, expanded.
    """

    dockerfile: Dockerfile
    scope: Scope
    stage: Stage
    chain: tuple[Stage, ...]
    root: str
    context: Context


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command of a RUN does to the image, by `kind`:

    "installs": puts packages where the language's `carry` takes them from, after its `begin`;
    "tool": a program that only the build uses; "keeps": for the builder, changes nothing that is
    carried; "writes": may change the app's folders or anything else; "drops": nobody needs it any
    more; "system": packages of the distribution; "folders": makes `paths`; "owns": gives `paths`
    to the app's user; "modes": permissions of `paths`; "removes": takes `paths` away; "cleans":
    clean-up of its own step; "context": `cd` and the like, for the commands after it;
    "nothing": leaves no trace.

    `text` is the command rewritten ("": as it is), `reason` why. `inputs` are the files of the
    working directory that it reads (None: not known, perhaps all), `cache` the folder it caches in,
    `before` an instruction that its RUN needs before it.
    """

    kind: str
    text: str = ""
    reason: str = ""
    paths: tuple[str, ...] = ()
    inputs: tuple[str, ...] | None = None
    cache: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the runtime stage takes from the builder; `writable` gives it to the app's user."""

    source: str
    target: str
    writable: bool = False


def nothing(*_: object) -> None:
    """What a row says that has no opinion."""


def _no_lines(_: Draft) -> tuple[str, ...]:
    return ()


def _no_packages(names: tuple[str, ...], _: Draft) -> tuple[str, ...]:
    return names[:0]


def _no_programs(_: Subject) -> frozenset[str]:
    return frozenset()


def _no_writes(_: Subject) -> tuple[tuple[str, str], ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Language:
    """How apps of one language are built and run. See docs/harden.md.

    `recognise` gives the version asked for ("" unknown), None where the app is not of this
    language. `images` are names of official images; with `moves`, earlier stages on these move to
    the family's build image too.
    """

    name: str
    images: tuple[str, ...]
    recognise: Callable[[Subject], str | None]
    effect: Callable[[ShellCommand, Draft], Effect | None]
    begin: Callable[[Draft], tuple[str, ...]]
    carry: Callable[[Draft], tuple[Carried, ...]]
    build_env: Callable[[str], bool]
    start: Callable[[tuple[str, ...], Draft], tuple[str, ...] | None]
    program: Callable[[tuple[ShellCommand, ...], Draft], str | None] = nothing
    script: Callable[[str, Draft], str | None] = nothing
    """As `program`, of a script's text with more than a sequence of commands."""
    shells: Callable[[Subject], tuple[tuple[str, str], ...]] = _no_writes
    """(call, "file:line") where the sources want a shell when they run."""
    runner: tuple[str, ...] = ()
    reworded: Callable[[tuple[ShellCommand, ...], Draft], tuple[str, ...] | None] = nothing
    """A command line with variables as plain words, where the language has a way: before `program`.
    """
    probe: Callable[[str, int], tuple[str, ...] | None] = nothing
    moves: bool = False
    copied: Callable[[Instruction, Draft], tuple[Carried, ...] | None] = nothing
    """A COPY --from of an earlier stage in other words; None: as it is."""
    finish: Callable[[Draft], tuple[str, ...]] = _no_lines
    """Last lines of the builder."""
    system: Callable[[tuple[str, ...], Draft], tuple[str, ...]] = _no_packages
    """Further packages of Debian that the build needs beside these."""
    programs: Callable[[Subject], frozenset[str]] = _no_programs
    """Programs that the app starts, as far as its sources tell."""
    writes: Callable[[Subject], tuple[tuple[str, str], ...]] = _no_writes
    """What the sources write: (absolute path or "", where it says so)."""
