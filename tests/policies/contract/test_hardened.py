"""Policies such as Docker publishes for its hardened images: each of their rules, both ways."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ironhull.model import Cvss, Finding, Image
from tests import reports
from tests.judging.images import OTHER, SPDX, attached, image
from tests.policies.contract.world import HARDENED, details, excused, found_in, judged, state

pytest.importorskip("regorus", reason="the Rego engine is not installed")

SECRETS = "https://scout.docker.com/secrets/v0.1"
VIRUS = "https://scout.docker.com/virus/v0.1"
TESTS = "https://scout.docker.com/tests/v0.1"
STIG = "https://docker.com/dhi/stig/v0.1"
SLSA_OLD = "https://slsa.dev/provenance/v0.2"
ROOT = HARDENED / "default_non_root_user.rego"
FIXABLE = HARDENED / "fixable_vulnerabilities.rego"
PROMINENT = HARDENED / "high_profile_vulnerabilities.rego"
SHELL = HARDENED / "unintentional_shell_or_package_manager.rego"


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def vulnerability(severity: str = "high", **facts: Any) -> Finding:
    facts = {"fixed": "3.5.1-1+deb13u1", **facts}
    return reports.finding(reports.OPENSSL, "CVE-2025-9230", severity, **facts)


# ── no root ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("user", ["65532", "nonroot", "1000:1000"])
def test_another_user(user: str) -> None:
    assert state(judged(ROOT, image(user=user))) == "met"


def test_root_by_name() -> None:
    verdict = judged(ROOT, image(user="root"))
    assert (verdict.state, verdict.shown) == ("not met", "Starts as root")
    assert details(verdict) == [{"user": "root", "reason": "named"}]


@pytest.mark.parametrize("config", [{}, {"User": ""}, {"User": None}])
def test_no_user_however_it_is_written(config: dict[str, Any]) -> None:
    """Go's types leave out what is empty, and that is what modules look for."""
    verdict = judged(ROOT, replace(image(), config={"config": config}))
    assert details(verdict) == [{"user": "root", "reason": "default"}]


@pytest.mark.parametrize("version", ["3.13-dev", "3-sdk-alpine"])
def test_what_is_for_building_may_be_root(version: str) -> None:
    assert judged(ROOT, image(labels={"com.docker.dhi.version": version})).state == "met"
    assert judged(ROOT, image(labels={"com.docker.dhi.version": "3.13"})).state == "not met"


def test_packages_may_be_root() -> None:
    for name in ("dhi/pkg-curl:8", "docker.io/dhi/pkg-curl:8"):
        assert judged(ROOT, image(name=name)).state == "met"
    assert judged(ROOT, image(name="dhi/curl:8")).state == "not met"


# ── fixable vulnerabilities ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("severity", "days", "end"),
    [
        ("critical", 6, "met"),
        ("critical", 8, "not met"),
        ("high", 6, "met"),
        ("high", 8, "not met"),
        ("medium", 29, "met"),
        ("medium", 31, "not met"),
        ("low", 29, "met"),
        ("low", 31, "not met"),
        ("unspecified", 29, "met"),
        ("unspecified", 31, "not met"),
    ],
)
def test_days_by_severity(severity: str, days: int, end: str) -> None:
    found = vulnerability(severity, published=ago(days))
    assert state(judged(FIXABLE, report=found_in([reports.OPENSSL], [found]))) == end


