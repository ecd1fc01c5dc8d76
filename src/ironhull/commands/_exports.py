"""`KIND=PATH`: where an image is written besides the store."""

from __future__ import annotations

from pathlib import Path

from ironhull.errors import UsageError

__all__ = ["EXPORTS", "export_target"]

EXPORTS = ("oci-dir", "oci-archive", "docker-archive")
"""The kinds `ImageStore.export` writes."""


def export_target(option: str, spec: str) -> tuple[str, Path]:
    """The kind and the path of `option` KIND=PATH; raises UsageError."""
    kind, equals, path = spec.partition("=")
    if not equals or not path or kind not in EXPORTS:
        raise UsageError(
            f"{option} {spec} is not KIND=PATH", f"KIND is one of {', '.join(EXPORTS)}"
        )
    return kind, Path(path)
