"""Advisory sources: Fetch | Parse, one file per source, merged into one index.

`SOURCES` is the list; `update.update` brings them up to date, `update.open_index` opens what there
is, `status.status` says how old it is, `aptmirror.AptMirror` learns from an image's own archive;
`export_data` and `import_data` carry the data to other machines, `publish` puts it into a registry.
"""

from __future__ import annotations

from ironhull.advisories._row import AdvisorySource
from ironhull.advisories.aptmirror import AptMirror
from ironhull.advisories.cve import SOURCES as CVE
from ironhull.advisories.debian import SOURCES as DEBIAN
from ironhull.advisories.debian_support import SOURCES as DEBIAN_SUPPORT
from ironhull.advisories.dhi import SOURCES as DHI
from ironhull.advisories.epss import SOURCES as EPSS
from ironhull.advisories.kev import SOURCES as KEV
from ironhull.advisories.learned import read_learned, write_learned
from ironhull.advisories.nvd import SOURCES as NVD
from ironhull.advisories.osv import SOURCES as OSV
from ironhull.advisories.redhat import SOURCES as REDHAT
from ironhull.advisories.secdb import SOURCES as SECDB
from ironhull.advisories.snapshot import SOURCES as SNAPSHOT
from ironhull.advisories.status import Status
from ironhull.lazy import lazily

__all__ = [
    "SOURCES",
    "AdvisorySource",
    "AptMirror",
    "Status",
    "export_data",
    "import_data",
    "publish",
    "read_learned",
    "write_learned",
]

export_data = lazily("ironhull.advisories.exchange", "export_data")
import_data = lazily("ironhull.advisories.exchange", "import_data")
publish = lazily("ironhull.advisories.artifact", "publish")

SOURCES: tuple[AdvisorySource, ...] = (
    *SNAPSHOT,
    *DEBIAN,
    *DEBIAN_SUPPORT,
    *SECDB,
    *REDHAT,
    *DHI,
    *OSV,
    *KEV,
    *EPSS,
    *NVD,
    *CVE,
)
