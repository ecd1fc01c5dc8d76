"""`ironhull build [CONTEXT] -t NAME`: a Python project as an image."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import UsageError

if TYPE_CHECKING:
    from ironhull.builders.python_app.recipe import AppRecipe, Output
    from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Build an image of a Python project: dependencies as wheels, source as it is, on a base "
    "image. No daemon, no Dockerfile, none of the project's code is run. Settings are in "
    "[tool.ironhull.build] of pyproject.toml; what they leave open is guessed and printed."
)

_KINDS = {
    ("oci", True): "oci-archive",
    ("oci", False): "oci-dir",
    ("docker", True): "docker-archive",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "context", nargs="?", default=".", metavar="CONTEXT", help="the project (default: .)"
    )
    parser.add_argument(
        "-t", "--tag", action="append", default=[], metavar="NAME", help="name of the image; repeat"
    )
    parser.add_argument(
        "--base", default="", help="base image: a name in the store or a catalog definition"
    )
    parser.add_argument("--platform", default="", metavar="OS/ARCH", help="such as linux/arm64")
    parser.add_argument(
        "--lock", default="", metavar="FILE", help="lock file (default: CONTEXT/ironhull.lock)"
    )
    parser.add_argument(
        "--locked", action="store_true", help="take exactly what the lock file says, or fail"
    )
    parser.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="SPEC",
        help="type=store (default), type=oci,dest=FILE, type=oci,tar=false,dest=DIR, "
        "type=docker,dest=FILE; repeat",
    )
    parser.add_argument(
        "--sbom",
        nargs="?",
        const="true",
        default="true",
        metavar="true|false",
        help="attach an SPDX SBOM (default: true)",
    )
    parser.add_argument(
        "--provenance",
        nargs="?",
        const="true",
        default="true",
        metavar="true|false|mode=min|mode=max",
        help="attach SLSA provenance (default: mode=min)",
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Build and publish; the digest and the names go to stdout."""
    from ironhull import pipeline

    build = pipeline.build_app(
        _recipe(args, context.settings.epoch), context.settings, progress=context.progress
    )
    for note in build.notes:
        context.note(note)
    digest = build.image.index_digest or build.image.digest
    context.progress.clear()
    lines = [f"{name}@{digest}" for name in args.tag] or [digest]
    context.emit(
        argparse.Namespace(output=[], format="text"), {"text": lambda: "\n".join(lines) + "\n"}
    )
    return 0


def _recipe(args: argparse.Namespace, epoch: int | None) -> AppRecipe:
    """What the command line asks for; UsageError for a bad option."""
    from ironhull.builders.python_app.recipe import AppRecipe, Output
    from ironhull.oci.names import Reference

    for name in args.tag:
        Reference.parse(name)
    outputs = tuple(_output(spec) for spec in args.output) or (Output("store"),)
    if not args.tag and all(output.kind == "store" for output in outputs):
        raise UsageError("the image needs a name", "add -t NAME, such as -t web:latest")
    return AppRecipe(
        context=Path(args.context),
        base=args.base,
        platform=args.platform,
        lock=Path(args.lock) if args.lock else None,
        locked=args.locked,
        epoch=epoch,
        names=tuple(args.tag),
        outputs=outputs,
        sbom=_sbom(args.sbom),
        provenance=_provenance(args.provenance),
    )


def _output(spec: str) -> Output:
    """`type=oci,dest=FILE` as docker build has it; a bare path is an OCI layout directory."""
    from ironhull.builders.python_app.recipe import Output

    if "=" not in spec:
        return Output("oci-dir", Path(spec))
    keys = dict(part.partition("=")[::2] for part in spec.split(","))
    unknown = sorted(keys.keys() - {"type", "dest", "tar"})
    if unknown:
        raise UsageError(f"--output {spec}: unknown key {unknown[0]!r}", "known: type, dest, tar")
    if keys.get("type") in ("store", "image"):
        return Output("store")
    tar = _flag(keys.get("tar", "true"), f"--output {spec}: tar")
    kind = _KINDS.get((keys.get("type", ""), tar))
    if kind is None:
        raise UsageError(
            f"--output {spec}: no such type", "there are store, oci (tar=true|false) and docker"
        )
    if not keys.get("dest"):
        raise UsageError(f"--output {spec}: no dest", "add dest=PATH")
    return Output(kind, Path(keys["dest"]))


def _flag(text: str, what: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise UsageError(f"{what} is {text!r}", "it is true or false")
    return text.lower() in ("true", "1")


def _sbom(text: str) -> bool:
    return _flag(text, "--sbom")


def _provenance(text: str) -> str:
    if text in ("mode=min", "mode=max"):
        return text.removeprefix("mode=")
    return "min" if _flag(text, "--provenance") else ""
