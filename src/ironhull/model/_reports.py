"""Advisories, findings, and the report that holds them."""

from __future__ import annotations

from ironhull.model._licenses import LicenseFinding
from ironhull.model._packages import Package, Sbom
from ironhull.model._secrets import SecretFinding
from ironhull.model._statements import SUPPRESSING, Statement, VexUse
from ironhull.model._trouble import Problem
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ironhull.model._bases import Advice

__all__ = [
    "JUDGEMENTS",
    "KINDS",
    "SEVERITIES",
    "STATUSES",
    "Advisory",
    "BaseImage",
    "Coverage",
    "Cvss",
    "Finding",
    "Ignored",
    "MadeWith",
    "Range",
    "Report",
    "RuleUse",
]

SEVERITIES = ("critical", "high", "medium", "low", "unspecified")
"""Worst first; the words of Docker Scout's UNSPECIFIED..CRITICAL in lower case."""

JUDGEMENTS = ("distribution", "cvss4", "cvss3", "cvss2", "database")
"""Kinds of judgement a severity may rest on, in the order in which they are asked by default."""

STATUSES = ("fixed", "unfixed", "will-not-fix", "end-of-life", "undetermined")
"""What a source says of a vulnerability in a release; `fixed` means a fixed version exists."""


KINDS = ("vulnerability", "malicious")
"""What an advisory is about: a defect, or a package made to do harm."""


