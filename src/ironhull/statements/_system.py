"""Whether a CPE in a statement names the distribution of an image (CSAF's platforms).

CPE 2.2 URIs and CPE 2.3 formatted strings (NIST IR 7695, 6.1 and 6.2) of operating systems.
"""

from __future__ import annotations

from ironhull.model import Distro

__all__ = ["is_system"]

_SYSTEMS = {
    ("almalinux", "almalinux"): "almalinux",
    ("alpinelinux", "alpine_linux"): "alpine",
    ("amazon", "linux"): "amzn",
    ("canonical", "ubuntu_linux"): "ubuntu",
    ("debian", "debian_linux"): "debian",
    ("fedoraproject", "fedora"): "fedora",
    ("opensuse", "leap"): "opensuse-leap",
    ("opensuse", "tumbleweed"): "opensuse-tumbleweed",
    ("oracle", "linux"): "ol",
    ("redhat", "enterprise_linux"): "rhel",
    ("rocky", "rocky"): "rocky",
    ("rocky", "rocky_linux"): "rocky",
    ("suse", "sles"): "sles",
}
_ANY = ("", "*", "-")


def is_system(text: str, distro: Distro | None) -> bool:
    """Whether `text` is the CPE of `distro`, or of the release it belongs to (9 of 9.4)."""
    lower = text.lower()
    if distro is None or not lower.startswith("cpe:"):
        return False
    fields = lower.removeprefix("cpe:2.3:").removeprefix("cpe:/").split(":")
    if len(fields) < 3 or fields[0] not in ("o", "a"):
        return False
    if _SYSTEMS.get((fields[1], fields[2])) != distro.id:
        return False
    version = fields[3] if len(fields) > 3 else ""
    if version in _ANY:
        return True
    return distro.version == version or distro.version.startswith(f"{version}.")
