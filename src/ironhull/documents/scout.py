"""A vulnerability as Docker Scout writes it, for attestations and for what policies see.

(docker/index-cli-plugin, Go types `Vulnerability` and `Cvss`; docs.docker.com, "Local policies".)
"""

from __future__ import annotations

from collections.abc import Iterable

from ironhull.counts import vulnerability_id
from ironhull.model import Cvss, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["scout_vulnerability"]


def scout_vulnerability(finding: Finding) -> dict[str, Any]:
    """One vulnerability; what is not known is left out."""
    advisory = finding.advisory
    identifier = vulnerability_id(advisory)
    cvss: dict[str, Any] = {"severity": finding.severity.upper()}
    best = _best(advisory.cvss)
    if best is not None:
        cvss |= {"score": best.score, "vector": best.vector, "version": best.version}
    said: dict[str, Any] = {
        "source": advisory.sources[0] if advisory.sources else "",
        "source_id": identifier,
        "description": advisory.summary,
        "vulnerable_range": f"<{finding.fixed}" if finding.fixed else ">=0",
        "fixed_by": finding.fixed,
        "url": advisory.url,
        "published_at": advisory.published,
        "updated_at": advisory.modified,
        "cvss": cvss,
        "cwes": [{"cwe_id": name} for name in advisory.cwes],
        "aliases": [
            name for name in dict.fromkeys((advisory.id, *advisory.aliases)) if name != identifier
        ],
        "cisa_exploited": finding.kev,
    }
    if finding.epss is not None:
        said["epss"] = {"score": finding.epss[0], "percentile": finding.epss[1]}
    return {key: value for key, value in said.items() if value not in ("", [], None)}


def _best(vectors: Iterable[Cvss]) -> Cvss | None:
    return max(vectors, key=lambda vector: (vector.version, vector.score), default=None)
