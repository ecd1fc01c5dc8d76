"""Sample reports for tests: an image people use, its hardened twin, a base, all in numbers."""

from collections.abc import Iterable
from dataclasses import replace

from ironhull.model import (
    Advisory,
    BaseImage,
    Coverage,
    Cvss,
    Distro,
    Finding,
    Location,
    MadeWith,
    Package,
    Platform,
    Problem,
    Range,
    Report,
    Sbom,
    Subject,
    Upstream,
)

LAYER = "sha256:" + "1" * 64
DEBIAN = Distro("debian", "13", "trixie")
INDEX = MadeWith("0.1.0", "sha256:" + "9" * 64, "2026-11-20T00:00:00Z")


def deb(name: str, version: str, source: str = "", arch: str = "amd64") -> Package:
    """An installed Debian package, of a source package of its own or another name."""
    return Package(
        "deb",
        name,
        version,
        arch=arch,
        upstream=Upstream(source, version) if source else None,
        namespace="debian",
        distro="debian-13",
        locations=(Location("var/lib/dpkg/status", LAYER),),
        found_by="dpkg",
    )


def wheel(name: str, version: str) -> Package:
    """An installed Python distribution."""
    path = f"usr/lib/python3/site-packages/{name}-{version}.dist-info/METADATA"
    return Package("pypi", name, version, locations=(Location(path, LAYER),), found_by="wheel")


def finding(
    packages: Package | Iterable[Package],
    identifier: str,
    severity: str = "low",
    *,
    fixed: str = "",
    status: str = "",
    kev: bool = False,
    epss: tuple[float, float] | None = None,
    **advisory: object,
) -> Finding:
    """A finding of `identifier` in installed packages of one source package."""
    installed = (packages,) if isinstance(packages, Package) else tuple(packages)
    source = installed[0].source
    status = status or ("fixed" if fixed else "unfixed")
    facts: dict[str, object] = {
        "scope": "Debian:13" if installed[0].ecosystem == "deb" else "PyPI",
        "package": source.name,
        "ranges": (Range("0", fixed),),
        "status": status,
        "severity": severity,
        "severity_source": "debian-tracker" if installed[0].ecosystem == "deb" else "osv",
        "sources": ("osv",),
        **advisory,
    }
    judged = Advisory(identifier, **facts)  # type: ignore[arg-type]  # facts of a test's choosing
    because = f"{source.version} < {fixed}" if fixed else "no fixed version"
    return Finding(installed, judged, fixed, because, status, kev, epss)


def coverage(deb: str = "full", pypi: str = "full", *, debs: int, wheels: int) -> list[Coverage]:
    """Coverage of Debian 13 and PyPI; a scope of no packages is left out."""
    rows = [
        Coverage("Debian:13", debs, deb, ("debian-tracker", "osv"), "2026-11-20T00:00:00Z"),
        Coverage("PyPI", wheels, pypi, ("osv",), "2026-11-19T12:00:00Z"),
    ]
    return [
        row if row.checked != "not checked" else replace(row, sources=(), date="", note="no data")
        for row in rows
        if row.packages
    ]


def report(
    name: str,
    packages: Iterable[Package],
    findings: Iterable[Finding] = (),
    *,
    digit: str = "a",
    size: int = 68_000_000,
    user: str = "",
    deb: str = "full",
    pypi: str = "full",
    base: BaseImage | None = None,
    problems: tuple[Problem, ...] = (),
    made_with: MadeWith = INDEX,
) -> Report:
    """A report on an image of these packages; `digit` fills its digests."""
    listed = tuple(packages)
    subject = Subject(
        name,
        digest="sha256:" + digit * 64,
        id="sha256:" + digit * 64,
        platform=Platform(),
        content_size=size,
        disk_size=size * 4,
        layers=(LAYER,),
        user=user,
        source="https://example.org/shop/web",
        revision="972f63d35bc8629cc14fa3b6e84d114732772370",
    )
    debs = sum(p.ecosystem == "deb" for p in listed if not p.owned_by)
    wheels = sum(p.ecosystem == "pypi" for p in listed if not p.owned_by)
    return Report(
        Sbom(subject, DEBIAN, listed),
        tuple(findings),
        tuple(coverage(deb, pypi, debs=debs, wheels=wheels)),
        made_with,
        problems,
        base=base,
    )


GLIBC = (deb("libc-bin", "2.41-12", "glibc"), deb("libc6", "2.41-12", "glibc"))
GLIBC_NEW = (deb("libc-bin", "2.41-13", "glibc"), deb("libc6", "2.41-13", "glibc"))
OPENSSL = deb("libssl3t64", "3.5.1-1", "openssl")
OPENSSL_NEW = deb("libssl3t64", "3.5.1-1+deb13u1", "openssl")
APT = deb("apt", "3.0.3")
FLASK = wheel("flask", "3.0.3")
SHIPPED = replace(wheel("pip", "25.1.1"), owned_by="pkg:deb/debian/python3-pip@25.1.1")

HIGH = finding(
    OPENSSL,
    "CVE-2025-9230",
    "high",
    fixed="3.5.1-1+deb13u1",
    kev=True,
    epss=(0.00043, 0.0912),
    cwes=("CWE-787",),
    cvss=(Cvss("3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),),
    aliases=("DSA-6015-1",),
    summary="Out-of-bounds read & write in RFC 3211 KEK unwrap",
    published="2025-09-30T00:00:00Z",
)
OLD = finding(GLIBC, "CVE-2010-4756", "low", status="will-not-fix", reason="no-dsa: minor issue")
OTHER = finding(GLIBC, "CVE-2019-9192", "low")
SHARED = finding(APT, "CVE-2019-9192", "medium", status="undetermined")
DEBUGGER = finding(
    FLASK,
    "GHSA-4grg-w6v8-c28g",
    "low",
    fixed="3.1.1",
    aliases=("CVE-2025-47278", "PYSEC-2025-1"),
    ranges=(Range("3.0.0", "3.1.1"),),
)


def base() -> Report:
    """The slim base: four findings in three source packages, 56 MB."""
    packages = (*GLIBC, OPENSSL, APT, SHIPPED)
    findings = (HIGH, SHARED, OLD, OTHER)
    return report("python:3.13-slim", packages, findings, digit="b", size=56_000_000)


def web() -> Report:
    """The image as people build it: root, on the slim base, with Flask."""
    known = BaseImage("python:3.13-slim", "sha256:" + "b" * 64, "provenance", True, base())
    packages = (*GLIBC, OPENSSL, APT, SHIPPED, FLASK)
    findings = (HIGH, SHARED, OLD, OTHER, DEBUGGER)
    return report("web:init", packages, findings, digit="8", base=known)


def hardened() -> Report:
    """The hardened twin: no apt, OpenSSL repaired, not root."""
    known = BaseImage("python:3.13-debian13", "sha256:" + "c" * 64, "annotation")
    old, other = (replace(f, packages=GLIBC_NEW) for f in (OLD, OTHER))
    packages = (*GLIBC_NEW, OPENSSL_NEW, FLASK)
    return report(
        "web:hardened",
        packages,
        (old, other, DEBUGGER),
        digit="6",
        size=36_400_000,
        user="65532",
        base=known,
    )
