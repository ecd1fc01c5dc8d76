"""SPDX 2 as YAML: safe scalars, maps and lists only, no aliases (they can grow without bound)."""

from __future__ import annotations

from ironhull.errors import FormatError
from ironhull.limits import LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["decode_yaml"]


def decode_yaml(data: bytes, where: str) -> Any:
    """The values of a YAML document; FormatError."""
    import yaml

    if len(data) > LIMITS.sbom_yaml_bytes:
        raise FormatError(
            f"{where}: YAML of more than {LIMITS.sbom_yaml_bytes // 2**20} MiB is not read",
            "convert it to SPDX JSON",
        )

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]  # whichever of the two PyYAML was built with
        pass

    Loader.yaml_implicit_resolvers = {}  # everything is text: 1.10 is a version, no number
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, Loader)):
            raise FormatError(f"{where}: YAML aliases are not read", "convert it to SPDX JSON")
        return yaml.load(data, Loader)  # noqa: S506 - a safe loader, narrowed further
    except yaml.YAMLError as trouble:
        reason = " ".join(str(trouble).split())
        raise FormatError(f"{where}: is not YAML: {reason[:200]}", "write it again") from None
    except (RecursionError, ValueError) as trouble:
        raise FormatError(f"{where}: cannot be read: {trouble}", "write it again") from None
