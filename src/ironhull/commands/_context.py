"""What every command is given: settings, where output goes, progress."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from ironhull.commands._stdout import write_out
from ironhull.config import Settings, load_settings
from ironhull.errors import printable
from ironhull.model import Problem, Subject
from ironhull.values import dataclass, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from ironhull.commands._answers import Recording
    from ironhull.store.answer_cache import Input

__all__ = [
    "IMAGE_HELP",
    "Context",
    "add_cache_argument",
    "add_layers_argument",
    "add_output_arguments",
    "add_platform_argument",
    "output_target",
]

IMAGE_HELP = (
    "name, digest, or PREFIX://WHERE (local, registry, docker, podman, oci-dir, archive, fs, sbom);"
    " default: the image built last"
)
"""What names an image on the command line."""

Render = Callable[[], str | bytes]
"""Makes a document; called only for the formats somebody asked for."""


def add_output_arguments(
    parser: argparse.ArgumentParser, formats: Sequence[str], default: str
) -> None:
    """Add `--format NAME` (to stdout) and the repeatable `--output FORMAT=PATH`."""
    parser.add_argument(
        "--format", choices=formats, default=default, help=f"what to print (default: {default})"
    )
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        type=_spec(formats),
        metavar="[FORMAT=]PATH",
        help="write to a file instead (- is standard output); repeat for several formats",
    )


def _spec(formats: Sequence[str]) -> Callable[[str], str]:
    """What argparse asks of each `--output`, so that a mistake is said before any work."""

    def check(text: str) -> str:
        name, equals, path = text.partition("=")
        if (path if equals else text) and not (equals and name not in formats):
            return text
        from argparse import ArgumentTypeError

        if equals and name not in formats:
            raise ArgumentTypeError(
                f"{text!r}: no format {name!r} (choose from {', '.join(formats)})"
            )
        raise ArgumentTypeError(f"{text!r} names no file")

    return check


def add_platform_argument(parser: argparse.ArgumentParser, *, every: bool = False) -> None:
    """Add `--platform OS/ARCH[/VARIANT]`; with `every` also `all`."""
    more = "; all: every platform there is, one after the other" if every else ""
    parser.add_argument(
        "--platform", default="", metavar="OS/ARCH", help=f"such as linux/arm64{more}"
    )


def add_cache_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--no-cache`."""
    parser.add_argument(
        "--no-cache", action="store_true", help="read everything anew, and keep nothing of it"
    )


def add_layers_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--all-layers`."""
    parser.add_argument(
        "--all-layers",
        action="store_true",
        help="also packages that a later layer removes: they still ship with the image",
    )


class _Progress:
    """A line on stderr that shows the work under way, only where a person looks at it."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._dirty = False

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self._shown:
            return
        amount = f"{100 * done // total:3d} %" if total else f"{done:,}"
        sys.stderr.write(f"\r\033[K{printable(what)}  {amount}")
        sys.stderr.flush()
        self._dirty = True

    def clear(self) -> None:
        """Take the line away again."""
        if self._dirty:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._dirty = False


@dataclass(frozen=True, slots=True)
class Context:
    """One run of one command."""

    settings: Settings
    quiet: bool = False
    progress: _Progress = field(default_factory=lambda: _Progress(shown=False))
    recording: Recording | None = None
    since: float = 0.0

    @classmethod
    def of(cls, *, quiet: bool, cached: bool = True, recording: Recording | None = None) -> Self:
        """The context of a command line: settings from file and environment.

        Without `cached` nothing is looked up in the caches or put there; `recording` gets what is
        written, to be given again.
        """
        shown = not quiet and sys.stderr.isatty()
        settings = load_settings()
        if not cached:
            settings = replace(settings, cache_bytes=0)
        if not settings.cache_bytes:
            recording = None
        return cls(settings, quiet, _Progress(shown=shown), recording, time.time())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress.clear()

    def depends_on(self, inputs: Iterable[Input] | None) -> None:
        """The run read these files; None: what it did cannot be told from files alone."""
        if self.recording is not None:
            self.recording.depends_on(inputs)

    def answers_about(self, reference: str, platform: str, subject: Subject) -> None:
        """The run is about the image `reference` and was told `subject`."""
        if self.recording is not None:
            from ironhull.commands._inputs import image_inputs

            env = dict(os.environ)
            found = image_inputs(reference, platform, subject, self.settings, env)
            self.recording.depends_on(found)

    def finish(self, code: int) -> None:
        """What is left to do when the result is written: keep it, make room in the caches."""
        if self.recording is not None:
            self.recording.finish(code)
        if self.settings.cache_bytes:
            from ironhull.store.caches import evict_if_written

            evict_if_written(
                self.settings.places.cache, limit=self.settings.cache_bytes, since=self.since
            )

    def note(self, line: str) -> None:
        """Say something that is not the result, on stderr: one line, printable."""
        if not self.quiet:
            line = printable(line)
            self.progress.clear()
            sys.stderr.write(f"{line}\n")
            if self.recording is not None:
                self.recording.noted(f"{line}\n")

    def report(self, problems: Sequence[Problem]) -> None:
        """Say on stderr what could not be read; the documents hold the same list."""
        for problem in problems:
            self.note(f"warning: {problem.stage}: {problem.where}: {problem.message}")

    def print(self, data: str | bytes) -> None:
        """Write to stdout what is the result."""
        self.progress.clear()
        raw = write_out(data)
        if self.recording is not None:
            self.recording.wrote(raw)

    def emit(self, args: argparse.Namespace, renders: Mapping[str, Render]) -> None:
        """Write what was asked for: `--output` files, else `--format` to stdout.

        Files are written whole or not at all.
        """
        if not args.output:
            self.print(renders[args.format]())
            return
        self.depends_on(None)  # files are written anew each time
        targets = [output_target(spec, args.format) for spec in args.output]
        for name, path in targets:
            data = renders[name]()
            if path == "-":
                self.print(data)
            else:
                from pathlib import Path

                from ironhull.store.files import atomic_write

                atomic_write(Path(path), data.encode() if isinstance(data, str) else data)


def output_target(spec: str, default: str) -> tuple[str, str]:
    """Format and path ("-": stdout) of one `--output`, checked already."""
    name, equals, path = spec.partition("=")
    return (name, path) if equals else (default, spec)
