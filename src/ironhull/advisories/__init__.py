"""Advisory sources: Fetch | Parse, one file per source, merged into one index.

`SOURCES` is the list; `update.update` brings them up to date, `update.open_index` opens what there
is, `read_status` says how old it is, `AptMirror` learns from an image's own archive;
`export_data` and `import_data` carry the data to other machines, `publish` puts it into a registry.
"""

from __future__ import annotations

from ironhull.lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.advisories._row import AdvisorySource

__all__ = [
    "SOURCES",
    "AdvisorySource",
    "AptMirror",
    "export_data",
    "import_data",
    "publish",
    "read_learned",
    "read_status",
    "write_learned",
]

AptMirror = lazily("ironhull.advisories.aptmirror", "AptMirror")

export_data = lazily("ironhull.advisories.exchange", "export_data")
import_data = lazily("ironhull.advisories.exchange", "import_data")
publish = lazily("ironhull.advisories.artifact", "publish")
read_learned = lazily("ironhull.advisories.learned", "read_learned")
read_status = lazily("ironhull.advisories.status", "status")
write_learned = lazily("ironhull.advisories.learned", "write_learned")

SOURCES: tuple[AdvisorySource, ...]
"""Every source; imported when somebody asks, which a report does not."""


def __getattr__(name: str) -> object:
    if name != "SOURCES":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()["SOURCES"] = _sources()
    return found


def _sources() -> tuple[AdvisorySource, ...]:
    from ironhull.advisories.cve import SOURCES as CVE
    from ironhull.advisories.debian import SOURCES as DEBIAN
    from ironhull.advisories.debian_support import SOURCES as DEBIAN_SUPPORT
    from ironhull.advisories.dhi import SOURCES as DHI
    from ironhull.advisories.epss import SOURCES as EPSS
    from ironhull.advisories.kev import SOURCES as KEV
    from ironhull.advisories.nvd import SOURCES as NVD
    from ironhull.advisories.osv import SOURCES as OSV
    from ironhull.advisories.redhat import SOURCES as REDHAT
    from ironhull.advisories.secdb import SOURCES as SECDB
    from ironhull.advisories.snapshot import SOURCES as SNAPSHOT

    return (
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
