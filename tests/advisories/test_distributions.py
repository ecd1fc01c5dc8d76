"""From the files of distributions, over HTTP, to findings: what speaks for which package."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories.update import Wanted, open_index, update
from ironhull.ecosystems import ended
from ironhull.match import match
from ironhull.model import Distro, Finding, Package, Sbom, Subject, Upstream
from ironhull.store.advisories import AdvisoryIndex

from .serving import NOW, serving, transport, write_osv
from .test_redhat import Built, rpm, store

STREAM = "nodejs:18:8100020240808073736:489197e6"
SECDB = {
    "alpine/v3.20/main.json": {"openssl": {"3.3.0-r3": ["CVE-2024-4741"], "0": ["CVE-2022-3996"]}},
    "alpine/v3.20/community.json": {"vlc": {"3.0.21-r0": ["CVE-2024-46461 GHSA-aaaa-bbbb-cccc"]}},
    "wolfi.json": {"glibc": {"2.38-r5": ["CVE-2023-4911", "GHSA-m77w-6vjw-wh2f"]}},
    "chainguard.json": {"glibc": {"0": ["CVE-2023-4911"]}},
}


def _redhat(root: Path) -> None:
    curl = Built("CVE-2023-38545")
    for product, version in [
        ("AppStream-9.2.0.Z.MAIN.EUS", "7.76.1-23.el9_2.4"),
        ("BaseOS-9.3.0.Z.MAIN", "7.76.1-26.el9_3.2"),
    ]:
        curl.say("fixed", product, f"curl-0:{version}.src", rpm("curl", version, "src"))
    gcc = Built("CVE-2022-0001")
    name = gcc.say("known_affected", "red_hat_enterprise_linux_9", "gcc", rpm("gcc", arch="src"))
    gcc.plan("no_fix_planned", "Will not fix", [name])
    node = Built("CVE-2024-0002")
    version = "18.20.4-1.module+el8.10.0+1+a"
    purl = rpm("nodejs", version, "src", epoch="1", rpmmod=STREAM)
    node.say("fixed", "AppStream-8.10.0.Z.MAIN.EUS", f"nodejs-1:{version}.src", purl)
    folder = root / "redhat"
    folder.mkdir()
    documents = {
        "2023/cve-2023-38545.json": curl.document(),
        "2022/cve-2022-0001.json": gcc.document(),
        "2024/cve-2024-0002.json": node.document(),
    }
    store(folder, documents)
    (folder / "all.tar.zst").rename(folder / "csaf_vex_2026-11-20.tar.zst")
    (folder / "archive_latest.txt").write_text("csaf_vex_2026-11-20.tar.zst\n")
    for path, document in documents.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(document))


def _hardened(root: Path) -> None:
    said = {
        "id": "DHI-aaaa-bbbb-cccc-dddd",
        "modified": "2026-09-27T00:36:13Z",
        "upstream": ["CVE-2016-2781"],
        "affected": [
            {
                "package": {"ecosystem": "Docker Hardened Images:Debian:13", "name": "coreutils"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.7-3+dhi4"}]}
                ],
            }
        ],
    }
    data = json.dumps(said).encode()
    with tarfile.open(root / "dhi.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("advisories-main/dhi/osv/DHI-aaaa-bbbb-cccc-dddd.json")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))


def osv(name: str, ecosystem: str, package: str, fixed: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "modified": "2026-01-02T03:04:05Z",
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}
                ],
            }
        ],
        **fields,
    }


def _osv(root: Path) -> None:
    module = "1:18.20.4-1.module_el8.10.0+1+a"
    write_osv(
        root,
        "AlmaLinux",
        [
            osv("ALSA-2024:1", "AlmaLinux:8", "nodejs", module, upstream=["CVE-2024-0002"],
                summary="Important: nodejs:18 security update"),
            osv("ALSA-2024:2", "AlmaLinux:9", "openssl-libs", "1:3.0.7-27.el9",
                upstream=["CVE-2024-0003"], summary="Moderate: openssl security update"),
        ],
    )  # fmt: skip
    errata = [("9::baseos", "1:3.0.7-27.el9"), ("10.0", "1:3.5.1-1.el10")]
    write_osv(
        root,
        "Red Hat",
        [
            osv(f"RHSA-2024:{number}", f"Red Hat:enterprise_linux:{release}", "openssl-libs", fixed,
                upstream=["CVE-2024-0003"])
            for number, (release, fixed) in enumerate(errata)
        ],
    )  # fmt: skip
    write_osv(
        root,
        "SUSE",
        [
            osv("SUSE-SU-2024:1-1", "SUSE:Linux Enterprise Module for Basesystem 15 SP5",
                "openssl-1_1", "1.1.1l-150500.17.31.1", upstream=["CVE-2024-0004"]),
        ],
    )  # fmt: skip
    write_osv(
        root,
        "Ubuntu",
        [
            osv("UBUNTU-CVE-2022-0005", "Ubuntu:22.04:LTS", "vips", "8.12.1-1ubuntu0.9",
                upstream=["CVE-2022-0005"]),
            osv("UBUNTU-CVE-2022-0006", "Ubuntu:Pro:22.04:LTS", "vips", "8.12.1-1ubuntu0.1~esm1",
                upstream=["CVE-2022-0006"]),
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdvisoryIndex]:
    root = tmp_path_factory.mktemp("world")
    for path, packages in SECDB.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        listed = [{"pkg": {"name": name, "secfixes": fixes}} for name, fixes in packages.items()]
        (root / path).write_text(json.dumps({"packages": listed}))
    _redhat(root)
    _hardened(root)
    _osv(root)
    directory = tmp_path_factory.mktemp("advisories")
    with serving(root) as served:
        urls = {
            "alpine-secdb": f"{served.url}/alpine",
            "wolfi-secdb": f"{served.url}/wolfi.json",
            "chainguard-secdb": f"{served.url}/chainguard.json",
            "redhat-vex": f"{served.url}/redhat",
            "dhi": f"{served.url}/dhi.tar.gz",
            "osv": f"{served.url}/osv",
        }
        names = (
            *(name for name in urls if name != "osv"),
            "osv-almalinux",
            "osv-suse",
            "osv-ubuntu",
            "osv-red-hat",
        )
        done = update(
            directory=directory, transport=transport(), now=NOW, urls=urls, wanted=Wanted(names)
        )
    assert {outcome.state for outcome in done.outcomes} == {"updated"}, done.outcomes
    with open_index(directory, now=NOW) as opened:
        yield opened


def found(index: AdvisoryIndex, distro: Distro, *packages: Package) -> dict[str, Finding]:
    matched = match(Sbom(Subject("x"), distro, packages), index)
    assert matched.problems == ()
    names = [finding.advisory.id for finding in matched.findings]
    assert len(names) == len(set(names)), names
    return {finding.advisory.id: finding for finding in matched.findings}


def of(
    ecosystem: str, name: str, version: str, source: str = "", of_source: str = "", **more: Any
) -> Package:
    upstream = Upstream(source, of_source or version) if source else None
    return Package(ecosystem, name, version, upstream=upstream, **more)


def test_alpine_is_judged_by_origin(index: AdvisoryIndex) -> None:
    packages = [of("apk", name, "3.3.0-r2", "openssl") for name in ("libcrypto3", "libssl3")]
    findings = found(index, Distro("alpine", "3.20"), *packages)
    assert list(findings) == ["CVE-2024-4741"]
    assert findings["CVE-2024-4741"].fixed == "3.3.0-r3"
    assert len(findings["CVE-2024-4741"].packages) == 2
    fixed = of("apk", "libcrypto3", "3.3.0-r3", "openssl")
    assert found(index, Distro("alpine", "3.20"), fixed) == {}


def test_a_cve_and_its_ghsa_are_one_finding(index: AdvisoryIndex) -> None:
    findings = found(index, Distro("wolfi", "20230201"), of("apk", "glibc", "2.38-r4"))
    assert {n: f.advisory.aliases for n, f in findings.items()} == {
        "CVE-2023-4911": ("GHSA-m77w-6vjw-wh2f",)
    }
    (vlc,) = found(index, Distro("alpine", "3.20"), of("apk", "vlc", "3.0.20-r0")).values()
    assert vlc.advisory.aliases == ("GHSA-aaaa-bbbb-cccc",)


def test_what_chainguard_says_comes_before_wolfi(index: AdvisoryIndex) -> None:
    assert found(index, Distro("chainguard", "20230214"), of("apk", "glibc", "2.38-r4")) == {}


RHEL9, RHEL8 = Distro("rhel", "9.4"), Distro("rhel", "8.10")


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        ("7.76.1-23.el9_2.3", "7.76.1-23.el9_2.4"),
        ("7.76.1-23.el9_2.4", ""),
        ("7.76.1-26.el9_3.1", "7.76.1-26.el9_3.2"),
        ("7.76.1-26.el9_3.2", ""),
    ],
)
def test_updates_of_each_minor_release_of_red_hat(
    index: AdvisoryIndex, version: str, fixed: str
) -> None:
    libcurl = of("rpm", "libcurl", version, "curl", namespace="redhat", supplier="Red Hat, Inc.")
    findings = found(index, RHEL9, libcurl)
    assert [finding.fixed for finding in findings.values()] == ([fixed] if fixed else [])


def test_what_red_hat_will_not_fix(index: AdvisoryIndex) -> None:
    libgcc = of("rpm", "libgcc", "11.4.1-3.el9", "gcc", namespace="redhat")
    (finding,) = found(index, RHEL9, libgcc).values()
    assert (finding.status, finding.advisory.reason) == ("will-not-fix", "Will not fix")
    assert finding.severity == "high"


def test_epel_is_not_judged_by_red_hat(index: AdvisoryIndex) -> None:
    other = of("rpm", "libgcc", "1-1.el9", "gcc", namespace="redhat", supplier="Fedora Project")
    sbom = Sbom(Subject("x"), RHEL9, (other,))
    matched = match(sbom, index)
    assert matched.findings == ()
    assert [(row.scope, row.checked) for row in matched.coverage] == [("EPEL:9", "not checked")]


@pytest.mark.parametrize(
    ("stream", "version", "expected"),
    [
        ("nodejs:18", "1:18.20.2-1.module+el8.9.0+1+a", ["CVE-2024-0002"]),
        ("nodejs:18", "1:18.20.4-1.module+el8.10.0+1+a", []),
        ("nodejs:16", "1:16.20.2-1.module+el8.9.0+1+a", []),
        ("", "1:14.0.0-1.el8", []),
    ],
)
@pytest.mark.parametrize("identity", ("rhel", "almalinux"))
def test_the_streams_of_a_module_are_judged_apart(
    index: AdvisoryIndex, identity: str, stream: str, version: str, expected: list[str]
) -> None:
    label = (("rpmmod", f"{stream}:8100020240808073736:489197e6"),) if stream else ()
    namespace = {"rhel": "redhat"}.get(identity, identity)
    node = of("rpm", "nodejs", version, namespace=namespace, qualifiers=label)
    assert list(found(index, Distro(identity, "8.10"), node)) == expected


def test_binary_names_of_one_source_are_told_apart(index: AdvisoryIndex) -> None:
    version = "1:3.0.7-26.el9"
    alma = Distro("almalinux", "9.4")
    packages = [of("rpm", name, version, "openssl", namespace="almalinux")
                for name in ("openssl-libs", "openssl-devel")]  # fmt: skip
    (finding,) = found(index, alma, *packages).values()
    assert [package.name for package in finding.packages] == ["openssl-libs"]


def test_errata_of_red_hat_are_not_asked_where_there_are_vex_documents(
    index: AdvisoryIndex,
) -> None:
    assert index.covering("Red Hat:errata:9")
    openssl = of("rpm", "openssl-libs", "1:3.0.7-1.el9", "openssl", namespace="redhat")
    assert found(index, RHEL9, openssl) == {}
    old = of("rpm", "openssl-libs", "1:3.5.0-1.el10", "openssl", namespace="redhat")
    assert list(found(index, Distro("rhel", "10.0"), old)) == ["CVE-2024-0003"]


def test_suse_names_sources(index: AdvisoryIndex) -> None:
    lib = of("rpm", "libopenssl1_1", "1.1.1l-150500.17.28.2", "openssl-1_1", namespace="suse")
    assert list(found(index, Distro("sles", "15.5"), lib)) == ["CVE-2024-0004"]
    assert found(index, Distro("sles", "15.6"), lib) == {}


def test_ubuntu_pro_judges_what_it_repaired(index: AdvisoryIndex) -> None:
    jammy = Distro("ubuntu", "22.04")
    assert list(found(index, jammy, of("deb", "libvips42", "8.12.1-1", "vips"))) == [
        "CVE-2022-0005"
    ]
    repaired = of("deb", "libvips42", "8.12.1-1ubuntu0.1~esm1", "vips")
    assert found(index, jammy, repaired) == {}


def test_what_docker_rebuilt_is_judged_by_docker(index: AdvisoryIndex) -> None:
    trixie = Distro("dhi", "13", "", "", ("debian",))
    old = of("deb", "coreutils", "9.7-3+dhi3", namespace="dhi")
    (finding,) = found(index, trixie, old).values()
    assert (finding.advisory.id, finding.fixed) == ("CVE-2016-2781", "9.7-3+dhi4")
    assert finding.advisory.aliases == ("DHI-aaaa-bbbb-cccc-dddd",)
    assert found(index, trixie, of("deb", "coreutils", "9.7-3+dhi4", namespace="dhi")) == {}


def test_distributions_without_records_of_what_is_open_say_so(index: AdvisoryIndex) -> None:
    sbom = Sbom(Subject("x"), Distro("alpine", "3.20"), (of("apk", "zlib", "1.3.1-r1"),))
    (row,) = match(sbom, index).coverage
    assert (row.checked, row.packages, row.sources) == ("fixed-only", 1, ("alpine-secdb",))


@pytest.mark.parametrize(
    ("distro", "package", "ends"),
    [
        (Distro("alpine", "3.20"), of("apk", "zlib", "1.3.1-r1"), "2026-04-01"),
        (RHEL9, of("rpm", "zlib", "1.2.11-40.el9", namespace="redhat"), ""),
    ],
)
def test_a_release_that_ended_before_the_data_says_so(
    index: AdvisoryIndex, distro: Distro, package: Package, ends: str
) -> None:
    (row,) = match(Sbom(Subject("x"), distro, (package,)), index).coverage
    assert (f"this release ended on {ends}: " in row.note) == bool(ends)


@pytest.mark.parametrize(
    ("scope", "day", "expected"),
    [
        ("Alpine:v3.20", "2026-04-01T00:00:00Z", ""),
        ("Alpine:v3.20", "2026-04-02T00:00:00Z", "2026-04-01"),
        ("Alpine:edge", "2026-04-02T00:00:00Z", ""),
        ("Debian:10", "2026-01-01", "2024-06-30"),
        ("Debian:99", "2026-01-01", ""),
        ("Red Hat:errata:7", "2026-01-01", "2024-06-30"),
        ("PyPI", "2026-01-01", ""),
        ("Debian:10", "", ""),
    ],
)
def test_the_day_a_release_ends_still_belongs_to_it(scope: str, day: str, expected: str) -> None:
    assert ended(scope, day) == expected
