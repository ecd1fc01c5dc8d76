"""Detectors: what is in the files of an image beside packages.

`programs` knows programs by name and by content, `capabilities` what files may do beyond their
user, `posture` uses both; `secret_rules` are the rules by
which `secrets` finds keys, tokens and passwords, `secret_files` takes it to the files of layers.
"""

from __future__ import annotations

from ironhull.detectors.capabilities import CAPABILITY_PROBE
from ironhull.detectors.programs import PROGRAM_PROBE, kinds_of
from ironhull.detectors.secret_files import Search
from ironhull.detectors.secret_rules import all_rules
from ironhull.detectors.secrets import Searching

__all__ = [
    "CAPABILITY_PROBE",
    "PROGRAM_PROBE",
    "Search",
    "Searching",
    "all_rules",
    "capabilities",
    "kinds_of",
    "programs",
    "secret_files",
    "secret_rules",
    "secrets",
]
