"""Scopes of the distributions that use rpm, as os-release and as OSV's records name them.

Red Hat's family is judged by major release. Records of Red Hat name products by the parts of a CPE
("Red Hat:enterprise_linux:9::appstream"), those of SUSE by product ("SUSE:Linux Enterprise Module
for Basesystem 15 SP5"); streams sold apart (EUS, AUS, other products) are not matched, as no image
tells whether it follows one.
"""

from __future__ import annotations

import re

from ironhull.lazy import regex
from ironhull.model import Distro, Package

__all__ = ["FOLDERS", "claimed", "scopes"]

FOLDERS = (
    *("Red Hat", "AlmaLinux", "Rocky Linux", "SUSE", "openSUSE", "Azure Linux", "Photon OS"),
    *("Mageia", "openEuler"),
)
"""The folders of OSV's bucket."""

_ENTERPRISE = {
    "rhel": "Red Hat",
    "redhat": "Red Hat",
    "centos": "Red Hat",
    "almalinux": "AlmaLinux",
    "alma": "AlmaLinux",
    "rocky": "Rocky Linux",
    "ol": "Oracle Linux",
    "oracle": "Oracle Linux",
}
"""Distributions made of the same sources, by the ID of os-release or as SBOMs name them."""
_MAIN_STREAMS = ("enterprise_linux", "rhel_els")
"""Products of Red Hat, as their CPEs name them, whose records are matched: of a release that ended,
the extended support (ELS) is who still says what is wrong with it."""
_ERRATA = "Red Hat:errata"
"""The scope of OSV's records. They name binary packages, and of one vulnerability the updates of
all minor releases, so they decide only where there are none of Red Hat's VEX documents."""
_VENDORS = ("red hat", "redhat", "centos", "alma", "rocky", "oracle", "cloudlinux")
_EL = regex(r"(?<![A-Za-z])el([0-9]{1,2})(?![0-9])", re.ASCII)

_MAJOR = {
    "azurelinux": "Azure Linux",
    "mariner": "Azure Linux",
    "cbl-mariner": "Azure Linux",
    "amzn": "Amazon Linux",
    "amazon": "Amazon Linux",
}
_WHOLE = {"photon": "Photon OS", "mageia": "Mageia", "fedora": "Fedora"}
_LEAP = {"opensuse": "Leap", "opensuse-leap": "Leap", "opensuse-leap-micro": "Leap Micro"}
_ROLLING = ("opensuse-tumbleweed", "opensuse-microos", "opensuse-slowroll")
_MICRO = ("sle-micro", "suse-microos", "sl-micro", "sle-micro-rancher")

_SERVICE_PACK = regex(r"(?<![0-9])(1[0-9])(?: SP([0-9]+)|\.([0-9]+))?(?![0-9])", re.ASCII)
_MICRO_RELEASE = regex(r"Micro ([0-9]+\.[0-9]+)", re.ASCII)
_EULER = regex(r"([0-9]{2}\.[0-9]{2})(?: \(([A-Z0-9-]+)\))?", re.ASCII)


def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:
    """The scopes of an rpm: "SUSE:15.5", "openSUSE:Leap 15.6", "Red Hat:9" or "Red Hat:errata:9".

    In Red Hat's family a package built for another release (.el8) is judged by that one, and what
    somebody else built (EPEL, a vendor's repository) by none of them.
    """
    if distro is None:
        return ("rpm (unknown distribution)",)
    if distro.id in _ENTERPRISE:
        return _enterprise(package, distro)
    if distro.id in _ROLLING:
        return ("openSUSE:Tumbleweed",)
    if not distro.version:
        return (f"{distro.id.capitalize()} (unknown release)",)
    return (_released(distro),)


def _enterprise(package: Package, distro: Distro) -> tuple[str, ...]:
    built = _EL.findall(package.version.rpartition("-")[2])
    major = built[-1] if built else distro.version.split(".")[0]
    vendor = package.supplier.lower()
    if "fedora" in vendor:
        return (f"EPEL:{major}",)
    if vendor and not any(word in vendor for word in _VENDORS):
        return (f"rpm (packages of {package.supplier[:60]})",)
    if not major:
        return (f"{distro.id} (unknown release)",)
    family = _ENTERPRISE[distro.id]
    if family == "Red Hat":
        return (f"{family}:{major}", f"{_ERRATA}:{major}")
    return (f"{family}:{major}",)


def _released(distro: Distro) -> str:
    version = distro.version
    if distro.id in _MAJOR:
        return f"{_MAJOR[distro.id]}:{version.split('.')[0]}"
    if distro.id in _WHOLE:
        return f"{_WHOLE[distro.id]}:{version}"
    if distro.id in _LEAP:
        return f"openSUSE:{_LEAP[distro.id]} {version}"
    if distro.id in _MICRO:
        return f"SUSE:Micro {version}"
    if distro.id.startswith("sle") or distro.id == "suse":
        return f"SUSE:{version}"
    if distro.id == "openeuler":
        match = _EULER.search(distro.pretty_name)
        return f"openEuler:{'-'.join(filter(None, match.groups())) if match else version}"
    return f"{distro.id.capitalize()}:{version}"


def claimed(ecosystem: str) -> str:
    """The scope of the ecosystem a record names, "" for streams and products not matched."""
    folder, _, release = ecosystem.partition(":")
    if not release:
        return ""
    if folder == "Red Hat":
        product, _, rest = release.partition(":")
        major = rest.split(":")[0].split(".")[0]
        return f"{_ERRATA}:{major}" if product in _MAIN_STREAMS and major.isdigit() else ""
    if folder in ("AlmaLinux", "Rocky Linux", "Azure Linux"):
        return f"{folder}:{release.split('.')[0]}"
    if folder == "SUSE":
        return _suse(release)
    return ecosystem


def _suse(product: str) -> str:
    """ "Linux Enterprise Module for Basesystem 15 SP5" and "… Server 15 SP5-LTSS" are 15.5."""
    micro = _MICRO_RELEASE.search(product)
    if micro:
        return f"SUSE:Micro {micro[1]}"
    match = _SERVICE_PACK.search(product)
    if match is None or "Live Patching" in product or "Manager" in product:
        return ""
    pack = match[2] or match[3]
    return f"SUSE:{match[1]}.{pack}" if pack else f"SUSE:{match[1]}"
