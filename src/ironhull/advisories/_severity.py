"""How bad: the distribution's word first, then CVSS (4, 3, 2), then the word of a database.

Debian's urgencies are described at security-team.debian.org/security_tracker.html; "unimportant"
means no security impact in Debian's packages and reads as low. CVSS scores become words by the
qualitative scale of CVSS v3.1, section 5, which version 4 keeps; version 2 has no critical.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ironhull.model import SEVERITIES, Advisory, Cvss

__all__ = ["score", "severity_of", "word_of"]

_URGENCIES = {"high": "high", "medium": "medium", "low": "low", "unimportant": "low"}
_LONGEST = 512


def severity_of(
    advisory: Advisory, facts: Iterable[tuple[str, str]] = ()
) -> tuple[str, str, tuple[Cvss, ...]]:
    """(severity, whose, scored vectors best first) of an advisory.

    `facts` are (kind, value) pairs any source gives for its CVE: ("cvss 3.1", vector) and
    ("word GHSA", "high").
    """
    facts = list(facts)
    vectors = [(cvss.version, cvss.vector) for cvss in advisory.cvss]
    vectors += [(kind[5:], value) for kind, value in facts if kind.startswith("cvss ")]
    scored = _scored(dict.fromkeys(vectors))
    if advisory.urgency in _URGENCIES:
        return _URGENCIES[advisory.urgency], _distribution(advisory), scored
    if advisory.severity_source == "malicious package":
        return advisory.severity, advisory.severity_source, scored
    for cvss in scored:
        if cvss.score > 0:
            return word_of(cvss), f"CVSS {cvss.version}", scored
    words = [(value, kind[5:]) for kind, value in facts if kind.startswith("word ")]
    if advisory.severity_source:
        words.append((advisory.severity, advisory.severity_source))
    if words:
        word, whose = min(words, key=lambda pair: SEVERITIES.index(pair[0]))
        return word, whose, scored
    return "unspecified", "", scored


def _distribution(advisory: Advisory) -> str:
    return advisory.scope.split(":")[0]


def _scored(vectors: Iterable[tuple[str, str]]) -> tuple[Cvss, ...]:
    """Vectors that can be scored: newest version first, of one version the worst first."""
    found = []
    for version, vector in vectors:
        base = score(vector)
        if base is not None:
            found.append(Cvss(version, vector, base))
    found.sort(key=lambda cvss: (-float(cvss.version), -cvss.score, cvss.vector))
    return tuple(found)


@lru_cache(maxsize=16_384)
def score(vector: str) -> float | None:
    """The base score of a CVSS vector of version 2, 3 or 4; None where it is none."""
    import cvss

    if len(vector) > _LONGEST:
        return None
    try:
        if vector.startswith("CVSS:4"):
            return float(cvss.CVSS4(vector).base_score)
        if vector.startswith("CVSS:3"):
            return float(cvss.CVSS3(vector).base_score)
        return float(cvss.CVSS2(vector).base_score)
    except (cvss.exceptions.CVSSError, ValueError, KeyError, ArithmeticError):
        return None


def word_of(scored: Cvss) -> str:
    """The qualitative rating of a score."""
    if scored.score >= 9 and not scored.version.startswith("2"):
        return "critical"
    if scored.score >= 7:
        return "high"
    if scored.score >= 4:
        return "medium"
    return "low" if scored.score > 0 else "unspecified"
