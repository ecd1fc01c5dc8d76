"""Advisory data in a registry, as a real one keeps it and as a lying one sends it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ironhull.advisories.artifact import ARTIFACT, DATE, DIGEST, LAYER, download, find, publish
from ironhull.advisories.exchange import export_data, import_data, note_pulled, was_pulled
from ironhull.advisories.update import open_index
from ironhull.errors import AdvisoryError, RegistryError
from ironhull.model import Descriptor
from ironhull.oci.manifests import OCI_INDEX, OCI_MANIFEST, canonical_json, sha256_digest
from ironhull.oci.names import Reference
from ironhull.registry import Document, Hosts, Keychain, Registries, Repository
from ironhull.values import replace
from tests.registry.servers import docker_registry

from .serving import NOW


def repository(host: str) -> tuple[Repository, Reference]:
    reference = Reference.parse(f"{host}/team/advisories:daily")
    registries = Registries(hosts=Hosts(), keychain=Keychain(()), user_agent="t")
    return registries.repository(reference), reference


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def test_what_is_published_is_pulled(host: str, tmp_path: Path) -> None:
    place, reference = repository(host)
    with (tmp_path / "bundle").open("wb") as file:
        head = export_data(tmp_path / "a", file, raw=False, now=NOW)
    digest = publish(place, reference.tag, tmp_path / "bundle", head)
    assert publish(place, reference.tag, tmp_path / "bundle", head) == digest
    stored = json.loads(place.manifest("daily").data)
    assert stored["artifactType"] == ARTIFACT
    assert [layer["mediaType"] for layer in stored["layers"]] == [LAYER]
    assert stored["annotations"][DIGEST] == head.digest
    assert stored["annotations"][DATE] == head.date
    for name in (reference, replace(reference, tag="", digest=digest)):
        found = find(place, name)
        assert (found.digest, found.index) == (digest, head.digest)
        target = io.BytesIO()
        download(place, found, target)
        assert target.getvalue() == (tmp_path / "bundle").read_bytes()
    target.seek(0)
    done = import_data(tmp_path / "b", target, what="x", now=NOW)
    assert done.digest == head.digest


def test_a_pulled_artifact_is_known_again(tmp_path: Path) -> None:
    assert was_pulled(tmp_path, "sha256:1") == ""
    with open_index(tmp_path, now=NOW) as index:
        digest = index.digest
    note_pulled(tmp_path, "sha256:1", digest)
    assert was_pulled(tmp_path, "sha256:1") == digest
    assert was_pulled(tmp_path, "sha256:2") == ""
    note_pulled(tmp_path, "sha256:1", "sha256:another")
    assert was_pulled(tmp_path, "sha256:1") == ""


def _put(place: Repository, values: dict[str, object], media_type: str = OCI_MANIFEST) -> None:
    data = canonical_json({"schemaVersion": 2, "mediaType": media_type, **values})
    place.put_manifest(Document(Descriptor(media_type, sha256_digest(data), len(data)), data), "x")


def test_other_things_are_not_taken_for_data(host: str) -> None:
    place, reference = repository(host)
    reference = replace(reference, tag="x")
    blob = Descriptor("application/octet-stream", sha256_digest(b"x"), 1)
    place.upload(blob, lambda offset: io.BytesIO(b"x"[offset:]))
    plain = {"mediaType": LAYER, "digest": blob.digest, "size": 1}
    config = {**plain, "mediaType": "application/vnd.oci.image.config.v1+json"}
    _put(place, {"config": config, "layers": [plain]})
    with pytest.raises(AdvisoryError, match=r"not advisory data but application/vnd\.oci\.image"):
        find(place, reference)
    _put(place, {"config": config, "artifactType": ARTIFACT, "layers": []})
    with pytest.raises(AdvisoryError, match="not advisory data"):
        find(place, reference)
    _put(place, {"manifests": []}, OCI_INDEX)
    with pytest.raises(AdvisoryError, match="several platforms"):
        find(place, reference)
    with pytest.raises(RegistryError):
        find(place, replace(reference, tag="absent"))


def test_a_layer_of_another_digest_is_refused(host: str, tmp_path: Path) -> None:
    place, reference = repository(host)
    with (tmp_path / "bundle").open("wb") as file:
        head = export_data(tmp_path / "a", file, raw=False, now=NOW)
    publish(place, reference.tag, tmp_path / "bundle", head)
    found = find(place, reference)

    class Lying:
        where = place.where

        def open_blob(self, digest: str, size: int) -> io.BytesIO:
            return io.BytesIO(b"\0" * size)

    with pytest.raises(RegistryError, match="sends something else"):
        download(Lying(), found, io.BytesIO())  # type: ignore[arg-type]  # what download asks of it