@dataclass(frozen=True, slots=True)
class Range:
    """Affected versions: from `introduced` ("0": always) to before `fixed` or to `last_affected`.

    `limit`: to before that version, which is not said to repair anything. One end at most is given;
    none: no end is known (OSV schema, affected[].ranges[].events).
    """

    introduced: str = "0"
    fixed: str = ""
    last_affected: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class Cvss:
    """A CVSS vector and its base `score`; `version` is "2.0", "3.1" or "4.0".

    `source` is the key of the advisory source that gave it.
    """

    version: str
    vector: str
    score: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Advisory:
    """What the sources say of one vulnerability in one package of one scope.

    `scope` is the OSV ecosystem ("Debian:13", "PyPI"); `package` the name in it (Debian: source
    package). `status` is one of STATUSES, `urgency` the distribution's own word, `reason` why it is
    not fixed, `severity` one of SEVERITIES with `severity_source` saying whose, `sources` the
    keys of the advisory sources that speak of it ("debian-tracker", "osv", "apt", ...). `kind` is
    one of KINDS, `words` what each source calls it: (whose, one of SEVERITIES).
    """

    id: str
    scope: str
    package: str
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    status: str = "unfixed"
    urgency: str = ""
    reason: str = ""
    severity: str = "unspecified"
    severity_source: str = ""
    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    summary: str = ""
    published: str = ""
    modified: str = ""
    withdrawn: str = ""
    url: str = ""
    sources: tuple[str, ...] = ()
    kind: str = "vulnerability"
    words: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES or self.status not in STATUSES:
            raise ValueError(f"{self.id}: severity {self.severity!r} or status {self.status!r}")
        if self.kind not in KINDS:
            raise ValueError(f"{self.id}: kind {self.kind!r}")


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rule of an ignore file that a finding fell under.

    `reason` as written ("" where none is given), `until` the day it ends (YYYY-MM-DD) or "",
    `where` the file and line of the rule.
    """

    reason: str = ""
    until: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class RuleUse:
    """What became of one rule of an ignore file in a report.

    `where` is its file and line, `what` the rule in words ("CVE-2024-1234 in openssl"), `state`
    "used" (it hides `findings`), "unused" (nothing matches), "expired" (its day has come),
    "other image" or "other scanner" (it is not about this).
    """

    where: str
    what: str
    state: str
    findings: int = 0
    reason: str = ""
    until: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One vulnerability in one source package of one version, as installed.

    `packages` are the installed binary packages of that source (one for most ecosystems), `fixed`
    the version that repairs it ("" where there is none), `because` the comparison that decided,
    `status` the advisory's, `statement` the VEX statement that is effective for it, `kev` listed as
    exploited by CISA, `epss` (score, percentile) in 0..1, `ignored` the rule of an ignore file that
    hides it. One (source package, CVE) pair is one finding.
    """

    packages: tuple[Package, ...]
    advisory: Advisory
    fixed: str
    because: str
    status: str
    kev: bool = False
    epss: tuple[float, float] | None = None
    statement: Statement | None = None
    ignored: Ignored | None = None

    @property
    def package(self) -> Package:
        """The first of `packages`; they share source name and version."""
        return self.packages[0]

    @property
    def severity(self) -> str:
        """The advisory's severity, one of SEVERITIES."""
        return self.advisory.severity

    @property
    def suppressed(self) -> bool:
        """Whether its VEX statement says that the product is not affected, or repaired."""
        return self.statement is not None and self.statement.status in SUPPRESSING

    @property
    def active(self) -> bool:
        """Whether neither an ignore rule nor a VEX statement hides it: totals count these."""
        return self.ignored is None and not self.suppressed


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether packages of one scope could be checked, by which sources of what date.

    `checked` is "full" (every known vulnerability of the scope), "fixed-only" (only those a newer
    package repairs) or "not checked"; `note` says why in one line.
    """

    scope: str
    packages: int
    checked: str
    sources: tuple[str, ...] = ()
    date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What a report was made with, so that two reports can be told apart.

    `sources` are the advisory sources that the index holds, each with the date of its newest
    statement (RFC 3339, "" where it gives none).
    """

    ironhull: str
    index_digest: str = ""
    index_date: str = ""
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BaseImage:
    """The base image, as far as it can be told.

    `rule` says how it was found ("provenance", "annotation", "label", "dockerfile", "layers"),
    `verified` whether the base's diff_ids are a prefix of the image's; `layers` is how many then.
    `certainty` is one of CERTAINTIES, `because` the reason in words. `also` are other names of it.
    `report` is there when the base could be read.
    """

    name: str
    digest: str = ""
    rule: str = ""
    verified: bool = False
    report: Report | None = None
    certainty: str = "claimed"
    because: str = ""
    layers: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """An SBOM judged: findings sorted worst first, what was checked, and all trouble on the way.

    `scanners` tells what was looked for ("vuln", "secret", "license"), `secrets` are those found in
    the image, worst first; None where nobody looked.
    """

    sbom: Sbom
    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    made_with: MadeWith
    problems: tuple[Problem, ...] = ()
    verdicts: tuple[Any, ...] = ()
    base: BaseImage | None = None
    ignore_rules: tuple[RuleUse, ...] = ()  # of all ignore files, in their order
    vex: tuple[VexUse, ...] = ()  # of all VEX documents, in the order of their precedence
    licenses: tuple[LicenseFinding, ...] | None = None  # None: nobody looked
    scanners: tuple[str, ...] = ("vuln",)
    secrets: tuple[SecretFinding, ...] | None = None
    advice: Advice | None = None  # None: nobody asked

    @property
    def effective(self) -> tuple[Finding, ...]:
        """The findings that are active: what totals, tables and gates are about."""
        return tuple(finding for finding in self.findings if finding.active)

    @property
    def hidden(self) -> tuple[Finding, ...]:
        """The findings that an ignore rule or a VEX statement hides."""
        return tuple(finding for finding in self.findings if not finding.active)

    @property
    def suppressed(self) -> tuple[Finding, ...]:
        """The findings that a VEX statement hides, and no ignore rule."""
        return tuple(f for f in self.findings if f.suppressed and f.ignored is None)

    @property
    def ignored(self) -> tuple[Finding, ...]:
        """The findings that a rule of an ignore file hides."""
        return tuple(finding for finding in self.findings if finding.ignored is not None)
