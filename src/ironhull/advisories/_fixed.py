"""The one claim changelogs make: Debian repaired a CVE in this version of a source package."""

from __future__ import annotations

from ironhull.model import Advisory, Range

__all__ = ["fixed_in"]


def fixed_in(version: str, cve: str, *, package: str, scope: str, source: str) -> Advisory:
    """`version` of the Debian source `package` is the first of `scope` without `cve`.

    `source` is the key of the advisory source that says so ("snapshot", "apt").
    """
    return Advisory(
        id=cve,
        scope=scope,
        package=package,
        ranges=(Range(fixed=version),),
        status="fixed",
        url=f"https://security-tracker.debian.org/tracker/{cve}",
        sources=(source,),
    )
