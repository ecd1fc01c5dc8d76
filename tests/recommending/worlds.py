"""A small world of base images: versions of a wheel decide how many vulnerabilities each has."""

import json
from collections.abc import Sequence
from pathlib import Path

from ironhull.config import Settings
from ironhull.model import Image
from ironhull.places import Places
from ironhull.store.images import ImageStore
from tests.advisories.serving import record
from tests.advisories.test_update import publish
from tests.images import Files, stored
from tests.indexes import fetched

PROVENANCE = "https://slsa.dev/provenance/v1"
APP: Files = {"srv/app.py": "print()\n"}


def contents(flask: str, filling: int = 0, more: Files | None = None) -> Files:
    """The files of a base that has Flask in a version, and `filling` bytes no archive shrinks."""
    import random

    noise = random.Random(f"{flask}{filling}").randbytes(filling)
    return {
        f"usr/lib/python3/site-packages/flask-{flask}.dist-info/METADATA": (
            f"Metadata-Version: 2.1\nName: Flask\nVersion: {flask}\n"
        ),
        "usr/share/noise": noise,
        **(more or {}),
    }


def advisories(settings: Settings, world: Path) -> None:
    """Flask has a high vulnerability before 2, a medium one before 3."""
    vectors = (("2.0", "C:H/I:N/A:N"), ("3.0", "C:L/I:N/A:N"))
    records = [
        record(
            f"GHSA-aaaa-bbbb-000{number}",
            aliases=[f"CVE-2026-000{number}"],
            events=[{"introduced": "0"}, {"fixed": fixed}],
            severity=[{"type": "CVSS_V3", "score": f"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/{impact}"}],
        )
        for number, (fixed, impact) in enumerate(vectors)
    ]
    publish(world, records)
    fetched(world, settings.advisories)


def attested(image: Image, base: str, digest: str) -> list[tuple[str, bytes]]:
    """Provenance that says what `image` was built on."""
    name, _, tag = base.rpartition(":")
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "it", "digest": {"sha256": image.digest[7:]}}],
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "resolvedDependencies": [
                    {"uri": f"pkg:docker/{name}@{tag}", "digest": {"sha256": digest[7:]}}
                ]
            }
        },
    }
    return [(PROVENANCE, json.dumps(statement).encode())]


def built_on(
    store: ImageStore, name: str, base: Image, called: str = "", files: Files | None = None
) -> Image:
    """An image on top of `base`, with provenance where that is `called` something."""
    bare = stored(store, "", files or APP, base=base)
    said: Sequence[tuple[str, bytes]] = (
        attested(bare, called, base.index_digest or base.digest) if called else ()
    )
    return store.publish(bare, [name], said)


def home(tmp_path: Path) -> Settings:
    """Settings of a home with the advisories."""
    found = Settings(Places(str(tmp_path / "home"), str(tmp_path / "home" / "cache")))
    advisories(found, tmp_path / "world")
    return found
