"""Image -> secrets in it: in the files of every layer, hidden ones too, and in its configuration.

A part of `pipeline`. Layers are read as for an SBOM, once for both, and what is found is cached by
layer and by image; what distribution packages ship is no secret of the image.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.model import SEVERITIES, Image, Problem, Sbom, SecretFinding
from ironhull.store.secret_cache import ImageSecrets
from ironhull.subject import subject_of
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.detectors.secret_files import Search
    from ironhull.pipeline import Opened
    from ironhull.searching._owned import Place

__all__ = ["Searched", "policy_rows", "search_image", "search_opened"]

_ORDER = ("FILE", "ENV", "LABEL", "CONFIG", "HISTORY")


@dataclass(frozen=True, slots=True)
class Searched:
    """The secrets of an image, worst first, and what could not be searched."""

    findings: tuple[SecretFinding, ...]
    problems: tuple[Problem, ...] = ()


def search_opened(found: Opened, settings: Settings) -> tuple[Searched | None, Sbom | None]:
    """What `search_image` finds, through the caches of `settings`; (None, None) for a document."""
    from ironhull.pipeline import code

    if found.image is None:
        return None, None
    cache = settings.cache if settings.cache_bytes else None
    return search_image(found.image, cache=cache, code=code(), kept=settings.home / "rules")


def search_image(
    image: Image, *, cache: Path | None = None, code: str = "", kept: Path | None = None
) -> tuple[Searched, Sbom | None]:
    """The secrets in `image`, and its SBOM where that was made on the way.

    `code` is `store._code.code_identity`, `kept` a directory for compiled rules. Directories are
    never cached. Raises ImageError and StoreError.
    """
    caches = ImageSecrets(cache, code) if cache is not None else None
    known = caches.load(image) if caches is not None and not image.root else None
    if known is not None:
        return Searched(*known), None
    from ironhull.detectors.secret_files import Search

    search = Search(kept)
    if image.root:
        places, problems, sbom = _in_directory(image, search)
    else:
        from ironhull.searching._layers import in_layers

        places, problems, sbom = in_layers(image, search, cache, code)
    findings = [*_once(places), *_in_configuration(image, search)]
    searched = Searched(tuple(sorted(findings, key=_order)), (*problems, *_more(image, search)))
    if caches is not None and not image.root and not search.exceeded:
        caches.keep(image, searched.findings, searched.problems)
    return searched, sbom


def policy_rows(findings: Iterable[SecretFinding]) -> list[dict[str, Any]]:
    """`input.secrets` of policies: the findings by source and location (docs/policy.md)."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for found in findings:
        rows.setdefault((found.source, found.path), []).append(
            {
                "rule_id": found.rule,
                "category": found.category,
                "title": found.title,
                "severity": found.severity.upper(),
                "start_line": found.line,
                "end_line": found.end_line,
                "match": found.match,
            }
        )
    return [
        {"source": {"type": kind, "location": place}, "findings": each}
        for (kind, place), each in rows.items()
    ]


def _in_directory(
    image: Image, search: Search
) -> tuple[Sequence[Place], tuple[Problem, ...], Sbom]:
    from ironhull.catalog import PATTERNS, PROBES, catalog
    from ironhull.detectors.secret_files import NAME, file_secrets
    from ironhull.oci.directory import DirectoryTree
    from ironhull.searching._owned import Place, unowned

    tree = DirectoryTree(Path(image.root), PATTERNS, (*PROBES, search.probe))
    found = [
        Place(file_secrets(tree.facts(file.path, NAME), file.path, ""))
        for file in tree.probed(NAME)
    ]
    sbom = catalog(tree, subject_of(image, disk_size=tree.disk_size))
    sbom = replace(sbom, problems=(*tree.problems, *sbom.problems))
    return unowned(found, tree, sbom, ()), (), sbom


def _once(places: Iterable[Place]) -> Iterator[SecretFinding]:
    """The findings of files, those visible before those hidden, a secret at a path once."""
    seen: dict[str, str] = {}
    for place in sorted(places, key=lambda place: bool(place.removed_in)):
        for found in place.secrets.found:
            where = f"{place.layer} {place.removed_in}"
            if seen.setdefault(found.fingerprint, where) == where:
                yield replace(found, removed_in=place.removed_in)


def _in_configuration(image: Image, search: Search) -> Iterator[SecretFinding]:
    from ironhull.searching._configuration import texts

    seen: set[str] = set()
    for source, name, text in filter(itemgetter(2), texts(image)):
        fresh = [found for found in search.text(text, "") if found.fingerprint not in seen]
        seen.update(found.fingerprint for found in fresh)
        yield from (replace(found, path=name, source=source) for found in fresh)


def _more(image: Image, search: Search) -> tuple[Problem, ...]:
    if not search.exceeded:
        return ()
    return (Problem("secrets", image.name, "too many secrets: not all are listed"),)


def _order(found: SecretFinding) -> tuple[Any, ...]:
    severity, source = SEVERITIES.index(found.severity), _ORDER.index(found.source)
    return (severity, bool(found.removed_in), source, found.path, found.line, found.rule)
