"""The index of known images: what others may be built on, found by name, digest and lowest layers.

One SQLite file, `bases/index.sqlite` below the home; a run that reads holds no lock, writers wait
for each other. A name that led elsewhere before keeps its former images, so that what was built on
them is recognised; they are not `current`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ironhull.base_choice import chain_ids
from ironhull.errors import ImageError, ReferenceFault, StoreError
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Image, KnownImage, Platform
from ironhull.oci.images import find_images, read_image
from ironhull.oci.manifests import OCI_INDEX, OCI_MANIFEST, load_json
from ironhull.oci.names import Reference
from ironhull.store import _layout, _lookup
from ironhull.store._layout import Blobs
from ironhull.store.files import locked

__all__ = ["BaseIndex", "kept_image", "stored_images"]

_APPLICATION = 0x49524842  # "IRHB" in SQLite's header
_VERSION = 1
_TABLES = f"""
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
CREATE TABLE image (
    repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL, index_digest TEXT NOT NULL,
    config TEXT NOT NULL, os TEXT NOT NULL, architecture TEXT NOT NULL, variant TEXT NOT NULL,
    layers TEXT NOT NULL, chain TEXT NOT NULL, size INTEGER NOT NULL, created TEXT NOT NULL,
    entries INTEGER NOT NULL, history TEXT NOT NULL, base_name TEXT NOT NULL,
    base_digest TEXT NOT NULL, origin TEXT NOT NULL, seen TEXT NOT NULL, current INTEGER NOT NULL,
    PRIMARY KEY (repository, tag, digest)
) WITHOUT ROWID;
CREATE INDEX by_chain ON image (chain);
CREATE INDEX by_digest ON image (digest);
CREATE INDEX by_index ON image (index_digest);
"""
_COLUMNS = (
    "repository, tag, digest, index_digest, config, os, architecture, variant, layers, size,"
    " created, entries, history, base_name, base_digest, origin, seen, current"
)
_HINT = "remove the file and run `ironhull bases index` again"
_AT_ONCE = 500  # values in one question


class BaseIndex:
    """The known images in the file `path`; without one nothing is known."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def named(self, reference: Reference, platform: Platform | None) -> tuple[KnownImage, ...]:
        """What a name leads to, and led to before, the newest first; of a digest just that."""
        if reference.digest:
            return self.with_digest(reference.digest, platform)
        where = "repository = ? AND tag = ? ORDER BY current DESC, seen DESC"
        return self._of(self._run(where, _repository(reference), reference.tag), platform)

    def with_digest(self, digest: str, platform: Platform | None) -> tuple[KnownImage, ...]:
        """What has that digest of a manifest or of the index round it."""
        where = "digest = ? OR index_digest = ? ORDER BY current DESC, repository, tag"
        return self._of(self._run(where, digest, digest), platform)

    def below(self, diff_ids: Sequence[str], platform: Platform | None) -> tuple[KnownImage, ...]:
        """What has exactly the first layers of `diff_ids` (at least one), the most layers first."""
        found: list[tuple[Any, ...]] = []
        if self.path.is_file():
            chains = chain_ids(diff_ids[: LIMITS.layers])
            for start in range(0, len(chains), _AT_ONCE):
                part = chains[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(part))
                found += self._run(f"chain IN ({marks}) ORDER BY repository, tag", *part)
        images = self._of(found, platform)
        return tuple(sorted(images, key=lambda image: -len(image.layers)))

    def repository(self, reference: Reference, platform: Platform | None) -> tuple[KnownImage, ...]:
        """What the tags of a repository lead to."""
        where = "repository = ? AND current = 1 ORDER BY tag"
        return self._of(self._run(where, _repository(reference)), platform)

    def everything(self) -> tuple[KnownImage, ...]:
        """Everything that is known, by name, what is current first."""
        where = "1 ORDER BY repository, tag, current DESC, seen DESC, os, architecture, variant"
        return self._of(self._run(where), None)

    def _of(
        self, rows: Iterable[tuple[Any, ...]], platform: Platform | None
    ) -> tuple[KnownImage, ...]:
        images = (_image(row) for row in rows)
        return tuple(i for i in images if platform is None or _fits(i.platform, platform))

    def _run(self, where: str, *values: str) -> list[tuple[Any, ...]]:
        if not self.path.is_file():
            return []
        from urllib.parse import quote

        try:
            with closing(sqlite3.connect(f"file:{quote(str(self.path))}?mode=ro", uri=True)) as db:
                self._check(db)
                return db.execute(f"SELECT {_COLUMNS} FROM image WHERE {where}", values).fetchall()  # noqa: S608 - texts of this module
        except sqlite3.Error as trouble:
            raise self._damaged(trouble) from trouble

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def add(self, images: Iterable[KnownImage]) -> int:
        """Keep `images` as what their names lead to now; gives how many were not known so.

        Raises StoreError.
        """
        fresh = 0
        with locked(self.path.with_name("lock")):
            try:
                with closing(self._writable()) as db, db:
                    for image in images:
                        fresh += self._put(db, image)
                    (count,) = db.execute("SELECT count(*) FROM image").fetchone()
                    if count > LIMITS.known_images:
                        raise StoreError(
                            f"{self.path}: more than {LIMITS.known_images} known images",
                            "remove some with `ironhull bases remove`",
                        )
            except sqlite3.Error as trouble:
                raise self._damaged(trouble) from trouble
        return fresh

    def remove(self, what: str) -> int:
        """Forget a name, every tag of a repository, or a digest (or 8 digits of one and more).

        Gives how many images went. Raises StoreError, ReferenceFault where nothing is meant.
        """
        gone = 0
        if self.path.is_file():
            with locked(self.path.with_name("lock")):
                try:
                    with closing(self._writable()) as db, db:
                        gone = _removed(db, what)
                except sqlite3.Error as trouble:
                    raise self._damaged(trouble) from trouble
        if not gone:
            raise ReferenceFault(
                f"{what} is not in the index of known images", "`ironhull bases list` lists them"
            )
        return gone

    def _writable(self) -> sqlite3.Connection:
        fresh = not self.path.exists()
        db = sqlite3.connect(self.path)
        try:
            if fresh:
                db.executescript(_TABLES)
            self._check(db)
        except Exception:
            db.close()
            raise
        return db

    def _put(self, db: sqlite3.Connection, image: KnownImage) -> bool:
        reference = Reference.parse(image.name) if image.name else None
        repository = _repository(reference) if reference else ""
        tag = reference.tag if reference else ""
        at = (image.platform.os, image.platform.architecture, image.platform.variant)
        (known,) = db.execute(
            "SELECT count(*) FROM image"
            " WHERE repository = ? AND tag = ? AND digest = ? AND current = 1",
            (repository, tag, image.digest),
        ).fetchone()
        if tag:
            db.execute(
                "UPDATE image SET current = 0 WHERE repository = ? AND tag = ?"
                " AND os = ? AND architecture = ? AND variant = ?",
                (repository, tag, *at),
            )
        chain = chain_ids(image.layers)
        db.execute(
            "INSERT OR REPLACE INTO image VALUES"
            " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                *(repository, tag, image.digest, image.index_digest, image.config_digest, *at),
                *(" ".join(image.layers), chain[-1] if chain else "", image.size, image.created),
                *(*image.history, *image.base, image.origin, image.seen),
            ),
        )
        return not known

    def _check(self, db: sqlite3.Connection) -> None:
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION:
            raise StoreError(f"{self.path} is not an index of known images", _HINT)
        if version != _VERSION:
            raise StoreError(
                f"{self.path} is an index of version {version}, this Ironhull reads {_VERSION}",
                _HINT,
            )

    def _damaged(self, trouble: Exception) -> StoreError:
        return StoreError(f"{self.path}: the index of known images: {trouble}", _HINT)


