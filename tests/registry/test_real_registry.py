"""Against Debian's docker-registry: what is pushed is what is pulled, whoever asks."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.catalog import PATTERNS
from ironhull.commands import run
from ironhull.errors import RegistryError
from ironhull.model import Platform
from ironhull.oci.names import Reference
from ironhull.oci.tree import read_tree
from ironhull.registry import DeniedError, Hosts, Keychain, Registries
from ironhull.sources import open_image
from ironhull.store.images import ImageStore
from tests.registry.content import SPDX, Example, example
from tests.registry.servers import (
    PASSWORD,
    REFRESH,
    USER,
    TokenServer,
    ask,
    basic_auth,
    certificate,
    docker_config,
    docker_registry,
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def client(**options: Any) -> Registries:
    keychain = options.pop("keychain", Keychain())
    hosts = options.pop("hosts", Hosts())
    return Registries(
        hosts=hosts, keychain=keychain, user_agent="test", pause=lambda _: None, **options
    )


def layout(home: Path, made: Example, *beside: dict[str, Any]) -> Path:
    return made.content.write(home / "layout", "app:1", made.root, *beside)


def pushed(home: Path, registry: str, name: str, made: Example) -> str:
    path = layout(home, made, made.signature, made.countersignature)
    assert run(["copy", "-q", f"oci-dir://{path}:app:1", f"{registry}/{name}"]) == 0
    return f"{registry}/{name}"


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert run([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_copy_keeps_every_digest_and_takes_what_goes_with_the_image(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("copy")
    name = pushed(home, registry, "copy/app:1", made)
    assert capsys.readouterr().out == f"{name}@{made.digest}\n"
    done = run_json(capsys, "copy", "-q", f"registry://{name}", f"oci-dir://{home}/back:app:1")
    assert done["digest"] == made.digest
    assert {item["digest"] for item in done["referrers"]} == {
        made.signature["digest"],
        made.countersignature["digest"],
    }
    there = {f"sha256:{path.name}": path for path in (home / "back/blobs/sha256").iterdir()}
    assert there.keys() == made.content.blobs.keys()
    assert all(there[digest].read_bytes() == data for digest, data in made.content.blobs.items())
    assert not [path for path in (home / "back").iterdir() if path.name.startswith(".")]


def test_pull_push_pull_is_the_same_image_and_the_second_time_nothing_moves(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("pull")
    name = pushed(home, registry, "pull/app:1", made)
    first = run_json(capsys, "pull", "-q", name)
    assert first["digest"] == made.digest
    assert first["blobs"]["copied"] == len(made.content.blobs) - len(first["manifests"]) - 2
    again = run_json(capsys, "pull", "-q", name)
    assert (again["blobs"]["copied"], again["blobs"]["bytes"]) == (0, 0)
    assert again["blobs"]["there"] == first["blobs"]["copied"]
    store = ImageStore(home / "home" / "images")
    assert [image.name for image in store.list()] == [name]
    found = store.find(name, Platform("linux", "arm64"))
    assert found.digest == made.arm64["digest"]
    assert found.index_digest == made.digest
    kinds = {item.predicate_type for item in found.attachments}
    assert kinds == {SPDX, "https://example.org/signature"}
    pushed_there = run_json(capsys, "push", "-q", name, f"{registry}/push/app:2")
    assert pushed_there["digest"] == made.digest
    assert pushed_there["blobs"]["mounted"] == first["blobs"]["copied"]
    twice = run_json(capsys, "push", "-q", name, f"{registry}/push/app:2")
    assert twice["blobs"]["there"] == first["blobs"]["copied"]
    referrers = client().repository(Reference.parse(f"{registry}/push/app"))
    assert [item.digest for item in referrers.referrers(made.digest)] == [made.signature["digest"]]


def test_one_platform_is_pulled_with_its_attestation(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("platform")
    name = pushed(home, registry, "platform/app:1", made)
    done = run_json(capsys, "pull", "-q", "--platform", "linux/arm64", name)
    assert done["digest"] == made.arm64["digest"]
    store = ImageStore(home / "home" / "images")
    found = store.find(name)
    assert found.platform.architecture == "arm64"
    assert [item.predicate_type for item in found.attachments] == [SPDX]
    assert run(["copy", "-q", "--platform", "linux/s390x", f"registry://{name}", "local://x"]) == 1
    assert "choose with --platform: linux/amd64, linux/arm64" in capsys.readouterr().err


def test_without_referrers_only_the_image_moves(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("bare")
    name = pushed(home, registry, "bare/app:1", made)
    done = run_json(capsys, "pull", "-q", "--no-referrers", name)
    assert done["referrers"] == []
    assert done["digest"] == made.digest


def test_what_goes_with_a_removed_image_is_pruned(home: Path, registry: str) -> None:
    made = example("prune")
    name = pushed(home, registry, "prune/app:1", made)
    assert run(["pull", "-q", name]) == 0
    store = ImageStore(home / "home" / "images")
    assert store.prune(grace_seconds=-60).blobs == 0
    store.remove(name)
    assert store.list() == ()
    assert store.prune(grace_seconds=-60).blobs == len(made.content.blobs)
    assert json.loads((store.root / "index.json").read_text())["manifests"] == []


def test_an_image_pulled_by_digest_is_found_by_it(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("digest")
    name = pushed(home, registry, "digest/app:1", made).removesuffix(":1")
    assert run(["pull", "-q", f"{name}@{made.digest}"]) == 0
    assert f"{name}@{made.digest}" in capsys.readouterr().out
    store = ImageStore(home / "home" / "images")
    assert store.find(f"{name}@{made.digest}").index_digest == made.digest
    assert [(image.name, image.digest) for image in store.list()] == [("", made.digest)]


def test_a_scan_of_a_registry_is_that_of_the_layout_and_keeps_nothing(
    home: Path, registry: str
) -> None:
    made = example("scan")
    name = pushed(home, registry, "scan/app:1", made)
    store = ImageStore(home / "other")
    registries = client()
    for platform in (Platform("linux", "amd64"), Platform("linux", "arm64")):
        from_registry = open_image(
            f"registry://{name}",
            images=store.root,
            platform=platform,
            registries=lambda: registries,
        )
        from_layout = open_image(
            f"oci-dir://{home}/layout:app:1", images=store.root, platform=platform
        )
        assert from_registry.digest == from_layout.digest
        assert from_registry.origin == "registry"
        trees = [read_tree(image, PATTERNS)[0] for image in (from_registry, from_layout)]
        assert sorted(trees[0].paths()) == sorted(trees[1].paths())
        assert trees[0].read("etc/os-release") == trees[1].read("etc/os-release")
        kinds = [item.predicate_type for item in from_registry.attachments]
        assert kinds == [SPDX, "https://example.org/signature"]
        assert from_registry.attachments[1].read() == b"signature"
    assert not store.root.exists()


def test_tags_are_listed_page_by_page(home: Path, registry: str) -> None:
    made = example("tags")
    path = layout(home, made)
    for number in range(5):
        assert run(["copy", "-q", f"oci-dir://{path}:app:1", f"{registry}/tags/app:v{number}"]) == 0
    repository = client().repository(Reference.parse(f"{registry}/tags/app"))
    own = sorted(tag for tag in repository.tags() if not tag.startswith("sha256-"))
    assert own == [f"v{number}" for number in range(5)]


def test_what_is_not_there_is_said(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["pull", f"{registry}/none/app:1"]) == 1
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert f"{registry}/none/app:1 is not in the registry" in line
    assert run(["sbom", f"registry://{registry}/none/app:1"]) == 1
    assert "is not in the registry" in capsys.readouterr().err


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────


def test_basic_authentication_with_docker_s_configuration(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("basic")
    path = layout(home, made, made.signature)
    with docker_registry(home / "registry", auth=basic_auth(home / "registry")) as host:
        words = ["copy", f"oci-dir://{path}:app:1", f"{host}/basic/app:1"]
        assert run(words) == 1
        assert f"docker login {host}" in capsys.readouterr().err
        docker_config(home / "user" / ".docker", host)
        assert run(words) == 0
        assert run(["pull", f"{host}/basic/app:1"]) == 0
        docker_config(home / "elsewhere", host, {"auth": "c29tZW9uZTp3cm9uZw=="})
        monkeypatch.setenv("DOCKER_CONFIG", str(home / "elsewhere"))
        assert run(["pull", f"{host}/basic/app:1"]) == 1
        said = capsys.readouterr()
        assert "do not allow it" in said.err
        for secret in (PASSWORD, "c29tZW9uZ", "wrong"):
            assert secret not in said.out + said.err


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[TokenServer]:
    with TokenServer(tmp_path / "tokens").running() as server:
        yield server


def test_token_authentication_of_a_user_and_of_nobody(
    home: Path, tokens: TokenServer, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("token")
    path = layout(home, made, made.signature)
    with docker_registry(home / "registry", auth=tokens.settings()) as host:
        words = ["copy", f"oci-dir://{path}:app:1", f"{host}/token/app:1"]
        assert run(words) == 1
        assert "docker login" in capsys.readouterr().err
        docker_config(home / "user" / ".docker", host)
        assert run(words) == 0
        scopes = {scope for _, query, _ in tokens.asked for scope in query.get("scope", [])}
        assert "repository:token/app:pull,push" in scopes
        (home / "user" / ".docker" / "config.json").unlink()
        assert run(["pull", f"{host}/token/app:1"]) == 0
        assert tokens.asked[-1][2] == ""
        assert f"{host}/token/app:1@{made.digest}" in capsys.readouterr().out


def test_an_identity_token_is_exchanged_and_sent_nowhere_else(
    home: Path, tokens: TokenServer, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("identity")
    path = layout(home, made)
    with docker_registry(home / "registry", auth=tokens.settings()) as host:
        docker_config(home / "user" / ".docker", host, {"identitytoken": REFRESH})
        assert run(["copy", f"oci-dir://{path}:app:1", f"{host}/token/app:1"]) == 0
        method, form, _ = tokens.asked[-1]
        assert (method, form["grant_type"]) == ("POST", ["refresh_token"])
        assert form["scope"] == ["repository:token/app:pull,push"]
        said = capsys.readouterr()
        assert REFRESH not in said.out + said.err


def test_an_expired_token_is_fetched_anew(home: Path, tokens: TokenServer) -> None:
    made = example("expired")
    tokens.lifetime = -120  # docker-registry bears a minute of difference between clocks
    with docker_registry(home / "registry", auth=tokens.settings()) as host:
        docker_config(home / "user" / ".docker", host)
        keychain = Keychain([home / "user" / ".docker" / "config.json"])
        repository = client(keychain=keychain).repository(Reference.parse(f"{host}/a/b:1"))
        with pytest.raises(DeniedError):
            repository.has_blob(made.digest)
        tokens.lifetime = 300
        before = len(tokens.asked)
        assert not repository.has_blob(made.digest)
        assert not repository.has_blob(made.digest)
        assert len(tokens.asked) == before + 1


def test_a_credential_helper_is_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("helper")
    path = layout(home, made)
    with docker_registry(home / "registry", auth=basic_auth(home / "registry")) as host:
        programs = home / "bin"
        programs.mkdir()
        helper = programs / "docker-credential-tests"
        answer = json.dumps({"ServerURL": host, "Username": USER, "Secret": PASSWORD})
        helper.write_text(f"#!/bin/sh\ncat > {home}/asked\necho '{answer}'\n")
        helper.chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
        config = home / "user" / ".docker"
        config.mkdir(parents=True)
        (config / "config.json").write_text(json.dumps({"credHelpers": {host: "tests"}}))
        assert run(["copy", f"oci-dir://{path}:app:1", f"{host}/helper/app:1"]) == 0
        assert (home / "asked").read_text() == host
        said = capsys.readouterr()
        assert PASSWORD not in said.out + said.err


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────


def test_tls_with_an_authority_of_our_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = example("tls")
    path = layout(home, made)
    tls = certificate(home / "tls", "IP:127.0.0.1")
    with docker_registry(home / "registry", tls=tls) as host:
        words = ["copy", f"oci-dir://{path}:app:1", f"{host}/tls/app:1"]
        assert run(words) == 1
        line = capsys.readouterr().err
        assert "the certificate is not trusted" in line
        assert line.count("\n") == 1
        (home / "home").mkdir(exist_ok=True)
        (home / "home" / "config.toml").write_text(f'[registries]\nca_file = "{home}/tls/ca.pem"\n')
        assert run(words) == 0
        assert run(["pull", f"{host}/tls/app:1"]) == 0
        assert f"{host}/tls/app:1@{made.digest}" in capsys.readouterr().out
        plain = client(hosts=Hosts(plain_http=True))
        with pytest.raises(RegistryError):
            plain.ping(host)


def test_a_certificate_for_another_name_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tls = certificate(home / "tls", "DNS:registry.example")
    with docker_registry(home / "registry", tls=tls) as host:
        registries = client(hosts=Hosts(ca_files=(str(home / "tls" / "ca.pem"),)))
        with pytest.raises(RegistryError, match="the certificate is not trusted: IP address"):
            registries.ping(host)


# ── other tools ──────────────────────────────────────────────────────────────────────────────────


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def call(*words: str, **options: Any) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_skopeo_reads_what_we_push_and_we_what_it_pushes(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    skopeo = tool("skopeo")
    made = example("skopeo")
    name = pushed(home, registry, "skopeo/app:1", made)
    raw = call(skopeo, "inspect", "--raw", "--tls-verify=false", f"docker://{name}")
    assert raw.encode() == made.content.blobs[made.digest]
    call(skopeo, "copy", "-q", "--all", "--preserve-digests", "--src-tls-verify=false",
         f"docker://{name}", f"oci:{home}/theirs:app:1")  # fmt: skip
    assert run(["copy", "-q", f"oci-dir://{home}/theirs:app:1", f"{registry}/skopeo/two:1"]) == 0
    call(skopeo, "copy", "-q", "--all", "--preserve-digests", "--dest-tls-verify=false",
         f"oci:{home}/theirs:app:1", f"docker://{registry}/skopeo/three:1")  # fmt: skip
    assert run(["pull", "-q", f"{registry}/skopeo/three:1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("@")[2] for line in lines] == [made.digest] * 3


def test_oras_attaches_and_discovers(home: Path, registry: str) -> None:
    oras = tool("oras")
    made = example("oras")
    name = pushed(home, registry, "oras/app:1", made)
    found = json.loads(
        call(
            oras,
            "discover",
            "--plain-http",
            "--format",
            "json",
            f"{name.removesuffix(':1')}@{made.digest}",
        )
    )
    assert [item["digest"] for item in found["manifests"]] == [made.signature["digest"]]
    (home / "note.txt").write_text("a note")
    call(oras, "attach", "--plain-http", "--artifact-type", "application/vnd.example.note",
         name, "note.txt:text/plain", cwd=home)  # fmt: skip
    assert run(["pull", "-q", name]) == 0
    store = ImageStore(home / "home" / "images")
    attached = [item.read() for item in store.find(name, Platform()).attachments]
    assert b"a note" in attached
    assert run(["push", "-q", name, f"{registry}/oras/two:1"]) == 0
    again = json.loads(
        call(oras, "discover", "--plain-http", "--format", "json", f"{registry}/oras/two:1")
    )
    assert {item["artifactType"] for item in again["manifests"]} == {
        "application/vnd.example.note",
        "application/vnd.example.signature",
    }


def test_cosign_signatures_travel_and_still_verify(home: Path, registry: str) -> None:
    cosign = tool("cosign")
    made = example("cosign")
    name = pushed(home, registry, "cosign/app:1", made)
    environment = {"COSIGN_PASSWORD": "", "PATH": "/usr/bin:/bin", "HOME": str(home)}
    call(cosign, "generate-key-pair", cwd=home, env=environment)
    call(cosign, "sign", "--yes", "--key", "cosign.key", "--tlog-upload=false",
         "--allow-http-registry", f"{name.removesuffix(':1')}@{made.digest}",
         cwd=home, env=environment)  # fmt: skip
    assert run(["copy", "-q", f"registry://{name}", f"{registry}/cosign/two:1"]) == 0
    assert run(["pull", "-q", name]) == 0
    assert run(["push", "-q", name, f"{registry}/cosign/three:1"]) == 0
    for copy in ("two", "three"):
        call(cosign, "verify", "--key", "cosign.pub", "--insecure-ignore-tlog",
             "--allow-http-registry", f"{registry}/cosign/{copy}:1",
             cwd=home, env=environment)  # fmt: skip


def test_an_archive_of_docker_save_is_pushed(
    home: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    skopeo = tool("skopeo")
    made = example("save")
    path = layout(home, made)
    call(skopeo, "copy", "-q", "--override-arch", "amd64", f"oci:{path}:app:1",
         f"docker-archive:{home}/save.tar:app:1")  # fmt: skip
    done = run_json(capsys, "copy", "-q", f"archive://{home}/save.tar", f"{registry}/save/app:1")
    store = ImageStore(home / "home" / "images")
    from_archive = open_image(f"archive://{home}/save.tar", images=store.root)
    assert done["digest"] == from_archive.digest
    status, data = ask(registry, "GET", f"/v2/save/app/manifests/{done['digest']}")
    assert status == 200
    assert json.loads(data)["config"]["digest"] == from_archive.config_digest
