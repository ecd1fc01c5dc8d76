"""Ignore files: findings somebody decided to live with, and until when.

A finding that a rule covers stays in the report with `Finding.ignored`; totals and gates leave it
out. Three kinds of files are read: Trivy's `.trivyignore` and `.trivyignore.yaml`, and our own
`.ironhullignore.yaml` (docs/ignore.md). What is misread would hide things, so a file that holds
anything we do not understand is refused whole, with file, line and column.
"""

from __future__ import annotations

from ironhull.ignore._apply import apply
from ironhull.ignore._files import NAMES, Rules, find_files, load, parse
from ironhull.ignore._rule import Rule, Target

__all__ = ["NAMES", "Rule", "Rules", "Target", "apply", "find_files", "load", "parse"]
