"""`ironhull harden --build`: both Dockerfiles built, both images run, compared and judged."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import BuildError, UsageError
from ironhull.formats import PROOF_FORMATS
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.commands._context import Context
    from ironhull.commands.harden import Wanted
    from ironhull.compare import Comparison
    from ironhull.hardening import Hardened, Proof, Side, Smoke
    from ironhull.model import Report
    from ironhull.proving import Asked

__all__ = [
    "add_proof_arguments",
    "need_engine",
    "prove_it",
    "refuse_without_build",
    "smoke_of",
]

NOT_PROVEN = 2
_SECONDS = 30.0
_MOST_SECONDS = 3600.0

_SEVERAL = (
    ("env", "NAME=VALUE", "a variable both images are run with"),
    ("volume", "DIR", "a directory of the images that what runs may write to"),
    ("build-context", "NAME=PATH", "another context, for COPY --from=NAME"),
    ("secret", "id=ID,src=FILE", "what RUN --mount=type=secret reads"),
    ("ssh", "ID[=SOCKET]", "what RUN --mount=type=ssh uses"),
)
_SINGLE = (
    ("smoke", "TEST", 'what both have to pass: "GET /path", "GET :PORT/path", "run ARGUMENTS"'),
    ("expect", "TEXT", "what the answer or the output has to have in it"),
    ("network", "MODE", "network of RUN: default, none, host"),
    ("engine", "NAME", "what builds: buildx, buildah or podman (default: what is there)"),
    ("builder", "NAME", "the builder of buildx"),
)


def add_proof_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --build and the options that mean something with it."""
    group = parser.add_argument_group(
        "proof", "build the image before and the hardened one, run both and compare them"
    )
    add = group.add_argument
    add("--build", action="store_true", help="prove it; exit 2 where the smoke test fails")
    for name, value, meaning in _SINGLE:
        add(f"--{name}", default="", metavar=value, help=meaning)
    add(
        "--wait",
        type=float,
        default=_SECONDS,
        metavar="SECONDS",
        help=f"how long the smoke test may take (default: {_SECONDS:.0f})",
    )
    for name, value, meaning in _SEVERAL:
        add(f"--{name}", action="append", default=[], metavar=value, help=f"{meaning}; repeat")
    add("--no-cache", action="store_true", dest="fresh", help="build every step again")
    add(
        "-t",
        "--tag",
        action="append",
        default=[],
        metavar="NAME",
        help="keep the hardened image in the local store under this name; repeat",
    )


def refuse_without_build(args: argparse.Namespace) -> None:
    """UsageError where an option asks something of a proof, and there is none."""
    options = {name: name.replace("-", "_") for name, *_ in (*_SINGLE, *_SEVERAL)}
    given = [name for name, key in options.items() if getattr(args, key)]
    given += ["no-cache"] if args.fresh else []
    given += ["tag"] if args.tag else []
    if given:
        raise UsageError(f"--{given[0]} is for --build", "add --build")


def need_engine(args: argparse.Namespace) -> None:
    """BuildError where nothing here builds, with what can be done all the same."""
    import os

    from ironhull.builders.dockerfile import choose_engine

    try:
        choose_engine(args.engine, args.builder, dict(os.environ))
    except BuildError as trouble:
        hint = f"{trouble.hint}; without --build the Dockerfile is hardened all the same"
        raise BuildError(trouble.message, hint) from None


def prove_it(
    hardened: Hardened,
    wanted: Wanted,
    written: Path | None,
    args: argparse.Namespace,
    context: Context,
) -> int:
    """Print what hardening did and what came of the proof; 0, or 2 where it does not hold."""
    from ironhull.proving import prove

    with _asked(hardened, wanted, written, args) as asked:
        with prove(asked, context.settings, context.note, context.progress) as proof:
            comparison = _comparison(proof, args, context)
        renders = {row.name: row.write for row in PROOF_FORMATS}
        context.print(renders[args.format](hardened, proof, comparison))
    if proof.untried:
        context.note(f"not run: {proof.untried}")
        return 0
    return 0 if proof.holds else NOT_PROVEN


@contextmanager
def _asked(
    hardened: Hardened, wanted: Wanted, written: Path | None, args: argparse.Namespace
) -> Iterator[Asked]:
    """What is to be proved; texts that are in no file are in one as long as the context lasts."""
    import tempfile

    from ironhull.builders.dockerfile import DockerRecipe
    from ironhull.proving import Asked

    smoke = smoke_of(args)
    with tempfile.TemporaryDirectory(prefix="ironhull-") as place:
        before, after = _files(hardened, wanted, written, Path(place))
        recipe = DockerRecipe(
            context=str(wanted.context),
            file=str(before),
            target=args.target,
            build_args=tuple(args.build_arg),
            build_contexts=tuple(args.build_context),
            secrets=tuple(args.secret),
            ssh=tuple(args.ssh),
            network=args.network,
            builder=args.builder,
            no_cache=args.fresh,
            provenance="max",
        )
        # the hardened one ends with the stage that was asked for
        hard = replace(recipe, file=str(after), target="")
        yield Asked(recipe, hard, smoke, tuple(args.tag), args.engine)


def smoke_of(args: argparse.Namespace) -> Smoke:
    """What both images have to pass; UsageError."""
    from ironhull.hardening import parse_smoke

    if not 0 < args.wait <= _MOST_SECONDS:
        most = f"between 0 and {_MOST_SECONDS:.0f} seconds"
        raise UsageError(f"--wait {args.wait:g}: {most}", f"such as {_SECONDS:.0f}")
    for variable in args.env:
        if not variable.partition("=")[0]:
            raise UsageError(f"--env {variable!r}: no name", "write NAME=VALUE")
    for path in args.volume:
        if not path.startswith("/") or ":" in path:
            raise UsageError(f"--volume {path!r}: no directory of the image", "such as /data")
    return replace(
        parse_smoke(args.smoke),
        expect=args.expect,
        variables=tuple(args.env),
        volumes=tuple(args.volume),
        seconds=args.wait,
    )


def _files(
    hardened: Hardened, wanted: Wanted, written: Path | None, place: Path
) -> tuple[Path, Path]:
    """Where the Dockerfile as it was and the hardened one can be read."""
    given = Path(wanted.name)
    before = place / "Dockerfile"
    if wanted.name == "-" or written == given:
        before.write_bytes(wanted.data)
    else:
        before = given
    after = written or place / "Dockerfile.hardened"
    if written is None:
        after.write_bytes(hardened.text.encode("utf-8", "surrogateescape"))
    return before, after


def _comparison(proof: Proof, args: argparse.Namespace, context: Context) -> Comparison | None:
    """The hardened image compared with the one before, with the policies of both."""
    from ironhull.commands import compare as command
    from ironhull.commands._parser import Parser
    from ironhull.commands._reports import scan_opened
    from ironhull.compare import compare
    from ironhull.pipeline import Opened

    if proof.before is None:
        return None
    parser = Parser(prog="ironhull compare")
    command.arguments(parser)
    options = parser.parse_args(["--to", "before", "hardened"])

    def read(side: Side, name: str) -> Report:
        image = side.build.image
        reference = f"local://{image.index_digest or image.digest}"
        opened = Opened(replace(image, name=name), None, reference)
        return scan_opened(opened, reference, options, context)

    names = (args.tag[0] if args.tag else "hardened", "before")
    reports = (read(proof.after, names[0]), read(proof.before, names[1]))
    return compare(*reports, ignore_unchanged=True)
