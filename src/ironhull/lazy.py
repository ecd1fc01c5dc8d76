"""What is imported or compiled when it is first used: tables name it without paying for it."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is a third of a start; checkers know the name
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["lazily", "loaded"]


def lazily(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of `module`, which is imported with the first call."""
    function: Callable[..., Any] | None = None

    def call(*args: Any, **named: Any) -> Any:
        nonlocal function
        if function is None:
            from importlib import import_module

            function = getattr(import_module(module), name)
        return function(*args, **named)

    call.__module__, call.__qualname__ = module, name
    return call


def loaded(function: Callable[..., Any]) -> Any:
    """What a function of `lazily` stands for; raises ImportError and AttributeError."""
    from importlib import import_module

    return getattr(import_module(function.__module__), function.__qualname__)
