"""Advisory sources: Fetch | Parse, one file per source, merged into one index.

`SOURCES` is the list; `update` brings them up to date, `open_index` opens what there is.
"""

from __future__ import annotations

from ironhull.advisories import debian, epss, kev, osv, snapshot
from ironhull.advisories._row import AdvisorySource

__all__ = ["SOURCES", "AdvisorySource"]

SOURCES: tuple[AdvisorySource, ...] = (
    *snapshot.SOURCES,
    *debian.SOURCES,
    *osv.SOURCES,
    *kev.SOURCES,
    *epss.SOURCES,
)
