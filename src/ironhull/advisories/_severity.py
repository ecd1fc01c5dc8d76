"""How bad a vulnerability is: what each source says is kept, a rule picks one of it.

The rule is an order of five kinds of judgement (docs/severity.md); the first that says something
decides. Words of distributions: Debian's urgencies (security-team.debian.org/security_tracker.html;
"unimportant" means no security impact in Debian's packages and reads as low), Ubuntu's priorities
(ubuntu.com/security/cves/about; "negligible" reads as low), Red Hat's severity ratings
(access.redhat.com/security/updates/classification), which SUSE, AlmaLinux and Rocky Linux use, too.
CVSS scores become words by the qualitative scale of CVSS v3.1, section 5, which version 4 keeps;
version 2 has no critical.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from ironhull.model import JUDGEMENTS, SEVERITIES, Advisory, Cvss
from ironhull.values import replace

__all__ = ["MALICIOUS", "ORDER", "distribution_word", "rated", "score", "severity_of", "word_of"]

ORDER = JUDGEMENTS
"""The rule where the settings give none: whose judgement is taken, the first first."""

MALICIOUS = "malicious package"
"""The origin of the severity of a package made to do harm; no rule changes it."""

_DISTRIBUTION_WORDS = {
    "critical": "critical",
    "important": "high",
    "high": "high",
    "moderate": "medium",
    "medium": "medium",
    "low": "low",
    "negligible": "low",
    "unimportant": "low",
}
_LONGEST = 512


def severity_of(advisory: Advisory, order: Sequence[str] = ORDER) -> tuple[str, str]:
    """(severity, whose) of a rated advisory by the rule `order`; a kind left out is not asked."""
    if advisory.kind == "malicious":
        return "critical", MALICIOUS
    for kind in order:
        if found := _judgement(advisory, kind):
            return found
    return "unspecified", ""


def _judgement(advisory: Advisory, kind: str) -> tuple[str, str] | None:
    if kind == "distribution":
        word = distribution_word(advisory.urgency)
        return (word, advisory.scope.split(":")[0]) if word else None
    if kind == "database":
        if not advisory.words:
            return None
        whose, word = min(advisory.words, key=lambda pair: SEVERITIES.index(pair[1]))
        return word, whose
    major = kind.removeprefix("cvss")
    for cvss in advisory.cvss:
        if cvss.version.startswith(major) and cvss.score > 0:
            source = f" ({cvss.source})" if cvss.source else ""
            return word_of(cvss), f"CVSS {cvss.version}{source}"
    return None


def distribution_word(word: str) -> str:
    """One of SEVERITIES for a distribution's own word; "" where it says nothing."""
    return _DISTRIBUTION_WORDS.get(word.lower(), "")


def rated(advisory: Advisory, facts: Iterable[tuple[str, ...]] = ()) -> Advisory:
    """`advisory` with all that is said of its severity, scored, and the default rule's choice.

    `facts` are (kind, value, whose) of its CVE from any record: "cvss 3.1", "word", "cwe",
    "summary", "published". Of one CVSS version the vectors of its own records come first, then
    the worst.
    """
    own = {(c.version, c.vector): c.source for c in reversed(advisory.cvss)}
    vectors = dict(own)
    words = dict.fromkeys(advisory.words)
    if advisory.severity_source and advisory.severity != "unspecified":
        words[advisory.severity_source, advisory.severity] = None
    cwes = dict.fromkeys(advisory.cwes)
    texts: dict[str, str] = {}
    for kind, value, whose in facts:
        if kind.startswith("cvss "):
            vectors.setdefault((kind[5:], value), whose)
        elif kind == "word" and value in SEVERITIES:
            words[whose, value] = None
        elif kind == "cwe":
            cwes[value] = None
        else:
            texts.setdefault(kind, value)
    advisory = replace(
        advisory,
        cvss=_scored(vectors, own),
        words=tuple(sorted(words)),
        cwes=tuple(cwes),
        summary=advisory.summary or texts.get("summary", ""),
        published=advisory.published or texts.get("published", ""),
    )
    severity, whose = severity_of(advisory)
    return replace(advisory, severity=severity, severity_source=whose)


def _scored(
    vectors: dict[tuple[str, str], str], own: Iterable[tuple[str, str]]
) -> tuple[Cvss, ...]:
    """Vectors that can be scored: newest version first, of one version ours, then the worst."""
    first = frozenset(own)
    found = []
    for (version, vector), source in vectors.items():
        base = score(vector)
        if base is not None:
            place = (-float(version), (version, vector) not in first, -base, vector)
            found.append((place, Cvss(version, vector, base, source)))
    found.sort(key=lambda pair: pair[0])
    return tuple(cvss for _, cvss in found)


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
