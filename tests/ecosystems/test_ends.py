"""End of support: the dates of releases, and that nothing is made up."""

import csv
from pathlib import Path

import pytest

from ironhull.ecosystems import end_of_support
from ironhull.model import Distro

_INFO = Path("/usr/share/distro-info")


@pytest.mark.parametrize(
    ("distro", "day"),
    [
        (Distro("debian", "10"), "2024-06-30"),
        (Distro("debian", "13.1"), "2030-06-30"),
        (Distro("ubuntu", "24.04"), "2029-05-31"),
        (Distro("ubuntu", "24.04.2"), "2029-05-31"),
        (Distro("alpine", "3.20"), "2026-04-01"),
        (Distro("alpine", "3.20.5"), "2026-04-01"),
        (Distro("alpine", "edge"), ""),
        (Distro("rhel", "8.10"), "2029-05-31"),
        (Distro("rocky", "9.4"), "2032-05-31"),
        (Distro("centos", "8", pretty_name="CentOS Linux 8"), "2021-12-31"),
        (Distro("centos", "8", pretty_name="CentOS Stream 8"), "2024-05-31"),
        (Distro("amzn", "2023"), "2029-06-30"),
        (Distro("debian", ""), ""),
        (Distro("debian", "99"), ""),
        (Distro("wolfi", "20230201"), ""),
        (None, ""),
    ],
)
def test_end_of_support(distro: Distro | None, day: str) -> None:
    assert end_of_support(distro) == day


@pytest.mark.skipif(not _INFO.is_dir(), reason="needs Debian's distro-info-data")
@pytest.mark.parametrize(("name", "column"), [("debian", "eol-lts"), ("ubuntu", "eol")])
def test_the_dates_are_those_of_distro_info_data(name: str, column: str) -> None:
    with (_INFO / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    agreed = 0
    for row in rows:
        version = (row["version"] or "").removesuffix(" LTS")
        ours = end_of_support(Distro(name, version)) if version else ""
        if ours and (row[column] or ""):
            assert ours == row[column], version
            agreed += 1
    assert agreed >= 5
