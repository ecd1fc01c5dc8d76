"""When runtimes end: which packages are runtimes, and by which release."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.ecosystems import runtime_end
from ironhull.ecosystems._runtime_ends import _ENDS


@pytest.mark.parametrize(
    ("package", "ending"),
    [
        (("generic", "python", "3.9.18"), ("python", "3.9", "2025-10-31")),
        (("generic", "python", "3.13.5rc1"), ("python", "3.13", "2029-10-31")),
        (("generic", "python", "4.0.0"), ("python", "4.0", "")),
        (("generic", "node", "18.20.4"), ("node", "18", "2025-04-30")),
        (("generic", "php", "8.1.2"), ("php", "8.1", "2025-12-31")),
        (("golang", "stdlib", "1.22.6"), ("go", "1.22", "2025-02-11")),
        (("generic", "openjdk", "21.0.13.1+2"), ("openjdk", "21", "2029-12-31")),
        (("generic", "openjdk", "1.8.0_392"), ("openjdk", "8", "2030-12-31")),
        (("generic", "java", "17.0.1"), ("openjdk", "17", "2027-10-31")),
        (("nuget", "Microsoft.NETCore.App", "6.0.36"), ("dotnet", "6.0", "2024-11-12")),
        (
            ("nuget", "Microsoft.NETCore.App.Runtime.linux-x64", "8.0.1"),
            ("dotnet", "8.0", "2026-11-10"),
        ),
        (("generic", "python", ""), None),
        (("pypi", "python", "2.7"), None),
        (("nuget", "Microsoft.NETCore.Apple", "6.0"), None),
        (("deb", "python3.9", "3.9.2-1"), None),
    ],
)
def test_runtime_end(package: tuple[str, str, str], ending: tuple[str, str, str] | None) -> None:
    assert runtime_end(*package) == ending


@given(st.text())
def test_any_version_has_a_release_or_none(version: str) -> None:
    for name in ("python", "node", "openjdk"):
        found = runtime_end("generic", name, version)
        assert found is None or found[1]


def test_the_days_are_days_and_grow_with_releases_of_one_line() -> None:
    for releases in _ENDS.values():
        shapes = {release.count(".") for release in releases}
        assert len(shapes) == 1
        assert all(date.fromisoformat(day) for day in releases.values())
