"""What Docker's records say beside OSV's fields: a severity for each package."""

import msgspec

__all__ = ["severities"]


class _Specific(msgspec.Struct):
    severity: str = ""


class _Package(msgspec.Struct):
    name: str = ""


class _Affected(msgspec.Struct):
    package: _Package | None = None
    database_specific: _Specific | None = None


class _Record(msgspec.Struct):
    affected: list[_Affected] | None = None


_decode = msgspec.json.Decoder(_Record).decode


def severities(data: bytes) -> dict[str, str]:
    """Package -> severity in lower case, as far as a record gives one."""
    try:
        record = _decode(data)
    except ValueError:
        return {}
    return {
        entry.package.name: entry.database_specific.severity.lower()
        for entry in record.affected or ()
        if entry.package and entry.database_specific and entry.database_specific.severity
    }
