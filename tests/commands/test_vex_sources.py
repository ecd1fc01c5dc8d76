"""The commands vex get, vex attach and vex repo."""

import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ironhull.commands import run
from ironhull.config import Settings
from ironhull.model import Sbom, Subject
from ironhull.pipeline import choices
from ironhull.signing import generate_key, write_private_key, write_public_key
from ironhull.statements import read_vex
from ironhull.vexing import Asked, gather
from tests.registry.servers import docker_registry
from tests.signatures.images import in_layout
from tests.vexing.serving import WELL_KNOWN, Site, openvex, repository, site, tar
from tests.vexing.test_attached import said
from tests.vexing.worlds import DEBIAN, attach, derived, gathered, make, names, settings

__all__ = ["settings"]

CURL = "pkg:deb/debian/curl"
Out = pytest.CaptureFixture[str]


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as made:
        made.serve({CURL: ("a.json", said("CVE-2026-1"))})
        yield made


def fails(capfd: Out, *words: str) -> tuple[int, str]:
    capfd.readouterr()
    code = run(list(words))
    out, err = capfd.readouterr()
    assert code != 0
    assert not out
    line = next(line for line in err.splitlines() if line.startswith("ironhull: "))
    return code, line


# ── vex get ──────────────────────────────────────────────────────────────────────────────────────


def test_get_merges_what_comes_with_image_and_base(
    settings: Settings, tmp_path: Path, capfd: Out
) -> None:
    base = make(settings, "base:1")
    attach(tmp_path, "base:1", said("CVE-2026-1"))
    derived(settings, "app:1", base, {"a.vex.json": said("CVE-2026-2")})
    attach(tmp_path, "app:1", said("CVE-2026-3"))
    capfd.readouterr()
    assert run(["vex", "get", "app:1"]) == 0
    out, err = capfd.readouterr()
    document = json.loads(out)
    assert document["@context"] == "https://openvex.dev/ns/v0.2.0"
    assert document["author"] == "vendor@example.com"
    assert document["timestamp"] == "2026-01-01T00:00:00Z"
    statements, problems = read_vex(out.encode(), "get")
    assert not problems
    assert sorted(s.vulnerability for s in statements) == ["CVE-2026-1", "CVE-2026-2", "CVE-2026-3"]
    assert len(err.splitlines()) == 3
    assert run(["vex", "get", "app:1", "-q", "--output", str(tmp_path / "vex.json")]) == 0
    assert (tmp_path / "vex.json").read_text() == out
    assert capfd.readouterr() == ("", "")


def test_the_document_means_the_same_as_what_was_attached(
    settings: Settings, tmp_path: Path
) -> None:
    make(settings, "app:1")
    two = openvex(
        ("CVE-2026-1", CURL, "not_affected"),
        ("CVE-2026-2", "pkg:oci/app", "affected"),
        issued="2026-01-02T03:04:05Z",
    )
    attach(tmp_path, "app:1", two)
    attach(tmp_path, "app:1", openvex(("CVE-2026-1", CURL, "under_investigation")))
    assert run(["vex", "get", "app:1", "-q", "-o", str(tmp_path / "vex.json")]) == 0
    once = gathered(settings, "app:1").statements
    again = gathered(settings, "app:1", str(tmp_path / "vex.json"), attached=False).statements

    def meaning(statement: Any) -> tuple[Any, ...]:
        what = statement.vulnerability, statement.status, statement.issued
        return (*what, statement.products, statement.justification, statement.action_statement)

    assert sorted(map(meaning, once), key=str) == sorted(map(meaning, again), key=str)


def test_nothing_to_get(settings: Settings, capfd: Out) -> None:
    make(settings, "app:1")
    code, line = fails(capfd, "vex", "get", "app:1")
    assert code == 1
    assert "app:1: no statement of exploitability comes with it" in line


def test_get_verifies(settings: Settings, tmp_path: Path, capfd: Out) -> None:
    key, other = generate_key(), generate_key()
    for name, made in (("key", key), ("other", other)):
        (tmp_path / name).write_bytes(write_private_key(made, None))
        (tmp_path / f"{name}.pub").write_bytes(write_public_key(made.public))
    make(settings, "app:1", {**DEBIAN, "a.vex.json": said("CVE-2026-9")})
    attach(tmp_path, "app:1", said("CVE-2026-1"), "--key", str(tmp_path / "key"))
    verify = ["vex", "get", "app:1", "--verify", "--key"]
    capfd.readouterr()
    assert run([*verify, str(tmp_path / "key.pub")]) == 0
    out, err = capfd.readouterr()
    assert [s["vulnerability"]["name"] for s in json.loads(out)["statements"]] == ["CVE-2026-1"]
    assert "left out, for nothing signs a file in the image: a.vex.json" in err
    assert "verified" in err
    code, line = fails(capfd, *verify, str(tmp_path / "other.pub"))
    assert code == 1
    assert "attestation sha256:" in line
    code, line = fails(capfd, "vex", "get", "app:1", "--verify")
    assert code == 64
    assert "--verify needs somebody to trust" in line
    attach(tmp_path, "app:1", said("CVE-2026-2"))
    code, line = fails(capfd, *verify, str(tmp_path / "key.pub"))
    assert "no trusted key signed it" in line


