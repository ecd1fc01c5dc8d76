"""explain as people read it."""

from dataclasses import replace

from ironhull.explain.sources import known
from ironhull.explain.values import Considered, Explanation
from ironhull.formats.text_explain import write_explanations
from ironhull.model import Advisory, Location, MadeWith, Package, Range
from tests import reports
from tests.explain.fakes import FakeIndex
from tests.explain.samples import INDEX, RULE, of, stepped, wheels

WHOLE = """\
CVE-2025-9230  HIGH (CISA KEV)
Out-of-bounds read & write

  Aliases     DSA-6015-1
  Dates       published 2025-09-30, modified 2025-11-01
  Severity    high, by Debian
              the first that speaks decides: distribution, cvss4, cvss3, cvss2, database
              CVSS 3.1  7.5  CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N (nvd)
              high, say GHSA, Debian:12, Debian:13
  EPSS        0.04%, 9th percentile
  CISA KEV    listed 2025-10-02, to be repaired by 2025-10-23
  Weaknesses  CWE-787
  Links       https://security-tracker.debian.org/tracker/CVE-2025-9230
              https://security-tracker.debian.org/tracker/DSA-6015-1
  Data        debian-tracker of 2026-11-20, osv-npm of 2026-11-20, osv-pypi of 2026-11-20

What the sources say

  Debian:13  openssl  (dpkg order)
    debian-tracker    < 3.5.1-1+deb13u1
    osv (DSA-6015-1)  < 3.5.1-1+deb13u1
    together          < 3.5.1-1+deb13u1

  Also of: Debian:12 openssl

In web:init

  ✗ libssl3t64 3.5.1-1: affected
      because       3.5.1-1 < 3.5.1-1+deb13u1
      looked up as  openssl 3.5.1-1
      judged by     Debian:13
      compared      in  together: 3.5.1-1 < 3.5.1-1+deb13u1 (dpkg order)
                    in  debian-tracker: 3.5.1-1 < 3.5.1-1+deb13u1 (dpkg order)
                    in  osv (DSA-6015-1): 3.5.1-1 < 3.5.1-1+deb13u1 (dpkg order)
      found         var/lib/dpkg/status, layer 1 (ADD rootfs.tar /)
      fix           the base image python:3.13-slim brings it: build on a newer one
                    $ docker build --pull .
                    3.5.1-1+deb13u1 repairs it
                    $ apt-get update && apt-get install --only-upgrade libssl3t64
      VEX           no statement
      ignore rules  .trivyignore:1: CVE-2025-9230: it ended on 2020-01-01: minor

made with ironhull 0.1.0, advisory data 999999999999 of 2026-11-20T00:00:00Z
"""


def test_the_whole() -> None:
    rule = Considered(
        *(".trivyignore:1", "CVE-2025-9230", "it ended on 2020-01-01"),
        reason="minor",
        until="2020-01-01",
    )
    found = of(stepped(reports.web()), rules=lambda _: (rule,))
    assert write_explanations([found]) == WHOLE


def _written(explanation: Explanation) -> list[str]:
    return write_explanations([explanation]).splitlines()


def test_exploitation_without_details() -> None:
    found = replace(of(reports.web()), kev_words="")
    assert "  CISA KEV    listed as exploited" in _written(found)


def test_without_an_image_every_scope_is_told() -> None:
    (found,) = known(INDEX, "CVE-2025-9230", rule=RULE)
    lines = _written(replace(found, made_with=MadeWith("0.1.0")))
    assert "  Debian:12  openssl  (dpkg order)" in lines
    assert "    known  not affected; unfixed" in lines
    assert not any(line.startswith(("In ", "  Also of")) for line in lines)
    assert lines[-1] == "made with ironhull 0.1.0, no advisory data"


def test_packages_of_one_source_are_told_once() -> None:
    advisory = reports.OLD.advisory
    found = of(reports.web(), FakeIndex((advisory,)), "CVE-2010-4756")
    lines = _written(found)
    assert "  ✗ libc-bin 2.41-12, libc6 2.41-12: affected" in lines
    assert sum("affected" in line and line.startswith("  ✗") for line in lines) == 1
    assert (
        "      fix           no version repairs it yet (will-not-fix): no-dsa: minor issue" in lines
    )


def test_every_verdict_has_its_mark() -> None:
    index, report = wheels()
    lines = _written(of(report, index, "CVE-2025-47278"))
    marks = [line for line in lines if line[:4] in ("  ✗ ", "  ? ", "  ✓ ")]
    assert marks == [
        "  ✗ flask 3.0.3: affected",
        "  ? flask 3.0.2: not checked",
        "  ? flask not a version: not checked",
        "  ✓ Flask 3.1.1: not affected",
    ]


def test_an_image_without_the_package_says_so() -> None:
    assert "  no package of that name" in _written(of(reports.report("x", (reports.APT,))))


def test_a_malicious_package_is_no_vulnerability() -> None:
    advisory = Advisory("MAL-2024-1", "PyPI", "flask", ranges=(Range(),), kind="malicious")
    finding = reports.finding(reports.FLASK, "MAL-2024-1", kind="malicious")
    report = reports.report("x", (reports.FLASK,), (finding,))
    lines = _written(of(report, FakeIndex((advisory,)), "MAL-2024-1"))
    assert lines[0] == "MAL-2024-1  malicious package"
    assert any("remove the package" in line for line in lines)


def test_a_statement_is_told() -> None:
    said = Considered("vex.json", "not_affected", "applies", True, "vulnerable_code_not_present")
    lines = _written(of(reports.web(), statements=lambda _: (said,)))
    wanted = "      VEX           vex.json: not_affected: applies: vulnerable_code_not_present"
    assert wanted in lines


def test_long_lists_are_cut() -> None:
    places = tuple(Location(f"a/{n}", "l") for n in range(20))
    package = Package("npm", "x", "1", locations=places)
    names = tuple(f"GHSA-{n:04}" for n in range(20))
    finding = reports.finding(package, "CVE-1", scope="npm", aliases=names)
    many = tuple(replace(finding.advisory, scope=f"S:{n:02}") for n in range(40))
    report = reports.report("x", (package,), (finding,))
    lines = _written(of(report, FakeIndex((finding.advisory, *many)), "CVE-1"))
    assert "                    8 more places" in lines
    assert any(line.startswith("  Aliases") and line.endswith(", 8 more") for line in lines)
    assert any(
        line.startswith("  Also of: S:00 x,") and line.endswith(", 10 more") for line in lines
    )


def test_nothing_from_an_image_or_a_source_reaches_the_terminal_as_it_is() -> None:
    evil = "x\x1b[2J\ny"
    package = Package("npm", evil, "1\x1b", locations=(Location(f"p{evil}", reports.LAYER),))
    finding = reports.finding(
        package,
        f"CVE-1{evil}",
        scope="npm",
        fixed=f"2{evil}",
        reason=evil,
        summary=evil,
        aliases=(f"GHSA{evil}",),
        severity_source=evil,
        urgency=evil,
        cwes=(evil,),
        words=((evil, "high"),),
    )
    report = reports.report(evil, (package,), (finding,))
    subject = replace(report.sbom.subject, steps=(evil,))
    report = replace(report, sbom=replace(report.sbom, subject=subject))
    found = of(
        report,
        FakeIndex((finding.advisory,), (finding.advisory,)),
        f"CVE-1{evil}",
        rules=lambda _: (Considered(evil, evil, evil, reason=evil),),
    )
    text = write_explanations([found])
    assert "\x1b" not in text
    assert all(line.isprintable() for line in text.splitlines())
