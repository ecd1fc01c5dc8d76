"""Advisory sources: Fetch | Parse, one file per source, merged into one index.

`SOURCES` is the list; `update.update` brings them up to date, `update.open_index` opens what there
is, `status.status` says how old it is, `aptmirror.learn` learns from an image's own archive.
"""

from __future__ import annotations

from ironhull.advisories import aptmirror, debian, epss, kev, osv, snapshot, status, update
from ironhull.advisories._row import AdvisorySource

__all__ = ["SOURCES", "AdvisorySource", "aptmirror", "status", "update"]

SOURCES: tuple[AdvisorySource, ...] = (
    *snapshot.SOURCES,
    *debian.SOURCES,
    *osv.SOURCES,
    *kev.SOURCES,
    *epss.SOURCES,
)
