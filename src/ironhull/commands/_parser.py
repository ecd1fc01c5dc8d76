"""The argument parser of every command."""

from __future__ import annotations

import argparse
import os
import sys

from ironhull.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

__all__ = ["Parser"]


class _Help(argparse.HelpFormatter):
    """As wide as argparse's own, which imports every compression there is to find the width.

    One is made for each option, to check it.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are UsageErrors."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": _Help, **options})

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see `{self.prog} --help`")


def _columns() -> int:
    """As `shutil.get_terminal_size().columns`."""
    try:
        said = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        said = 0
    if said > 0:
        return said
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]  # None: below
    except (AttributeError, ValueError, OSError):
        return 80
