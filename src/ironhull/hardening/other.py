"""Any other app: its base stays, what is provably safe is done, the rest is said."""

from __future__ import annotations

from ironhull.hardening._row import Language, Subject

__all__ = ["OTHER"]


def _recognise(_: Subject) -> str | None:
    return ""


OTHER = Language(
    name="",
    images=(),
    recognise=_recognise,
    effect=lambda *_: None,
    begin=lambda _: (),
    carry=lambda _: (),
    build_env=lambda _: False,
    start=lambda words, _: words,
)
"""What no other row recognises."""
