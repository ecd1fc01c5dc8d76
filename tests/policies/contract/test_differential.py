"""Two engines, one answer: every policy here and of ours in regorus and in rego-cpp (regopy)."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.config import Settings
from ironhull.judging import Facts, _known, _virtual, policy_input
from ironhull.model import BaseImage, Image, Report
from ironhull.pipeline import Opened
from ironhull.places import Places
from ironhull.policies import BUILTIN, builtin_source
from ironhull.policies._functions import canonical_name, purl_parts, unavoidable_licenses
from ironhull.rego import Builtin, Module, Outcome, evaluate
from tests import reports
from tests.judging.images import DIGEST, OTHER, SPDX, attached, image
from tests.policies.contract.test_hardened import (
    FIPS,
    NO_MANAGER,
    NO_SHELL,
    STIG,
    TESTS,
    VIRUS,
    clam,
    listed,
    ran,
    scored,
)
from tests.policies.contract.test_standard import MAX, SLSA_OLD
from tests.policies.contract.world import HARDENED, STANDARD, excused

pytest.importorskip("regorus", reason="the Rego engine is not installed")
regopy = pytest.importorskip("regopy", reason="the second Rego engine is not installed")

SETTINGS = Settings(Places("/nowhere", "/nowhere/cache"), offline=True, cache_bytes=0)
DOUBLED = {
    "oci.referrer",
    "oci.canonical_name",
    "oci.image_digest",
    "scout.parse_purl",
    "cosign.verify_image",
    "cosign.verify_images",
    "ironhull.unavoidable_licenses",
}
_CALL = re.compile(r"\b(?:oci|scout|cosign|gpg|ironhull)\.\w+(?=\()")


APART = {"hardened/no_embedded_malware.rego"}
"""rego-cpp finds no line inside text that was decoded: test_hardened.py has its test."""


def _own() -> dict[str, str]:
    """The policies of ours that call no other functions."""
    sources = {f"own/{row.file}.rego": builtin_source(row) for row in BUILTIN}
    return {n: source for n, source in sources.items() if DOUBLED.issuperset(_CALL.findall(source))}


SOURCES = {
    **{f"{p.parent.name}/{p.name}": p.read_text() for p in sorted(HARDENED.glob("*.rego"))},
    **{f"{p.parent.name}/{p.name}": p.read_text() for p in sorted(STANDARD.glob("*.rego"))},
    **_own(),
}
DOUBLES = """
package oci
import rego.v1
referrer(kind) := object.get(data.answers.referrers, kind, null)
canonical_name(name) := data.answers.names[name]
image_digest(name) := object.get(data.answers.digests, name, null)
"""
MORE_DOUBLES = (
    "package purls\nimport rego.v1\nparse_purl(purl) := data.answers.purls[purl]\n",
    "package cosign\nimport rego.v1\n"
    "verify_image(name, _) := object.get(data.answers.signed, name, {})\n"
    "verify_images(names, _) := {n: verify_image(n, {}) | some n in names}\n",
    "package ironhull\nimport rego.v1\nunavoidable_licenses(text) := data.answers.licenses[text]\n",
)
"""The functions of the contract for the engine that takes none from outside: as tables."""

FINDINGS = (
    reports.HIGH,
    reports.OLD,
    reports.DEBUGGER,
    reports.finding(reports.OPENSSL, "CVE-2024-3094", "critical", fixed="9", kev=True),
    excused(reports.finding(reports.APT, "CVE-2020-1", "critical", fixed="9"), "not_affected"),
)


def _worlds() -> dict[str, tuple[Image, Report, Facts]]:
    gpl = replace(reports.FLASK, licenses=("AGPL-3.0-only OR MIT", "GPL-3.0-or-later"))
    base = BaseImage("docker.io/library/python:3.13", DIGEST, "provenance")
    full = replace(reports.report("web:1", [reports.OPENSSL, gpl], FINDINGS), base=base)
    row = {"source": {"type": "ENV", "location": "TOKEN"}, "findings": [{"rule_id": "x"}]}
    attachments = (
        attached(VIRUS, clam(2)),
        attached(TESTS, ran(1)),
        attached(STIG, scored(97.25)),
        attached(SPDX, listed("bash", "apt", "libc6")),
        attached(SLSA_OLD, MAX),
    )
    good = (attached(VIRUS, clam(0)), attached(TESTS, ran(0)), attached(STIG, scored(100)))
    return {
        "bare": (image(), reports.report("web:1", []), Facts()),
        "bad": (image(*attachments, labels=FIPS | NO_SHELL | NO_MANAGER), full, Facts([row])),
        "good": (
            image(*good, user="65532", labels=FIPS | NO_SHELL),
            replace(reports.report("web:1", [reports.OPENSSL_NEW]), base=base),
            Facts([]),
        ),
    }


WORLDS = _worlds()


@cache
def _asked(world: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """`input`, and what the functions answer."""
    made, report, facts = WORLDS[world]
    opened = Opened(made)
    known, evidence = _known(opened, report, SETTINGS, facts)
    virtual = _virtual(report, known)
    kinds = (SPDX, SLSA_OLD, VIRUS, TESTS, STIG, "https://slsa.dev/provenance/v1")
    purls = {p.purl for p in report.sbom.packages}
    purls |= {
        row["purl"] for row in policy_input(opened, report, SETTINGS).get("vulnerabilities", [])
    }
    answers = {
        "referrers": virtual | {k: found for k in kinds if (found := evidence.referrer(k))},
        "names": {
            n: canonical_name(n) for n in ("python", "python:3.13", "docker.io/library/python")
        },
        "digests": {"python:3.13": OTHER},
        "purls": {purl: purl_parts(purl) for purl in purls},
        "signed": {},
        "licenses": {t: unavoidable_licenses(t) for p in report.sbom.packages for t in p.licenses},
    }
    document = policy_input(opened, report, SETTINGS, facts)
    return _plain(document), _plain(answers)


def _plain(value: Any) -> Any:
    """As JSON; rego-cpp does not read times that end in Z."""
    return json.loads(re.sub(r"(T\d\d:\d\d:\d\d)Z", r"\1+00:00", json.dumps(value)))


def _functions(answers: Mapping[str, Any]) -> dict[str, Builtin]:
    """The tables as functions, for our engine."""
    return {
        "oci.referrer": Builtin(1, answers["referrers"].get),
        "oci.canonical_name": Builtin(1, answers["names"].__getitem__),
        "oci.image_digest": Builtin(1, answers["digests"].get),
        "scout.parse_purl": Builtin(1, answers["purls"].__getitem__),
        "cosign.verify_image": Builtin(2, lambda name, _: answers["signed"].get(name, {})),
        "cosign.verify_images": Builtin(
            2, lambda names, _: {name: answers["signed"].get(name, {}) for name in names}
        ),
        "ironhull.unavoidable_licenses": Builtin(1, answers["licenses"].__getitem__),
    }


def _theirs(source: str, document: Any, answers: Any, config: Any) -> Any:
    engine = regopy.Interpreter()
    for number, double in enumerate((DOUBLES, *MORE_DOUBLES)):
        engine.add_module(f"double{number}", double)
    # in the package docker.scout rego-cpp takes scout.parse_purl for a rule of it
    engine.add_module("policy", source.replace("scout.parse_purl(", "purls.parse_purl("))
    engine.add_data({"config": config, "answers": answers})
    engine.set_input(document)
    details = '[v.detail | some v in object.get(data.docker.scout, "violation", [])]'
    return (
        _queried(engine, 'object.get(data.docker.scout, "pass", null)'),
        sorted(json.dumps(each, sort_keys=True) for each in _queried(engine, details)),
        _queried(engine, 'object.get(data.docker.scout, "no_data", null)'),
    )


def _queried(engine: Any, what: str) -> Any:
    output = engine.query(f"x := json.marshal({what})")
    assert output.ok(), str(output)
    return json.loads(output.results[0].bindings["x"])


def _said(document: Mapping[str, Any]) -> Any:
    """What the contract is about: whether it passes, what deviates. Messages are prose."""
    details = [each["detail"] for each in document.get("violation", [])]
    return (
        document.get("pass"),
        sorted(json.dumps(each, sort_keys=True) for each in details),
        document.get("no_data"),
    )


def _differences(document: Any, answers: Any, config: Any) -> dict[str, Any]:
    modules = [Module(name, source, config) for name, source in SOURCES.items()]
    ours: list[Outcome] = list(evaluate(modules, document, _functions(answers)))
    assert {each.name: each.error for each in ours if each.error} == {}
    found = {}
    for outcome in ours:
        if outcome.name in APART:
            continue
        one = _said(outcome.value)
        two = _theirs(SOURCES[outcome.name], document, answers, config)
        if one != two:
            found[outcome.name] = (one, two)
    return found


@pytest.mark.parametrize("config", [{}, {"fixable_only": False, "severities": ["LOW", "HIGH"]}])
@pytest.mark.parametrize("world", WORLDS)
def test_both_engines_agree(world: str, config: dict[str, Any]) -> None:
    document, answers = _asked(world)
    assert _differences(document, answers, config) == {}


def test_the_worlds_differ() -> None:
    """Else agreeing means nothing: a policy passes here and fails there."""
    passed: dict[str, set[Any]] = {}
    for world in WORLDS:
        document, answers = _asked(world)
        modules = [Module(name, source) for name, source in SOURCES.items()]
        for outcome in evaluate(modules, document, _functions(answers)):
            assert outcome.error == ""
            passed.setdefault(outcome.name, set()).add(outcome.value.get("pass"))
    both = {name for name, states in passed.items() if states == {True, False}}
    assert {name for name in passed if not name.startswith("own/")} - both <= {
        "hardened/signed_supply_chain_attestations.rego",  # its signatures: test_signed.py
        "standard/no_stale_base_images.rego",  # its tags: test_standard.py
    }


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where values are in a document."""
    found = [at] if at else []
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            found += _paths(item, (*at, key))
    return found


def _without(document: Any, path: tuple[Any, ...]) -> Any:
    copied = json.loads(json.dumps(document))
    place = copied
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return copied


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_they_agree_on_what_is_not_there(data: st.DataObject) -> None:
    """Undefined is where engines differ: any part of input or of an attestation may be missing."""
    document, answers = _asked("bad")
    document = _without(document, data.draw(st.sampled_from(_paths(document))))
    referrers = answers["referrers"]
    paths = [path for path in _paths(referrers) if len(path) > 1]
    answers = {**answers, "referrers": _without(referrers, data.draw(st.sampled_from(paths)))}
    assert _differences(document, answers, {}) == {}
