"""Policies such as Docker Scout brings along: each of their rules and settings, both ways."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ironhull.judging._world import Outside
from ironhull.model import BaseImage, Distro, Package, Report
from tests import reports
from tests.judging.images import DIGEST, OTHER, SPDX, attached, image
from tests.policies.contract.world import STANDARD, details, excused, found_in, judged, state

pytest.importorskip("regorus", reason="the Rego engine is not installed")

SLSA_OLD = "https://slsa.dev/provenance/v0.2"
BUILDKIT = "https://mobyproject.org/buildkit@v1#metadata"
FIXABLE = STANDARD / "fixable_vulnerabilities.rego"
PROMINENT = STANDARD / "high_profile_vulnerabilities.rego"
COPYLEFT = STANDARD / "copyleft_license.rego"
STALE = STANDARD / "no_stale_base_images.rego"
ATTESTED = STANDARD / "supply_chain_attestations.rego"
ROOT = STANDARD / "default_non_root_user.rego"
APPROVED = STANDARD / "approved_base_images.rego"


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def unchecked() -> Report:
    """Packages of no known scope: nobody could look their vulnerabilities up."""
    return replace(found_in(), coverage=())


# ── vulnerabilities ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("severity", "facts", "config", "end"),
    [
        ("critical", {"fixed": "9"}, {}, "not met"),
        ("high", {"fixed": "9"}, {}, "not met"),
        ("medium", {"fixed": "9"}, {}, "met"),
        ("high", {}, {}, "met"),
        ("high", {}, {"fixable_only": False}, "not met"),
        ("medium", {"fixed": "9"}, {"severities": ["MEDIUM"]}, "not met"),
        ("high", {"fixed": "9"}, {"severities": ["MEDIUM"]}, "met"),
        ("high", {"fixed": "9"}, {"package_types": ["npm"]}, "met"),
        ("high", {"fixed": "9"}, {"package_types": ["deb", "npm"]}, "not met"),
        ("high", {"fixed": "9", "published": ago(3)}, {"grace_period_days": 5}, "met"),
        ("high", {"fixed": "9", "published": ago(7)}, {"grace_period_days": 5}, "not met"),
        ("high", {"fixed": "9", "published": ago(3)}, {}, "not met"),
    ],
)
def test_fixable(severity: str, facts: Any, config: dict[str, Any], end: str) -> None:
    found = reports.finding(reports.OPENSSL, "CVE-2025-9230", severity, **facts)
    verdict = judged(FIXABLE, report=found_in([reports.OPENSSL], [found]), config=config)
    assert state(verdict) == end
    assert verdict.result_type == "vulnerability"


@pytest.mark.parametrize(
    ("status", "end"),
    [("not_affected", "met"), ("affected", "not met"), ("under_investigation", "not met")],
)
def test_fixable_and_waived(status: str, end: str) -> None:
    found = reports.finding(reports.OPENSSL, "CVE-2025-9230", "high", fixed="9")
    report = found_in([reports.OPENSSL], [excused(found, status)])
    assert state(judged(FIXABLE, report=report)) == end


def test_vulnerabilities_nobody_looked_for_are_no_data() -> None:
    assert judged(FIXABLE, report=unchecked()).state == "no data"
    assert judged(FIXABLE, report=found_in()).state == "met"


@pytest.mark.parametrize(
    ("found", "config", "reasons"),
    [
        (("CVE-2021-44228", False), {}, ["list"]),
        (("CVE-2021-44228", True), {}, ["list", "cisa"]),
        (("CVE-2020-1", True), {}, ["cisa"]),
        (("CVE-2020-1", True), {"include_cisa_kev": False}, []),
        (("CVE-2020-1", False), {}, []),
        (("CVE-2020-1", False), {"cves": ["CVE-2020-1"]}, ["list"]),
        (("CVE-2021-44228", True), {"ignored_cves": ["CVE-2021-44228"]}, []),
    ],
)
def test_prominent(found: tuple[str, bool], config: dict[str, Any], reasons: list[str]) -> None:
    name, kev = found
    finding = reports.finding(reports.OPENSSL, name, "low", kev=kev)
    report = found_in([reports.OPENSSL], [finding])
    verdict = judged(PROMINENT, report=report, config=config)
    purl = reports.deb("openssl", "3.5.1-1", arch="").purl
    expected = {"purl": purl, "vulnerability": name, "reasons": reasons}
    assert details(verdict) == ([expected] if reasons else [])


# ── licences ─────────────────────────────────────────────────────────────────────────────────────

READLINE = replace(reports.deb("readline", "8.2-6"), licenses=("GPL-3.0-or-later",))


@pytest.mark.parametrize(
    ("package", "config", "end"),
    [
        (replace(reports.FLASK, licenses=("BSD-3-Clause",)), {}, "met"),
        (replace(reports.FLASK, licenses=("MIT", "AGPL-3.0-only")), {}, "not met"),
        (replace(reports.FLASK, licenses=("agpl-3.0-ONLY",)), {}, "not met"),
        (replace(reports.FLASK, licenses=("MIT",)), {"licenses": ["MIT"]}, "not met"),
        (READLINE, {}, "not met"),
        (READLINE, {"ignored_packages": ["pkg:deb/debian/readline"]}, "met"),
        (READLINE, {"ignored_packages": ["pkg:deb/debian/readline@8.2-6"]}, "met"),
        (READLINE, {"ignored_packages": ["pkg:deb/debian/readline@8.2-5"]}, "not met"),
        (READLINE, {"ignored_packages": [READLINE.purl]}, "met"),
        (READLINE, {"ignored_packages": ["pkg:deb/debian/readline@8.2-6?arch=arm"]}, "not met"),
        (reports.FLASK, {}, "met"),
    ],
)
def test_copyleft(package: Package, config: dict[str, Any], end: str) -> None:
    verdict = judged(COPYLEFT, report=found_in([package]), config=config)
    assert state(verdict) == end
    assert verdict.shown == ("No copyleft" if end == "met" else "Copyleft found")


# ── base images ──────────────────────────────────────────────────────────────────────────────────

BASE = BaseImage("docker.io/library/python:3.13", DIGEST, "provenance")


def on(base: BaseImage | None) -> Report:
    return replace(found_in(), base=base)


@pytest.mark.parametrize(
    ("base", "now", "end"),
    [
        (BASE, DIGEST, "met"),
        (BASE, OTHER, "not met"),
        (BASE, None, "no data"),
        (None, DIGEST, "no data"),
        (replace(BASE, name=f"docker.io/library/python@{DIGEST}"), DIGEST, "no data"),
    ],
)
def test_stale(
    base: BaseImage | None, now: str | None, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def digest(_: Outside, reference: str) -> str | None:
        asked.append(reference)
        return now

    monkeypatch.setattr(Outside, "image_digest", digest)
    verdict = judged(STALE, report=on(base))
    assert state(verdict) == end
    assert set(asked) <= {"python:3.13"}
    if end == "not met":
        assert details(verdict) == [{"base": "python", "digest": DIGEST, "current": OTHER}]


def test_offline_nobody_knows_what_is_stale() -> None:
    assert judged(STALE, report=on(BASE)).state == "no data"


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        ("python:3.13", {}, ""),
        ("python:3.13", {"allowed_base_images": ["docker.io/library/*"]}, ""),
        ("python:3.13", {"allowed_base_images": ["docker.io/*"]}, ""),
        ("ghcr.io/x/y", {"allowed_base_images": ["docker.io/*"]}, "name"),
        ("ghcr.io/x/y", {"allowed_base_images": ["docker.io/*", "ghcr.io/x/*"]}, ""),
        ("python:3.13", {"allowed_base_images": []}, "name"),
        ("python:3.13", {"allowed_distros": ["alpine:3.22"]}, "distribution"),
        ("python:3.13", {"allowed_distros": ["debian"]}, ""),
        ("python:3.13", {"allowed_distros": [], "allowed_distros_only": False}, ""),
    ],
)
def test_approved(name: str, config: dict[str, Any], reason: str) -> None:
    verdict = judged(APPROVED, report=on(BaseImage(name, DIGEST, "provenance")), config=config)
    assert [each["reason"] for each in details(verdict)] == [reason] * bool(reason)
    assert state(verdict) == ("not met" if reason else "met")


def test_approved_without_a_base_is_no_data() -> None:
    assert judged(APPROVED, report=on(None)).state == "no data"


def test_a_distribution_that_was_not_agreed_on() -> None:
    report = on(BASE)
    report = replace(report, sbom=replace(report.sbom, distro=Distro("debian", "9", "stretch")))
    assert [each["reason"] for each in details(judged(APPROVED, report=report))] == ["distribution"]


# ── attestations ─────────────────────────────────────────────────────────────────────────────────


def provenance(dockerfile: str = "") -> dict[str, Any]:
    """BuildKit's, of mode max where there is a Dockerfile."""
    if not dockerfile:
        return {"metadata": {BUILDKIT: {"vcs": {"source": "https://example.com/x.git"}}}}
    data = base64.b64encode(dockerfile.encode()).decode()
    source = {"infos": [{"filename": "Dockerfile", "data": data}]}
    return {"metadata": {BUILDKIT: {"source": source}}}


