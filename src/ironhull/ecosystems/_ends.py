"""When distributions end a release: from then on nobody says what is wrong with it.

From the release pages of the distributions (alpinelinux.org/releases, wiki.debian.org/LTS,
ubuntu.com/about/release-cycle, access.redhat.com/support/policy/updates/errata,
almalinux.org, rockylinux.org, suse.com/lifecycle, en.opensuse.org/Lifetime). The last day of what
everybody gets counts: Debian with LTS, Ubuntu without Pro, Enterprise Linux without extensions.
"""

from __future__ import annotations

__all__ = ["ended"]

_ENDS = {
    "Alpine": {
        "v3.2": "2017-05-01",
        "v3.3": "2017-11-01",
        "v3.4": "2018-05-01",
        "v3.5": "2018-11-01",
        "v3.6": "2019-05-01",
        "v3.7": "2019-11-01",
        "v3.8": "2020-05-01",
        "v3.9": "2020-11-01",
        "v3.10": "2021-05-01",
        "v3.11": "2021-11-01",
        "v3.12": "2022-05-01",
        "v3.13": "2022-11-01",
        "v3.14": "2023-05-01",
        "v3.15": "2023-11-01",
        "v3.16": "2024-05-23",
        "v3.17": "2024-11-22",
        "v3.18": "2025-05-09",
        "v3.19": "2025-11-01",
        "v3.20": "2026-04-01",
        "v3.21": "2026-11-01",
        "v3.22": "2027-05-01",
        "v3.23": "2027-11-01",
    },
    "Debian": {
        "8": "2020-06-30",
        "9": "2022-06-30",
        "10": "2024-06-30",
        "11": "2026-08-31",
        "12": "2028-06-30",
        "13": "2030-06-30",
    },
    "Ubuntu": {
        "14.04": "2019-04-25",
        "16.04": "2021-04-30",
        "18.04": "2023-05-31",
        "20.04": "2025-05-31",
        "22.10": "2023-07-20",
        "23.04": "2024-01-25",
        "23.10": "2024-07-11",
        "24.10": "2025-07-10",
        "25.04": "2026-01-15",
    },
    "Red Hat": {"6": "2020-11-30", "7": "2024-06-30", "8": "2029-05-31", "9": "2032-05-31"},
    "AlmaLinux": {"8": "2029-03-01", "9": "2032-05-31"},
    "Rocky Linux": {"8": "2029-05-31", "9": "2032-05-31"},
    "Azure Linux": {"2": "2025-07-31"},
    "SUSE": {
        "12.5": "2024-10-31",
        "15.3": "2022-12-31",
        "15.4": "2023-12-31",
        "15.5": "2024-12-31",
        "15.6": "2025-12-31",
    },
    "openSUSE": {
        "Leap 15.3": "2022-12-31",
        "Leap 15.4": "2023-12-07",
        "Leap 15.5": "2024-12-31",
        "Leap 15.6": "2026-04-30",
    },
}


def ended(scope: str, day: str) -> str:
    """The date (YYYY-MM-DD) on which the release of `scope` ended, "" where it had not by `day`.

    Also "" for releases nobody put into the table.
    """
    family, _, release = scope.partition(":")
    date = _ENDS.get(family, {}).get(release, "")
    return date if date and date < day[:10] else ""
