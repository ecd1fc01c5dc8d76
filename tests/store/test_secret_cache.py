"""What is kept of secrets comes back as it was, or not at all."""

import json
from pathlib import Path

import pytest

from ironhull.limits import LIMITS
from ironhull.model import Problem, SecretFinding
from ironhull.store.cache_files import CacheFiles
from ironhull.store.secret_cache import ImageSecrets, LayerSecrets
from ironhull.values import replace
from tests.images import image
from tests.judging.images import SLSA, attached

FOUND = SecretFinding("r", "c", "T", "high", "app/\udcff", 1, 2, "x=********", "a" * 32)
PROBLEM = Problem("secrets", "app/b", "cannot be read")


def test_findings_of_an_image_come_back(tmp_path: Path) -> None:
    made, cache = image({"a": "1"}), ImageSecrets(tmp_path, "code")
    assert cache.load(made) is None
    cache.keep(made, (FOUND,), (PROBLEM,))
    assert ImageSecrets(tmp_path, "code").load(made) == ((FOUND,), (PROBLEM,))


def test_other_code_images_labels_and_attachments_are_others(tmp_path: Path) -> None:
    made, cache = image({"a": "1"}), ImageSecrets(tmp_path, "code")
    cache.keep(made, (FOUND,), ())
    others = [
        replace(made, config_digest="sha256:" + "0" * 64),
        replace(made, annotations={"a": "b"}),
        replace(made, attachments=(attached(SLSA, {}),)),
        replace(made, layers=()),
    ]
    assert [cache.load(other) for other in others] == [None] * len(others)
    assert ImageSecrets(tmp_path, "new").load(made) is None


@pytest.mark.parametrize("code", ["", "code"])
def test_what_nothing_names_is_not_kept(tmp_path: Path, code: str) -> None:
    made = replace(image({"a": "1"}), config_digest="" if code else "sha256:1")
    ImageSecrets(tmp_path, code).keep(made, (FOUND,), ())
    assert ImageSecrets(tmp_path, code).load(made) is None


def test_facts_of_a_layer_come_back(tmp_path: Path) -> None:
    cache = LayerSecrets(tmp_path, "1")
    assert cache.load("sha256:a") is None
    cache.keep("sha256:a", {3: b'{"x": 1}'})
    cache.keep("sha256:b", {})
    assert cache.load("sha256:a") == {3: b'{"x": 1}'}
    assert cache.load("sha256:b") == {}
    assert LayerSecrets(tmp_path, "2").load("sha256:a") is None


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"3", b"[3]", b'[["a", "b"]]', b'[[-1, "b"]]', b'{"findings": [[1]]}', b"\xff"],
)
def test_what_is_not_as_it_was_written_is_a_miss(data: bytes, tmp_path: Path) -> None:
    made, files = image({"a": "1"}), CacheFiles(str(tmp_path), "secrets", limit=10**6)
    images, layers = ImageSecrets(tmp_path, "code"), LayerSecrets(tmp_path, "1")
    files.keep(images._key(made), data)
    files.keep(layers._key("sha256:a"), data)
    assert images.load(made) is None
    assert layers.load("sha256:a") is None


def test_a_row_of_other_types_is_a_miss(tmp_path: Path) -> None:
    made, cache = image({"a": "1"}), ImageSecrets(tmp_path, "code")
    cache.keep(made, (FOUND,), ())
    files = CacheFiles(str(tmp_path), "secrets", limit=LIMITS.cache_file_bytes)
    said = json.loads(files.load(cache._key(made)) or b"")
    for wrong in (None, 1.5, [], True):
        for place in range(len(said["findings"][0])):
            row = [*said["findings"][0]]
            row[place] = wrong
            data = json.dumps({**said, "findings": [row]}).encode()
            files.keep(cache._key(made), data)
            assert cache.load(made) is None
