"""The shape of the tracker's JSON, decoded one source package at a time."""

import msgspec

__all__ = ["Issue", "Release", "read_issues", "read_packages"]


class Release(msgspec.Struct):
    """What the tracker says of one release."""

    status: str
    urgency: str = ""
    fixed_version: str | None = None
    nodsa: str | None = None
    nodsa_reason: str | None = None


class Issue(msgspec.Struct):
    """One vulnerability of one source package."""

    releases: dict[str, Release]
    description: str = ""


_packages = msgspec.json.Decoder(dict[str, msgspec.Raw])
_issues = msgspec.json.Decoder(dict[str, Issue])

read_packages = _packages.decode
"""{source package: undecoded issues}; ValueError for anything but such an object."""

read_issues = _issues.decode
"""{CVE: Issue} of one source package; ValueError for anything else."""