def test_get_verifies_that_there_is_something(
    settings: Settings, tmp_path: Path, capfd: Out
) -> None:
    make(settings, "app:1")
    (tmp_path / "key.pub").write_bytes(write_public_key(generate_key().public))
    _, line = fails(capfd, "vex", "get", "app:1", "--verify", "--key", str(tmp_path / "key.pub"))
    assert "no document of statements to verify" in line


# ── vex attach ───────────────────────────────────────────────────────────────────────────────────


def test_a_referrer_is_found_at_the_index_and_at_the_platform(
    settings: Settings, tmp_path: Path, capfd: Out
) -> None:
    statement = ("https://example.com/other", b"{}")
    image = make(settings, "app:1", statements=[statement])
    assert image.index_digest
    capfd.readouterr()
    attach(tmp_path, "app:1", said("CVE-2026-1"))
    printed = capfd.readouterr().out.split()
    assert set(printed) == {f"app:1@{image.index_digest}", f"app:1@{image.digest}"}
    assert len(gathered(settings, "app:1").statements) == 1
    for digest in (image.digest, image.index_digest):
        assert len(gathered(settings, f"local://{digest}").statements) == 1


def test_other_formats_are_attached_as_openvex(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    lines = said("CVE-2026-1") + b"\n" + said("CVE-2026-2")
    attach(tmp_path, "app:1", lines)
    assert sorted(names(gathered(settings, "app:1"))) == [
        ("CVE-2026-1", "attestation"),
        ("CVE-2026-2", "attestation"),
    ]


def test_attaching_twice_is_attaching_once(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    for _ in range(2):
        attach(tmp_path, "app:1", said("CVE-2026-1"))
    assert len(gathered(settings, "app:1").statements) == 1


def test_what_is_replaced_in_the_index(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"), "--storage", "index")
    attach(tmp_path, "app:1", said("CVE-2026-2"), "--storage", "index", "--replace")
    assert names(gathered(settings, "app:1")) == [("CVE-2026-2", "attestation")]


@pytest.mark.parametrize(
    ("data", "words", "message"),
    [
        (b"{}", (), "is no VEX document"),
        (openvex(), (), "holds no statement"),
        (said("CVE-1"), ("--storage", "tag"), "give --key FILE"),
        (said("CVE-1"), ("--platform", "linux/s390x"), "linux/s390x"),
    ],
)
def test_what_cannot_be_attached(
    settings: Settings,
    tmp_path: Path,
    capfd: Out,
    data: bytes,
    words: tuple[str, ...],
    message: str,
) -> None:
    make(settings, "app:1")
    (tmp_path / "vex.json").write_bytes(data)
    _, line = fails(capfd, "vex", "attach", "app:1", str(tmp_path / "vex.json"), *words)
    assert message in line


def test_attached_in_a_registry_and_pulled(settings: Settings, tmp_path: Path) -> None:
    with docker_registry(tmp_path / "registry") as host:
        make(settings, "app:1")
        assert run(["push", "-q", "app:1", f"{host}/app:1"]) == 0
        attach(tmp_path, f"registry://{host}/app:1", said("CVE-2026-1"))
        assert run(["pull", "-q", f"{host}/app:1"]) == 0
        assert names(gathered(settings, f"local://{host}/app:1")) == [("CVE-2026-1", "attestation")]


# ── vex repo ─────────────────────────────────────────────────────────────────────────────────────


def repositories(capfd: Out) -> list[dict[str, Any]]:
    """What `vex repo list` says, valid by its schema."""
    capfd.readouterr()
    assert run(["vex", "repo", "list", "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    root = Path(__file__).parents[2] / "docs" / "schemas" / "vex-repositories.schema.json"
    assert jsonschema_rs.validator_for(json.loads(root.read_text())).is_valid(document)
    found: list[dict[str, Any]] = document["repositories"]
    return found


def test_a_configuration_to_begin_with(settings: Settings, capfd: Out) -> None:
    assert [row["file"] for row in repositories(capfd)] == [None]
    assert run(["vex", "repo", "init"]) == 0
    path = settings.home / "vex" / "repository.yaml"
    assert capfd.readouterr().out == f"{path}\n"
    assert [(row["name"], row["file"]) for row in repositories(capfd)] == [("default", str(path))]
    path.write_text("repositories: []\n")
    assert run(["vex", "repo", "init"]) == 0
    assert "stays as it is" in capfd.readouterr().err
    assert repositories(capfd) == []


def test_a_repository_from_adding_to_removing(settings: Settings, served: Site, capfd: Out) -> None:
    assert run(["vex", "repo", "add", "hub", served.url]) == 0
    assert run(["vex", "repo", "add", "far", "https://vex.example/", "--first", "--disabled"]) == 0
    rows = repositories(capfd)
    assert [(row["name"], row["enabled"], row["documents"]) for row in rows] == [
        ("far", False, None),
        ("hub", True, None),
    ]
    assert run(["vex", "repo", "download"]) == 0
    assert "hub has 1 document, of 2026-02-01" in capfd.readouterr().err
    assert run(["vex", "repo", "download", "hub"]) == 0
    assert "hub is unchanged: 1 document" in capfd.readouterr().err
    row = repositories(capfd)[1]
    assert (row["documents"], row["updated_at"], row["interval_seconds"]) == (
        1,
        "2026-02-01T00:00:00Z",
        86_400,
    )
    assert run(["vex", "repo", "list"]) == 0
    assert served.url in capfd.readouterr().out
    assert run(["vex", "repo", "remove", "hub"]) == 0
    assert [row["name"] for row in repositories(capfd)] == ["far"]
    assert not list((settings.home / "vex" / "repositories").iterdir())


def test_a_secret_is_for_its_owner_and_for_no_output(
    settings: Settings, served: Site, capfd: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.authorization = "Bearer t0ken"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"t0ken\n")))
    assert run(["vex", "repo", "add", "hub", served.url, "--token-stdin"]) == 0
    path = settings.home / "vex" / "repository.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run(["vex", "repo", "download"]) == 0
    assert repositories(capfd)[0]["credentials"]
    assert run(["vex", "repo", "list"]) == 0
    served.authorization = "Bearer other"
    assert run(["vex", "repo", "download"]) == 1
    out, err = capfd.readouterr()
    assert "t0ken" not in out + err


def test_a_login_needs_a_name(
    settings: Settings, capfd: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"secret")))
    code, line = fails(capfd, "vex", "repo", "add", "a", "https://x.example", "--password-stdin")
    assert code == 64
    assert "needs --username" in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "a/b", "https://x.example"), "no name"),
        (("add", "a", "ftp://x.example"), "no URL"),
        (("add", "hub", "https://x.example"), "is there"),
        (("remove", "gone"), "no VEX repository is called gone"),
        (("download", "gone"), "no VEX repository is called gone"),
    ],
)
def test_mistakes(
    settings: Settings, served: Site, capfd: Out, words: tuple[str, ...], message: str
) -> None:
    assert run(["vex", "repo", "add", "-q", "hub", served.url]) == 0
    _, line = fails(capfd, "vex", "repo", *words)
    assert message in line