def test_its_details() -> None:
    found = vulnerability(
        published=ago(90), cvss=(Cvss("3.1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),)
    )
    verdict = judged(FIXABLE, report=found_in([reports.OPENSSL], [found]))
    assert details(verdict) == [
        {
            "purl": reports.deb("openssl", "3.5.1-1", arch="").purl,
            "vulnerability": "CVE-2025-9230",
            "severity": "HIGH",
            "fixedBy": "3.5.1-1+deb13u1",
            "cvssScore": "7.5",
            "sla": "7 days",
        }
    ]
    assert verdict.columns == ("purl", "vulnerability", "severity", "fixedBy", "cvssScore", "sla")
    assert verdict.violations[0].remediation == "take 3.5.1-1+deb13u1"


def test_exploited_ones_have_a_day() -> None:
    for days, kev, end in ((2, True, "not met"), (2, False, "met"), (0.5, True, "met")):
        found = vulnerability(published=ago(days), kev=kev)
        assert judged(FIXABLE, report=found_in([reports.OPENSSL], [found])).state == end


def test_what_nothing_repairs_does_not_count() -> None:
    found = vulnerability(fixed="", published=ago(900))
    assert judged(FIXABLE, report=found_in([reports.OPENSSL], [found])).state == "met"


def test_no_date_is_too_late() -> None:
    assert judged(FIXABLE, report=found_in([reports.OPENSSL], [vulnerability()])).state == "not met"


@pytest.mark.parametrize(
    ("config", "end"),
    [
        ({"slas": {"HIGH": 100}}, "met"),
        ({"slas": {"LOW": 1}, "default_sla_days": 89}, "not met"),
        ({"slas": {"LOW": 1}, "default_sla_days": 91}, "met"),
        ({"package_types": ["npm"]}, "met"),
        ({"package_types": ["npm", "deb"]}, "not met"),
    ],
)
def test_its_configuration(config: dict[str, Any], end: str) -> None:
    found = vulnerability(published=ago(90))
    verdict = judged(FIXABLE, report=found_in([reports.OPENSSL], [found]), config=config)
    assert state(verdict) == end


@pytest.mark.parametrize(
    ("status", "end"),
    [("not_affected", "met"), ("under_investigation", "met"), ("affected", "not met")],
)
@pytest.mark.parametrize("module", [FIXABLE, PROMINENT], ids=["fixable", "prominent"])
def test_statements_of_exploitability(module: Any, status: str, end: str) -> None:
    """However the statement names product and vulnerability: modules compare letter by letter."""
    end = "not met" if module == PROMINENT and status == "under_investigation" else end
    for named in ("CVE-2025-9230", "DSA-6015-1"):
        found = vulnerability(published=ago(90), aliases=("DSA-6015-1",), kev=True)
        report = found_in([reports.OPENSSL], [excused(found, status, named)])
        assert state(judged(module, report=report)) == end


def test_a_statement_about_one_of_two_vulnerabilities() -> None:
    one, two = vulnerability(published=ago(90)), vulnerability(published=ago(90))
    two = replace(two, advisory=replace(two.advisory, id="CVE-2025-1111"))
    report = found_in([reports.OPENSSL], [excused(one, "not_affected"), two])
    verdict = judged(FIXABLE, report=report)
    assert [each["vulnerability"] for each in details(verdict)] == ["CVE-2025-1111"]


# ── well-known vulnerabilities ───────────────────────────────────────────────────────────────────


def named(identifier: str, **facts: Any) -> Finding:
    return reports.finding(reports.OPENSSL, identifier, "critical", **facts)


@pytest.mark.parametrize(
    ("found", "config", "end"),
    [
        (named("CVE-2014-0160"), {}, "not met"),
        (named("CVE-2024-3094", fixed="5.6.1+really5.4.5-1"), {}, "not met"),
        (named("CVE-2024-3095"), {}, "met"),
        (named("CVE-2024-3095"), {"cves": ["CVE-2024-3095"]}, "not met"),
        (named("CVE-2014-0160"), {"cves": ["CVE-2024-3095"]}, "met"),
        (named("CVE-2014-0160"), {"ignored_cves": ["CVE-2014-0160"]}, "met"),
        (named("CVE-2024-3095", kev=True), {}, "not met"),
        (named("CVE-2024-3095", kev=True), {"include_cisa_kev": False}, "met"),
        (named("CVE-2024-3095", kev=True), {"ignored_cves": ["CVE-2024-3095"]}, "met"),
    ],
)
def test_well_known_ones(found: Finding, config: dict[str, Any], end: str) -> None:
    verdict = judged(PROMINENT, report=found_in([reports.OPENSSL], [found]), config=config)
    assert state(verdict) == end


def test_an_advisory_of_another_name_is_known_by_its_cve() -> None:
    found = reports.finding(
        reports.FLASK, "GHSA-jfh8-c2jp-5v3q", "critical", aliases=("CVE-2021-44228",)
    )
    verdict = judged(PROMINENT, report=found_in([reports.FLASK], [found]))
    assert [each["vulnerability"] for each in details(verdict)] == ["CVE-2021-44228"]


# ── statements of scans and tests ────────────────────────────────────────────────────────────────


def clam(infected: object) -> dict[str, Any]:
    text = f"Scanned files: 900\nInfected files: {infected}\nTime: 2.1 sec\n"
    return {"scanner": {"report": base64.b64encode(text.encode()).decode()}}


def ran(failed: int) -> dict[str, Any]:
    return {"results": {"summary": {"tests": 9, "passed": 9 - failed, "failed": failed}}}


SCANS = [
    ("no_embedded_malware", VIRUS, clam(0), clam(2), "2 infected"),
    ("no_embedded_malware", VIRUS, clam(0), clam("none"), "is no report"),
    ("no_embedded_secrets", SECRETS, [], [{"rule": "x"}], "holds secrets"),
    ("no_failing_tests", TESTS, ran(0), ran(3), "3 failed"),
]


@pytest.mark.parametrize(("name", "kind", "good", "bad", "reason"), SCANS)
def test_what_a_scan_found(name: str, kind: str, good: Any, bad: Any, reason: str) -> None:
    module = HARDENED / f"{name}.rego"
    assert state(judged(module, image(attached(kind, good)))) == "met"
    verdict = judged(module, image(attached(kind, bad)))
    assert details(verdict) == [{"predicate": kind, "reason": reason}]


@pytest.mark.parametrize(("name", "kind", "good", "bad", "reason"), SCANS)
def test_no_scan_of_this_image(name: str, kind: str, good: Any, bad: Any, reason: str) -> None:
    module = HARDENED / f"{name}.rego"
    for made in (image(), image(attached(kind, good, about=OTHER)), image(attached(SPDX, good))):
        verdict = judged(module, made)
        assert verdict.state == "not met"
        assert details(verdict)[0]["reason"] in ("is missing", "has another subject")


def test_our_own_search_for_secrets_answers_too() -> None:
    module = HARDENED / "no_embedded_secrets.rego"
    row = {"source": {"type": "FILE", "location": "/k.pem"}, "findings": [{"rule_id": "pem"}]}
    assert state(judged(module, secrets=[])) == "met"
    assert details(judged(module, secrets=[row])) == [
        {"predicate": SECRETS, "reason": "holds secrets"}
    ]
    # what was found here counts more than what somebody attached
    verdict = judged(module, image(attached(SECRETS, [])), secrets=[row])
    assert verdict.state == "not met"


# ── shells and package managers ──────────────────────────────────────────────────────────────────


def listed(*names: str) -> dict[str, Any]:
    kind = "PACKAGE-MANAGER"
    return {
        "spdxVersion": "SPDX-2.3",
        "packages": [
            {
                "name": name,
                "externalRefs": [
                    {
                        "referenceCategory": kind,
                        "referenceType": "purl",
                        "referenceLocator": f"pkg:deb/debian/{name}@1",
                    }
                ],
            }
            for name in names
        ],
    }


NO_SHELL = {"com.docker.dhi.shell": ""}
NO_MANAGER = {"com.docker.dhi.package-manager": ""}


@pytest.mark.parametrize(
    ("labels", "names", "hit"),
    [
        (NO_SHELL, ["libc6"], []),
        (NO_SHELL, ["libc6", "bash"], ["bash"]),
        (NO_SHELL, ["busybox", "bash"], ["bash", "busybox"]),
        (NO_SHELL, ["apt"], []),
        (NO_MANAGER, ["apt", "bash"], ["apt"]),
        (NO_MANAGER, ["apk-tools"], ["apk-tools"]),
        ({**NO_SHELL, **NO_MANAGER}, ["apt", "bash"], ["apt", "bash"]),
        ({"com.docker.dhi.shell": "bash"}, ["bash"], []),
        ({}, ["bash", "apt"], []),
    ],
)
def test_shells_by_promise(labels: dict[str, str], names: list[str], hit: list[str]) -> None:
    verdict = judged(SHELL, image(attached(SPDX, listed(*names)), labels=labels))
    found = sorted(each["package"] for each in details(verdict))
    assert found == [f"pkg:deb/debian/{name}@1" for name in hit]
    assert state(verdict) == ("not met" if hit else "met")


# ── STIG ─────────────────────────────────────────────────────────────────────────────────────────


def scored(score: float, most: float = 100) -> list[dict[str, Any]]:
    return [{"summary": {"defaultScore": score, "maxDefaultScore": most}}]


FIPS = {"com.docker.dhi.compliance": "fips,stig,cis"}


@pytest.mark.parametrize(
    ("labels", "made", "config", "end"),
    [
        (FIPS, scored(100), {}, "met"),
        (FIPS, scored(50, 50), {}, "met"),
        (FIPS, scored(97.5), {}, "not met"),
        (FIPS, scored(97.5), {"target_score": 95}, "met"),
        (FIPS, None, {}, "not met"),
        ({"com.docker.dhi.compliance": "cis"}, None, {}, "met"),
        ({}, scored(1), {}, "met"),
    ],
)
def test_stig(labels: dict[str, str], made: Any, config: dict[str, Any], end: str) -> None:
    parts = [] if made is None else [attached(STIG, made)]
    verdict = judged(HARDENED / "stig_scan_score.rego", image(*parts, labels=labels), config=config)
    assert state(verdict) == end


# ── attestations that are missing (signed ones: test_signed.py) ──────────────────────────────────

SIGNED = HARDENED / "signed_supply_chain_attestations.rego"


def reasons(made: Image) -> set[tuple[str, str]]:
    verdict = judged(SIGNED, made, config={"key_ref": "/no/such/key.pub"})
    assert verdict.state == "not met"
    return {(each["predicate"], each["reason"].partition(":")[0]) for each in details(verdict)}


def test_attestations_that_are_missing_or_not_signed() -> None:
    spdx, slsa = attached(SPDX, listed()), attached(SLSA_OLD, {})
    assert reasons(image()) == {(SPDX, "is missing"), (SLSA_OLD, "is missing")}
    assert reasons(image(spdx)) == {(SPDX, "is not signed"), (SLSA_OLD, "is missing")}
    assert reasons(image(spdx, slsa)) == {(SPDX, "is not signed"), (SLSA_OLD, "is not signed")}
    other = attached(SPDX, listed(), about=OTHER)
    assert reasons(image(other, slsa)) == {(SPDX, "is missing"), (SLSA_OLD, "is not signed")}
