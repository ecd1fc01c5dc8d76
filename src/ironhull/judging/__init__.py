"""Joining policies with what they ask for: report, attestations, bases, registries and keys.

A part of `pipeline`, loaded by the commands that show policies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ironhull import __version__
from ironhull.counts import checked
from ironhull.errors import Error
from ironhull.judging._evidence import Evidence
from ironhull.judging._hardened import Signed, hardened_of
from ironhull.judging._provenance import scout_provenance
from ironhull.judging._world import Outside, world_of
from ironhull.model import Image, Problem, Report
from ironhull.pipeline import now
from ironhull.policies._document import Known, document, openvex, sbom, vulnerabilities
from ironhull.policies._functions import builtins
from ironhull.values import dataclass, field, replace

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.pipeline import Opened
    from ironhull.policy import Policy

__all__ = ["Facts", "judge_image", "policy_input"]

_NAME = "ironhull"
_VULNERABILITIES = "https://scout.docker.com/vulnerabilities/v0.1"
_SBOM = "https://scout.docker.com/sbom/v0.1"
_PROVENANCE = "https://scout.docker.com/provenance/v0.1"
_SECRETS = "https://scout.docker.com/secrets/v0.1"
_OPENVEX = "https://openvex.dev/ns/v0.2.0"


@dataclass(frozen=True, slots=True)
class Facts:
    """What other detectors found: rows of `secrets` (None: nobody looked), and more by key.

    `more` is put under `input.ironhull`.
    """

    secrets: Sequence[Mapping[str, Any]] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def judge_image(
    found: Opened,
    report: Report,
    settings: Settings,
    policies: Sequence[Policy],
    facts: Facts | None = None,
    *,
    asks: Callable[[], None] = lambda: None,
) -> Report:
    """`report` with what `policies` say of the image; what hindered them is in its problems.

    `asks` is called when a policy asks a registry, or for a signature. Raises
    PolicyError where policies cannot be evaluated at all.
    """
    from ironhull.policy import judge

    known, evidence = _known(found, report, settings, facts or Facts())
    said = document(report, known, (_NAME, __version__))
    place = found.reference or report.sbom.subject.name
    outside = Outside(place, evidence, settings, now(), asks)
    functions = builtins(world_of(_virtual(report, known), evidence, outside))
    verdicts = judge(policies, said, functions)
    problems = tuple(dict.fromkeys(evidence.problems))
    return replace(report, verdicts=verdicts, problems=(*report.problems, *problems))


def policy_input(
    found: Opened, report: Report, settings: Settings, facts: Facts | None = None
) -> dict[str, Any]:
    """The document policies see as `input`."""
    known, _ = _known(found, report, settings, facts or Facts())
    return document(report, known, (_NAME, __version__))


def _known(
    found: Opened, report: Report, settings: Settings, facts: Facts
) -> tuple[Known, Evidence]:
    image = found.image
    evidence = Evidence(image)
    predicate = evidence.provenance()
    provenance = scout_provenance(predicate, report.base, report.sbom.subject.platform)
    base, problems = _base_facts(found, settings, from_nothing=_from_nothing(predicate, report))
    evidence.problems += problems
    return Known(image, provenance, facts.secrets, {"base": base, **facts.more}), evidence


def _from_nothing(predicate: Mapping[str, Any] | None, report: Report) -> bool:
    """Whether provenance tells of a build and of no base image."""
    return predicate is not None and report.base is None


def _base_facts(
    found: Opened, settings: Settings, *, from_nothing: bool
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """`input.ironhull.base`."""
    made: dict[str, Any] = {"none": from_nothing}
    image = found.image
    if image is None:
        return made, ()
    from ironhull.vexing._bases import find_bases

    bases = find_bases(image, settings, remote=False)
    candidates = [image, *(base.image for base in bases.proven)]
    if hardened := hardened_of(candidates, _signed(found, settings)):
        made["hardened"] = hardened
    return made, bases.problems


def _signed(found: Opened, settings: Settings) -> Signed | None:
    """What tells whether a trusted key signed an image; None where none is trusted."""
    if not (settings.trust.keys or settings.trust.identities):
        return None
    from ironhull.signatures import read_trust

    trust = read_trust(settings.trust, now=now())

    def signed(image: Image) -> None:
        from ironhull.attesting import open_place
        from ironhull.signatures import verify_digest

        own = image is found.image and found.reference
        place = open_place(own or image.name, settings)
        digests = dict.fromkeys(each for each in (image.digest, image.index_digest) if each)
        trouble: Error | None = None
        for digest in digests:
            try:
                verify_digest(place, digest, trust)
            except Error as reason:
                trouble = trouble or reason
            else:
                return
        if trouble is not None:
            raise trouble

    return signed


def _virtual(report: Report, known: Known) -> dict[str, dict[str, Any]]:
    """The documents the scan itself gives, as if they were attached to the image."""
    subject = report.sbom.subject
    algorithm, _, value = subject.digest.partition(":")
    about = [{"name": subject.name, "digest": {algorithm: value}}] if value else []
    predicates: dict[str, Any] = {
        _SBOM: sbom(report),
        _OPENVEX: openvex(report.findings, report.made_with.index_date or subject.created),
    }
    if checked(report) not in ("not checked", "no packages"):
        predicates[_VULNERABILITIES] = vulnerabilities(report.findings)
    if known.provenance:
        predicates[_PROVENANCE] = dict(known.provenance)
    if known.secrets is not None:
        predicates[_SECRETS] = list(known.secrets)
    return {
        kind: {
            "statement": {"subject": about, "predicateType": kind, "predicate": predicate},
            "image": f"{subject.name}@{subject.digest}",
        }
        for kind, predicate in predicates.items()
    }
