"""`--multi-stage`, `--only-stage`: the stages of a build beside its result, each a section.

An image does not hold its stages; SBOM generators of BuildKit list them and BuildKit attaches the
lists (docs/build-docker.md).
"""

from __future__ import annotations

from collections.abc import Callable

from ironhull.commands._context import Context
from ironhull.commands._platforms import EVERY, Part, Parts, run_for_each
from ironhull.errors import ReferenceFault, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ironhull.inventory import SharedLayers
    from ironhull.model import Image
    from ironhull.pipeline import Opened
    from ironhull.scanning import Stage

__all__ = ["run_for_stages"]

_IMAGE = "image"
_STAGES = Parts("stage", "--only-stage")


def run_for_stages(
    reference: str,
    args: argparse.Namespace,
    context: Context,
    make: Callable[[Opened, SharedLayers], Part],
) -> int:
    """Write what `make` gives for the image and each stage, or for the stages chosen.

    Raises UsageError, and ReferenceFault where no stage, or not the one asked for, is attached.
    """
    from ironhull.pipeline import opened, parse_platform

    wanted = _names(args)
    if args.platform == EVERY:
        raise UsageError("stages are those of one platform", "choose it with --platform")
    found = opened(reference, context.settings, parse_platform(args.platform))
    if found.image is None:
        raise UsageError(f"{reference}: a document has no stages", "name the image")
    context.depends_on(None)  # what is attached is read anew each time
    stages = _chosen(found.image, wanted, reference)
    openers: dict[str, Callable[[], Opened]] = {} if wanted else {_IMAGE: lambda: found}
    for stage in stages:
        openers[f"stage {stage.name}"] = _opener(stage)
    return run_for_each(openers, args, context, make, _STAGES)


def _opener(stage: Stage) -> Callable[[], Opened]:
    from ironhull.pipeline import Opened

    return lambda: Opened(None, stage.open())


def _names(args: argparse.Namespace) -> list[str]:
    names = [name.strip() for text in args.only_stage for name in text.split(",")]
    if not all(names):
        raise UsageError("--only-stage: an empty name of a stage", "write a,b,c")
    return list(dict.fromkeys(names))


def _chosen(image: Image, wanted: list[str], reference: str) -> list[Stage]:
    from ironhull.scanning import stages_of

    there = {stage.name: stage for stage in stages_of(image)}
    if not there:
        raise ReferenceFault(
            f"{reference or image.name}: no SBOM of a stage is attached",
            "build it with an SBOM generator and ARG BUILDKIT_SBOM_SCAN_STAGE=true in the stages",
        )
    for name in wanted:
        if name not in there:
            raise ReferenceFault(
                f"--only-stage {name}: {reference or image.name} has no SBOM of such a stage",
                f"there are {', '.join(there)}",
            )
    return [there[name] for name in wanted or there]
