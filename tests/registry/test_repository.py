"""A registry that fails in every way there is: tried again within limits, then named."""

import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ironhull.errors import Error, ImageError, RegistryError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Platform
from ironhull.oci.manifests import OCI_INDEX, OCI_MANIFEST
from ironhull.oci.names import Reference
from ironhull.registry import AbsentError, DeniedError, Hosts, Keychain, Registries
from ironhull.registry import _upload as upload_module
from ironhull.registry._referrers import fallback_tag
from ironhull.registry.repository import Document, Repository
from ironhull.sources import open_image
from ironhull.store.images import ImageStore
from tests.registry.content import Example, digest_of, example
from tests.registry.fake import Fake, endless, fake_registry, part, send, stall
from tests.registry.servers import docker_config

BODY = bytes(range(256)) * 8000  # 2 MB
DIGEST = digest_of(BODY)
BLOB = f"/v2/a/b/blobs/{DIGEST}"


@pytest.fixture
def fake() -> Iterator[Fake]:
    with fake_registry() as server:
        server.content.blobs[DIGEST] = BODY
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


def client(pauses: list[float], **options: Any) -> Registries:
    keychain = options.pop("keychain", Keychain())
    return Registries(
        hosts=Hosts(read_seconds=0.3, **options),
        keychain=keychain,
        user_agent="test",
        pause=pauses.append,
    )


@pytest.fixture
def repository(fake: Fake, pauses: list[float]) -> Repository:
    return client(pauses).repository(Reference.parse(f"{fake.host}/a/b"))


def read(repository: Repository, size: int = len(BODY), offset: int = 0) -> bytes:
    with repository.open_blob(DIGEST, size, offset) as stream:
        return stream.read()


# ── cut, stalled, refused ────────────────────────────────────────────────────────────────────────


def test_a_cut_blob_goes_on_where_it_stopped(fake: Fake, repository: Repository) -> None:
    fake.on("GET", BLOB, part(BODY, 700_000), part(BODY, 900_000), part(BODY, len(BODY)))
    assert read(repository) == BODY
    assert fake.headers("GET", BLOB, "range") == ["", "bytes=700000-", "bytes=1600000-"]


def test_a_server_that_begins_again_is_followed(fake: Fake, repository: Repository) -> None:
    fake.on("GET", BLOB, part(BODY, 700_000), send(200, BODY))
    assert read(repository) == BODY
    assert read(repository, offset=1000) == BODY[1000:]


def test_a_blob_that_never_arrives_is_named(
    fake: Fake, repository: Repository, pauses: list[float]
) -> None:
    fake.on("GET", BLOB, part(BODY, 1000))
    with pytest.raises(RegistryError, match=r"was cut|ends after") as trouble:
        read(repository)
    assert fake.host in trouble.value.message
    assert fake.count("GET", BLOB) == LIMITS.http_retries + 1
    assert len(pauses) == LIMITS.http_retries


def test_a_stalled_blob_is_cut_and_named(fake: Fake, repository: Repository) -> None:
    fake.on("GET", BLOB, stall(2))
    with pytest.raises(RegistryError, match="stopped sending"):
        read(repository, 1000)


def test_another_part_than_asked_for_is_refused(fake: Fake, repository: Repository) -> None:
    wrong = send(206, BODY[5:], {"Content-Range": f"bytes 5-{len(BODY) - 1}/{len(BODY)}"})
    fake.on("GET", BLOB, part(BODY, 1000), wrong)
    with pytest.raises(RegistryError, match="another part"):
        read(repository)


@pytest.mark.parametrize("length", [len(BODY) - 1, len(BODY) + 1])
def test_another_length_than_the_image_says_is_refused(
    fake: Fake, repository: Repository, length: int
) -> None:
    with pytest.raises(RegistryError, match=f"offers {len(BODY)} bytes where the image says"):
        read(repository, length)
    assert fake.count("GET", BLOB) == 1


def test_more_bytes_than_the_image_says_are_refused(fake: Fake, repository: Repository) -> None:
    fake.on("GET", BLOB, send(200, BODY + b"more", length=None))
    with pytest.raises(RegistryError, match="sends more than"):
        read(repository)


def test_a_blob_that_is_not_there_is_absent(fake: Fake, repository: Repository) -> None:
    with pytest.raises(AbsentError, match=r"404: NAME_UNKNOWN: not here"):
        repository.open_blob(digest_of(b"none"), 4)


