"""A hardened Dockerfile and its proof as Markdown for merge requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ironhull.counts import count, has_numbers
from ironhull.formats._markdown import bounded, cell
from ironhull.formats.markdown_harden import write_harden_markdown
from ironhull.formats.text_proof import proof_rows, verdict
from ironhull.formats.text_table import count_row, human_size

if TYPE_CHECKING:
    from ironhull.compare import Comparison
    from ironhull.hardening import Hardened, Proof
    from ironhull.model import Report

__all__ = ["write_proof_markdown"]

_LONG = 300  # characters of a cell


def write_proof_markdown(hardened: Hardened, proof: Proof, comparison: Comparison | None) -> str:
    """The proof as a table, sizes, packages and findings of both, then what hardening did."""
    rows = [tuple(map(str, row)) for row in proof_rows(proof)]
    if comparison is not None:
        both = (comparison.other, comparison.report)
        rows.append(("size, compressed", *(human_size(r.sbom.subject.content_size) for r in both)))
        rows.append(("packages", *(str(len(r.sbom.counted)) for r in both)))
        rows.append(("vulnerabilities", *map(_counted, both)))
        rows.append(("policies met", *map(_met, both)))
    lines = [
        "## Proof",
        "",
        cell(verdict(proof)),
        "",
        "| | Before | Hardened |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {' | '.join(cell(bounded(text, _LONG)) for text in row)} |" for row in rows]
    return "\n".join(lines) + "\n\n" + write_harden_markdown(hardened)


def _counted(report: Report) -> str:
    if not has_numbers(report):
        return "not checked"
    return " ".join(count_row(count(report.findings)).split())


def _met(report: Report) -> str:
    met = sum(verdict.state == "met" for verdict in report.verdicts)
    return f"{met} of {len(report.verdicts)}" if report.verdicts else "-"
