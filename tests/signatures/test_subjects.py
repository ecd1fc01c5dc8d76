"""What of an image is signed, alone and with all that belongs to it."""

import json
from pathlib import Path

from ironhull.attestations import NewStatement, attach
from ironhull.signatures import subjects_of
from tests.signatures.images import in_layout, place


def test_the_image_alone(tmp_path: Path) -> None:
    made, name = in_layout(tmp_path)
    assert [item.digest for item in subjects_of(place(name), recursive=False)] == [made.digest]


def test_with_all_that_the_index_lists_and_statements_beside_it(tmp_path: Path) -> None:
    made, name = in_layout(tmp_path)
    here = place(name)
    statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://x.test/p"}
    root = here.origin.root
    data = json.dumps({**statement, "subject": [], "predicate": {}}).encode()
    attached = attach(here, [NewStatement("https://x.test/p", data, root)]).manifests
    found = list(subjects_of(place(name), recursive=True))
    listed = [made.amd64, made.arm64, *made.attestations]
    assert [item.digest for item in found] == [
        made.digest,
        *(item["digest"] for item in listed),
        *(item.digest for item in attached),
    ]
    assert [item.size for item in found[1:5]] == [item["size"] for item in listed]
    assert all(item.media_type and item.size for item in found)