def test_a_busy_registry_is_waited_for(
    fake: Fake, repository: Repository, pauses: list[float]
) -> None:
    busy = send(429, headers={"Retry-After": "7"})
    fake.on("GET", BLOB, busy, send(503), part(BODY, len(BODY)))
    assert read(repository) == BODY
    assert pauses[0] == 7.0
    assert len(pauses) == 2


def test_a_registry_that_stays_busy_is_named(
    fake: Fake, repository: Repository, pauses: list[float]
) -> None:
    fake.on("GET", BLOB, send(429, b'{"errors":[{"code":"TOOMANYREQUESTS"}]}'))
    with pytest.raises(RegistryError, match=r"answers 429: TOOMANYREQUESTS") as trouble:
        read(repository)
    assert "mirror" in trouble.value.hint
    pauses.clear()
    fake.on("GET", BLOB, send(429, headers={"Retry-After": "86400"}))
    with pytest.raises(RegistryError, match="asks to wait 86400 s"):
        read(repository)
    assert pauses == []


def test_docker_hub_s_limit_gets_a_hint(fake: Fake, pauses: list[float]) -> None:
    reference = Reference.parse("debian:13")
    repository = client(pauses, insecure=frozenset({"docker.io"})).repository(reference)
    session = repository.session
    assert session.endpoint.host == "registry-1.docker.io"
    assert "Docker Hub" in session._too_many()
    assert repository.scopes() == ("repository:library/debian:pull",)


def test_nobody_listening_is_said_at_once(pauses: list[float]) -> None:
    with pytest.raises(RegistryError, match="refused"):
        client(pauses).ping("127.0.0.1:1")
    assert len(pauses) <= 1


def test_threads_share_one_client(fake: Fake, repository: Repository) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert all(data == BODY for data in pool.map(lambda _: read(repository), range(16)))


# ── lies ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def made(fake: Fake) -> Example:
    made = example("fake")
    fake.content.blobs.update(made.content.blobs)
    fake.content.types.update(made.content.types)
    fake.tags["1"] = made.digest
    return made


def open_fake(fake: Fake, tmp_path: Path) -> Any:
    registries = client([])
    return open_image(
        f"registry://{fake.host}/a/b:1",
        images=tmp_path / "store",
        platform=Platform("linux", "amd64"),
        registries=lambda: registries,
    )


def test_a_manifest_with_another_digest_is_refused(
    fake: Fake, made: Example, repository: Repository, tmp_path: Path
) -> None:
    path = f"/v2/a/b/manifests/{made.digest}"
    fake.on("GET", path, send(200, b'{"manifests":[]}', {"Content-Type": OCI_INDEX}))
    with pytest.raises(RegistryError, match="whose digest is") as trouble:
        repository.manifest(made.digest)
    assert "\n" not in str(trouble.value)
    inner = f"/v2/a/b/manifests/{made.amd64['digest']}"
    fake.on("GET", inner, send(200, b"{}", {"Content-Type": OCI_MANIFEST}))
    with pytest.raises(RegistryError, match="whose digest is"):
        open_fake(fake, tmp_path)


def test_a_header_that_contradicts_the_document_is_refused(
    fake: Fake, made: Example, repository: Repository
) -> None:
    path = "/v2/a/b/manifests/1"
    data = made.content.blobs[made.digest]
    fake.on("GET", path, send(200, data, {"Content-Type": OCI_MANIFEST}))
    with pytest.raises(RegistryError, match="the registry calls it"):
        repository.manifest("1")
    lie = {"Content-Type": OCI_INDEX, "Docker-Content-Digest": digest_of(b"x")}
    fake.on("GET", path, send(200, data, lie))
    with pytest.raises(RegistryError, match="whose digest is"):
        repository.manifest("1")
    for kind in ("application/json", "application/octet-stream"):
        fake.on("GET", path, send(200, data, {"Content-Type": kind}))
        assert repository.manifest("1").descriptor.media_type == OCI_INDEX


def test_what_is_no_registry_is_said(fake: Fake, repository: Repository) -> None:
    page = b"<html>Welcome</html>"
    fake.on("GET", "/v2/a/b/manifests/1", send(200, page, {"Content-Type": "text/html"}))
    with pytest.raises(RegistryError, match=r"sends no manifest \(text/html\)"):
        repository.manifest("1")


def test_schema_1_is_said(fake: Fake, repository: Repository) -> None:
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    fake.on("GET", "/v2/a/b/manifests/1", send(200, b"{}", {"Content-Type": kind}))
    with pytest.raises(ImageError, match="schema 1"):
        repository.manifest("1")


