"""The argument parser of every command."""

from __future__ import annotations

import argparse
from typing import NoReturn

from ironhull.errors import UsageError

__all__ = ["Parser"]


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are UsageErrors."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see `{self.prog} --help`")
