"""Judging one module of these directories, as it is written, over an image made for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ironhull.config import Settings
from ironhull.judging import Facts, judge_image
from ironhull.model import Component, Finding, Image, Package, Report, Statement, Verdict
from ironhull.pipeline import Opened
from ironhull.places import Places
from ironhull.policies._config import PolicyConfig, PolicySetting
from ironhull.policy import configured, policies_in
from tests import reports
from tests.judging.images import image

HARDENED = Path(__file__).parent / "hardened"
STANDARD = Path(__file__).parent / "standard"


def found_in(
    packages: Iterable[Package] = (reports.OPENSSL_NEW,),
    findings: Iterable[Finding] = (),
    name: str = "web:1",
) -> Report:
    """A report on the image of `tests.judging.images`."""
    return reports.report(name, packages, findings)


def judged(
    module: Path,
    made: Image | None = None,
    report: Report | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    secrets: Sequence[Mapping[str, Any]] | None = None,
    home: Path = Path("/nowhere"),
) -> Verdict:
    """What the module says; nothing outside is asked."""
    settings = Settings(Places(str(home), str(home / "cache")), offline=True, cache_bytes=0)
    (policy,) = policies_in(module)
    said = PolicyConfig(policies={policy.metadata.name: PolicySetting(config=config or {})})
    found = image() if made is None else made
    result = judge_image(
        Opened(found),
        report or found_in(name=found.name),
        settings,
        configured([policy], said),
        Facts(secrets=secrets),
    )
    (verdict,) = result.verdicts
    assert isinstance(verdict, Verdict)
    return verdict


def state(verdict: Verdict) -> str:
    """Its state, with the error where it has one."""
    return f"{verdict.state}: {verdict.message}" if verdict.message else verdict.state


def details(verdict: Verdict) -> list[dict[str, Any]]:
    """The details of its violations."""
    return [dict(violation.detail) for violation in verdict.violations]


def excused(finding: Finding, status: str, named: str = "") -> Finding:
    """A finding with a statement about it, that names the vulnerability as `named`."""
    product = Component(("pkg:oci/web?repository_url=docker.io/library/web",))
    return replace(finding, statement=Statement(named or finding.advisory.id, status, (product,)))
