"""Advisory indexes: of claims in code, merged by the real rules, and of a small world served."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ironhull.advisories._merge import facts_of, merge
from ironhull.advisories.update import update
from ironhull.ecosystems import ecosystem_of_scope
from ironhull.model import Advisory
from ironhull.store._advisories_build import Rules, building
from ironhull.store.advisories import AdvisoryIndex, IndexSource
from tests.advisories.serving import NOW, serving, transport
from tests.advisories.test_update import FEW

DATE = "2026-11-20T00:00:00Z"


def index_of(
    path: Path,
    *claims: Advisory,
    partly: Iterable[str] = (),
    examined: Iterable[tuple[str, str]] = (),
    kev: Iterable[str] = (),
    epss: Iterable[tuple[str, float, float]] = (),
    facts: Mapping[str, tuple[tuple[str, str, str], ...]] | None = None,
) -> AdvisoryIndex:
    """The index at `path` of what one source says; of the scopes `partly` it knows fixes only."""
    scopes = {claim.scope: "full" for claim in claims} | dict.fromkeys(partly, "fixed-only")
    rules = Rules("test", merge, facts_of, _order)
    with building(path, rules) as builder:
        with builder.source("test") as stage:
            stage.add_claims(claims)
            stage.add_examined(examined)
            stage.add_kev(kev)
            stage.add_epss(epss)
            stage.add_facts((cve, *fact) for cve, said in (facts or {}).items() for fact in said)
        builder.keep(
            IndexSource("test", "", DATE, DATE, len(claims), 0, "x", tuple(sorted(scopes.items())))
        )
        builder.finish(DATE)
    return AdvisoryIndex.open(path)


def _order(scope: str) -> Callable[[str], bytes] | None:
    row = ecosystem_of_scope(scope)
    return row.order if row is not None else None


def fetched(world: Path, directory: Path) -> None:
    """Fetch into `directory` what `tests.advisories.test_update.publish` wrote to `world`."""
    with serving(world) as served:
        update(directory=directory, transport=transport(), now=NOW, urls=served.urls, wanted=FEW)
