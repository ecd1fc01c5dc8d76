"""Statements of exploitability (VEX) x findings: which statement decides about which finding.

A finding is marked, never dropped. All statements of all documents are pooled; of those that are
about a vulnerability in a product that is there, the newest decides (by the time in the statement,
not by the order of sources); of equally new ones the more specific one, then the later one. What
is not proven does not suppress: a statement about a base image holds for packages of layers that
are proven to be its, a version that is not known is not the version meant. docs/vex.md has the
rules in full; they are those of go-vex (pkg/vex) and what other tools match beside them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ironhull.copies import Copy, collected, places
from ironhull.model import SUPPRESSING, Finding, Package, Report, Sbom, Statement, VexUse
from ironhull.statements._reach import Base, Identity, Reach, Standing, instant
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.explain.values import Considered
    from ironhull.statements._fit import Misfit

__all__ = ["Base", "Identity", "Judge", "Standing", "instant", "names_of"]


class Judge:
    """Statements, and the image they are held against.

    `statements` come in the order of their precedence: of two that are equal in everything the
    later one decides. `sbom` is the image's, `identity` what else is known of who it is. `refused`
    are statements nobody believes, each with why; with `authors` (regular expressions) so is what
    none of them wrote. `documents` are what is known of where the statements are from.
    """

    def __init__(
        self,
        statements: Iterable[Statement],
        sbom: Sbom,
        identity: Identity | None = None,
        *,
        refused: Iterable[tuple[Statement, str]] = (),
        authors: Sequence[re.Pattern[str]] = (),
        documents: Iterable[VexUse] = (),
    ) -> None:
        self._documents = tuple(documents)
        self.statements: list[Statement] = list(statements)
        self.refused: dict[int, str] = {}
        for statement, why in refused:
            self.refused[len(self.statements)] = why
            self.statements.append(statement)
        if authors:
            self._accept(authors)
        self._reach = Reach(sbom, identity or Identity())
        self._naming: dict[tuple[int, ...], dict[str, list[int]]] = {}
        self._by_name: dict[str, list[int]] = {}
        for number, statement in enumerate(self.statements):
            for name in {statement.vulnerability.lower(), *map(str.lower, statement.aliases)}:
                self._by_name.setdefault(name, []).append(number)

    def _accept(self, authors: Sequence[re.Pattern[str]]) -> None:
        for number, statement in enumerate(self.statements):
            if number not in self.refused and not any(p.search(statement.author) for p in authors):
                who = statement.author or "its document names no author"
                self.refused[number] = f"its author is not accepted: {who}"

    def apply(self, report: Report) -> Report:
        """`report` with the statement that decides in each finding, and what became of documents.

        A finding some of whose packages, or places where they are, a statement declares harmless
        is divided: what it covers is a finding of its own.
        """
        found: list[Finding] = []
        applied: dict[int, int] = {}  # statement -> findings it hides
        for finding in report.findings:
            for part, number in self._divided(finding):
                found.append(part)
                if number >= 0:
                    applied[number] = applied.get(number, 0) + part.suppressed
        uses = self._uses(report.findings, applied)
        return replace(report, findings=tuple(found), vex=uses)

    def _divided(self, finding: Finding) -> Iterator[tuple[Finding, int]]:
        """The parts of a finding, each with the number of the statement that decides, or -1."""
        numbers = self.about(finding)
        if not numbers:
            yield finding, -1
            return
        active: list[Copy] = []
        spoken = -1  # the newest statement about what stays active
        hidden: dict[int, list[Copy]] = {}
        for package in finding.packages:
            for place, _ in places(package):
                number = self.decides(numbers, package, place)
                if number >= 0 and self.statements[number].status in SUPPRESSING:
                    hidden.setdefault(number, []).append((package, place))
                else:
                    active.append((package, place))
                    spoken = self._newer(spoken, number)
        whole = len(hidden) + bool(active) == 1
        if active:
            packages = finding.packages if whole else tuple(collected(active))
            said = self.statements[spoken] if spoken >= 0 else None
            yield replace(finding, packages=packages, statement=said), spoken
        for number, copies in sorted(hidden.items()):
            packages = finding.packages if whole else tuple(collected(copies))
            yield replace(finding, packages=packages, statement=self.statements[number]), number

    def _newer(self, one: int, other: int) -> int:
        if one < 0 or other < 0:
            return max(one, other)
        return max(one, other, key=lambda n: (instant(self.statements[n].issued), n))

    def considered(self, finding: Finding) -> tuple[Considered, ...]:
        """Of every statement about the vulnerability: whether it decides, or why it does not."""
        from ironhull.statements._considering import considered

        return considered(self, finding)

    def about(self, finding: Finding) -> list[int]:
        """The numbers of the statements about the vulnerability of a finding, in order.

        They have a name in common, whoever calls it so; but two that name CVEs, and different
        ones, are two vulnerabilities that share a notice (DSA, RHSA, USN).
        """
        if not self._by_name:
            return []
        names = names_of(finding)
        cves = _cves(names)
        return sorted(
            {
                number
                for name in names
                for number in self._by_name.get(name, ())
                if name in cves or not cves or self._may_be(number, cves)
            }
        )

    def _may_be(self, number: int, cves: frozenset[str]) -> bool:
        statement = self.statements[number]
        said = _cves((statement.vulnerability.lower(), *map(str.lower, statement.aliases)))
        return not said or bool(said & cves)

    def standing(self, number: int, package: Package, place: int) -> Standing | Misfit:
        """How a statement stands to a copy of a package, or why it is not about it."""
        statement = self.statements[number]
        return self._reach.standing(statement, number, (package, place), thorough=True)

    def decides(self, numbers: Iterable[int], package: Package, place: int) -> int:
        """The number of the statement that decides about one copy of a package, or -1.

        `numbers` are those of the statements about its vulnerability.
        """
        numbers = tuple(numbers)
        naming = self._naming.get(numbers)
        if naming is None:
            naming = self._naming[numbers] = self._named_by(numbers)
        found: Standing | None = None
        for number in self._reach.chosen(naming, package):
            standing = self._reach.standing(self.statements[number], number, (package, place))
            if isinstance(standing, Standing) and (found is None or standing.rank > found.rank):
                found = standing
        return found.number if found is not None else -1

    def _named_by(self, numbers: Iterable[int]) -> dict[str, list[int]]:
        """The statements that are believed, by the keys of packages they name."""
        naming: dict[str, list[int]] = {}
        for number in numbers:
            if number not in self.refused:
                for key in self._reach.plan(self.statements[number], number):
                    naming.setdefault(key, []).append(number)
        return naming

    def _uses(self, findings: Iterable[Finding], applied: dict[int, int]) -> tuple[VexUse, ...]:
        uses = {use.where: use for use in self._documents}
        about: dict[str, list[int]] = {}
        totals: Counter[str] = Counter()
        for number in sorted({number for f in findings for number in self.about(f)}):
            statement = self.statements[number]
            about.setdefault(statement.document, []).append(number)
            if statement.document not in uses:
                if not totals:
                    totals.update(other.document for other in self.statements)
                uses[statement.document] = _use_of(statement, totals[statement.document])
        for where, numbers in about.items():
            why = [self.refused[number] for number in numbers if number in self.refused]
            uses[where] = replace(
                uses[where],
                about=len(numbers),
                refused=len(why),
                applied=sum(number in applied for number in numbers),
                hidden=sum(applied.get(number, 0) for number in numbers),
                why=why[0] if why else "",
            )
        return tuple(uses.values())


def names_of(finding: Finding) -> frozenset[str]:
    """The names of the vulnerability of a finding, in small letters."""
    return frozenset(name.lower() for name in (finding.advisory.id, *finding.advisory.aliases))


def _cves(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if name.startswith("cve-"))


def _use_of(statement: Statement, statements: int) -> VexUse:
    return VexUse(
        where=statement.document,
        origin=statement.origin,
        format=statement.format,
        author=statement.author,
        signature=statement.signature,
        signer=statement.signer,
        statements=statements,
    )
