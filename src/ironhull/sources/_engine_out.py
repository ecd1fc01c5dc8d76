"""An engine as the place a transfer puts an image into: an archive is made and loaded."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ironhull.errors import EngineError
from ironhull.oci.names import Reference
from ironhull.registry.transfer import Plan, Sink
from ironhull.sources._archive_out import archive_sink
from ironhull.sources._engine_http import Client
from ironhull.sources.engine import reached

__all__ = ["engine_sink"]

_LOAD = "/images/load"  # of the Engine API, and of Podman's own


@contextmanager
def engine_sink(
    kind: str, reference: Reference, found: Plan, environment: Mapping[str, str]
) -> Iterator[Sink]:
    """The engine `kind` ("docker", "podman"); the image is loaded when it is complete.

    Raises EngineError where none answers, before anything is read, or where it refuses the image.
    """
    client = reached(kind, reference.familiar, environment)
    with tempfile.TemporaryDirectory(prefix="ironhull-") as place:
        archive = Path(place) / "image.tar"
        with archive_sink(archive, reference, found) as sink:
            yield sink
        _check(client, client.send(_LOAD if client.libpod else f"{_LOAD}?quiet=1", archive))


def _check(client: Client, answer: bytes) -> None:
    """Docker says what went wrong in a line of its progress, with status 200 before it."""
    for line in answer.splitlines():
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            continue
        trouble = said.get("error") if isinstance(said, dict) else None
        if isinstance(trouble, str):
            text = " ".join(trouble.split())[:300]
            raise EngineError(f"{client.name} does not load the image: {text}", "see its log")
