"""Distributions from the files they had before os-release(5), one line each as a rule.

`NAME release VERSION (CODENAME)` in redhat-release and its kin ("CentOS release 6.10 (Final)"),
`NAME VERSION` in photon-release, mariner-release and SuSE-release (with VERSION and PATCHLEVEL
below), the bare version in alpine-release, assignments in lsb-release. A rebuild of another
distribution keeps the other's file, often with the other's name in it: its own comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ironhull.lazy import regex
from ironhull.model import Distro

PATTERNS = (
    "etc/alpine-release",
    "etc/oracle-release",
    "etc/centos-release",
    "etc/rocky-release",
    "etc/almalinux-release",
    "etc/fedora-release",
    "etc/photon-release",
    "etc/azurelinux-release",
    "etc/mariner-release",
    "etc/system-release",
    "etc/redhat-release",
    "etc/SuSE-release",
    "etc/lsb-release",
)

_NAMES = (
    ("red hat enterprise linux", "rhel"),
    ("centos", "centos"),
    ("oracle linux", "ol"),
    ("enterprise linux enterprise linux", "ol"),  # Oracle's release 5
    ("rocky linux", "rocky"),
    ("almalinux", "almalinux"),
    ("fedora", "fedora"),
    ("amazon linux", "amzn"),
    ("vmware photon", "photon"),
    ("photon", "photon"),
    ("cbl-mariner", "mariner"),
    ("common base linux mariner", "mariner"),
    ("microsoft azure linux", "azurelinux"),
    ("azure linux", "azurelinux"),
    ("suse linux enterprise desktop", "sled"),
    ("suse linux enterprise", "sles"),
    ("opensuse", "opensuse"),
)
_LINE = regex(r"(\D+?)\s+(?:release\s+)?v?(\d[\w.-]*)(?:[^(]*\(([^)]*)\))?", re.IGNORECASE)
_BRANCH = regex(r"v?(\d+\.\d+)(?:[._].*)?", re.ASCII)
_FIRST_LEAP = 42
_LINE_LENGTH = 200


def read(path: str, text: str) -> Distro | None:
    """The distribution one of these files names; None where it names none."""
    if path.endswith("alpine-release"):
        version = text.strip()
        return Distro("alpine", alpine_branch(version, "")) if version else None
    if path.endswith("lsb-release"):
        return _of_lsb(text)
    if path.endswith("SuSE-release"):
        return _of_suse(text)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    match = _LINE.match(first[:_LINE_LENGTH])
    if match is None:
        return None
    version = match[2]
    identity = _identity(match[1])
    if identity in ("mariner", "azurelinux"):  # "2.0.20240123": the release is 2.0
        version = ".".join(version.split(".")[:2])
    return Distro(identity, version, "", first)


def alpine_branch(version: str, pretty: str) -> str:
    """The branch of an Alpine version ("3.20" of "3.20.3"); "edge" for what comes before one.

    edge calls itself `3.21.0_alpha20240807`, or 20230901 in other distributions made like it.
    """
    if "_alpha" in version or pretty.lower().endswith("edge"):
        return "edge"
    match = _BRANCH.fullmatch(version)
    return match[1] if match else version


def _identity(name: str) -> str:
    lower = " ".join(name.lower().split())
    for start, identity in _NAMES:
        if lower.startswith(start):
            return identity
    return lower.split()[0]


def _of_suse(text: str) -> Distro | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    values = _assignments(lines[1:])
    version, patch = values.get("VERSION", ""), values.get("PATCHLEVEL", "")
    if not lines or not version:
        return None
    identity = _identity(lines[0])
    if identity == "opensuse" and version.split(".")[0].isdecimal():
        leap = int(version.split(".")[0]) >= _FIRST_LEAP
        identity = "opensuse-leap" if leap else "opensuse"
    full = f"{version}.{patch}" if patch not in ("", "0") and "." not in version else version
    return Distro(identity, full, "", lines[0])


def _of_lsb(text: str) -> Distro | None:
    values = _assignments(text.splitlines())
    identity = values.get("DISTRIB_ID", "").lower()
    if not identity:
        return None
    return Distro(
        identity,
        values.get("DISTRIB_RELEASE", ""),
        values.get("DISTRIB_CODENAME", "").lower(),
        values.get("DISTRIB_DESCRIPTION", ""),
    )


def _assignments(lines: Iterable[str]) -> dict[str, str]:
    """`NAME = value` and `NAME="value"`."""
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}
