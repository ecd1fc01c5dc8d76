"""A report with verdicts of every kind, hostile texts among them."""

from dataclasses import replace

from ironhull.model import Report, Verdict, Violation
from tests import reports

HOSTILE = "\x1b[31mred\u202e | <b>&amp;</b> ```\n{0} [x](http://evil) \x00\ud800"

VERDICTS = (
    Verdict(
        "agpl", "No AGPL", "AGPL found", "met", "license", document={"pass": True}, seconds=0.5
    ),
    Verdict(
        "vulnerable",
        "No vulnerabilities",
        "Vulnerabilities found",
        "not met",
        "vulnerability",
        30,
        (
            Violation(
                "CVE-1 in openssl", {"severity": "HIGH", "purl": "pkg:deb/openssl"}, "update it"
            ),
            Violation("CVE-2 in zlib", {"severity": "LOW", "purl": "pkg:deb/zlib"}),
        ),
        ("purl", "severity"),
        source="a.rego",
        document={"violation": [1, 2]},
    ),
    Verdict(
        "root", "Not root", "Root", "not met", "boolean", violations=(Violation("starts as root"),)
    ),
    Verdict("stale", "Not stale", "Stale", "no data", message="there is no provenance"),
    Verdict("silent", "Silent", "Silent", "no data", weight=0),
    Verdict("broken", "Broken", "Broken", "error", message="b.rego:3:7: unexpected end"),
    Verdict(
        "hostile",
        "Hostile",
        HOSTILE,
        "not met",
        violations=(Violation(HOSTILE, {HOSTILE: HOSTILE}, HOSTILE),) * 2,
    ),
)


def judged(*verdicts: Verdict) -> Report:
    """The sample image with these verdicts, or with all of them."""
    return replace(reports.web(), verdicts=verdicts or VERDICTS)
