"""`ironhull patch IMAGE`: newer packages from the image's own repositories, in one more layer."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import IMAGE_HELP, Context, add_platform_argument
from ironhull.commands._publish import add_publishing_arguments, publication
from ironhull.counts import count, coverage_notes
from ironhull.errors import StoreError

if TYPE_CHECKING:
    from ironhull.builders.patch.nouns import PatchRecipe
    from ironhull.model import Report
    from ironhull.patching import PatchResult

__all__ = ["HELP", "arguments", "run"]

HELP = (
    "Patch an image that cannot be rebuilt: newer Debian packages from its own repositories in one"
    " more layer, with the same configuration. No shell and no package manager of the image is"
    " needed and nothing of it is run. What does not fit cleanly is refused whole; the result is"
    " scanned again before it gets a name."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of patch."""
    add = parser.add_argument
    add("image", metavar="IMAGE", help=IMAGE_HELP.partition("; default")[0])
    add(
        "-t",
        "--tag",
        action="append",
        default=[],
        metavar="NAME",
        help="name of the patched image; repeat (default: the image's, with -patched)",
    )
    add(
        "--only",
        action="append",
        default=[],
        metavar="WHAT",
        help="patch just a package (binary or source) or what an advisory such as CVE-2026-1 is"
        " about, and what that needs; repeat",
    )
    add(
        "--keep",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="leave a package (binary or source) as it is; repeat",
    )
    add(
        "--repository",
        action="append",
        default=[],
        metavar="SOURCE",
        help="take packages from here instead: 'deb URL SUITE COMPONENT…'; repeat",
    )
    add(
        "--keyring",
        action="append",
        default=[],
        metavar="FILE",
        help="trust these OpenPGP keys besides those of the image and Debian's; repeat",
    )
    add("--dry-run", action="store_true", help="say what would be replaced, make nothing")
    add_platform_argument(parser)
    add("--format", choices=("text", "json"), default="text", help="what to print (default: text)")
    add_publishing_arguments(parser, provenance="max")


def run(args: argparse.Namespace, context: Context) -> int:
    """Patch and publish; prints what changed and NAME@DIGEST; 0."""
    from ironhull.patching import patch
    from ironhull.pipeline import parse_platform

    wanted = None if args.dry_run else publication(args, tuple(args.tag))
    result = patch(
        args.image,
        _recipe(args, context),
        context.settings,
        wanted,
        platform=parse_platform(args.platform),
        progress=context.progress,
    )
    for note in result.notes:
        context.note(f"note: {note}")
    names = (wanted.names or _names(result)) if wanted is not None else ()
    if args.format == "json":
        import json

        context.print(json.dumps(_document(result, names), indent=2) + "\n")
    else:
        context.print(_text(result, names))
    return 0


def _names(result: PatchResult) -> tuple[str, ...]:
    return (result.build.image.name,) if result.build is not None else ()


def _recipe(args: argparse.Namespace, context: Context) -> PatchRecipe:
    from ironhull.builders.patch.nouns import PatchRecipe

    return PatchRecipe(
        only=tuple(args.only),
        keep=tuple(args.keep),
        repositories=tuple(args.repository),
        keys=tuple(_key(path) for path in args.keyring),
        epoch=context.settings.epoch,
    )


def _key(path: str) -> bytes:
    from ironhull.limits import LIMITS

    try:
        with Path(path).open("rb") as file:
            return file.read(LIMITS.keyring_bytes)
    except OSError as trouble:
        raise StoreError(f"cannot read {path}: {trouble.strerror}", "check --keyring") from None


# ── shown ────────────────────────────────────────────────────────────────────────────────────────


def _text(result: PatchResult, names: tuple[str, ...]) -> str:
    if not result.replaced:
        return f"{result.image.name}: nothing in its repositories is newer\n"
    made = result.build is not None
    lines = [f"{'Replaced' if made else 'Would replace'} {_packages(len(result.replaced))}", ""]
    rows = [
        (one.deb.name, one.old.version if one.old else "(new)", one.deb.version, _why(one.because))
        for one in result.replaced
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for name, old, new, why in rows:
        cells = (name.ljust(widths[0]), old.ljust(widths[1]), new.ljust(widths[2]))
        lines.append(f"  {cells[0]}  {cells[1]}  ->  {cells[2]}{why}".rstrip())
    lines.append("")
    if result.before is not None and result.after is not None:
        lines += [f"Before   {_counted(result.before)}", f"After    {_counted(result.after)}"]
        lines += _listed("Gone", result.gone) + _listed("New", result.new)
        lines += [*(f"         {note}" for note in coverage_notes(result.after)), ""]
    elif made:
        lines += ["Not scanned: there is no advisory data (ironhull db update)", ""]
    if result.build is not None:
        digest = result.build.image.index_digest or result.build.image.digest
        lines += [f"{name}@{digest}" for name in names] or [digest]
    return "\n".join(lines).rstrip() + "\n"


def _why(because: str) -> str:
    return f"  (for {because})" if because else ""


def _packages(number: int) -> str:
    return f"{number} package{'' if number == 1 else 's'}"


def _counted(report: Report) -> str:
    return str(count(report.effective))


def _listed(title: str, ids: tuple[str, ...]) -> list[str]:
    if not ids:
        return []
    more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
    return [f"{title:<8} {len(ids)}: {', '.join(ids[:10])}{more}"]


def _document(result: PatchResult, names: tuple[str, ...]) -> dict[str, Any]:
    build = result.build
    return {
        "schema": "ironhull/patch",
        "schema_version": 1,
        "image": {
            "name": result.image.name,
            "digest": result.image.digest,
            "platform": str(result.image.platform),
        },
        "patched": {
            "names": list(names),
            "digest": build.image.index_digest or build.image.digest,
            "manifest": build.image.digest,
            "layer": build.image.layers[-1].digest,
            "size": build.image.layers[-1].size,
        }
        if build is not None
        else None,
        "replaced": [
            {
                "package": one.deb.name,
                "architecture": one.deb.architecture,
                "from": one.old.version if one.old else "",
                "to": one.deb.version,
                "repository": one.deb.origin,
                "sha256": one.deb.sha256,
                "because": one.because,
            }
            for one in result.replaced
        ],
        "before": _numbers(result.before),
        "after": _numbers(result.after),
        "gone": list(result.gone),
        "new": list(result.new),
        "notes": list(result.notes),
    }


def _numbers(report: Report | None) -> dict[str, int] | None:
    """Findings by severity."""
    if report is None:
        return None
    found = count(report.effective)
    names = ("critical", "high", "medium", "low", "unspecified")
    return dict(zip(names, found.by_severity, strict=False))
