"""What is said of an image: wishes read from the command line, predicates made or from files."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull import stating
from ironhull.attest import (
    PAYLOAD_TYPE,
    Statement,
    make_statement,
    read_statement,
    subjects_for,
    wrong_with,
)
from ironhull.attestations.attaching import DSSE
from ironhull.config import Settings, load_settings
from ironhull.errors import AdvisoryError, Error, FormatError, StoreError, UsageError
from ironhull.limits import Limits
from ironhull.oci.manifests import IN_TOTO
from ironhull.signing import BUNDLE, generate_key, sign_envelope, write_bundle, write_envelope
from ironhull.stating import MADE, Said, Speaker, Wish, moment, parse_wish, read_wish, stated
from ironhull.values import replace
from tests.images import image

VEX = {"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}
VEX_TYPE = "https://openvex.dev/ns/v0.2.0"
DIGEST = "sha256:" + "1" * 64
DEBIAN = {
    "etc/os-release": "ID=debian\nVERSION_ID=13\n",
    "var/lib/dpkg/status": "Package: bash\nStatus: install ok installed\nVersion: 5.2\n"
    "Architecture: amd64\n\n",
}


# ── wishes ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("spdx", Wish("spdx")),
        ("vex=a.json", Wish("vex", Path("a.json"))),
        ("openvex=a=b.json", Wish("openvex", Path("a=b.json"))),
        ("https://example.org/x=a.json", Wish("https://example.org/x", Path("a.json"))),
        ("https://example.org/x?a=b=a.json", Wish("https://example.org/x?a=b", Path("a.json"))),
        ("type=tests,file=junit.xml", Wish("tests", Path("junit.xml"))),
        ("type=cyclonedx", Wish("cyclonedx")),
        (
            "https://in-toto.io/attestation/vulns/v0.1",
            Wish("https://in-toto.io/attestation/vulns/v0.1"),
        ),
    ],
)
def test_a_wish(text: str, wish: Wish) -> None:
    assert parse_wish(text, "--attest") == wish


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no predicate type"),
        ("spxd", "no predicate type 'spxd'"),
        ("vex", "makes no vex"),
        ("https://example.org/x", "makes no https"),
        ("vex=", "names no file"),
        ("type=tests,path=x", "unknown key 'path'"),
        ("https://x y=file", "no predicate type 'https://x y'"),
    ],
)
def test_what_is_no_wish(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_wish(text, "--attest")


def test_near_misses_are_named() -> None:
    with pytest.raises(UsageError) as caught:
        parse_wish("spdxx", "--attest")
    assert caught.value.hint == "did you mean spdx?"


def test_what_depends_on_the_day() -> None:
    assert [name for name in MADE if Wish(name).timed] == ["vulns", "cosign-vuln", "scout-vulns"]
    assert not Wish("vulns", Path("report.json")).timed


def test_the_moment_is_the_epoch_where_one_is_set() -> None:
    settings = load_settings()
    assert moment(replace(settings, epoch=0)) == "1970-01-01T00:00:00Z"
    assert moment(replace(settings, epoch=None))[:2] == "20"


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def written(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "said"
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("vex", VEX, VEX_TYPE),
        ("vex", VEX | {"@context": "https://openvex.dev/ns"}, "https://openvex.dev/ns"),
        ("cyclonedx", {"bomFormat": "CycloneDX", "specVersion": "1.5"}, None),
        ("https://cyclonedx.org/bom", {"bomFormat": "CycloneDX", "specVersion": "1.5"}, None),
        ("secrets", [], "https://scout.docker.com/secrets/v0.1"),
        ("tests", b"<testsuite/>", "https://scout.docker.com/tests/v0.1"),
        ("test-result", b"<testsuite/>", "https://in-toto.io/attestation/test-result/v0.1"),
        ("https://example.org/x", {"anything": 1}, "https://example.org/x"),
    ],
)
def test_a_predicate_of_a_file(tmp_path: Path, kind: str, value: Any, said: str | None) -> None:
    found = read_wish(Wish(kind, written(tmp_path, value)))
    known = {"cyclonedx": "https://cyclonedx.org/bom/v1.5"}
    assert found.type == (said or known.get(kind, kind))
    assert found.media_type == IN_TOTO
    assert found.statement is None


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("vex", {"statements": []}, "@context"),
        ("vex", b"{", "not JSON"),
        ("spdx", {"bomFormat": "CycloneDX"}, "spdxVersion"),
        ("secrets", {"a": 1}, "no report of secrets"),
        ("https://example.org/x", b"7", "a predicate is an object"),
        ("vsa", {"verificationResult": "PASSED"}, "verifier.id is missing"),
        ("https://example.org/x", b"[" * 100_000, "not JSON"),
        ("vex", {**VEX, "statements": [{"status": "odd"}]}, "no statement that can be used"),
    ],
)
def test_a_file_that_is_not_what_its_type_asks(
    tmp_path: Path, kind: str, value: Any, why: str
) -> None:
    with pytest.raises(FormatError, match=why):
        read_wish(Wish(kind, written(tmp_path, value)))


def test_vex_of_which_some_can_be_used(tmp_path: Path) -> None:
    good = {
        "vulnerability": {"name": "CVE-2099-1"},
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
    }
    document = {**VEX, "author": "us", "timestamp": "2026-11-22T00:00:00Z", "version": 1}
    path = written(tmp_path, {**document, "statements": [good, {"status": "odd"}]})
    said = read_wish(Wish("vex", path))
    assert said.predicate["statements"][0] == good
    assert any("odd" in note for note in said.notes)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="cannot read"):
        read_wish(Wish("vex", tmp_path / "none"))
    with pytest.raises(StoreError, match="cannot read"):
        read_wish(Wish("vex", tmp_path))
    monkeypatch.setattr(stating, "LIMITS", Limits(attestation_bytes=3))
    with pytest.raises(FormatError, match="more than the 3 bytes"):
        read_wish(Wish("vex", written(tmp_path, VEX)))


def statement() -> bytes:
    return make_statement(subjects_for(DIGEST, None), VEX_TYPE, VEX)


@pytest.mark.parametrize("wrapping", [IN_TOTO, DSSE, BUNDLE])
def test_a_whole_statement_is_attached_as_it_is(tmp_path: Path, wrapping: str) -> None:
    data = statement()
    if wrapping != IN_TOTO:
        key = generate_key()
        envelope = sign_envelope(data, PAYLOAD_TYPE, key)
        bundle = write_bundle(envelope, key.public)
        data = bundle if wrapping == BUNDLE else write_envelope(envelope)
    path = written(tmp_path, data)
    for kind in ("vex", "", VEX_TYPE):
        said = read_wish(Wish(kind, path))
        assert (said.type, said.media_type, said.data) == (VEX_TYPE, wrapping, data)
        assert stated(said, subjects_for(DIGEST, None), DIGEST) == (data, wrapping)
    with pytest.raises(FormatError, match="not spdx"):
        read_wish(Wish("spdx", path))
    with pytest.raises(FormatError, match=f"is about {DIGEST}"):
        stated(said, (), "sha256:" + "2" * 64)


def test_a_file_without_a_type_has_to_be_a_statement(tmp_path: Path) -> None:
    with pytest.raises(Error):
        read_wish(Wish("", written(tmp_path, VEX)))


def test_what_is_said_becomes_a_statement() -> None:
    subjects = subjects_for(DIGEST, None, ["web:1"])
    data, media_type = stated(Said(VEX_TYPE, VEX), subjects, DIGEST)
    assert media_type == IN_TOTO
    assert read_statement(data) == Statement(VEX_TYPE, subjects, VEX)


# ── made ─────────────────────────────────────────────────────────────────────────────────────────


def settings() -> Settings:
    return replace(load_settings(), epoch=1_767_225_600)


def test_everything_that_is_made_is_of_its_type() -> None:
    speaker = Speaker(image(DEBIAN), settings(), "web:1")
    for name in MADE:
        said = speaker.say(Wish(name))
        assert wrong_with(Statement(said.type, (), said.predicate)) == [], name
    spdx = speaker.say(Wish("spdx")).predicate
    assert spdx["name"] == "web:1"
    vulns = speaker.say(Wish("vulns")).predicate
    assert vulns["metadata"]["scanFinishedOn"] == "2026-01-01T00:00:00Z"


def test_an_older_version_that_was_asked_for_by_its_uri() -> None:
    older = "https://in-toto.io/attestation/vulns/v0.1"
    said = Speaker(image(DEBIAN), settings()).say(Wish(older))
    assert said.type == older
    assert wrong_with(Statement(older, (), said.predicate)) == []


def test_nothing_is_said_of_packages_nobody_could_check() -> None:
    jar = {"etc/os-release": "ID=unheard-of\nVERSION_ID=1\n"}
    status = DEBIAN["var/lib/dpkg/status"]
    speaker = Speaker(image({**jar, "var/lib/dpkg/status": status}), settings(), "web:1")
    with pytest.raises(AdvisoryError, match="no package could be checked"):
        speaker.say(Wish("vulns"))


def test_what_was_not_checked_is_noted() -> None:
    files = {**DEBIAN, "usr/lib/R/library/odd/DESCRIPTION": "Package: odd\nVersion: 1\n"}
    speaker = Speaker(image(files), settings(), "web:1")
    assert speaker.notes() == ()
    speaker.say(Wish("vulns"))
    assert isinstance(speaker.notes(), tuple)
