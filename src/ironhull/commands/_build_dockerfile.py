"""`ironhull build -f Dockerfile`: the options of docker build, and the build they ask for."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from ironhull.commands._publish import publication, tell
from ironhull.errors import UsageError
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.builders.dockerfile import DockerRecipe
    from ironhull.building import Publication
    from ironhull.commands._context import Context

__all__ = ["add_dockerfile_arguments", "build_from_dockerfile", "refuse_without_file"]

_SEVERAL = (
    ("build-arg", "NAME=VALUE", "build_args", "value of an ARG"),
    ("label", "NAME=VALUE", "labels", "label of the image"),
    ("build-context", "NAME=PATH", "build_contexts", "another context, for COPY --from=NAME"),
    ("secret", "id=ID,src=FILE", "secrets", "what RUN --mount=type=secret reads"),
    ("ssh", "ID[=SOCKET]", "ssh", "what RUN --mount=type=ssh uses"),
    ("add-host", "HOST:IP", "add_hosts", "a name RUN can resolve"),
)
_GENERATES = re.compile(r"(?=(.*,)?type=sbom(,|$))(.*,)?generator=")
_APP_ONLY = ("base", "lock", "locked")


def add_dockerfile_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --file and the options that mean something with it, named as docker build names them."""
    group = parser.add_argument_group(
        "from a Dockerfile", "built by BuildKit (docker buildx) or buildah, then attested as ours"
    )
    add = group.add_argument
    add("-f", "--file", default="", metavar="FILE", help="the Dockerfile (-: standard input)")
    add("--target", default="", metavar="STAGE", help="the stage to build (default: the last)")
    for name, value, dest, meaning in _SEVERAL:
        add(
            f"--{name}",
            dest=dest,
            action="append",
            default=[],
            metavar=value,
            help=f"{meaning}; repeat",
        )
    add("--network", default="", metavar="MODE", help="network of RUN: default, none, host")
    add("--no-cache", action="store_true", dest="fresh", help="build every step again")
    add("--pull", action="store_true", help="ask registries for newer base images")
    add("--engine", default="", metavar="NAME", help="buildx, buildah or podman (default: what is)")
    add("--builder", default="", metavar="NAME", help="the builder of buildx")


def refuse_without_file(args: argparse.Namespace) -> None:
    """UsageError where an option asks something that only a Dockerfile can be asked."""
    given = [name for name, _, dest, _ in _SEVERAL if getattr(args, dest)]
    given += [name for name in ("target", "network", "engine", "builder") if getattr(args, name)]
    given += [
        name for name, dest in (("no-cache", "fresh"), ("pull", "pull")) if getattr(args, dest)
    ]
    if given:
        raise UsageError(f"--{given[0]} is for Dockerfiles", "add -f Dockerfile")


def build_from_dockerfile(args: argparse.Namespace, context: Context) -> int:
    """Build and publish; the digest and the names go to stdout."""
    from ironhull.dockerbuilding import build_dockerfile

    names = tuple(args.tag)
    recipe, wanted = _asked(args, context.settings.epoch)
    build = build_dockerfile(
        recipe,
        context.settings,
        wanted,
        engine=args.engine,
        say=context.note,
        progress=context.progress,
    )
    tell(build, names, context)
    return 0


def _asked(args: argparse.Namespace, epoch: int | None) -> tuple[DockerRecipe, Publication]:
    from ironhull.builders.dockerfile import DockerRecipe

    for name in _APP_ONLY:
        if getattr(args, name):
            raise UsageError(f"--{name} means nothing with a Dockerfile", "leave it out")
    names, generator = tuple(args.tag), _generator(args)
    wanted = publication(args, names)
    if not names and not wanted.exports:
        raise UsageError("the image needs a name", "add -t NAME, such as -t web:latest")
    if args.file == "-" and args.context == "-":
        raise UsageError("Dockerfile and context cannot both be standard input", "name one of them")
    recipe = DockerRecipe(
        context=args.context,
        file=args.file,
        names=names,
        platforms=tuple(word for word in args.platform.split(",") if word),
        target=args.target,
        network=args.network,
        builder=args.builder,
        no_cache=args.fresh,
        pull=args.pull,
        generator=generator,
        provenance=wanted.provenance,
        epoch=epoch,
        **{dest: tuple(getattr(args, dest)) for _, _, dest, _ in _SEVERAL},
    )
    return _checked(recipe), wanted


def _generator(args: argparse.Namespace) -> str:
    """What follows `--sbom=` for a generator, taken out of `args`: its SBOM is the SBOM then."""
    asked = [f"type=sbom,{args.sbom}"] if args.sbom.startswith("generator=") else []
    asked += [spec for spec in args.attest if _GENERATES.search(spec)]
    if not asked:
        return ""
    args.attest = [spec for spec in args.attest if spec not in asked]
    args.sbom = "false"
    return ",".join(part for part in asked[-1].split(",") if part != "type=sbom")


def _checked(recipe: DockerRecipe) -> DockerRecipe:
    """The recipe with its platforms as they are written everywhere; UsageError."""
    from ironhull.pipeline import parse_platform

    found = tuple(str(parse_platform(text)) for text in recipe.platforms)
    return replace(recipe, platforms=tuple(dict.fromkeys(found)))
