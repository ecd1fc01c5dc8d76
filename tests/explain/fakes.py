"""An advisory index in memory: what `explain` asks of one."""

from collections.abc import Iterable

from ironhull.model import Advisory
from ironhull.values import dataclass


@dataclass(frozen=True, slots=True)
class FakeSource:
    """A source with its date."""

    name: str
    date: str = "2026-11-20T00:00:00Z"


class FakeIndex:
    """Merged advisories, the claims they were made of, and which scopes are covered how far."""

    def __init__(
        self,
        advisories: Iterable[Advisory],
        claims: Iterable[Advisory] = (),
        *,
        sources: tuple[str, ...] = ("debian-tracker", "osv-pypi", "osv-npm"),
        examined: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.advisories = tuple(advisories)
        self.said = tuple(claims)
        self.sources = tuple(FakeSource(name) for name in sources)
        self.known = frozenset(examined)

    def about(self, identifier: str) -> tuple[Advisory, ...]:
        """By any name, whatever the case."""
        wanted = identifier.lower()
        return tuple(
            a for a in self.advisories if wanted in {n.lower() for n in (a.id, *a.aliases)}
        )

    def claims(self, scope: str, package: str, name: str = "") -> tuple[Advisory, ...]:
        """Those of a package."""
        return tuple(
            c
            for c in self.said
            if (c.scope, c.package) == (scope, package) and name in ("", c.id, *c.aliases)
        )

    def covering(self, scope: str) -> tuple[tuple[FakeSource, str], ...]:
        """Every source, as if it spoke of every scope."""
        return tuple((source, "full") for source in self.sources)

    def examined(self, scope: str, package: str) -> bool:
        """Whether the pair was given."""
        return (scope, package) in self.known

    def facts(self, name: str) -> tuple[tuple[str, str, str], ...]:
        """What CISA says of the one that is exploited."""
        said = ("kev", "listed 2025-10-02, to be repaired by 2025-10-23", "CISA")
        return (said,) if self.kev(name) else ()

    def kev(self, cve: str) -> bool:
        """One CVE is exploited."""
        return cve == "CVE-2025-9230"

    def epss(self, cve: str) -> tuple[float, float] | None:
        """One CVE has a score."""
        return (0.00043, 0.0912) if cve == "CVE-2025-9230" else None