def test_a_download_that_fails_for_some(settings: Settings, served: Site, capfd: Out) -> None:
    assert run(["vex", "repo", "add", "-q", "hub", served.url]) == 0
    assert run(["vex", "repo", "add", "-q", "gone", f"{served.url}/gone"]) == 0
    capfd.readouterr()
    assert run(["vex", "repo", "download"]) == 1
    err = capfd.readouterr().err
    assert "hub has 1 document" in err
    assert "warning: VEX repository gone" in err
    del served.pages[WELL_KNOWN]
    _, line = fails(capfd, "vex", "repo", "download")
    assert "none of 2 VEX repositories could be downloaded" in line


def test_what_a_repository_says_moves_no_cursor(
    settings: Settings, served: Site, capfd: Out
) -> None:
    files = repository({CURL: ("a.json", said("CVE-2026-1"))}, updated_at="\x1b[2J\u202e2026")
    served.pages["/data"] = tar(files)
    assert run(["vex", "repo", "add", "-q", "hub", served.url]) == 0
    assert run(["vex", "repo", "download"]) == 0
    assert run(["vex", "repo", "list"]) == 0
    out, err = capfd.readouterr()
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err


def test_every_platform_has_it_unless_one_is_named(
    settings: Settings, tmp_path: Path, capfd: Out
) -> None:
    made, place = in_layout(tmp_path)
    capfd.readouterr()
    attach(tmp_path, place, said("CVE-2026-1"))
    printed = capfd.readouterr().out.split()
    assert f"@{made.digest}" in printed[0]
    assert len(printed) == 3
    attach(tmp_path, place, said("CVE-2026-2"), "--platform", "linux/arm64")
    found = {}
    for platform, choose in choices(place, settings):
        one = choose()
        assert one.image is not None
        sbom = Sbom(Subject("app:1"), None, ())
        got = gather(one, sbom, settings, Asked())
        found[platform] = sorted(statement.vulnerability for statement in got.statements)
        assert not got.problems
    assert found == {
        "linux/amd64": ["CVE-2026-1"],
        "linux/arm64": ["CVE-2026-1", "CVE-2026-2"],
    }
