"""`ironhull harden`: a Dockerfile rewritten for a minimal base, with a reason for every change."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.commands._context import Context
from ironhull.commands._harden_build import (
    add_proof_arguments,
    need_engine,
    prove_it,
    refuse_without_build,
    smoke_of,
)
from ironhull.errors import StoreError, UsageError
from ironhull.formats import HARDEN_FORMATS
from ironhull.limits import LIMITS
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ironhull.dockerfiles import Dockerfile
    from ironhull.hardening import ByHand, Hardened

__all__ = ["HELP", "Wanted", "arguments", "run"]

HELP = (
    "Rewrite a Dockerfile: built on a base with tools, run on a minimal one without a shell, as "
    "nobody, from pinned bases. The new one is written beside it as Dockerfile.hardened; what "
    "cannot be proven safe is kept and listed. With --check only tell what is wrong with it."
)
_FORMATS = ("text", "json", "markdown", "sarif")
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line names: the Dockerfile ("-": standard input), its text and context."""

    name: str
    data: bytes
    context: Path

    @property
    def beside(self) -> Path:
        """Where the hardened one goes by itself."""
        return Path(f"{self.name}.hardened")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of harden."""
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        default="Dockerfile",
        metavar="DOCKERFILE",
        help="- is standard input (default: Dockerfile)",
    )
    add("--context", default="", metavar="DIR", help="what it copies from (default: its directory)")
    add(
        "--base",
        default="ironhull",
        metavar="FAMILY",
        help="the bases to move to: ironhull, dhi, chainguard, distroless (default: ironhull)",
    )
    add("--target", default="", metavar="STAGE", help="the stage to harden (default: the last)")
    add(
        "--build-arg",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="value of an ARG; repeat",
    )
    add(
        "-o",
        "--output",
        default="",
        metavar="FILE",
        help="where the hardened one goes (- is standard output, then without a report)",
    )
    add("--in-place", action="store_true", help="overwrite the Dockerfile")
    add("-n", "--dry-run", action="store_true", help="write no file, print what would change")
    add("--format", choices=_FORMATS, default="text", help="what to print (default: text)")
    add("--check", action="store_true", help="change nothing, tell what is wrong: rules with ids")
    add_proof_arguments(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Harden, check or prove; 0, or 2 where --check found errors or the proof does not hold."""
    from ironhull.dockerfiles import read_dockerfile

    _refuse(args)
    wanted = _wanted(args)
    dockerfile = read_dockerfile(wanted.data, wanted.name)
    if args.check:
        from ironhull.commands._harden_check import check

        return check(dockerfile, wanted, args, context)
    if args.build:
        need_engine(args)
    hardened = _hardened(dockerfile, wanted, args, context)
    written = _write(hardened, wanted, args, context)
    if args.build:
        return prove_it(hardened, wanted, written, args, context)
    if args.output != _STDIN:
        renders = {row.name: row.write for row in HARDEN_FORMATS}
        context.print(renders[args.format](hardened))
    return 0


def _refuse(args: argparse.Namespace) -> None:
    """UsageError where options do not go together."""
    if args.check and (args.output or args.in_place or args.build):
        other = "--build" if args.build else "--in-place" if args.in_place else "-o"
        raise UsageError(f"--check writes and builds nothing: not with {other}", "leave one out")
    if args.in_place and (args.output or args.file == _STDIN):
        what = "-o" if args.output else "standard input"
        raise UsageError(f"--in-place and {what} do not go together", "leave one out")
    if args.format == "sarif" and not args.check:
        raise UsageError("--format sarif is for --check", "use text, json or markdown")
    if args.build and args.output == _STDIN:
        raise UsageError("-o - and --build both want standard output", "write to a file")
    if args.build:
        smoke_of(args)
    else:
        refuse_without_build(args)


def _wanted(args: argparse.Namespace) -> Wanted:
    name = args.file
    if name != _STDIN and Path(name).is_dir():
        name = str(Path(name) / "Dockerfile")
    place = Path(args.context) if args.context else Path(name).parent
    if not place.is_dir():
        raise UsageError(f"{place}: no such directory", "--context is a directory")
    return Wanted(name, _read(name), place)


def _read(name: str) -> bytes:
    """The bytes of a Dockerfile, one more than may be where it is too long: reading says so."""
    most = LIMITS.dockerfile_bytes + 1
    if name == _STDIN:
        return sys.stdin.buffer.read(most)
    try:
        with Path(name).open("rb") as file:
            return file.read(most)
    except OSError as trouble:
        hint = "name the Dockerfile, or - for standard input"
        raise StoreError(f"cannot read {name}: {trouble.strerror}", hint) from None


def _hardened(
    dockerfile: Dockerfile, wanted: Wanted, args: argparse.Namespace, context: Context
) -> Hardened:
    from ironhull.harden import Options, directory, harden
    from ironhull.oci.images import host_platform
    from ironhull.proving import pinning

    unknown: dict[str, str] = {}
    pin = pinning(context.settings, unknown.__setitem__, context.progress, build=args.build)
    options = Options(
        family=args.base,
        target=args.target,
        arguments=build_arguments(args),
        platform=str(host_platform()),
        pin=pin,
    )
    found = harden(dockerfile, directory(wanted.context, Path(wanted.name).name), options)
    return replace(found, by_hand=(*found.by_hand, *_unpinned(dockerfile, found, unknown)))


def _unpinned(
    dockerfile: Dockerfile, hardened: Hardened, unknown: Mapping[str, str]
) -> Iterator[ByHand]:
    """The images of the new Dockerfile that are named by a tag, as nobody knew their digests."""
    from ironhull.hardening import ByHand

    for name, why in unknown.items():
        if any(name in line.split() for line in hardened.text.splitlines()):
            lines = (stage.start for stage in dockerfile.stages if stage.image == name)
            text = f"{name} is not pinned by its digest"
            yield ByHand("IH-D002", next(lines, 0), text, why)


def build_arguments(args: argparse.Namespace) -> dict[str, str]:
    """Build arguments; one without a value has that of the environment, as docker build does."""
    found = {}
    for word in args.build_arg:
        name, equals, value = word.partition("=")
        if not name:
            raise UsageError(f"--build-arg {word!r}: no name", "write NAME=VALUE")
        if equals or name in os.environ:
            found[name] = value if equals else os.environ[name]
    return found


def _write(
    hardened: Hardened, wanted: Wanted, args: argparse.Namespace, context: Context
) -> Path | None:
    """Write the new Dockerfile and, where none is there, .dockerignore; where it was written."""
    from ironhull.store.files import atomic_write

    data = hardened.text.encode("utf-8", "surrogateescape")
    if args.output == _STDIN:
        context.print(data)
        return None
    if args.dry_run or (wanted.name == _STDIN and not args.output):
        return None
    path = Path(args.output) if args.output else wanted.beside
    path = Path(wanted.name) if args.in_place else path
    if path.is_dir():
        raise StoreError(f"cannot write {path}: it is a directory", "name a file")
    atomic_write(path, data)
    context.note(f"written to {path}")
    ignore = wanted.context / ".dockerignore"
    if hardened.ignore is not None and not ignore.exists():
        atomic_write(ignore, hardened.ignore.encode())
        context.note(f"written to {ignore}")
    return path
