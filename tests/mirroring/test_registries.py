"""Mirrors between real registries, with the referrers API and without."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.limits import LIMITS
from ironhull.oci.manifests import OCI_MANIFEST
from ironhull.oci.names import Reference
from ironhull.registry import Hosts, Keychain, Registries
from ironhull.registry._referrers import fallback_tag
from ironhull.store.images import ImageStore
from tests.registry.content import Content, Example, digest_of, example
from tests.registry.fake import fake_registry, send
from tests.registry.referrers import in_front
from tests.registry.servers import ask, docker_registry


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("first")) as host:
        yield host


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("second")) as host:
        yield host


def push(home: Path, name: str, made: Example, *beside: dict[str, Any]) -> None:
    path = home / f"layout{len(list(home.iterdir()))}"
    made.content.write(path, "app:1", made.root, *(beside or (made.signature,)))
    assert run(["copy", "-q", f"oci-dir://{path}:app:1", name]) == 0


def mirrored(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["mirror", "-q", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def statuses(done: Any) -> list[str]:
    return [image["status"] for image in done["images"]]


def tags(host: str, name: str) -> list[str]:
    return json.loads(ask(host, "GET", f"/v2/{name}/tags/list")[1]).get("tags") or []


def is_there(host: str, name: str) -> bool:
    reference = Reference.parse(f"{host}/{name}")
    registries = Registries(hosts=Hosts(), keychain=Keychain(), user_agent="test")
    repository = registries.repository(reference)
    return repository.head(reference.digest or reference.tag) is not None


def blobs_of(home: Path, name: str) -> dict[str, bytes]:
    """All there is of an image in a registry, as an archive of ours holds it."""
    place = home / f"read{len(list(home.iterdir()))}"
    assert run(["copy", "-q", f"registry://{name}", f"oci-dir://{place}"]) == 0
    return {f"sha256:{path.name}": path.read_bytes() for path in (place / "blobs/sha256").iterdir()}


@pytest.mark.parametrize("api", [True, False], ids=["referrers", "fallback"])
def test_mirrored_twice_and_pulled_everything_is_the_same(
    home: Path, first: str, second: str, api: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example(f"twice{api}")
    repository = f"twice{api}".lower()
    with in_front(second, api=api) as middle:
        push(home, f"{first}/{repository}/app:1", made, made.signature, made.countersignature)
        one = mirrored(capsys, f"{first}/{repository}/app", f"{middle.host}/mirror/")
        two = mirrored(
            capsys, f"{middle.host}/mirror/{repository}/app", f"{first}/{repository}/again"
        )
        assert [image["digest"] for image in (*one["images"], *two["images"])] == [made.digest] * 2
        for done in (one, two):
            assert {item["digest"] for item in done["images"][0]["referrers"]} == {
                made.signature["digest"],
                made.countersignature["digest"],
            }
        assert (fallback_tag(made.digest) in tags(second, f"mirror/{repository}/app")) is not api
        for name in (f"{middle.host}/mirror/{repository}/app:1", f"{first}/{repository}/again:1"):
            assert blobs_of(home, name) == made.content.blobs
        assert run(["pull", "-q", f"{first}/{repository}/again:1"]) == 0
    found = ImageStore(home / "home" / "images").find(f"{first}/{repository}/again:1")
    assert found.index_digest == made.digest
    assert len(found.attachments) == 2


@pytest.mark.parametrize("api", [True, False], ids=["referrers", "fallback"])
def test_the_second_time_digests_are_compared_and_nothing_is_read_or_sent(
    home: Path, first: str, second: str, api: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example(f"again{api}")
    name = f"again{api}".lower()
    with in_front(first, api=api) as source, in_front(second, api=api) as sink:
        push(home, f"{source.host}/{name}:1", made, made.signature, made.countersignature)
        assert run(["copy", "-q", f"{source.host}/{name}:1", f"{source.host}/{name}:alias"]) == 0
        words = (f"{source.host}/{name}", f"{sink.host}/{name}")
        done = mirrored(capsys, *words)
        assert statuses(done) == ["new", "new"]
        # the two names of one image are one transfer
        uploads = sink.count("PUT", "/blobs/uploads/")
        assert uploads == sum(image["blobs"]["copied"] for image in done["images"])
        source.asked.clear()
        sink.asked.clear()
        assert statuses(mirrored(capsys, *words)) == ["current", "current"]
        assert not [item for item in sink.asked if item[0] not in ("GET", "HEAD")]
        assert source.count("GET", "/blobs/") == sink.count("GET", "/blobs/") == 0
        assert source.count("GET", "/manifests/sha256:") == 0  # HEAD is not counted by Docker Hub
        assert len(source.asked) < 20


def test_a_new_signature_of_an_old_image_arrives(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("signed later")
    push(home, f"{first}/later:1", made, made.signature)
    words = (f"{first}/later", f"{second}/later")
    mirrored(capsys, *words)
    push(home, f"{first}/later:1", made, made.signature, made.countersignature)
    (image,) = mirrored(capsys, *words)["images"]
    assert image["status"] == "updated"
    assert [item["digest"] for item in image["referrers"]] == [made.countersignature["digest"]]
    assert image["blobs"]["copied"] == 1
    assert blobs_of(home, f"{second}/later:1") == made.content.blobs


def test_a_referrer_that_was_deleted_and_is_still_listed_comes_back(
    home: Path, first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("deleted")
    push(home, f"{first}/deleted:1", made)
    with docker_registry(tmp_path / "deleting") as host:
        words = (f"{first}/deleted", f"{host}/deleted")
        mirrored(capsys, *words)
        for link in (tmp_path / "deleting").glob(
            f"**/_manifests/revisions/**/{made.signature['digest'][7:]}/link"
        ):
            link.unlink()
        assert not is_there(host, f"deleted@{made.signature['digest']}")
        (image,) = mirrored(capsys, *words)["images"]
        assert [item["digest"] for item in image["referrers"]] == [made.signature["digest"]]
        assert is_there(host, f"deleted@{made.signature['digest']}")


def test_a_tag_that_moved_moves_and_what_it_meant_stays(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = example("moved old"), example("moved new")
    words = (f"{first}/moved", f"{second}/moved")
    push(home, f"{first}/moved:latest", old)
    mirrored(capsys, *words)
    push(home, f"{first}/moved:latest", new)
    push(home, f"{first}/moved:1", old)
    done = {image["source"]: image for image in mirrored(capsys, *words)["images"]}
    latest = done[f"{first}/moved:latest"]
    assert (latest["status"], latest["previous_digest"]) == ("updated", old.digest)
    assert done[f"{first}/moved:1"]["status"] == "new"
    assert done[f"{first}/moved:1"]["blobs"]["copied"] == 0
    for digest in (old.digest, new.digest):
        assert is_there(second, f"moved@{digest}")


def test_images_share_blobs_across_repositories(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("shared")
    push(home, f"{first}/shared/one:1", made)
    push(home, f"{first}/shared/two:1", made)
    (home / "list").write_text(f"{first}/shared/one\n{first}/shared/two\n")
    done = mirrored(capsys, "--from-file", str(home / "list"), f"{second}/below/")
    copied, mounted = (
        sum(image["blobs"][key] for image in done["images"]) for key in ("copied", "mounted")
    )
    assert copied == mounted  # each was sent once
    for name in ("one", "two"):
        assert is_there(second, f"below/shared/{name}:1")


def test_what_was_killed_goes_on(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [example(f"killed{number}") for number in range(4)]
    for number, one in enumerate(made):
        push(home, f"{first}/killed:{number}", one, one.signature)
    with in_front(second, api=False) as slow:
        slow.delay = 0.05
        command = [sys.executable, "-m", "ironhull", "mirror", f"{first}/killed", f"{slow.host}/k"]
        process = subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL)
        while slow.count("PUT", "/manifests/") < 3 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert process.returncode == -signal.SIGKILL
        slow.delay = 0.0
        for number in range(4):  # a name is there with all it needs, or not at all
            if str(number) in tags(second, "k"):
                assert run(["copy", "-q", "--no-referrers", f"{second}/k:{number}",
                            f"oci-dir://{home}/whole{number}"]) == 0  # fmt: skip
        there = slow.count("PUT", "/blobs/uploads/")
        slow.asked.clear()
        done = mirrored(capsys, f"{first}/killed", f"{slow.host}/k")
        assert set(statuses(done)) <= {"new", "updated", "current"}
        again = slow.count("PUT", "/blobs/uploads/")
        whole = {digest for one in made for digest in one.content.blobs}
        assert again < len(whole)
        assert there
    for number, one in enumerate(made):
        left = {d: b for d, b in one.content.blobs.items() if b != b"countersignature"}
        left.pop(one.countersignature["digest"])
        assert blobs_of(home, f"{second}/k:{number}") == left


def test_a_kill_in_the_middle_of_a_blob_goes_on_there_in_a_layout(
    home: Path, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("half")
    push(home, f"{first}/half:1", made)
    layer = max(made.content.blobs.values(), key=len)
    private = home / "disk" / ".ironhull"
    (private / "tmp").mkdir(parents=True)
    (private / "tmp" / f"{digest_of(layer)[7:]}.part").write_bytes(layer[:100_000])
    with in_front(first) as source:
        done = mirrored(capsys, f"{source.host}/half:1", f"oci-dir://{home}/disk")
        assert statuses(done) == ["new"]
    assert done["images"][0]["problem"] == ""
    assert not private.exists()
    assert (home / "disk/blobs/sha256" / digest_of(layer)[7:]).read_bytes() == layer


def test_an_interruption_is_one_line_and_quick(home: Path, first: str, second: str) -> None:
    made = [example(f"interrupted{number}") for number in range(4)]
    for number, one in enumerate(made):
        push(home, f"{first}/interrupted:{number}", one)
    with in_front(second, api=False) as slow:
        slow.delay = 0.1
        process = subprocess.Popen(
            [sys.executable, "-m", "ironhull", "mirror", f"{first}/interrupted", f"{slow.host}/i"],
            env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while slow.count("PUT", "/blobs/") < 2 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert out == ""
        assert err.splitlines() == ["ironhull: interrupted"]


def test_two_runs_at_once_do_not_disturb_each_other(
    home: Path, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [example(f"at once{number}") for number in range(3)]
    for number, one in enumerate(made):
        push(home, f"{first}/atonce:{number}", one)
    words = ["mirror", "-q", f"{first}/atonce", f"oci-dir://{home}/disk"]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "ironhull", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, b""), out
    assert statuses(mirrored(capsys, *words[2:], "--check")) == ["current"] * 3
    assert sorted(item.name for item in (home / "disk").iterdir()) == [
        *("blobs", "index.json", "oci-layout"),
    ]


def test_other_artifacts_travel_too(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = Content()
    chart = content.json(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": content.json({"name": "chart"}, "application/vnd.cncf.helm.config.v1+json"),
            "layers": [
                content.put(b"chart", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
            ],
        },
        OCI_MANIFEST,
    )
    path = content.write(home / "chart", "charts/app:1.0", chart)
    assert run(["copy", "-q", f"oci-dir://{path}", f"{first}/charts/app:1.0"]) == 0
    (image,) = mirrored(capsys, f"{first}/charts/app", f"oci-dir://{home}/disk")["images"]
    assert image["digest"] == chart["digest"]
    (image,) = mirrored(capsys, f"oci-dir://{home}/disk", f"{second}/all/")["images"]
    assert image["digest"] == chart["digest"]
    assert blobs_of(home, f"{second}/all/charts/app:1.0") == content.blobs


def test_referrers_of_referrers_end(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("deep")
    chain = [made.signature]
    for number in range(LIMITS.registry_depth - 1):
        chain.append(made.content.referrer(chain[-1], f"link {number}"))
    push(home, f"{first}/deep:1", made, *chain)
    words = (f"{first}/deep", f"{second}/deep")
    (image,) = mirrored(capsys, *words)["images"]
    assert len(image["referrers"]) == LIMITS.registry_depth
    assert statuses(mirrored(capsys, *words)) == ["current"]
    one_more = made.content.referrer(chain[-1], "one too many")
    path = made.content.write(home / "more", "app:1", chain[-1], one_more)
    assert run(["copy", "-q", f"oci-dir://{path}:app:1", f"{first}/deep:last"]) == 0
    assert run(["mirror", "-q", f"{first}/deep:1", f"{second}/deep"]) == 1
    assert "referrers of referrers, more than 16 deep" in capsys.readouterr().out


def test_a_digest_that_is_none_is_refused(
    home: Path, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with fake_registry() as fake:
        lies = {"Docker-Content-Digest": "sha256:../../../etc/passwd", "Content-Type": OCI_MANIFEST}
        fake.on("HEAD", "/v2/a/b/manifests/1", send(200, b"{}", lies))
        done = mirrored(capsys, f"{fake.host}/a/b:1", f"oci-dir://{home}/disk", code=1)
    assert "is not a digest" in done["problems"][0]["message"]
    assert not (home / "disk").exists()


def test_a_damaged_copy_in_a_registry_is_found_by_check(
    home: Path, first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("rotten")
    push(home, f"{first}/rotten:1", made)
    with docker_registry(tmp_path / "rotten") as host:
        words = (f"{first}/rotten", f"{host}/rotten")
        mirrored(capsys, *words)
        assert statuses(mirrored(capsys, *words, "--check")) == ["current"]
        layer = max(made.content.blobs, key=lambda digest: len(made.content.blobs[digest]))
        (stored,) = (tmp_path / "rotten").glob(f"**/{layer[7:]}/data")
        stored.write_bytes(bytes(len(made.content.blobs[layer])))
        assert statuses(mirrored(capsys, *words)) == ["current"]
        (failed,) = mirrored(capsys, *words, "--check", code=1)["images"]
        assert "the destination's copy is damaged" in failed["problem"]
        assert layer in failed["problem"]


def test_what_is_not_there_stops_nothing_else(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = example("partly")
    push(home, f"{first}/partly:1", made)
    (home / "list").write_text(
        f"{first}/none\n{first}/partly:77\n{first}/partly tags=1\n127.0.0.1:1/x:1\n"
    )
    done = mirrored(capsys, "--from-file", str(home / "list"), f"{second}/p/", code=1)
    assert statuses(done) == ["new"]
    said = {item["source"]: item["message"] for item in done["problems"]}
    assert "404" in said[f"{first}/none"]
    assert said[f"{first}/partly:77"] == "is not in the registry"
    assert "refused" in said["127.0.0.1:1/x:1"]


# ── signatures ───────────────────────────────────────────────────────────────────────────────────


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def call(home: Path, *words: str) -> str:
    environment = {"COSIGN_PASSWORD": "", "PATH": "/usr/bin:/bin", "HOME": str(home)}
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=60, cwd=home, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_signatures_of_both_ends_verify_after_a_mirror(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The source's signer and that of the mirror sign the same image under the same tag."""
    cosign = tool("cosign")
    made = example("both")
    push(home, f"{first}/both:1", made)
    words = (f"{first}/both", f"{second}/both")
    mirrored(capsys, *words)
    for key, host in (("theirs", first), ("ours", second)):
        call(home, cosign, "generate-key-pair", "--output-key-prefix", key)
        call(home, cosign, "sign", "--yes", "--key", f"{key}.key", "--tlog-upload=false",
             "--allow-http-registry", f"{host}/both@{made.digest}")  # fmt: skip

    def verified(key: str, host: str) -> None:
        call(home, cosign, "verify", "--key", f"{key}.pub", "--insecure-ignore-tlog",
             "--allow-http-registry", f"{host}/both:1")  # fmt: skip

    (image,) = mirrored(capsys, *words)["images"]
    assert image["status"] == "updated"
    assert [item["tag"] for item in image["referrers"]] == [f"sha256-{made.digest[7:]}.sig"]
    verified("theirs", second)
    verified("ours", second)
    assert statuses(mirrored(capsys, *words)) == ["current"]
    verified("theirs", first)
    # and the other way: what the mirror has more is no reason to write at the source
    (image,) = mirrored(capsys, f"{second}/both", f"{first}/both")["images"]
    assert image["status"] == "updated"
    verified("ours", first)
    verified("theirs", first)


