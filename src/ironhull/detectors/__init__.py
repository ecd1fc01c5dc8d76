"""Detectors: what is in the files of an image beside packages.

`programs` knows programs by name and by content, `posture` uses it; `secret_rules` are the rules by
which `secrets` finds keys, tokens and passwords.
"""

from __future__ import annotations

from ironhull.detectors.programs import PROGRAM_PROBE, kinds_of
from ironhull.detectors.secret_rules import all_rules
from ironhull.detectors.secrets import Searching

__all__ = [
    "PROGRAM_PROBE",
    "Searching",
    "all_rules",
    "kinds_of",
    "programs",
    "secret_rules",
    "secrets",
]
