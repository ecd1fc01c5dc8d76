"""What is imported or compiled when it is first used: tables name it without paying for it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` is a tenth of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

__all__ = ["imported", "lazily", "loaded"]


def imported(module: str) -> ModuleType:
    """As `importlib.import_module`, which costs a start two more modules."""
    __import__(module)
    return sys.modules[module]


def lazily(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of `module`, which is imported with the first call."""
    function: Callable[..., Any] | None = None

    def call(*args: Any, **named: Any) -> Any:
        nonlocal function
        if function is None:
            function = getattr(imported(module), name)
        return function(*args, **named)

    call.__module__, call.__qualname__ = module, name
    return call


def loaded(function: Callable[..., Any]) -> Any:
    """What a function of `lazily` stands for; raises ImportError and AttributeError."""
    return getattr(imported(function.__module__), function.__qualname__)
