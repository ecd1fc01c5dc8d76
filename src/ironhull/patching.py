"""Patching an image, and proving it: scanned before and after, published only if it holds.

Part of `pipeline`.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.config import Settings
from ironhull.counts import has_numbers, vulnerability_id
from ironhull.errors import AdvisoryError, BuildError, UsageError
from ironhull.model import Build, Finding, Image, Platform, Progress, Report, Sbom
from ironhull.pipeline import Opened, load, now, sbom, scan, transport
from ironhull.store.images import ImageStore
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.builders.patch.nouns import PatchRecipe, Replaced
    from ironhull.building import Publication

__all__ = ["PatchResult", "patch", "patched_name"]

_ADVISORY = re.compile(r"[A-Z][A-Z0-9]*-\S+")


@dataclass(frozen=True, slots=True)
class PatchResult:
    """What a patch replaced or would; `build` is None where nothing was made.

    `before` and `after` are None where there is no advisory data. `after` is None as well where no
    image was made.
    """

    image: Image
    replaced: tuple[Replaced, ...]
    notes: tuple[str, ...]
    build: Build | None = None
    before: Report | None = None
    after: Report | None = None

    @property
    def gone(self) -> tuple[str, ...]:
        """The vulnerabilities of the image that the patched one does not have, sorted."""
        return _difference(self.before, self.after)

    @property
    def new(self) -> tuple[str, ...]:
        """Those that only the patched one has."""
        return _difference(self.after, self.before)


def _difference(one: Report | None, other: Report | None) -> tuple[str, ...]:
    if one is None or other is None:
        return ()
    mine, theirs = ({vulnerability_id(f.advisory) for f in r.effective} for r in (one, other))
    return tuple(sorted(mine - theirs))


def patched_name(image: Image) -> str:
    """The name a patched image gets unasked: TAG-patched; UsageError where it has no name."""
    from ironhull.errors import ReferenceFault
    from ironhull.oci.names import Reference

    with suppress(ReferenceFault):
        reference = Reference.parse(image.name)
        return replace(reference, digest="", tag=f"{reference.tag or 'latest'}-patched").familiar
    raise UsageError("the patched image needs a name", "add -t NAME")


def patch(
    reference: str,
    recipe: PatchRecipe,
    settings: Settings,
    publication: Publication | None,
    *,
    platform: Platform | None = None,
    progress: Progress | None = None,
) -> PatchResult:
    """Patch the image `reference` names; without `publication` say only what would be replaced.

    `recipe.only` may name advisories too. Publication.names may be empty: the name is chosen.
    Raises BuildError and ResolveError where it cannot be done cleanly or the patched image is not
    what it should be (nothing gets a name then), and what loading and fetching raise.
    """
    from ironhull.builders.patch.build import patch_image, plan_patch

    started = now()
    image = load(reference, settings, platform)
    if publication is not None and not publication.names:
        publication = replace(publication, names=(patched_name(image),))
    before = _report(image, settings)
    recipe, advisories = _named(recipe, before)
    client, cache = transport(settings, progress), settings.cache / "debian"
    with tempfile.TemporaryDirectory(prefix="ironhull-patch-") as scratch:
        planned = plan_patch(
            image,
            recipe,
            transport=client,
            cache=cache,
            scratch=Path(scratch),
            now=datetime.now(UTC),
        )
        found = planned.selection
        if publication is None or not found.replaced:
            return PatchResult(image, found.replaced, found.notes, before=before)
        made = patch_image(
            planned,
            recipe,
            store=ImageStore(settings.images),
            cache=cache,
            transport=client,
            progress=progress,
        )
    built = replace(made.build, started=started)
    after = _report(built.image, settings)
    _verify(image, built.image, made.replaced, settings)
    _verify_gone(advisories, after)
    built = _published(built, publication, settings)
    return PatchResult(image, made.replaced, built.notes, built, before, after)


def _published(built: Build, publication: Publication, settings: Settings) -> Build:
    from ironhull.building import publish_build

    return publish_build(built, publication, settings)


def _report(image: Image, settings: Settings) -> Report | None:
    """The findings of an image; None where there is no advisory data that says anything of it."""
    try:
        report = scan(Opened(image), settings)
    except AdvisoryError:
        return None
    return report if has_numbers(report) else None


def _named(recipe: PatchRecipe, before: Report | None) -> tuple[PatchRecipe, tuple[str, ...]]:
    """The recipe with packages in place of advisories, and those advisories."""
    import dataclasses

    advisories = tuple(word for word in recipe.only if _ADVISORY.fullmatch(word))
    if not advisories:
        return recipe, ()
    if before is None:
        raise UsageError(
            f"--only {advisories[0]}: there is no advisory data to look it up in",
            "ironhull db update, or name packages",
        )
    names = [word for word in recipe.only if word not in advisories]
    for advisory in advisories:
        about = (package for f in _about(advisory, before) for package in f.packages)
        found = {package.name for package in about if package.ecosystem == "deb"}
        if not found:
            raise BuildError(
                f"--only {advisory}: no package of Debian in the image is affected",
                "see `ironhull cves`",
            )
        names += sorted(found)
    return dataclasses.replace(recipe, only=tuple(dict.fromkeys(names))), advisories


def _about(advisory: str, report: Report) -> list[Finding]:
    return [
        finding
        for finding in report.effective
        if advisory in (finding.advisory.id, *finding.advisory.aliases)
    ]


# ── proven ───────────────────────────────────────────────────────────────────────────────────────


def _verify(image: Image, patched: Image, replaced: Iterable[Replaced], settings: Settings) -> None:
    """BuildError unless the patched image has exactly the packages it should."""
    expected = _versions(sbom(image, settings))
    for one in replaced:
        if one.old is not None:
            expected[one.deb.name, one.old.version] -= 1
        expected[one.deb.name, one.deb.version] += 1
    found = _versions(sbom(patched, settings))
    if wrong := (+expected - found) | (found - +expected):
        name, version = min(wrong)
        raise BuildError(
            f"the patched image is not what it should be: {name} {version} is "
            f"{'in it' if found[name, version] else 'not in it'}",
            "the image has no new name; report it",
        )


def _versions(listed: Sbom) -> Counter[tuple[str, str]]:
    return Counter((p.name, p.version) for p in listed.packages if p.ecosystem == "deb")


def _verify_gone(advisories: Iterable[str], after: Report | None) -> None:
    for advisory in advisories:
        if after is not None and (left := _about(advisory, after)):
            package = left[0].package
            raise BuildError(
                f"--only {advisory}: {package.name} {package.version}, the newest there is, still"
                " has it",
                "nothing was made; its repositories do not repair it yet",
            )