@pytest.mark.parametrize("platform", ["", "linux/amd64"], ids=["index", "manifest"])
def test_something_else_under_the_tag_of_a_signature_is_not_overwritten(
    home: Path, first: str, second: str, platform: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cosign = tool("cosign")
    made, other = example(f"taken{platform}"), example("other")
    push(home, f"{first}/taken{len(platform)}:1", made)
    call(home, cosign, "generate-key-pair")
    call(home, cosign, "sign", "--yes", "--key", "cosign.key", "--tlog-upload=false",
         "--allow-http-registry", f"{first}/taken{len(platform)}@{made.digest}")  # fmt: skip
    tag = f"sha256-{made.digest[7:]}.sig"
    path = other.content.write(home / "other", "app:1", other.root)
    assert run(["copy", "-q", "--platform", platform or "all", f"oci-dir://{path}:app:1",
                f"{second}/taken{len(platform)}:{tag}"]) == 0  # fmt: skip
    (failed,) = mirrored(
        capsys, f"{first}/taken{len(platform)}", f"{second}/taken{len(platform)}", code=1
    )["images"]
    assert "holds something else at the destination" in failed["problem"]
    assert is_there(second, f"taken{len(platform)}:{tag}")


def test_oras_discovers_in_the_mirror_what_it_attached(
    home: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    oras = tool("oras")
    made = example("oras")
    push(home, f"{first}/oras:1", made)
    (home / "note.txt").write_text("a note")
    call(home, oras, "attach", "--plain-http", "--artifact-type", "application/vnd.example.note",
         f"{first}/oras:1", "note.txt:text/plain")  # fmt: skip
    with in_front(second) as sink:
        mirrored(capsys, f"{first}/oras", f"{sink.host}/oras")
        found = json.loads(
            call(home, oras, "discover", "--plain-http", "--format", "json", f"{sink.host}/oras:1")
        )
        assert sink.count("GET", "/referrers/")
    assert {item["artifactType"] for item in found["manifests"]} == {
        "application/vnd.example.note",
        "application/vnd.example.signature",
    }
