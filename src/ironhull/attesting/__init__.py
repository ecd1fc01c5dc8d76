"""Joining what attests: where an image is, what is attached to it, what is said and by whom.

A part of `pipeline`, loaded by the commands about attestations and signatures and by those that
build.
"""

from __future__ import annotations

from ironhull.attesting.attaching import Attaching, attach_said
from ironhull.attesting.finding import find_attached
from ironhull.attesting.places import image_of, open_place, target_of
from ironhull.attesting.verifying import Verified, failed, verify_attached

__all__ = [
    "Attaching",
    "Verified",
    "attach_said",
    "failed",
    "find_attached",
    "image_of",
    "open_place",
    "target_of",
    "verify_attached",
]