def test_a_document_without_an_end_is_cut_off(fake: Fake, repository: Repository) -> None:
    fake.on("GET", "/v2/a/b/manifests/1", endless(64 << 20))
    with pytest.raises(RegistryError, match="sends more than"):
        repository.manifest("1")


def test_lists_without_an_end_are_cut_off(fake: Fake, repository: Repository) -> None:
    numbers = iter(range(10_000))

    def page(handler: Any) -> None:
        link = f'</v2/a/b/tags/list?last={next(numbers)}>; rel="next"'
        send(200, json.dumps({"tags": ["v"] * 900}).encode(), {"Link": link})(handler)

    fake.on("GET", "/v2/a/b/tags/list", page)
    with pytest.raises(RegistryError, match="does not end"):
        list(repository.tags())


def test_altered_blobs_are_fetched_once_more_and_then_named(
    fake: Fake, made: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ironhull.commands import run

    manifest = json.loads(made.content.blobs[made.amd64["digest"]])
    layer = manifest["layers"][1]["digest"]
    data = made.content.blobs[layer]
    altered = bytes([data[0] ^ 1]) + data[1:]
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = f"/v2/a/b/blobs/{layer}"
    fake.on("GET", path, send(200, altered), send(200, data))
    assert run(["pull", "-q", f"{fake.host}/a/b:1"]) == 0
    assert fake.count("GET", path) == 2


def test_blobs_that_stay_altered_end_the_pull(
    fake: Fake,
    made: Example,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from ironhull.commands import run

    layer = json.loads(made.content.blobs[made.amd64["digest"]])["layers"][1]["digest"]
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    fake.on("GET", f"/v2/a/b/blobs/{layer}", send(200, b"\0" * len(made.content.blobs[layer])))
    assert run(["pull", f"{fake.host}/a/b:1"]) == 1
    line = capsys.readouterr().err
    assert f"{fake.host}/a/b: blob {layer}: the content's digest is" in line
    assert line.count("\n") == 1
    assert ImageStore(tmp_path / "home" / "images").list() == ()


# ── redirects ────────────────────────────────────────────────────────────────────────────────────


def test_credentials_stay_behind_on_a_redirect_to_another_host(
    fake: Fake, pauses: list[float], tmp_path: Path
) -> None:
    with fake_registry() as cdn:
        cdn.content.blobs[DIGEST] = BODY
        keychain = Keychain([docker_config(tmp_path, fake.host)])
        repository = client(pauses, keychain=keychain).repository(
            Reference.parse(f"{fake.host}/a/b")
        )
        away = {"Location": f"http://{cdn.host}/v2/x/blobs/{DIGEST}?X-Amz-Signature=s3cret"}

        def redirect(handler: Any) -> None:
            asked = handler.headers.get("Authorization")
            challenge = {"WWW-Authenticate": 'Basic realm="x"'}
            (send(307, headers=away) if asked else send(401, headers=challenge))(handler)

        fake.on("GET", BLOB, redirect)
        assert read(repository) == BODY
        assert fake.headers("GET", BLOB, "authorization")[1].startswith("Basic ")
        assert cdn.headers("GET", f"/v2/x/blobs/{DIGEST}", "authorization") == [""]
        cdn.on("GET", f"/v2/x/blobs/{DIGEST}", send(403, b"<Error>s3cret</Error>"))
        with pytest.raises(DeniedError) as trouble:
            read(repository)
        assert "s3cret" not in str(trouble.value)
        assert cdn.host in trouble.value.message


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://host/x", "//", "gopher:x"])
def test_redirects_to_what_is_no_web_address_are_refused(
    fake: Fake, repository: Repository, target: str
) -> None:
    fake.on("GET", BLOB, send(302, headers={"Location": target}))
    with pytest.raises(RegistryError, match=r"redirected to|redirects"):
        read(repository)


def test_redirects_in_a_circle_end(fake: Fake, repository: Repository) -> None:
    fake.on("GET", BLOB, send(302, headers={"Location": BLOB}))
    with pytest.raises(RegistryError, match="more than 5 redirects"):
        read(repository)


# ── referrers ────────────────────────────────────────────────────────────────────────────────────


def referrer_index(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"schemaVersion": 2, "manifests": entries}).encode()


def test_the_referrers_api_is_read_page_by_page_and_filtered(
    fake: Fake, repository: Repository
) -> None:
    made = example("api")
    path = f"/v2/a/b/referrers/{made.digest}"
    second = {**made.countersignature, "artifactType": "application/vnd.other"}
    kind = {"Content-Type": OCI_INDEX}
    first = {**kind, "Link": f'<{path}?page=2>; rel="next"'}
    pages = (
        send(200, referrer_index(made.signature), first),
        send(200, referrer_index(second), kind),
    )
    fake.on("GET", path, *pages)
    assert [item.digest for item in repository.referrers(made.digest)] == [
        made.signature["digest"],
        second["digest"],
    ]
    both = send(200, referrer_index(made.signature, second), kind)
    fake.on("GET", path, both)
    found = repository.referrers(made.digest, "application/vnd.other")
    assert [item.digest for item in found] == [second["digest"]]


@pytest.mark.parametrize("status", [403, 404, 400, 405])
def test_without_the_api_the_fallback_tag_is_read(
    fake: Fake, repository: Repository, status: int
) -> None:
    made = example("tag")
    fake.on("GET", f"/v2/a/b/referrers/{made.digest}", send(status))
    assert repository.referrers(made.digest) == ()
    index = referrer_index(made.signature)
    fake.content.put(index, OCI_INDEX)
    fake.tags[fallback_tag(made.digest)] = digest_of(index)
    assert [item.digest for item in repository.referrers(made.digest)] == [made.signature["digest"]]


def test_what_only_claims_to_refer_is_left_out(fake: Fake, made: Example, tmp_path: Path) -> None:
    index = referrer_index(made.countersignature)  # it is about the signature, not the image
    fake.content.put(index, OCI_INDEX)
    fake.tags[fallback_tag(made.digest)] = digest_of(index)
    image = open_fake(fake, tmp_path)
    assert [item.predicate_type for item in image.attachments] == ["https://spdx.dev/Document"]


def test_referrers_that_cannot_be_listed_are_an_attachment_that_says_so(
    fake: Fake, made: Example, tmp_path: Path
) -> None:
    fake.on("GET", f"/v2/a/b/referrers/{made.amd64['digest']}", send(500))
    image = open_fake(fake, tmp_path)
    assert not [path for _, path, _ in fake.asked if "referrers" in path]  # not before it is used
    with pytest.raises(Error, match=r"attestations cannot be listed.*500"):
        image.attachments[-1].read()


def test_a_pushed_referrer_is_listed_once(fake: Fake, repository: Repository) -> None:
    made = example("enlist")
    data = made.content.blobs[made.signature["digest"]]
    document = Document(Descriptor(OCI_MANIFEST, made.signature["digest"], len(data)), data)
    repository.put_manifest(document)
    repository.put_manifest(document)
    tag = fallback_tag(made.digest)
    listed = json.loads(fake.content.blobs[fake.tags[tag]])["manifests"]
    assert [item["digest"] for item in listed] == [made.signature["digest"]]
    assert listed[0]["artifactType"] == made.signature["artifactType"]
    assert fake.count("PUT", f"/v2/a/b/manifests/{tag}") == 1


# ── uploads ──────────────────────────────────────────────────────────────────────────────────────

UPLOAD = "/v2/a/b/blobs/uploads/"
SESSION = UPLOAD + "session"


def upload(repository: Repository, data: bytes = BODY) -> bool:
    blob = Descriptor("application/octet-stream", digest_of(data), len(data))
    return repository.upload(blob, lambda offset: io.BytesIO(data[offset:]))


def test_a_blob_goes_up_in_one_request(fake: Fake, repository: Repository) -> None:
    fake.content.blobs.clear()
    assert upload(repository) is False
    assert fake.content.blobs[DIGEST] == BODY
    assert fake.count("PUT", SESSION) == 1


def too_large(handler: Any) -> None:
    handler.rfile.read(int(handler.headers["Content-Length"]))
    send(413)(handler)


def test_what_is_too_large_for_one_request_goes_up_in_chunks(
    fake: Fake, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.content.blobs.clear()
    monkeypatch.setattr(upload_module, "_chunk_bytes", lambda: 500_000)
    fake.on("PUT", SESSION, too_large)
    with pytest.raises(RegistryError, match="answers 413"):
        upload(repository)
    assert fake.count("PATCH", SESSION) == 5
    assert fake.headers("PATCH", SESSION, "content-range")[:2] == ["0-499999", "500000-999999"]


def test_an_upload_that_is_cut_goes_on_where_it_stopped(
    fake: Fake, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.content.blobs.clear()
    monkeypatch.setattr(upload_module, "_chunk_bytes", lambda: 500_000)

    def hang_up(handler: Any) -> None:
        handler.rfile.read(1000)
        handler.close_connection = True

    from tests.registry.fake import _upload as honest

    def pass_on(handler: Any) -> None:
        path, _, query = handler.path.partition("?")
        honest(fake, handler, path, query)

    fake.on("PUT", SESSION, hang_up, pass_on)
    fake.on("PATCH", SESSION, pass_on, hang_up, pass_on)
    upload(repository)
    assert fake.content.blobs[DIGEST] == BODY
    ranges = fake.headers("PATCH", SESSION, "content-range")
    assert ranges[:3] == ["0-499999", "500000-999999", "500000-999999"]


def test_a_mount_that_is_refused_is_an_upload(fake: Fake, repository: Repository) -> None:
    fake.content.blobs.clear()
    blob = Descriptor("application/octet-stream", DIGEST, len(BODY))
    assert repository.upload(blob, lambda at: io.BytesIO(BODY[at:]), "other/name") is False
    assert fake.content.blobs[DIGEST] == BODY


def test_a_source_that_ends_early_is_named(fake: Fake, repository: Repository) -> None:
    blob = Descriptor("application/octet-stream", DIGEST, len(BODY))
    with pytest.raises(RegistryError, match="ends before its size"):
        repository.upload(blob, lambda at: io.BytesIO(BODY[at : at + 1000]))


def test_a_registry_that_alters_what_is_pushed_is_named(fake: Fake, repository: Repository) -> None:
    lie = send(201, headers={"Docker-Content-Digest": digest_of(b"other")})
    fake.on("PUT", "/v2/a/b/manifests/1", lie)
    data = b'{"schemaVersion":2}'
    with pytest.raises(RegistryError, match="the registry keeps"):
        repository.put_manifest(Document(Descriptor(OCI_INDEX, digest_of(data), 19), data), "1")


# ── mirrors ──────────────────────────────────────────────────────────────────────────────────────


def test_mirrors_are_asked_first_and_left_when_they_fail(
    fake: Fake, made: Example, pauses: list[float]
) -> None:
    with fake_registry() as mirror:
        registries = client(pauses, mirrors={fake.host: (f"{mirror.host}/hub",)})
        repository = registries.repository(Reference.parse(f"{fake.host}/a/b"))
        assert repository.manifest("1").descriptor.digest == made.digest
        assert mirror.count("GET", "/v2/hub/a/b/manifests/1") == 1
        assert fake.count("GET", "/v2/a/b/manifests/1") == 1
        mirror.content = made.content
        mirror.tags["1"] = made.digest
        second = registries.repository(Reference.parse(f"{fake.host}/a/b"))
        assert second.manifest("1").descriptor.digest == made.digest
        assert fake.count("GET", "/v2/a/b/manifests/1") == 1
        assert not second.has_blob(digest_of(b"x"))
        assert mirror.count("HEAD", f"/v2/hub/a/b/blobs/{digest_of(b'x')}") == 0


def test_a_registry_beyond_this_machine_is_not_asked_offline(pauses: list[float]) -> None:
    registries = Registries(
        hosts=Hosts(), keychain=Keychain(), user_agent="test", offline=True, pause=pauses.append
    )
    with pytest.raises(RegistryError, match="offline"):
        registries.ping("registry.example")


def test_progress_is_told_by_all_threads_and_reaches_the_end(fake: Fake, made: Example) -> None:
    from ironhull.registry.transfer import plan, transfer
    from ironhull.sources import Asked, open_origin
    from ironhull.sources.targets import open_target, parse_target

    told: list[tuple[int, int]] = []
    lock = threading.Lock()

    def progress(_: str, done: int, total: int) -> None:
        with lock:
            told.append((done, total))

    registries = client([])
    asked = Asked(Path("/nonexistent"), registries=lambda: registries)
    origin = open_origin(f"registry://{fake.host}/a/b:1", asked)
    found = plan(origin, referrers=False)
    target = parse_target(f"{fake.host}/c/d:1", "")
    with open_target(target, origin, asked, found) as sink:
        done = transfer(found, origin, sink, progress)
    assert done.there == len(found.blobs)
    assert told[-1][0] == told[-1][1] == sum(blob.size for blob in found.blobs.values())


def test_indexes_inside_each_other_end(fake: Fake, tmp_path: Path) -> None:
    from ironhull.registry.transfer import plan
    from ironhull.sources import Asked, open_origin

    inner = fake.content.index()
    for _ in range(LIMITS.index_depth + 2):
        inner = fake.content.index(inner)
    fake.tags["deep"] = inner["digest"]
    registries = client([])
    asked = Asked(tmp_path, registries=lambda: registries)
    with pytest.raises(ImageError, match="indexes in more than"):
        plan(open_origin(f"registry://{fake.host}/a/b:deep", asked), referrers=False)
