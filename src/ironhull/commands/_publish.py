"""What `build`, `base build` and `images` share: names, attestations and where images go."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import UsageError

if TYPE_CHECKING:
    from ironhull.building import Publication
    from ironhull.commands._context import Context
    from ironhull.model import Build

__all__ = [
    "EXPORTS",
    "add_build_arguments",
    "add_publishing_arguments",
    "export_target",
    "publication",
    "tell",
]

EXPORTS = ("oci-dir", "oci-archive", "docker-archive")
"""The kinds `ImageStore.export` writes."""

_DOCKER_TYPES = {
    ("oci", True): "oci-archive",
    ("oci", False): "oci-dir",
    ("docker", True): "docker-archive",
}
_OUTPUT_HELP = (
    f"also write the image to PATH; KIND is {', '.join(EXPORTS)}; docker build's "
    "type=oci|docker,dest=PATH[,tar=false] works too; repeat"
)


def add_build_arguments(parser: argparse.ArgumentParser, *, provenance: str) -> None:
    """Add --locked and what `add_publishing_arguments` adds."""
    parser.add_argument(
        "--locked", action="store_true", help="take exactly what the lock file says, or fail"
    )
    add_publishing_arguments(parser, provenance=provenance)


def add_publishing_arguments(parser: argparse.ArgumentParser, *, provenance: str) -> None:
    """Add --output, --sbom, --provenance and --attest; `provenance` is the default mode."""
    parser.add_argument(
        "-o", "--output", action="append", default=[], metavar="KIND=PATH", help=_OUTPUT_HELP
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
        const=f"mode={provenance}",
        default=f"mode={provenance}",
        metavar="true|false|mode=min|mode=max",
        help=f"attach SLSA provenance (default: mode={provenance})",
    )
    parser.add_argument(
        "--attest",
        action="append",
        default=[],
        metavar="TYPE[=FILE]",
        help="attach more: cyclonedx, vulns, scout-vulns, secrets, vex=FILE, tests=FILE, "
        "secrets=FILE, URI=FILE; docker build's type=sbom and type=provenance,mode=MODE work too;"
        " repeat",
    )


def publication(args: argparse.Namespace, names: tuple[str, ...]) -> Publication:
    """What the options of `add_build_arguments` ask for; raises UsageError and ReferenceFault."""
    from ironhull.building import Publication
    from ironhull.oci.names import Reference

    for name in names:
        Reference.parse(name)
    found = Publication(
        names,
        sbom=_flag(args.sbom, "--sbom"),
        provenance=_mode(args.provenance),
        exports=tuple(export_target("--output", spec) for spec in args.output),
    )
    for spec in args.attest:
        found = _attested(found, spec)
    return found


def _attested(found: Publication, spec: str) -> Publication:
    """`found` with what one --attest asks for, in our words or in docker build's."""
    from ironhull.stating import parse_wish
    from ironhull.values import replace

    keys = (
        dict(part.partition("=")[::2] for part in spec.split(","))
        if spec.startswith("type=")
        else {}
    )
    disabled = _flag(keys.pop("disabled", "false"), f"--attest {spec}: disabled")
    if keys.get("type") == "sbom" and keys.keys() == {"type"}:
        return replace(found, sbom=not disabled)
    if keys.get("type") == "provenance" and keys.keys() <= {"type", "mode"}:
        mode = "" if disabled else _mode(f"mode={keys.get('mode') or found.provenance or 'min'}")
        return replace(found, provenance=mode)
    wish = parse_wish(spec, "--attest")
    if wish.path is None and wish.type in ("spdx", "sbom"):
        return replace(found, sbom=True)
    return replace(found, wishes=tuple(dict.fromkeys((*found.wishes, wish))))


def tell(build: Build, names: tuple[str, ...], context: Context) -> None:
    """What was noted on stderr, NAME@DIGEST of the image on stdout."""
    for note in build.notes:
        context.note(note)
    digest = build.image.index_digest or build.image.digest
    lines = [f"{name}@{digest}\n" for name in names] or [f"{digest}\n"]
    context.print("".join(lines))


def _mode(text: str) -> str:
    mode = text.removeprefix("mode=")
    if mode in ("min", "max"):
        return mode
    return "min" if _flag(text, "--provenance") else ""


def export_target(option: str, spec: str) -> tuple[str, Path]:
    """The kind and the path of `option` KIND=PATH or type=…,dest=…; raises UsageError."""
    kind, equals, path = spec.partition("=")
    if kind == "type":
        return _docker_target(option, spec)
    if not equals or not path or kind not in EXPORTS:
        raise UsageError(
            f"{option} {spec} is not KIND=PATH", f"KIND is one of {', '.join(EXPORTS)}"
        )
    return kind, Path(path)


def _docker_target(option: str, spec: str) -> tuple[str, Path]:
    """`type=oci,dest=FILE` as docker build has it."""
    keys = dict(part.partition("=")[::2] for part in spec.split(","))
    if unknown := sorted(keys.keys() - {"type", "dest", "tar"}):
        hint = "known are type, dest and tar"
        raise UsageError(f"{option} {spec}: unknown key {unknown[0]!r}", hint)
    tar = _flag(keys.get("tar", "true"), f"{option} {spec}: tar")
    kind = _DOCKER_TYPES.get((keys["type"], tar))
    if kind is None:
        hint = "there are oci (tar=true|false) and docker; the store always gets the image"
        raise UsageError(f"{option} {spec}: no such type", hint)
    if not keys.get("dest"):
        raise UsageError(f"{option} {spec}: no dest", "add dest=PATH")
    return kind, Path(keys["dest"])


def _flag(text: str, what: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise UsageError(f"{what} is {text!r}", "it is true or false")
    return text.lower() in ("true", "1")
