"""Verification summaries (SLSA VSA v1, slsa.dev/spec/v1.0/verification_summary): written, checked.

Whoever trusts the verifier need not look at what it looked at. That the summary is signed by the
verifier's key is for whoever opens the envelope to see; what it claims is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ironhull.predicates._shape import at, items, mapping, missing, text, wrong_digests, wrong_times
from ironhull.values import dataclass

__all__ = ["OLDER_TYPES", "PREDICATE_TYPE", "Expected", "check_vsa", "judge_vsa", "sum_up_vsa"]
__all__ += ["vsa_predicate"]

PREDICATE_TYPE = "https://slsa.dev/verification_summary/v1"
OLDER_TYPES = (
    "https://slsa.dev/verification_summary/v0.2",
    "https://slsa.dev/verification_summary/v0.1",
)
SLSA_VERSION = "1.0"

_FAILED = "FAILED"
_LEVEL = re.compile(r"(SLSA_[A-Z]+_LEVEL_)(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verification summary must say; what is empty is not asked for.

    `verifiers` are the identities that are believed, `resource` the URI of the artifact, `levels`
    what must have been verified (a higher level of the same SLSA track will do), `policy` the URI
    of the policy.
    """

    verifiers: tuple[str, ...] = ()
    resource: str = ""
    levels: tuple[str, ...] = ()
    policy: str = ""


def vsa_predicate(  # noqa: PLR0913 - what the specification requires
    *,
    verifier: str,
    version: Mapping[str, str],
    time: str,
    resource: str,
    policy: tuple[str, Mapping[str, str]],
    inputs: Sequence[tuple[str, Mapping[str, str]]],
    passed: bool,
    levels: Sequence[str] = (),
) -> dict[str, Any]:
    """The summary of a verification.

    `verifier`, `resource` and the policy are URIs, `policy` and `inputs` come with digests
    ("sha256": hex), `time` is RFC 3339. What failed has no level but "FAILED".
    """
    uri, digest = policy
    described: dict[str, Any] = {"uri": uri}
    if digest:
        described["digest"] = dict(digest)
    return {
        "verifier": {"id": verifier, "version": dict(version)},
        "timeVerified": time,
        "resourceUri": resource,
        "policy": described,
        "inputAttestations": [{"uri": at, "digest": dict(known)} for at, known in inputs],
        "verificationResult": "PASSED" if passed else _FAILED,
        "verifiedLevels": list(levels) if passed else [_FAILED],
        "slsaVersion": SLSA_VERSION,
    }


def check_vsa(predicate: Any) -> list[str]:
    """What is wrong with a summary by the specification, a line each."""
    wrong = missing(predicate, ("verifier.id", "timeVerified", "resourceUri", "policy.uri"))
    wrong += wrong_times(predicate, ("timeVerified",))
    wrong += missing(predicate, ("verifiedLevels",), list)
    result = at(predicate, "verificationResult")
    if result not in ("PASSED", _FAILED):
        wrong.append(f"verificationResult is {str(result)[:40]!r}, neither PASSED nor FAILED")
    for number, entry in enumerate(items(at(predicate, "inputAttestations"))):
        where = f"inputAttestations[{number}].digest"
        wrong += wrong_digests(mapping(entry).get("digest"), where)
    return wrong + _wrong_levels(_levels(predicate), result)


def _wrong_levels(levels: Sequence[str], result: object) -> list[str]:
    tracks = [found[1] for level in levels if (found := _LEVEL.fullmatch(level))]
    twice = sorted({track for track in tracks if tracks.count(track) > 1})
    wrong = [f"verifiedLevels has several levels of {track}…" for track in twice]
    if result == "PASSED" and _FAILED in levels:
        wrong.append("verifiedLevels says FAILED and verificationResult PASSED")
    return wrong


def judge_vsa(predicate: Any, expected: Expected) -> list[str]:
    """Why a summary is not what is expected, a line each; nothing where it is.

    (Specification, "How to verify".) One that says FAILED is never what is expected.
    """
    wrong = check_vsa(predicate)
    if at(predicate, "verificationResult") != "PASSED":
        wrong.append(f"the verification did not pass: {text(at(predicate, 'verificationResult'))}")
    verifier = text(at(predicate, "verifier.id"))
    if expected.verifiers and verifier not in expected.verifiers:
        wrong.append(f"verified by {verifier!r}, expected {' or '.join(expected.verifiers)}")
    for name, wanted, said in (
        ("resourceUri", expected.resource, text(at(predicate, "resourceUri"))),
        ("policy.uri", expected.policy, text(at(predicate, "policy.uri"))),
    ):
        if wanted and wanted != said:
            wrong.append(f"{name} is {said!r}, expected {wanted!r}")
    levels = _levels(predicate)
    wrong += [
        f"not verified as {level}, only as {', '.join(levels) or 'nothing'}"
        for level in expected.levels
        if not any(_reaches(said, level) for said in levels)
    ]
    return list(dict.fromkeys(wrong))


def _levels(predicate: object) -> list[str]:
    return [level for level in items(at(predicate, "verifiedLevels")) if isinstance(level, str)]


def _reaches(said: str, wanted: str) -> bool:
    """Whether one level implies another: a higher one of the same SLSA track does."""
    one, other = _LEVEL.fullmatch(said), _LEVEL.fullmatch(wanted)
    if one is None or other is None:
        return said == wanted
    return one[1] == other[1] and int(one[2]) >= int(other[2])


def sum_up_vsa(predicate: Any) -> str:
    """`PASSED SLSA_BUILD_LEVEL_3 by https://example.com/verifier`."""
    result = text(at(predicate, "verificationResult")) or "no result"
    levels: Iterable[str] = (level for level in _levels(predicate) if level != _FAILED)
    return " ".join(filter(None, (result, *levels, "by", text(at(predicate, "verifier.id")))))
