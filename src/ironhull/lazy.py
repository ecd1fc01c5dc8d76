"""What is imported or compiled when it is first used: tables name it without paying for it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` is a tenth of a start; checkers know the name
if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any, AnyStr

__all__ = ["contextmanager", "imported", "lazily", "loaded", "regex"]


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


if TYPE_CHECKING:
    from contextlib import contextmanager

    def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]: ...

else:

    def contextmanager(function):
        """As that of `contextlib`, which is imported with the first call."""

        def call(*args, **named):
            from contextlib import contextmanager

            return contextmanager(function)(*args, **named)

        return call

    class regex:  # noqa: N801 - used as the function that checkers see
        """As `re.compile`, which takes a tenth of a millisecond: when it is first used."""

        def __init__(self, pattern, flags=0):
            self._said = pattern, flags

        def __getattr__(self, name):
            import re

            found = getattr(re.compile(*self._said), name)
            setattr(self, name, found)
            return found
