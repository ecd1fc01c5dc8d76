"""Who decides in the scopes of a distribution, as data.

A row lists the kinds of statements of a distribution, the most authoritative first: a word that
ends in "-" is the beginning of record ids, any other the key of an advisory source. The first kind
that speaks of a vulnerability decides alone. `closes` are notices that ship a fix: where the one
that decides still knows none, theirs counts. What changelogs name is weaker: see `_merge.fixed_by`.
"""

from __future__ import annotations

from ironhull.model import Advisory
from ironhull.values import dataclass

__all__ = ["Authority", "authority_of", "is_changelog"]

_CHANGELOGS = ("snapshot", "apt")


@dataclass(frozen=True, slots=True)
class Authority:
    """The kinds of statements of one distribution (see the module).

    `pairs` is the source that lists a CVE and its GHSA side by side without tying them.
    """

    decides: tuple[str, ...]
    closes: tuple[str, ...] = ()
    pairs: str = ""

    def rank(self, claim: Advisory) -> int:
        """The place of a claim: 0 decides; kinds not listed come last, but before changelogs."""
        if is_changelog(claim):
            return len(self.decides) + 1
        for place, kind in enumerate(self.decides):
            if _is_of(claim, kind):
                return place
        return len(self.decides)

    def may_close(self, claim: Advisory) -> bool:
        """Whether a fix in this claim counts although the one that decides knows none."""
        return any(_is_of(claim, kind) for kind in self.closes)


_SUSE = ("suse-csaf", "SUSE-SU-", "openSUSE-SU-", "SUSE-RU-", "SUSE-FU-", "openSUSE-RU-")

_ROWS: dict[str, Authority] = {
    "Debian": Authority(("debian-tracker", "DEBIAN-CVE-", "DSA-", "DTSA-", "DLA-", "ELA-")),
    "Ubuntu": Authority(("UBUNTU-CVE-", "USN-", "LSN-"), closes=("USN-", "LSN-")),
    "Alpine": Authority(("alpine-secdb", "ALPINE-CVE-", "ALPINE-")),
    "Wolfi": Authority(("wolfi-secdb", "CGA-"), pairs="wolfi-secdb"),
    "Chainguard": Authority(("chainguard-secdb", "CGA-"), pairs="chainguard-secdb"),
    "Red Hat": Authority(
        ("redhat-vex", "redhat-csaf", "RHSA-", "RHBA-", "RHEA-"), closes=("RHSA-", "RHBA-", "RHEA-")
    ),
    "AlmaLinux": Authority(("ALSA-", "ALBA-", "ALEA-")),
    "Rocky Linux": Authority(("RLSA-", "RXSA-", "RLBA-")),
    "SUSE": Authority(_SUSE),
    "openSUSE": Authority(_SUSE),
    "Azure Linux": Authority(("AZL-",)),
    "Photon OS": Authority(("PHSA-",)),
    "Mageia": Authority(("MGASA-",)),
    "openEuler": Authority(("OESA-",)),
    "Echo": Authority(("ECHO-",)),
    "MinimOS": Authority(("MINI-",)),
    "Alpaquita": Authority(("BELL-",)),
    "BellSoft Hardened Containers": Authority(("BELL-",)),
    "Docker Hardened Images": Authority(("dhi", "DHI-", "DSA-", "CVE-")),
    "DHI": Authority(("dhi", "DHI-", "CVE-")),
}
"""By the part of a scope before its first ":"."""

_UNLISTED = Authority(())
"""A release of a distribution without a row: its records decide together."""


def authority_of(scope: str) -> Authority | None:
    """The row of a distribution's scope; None for an ecosystem that nobody decides for alone."""
    family, colon, _ = scope.partition(":")
    return _ROWS.get(family) or (_UNLISTED if colon else None)


def is_changelog(claim: Advisory) -> bool:
    """Whether a claim was learnt from the changelogs of packages."""
    return any(name in claim.sources for name in _CHANGELOGS)


def _is_of(claim: Advisory, kind: str) -> bool:
    return claim.id.startswith(kind) if kind.endswith("-") else kind in claim.sources
