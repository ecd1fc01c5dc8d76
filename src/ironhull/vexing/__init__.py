"""Where exploitability statements come from: one pool of what is attached, kept and named.

A part of `pipeline`. What comes with an image is used unasked: in-toto statements in its index, its
referrers, cosign's `.att` tags, `*.vex.json` files inside it, and the same of base images that its
layers prove. The rest is named by the user: files and directories, `repo` (VEX repositories), `oci`
(what registries have about the image and its base), `sbom-ref` (what an SBOM refers to).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ironhull.config import Settings
from ironhull.model import Problem, Sbom, Statement, VexUse
from ironhull.values import dataclass, field, replace

if TYPE_CHECKING:
    from ironhull.pipeline import Opened
    from ironhull.statements.gathering import Rules
    from ironhull.store.answer_cache import Input
    from ironhull.vex import Base
    from ironhull.vexing._bases import Bases

__all__ = ["KEYWORDS", "Asked", "Gathered", "gather", "rules_of"]

KEYWORDS = ("repo", "oci", "sbom-ref")
"""What `--vex` takes beside the names of files and directories."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is told about statements.

    `wanted` are the values of `--vex` in order, `attached` whether what comes with the image is
    used, `about` names of vulnerabilities in lower case (None: all), `rules` who is believed (None:
    those of the settings), `now` the time (RFC 3339, UTC; "": the present one). `reference` is how
    the image was named: in a layout on disk, signatures are looked for there.
    """

    wanted: Sequence[str] = ()
    attached: bool = True
    about: Collection[str] | None = None
    rules: Rules | None = None
    now: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered about one image.

    `statements` are in order of preference at equal times, later ones win; those not believed are
    in `refused`, each with the reason. `bases` are the base images that the layers prove. `names`
    and `digests` are further ones of the image. `inputs` decide all of it, None where files do not.
    """

    statements: tuple[Statement, ...] = ()
    refused: tuple[tuple[Statement, str], ...] = ()
    documents: tuple[VexUse, ...] = ()
    problems: tuple[Problem, ...] = ()
    bases: tuple[Base, ...] = ()
    names: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    inputs: tuple[Input, ...] | None = field(default=())


def gather(found: Opened, sbom: Sbom, settings: Settings, asked: Asked) -> Gathered:
    """Every statement about what was opened, and what could not be had.

    Raises UsageError, StoreError and FormatError for files that were named and cannot be read, and
    what else was named and can be had from nowhere (TransportError, ConfigError).
    """
    if not asked.now:
        from ironhull.pipeline import now

        asked = replace(asked, now=now())
    bases = _proven(found, settings, asked)
    if not asked.wanted and not bases.problems and not _comes_with(found, sbom, asked, bases):
        return Gathered()
    from ironhull.vexing._gathering import Gathering

    return Gathering(found, sbom, settings, asked, bases).run()


def _proven(found: Opened, settings: Settings, asked: Asked) -> Bases:
    from ironhull.vexing._bases import Bases, find_bases

    remote = "oci" in asked.wanted
    if found.image is None or not (asked.attached or remote):
        return Bases()
    return find_bases(found.image, settings, remote=remote)


def _comes_with(found: Opened, sbom: Sbom, asked: Asked, bases: Bases) -> bool:
    """Whether anything that may be VEX comes with what was opened."""
    from ironhull.vexing._kinds import kind_of

    if found.image is None or not asked.attached:
        return False
    images = (found.image, *(place for proven in bases.proven for place in proven.places))
    attached = (attachment for image in images for attachment in image.attachments)
    return bool(sbom.vex_files) or any(kind_of(item) != "no" for item in attached)


def rules_of(settings: Settings, now: str) -> Rules:
    """Whom the settings believe; raises ConfigError and SignatureError for keys that are none."""
    from ironhull.statements.gathering import Rules

    said = settings.trust
    if not (said.keys or said.identities):
        return Rules(authors=said.authors, require=said.require)
    from ironhull.signatures import read_trust

    return Rules(read_trust(said, now=now), said.authors, said.require)
