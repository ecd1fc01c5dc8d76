"""`--platform all`, stages: several parts of an image in one run, each a section, a line or a file.

Text formats get a heading per platform, JSON becomes JSON Lines (one document a line), `ids` the
identifiers of all. A format that is one document of one image has to go to a file each.
"""

from __future__ import annotations

from functools import partial

from ironhull.commands._context import Context, Render, output_target
from ironhull.errors import Error, UsageError
from ironhull.lazy import contextmanager
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from ironhull.inventory import SharedLayers
    from ironhull.pipeline import Opened

__all__ = ["EVERY", "PLATFORMS", "Part", "Parts", "run_for_each", "run_for_every"]

EVERY = "all"
"""What `--platform` is given for every platform."""

_SECTIONS = ("text", "table", "list", "markdown")
_EXIT_ERROR = 1


@dataclass(frozen=True, slots=True)
class Parts:
    """What the parts of an image are: `word` for one of them and the option that chooses some."""

    word: str
    option: str

    @property
    def place(self) -> str:
        """What stands for a part in the name of a file."""
        return f"{{{self.word}}}"


PLATFORMS = Parts("platform", "--platform")


@dataclass(frozen=True, slots=True)
class Part:
    """The result for one platform: its documents, and, once they are written, its exit code."""

    renders: Mapping[str, Render]
    code: Callable[[], int]


def run_for_every(
    reference: str,
    args: argparse.Namespace,
    context: Context,
    make: Callable[[Opened, SharedLayers], Part],
) -> int:
    """Write what `make` gives for each platform of `reference`; the exit code is the worst of all.

    A platform that cannot be read is said on stderr and makes the run fail, the others are written.
    Raises UsageError for formats that cannot hold several, Error where no platform can be read.
    """
    from ironhull.pipeline import choices

    found = choices(reference, context.settings)
    labels = _labels([platform for platform, _ in found])
    openers = {label: opener for label, (_, opener) in zip(labels, found, strict=True)}
    return run_for_each(openers, args, context, make, PLATFORMS)


def run_for_each(
    openers: Mapping[str, Callable[[], Opened]],
    args: argparse.Namespace,
    context: Context,
    make: Callable[[Opened, SharedLayers], Part],
    parts_are: Parts,
) -> int:
    """As `run_for_every`, for the parts that `openers` open, by their labels."""
    from ironhull.inventory import SharedLayers

    _check(args, list(openers), parts_are)
    opened: dict[str, Opened] = {}
    parts: dict[str, Part] = {}
    failed: dict[str, Error] = {}
    for label, opener in openers.items():
        with _kept(label, failed):
            opened[label] = opener()
    layers = SharedLayers(item.image for item in opened.values() if item.image is not None)
    for label, item in opened.items():
        with _kept(label, failed):
            parts[label] = make(item, layers)
    if not parts:
        raise next(iter(failed.values()))
    _emit(args, context, parts, parts_are.place, alone=len(openers) == 1)
    codes = []
    for label, part in parts.items():
        with _kept(label, failed):
            codes.append(part.code())
    _tell(failed)
    return _EXIT_ERROR if failed else max(codes)


@contextmanager
def _kept(label: str, failed: dict[str, Error]) -> Iterator[None]:
    """An Error about one platform does not keep the others from being shown."""
    try:
        yield
    except UsageError:
        raise
    except Error as trouble:
        failed[label] = trouble


def _labels(platforms: list[str]) -> list[str]:
    """A name for each platform, with a number where an image has several for the same one."""
    seen: dict[str, int] = {}
    labels = []
    for platform in platforms:
        name = platform or "unknown"
        seen[name] = seen.get(name, 0) + 1
        labels.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return labels


def _check(args: argparse.Namespace, labels: list[str], parts: Parts) -> None:
    if len(labels) == 1:
        return
    targets = [output_target(spec, args.format) for spec in args.output] or [(args.format, "-")]
    for name, path in targets:
        if parts.place not in path and not _joins(name):
            raise UsageError(
                f"{name} describes one {parts.word}, and the image has {len(labels)}:"
                f" {', '.join(labels)}",
                f"write a file each with -o {name}=FILE-{parts.place},"
                f" or choose one with {parts.option}",
            )


def _joins(name: str) -> bool:
    return name in (*_SECTIONS, "json", "ids")


def _emit(
    args: argparse.Namespace,
    context: Context,
    parts: Mapping[str, Part],
    place: str,
    *,
    alone: bool,
) -> None:
    names = {name for part in parts.values() for name in part.renders}
    joined: dict[str, Render] = {}
    for name in names:
        renders = {label: part.renders[name] for label, part in parts.items()}
        joined[name] = next(iter(renders.values())) if alone else partial(_joined, name, renders)
    single = [spec for spec in args.output if place in spec]
    rest = [spec for spec in args.output if place not in spec]
    if rest or not single:
        context.emit(type(args)(format=args.format, output=rest), joined)
    for label, part in parts.items():
        where = [spec.replace(place, _file_name(label)) for spec in single]
        if where:
            context.emit(type(args)(format=args.format, output=where), part.renders)


def _file_name(label: str) -> str:
    return "".join(char if char.isalnum() or char in "._-" else "-" for char in label)


def _joined(name: str, renders: Mapping[str, Render]) -> str:
    texts = {label: _text(render()) for label, render in renders.items()}
    if name == "json":
        import json

        return "".join(
            json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")) + "\n"
            for text in texts.values()
        )
    if name == "ids":
        return "".join(dict.fromkeys(line for t in texts.values() for line in t.splitlines(True)))
    return "\n".join(
        f"{_heading(name, label)}\n\n{text.rstrip(chr(10))}\n" for label, text in texts.items()
    )


def _heading(name: str, label: str) -> str:
    return f"## {label}" if name == "markdown" else f"── {label} ──"


def _text(data: str | bytes) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")


def _tell(failed: Mapping[str, Error]) -> None:
    from ironhull.commands import complain

    for label, trouble in failed.items():
        complain(type(trouble)(f"{label}: {trouble.message}", trouble.hint))
