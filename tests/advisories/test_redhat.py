"""Red Hat's VEX documents: products, modules, binary packages, plans, and what is no document."""

import io
import json
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from ironhull.advisories._row import Tally
from ironhull.advisories.redhat import SOURCES, parse, read_changes
from ironhull.advisories.update import Wanted, open_index, update
from ironhull.ecosystems import ECOSYSTEMS
from ironhull.errors import AdvisoryError
from ironhull.model import Advisory, Package, Range, Upstream

from .serving import NOW, serving, transport

CPES = {
    "red_hat_enterprise_linux_8": "cpe:/o:redhat:enterprise_linux:8",
    "red_hat_enterprise_linux_9": "cpe:/o:redhat:enterprise_linux:9",
    "AppStream-8.10.0.Z.MAIN.EUS": "cpe:/a:redhat:enterprise_linux:8::appstream",
    "AppStream-9.0.0.Z.EUS": "cpe:/a:redhat:rhel_eus:9.0::appstream",
    "AppStream-9.2.0.Z.MAIN.EUS": "cpe:/a:redhat:enterprise_linux:9::appstream",
    "BaseOS-9.3.0.Z.MAIN": "cpe:/o:redhat:enterprise_linux:9::baseos",
    "BaseOS-10.1.Z": "cpe:/o:redhat:enterprise_linux:10.1",
    "7Server-ELS": "cpe:/o:redhat:rhel_els:7",
    "9Base-RHOSE-4.16": "cpe:/a:redhat:openshift:4.16::el9",
}


def rpm(name: str, version: str = "", arch: str = "", **qualifiers: str) -> str:
    """The purl of a package."""
    given_ = {**({"arch": arch} if arch else {}), **qualifiers}
    query = "&".join(f"{key}={value}" for key, value in sorted(given_.items()))
    at = f"@{version.replace('+', '%2B')}" if version else ""
    return f"pkg:rpm/redhat/{name}{at}" + (f"?{query}" if query else "")


class Built:
    """A document under construction: products and what is said of them."""

    def __init__(self, cve: str = "CVE-2023-38545") -> None:
        self.cve = cve
        self.purls: dict[str, str] = {}
        self.links: list[dict[str, Any]] = []
        self.status: dict[str, list[str]] = {}
        self.remediations: list[dict[str, Any]] = []
        self.threats: list[dict[str, Any]] = []
        self.severity = "Important"

    def say(
        self, status: str, product: str, component: str, purl: str = "", module: str = ""
    ) -> str:
        """Put a package of a product into a list; its id."""
        parent = product
        if module:
            parent = f"{product}:{module}"
            self._link(parent, module, product)
            self.purls[module] = f"pkg:rpmmod/redhat/{module.replace(':', '@', 1)}"
        name = f"{parent}:{component}"
        self._link(name, component, parent)
        if purl:
            self.purls[component] = purl
        self.status.setdefault(status, []).append(name)
        return name

    def _link(self, name: str, component: str, product: str) -> None:
        self.links.append(
            {
                "category": "default_component_of",
                "full_product_name": {"name": name, "product_id": name},
                "product_reference": component,
                "relates_to_product_reference": product,
            }
        )

    def plan(self, category: str, details: str, ids: Iterable[str], url: str = "") -> None:
        said = {"category": category, "details": details, "product_ids": list(ids)}
        self.remediations.append({**said, "url": url} if url else said)

    def document(self) -> dict[str, Any]:
        products = [_product(name, cpe=cpe) for name, cpe in CPES.items()]
        versions = [_product(name, purl=purl) for name, purl in self.purls.items()]
        family = {"category": "product_family", "branches": products}
        return {
            "document": {
                "aggregate_severity": {"text": self.severity},
                "title": "curl: heap based\n buffer overflow",
                "tracking": {
                    "id": self.cve,
                    "status": "final",
                    "current_release_date": "2025-11-21T14:31:32+00:00",
                },
            },
            "product_tree": {
                "branches": [{"category": "vendor", "branches": [family, *versions]}],
                "relationships": self.links,
            },
            "vulnerabilities": [
                {
                    "cve": self.cve,
                    "cwe": {"id": "CWE-787", "name": "Out-of-bounds Write"},
                    "product_status": self.status,
                    "remediations": self.remediations,
                    "threats": self.threats,
                    "scores": [
                        {
                            "cvss_v3": {
                                "vectorString": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H"
                            }
                        }
                    ],
                    "release_date": "2023-10-11T00:00:00+00:00",
                }
            ],
        }


