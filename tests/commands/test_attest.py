"""`ironhull attest`, and what builds attach when they are asked for more."""

import json
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.store.images import ImageStore
from tests.images import stored

DEBIAN = {
    "etc/os-release": "ID=debian\nVERSION_ID=13\n",
    "var/lib/dpkg/status": "Package: bash\nStatus: install ok installed\nVersion: 5.2\n"
    "Architecture: amd64\n\n",
}
EPOCH = "1767225600"


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImageStore:
    """A store with the image web:1."""
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    store = ImageStore(tmp_path / "home" / "images")
    stored(store, "web:1", DEBIAN)
    return store


def listed(capsys: pytest.CaptureFixture[str], name: str = "web:1") -> list[tuple[str, str]]:
    capsys.readouterr()
    assert run(["attestation", "list", name, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["attestations"]
    return [(row["name"], row["storage"]) for row in rows]


def test_everything_ironhull_can_say(
    web: ImageStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junit.xml").write_text("<testsuite><testcase name='a'/></testsuite>")
    (tmp_path / "secrets.json").write_text("[]")
    digest = web.find("web:1").digest
    what = ["spdx", "cyclonedx", "vulns", "scout-vulns", "cosign-vuln"]
    what += [f"tests={tmp_path / 'junit.xml'}", f"secrets={tmp_path / 'secrets.json'}"]
    assert run(["attest", "web:1", *what, "-q"]) == 0
    assert capsys.readouterr().out == f"web:1@{digest}\n"
    names = [what.partition("=")[0] for what in what]
    assert listed(capsys) == [(name, "referrer") for name in names]
    assert run(["attestation", "verify", "web:1", "--claims-only"]) == 0
    assert "1 of 1 passed, 0 failed" in capsys.readouterr().out
    # said again on the same day it is the same
    assert run(["attest", "web:1", *what, "-q"]) == 0
    assert len(listed(capsys)) == len(what)


def test_secrets_are_looked_for(web: ImageStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attest", "web:1", "secrets", "-q"]) == 0
    assert listed(capsys) == [("secrets", "referrer")]
    kind = "https://scout.docker.com/secrets/v0.1"
    words = ["attestation", "get", "web:1", "--predicate-type", kind, "--predicate"]
    assert run(words) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_cosigns_words(web: ImageStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"a":1}')
    words = ["attest", "web:1", "-q", "--predicate", str(path)]
    assert run([*words, "--type", "https://example.org/x"]) == 0
    assert listed(capsys) == [("https://example.org/x", "referrer")]
    assert run(words) == 64
    assert "its type is not told" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "nothing to attest"),
        (["nothing"], "no predicate type"),
        (["vex"], "makes no vex"),
        (["spdx", "--index"], "has no index"),
        (["spdx", "--storage", "tag"], "only signed envelopes"),
        (["spdx", "--replace"], "replaces no other"),
    ],
)
def test_what_cannot_be_attested(
    web: ImageStore, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["attest", "web:1", *words]) != 0
    assert why in capsys.readouterr().err
    assert listed(capsys) == []


def test_statements_are_written_instead(
    web: ImageStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "statements.jsonl"
    assert run(["attest", "web:1", "spdx", "vulns", "-o", str(out), "-q"]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["predicateType"] for line in lines] == [
        "https://spdx.dev/Document",
        "https://in-toto.io/attestation/vulns/v0.2",
    ]
    subject = lines[0]["subject"][0]
    assert subject["name"] == "pkg:docker/web@1?platform=linux%2Famd64"
    assert subject["digest"]["sha256"] == web.find("web:1").digest[7:]
    assert listed(capsys) == []


def test_an_attested_index_is_another_image_of_the_same_name(
    web: ImageStore, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = web.find("web:1")
    assert run(["attest", "web:1", "spdx", "--storage", "index", "-q"]) == 0
    found = web.find("web:1")
    assert (found.digest, bool(found.index_digest)) == (bare.digest, True)
    assert capsys.readouterr().out == f"web:1@{found.index_digest}\n"
    assert listed(capsys) == [("spdx", "index")]


# ── builds ───────────────────────────────────────────────────────────────────────────────────────


class Publishing:
    """`publish_build` on an image that is there, as a build leaves it."""

    def __init__(self, store: ImageStore, settings: Any) -> None:
        self.store, self.settings = store, settings

    def __call__(self, *words: str, name: str = "built:1") -> None:
        import argparse

        from ironhull.building import publish_build
        from ironhull.commands._publish import add_build_arguments, publication
        from ironhull.model import Build

        parser = argparse.ArgumentParser()
        add_build_arguments(parser, provenance="min")
        wanted = publication(parser.parse_args(list(words)), (name,))
        publish_build(Build(self.store.find("web:1"), (), {}, "python_app"), wanted, self.settings)


@pytest.fixture
def publish(web: ImageStore) -> Publishing:
    from ironhull.config import load_settings

    return Publishing(web, load_settings())


def test_a_build_attaches_sbom_and_provenance_as_before(
    publish: Publishing, capsys: pytest.CaptureFixture[str]
) -> None:
    publish()
    assert listed(capsys, "built:1") == [("spdx", "index"), ("provenance", "index")]
    publish("--attest", "type=sbom", "--attest", "type=provenance,mode=max", name="docker:1")
    assert listed(capsys, "docker:1") == [("spdx", "index"), ("provenance", "index")]
    publish("--sbom=false", "--attest", "type=provenance,disabled=true", name="bare:1")
    assert listed(capsys, "bare:1") == []


def test_a_build_attaches_what_it_is_asked_for(
    publish: Publishing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vex = tmp_path / "web.vex.json"
    vex.write_text('{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}')
    words = ["--attest", "cyclonedx", "--attest", f"vex={vex}", "--attest", "vulns"]
    publish(*words)
    assert listed(capsys, "built:1") == [
        ("spdx", "index"),
        ("cyclonedx", "index"),
        ("vex", "index"),
        ("provenance", "index"),
        ("vulns", "referrer"),
    ]
    first = publish.store.find("built:1")
    publish(*words, name="again:1")
    # what depends on the day is no part of the image: but for the name it is the same
    assert publish.store.find("again:1").digest == first.digest
    publish("--attest", "cyclonedx", "--attest", f"vex={vex}")
    assert publish.store.find("built:1").index_digest == first.index_digest


def test_signed_statements_are_no_part_of_an_index(publish: Publishing, tmp_path: Path) -> None:
    from ironhull.attest import PAYLOAD_TYPE, make_statement, subjects_for
    from ironhull.errors import FormatError, UsageError
    from ironhull.signing import generate_key, sign_envelope, write_envelope

    digest = publish.store.find("web:1").digest
    for about, error in ((digest, UsageError), ("sha256:" + "1" * 64, FormatError)):
        data = make_statement(subjects_for(about, None), "https://example.org/x", {})
        path = tmp_path / "x.json"
        path.write_bytes(write_envelope(sign_envelope(data, PAYLOAD_TYPE, generate_key())))
        with pytest.raises(error):
            publish("--attest", f"https://example.org/x={path}")


# ── reports go by VEX ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def judged(web: ImageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """web:1 has a vulnerability that a file of VEX clears; gives the file."""
    from ironhull.advisories import opening
    from ironhull.config import load_settings
    from ironhull.model import Advisory, Range
    from tests.indexes import index_of

    monkeypatch.setattr(opening, "SNAPSHOT", tmp_path / "none")  # an index is as good without it
    settings = load_settings()
    settings.advisories.mkdir(parents=True)
    claim = Advisory("CVE-2099-1", "Debian:13", "bash", ranges=(Range("0", "9"),))
    index_of(settings.advisories / "index.sqlite", claim).close()
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.org/vex",
        "author": "us",
        "timestamp": "2026-11-22T00:00:00Z",
        "version": 1,
        "statements": [
            {
                "vulnerability": {"name": "CVE-2099-1"},
                "products": [{"@id": "pkg:deb/debian/bash"}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_present",
            }
        ],
    }
    path = tmp_path / "web.vex.json"
    path.write_text(json.dumps(document))
    return str(path)


def results(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], list[str]]:
    """(what the attached report counts, what it says is hidden)."""
    capsys.readouterr()
    assert run(["attestation", "get", "web:1", "--predicate-type", "vulns", "--predicate"]) == 0
    found = json.loads(capsys.readouterr().out)
    hidden = next(value for key, value in found.items() if key.endswith("#hidden"))
    return [e["id"] for e in found["scanner"]["result"]], [e["id"] for e in hidden]


def test_a_report_counts_what_nothing_clears(
    judged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["attest", "web:1", "vulns", "-q"]) == 0
    assert results(capsys) == (["CVE-2099-1"], [])


def test_a_report_goes_by_the_vex_that_is_attached_with_it(
    judged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["attest", "web:1", "vulns", f"vex={judged}", "-q"]) == 0
    assert results(capsys) == ([], ["CVE-2099-1"])


@pytest.mark.parametrize("storage", ["index", "referrer"])
def test_a_report_goes_by_the_vex_that_is_there(
    judged: str, storage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["attest", "web:1", f"vex={judged}", "--storage", storage, "-q"]) == 0
    assert run(["attest", "web:1", "vulns", "-q"]) == 0
    assert results(capsys) == ([], ["CVE-2099-1"])


def test_a_build_reports_by_the_vex_it_attaches(
    judged: str, publish: Publishing, capsys: pytest.CaptureFixture[str]
) -> None:
    publish("--attest", f"vex={judged}", "--attest", "vulns", name="web:1")
    assert results(capsys) == ([], ["CVE-2099-1"])
