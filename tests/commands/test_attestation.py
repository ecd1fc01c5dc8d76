"""`ironhull attestation list|get|add|verify`: printed, refused, the same at every place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.signing import generate_key, write_private_key, write_public_key
from tests.attestations.places import HOMES, Home, home
from tests.registry.content import SPDX

VEX = {"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}
VEX_TYPE = "https://openvex.dev/ns/v0.2.0"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Home]:
    with home("oci-dir", tmp_path) as found:
        yield found


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, str]:
    """A private and a public key in files."""
    key = generate_key()
    (tmp_path / "k.key").write_bytes(write_private_key(key, None))
    (tmp_path / "k.pub").write_bytes(write_public_key(key.public))
    return str(tmp_path / "k.key"), str(tmp_path / "k.pub")


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert run(list(words)) == code, capsys.readouterr().err
    return capsys.readouterr().out


def complaint(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> str:
    capsys.readouterr()
    assert run(list(words)) == code
    found = capsys.readouterr()
    return found.err


def vex_file(tmp_path: Path, **more: Any) -> str:
    path = tmp_path / "web.vex.json"
    path.write_text(json.dumps(VEX | more))
    return str(path)


@pytest.mark.parametrize("kind", HOMES)
def test_what_is_added_is_listed_and_got(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with home(kind, tmp_path) as at:
        name = at.reference
        file = vex_file(tmp_path)
        words = ["attestation", "add", name, "--file", file, "--predicate-type", "vex", "-q"]
        out = said(capsys, *words, "--platform", "linux/arm64")
        assert out.endswith(f"@{at.made.digest}\n")
        listed = json.loads(said(capsys, "attestation", "list", name, "--format", "json"))
        rows = [
            (row["platform"], row["name"], row["storage"], row["subject"])
            for row in listed["attestations"]
        ]
        assert rows == [
            ("linux/amd64", "spdx", "index", at.made.amd64["digest"]),
            ("linux/arm64", "spdx", "index", at.made.arm64["digest"]),
            ("linux/arm64", "vex", "referrer", at.made.arm64["digest"]),
        ]
        assert [target["platform"] for target in listed["targets"]] == [
            "",
            "linux/amd64",
            "linux/arm64",
        ]
        get = ["attestation", "get", name, "--predicate-type", "vex"]
        assert json.loads(said(capsys, *get, "--predicate")) == VEX
        statement = json.loads(said(capsys, *get))
        assert statement["predicateType"] == VEX_TYPE
        digest = at.made.arm64["digest"].removeprefix("sha256:")
        assert statement["subject"][0]["digest"] == {"sha256": digest}


def test_the_list_in_words(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "attestation", "list", at.reference).splitlines()
    assert out[0].split() == ["PLATFORM", "TYPE", "SIZE", "STORAGE", "DIGEST", "PREDICATE", "TYPE"]
    assert len(out) == 3
    assert out[1].split()[:2] == ["linux/amd64", "spdx"]
    assert out[1].endswith(SPDX)
    narrow = ["attestation", "list", at.reference, "--platform", "linux/arm64", "--format", "ids"]
    assert said(capsys, *narrow).startswith("sha256:")
    none = ["attestation", "list", at.reference, "--predicate-type", "vsa"]
    assert said(capsys, *none) == "no attestations\n"


def test_get_writes_the_very_bytes(
    at: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.registry.content import digest_of

    ids = said(capsys, "attestation", "list", at.reference, "--format", "ids").split()
    out = tmp_path / "statement.json"
    broken = complaint(capsys, "attestation", "get", at.reference, ids[0], "-o", str(out))
    assert "no subject" in broken or "statement" in broken  # the example's is none
    said(capsys, "attestation", "add", at.reference, "--file", vex_file(tmp_path), "-q",
         "--predicate-type", "vex")  # fmt: skip
    get = ["attestation", "get", at.reference, "--predicate-type", "vex"]
    said(capsys, *get, "-o", str(out))
    listed = json.loads(
        said(capsys, "attestation", "list", at.reference, "--predicate-type", "vex",
             "--format", "json")
    )  # fmt: skip
    assert digest_of(out.read_bytes()) == listed["attestations"][0]["digest"]
    whole = json.loads(said(capsys, *get, "--format", "json"))
    assert whole["schema"] == "ironhull/attestation"
    assert whole["statement"]["predicate"] == VEX
    assert whole["attestation"]["storage"] == "referrer"
    assert whole["signed"] == {"by": "", "covers": "", "checks": []}


def test_several_that_fit(at: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for author in ("a", "b"):
        said(capsys, "attestation", "add", at.reference, "--predicate-type", "vex", "-q",
             "--file", vex_file(tmp_path, author=author))  # fmt: skip
    get = ["attestation", "get", at.reference, "--predicate-type", "vex", "--predicate"]
    assert "2 attestations fit" in complaint(capsys, *get)
    lines = said(capsys, *get, "--all").splitlines()
    assert sorted(json.loads(line)["author"] for line in lines) == ["a", "b"]
    ids = said(capsys, "attestation", "list", at.reference, "--predicate-type", "vex",
               "--format", "ids").split()  # fmt: skip
    one = said(capsys, "attestation", "get", at.reference, ids[0][7:19], "--predicate")
    assert json.loads(one)["author"] == "a"


def test_what_is_not_there(at: Home, capsys: pytest.CaptureFixture[str]) -> None:
    err = complaint(capsys, "attestation", "get", at.reference, "--predicate-type", "vex")
    assert "no vex is attached" in err
    err = complaint(capsys, "attestation", "get", at.reference, "sha256:1234")
    assert "there is spdx" in err
    err = complaint(capsys, "attestation", "get", at.reference, "--predicate-type", "vxe", code=64)
    assert "did you mean vex?" in err
    err = complaint(capsys, "attestation", "list", "fs:///tmp")
    assert "nothing is attached" in err
    verify = ["attestation", "verify", at.reference, "--claims-only", "--predicate-type", "vex"]
    assert "no vex is attached" in complaint(capsys, *verify)


@pytest.mark.parametrize("storage", ["referrer", "tag"])
def test_signed_and_verified(
    at: Home,
    storage: str,
    keys: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    private, public = keys
    add = ["attestation", "add", at.reference, "--predicate-type", "vex", "-q"]
    file = vex_file(tmp_path)
    said(capsys, *add, "--file", file, "--key", private, "--storage", storage)
    verify = ["attestation", "verify", at.reference, "--predicate-type", "vex", "--key", public]
    out = said(capsys, *verify)
    assert "holds\n" in out
    assert "checked      signature     ECDSA P-256" in out
    assert "not checked  log" in out
    found = json.loads(said(capsys, *verify, "--format", "json"))
    assert found["verified"] is True
    assert found["attestations"][0]["signed"]["covers"] == "envelope"
    get = ["attestation", "get", at.reference, "--predicate-type", "vex", "--predicate"]
    assert json.loads(said(capsys, *get, "--verify", "--key", public)) == VEX
    envelope = said(capsys, *get[:-1], "--format", "envelope")
    assert "payload" in envelope
    other = tmp_path / "other.pub"
    other.write_bytes(write_public_key(generate_key().public))
    wrong = [*verify[:-1], str(other)]
    assert "signed by another key" in complaint(capsys, *wrong)
    found = json.loads(_out(capsys, *wrong, "--format", "json"))
    assert found["verified"] is False
    assert found["attestations"][0]["reason"] == "wrong-key"
    err = complaint(capsys, *get, "--verify", "--key", str(other))
    assert "it is not written" in err


def _out(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(list(words)) == 1
    return capsys.readouterr().out


def test_verification_wants_to_know_whom_to_trust(
    at: Home, keys: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    err = complaint(capsys, "attestation", "verify", at.reference, code=64)
    assert "nobody is trusted" in err
    err = complaint(capsys, "attestation", "get", at.reference, "--verify", code=64)
    assert "nobody is trusted" in err


def test_claims_alone(at: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "attestation", "add", at.reference, "--predicate-type", "vex", "-q",
         "--file", vex_file(tmp_path))  # fmt: skip
    words = ["attestation", "verify", at.reference, "--claims-only", "--predicate-type", "vex"]
    out = said(capsys, *words)
    assert "not checked  signature" in out
    assert "0 statements" in out


def test_a_summary_of_the_verification(
    at: Home, keys: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = keys
    add = ["attestation", "add", at.reference, "--predicate-type", "vex", "-q"]
    said(capsys, *add, "--file", vex_file(tmp_path), "--key", private)
    summary = str(tmp_path / "vsa.json")
    verify = ["attestation", "verify", at.reference, "-q", "--predicate-type", "vex"]
    verify += ["--key", public, "--summary", summary]
    assert "needs --summary-verifier" in complaint(capsys, *verify, code=64)
    verify += ["--summary-verifier", "https://example.com/v", "--summary-level"]
    said(capsys, *verify, "SLSA_BUILD_LEVEL_2", "--summary-policy", "https://example.com/p")
    document = json.loads(Path(summary).read_text())
    assert document["verificationResult"] == "PASSED"
    (entry,) = document["inputAttestations"]
    assert entry["uri"] == VEX_TYPE
    said(capsys, "attest", at.reference, f"vsa={summary}", "--key", private, "-q")
    check = ["attestation", "verify", at.reference, "--predicate-type", "vsa", "--key", public]
    check += ["--verifier-id", "https://example.com/v", "--level"]
    assert "PASSED SLSA_BUILD_LEVEL_2" in said(capsys, *check, "SLSA_BUILD_LEVEL_1")
    assert "not verified as SLSA_BUILD_LEVEL_3" in complaint(capsys, *check, "SLSA_BUILD_LEVEL_3")
    assert run([*verify, "X", "--summary-policy", "https://example.com/p",
                "--predicate-type", "spdx"]) == 1  # fmt: skip
    assert json.loads(Path(summary).read_text())["verificationResult"] == "FAILED"


def test_whole_statements_know_their_type(
    at: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = said(capsys, "attest", at.reference, f"vex={vex_file(tmp_path)}", "-o", "-", "-q")
    path = tmp_path / "statement.intoto.json"
    path.write_text(line)
    assert "no statement, so its type" in complaint(
        capsys, "attestation", "add", at.reference, "--file", vex_file(tmp_path), code=64
    )
    said(capsys, "attestation", "add", at.reference, "--file", str(path), "-q")
    get = ["attestation", "get", at.reference, "--predicate-type", "vex"]
    assert said(capsys, *get) == line
    other = ["attestation", "add", at.reference, "--platform", "linux/arm64", "--file", str(path)]
    assert "is about sha256:" in complaint(capsys, *other)


def test_an_index_of_its_own(at: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add = ["attestation", "add", at.reference, "--predicate-type", "vex", "-q"]
    said(capsys, *add, "--file", vex_file(tmp_path), "--index")
    listed = json.loads(said(capsys, "attestation", "list", at.reference, "--format", "json"))
    (row,) = (row for row in listed["attestations"] if row["name"] == "vex")
    assert (row["platform"], row["subject"]) == ("index", at.made.digest)


def test_the_index_becomes_another(
    at: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add = ["attestation", "add", at.reference, "--predicate-type", "vex"]
    capsys.readouterr()
    assert run([*add, "--file", vex_file(tmp_path), "--storage", "index"]) == 0
    found = capsys.readouterr()
    assert f"note: the image was {at.made.digest}" in found.err
    assert at.made.digest not in found.out
    assert "sha256:" in found.out


@pytest.mark.parametrize("storage", ["referrer", "index"])
def test_every_platform(at: Home, storage: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["attest", at.reference, "cyclonedx", "--platform", "all", "--storage", storage]
    out = said(capsys, *words, "-q")
    assert len(out.splitlines()) == 1
    listed = json.loads(said(capsys, "attestation", "list", at.reference, "--format", "json",
                             "--predicate-type", "cyclonedx"))  # fmt: skip
    assert [(row["platform"], row["storage"]) for row in listed["attestations"]] == [
        ("linux/amd64", storage),
        ("linux/arm64", storage),
    ]
    root = next(target for target in listed["targets"] if not target["platform"])
    assert out.endswith(f"@{root['digest']}\n")
    both = ["attest", at.reference, "cyclonedx", "--platform", "all", "--index"]
    assert "two things" in complaint(capsys, *both, code=64)


@pytest.mark.parametrize("kind", ["registry", "registry with referrers"])
def test_one_statement_is_all_that_is_fetched(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with home(kind, tmp_path) as at:
        add = ["attestation", "add", at.reference, "-q", "--platform", "all"]
        for name in ("vex", "https://example.org/x"):
            said(capsys, *add, "--file", vex_file(tmp_path), "--predicate-type", name)
        assert at.counted is not None
        at.counted.asked.clear()
        get = ["attestation", "get", at.reference, "--predicate-type", "vex", "--predicate"]
        assert json.loads(said(capsys, *get)) == VEX
        asked = [path for _, path in at.counted.asked]
        assert len([path for path in asked if "/blobs/" in path]) == 1
        other = at.made.arm64["digest"].removeprefix("sha256:")
        assert not [path for path in asked if other in path]
