"""Base images: which one an image was built on, and what to build on instead.

A part of `pipeline`. The base is chosen by `base_choice` from what the image says of itself and
what is known of others; suggestions are images of the same repository and of known families, each
judged as the base is (docs/recommendations.md).
"""

from __future__ import annotations

from ironhull.recommending._identify import base_of, identify_base
from ironhull.recommending._known import Known, base_index

__all__ = ["Known", "base_index", "base_of", "identify_base"]
