"""The report commands over sample reports: no image is read, everything else is real."""

import argparse

import pytest

from ironhull.commands import _context, compare, cves, quickview, scan
from ironhull.commands._ignoring import marked
from ironhull.errors import ReferenceFault
from ironhull.model import Report
from tests import reports


def install(monkeypatch: pytest.MonkeyPatch, **named: Report) -> None:
    """Let `web`, `hardened` and the reports given stand for images of those names."""
    known = {"web": reports.web(), "hardened": reports.hardened(), "": reports.web(), **named}

    def read(reference: str, args: argparse.Namespace, context: _context.Context) -> Report:
        if reference not in known:
            raise ReferenceFault(f"no image {reference}", "see `ironhull images`")
        return marked(known[reference], args, context)

    for module in (quickview, cves, compare, scan):
        monkeypatch.setattr(module, "read_report", read)
