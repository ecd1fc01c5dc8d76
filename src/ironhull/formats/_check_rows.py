"""How what the rules say of a Dockerfile can be written."""

from __future__ import annotations

from ironhull.formats._row import Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.hardening.rules import Checked

__all__ = ["CHECK_FORMATS"]


def _check_text(checked: Checked) -> bytes:
    from ironhull.formats.text_check import write_check

    return write_check(checked).encode()


def _check_json(checked: Checked) -> bytes:
    from ironhull.formats.json_check import write_check_json

    return write_check_json(checked).encode()


def _check_sarif(checked: Checked) -> bytes:
    from ironhull.formats.sarif_check import write_check_sarif

    return write_check_sarif(checked).encode()


def _check_markdown(checked: Checked) -> bytes:
    from ironhull.formats.text_check import write_check_markdown

    return write_check_markdown(checked).encode()


CHECK_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _check_text),
    Format("json", "application/vnd.ironhull.harden-check+json", _check_json),
    Format("sarif", "application/sarif+json", _check_sarif),
    Format("markdown", "text/markdown", _check_markdown),
)
"""How what the rules say of a Dockerfile can be written: `write(checked)`."""
