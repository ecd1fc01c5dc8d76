"""What repairs a finding: a command that could be pasted, and never one that harms."""

import shlex
from dataclasses import replace

import pytest

from ironhull.explain.remedies import remedies
from ironhull.explain.values import Remedy
from ironhull.model import BaseImage, Distro, Package, Report
from tests import reports

WEB = replace(reports.web(), base=None)


def _commands(package: Package, fixed: str = "2.0", distro: Distro | None = None) -> list[str]:
    finding = reports.finding(package, "CVE-1", fixed=fixed)
    report = replace(WEB, sbom=replace(WEB.sbom, distro=distro))
    found = remedies(finding, report)
    assert all(fixed in remedy.what or remedy.command for remedy in found)
    return [remedy.command for remedy in found]


@pytest.mark.parametrize(
    ("package", "commands"),
    [
        (reports.APT, ["apt-get update && apt-get install --only-upgrade apt"]),
        (Package("apk", "libssl3", "1"), ["apk add --upgrade libssl3"]),
        (Package("pypi", "flask", "1"), ["pip install --upgrade 'flask>=2.0'"]),
        (
            Package("npm", "@a/b", "1"),
            ["npm install @a/b@2.0", "npm pkg set overrides.@a/b=2.0"],
        ),
        (Package("golang", "example.org/x", "v1"), ["go get example.org/x@v2.0 && go mod tidy"]),
        (Package("golang", "stdlib", "1"), ["go get go@2.0"]),
        (
            Package("maven", "org.a:b", "1"),
            [
                "mvn versions:use-dep-version -Dincludes=org.a:b -DdepVersion=2.0"
                " -DforceVersion=true"
            ],
        ),
        (Package("cargo", "serde", "1"), ["cargo update -p serde --precise 2.0"]),
        (Package("gem", "rack", "1"), ["bundle update --conservative rack"]),
        (
            Package("composer", "a/b", "1"),
            ["composer require 'a/b:^2.0' --with-all-dependencies"],
        ),
        (Package("nuget", "A.B", "1"), ["dotnet add package A.B --version 2.0"]),
        (Package("hex", "plug", "1"), ["mix deps.update plug"]),
        (Package("pub", "http", "1"), ["dart pub upgrade http"]),
        (Package("conda", "numpy", "1"), ["conda install 'numpy>=2.0'"]),
        (Package("luarocks", "lpeg", "1"), ["luarocks install lpeg 2.0"]),
        (Package("cpan", "A::B", "1"), ["cpanm A::B@2.0"]),
        (Package("cran", "x", "1"), ["Rscript -e 'install.packages(commandArgs(TRUE))' x"]),
        (Package("swift", "x", "1"), ["swift package update x"]),
        (Package("bitnami", "nginx", "1"), [""]),
        (Package("generic", "node", "1"), [""]),
    ],
)
def test_the_command_of_each_system(package: Package, commands: list[str]) -> None:
    assert _commands(package) == commands


@pytest.mark.parametrize(
    ("distro", "command"),
    [
        (Distro("rhel", "9.4"), "dnf upgrade openssl"),
        (Distro("fedora", "42"), "dnf upgrade openssl"),
        (Distro("amzn", "2023"), "dnf upgrade openssl"),
        (Distro("amzn", "2"), "yum update openssl"),
        (Distro("centos", "7"), "yum update openssl"),
        (Distro("opensuse-leap", "15.6"), "zypper update openssl"),
        (Distro("sles", "15.5"), "zypper update openssl"),
        (Distro("azurelinux", "3.0"), "tdnf update openssl"),
        (Distro("photon", "5.0"), "tdnf update openssl"),
        (None, "dnf upgrade openssl"),
    ],
)
def test_rpms_depend_on_the_distribution(distro: Distro | None, command: str) -> None:
    assert _commands(Package("rpm", "openssl", "1"), distro=distro) == [command]


def test_all_installed_packages_of_a_source_are_updated() -> None:
    finding = replace(reports.OLD, fixed="2.41-13", status="fixed")
    (remedy,) = remedies(finding, WEB)
    assert remedy.command.endswith("apt-get install --only-upgrade libc-bin libc6")


@pytest.mark.parametrize("name", ["x; rm -rf ~", "x$(id)", "x`id`", "x'y", 'x" y', "x\ny", "x>y"])
def test_names_are_words_of_a_shell_and_no_more(name: str) -> None:
    for ecosystem in ("deb", "pypi", "npm", "golang", "maven", "gem", "cran", "cpan"):
        for command in _commands(Package(ecosystem, name, "1")):
            line = command.partition("&& ")[2] if ecosystem == "deb" else command
            words = shlex.split(line.removesuffix(" && go mod tidy"))
            assert any(name in word for word in words), words
            assert not {";", "rm", "id", ">"} & set(words)


@pytest.mark.parametrize("name", ["-rf", "--config=x"])
def test_names_that_are_options_get_no_command(name: str) -> None:
    for ecosystem in ("deb", "pypi", "rpm", "gem"):
        assert _commands(Package(ecosystem, name, "1")) == [""]
    assert _commands(Package("pypi", "x", "1"), fixed="-1") == [""]


def _on(base: Report, *, verified: bool) -> Report:
    return replace(WEB, base=BaseImage("python:3.13-slim", "", "label", verified, base))


def test_what_the_base_image_brings_is_repaired_there_first() -> None:
    remedy, own = remedies(reports.HIGH, _on(reports.base(), verified=True))
    assert remedy == Remedy(
        "the base image python:3.13-slim brings it: build on a newer one", "docker build --pull ."
    )
    assert own.command.startswith("apt-get")
    assert len(remedies(reports.HIGH, _on(reports.base(), verified=False))) == 2


def test_what_the_base_image_does_not_bring_is_repaired_here() -> None:
    bare = reports.report("bare", ())
    bare = replace(bare, sbom=replace(bare.sbom, subject=replace(bare.sbom.subject, layers=())))
    for verified in (True, False):
        (remedy,) = remedies(reports.HIGH, _on(bare, verified=verified))
        assert remedy.command.startswith("apt-get")


def test_what_nobody_repairs_says_so() -> None:
    report = _on(reports.base(), verified=True)
    assert remedies(reports.OLD, report) == (
        Remedy("no version repairs it yet (will-not-fix): no-dsa: minor issue"),
    )
    assert remedies(reports.OTHER, report) == (Remedy("no version repairs it yet (unfixed)"),)


def test_a_malicious_package_is_not_updated() -> None:
    finding = reports.finding(reports.FLASK, "MAL-1", fixed="9", kind="malicious")
    (remedy,) = remedies(finding, WEB)
    assert remedy.command == ""
    assert remedy.what.startswith("remove the package")
