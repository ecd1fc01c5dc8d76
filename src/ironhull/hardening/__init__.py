"""Hardening a Dockerfile: what is proven safe is done with a reason, the rest is listed by hand."""

from ironhull.hardening._nouns import ByHand, Change, Hardened, Pair

__all__ = ["ByHand", "Change", "Hardened", "Pair"]
