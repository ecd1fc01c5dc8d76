"""When distributions end a release: from then on nobody repairs it or says what is wrong with it.

From the release pages of the distributions (alpinelinux.org/releases, wiki.debian.org/LTS,
ubuntu.com/about/release-cycle, access.redhat.com/support/policy/updates/errata, almalinux.org,
rockylinux.org, docs.aws.amazon.com/linux, suse.com/lifecycle, en.opensuse.org/Lifetime) and the
package distro-info-data of Debian. The last day of what everybody gets counts: Debian with LTS,
Ubuntu without Pro, Enterprise Linux without extensions.
"""

from __future__ import annotations

from ironhull.model import Distro

__all__ = ["end_of_support", "ended"]

_ENTERPRISE = {"8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"}
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
        "v3.24": "2028-06-01",
    },
    "Debian": {
        "6": "2016-02-29",
        "7": "2018-05-31",
        "8": "2020-06-30",
        "9": "2022-06-30",
        "10": "2024-06-30",
        "11": "2026-08-31",
        "12": "2028-06-30",
        "13": "2030-06-30",
    },
    "Ubuntu": {
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
    "Red Hat": {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30", **_ENTERPRISE},
    "AlmaLinux": _ENTERPRISE,
    "Rocky Linux": _ENTERPRISE,
    "Oracle Linux": {"6": "2021-03-31", "7": "2024-12-31", "8": "2029-07-31", "9": "2032-06-30"},
    "Amazon Linux": {"2018": "2023-12-31", "2": "2026-06-30", "2023": "2029-06-30"},
    "Azure Linux": {"1": "2023-07-31", "2": "2025-07-31"},
    "Fedora": {
        "36": "2023-05-16",
        "37": "2023-12-05",
        "38": "2024-05-21",
        "39": "2024-11-26",
        "40": "2025-05-13",
        "41": "2025-12-15",
    },
    "SUSE": {
        "12.5": "2024-10-31",
        "15.3": "2022-12-31",
        "15.4": "2023-12-31",
        "15.5": "2024-12-31",
        "15.6": "2025-12-31",
    },
    "openSUSE": {
        "Leap 15.0": "2019-12-03",
        "Leap 15.1": "2021-01-31",
        "Leap 15.2": "2022-01-04",
        "Leap 15.3": "2022-12-31",
        "Leap 15.4": "2023-12-07",
        "Leap 15.5": "2024-12-31",
        "Leap 15.6": "2026-04-30",
    },
    "CentOS": {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31"},
    "CentOS Stream": {"8": "2024-05-31", "9": "2027-05-31"},
}
"""By the first part of a scope and the rest of it; CentOS has no scope of its own."""

_FAMILIES = {
    "alpine": ("Alpine", "v", 2),
    "almalinux": ("AlmaLinux", "", 1),
    "amzn": ("Amazon Linux", "", 1),
    "azurelinux": ("Azure Linux", "", 1),
    "centos": ("CentOS", "", 1),
    "debian": ("Debian", "", 1),
    "fedora": ("Fedora", "", 1),
    "mariner": ("Azure Linux", "", 1),
    "ol": ("Oracle Linux", "", 1),
    "opensuse-leap": ("openSUSE", "Leap ", 2),
    "rhel": ("Red Hat", "", 1),
    "rocky": ("Rocky Linux", "", 1),
    "sles": ("SUSE", "", 2),
    "ubuntu": ("Ubuntu", "", 2),
}
"""By the ID of os-release: first part of the scope, how a release begins, numbers it has."""


def ended(scope: str, day: str) -> str:
    """The date (YYYY-MM-DD) on which the release of `scope` ended, "" where it had not by `day`.

    Also "" for releases nobody put into the table.
    """
    family, _, release = scope.partition(":")
    date = _ENDS.get(family, {}).get(release.removeprefix("errata:"), "")
    return date if date and date < day[:10] else ""


def end_of_support(distro: Distro | None) -> str:
    """The last day (YYYY-MM-DD) with security updates for everybody; "" where it is not known."""
    if distro is None or distro.id not in _FAMILIES:
        return ""
    family, beginning, parts = _FAMILIES[distro.id]
    if distro.id == "centos" and "stream" in distro.pretty_name.lower():
        family = "CentOS Stream"
    release = beginning + ".".join(distro.version.split(".")[:parts])
    return _ENDS[family].get(release, "")
