"""How a finding is repaired: the command of each packaging system, or a newer base image."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence

from ironhull.explain.values import Remedy
from ironhull.model import BaseImage, Distro, Finding, Package, Report

__all__ = ["remedies"]

_YUM = {("amzn", "2"), ("amzn", "2018"), ("centos", "6"), ("centos", "7"), ("rhel", "7")}
_TDNF = ("azurelinux", "mariner", "photon")
_ZYPPER = ("opensuse-leap", "opensuse-tumbleweed", "sles", "sled", "sle_hpc")


def remedies(finding: Finding, report: Report) -> tuple[Remedy, ...]:
    """What repairs `finding`, the nearest first; at least one, in words where no command does."""
    if finding.advisory.kind == "malicious":
        what = (
            "remove the package: it was made to do harm, and what it could read is known to others"
        )
        return (Remedy(what),)
    found = [*_of_base(finding, report), *_of_package(finding, report.sbom.distro)]
    if not found:  # there is no fix
        reason = f": {finding.advisory.reason}" if finding.advisory.reason else ""
        found = [Remedy(f"no version repairs it yet ({finding.status}){reason}")]
    return tuple(found)


def _of_base(finding: Finding, report: Report) -> Iterator[Remedy]:
    """A newer base image, where the base brings the package."""
    base = report.base
    if not finding.fixed or base is None or base.report is None or not _brought(finding, base):
        return
    theirs = base.report.sbom.subject.name or base.name
    what = f"the base image {theirs} brings it: build on a newer one"
    yield Remedy(what, _words("docker", "build", "--pull", "."))


def _brought(finding: Finding, base: BaseImage) -> bool:
    assert base.report is not None
    layers = set(base.report.sbom.subject.layers)
    places = [at.layer for package in finding.packages for at in package.locations if at.layer]
    if places and base.verified:
        return all(layer in layers for layer in places)
    names = {(p.ecosystem, p.name, p.version) for p in base.report.sbom.packages}
    return all((p.ecosystem, p.name, p.version) in names for p in finding.packages)


def _of_package(finding: Finding, distro: Distro | None) -> Iterator[Remedy]:
    if not finding.fixed:
        return
    package = finding.package
    names = sorted({p.name for p in finding.packages})
    if any(word.startswith("-") for word in (*names, finding.fixed)):  # a command's option
        yield Remedy(f"{finding.fixed} repairs it")
        return
    if package.ecosystem == "rpm":
        yield Remedy(f"{finding.fixed} repairs it", _rpm(names, distro))
        return
    row = _COMMANDS.get(package.ecosystem)
    if row is None:
        yield Remedy(f"{finding.fixed} repairs it: build on a newer image of the same software")
        return
    yield from row(package, names, finding.fixed)


def _rpm(names: Sequence[str], distro: Distro | None) -> str:
    kind = distro.id if distro else ""
    major = distro.version.split(".")[0] if distro else ""
    if kind in _ZYPPER:
        return _words("zypper", "update", *names)
    if kind in _TDNF:
        return _words("tdnf", "update", *names)
    if (kind, major) in _YUM:
        return _words("yum", "update", *names)
    return _words("dnf", "upgrade", *names)


Commands = Callable[[Package, Sequence[str], str], Iterator[Remedy]]


def _deb(_: Package, names: Sequence[str], fixed: str) -> Iterator[Remedy]:
    command = f"apt-get update && {_words('apt-get', 'install', '--only-upgrade', *names)}"
    yield Remedy(f"{fixed} repairs it", command)


def _apk(_: Package, names: Sequence[str], fixed: str) -> Iterator[Remedy]:
    yield Remedy(f"{fixed} repairs it", _words("apk", "add", "--upgrade", *names))


def _golang(package: Package, _: Sequence[str], fixed: str) -> Iterator[Remedy]:
    version = fixed if fixed.startswith("v") else f"v{fixed}"
    if package.name in ("stdlib", "toolchain"):
        go = version.removeprefix("v")
        yield Remedy(
            f"build the program again with Go {go} or newer", _words("go", "get", f"go@{go}")
        )
        return
    command = f"{_words('go', 'get', f'{package.name}@{version}')} && go mod tidy"
    yield Remedy(f"{version} repairs it; build the program again", command)


def _npm(package: Package, _: Sequence[str], fixed: str) -> Iterator[Remedy]:
    yield Remedy(f"{fixed} repairs it", _words("npm", "install", f"{package.name}@{fixed}"))
    yield Remedy(
        "where another package needs it, say so in package.json",
        _words("npm", "pkg", "set", f"overrides.{package.name}={fixed}"),
    )


def _maven(package: Package, _: Sequence[str], fixed: str) -> Iterator[Remedy]:
    words = (
        *("mvn", "versions:use-dep-version", f"-Dincludes={package.name}"),
        *(f"-DdepVersion={fixed}", "-DforceVersion=true"),
    )
    yield Remedy(f"{fixed} repairs it", _words(*words))


def _composer(package: Package, _: Sequence[str], fixed: str) -> Iterator[Remedy]:
    command = _words("composer", "require", f"{package.name}:^{fixed}", "--with-all-dependencies")
    yield Remedy(f"{fixed} repairs it", command)


def _plain(*words: str) -> Commands:
    """A command of `words`, in which NAME and FIXED stand for the package's."""

    def row(package: Package, _: Sequence[str], fixed: str) -> Iterator[Remedy]:
        filled = (w.replace("NAME", package.name).replace("FIXED", fixed) for w in words)
        yield Remedy(f"{fixed} repairs it", _words(*filled))

    return row


_COMMANDS: dict[str, Commands] = {
    "apk": _apk,
    "cargo": _plain("cargo", "update", "-p", "NAME", "--precise", "FIXED"),
    "composer": _composer,
    "conda": _plain("conda", "install", "NAME>=FIXED"),
    "cpan": _plain("cpanm", "NAME@FIXED"),
    "cran": _plain("Rscript", "-e", "install.packages(commandArgs(TRUE))", "NAME"),
    "deb": _deb,
    "gem": _plain("bundle", "update", "--conservative", "NAME"),
    "golang": _golang,
    "hex": _plain("mix", "deps.update", "NAME"),
    "luarocks": _plain("luarocks", "install", "NAME", "FIXED"),
    "maven": _maven,
    "npm": _npm,
    "nuget": _plain("dotnet", "add", "package", "NAME", "--version", "FIXED"),
    "pub": _plain("dart", "pub", "upgrade", "NAME"),
    "pypi": _plain("pip", "install", "--upgrade", "NAME>=FIXED"),
    "swift": _plain("swift", "package", "update", "NAME"),
}
"""By purl type; rpm's depends on the distribution, and programs without a row are not updated."""


def _words(*words: str) -> str:
    """A command line; what a shell would read otherwise is quoted."""
    return shlex.join(words)
