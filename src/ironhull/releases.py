"""Until when distributions publish security updates for their releases, for everybody.

Dates are the last day with updates. Debian and Ubuntu: the package distro-info-data (LTS of Debian;
standard support of Ubuntu, without ESM); Alpine: alpinelinux.org/releases; the others: the pages on
life cycles of their vendors. Support that is paid for is left out, and so are rolling releases.
"""

from __future__ import annotations

from ironhull.model import Distro

__all__ = ["end_of_support"]

_ENTERPRISE = {
    "5": "2017-03-31",
    "6": "2020-11-30",
    "7": "2024-06-30",
    "8": "2029-05-31",
    "9": "2032-05-31",
    "10": "2035-05-31",
}

_BY_MAJOR = {
    "debian": {
        "6": "2016-02-29",
        "7": "2018-05-31",
        "8": "2020-06-30",
        "9": "2022-06-30",
        "10": "2024-06-30",
        "11": "2026-08-31",
        "12": "2028-06-30",
        "13": "2030-06-30",
    },
    "rhel": _ENTERPRISE,
    "almalinux": {number: _ENTERPRISE[number] for number in ("8", "9", "10")},
    "rocky": {number: _ENTERPRISE[number] for number in ("8", "9", "10")},
    "centos": {number: _ENTERPRISE[number] for number in ("5", "6", "7")} | {"8": "2021-12-31"},
    "ol": {"6": "2021-03-31", "7": "2024-12-31", "8": "2029-07-31", "9": "2032-06-30"},
    "amzn": {"2018": "2023-12-31", "2": "2026-06-30", "2023": "2029-06-30"},
    "fedora": {
        "36": "2023-05-16",
        "37": "2023-12-05",
        "38": "2024-05-21",
        "39": "2024-11-26",
        "40": "2025-05-13",
        "41": "2025-12-15",
    },
    "mariner": {"1": "2023-07-31", "2": "2025-07-31"},
}
"""By the `ID` of os-release and the part of the version before the first dot."""

_BY_VERSION = {
    "ubuntu": {
        "12.04": "2017-04-28",
        "14.04": "2019-04-25",
        "16.04": "2021-04-30",
        "18.04": "2023-05-31",
        "18.10": "2019-07-18",
        "19.04": "2020-01-23",
        "19.10": "2020-07-17",
        "20.04": "2025-05-29",
        "20.10": "2021-07-22",
        "21.04": "2022-01-20",
        "21.10": "2022-07-14",
        "22.04": "2027-06-01",
        "22.10": "2023-07-20",
        "23.04": "2024-01-25",
        "23.10": "2024-07-11",
        "24.04": "2029-05-31",
        "24.10": "2025-07-10",
        "25.04": "2026-01-15",
        "25.10": "2026-07-09",
        "26.04": "2031-05-29",
    },
    "alpine": {
        "3.8": "2020-05-01",
        "3.9": "2020-11-01",
        "3.10": "2021-05-01",
        "3.11": "2021-11-01",
        "3.12": "2022-05-01",
        "3.13": "2022-11-01",
        "3.14": "2023-05-01",
        "3.15": "2023-11-01",
        "3.16": "2024-05-23",
        "3.17": "2024-11-22",
        "3.18": "2025-05-09",
        "3.19": "2025-11-01",
        "3.20": "2026-04-01",
        "3.21": "2026-11-01",
        "3.22": "2027-05-01",
        "3.23": "2027-11-01",
        "3.24": "2028-06-01",
    },
    "opensuse-leap": {
        "15.0": "2019-12-03",
        "15.1": "2021-01-31",
        "15.2": "2022-01-04",
        "15.3": "2022-12-31",
        "15.4": "2023-12-07",
        "15.5": "2024-12-31",
        "15.6": "2026-04-30",
    },
}
"""By the `ID` of os-release and the first two numbers of the version."""

_STREAMS = {"8": "2024-05-31", "9": "2027-05-31", "10": "2030-01-01"}


def end_of_support(distro: Distro | None) -> str:
    """The last day (YYYY-MM-DD) with security updates for everybody; "" where it is not known."""
    if distro is None or not distro.version:
        return ""
    parts = distro.version.split(".")
    if distro.id == "centos" and "stream" in distro.pretty_name.lower():
        return _STREAMS.get(parts[0], "")
    if distro.id in _BY_VERSION:
        return _BY_VERSION[distro.id].get(".".join(parts[:2]), "")
    return _BY_MAJOR.get(distro.id, {}).get(parts[0], "")
