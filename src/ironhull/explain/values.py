"""What an explanation holds."""

from __future__ import annotations

from typing import Protocol

from ironhull.model import Advisory, Finding, MadeWith, Package, Range, Subject
from ironhull.values import dataclass

__all__ = [
    "AFFECTED",
    "IGNORED",
    "NOT_AFFECTED",
    "NOT_CHECKED",
    "SUPPRESSED",
    "Comparison",
    "Considered",
    "Explanation",
    "Index",
    "Judgement",
    "Remedy",
    "Source",
    "Spoken",
]

AFFECTED, IGNORED = "affected", "affected, ignored"
SUPPRESSED = "affected, suppressed by VEX"
NOT_AFFECTED, NOT_CHECKED = "not affected", "not checked"


class Source(Protocol):
    """A source of an index (`store.advisories.IndexSource`)."""

    @property
    def name(self) -> str:
        """Its key."""

    @property
    def date(self) -> str:
        """The date of its newest statement (RFC 3339)."""


class Index(Protocol):
    """What is asked of an advisory index (`store.advisories.AdvisoryIndex`)."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Its sources."""

    def about(self, identifier: str) -> tuple[Advisory, ...]:
        """The merged advisories of every scope and package an identifier leads to."""

    def claims(self, scope: str, package: str, name: str = "") -> tuple[Advisory, ...]:
        """What each source says of an advisory of a package."""

    def covering(self, scope: str) -> tuple[tuple[Source, str], ...]:
        """The sources that speak of `scope`, each with how much it knows."""

    def examined(self, scope: str, package: str) -> bool:
        """Whether a source that knows only some packages of `scope` knows this."""

    def facts(self, name: str) -> tuple[tuple[str, str, str], ...]:
        """What any source says of a CVE: (kind, value, whose)."""

    def kev(self, cve: str) -> bool:
        """Whether CISA lists the CVE."""

    def epss(self, cve: str) -> tuple[float, float] | None:
        """FIRST's score and percentile, both in 0..1."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of a vulnerability in one package of one scope: merged, and by each source.

    `order` are the words of the version order there; "" where there is none.
    """

    advisory: Advisory
    claims: tuple[Advisory, ...] = ()
    order: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A version against one range, or against the list of versions (`span` None).

    `holds` tells whether the version is in it, None where that cannot be told; `text` is the
    comparison as a reader can redo it, `source` whose range it is ("" for the merged one).
    """

    text: str
    holds: bool | None
    source: str = ""
    span: Range | None = None


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to repair: what to do in words, and the command that does it ("" where none does)."""

    what: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Considered:
    """An ignore rule or VEX statement that was looked at: its place, its words, its outcome."""

    where: str
    what: str
    outcome: str
    applies: bool = False
    reason: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An installed package and the verdict on it: one of the words above, and `why`.

    `looked_up` is the name it was looked up by where that is another (mostly the source package's),
    `version` the one compared. `finding` is the report's, None where there is none.
    """

    package: Package
    scope: str
    looked_up: str
    version: str
    verdict: str
    why: str
    comparisons: tuple[Comparison, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    statements: tuple[Considered, ...] = ()
    rules: tuple[Considered, ...] = ()
    finding: Finding | None = None
    spoken: Spoken | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known of one vulnerability, and of it in one image where one was named.

    `lead` is the advisory whose words stand for the vulnerability, `rule` the order of judgements
    that picks its severity, `kev_words` what CISA says beside listing it, `data` the date of each
    source that speaks of it, `published` and `modified` the first and last date of what is said.
    """

    asked: str
    id: str
    aliases: tuple[str, ...]
    lead: Advisory
    spoken: tuple[Spoken, ...]
    rule: tuple[str, ...] = ()
    kev: bool = False
    kev_words: str = ""
    epss: tuple[float, float] | None = None
    data: tuple[tuple[str, str], ...] = ()
    published: str = ""
    modified: str = ""
    cwes: tuple[str, ...] = ()
    made_with: MadeWith | None = None
    subject: Subject | None = None
    judgements: tuple[Judgement, ...] = ()
