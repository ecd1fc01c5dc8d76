"""Ignore files: findings somebody decided to live with, and until when.

A finding that a rule covers stays in the report with `Finding.ignored`; totals and gates leave it
out. Three kinds of files are read (`files`): Trivy's `.trivyignore` and `.trivyignore.yaml`, and
our own `.ironhullignore.yaml` (docs/ignore.md). What is misread would hide things, so a file that
holds anything we do not understand is refused whole, with file, line and column. `rules` says what
a rule covers, `marking` applies them. This module imports nothing: every report looks for ignore
files, few find any.
"""

from __future__ import annotations

__all__ = ["NAMES"]

NAMES = (
    ".ironhullignore.yaml",
    ".ironhullignore.yml",
    ".trivyignore.yaml",
    ".trivyignore.yml",
    ".trivyignore",
)
"""The files looked for in a directory, all of which are used."""
