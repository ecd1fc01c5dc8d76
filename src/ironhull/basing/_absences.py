"""Vulnerabilities whose code is in few files of a Debian source package, and which files those are.

A row says where the code is, never that it is absent: that is proven for each image by looking for
these files in it. Only what the CVE record or upstream's advisory names belongs here.
"""

from __future__ import annotations

from ironhull.values import dataclass

__all__ = ["ABSENCES", "Absence"]


@dataclass(frozen=True, slots=True)
class Absence:
    """The code of `vulnerability` in the Debian source package `source` is in `files` alone.

    `files` are names without directories, `*` for any part; `where` says it in words, `reference`
    is who else says so.
    """

    vulnerability: str
    source: str
    files: tuple[str, ...]
    where: str
    reference: str


_NVD = "https://nvd.nist.gov/vuln/detail/"

ABSENCES = (
    Absence(
        "CVE-2018-5709",
        "krb5",
        ("kdb5_util", "kdb5_ldap_util"),
        "kadmin/dbutil/dump.c, which reads dumps of a Kerberos database in kdb5_util",
        _NVD + "CVE-2018-5709",
    ),
    Absence(
        "CVE-2024-26458",
        "krb5",
        ("libgssrpc.so*", "kadmind", "kadmin", "kadmin.local"),
        "lib/rpc/pmap_rmt.c, a part of libgssrpc",
        _NVD + "CVE-2024-26458",
    ),
    Absence(
        "CVE-2017-14159",
        "openldap",
        ("slapd",),
        "the server slapd, which writes its PID file",
        _NVD + "CVE-2017-14159",
    ),
    Absence(
        "CVE-2017-17740",
        "openldap",
        ("slapd", "nops*.so*", "nops*.la"),
        "contrib/slapd-modules/nops, a module of the server slapd",
        _NVD + "CVE-2017-17740",
    ),
    Absence(
        "CVE-2022-0563",
        "util-linux",
        ("chfn", "chsh"),
        "the programs chfn and chsh",
        _NVD + "CVE-2022-0563",
    ),
    Absence(
        "CVE-2026-3184",
        "util-linux",
        ("login",),
        "the program login, which canonicalizes the host name of its option -h",
        _NVD + "CVE-2026-3184",
    ),
    Absence(
        "CVE-2026-78408",
        "util-linux",
        ("nsenter",),
        "the option --join-cgroup of the program nsenter",
        _NVD + "CVE-2026-78408",
    ),
    Absence(
        "CVE-2026-89092",
        "glibc",
        ("nscd",),
        "the service nscd",
        _NVD + "CVE-2026-89092",
    ),
)
