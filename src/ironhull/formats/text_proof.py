"""Both images of a hardened Dockerfile side by side: built, run, asked; then compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ironhull.formats.text_harden import write_harden
from ironhull.formats.text_table import safe, table

if TYPE_CHECKING:
    from ironhull.compare import Comparison
    from ironhull.hardening import Hardened, Proof, Side, Trial

__all__ = ["proof_rows", "verdict", "write_proof"]

_CELL = 50  # characters of an answer in a cell
_SHORT = 19  # characters of "sha256:" and 12 digits


def write_proof(hardened: Hardened, proof: Proof, comparison: Comparison | None) -> str:
    """What hardening did, what came of running both, and, where both were built, `compare`."""
    lines = [write_harden(hardened), *table(proof_rows(proof), header=("", "before", "hardened"))]
    lines += ["", verdict(proof)]
    for name, side in (("the image before", proof.before), ("the hardened image", proof.after)):
        trial = side.trial if side else None
        if trial is not None and trial.log:
            lines += ["", f"the last that {name} wrote:", *(f"  {safe(x)}" for x in trial.log)]
    text = "\n".join(lines) + "\n"
    if comparison is None:
        return text
    from ironhull.formats.text_compare import write_compare

    return f"{text}\n{write_compare(comparison)}"


def proof_rows(proof: Proof) -> list[Sequence[str]]:
    """What is the same in every format: a name, then a cell for each image."""
    sides = (proof.before, proof.after)
    rows: list[Sequence[str]] = [("built", *(_built(side) for side in sides))]
    trials = [side.trial if side else None for side in sides]
    shown = next((trial.smoke for trial in trials if trial), "smoke test")
    rows.append((safe(shown), *(_said(trial) for trial in trials)))
    rows.append(("run", *(" ".join(t.how) or "as it is" if t else "-" for t in trials)))
    rows.append(("user", *(_user(t.user) if t else "-" for t in trials)))
    rows.append(("shell", *(t.shell or "none" if t else "-" for t in trials)))
    return rows


def verdict(proof: Proof) -> str:
    """In a line whether the proof holds."""
    if proof.untried:
        return f"Not run: {safe(proof.untried)}"
    trouble = f" {safe(proof.trouble)}." if proof.trouble else ""
    if proof.holds:
        return f"The hardened image passes its smoke test.{trouble}"
    before = proof.before.trial if proof.before else None
    too = " Nor does the image before." if before is not None and not before.passed else ""
    said = f": {safe(proof.after.trial.said)}" if proof.after.trial else ""
    return f"The hardened image does not pass its smoke test{said}.{too}{trouble}"


def _built(side: Side | None) -> str:
    if side is None:
        return "no"
    return (side.build.image.index_digest or side.build.image.digest)[:_SHORT]


def _user(user: str) -> str:
    return "root" if user.partition(":")[0] in ("", "0", "root") else safe(user)


def _said(trial: Trial | None) -> str:
    if trial is None:
        return "-"
    said = safe(trial.said)
    said = said if len(said) <= _CELL else f"{said[:_CELL]}…"
    return f"{'passes' if trial.passed else 'FAILS'}: {said}"
