"""Image -> posture, through the caches; and the facts of it that policies ask for.

A part of `pipeline`, loaded by the commands that tell or judge what somebody could do in a
container. The layers are read apart from the scan: looking into every program costs more than
listing packages, and few runs ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ironhull.model import Image, Posture, Problem, Report

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.oci.tree import Keep, Load
    from ironhull.pipeline import Opened
    from ironhull.store.posture_cache import PostureCache

__all__ = ["image_facts", "inspect_image", "root_users", "support_of"]

_STAGE = "posture"
_PATHS = 10  # of one release of a runtime


def inspect_image(image: Image, settings: Settings) -> tuple[Posture | None, tuple[Problem, ...]]:
    """The posture of `image` and what could not be looked into; None for a system not known here.

    Raises ImageError, StoreError.
    """
    if image.platform.os not in ("linux", ""):
        message = f"an image for {image.platform.os}: only Linux images are looked into"
        return None, (Problem(_STAGE, image.name, message),)
    cache = _cache(settings)
    found = cache.load(image) if cache is not None else None
    if found is None:
        from ironhull.oci.tree import read_tree
        from ironhull.posture import PATTERNS, PROBES, examine

        load, keep = _layers(settings, PATTERNS, PROBES)
        tree, problems = read_tree(image, PATTERNS, PROBES, load=load, keep=keep)
        found = examine(tree, image.config), problems
        if cache is not None:
            cache.keep(image, *found)
    return found


def root_users(image: Image, settings: Settings) -> tuple[str, ...]:
    """The names with the number 0 in the image's /etc/passwd; layers a scan read are known."""
    cache = _cache(settings)
    found = cache.load_users(image) if cache is not None else None
    if found is None:
        from ironhull.catalog import PATTERNS, PROBES
        from ironhull.oci.tree import read_tree
        from ironhull.posture import root_users as users_of

        load, keep = _layers(settings, PATTERNS, PROBES)
        probes = PROBES if load is not None else ()
        tree, _ = read_tree(image, PATTERNS, probes, load=load, keep=keep)
        found = users_of(tree)
        if cache is not None:
            cache.keep_users(image, found)
    return found


def _cache(settings: Settings) -> PostureCache | None:
    if not settings.cache_bytes:
        return None
    from ironhull.pipeline import code
    from ironhull.store.posture_cache import PostureCache

    return PostureCache(settings.cache, code())


def _layers(
    settings: Settings, patterns: Iterable[str], probes: Iterable[Any]
) -> tuple[Load | None, Keep | None]:
    if not settings.cache_bytes:
        return None, None
    from ironhull.oci.tree import pass_key
    from ironhull.store.layer_cache import LayerCache

    layers = LayerCache(settings.cache, pass_key(patterns, probes))
    return layers.load, layers.keep


# ── what policies ask for ────────────────────────────────────────────────────────────────────────


def image_facts(
    found: Opened, report: Report, settings: Settings, sources: Iterable[str]
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The parts of `input.ironhull` that the Rego in `sources` names, and what hindered them.

    `posture` (docs/schemas/inspect.schema.json), `root_users`, `support` (rows of `support_of`).
    What is not known is left out. Raises ImageError, StoreError.
    """
    text = "\n".join(sources)
    facts: dict[str, Any] = {}
    problems: tuple[Problem, ...] = ()
    image = found.image
    if "posture" in text and image is not None:
        from ironhull.formats.json_inspect import posture_json

        posture, problems = inspect_image(image, settings)
        if posture is not None:
            facts["posture"] = posture_json(posture, problems)
            facts["root_users"] = facts["posture"]["root_users"]
    if "root_users" in text and "root_users" not in facts and _is_name(image):
        assert image is not None
        names = root_users(image, settings)
        facts["root_users"] = [name.encode("utf-8", "replace").decode() for name in names]
    if "support" in text:
        from ironhull.pipeline import now

        facts["support"] = support_of(report, now())
    return facts, problems


def _is_name(image: Image | None) -> bool:
    """Whether the image starts as a user whose number is to be looked up."""
    inner = image.config.get("config") if image is not None else None
    user = inner.get("User") if isinstance(inner, Mapping) else None
    name = user.strip().partition(":")[0] if isinstance(user, str) else ""
    return name not in ("", "root") and not name.isdecimal()


def support_of(report: Report, now: str) -> list[dict[str, Any]]:
    """How long the distribution and the runtimes it does not ship itself are repaired.

    Rows {kind, name, release, ends, days_left, purl, paths}; `ends` (YYYY-MM-DD) and `days_left`
    only where the last day is known, `purl` of the first package and `paths` (at most _PATHS) of
    runtimes only. `now` is an RFC 3339 time.
    """
    from ironhull.ecosystems import end_of_support, runtime_end

    rows: dict[tuple[str, str], dict[str, Any]] = {}
    distro = report.sbom.distro
    if distro is not None and distro.id:
        release = distro.version or distro.codename
        rows[distro.id, release] = _row(
            "distribution", (distro.id, release, end_of_support(distro)), now
        )
    for package in report.sbom.counted:
        ending = runtime_end(package.ecosystem, package.name, package.version)
        if ending is not None:
            row = rows.setdefault(ending[:2], _row("runtime", ending, now))
            row.setdefault("purl", package.purl)
            paths = row.setdefault("paths", [])
            paths += [f"/{at.path}" for at in package.locations][: _PATHS - len(paths)]
    return list(rows.values())


def _row(kind: str, said: tuple[str, str, str], now: str) -> dict[str, Any]:
    name, release, ends = said
    row: dict[str, Any] = {"kind": kind, "name": name, "release": release}
    if ends:
        from datetime import date

        left = date.fromisoformat(ends) - date.fromisoformat(now[:10])
        row |= {"ends": ends, "days_left": left.days}
    return row