def _product(name: str, **helper: str) -> dict[str, Any]:
    product = {"name": name, "product_id": name, "product_identification_helper": helper}
    return {"category": "product_name", "name": name, "product": product}


def store(directory: Path, documents: dict[str, Any]) -> None:
    """Documents as an archive with its list, as they lie in a source's directory."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in documents.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (directory / "all.tar.zst").write_bytes(zstd.compress(packed.getvalue()))
    lines = (f'"{path}","2025-11-21T14:31:32+00:00"\n' for path in documents)
    (directory / "changes.csv").write_text("".join(lines))


def read(directory: Path) -> tuple[list[Advisory], Tally]:
    tally = Tally("redhat-vex", NOW)
    return list(parse(directory, tally)), tally


def claims(tmp_path: Path, built: Built) -> dict[tuple[str, str], Advisory]:
    store(tmp_path, {"2023/cve-2023-38545.json": built.document()})
    found, tally = read(tmp_path)
    assert tally.skipped == 0
    return {(claim.scope, claim.package): claim for claim in found}


def test_a_fix_is_held_for_the_source_package(tmp_path: Path) -> None:
    built = Built()
    ids = [
        built.say("fixed", "BaseOS-9.3.0.Z.MAIN", f"{name}-0:7.76.1-26.el9_3.2.{arch}",
                  rpm(name, "7.76.1-26.el9_3.2", arch))
        for name, arch in [("curl", "src"), ("curl", "x86_64"), ("libcurl", "x86_64"),
                           ("libcurl", "aarch64"), ("curl-debuginfo", "x86_64")]
    ]  # fmt: skip
    built.plan("vendor_fix", "…", ids, "https://access.redhat.com/errata/RHSA-2023:6745")
    built.plan("workaround", "none", ids)
    found = claims(tmp_path, built)
    assert list(found) == [("Red Hat:9", "curl.src")]
    claim = found["Red Hat:9", "curl.src"]
    assert claim.id == "CVE-2023-38545"
    assert claim.ranges == (Range(fixed="7.76.1-26.el9_3.2"),)
    assert (claim.status, claim.aliases) == ("fixed", ("RHSA-2023:6745",))
    assert claim.urgency == "important"
    assert (claim.summary, claim.cwes) == ("curl: heap based buffer overflow", ("CWE-787",))
    assert [cvss.version for cvss in claim.cvss] == ["3.1"]
    assert claim.modified == "2025-11-21T14:31:32Z"


def test_binary_packages_with_versions_of_their_own_are_held_too(tmp_path: Path) -> None:
    built = Built()
    for name, version, arch, epoch in [
        ("perl", "5.32.1-481.el9", "src", "4"),
        ("perl-libs", "5.32.1-481.el9", "x86_64", "4"),
        ("perl-Errno", "1.30-481.el9", "x86_64", ""),
    ]:
        purl = rpm(name, version, arch, **({"epoch": epoch} if epoch else {}))
        built.say("fixed", "BaseOS-9.3.0.Z.MAIN", f"{name}-{epoch or 0}:{version}.{arch}", purl)
    found = claims(tmp_path, built)
    assert {package: claim.ranges[0].fixed for (_, package), claim in found.items()} == {
        "perl.src": "4:5.32.1-481.el9",
        "perl-Errno": "1.30-481.el9",
    }


def test_main_streams_alone_are_matched(tmp_path: Path) -> None:
    built = Built()
    for product in ("AppStream-9.0.0.Z.EUS", "9Base-RHOSE-4.16", "BaseOS-10.1.Z"):
        built.say("fixed", product, "curl-0:1-1.el9_0.src", rpm("curl", "1-1.el9_0", "src"))
    built.say("known_affected", "9Base-RHOSE-4.16", "openshift4/x", "pkg:oci/x?arch=amd64")
    assert list(claims(tmp_path, built)) == [("Red Hat:10", "curl.src")]


def test_what_extended_support_repairs_is_open_in_a_release_that_ended(tmp_path: Path) -> None:
    built = Built()
    built.say(
        "fixed", "7Server-ELS", "gcc-0:4.8.5-45.el7_9.src", rpm("gcc", "4.8.5-45.el7_9", "src")
    )
    claim = claims(tmp_path, built)["Red Hat:7", "gcc.src"]
    assert claim.ranges == (Range(fixed="4.8.5-45.el7_9"),)


def test_updates_of_two_minor_releases_repair_each_its_own(tmp_path: Path) -> None:
    built = Built()
    for product, version in [
        ("BaseOS-9.3.0.Z.MAIN", "7.76.1-26.el9_3.2"),
        ("AppStream-9.2.0.Z.MAIN.EUS", "7.76.1-23.el9_2.4"),
        ("AppStream-9.2.0.Z.MAIN.EUS", "7.76.1-23.el9_2.3"),
    ]:
        built.say("fixed", product, f"curl-0:{version}.src", rpm("curl", version, "src"))
    ranges = claims(tmp_path, built)["Red Hat:9", "curl.src"].ranges
    assert ranges == (
        Range(fixed="7.76.1-23.el9_2.4"),
        Range("7.76.1-23.el9_2.4", fixed="7.76.1-26.el9_3.2"),
    )
    row = ECOSYSTEMS["rpm"]

    def affected(version: str) -> bool:
        key = row.order(version)
        return any(
            (span.introduced == "0" or row.order(span.introduced) <= key)
            and key < row.order(span.fixed)
            and row.fits(version, span)
            for span in ranges
        )

    assert affected("7.76.1-23.el9_2.3")
    assert not affected("7.76.1-23.el9_2.4")
    assert affected("7.76.1-26.el9")
    assert affected("7.76.1-26.el9_3.1")
    assert not affected("7.76.1-26.el9_3.2")
    assert not affected("7.76.1-29.el9_4")


@pytest.mark.parametrize(
    ("category", "details", "status", "reason"),
    [
        ("no_fix_planned", "Will not fix", "will-not-fix", "Will not fix"),
        ("no_fix_planned", "Out of support scope", "end-of-life", "Out of support scope"),
        ("no_fix_planned", "Another reason", "will-not-fix", "Another reason"),
        ("none_available", "Affected", "unfixed", ""),
        ("none_available", "Fix deferred", "unfixed", "Fix deferred"),
    ],
)
def test_what_is_planned_is_a_status(
    tmp_path: Path, category: str, details: str, status: str, reason: str
) -> None:
    built = Built()
    name = built.say(
        "known_affected", "red_hat_enterprise_linux_9", "gcc.src", rpm("gcc", arch="src")
    )
    built.plan(category, details, [name])
    claim = claims(tmp_path, built)["Red Hat:9", "gcc.src"]
    assert (claim.ranges, claim.status, claim.reason) == ((Range(),), status, reason)


def test_what_is_looked_into_is_undetermined(tmp_path: Path) -> None:
    built = Built()
    built.say("under_investigation", "red_hat_enterprise_linux_9", "gcc", rpm("gcc", arch="src"))
    assert claims(tmp_path, built)["Red Hat:9", "gcc.src"].status == "undetermined"


def test_what_is_not_affected_is_not_said(tmp_path: Path) -> None:
    built = Built()
    built.say("known_not_affected", "red_hat_enterprise_linux_8", "curl", rpm("curl", arch="src"))
    built.say("known_affected", "red_hat_enterprise_linux_9", "curl", rpm("curl", arch="src"))
    assert list(claims(tmp_path, built)) == [("Red Hat:9", "curl.src")]


def test_an_affected_package_named_alone_may_be_source_or_binary(tmp_path: Path) -> None:
    built = Built()
    built.say("known_affected", "red_hat_enterprise_linux_9", "curl")
    found = claims(tmp_path, built)
    assert set(found) == {("Red Hat:9", "curl"), ("Red Hat:9", "curl.src")}


def test_a_source_is_not_held_where_its_binary_packages_are_told_apart(tmp_path: Path) -> None:
    built = Built()
    product = "red_hat_enterprise_linux_9"
    built.say("known_affected", product, "curl.src", rpm("curl", arch="src"))
    built.say("known_affected", product, "libcurl", rpm("libcurl"))
    built.say("known_not_affected", product, "curl", rpm("curl"))
    assert list(claims(tmp_path, built)) == [("Red Hat:9", "libcurl")]


def test_fixes_of_binary_packages_told_apart(tmp_path: Path) -> None:
    built = Built()
    for name, arch in [("curl", "src"), ("libcurl", "x86_64")]:
        purl = rpm(name, "7.76.1-26.el9_3.2", arch)
        built.say("fixed", "BaseOS-9.3.0.Z.MAIN", f"{name}-0:7.76.1-26.el9_3.2.{arch}", purl)
    built.say("known_not_affected", "red_hat_enterprise_linux_9", "curl", rpm("curl"))
    assert list(claims(tmp_path, built)) == [("Red Hat:9", "libcurl")]


def test_a_kernel_is_held_as_its_source_alone(tmp_path: Path) -> None:
    built = Built()
    for name, arch in [("kernel", "src"), ("kernel-core", "x86_64"), ("kernel-headers", "x86_64")]:
        purl = rpm(name, "5.14.0-362.8.1.el9_3", arch)
        built.say("fixed", "BaseOS-9.3.0.Z.MAIN", f"{name}-0:5.14.0-362.8.1.el9_3.{arch}", purl)
    product = "red_hat_enterprise_linux_8"
    built.say("known_affected", product, "kernel.src", rpm("kernel", arch="src"))
    built.say("known_affected", product, "kernel-core", rpm("kernel-core"))
    for release in ("8", "9"):
        name = f"red_hat_enterprise_linux_{release}"
        built.say("known_not_affected", name, "kernel-rt-core", rpm("kernel-rt-core"))
    assert set(claims(tmp_path, built)) == {
        ("Red Hat:8", "kernel.src"),
        ("Red Hat:9", "kernel.src"),
    }


MODULE = "nodejs:18:8100020240808073736:489197e6"
VERSION = "18.20.4-1.module+el8.10.0+22202+a3fd8c07"


@pytest.mark.parametrize("label", (True, False))
def test_packages_of_a_module_are_held_under_its_stream(tmp_path: Path, label: bool) -> None:
    built = Built()
    qualifiers = {"epoch": "1", **({"rpmmod": MODULE} if label else {})}
    purl = rpm("nodejs", VERSION, "src", **qualifiers)
    component = f"nodejs-1:{VERSION}.src"
    built.say("fixed", "AppStream-8.10.0.Z.MAIN.EUS", component, purl, "" if label else MODULE)
    found = claims(tmp_path, built)
    assert found["Red Hat:8", "nodejs:18/nodejs.src"].ranges == (Range(fixed=f"1:{VERSION}"),)
    npm = Package(
        "rpm",
        "npm",
        "1:10.7.0-1.18.20.4.1.module+el8.10.0+22202+a3fd8c07",
        upstream=Upstream("nodejs", f"1:{VERSION}"),
        qualifiers=(("rpmmod", MODULE),),
        namespace="redhat",
    )
    assert ("nodejs:18/nodejs.src", f"1:{VERSION}") in ECOSYSTEMS["rpm"].lookups(npm)


@pytest.mark.parametrize(
    ("component", "purl"),
    [
        ("nodejs:18/nodejs", "pkg:rpmmod/redhat/nodejs:18/nodejs"),
        ("nodejs:18/nodejs", ""),
        ("nodejs", "pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:18"),
    ],
)
def test_unfixed_packages_of_a_module(tmp_path: Path, component: str, purl: str) -> None:
    built = Built()
    built.say("known_affected", "red_hat_enterprise_linux_8", component, purl)
    assert ("Red Hat:8", "nodejs:18/nodejs.src") in claims(tmp_path, built)


def test_a_module_label_that_is_none_does_not_hide_a_package(tmp_path: Path) -> None:
    built = Built()
    purl = rpm("firefox-flatpak", arch="src", rpmmod="rhel10")
    built.say("known_affected", "red_hat_enterprise_linux_9", "firefox-flatpak", purl)
    assert ("Red Hat:9", "firefox-flatpak.src") in claims(tmp_path, built)


@pytest.mark.parametrize(
    ("overall", "impact", "expected"),
    [
        ("Moderate", [], "moderate"),
        ("Low", [("Low", False), ("Critical", True)], "critical"),
        ("Low", [("Important", False), ("Critical", False)], "low"),
        ("", [("Important", False)], "important"),
        ("", [], ""),
        ("None", [], ""),
    ],
)
def test_the_rating_of_a_package_comes_before_that_of_the_vulnerability(
    tmp_path: Path, overall: str, impact: list[tuple[str, bool]], expected: str
) -> None:
    built = Built()
    built.severity = overall
    name = built.say("known_affected", "red_hat_enterprise_linux_9", "gcc", rpm("gcc", arch="src"))
    for word, about in impact:
        ids = [name] if about else ["other"]
        built.threats.append({"category": "impact", "details": word, "product_ids": ids})
    assert claims(tmp_path, built)["Red Hat:9", "gcc.src"].urgency == expected


# ── documents, archives, lists ───────────────────────────────────────────────────────────────────


def sound(cve: str = "CVE-2023-38545") -> dict[str, Any]:
    built = Built(cve)
    built.say("known_affected", "red_hat_enterprise_linux_9", "curl.src", rpm("curl", arch="src"))
    return built.document()


def test_a_document_that_cannot_be_read_is_skipped_and_counted(tmp_path: Path) -> None:
    store(
        tmp_path,
        {
            "2023/cve-2023-38545.json": sound(),
            "2023/cve-2023-0001.json": b'{"redhat:enterprise_linux:"',
            "2023/cve-2023-0002.json": b'{"document": {}, "x": "redhat:enterprise_linux:"}',
            "2023/cve-2023-0003.json": {"document": "about another product"},
        },
    )
    found, tally = read(tmp_path)
    assert (len(found), tally.skipped) == (1, 2)
    assert tally.passed == {"documents on other products": 1}
    assert tally.scopes == {"Red Hat:9": "full"}
    assert tally.date == "2025-11-21T14:31:32Z"


def test_documents_that_were_deleted_or_are_not_listed_say_nothing(tmp_path: Path) -> None:
    deleted = sound("CVE-2023-0001")
    deleted["document"]["tracking"]["status"] = "deleted"
    store(
        tmp_path,
        {
            "2023/cve-2023-38545.json": sound(),
            "2023/cve-2023-0001.json": deleted,
            "2023/cve-2023-0002.json": sound("CVE-2023-0002"),
        },
    )
    listed = (tmp_path / "changes.csv").read_text().splitlines(keepends=True)
    (tmp_path / "changes.csv").write_text("".join(listed[:2]))
    found, tally = read(tmp_path)
    assert [claim.id for claim in found] == ["CVE-2023-38545"]
    assert tally.passed == {"deleted": 1}


def test_a_document_that_changed_since_takes_the_place_of_the_archives(tmp_path: Path) -> None:
    store(tmp_path, {"2023/cve-2023-38545.json": sound("CVE-2023-0009")})
    changed = tmp_path / "changed/2023/cve-2023-38545.json"
    changed.parent.mkdir(parents=True)
    changed.write_text(json.dumps(sound()))
    assert [claim.id for claim in read(tmp_path)[0]] == ["CVE-2023-38545"]


def test_what_cannot_be_compared_is_skipped_and_counted(tmp_path: Path) -> None:
    built = Built()
    built.say("fixed", "BaseOS-9.3.0.Z.MAIN", "curl-x.src", rpm("curl", "1 2-1", "src"))
    built.say("known_affected", "red_hat_enterprise_linux_9", "gcc", rpm("gcc", arch="src"))
    store(tmp_path, {"2023/cve-2023-38545.json": built.document()})
    found, tally = read(tmp_path)
    assert [claim.package for claim in found] == ["gcc.src"]
    assert tally.skipped == 1


@pytest.mark.parametrize("kind", ("a web page", "half", "nothing", "no documents"))
def test_what_is_no_archive_is_refused(tmp_path: Path, kind: str) -> None:
    noise = {f"2023/cve-2023-{n}.json": sound(f"CVE-2023-{n}") for n in range(1000, 1040)}
    store(tmp_path, noise)
    archive = tmp_path / "all.tar.zst"
    whole = archive.read_bytes()
    archive.write_bytes(
        {
            "a web page": b"<!doctype html><title>Log in</title>",
            "half": whole[: len(whole) // 2],
            "nothing": b"",
            "no documents": zstd.compress(b"\0" * 10_240),
        }[kind]
    )
    with pytest.raises(AdvisoryError, match="redhat-vex: "):
        read(tmp_path)


def test_an_archive_of_broken_documents_is_refused(tmp_path: Path) -> None:
    page = b"<html>redhat:enterprise_linux:"
    store(tmp_path, {f"2023/cve-2023-{n}.json": page for n in range(1000, 1040)})
    with pytest.raises(AdvisoryError, match="40 of 40 documents unreadable"):
        read(tmp_path)


def test_products_nested_without_end_are_left() -> None:
    from ironhull.advisories._redhat_products import Products
    from ironhull.advisories._redhat_records import decode

    document = sound()
    link = document["product_tree"]["relationships"][0]
    name = link["full_product_name"]["product_id"]
    link["relates_to_product_reference"] = name
    assert Products(decode(json.dumps(document).encode())).find(name) is None


def test_the_list_of_changes() -> None:
    text = '"2024/cve-2024-24786.json","2025-08-13T15:14:45+00:00"\n'
    text += '"1999/cve-1999-0012.json","2024-01-01T00:00:00+00:00"\n'
    assert read_changes(text.encode()) == {
        "2024/cve-2024-24786.json": "2025-08-13T15:14:45+00:00",
        "1999/cve-1999-0012.json": "2024-01-01T00:00:00+00:00",
    }


@pytest.mark.parametrize(
    "data",
    (
        b"<!doctype html>\n<title>Log in</title>",
        b'"2024/../../x.json","2025-08-13"\n',
        b'"cve-2024-1.json","2025-08-13"\n',
        b'"2024/cve-2024-1.json"\n',
        b'"2024/cve-2024-1.json","never"\n',
        b"\xff\xfe",
    ),
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(AdvisoryError, match=r"changes\.csv: not a list"):
        read_changes(data)


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_product_is_a_package_or_none(reference: str, module: str) -> None:
    from ironhull.advisories._redhat_products import _component

    for purl in ("", f"pkg:rpm/redhat/{reference}", f"pkg:rpmmod/redhat/{reference}", reference):
        component = _component(reference, purl, module)
        assert component is None or component.name


def test_documents_newer_than_the_archive_are_fetched_one_by_one(tmp_path: Path) -> None:
    root = tmp_path / "world"
    root.mkdir()
    store(root, {"2023/cve-2023-38545.json": sound()})
    (root / "all.tar.zst").rename(root / "csaf_vex_2025-01-01.tar.zst")
    os.utime(root / "csaf_vex_2025-01-01.tar.zst", (1_735_689_600, 1_735_689_600))
    (root / "archive_latest.txt").write_text("csaf_vex_2025-01-01.tar.zst")
    (root / "2025").mkdir()
    newer = "2025/cve-2025-0001.json"
    (root / newer).write_text(json.dumps(sound("CVE-2025-0001")))
    dates = {"2023/cve-2023-38545.json": "2024-01-01", newer: "2025-11-21"}
    lines = (f'"{path}","{day}T14:31:32+00:00"\n' for path, day in dates.items())
    (root / "changes.csv").write_text("".join(lines))
    data = tmp_path / "data"
    with serving(root) as served:
        done = update(
            directory=data,
            transport=transport(),
            now=NOW,
            urls={"redhat-vex": served.url},
            wanted=Wanted(("redhat-vex",)),
        )
        asked = served.downloaded()
    assert [outcome.state for outcome in done.outcomes] == ["updated"]
    assert f"/{newer}" in asked
    assert "/2023/cve-2023-38545.json" not in asked
    with open_index(data, now=NOW) as index:
        found = {advisory.id for advisory in index.lookup("Red Hat:9", "curl.src")}
    assert found == {"CVE-2023-38545", "CVE-2025-0001"}


def test_the_source_is_fetched_for_images_that_need_it_alone() -> None:
    (source,) = SOURCES
    assert (source.fetch, source.serves, source.heavy) == ("listed", ("Red Hat",), True)
    assert source.listing is not None
    assert source.listing.pointer == "archive_latest.txt"
