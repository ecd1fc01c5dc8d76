"""Detectors: what is in the files of an image beside packages.

`programs` knows programs by name and by content; `posture` uses it.
"""

from __future__ import annotations

from ironhull.detectors.programs import PROGRAM_PROBE, kinds_of

__all__ = ["PROGRAM_PROBE", "kinds_of", "programs"]
