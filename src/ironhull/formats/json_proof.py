"""A hardened Dockerfile and its proof as JSON: docs/schemas/harden.schema.json, `proof`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ironhull.formats.json_compare import compare_json
from ironhull.formats.json_harden import harden_json
from ironhull.formats.json_report import dump

if TYPE_CHECKING:
    from ironhull.compare import Comparison
    from ironhull.hardening import Hardened, Proof, Side

__all__ = ["write_proof_json"]


def write_proof_json(hardened: Hardened, proof: Proof, comparison: Comparison | None) -> str:
    """The document of `harden` with what came of both images, and that of `compare`."""
    told = {
        "holds": proof.holds,
        "untried": proof.untried or None,
        "trouble": proof.trouble or None,
        "before": _side(proof.before),
        "after": _side(proof.after),
        "comparison": compare_json(comparison) if comparison else None,
    }
    return dump({**harden_json(hardened), "proof": told})


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    image, trial = side.build.image, side.trial
    return {
        "digest": image.index_digest or image.digest,
        "manifest": image.digest,
        "platform": str(image.platform),
        "trial": None
        if trial is None
        else {
            "smoke": trial.smoke,
            "passed": trial.passed,
            "said": trial.said,
            "options": list(trial.how),
            "user": trial.user,
            "shell": trial.shell or None,
            "log": list(trial.log),
        },
    }