def _repository(reference: Reference) -> str:
    return f"{reference.registry}/{reference.repository}"


def _fits(one: Platform, other: Platform) -> bool:
    same = (one.os, one.architecture) == (other.os, other.architecture)
    return same and (one.variant == other.variant or not (one.variant and other.variant))


def _removed(db: sqlite3.Connection, what: str) -> int:
    from string import hexdigits

    digits = what.removeprefix("sha256:")
    if len(digits) >= 8 and not set(digits) - set(hexdigits.lower()):
        start = f"sha256:{digits}%"
        gone = db.execute(
            "DELETE FROM image WHERE digest LIKE ? OR index_digest LIKE ?", (start, start)
        ).rowcount
        if gone or what.startswith("sha256:"):
            return gone
    reference = Reference.parse(what)
    where, values = "repository = ?", [_repository(reference)]
    if reference.digest:
        where += " AND (digest = ? OR index_digest = ?)"
        values += [reference.digest, reference.digest]
    elif ":" in what.rpartition("/")[2]:
        where += " AND tag = ?"
        values.append(reference.tag)
    return db.execute(f"DELETE FROM image WHERE {where}", values).rowcount  # noqa: S608 - texts of this module


def _image(row: tuple[Any, ...]) -> KnownImage:
    (repository, tag, digest, index_digest, config, *platform, layers, size, created) = row[:11]
    entries, history, base_name, base_digest, origin, seen, current = row[11:]
    registry, _, path = repository.partition("/")
    name = ""
    if repository:
        name = Reference(registry, path, tag, "" if tag else index_digest or digest).familiar
    return KnownImage(
        name=name,
        digest=digest,
        config_digest=config,
        platform=Platform(*platform),
        layers=tuple(layers.split()),
        index_digest=index_digest,
        size=size,
        created=created,
        history=(entries, history),
        base=(base_name, base_digest),
        origin=origin,
        seen=seen,
        current=bool(current),
    )


def stored_images(root: Path, platform: Platform) -> Iterator[Image]:
    """The images of the store at `root` for `platform`, under each name; damaged ones are left out.

    They are read no further than their configs.
    """
    blobs = Blobs(root, root / ".ironhull")
    entries = _lookup.images(_layout.read_index(root))
    for entry in entries[: LIMITS.stored_bases]:
        with suppress(ImageError):
            for found in find_images(blobs, [entry]):
                image = read_image(blobs, found, name=_lookup.name_of(entry), origin="store")
                if _fits(image.platform, platform):
                    yield image


def kept_image(root: Path, digest: str, platform: Platform) -> Image | None:
    """The image of a digest whose manifest is still in the store, though nothing names it now.

    That is so of an image whose name was given to another one, until the store is pruned.
    """
    blobs = Blobs(root, root / ".ironhull")
    try:
        with blobs.open(digest) as file:
            data = file.read(LIMITS.manifest_bytes + 1)
        document = load_json(data, digest, LIMITS.manifest_bytes)
        shape = OCI_INDEX if "manifests" in document else OCI_MANIFEST
        entry = Descriptor(str(document.get("mediaType") or shape), digest, len(data))
        for found in find_images(blobs, [entry]):
            image = read_image(blobs, found, name="", origin="store")
            if _fits(image.platform, platform):
                return image
    except (FileNotFoundError, ImageError):
        return None
    return None
