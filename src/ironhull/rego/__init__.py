"""Rego: policies evaluated in a process of their own that has no network, files or environment.

`evaluate` is the whole of it: modules and an input document in, what each module says out. Every
module is alone with its `data.config`; what it may ask of the world outside is a table of functions
that are called here, in the parent. Time and memory are bounded (docs/adr/0016). The engine is
regorus (extra `policy`); `metadata` reads the annotations, which the engine leaves out.
"""

from __future__ import annotations

from ironhull.rego._evaluation import Builtin, Module, Outcome, available, evaluate
from ironhull.rego._process import starting
from ironhull.rego.metadata import Metadata, read_metadata
from ironhull.rego.testing import Tested, run_tests

__all__ = [
    "Builtin",
    "Metadata",
    "Module",
    "Outcome",
    "Tested",
    "available",
    "evaluate",
    "metadata",
    "read_metadata",
    "run_tests",
    "starting",
    "testing",
]
