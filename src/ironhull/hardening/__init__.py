"""Hardening a Dockerfile: what is proven safe is done with a reason, the rest is listed by hand."""

from ironhull.hardening._nouns import ByHand, Change, Hardened, Pair
from ironhull.hardening._proof import Proof, Side, Smoke, Trial, parse_smoke

__all__ = [
    "ByHand",
    "Change",
    "Hardened",
    "Pair",
    "Proof",
    "Side",
    "Smoke",
    "Trial",
    "parse_smoke",
]