MAX = provenance("FROM golang AS build\nRUN make\nFROM scratch\nCOPY --from=build /x /x\n")


@pytest.mark.parametrize(
    ("parts", "config", "reasons"),
    [
        ([attached(SPDX, {}), attached(SLSA_OLD, MAX)], {}, []),
        ([attached(SPDX, {}), attached(SLSA_OLD, provenance())], {}, ["not of mode max"]),
        ([attached(SLSA_OLD, MAX)], {}, ["missing"]),
        ([attached(SPDX, {})], {}, ["missing"]),
        ([], {}, ["missing", "missing"]),
        ([attached(SPDX, {})], {"required_attestations": [SPDX]}, []),
        ([attached(SPDX, {}, about=OTHER)], {"required_attestations": [SPDX]}, ["missing"]),
        ([], {"required_attestations": ["https://example.com/x"]}, ["missing"]),
    ],
)
def test_attested(parts: list[Any], config: dict[str, Any], reasons: list[str]) -> None:
    verdict = judged(ATTESTED, image(*parts), config=config)
    assert [each["reason"] for each in details(verdict)] == reasons
    assert state(verdict) == ("not met" if reasons else "met")


# ── users ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("user", "end"),
    [
        ("65532", "met"),
        ("app:app", "met"),
        ("", "not met"),
        ("root", "not met"),
        ("0", "not met"),
        ("0:0", "not met"),
        ("root:1000", "not met"),
    ],
)
def test_user(user: str, end: str) -> None:
    verdict = judged(ROOT, image(user=user))
    assert (state(verdict), verdict.result_type) == (end, "boolean")
