"""An image as an engine saves it: fetched once, when its bytes are needed, and read in place.

What an image is made of (config, manifest, digests of layers) follows from the ID the engine gives
it. A cache keeps those small documents, so that an image whose layers nobody needs to read, as they
were read before, is not saved at all.
"""

from __future__ import annotations

import json
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ironhull.errors import EngineError, ImageError
from ironhull.limits import LIMITS
from ironhull.model import EVERY_PLATFORM, Attachment, Image, Layer, Platform
from ironhull.oci.storage import storage_error
from ironhull.sources._engine_http import Client, said
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.store.cache_files import CacheFiles

__all__ = ["Saved", "recall", "remember"]

_CHUNK = 256 * 1024
_FORMAT = "2"
_BLOCK = 512  # tar: every archive is a multiple of it


class Saved:
    """One image of an engine, by its ID; `image()` saves it on first use, from any thread."""

    def __init__(self, client: Client, id_: str, platform: Platform | None) -> None:
        self._client = client
        self._id = id_
        self._platform = platform
        self._lock = threading.Lock()
        self._image: Image | None = None

    def image(self) -> Image:
        """The image with its layers in a temporary file; raises Error."""
        with self._lock:
            if self._image is None:
                self._image = self._read()
            return self._image

    def layer(self, number: int, diff_id: str) -> BinaryIO:
        """The bytes of a layer; ImageError if the engine gives another one than it did before."""
        layers = self.image().layers
        if number >= len(layers) or layers[number].diff_id != diff_id:
            raise ImageError(
                f"{self._client.name}: {self._id}: not the layers it had before", "try again"
            )
        return layers[number].open()

    def attachment(self, digest: str) -> bytes:
        """The bytes of an attachment; raises ImageError."""
        for item in self.image().attachments:
            if item.digest == digest:
                return item.read()
        raise ImageError(f"{self._client.name}: {self._id}: {digest} is not in it any more")

    def _read(self) -> Image:
        from ironhull.sources.archive import read_archive

        where = self._where
        archive = self.archive()
        try:
            return read_archive(archive, where, "", self._platform)
        except ImageError as error:
            hint = error.hint
            if self._platform not in (None, EVERY_PLATFORM):
                hint = f"it may not hold {self._platform}: pull it with --platform"
            raise ImageError(error.message, hint) from None

    @property
    def _where(self) -> str:
        return f"{self._client.name}: {self._id[:19]}"

    def archive(self) -> BinaryIO:
        """The archive in a file without a name; gone when nobody reads it any more."""
        import tempfile

        where = self._where
        with self._client.stream(self._path()) as stream:
            try:
                file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the image that reads it
            except OSError as error:
                raise storage_error(error, f"cannot save {where} to a temporary file") from error
            try:
                size = 0
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    if size > LIMITS.engine_image_bytes:
                        limit = LIMITS.engine_image_bytes
                        raise ImageError(f"{where}: more than {limit} bytes")
                    file.write(piece)
                file.flush()
                _check_end(file, size, where)
            except BaseException as error:
                file.close()
                if isinstance(error, OSError):
                    doing = f"cannot save {where} to {tempfile.gettempdir()}"
                    raise storage_error(error, doing) from error
                raise
        return cast(BinaryIO, file)

    def _path(self) -> str:
        if self._client.libpod:
            return f"/images/{self._id.removeprefix('sha256:')}/get?format=docker-archive"
        path = f"/images/{self._id}/get"
        wanted = None if self._platform == EVERY_PLATFORM else self._platform
        if wanted is not None and self._client.api >= (1, 48):
            from urllib.parse import quote

            path += "?platform=" + quote(json.dumps(_platform_json(wanted)))
        return path


def _platform_json(platform: Platform) -> dict[str, str]:
    """A platform as the Engine API's parameters have it."""
    found = {"os": platform.os, "architecture": platform.architecture}
    return {**found, "variant": platform.variant} if platform.variant else found


def _check_end(file: Any, size: int, where: str) -> None:
    """Refuse an archive without its end, two blocks of zeros.

    What comes instead is an error: all an engine can do once it has begun to send.
    """
    file.seek(max(0, size - 8 * _BLOCK))
    tail: bytes = file.read()
    if size % _BLOCK == 0 and tail.endswith(bytes(2 * _BLOCK)):
        return
    start = tail.rfind(b'{"errorDetail"')
    message = _detail(tail[start:]) if start >= 0 else said(tail)
    if message:
        raise EngineError(f"{where}: cannot be saved: {message}", "see the engine's log")
    raise EngineError(
        f"{where}: the saved image is cut short ({size} bytes)", "did the engine stop? try again"
    )


def _detail(data: bytes) -> str:
    try:
        message = json.loads(data)["errorDetail"]["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return " ".join(str(message).split())[:300]


# ── what an image is made of, by its ID ──────────────────────────────────────────────────────────


def remember(root: Path | str, key: str, image: Image) -> None:
    """Keep the documents of `image` below the cache folder `root`, where that can be."""
    value = {
        "digest": image.digest,
        "config_digest": image.config_digest,
        "index_digest": image.index_digest,
        "config": image.config,
        "manifest": image.manifest,
        "annotations": dict(image.annotations),
        "platform": [image.platform.os, image.platform.architecture, image.platform.variant],
        "layers": [
            [layer.diff_id, layer.digest, layer.size, layer.media_type, layer.created_by]
            for layer in image.layers
        ],
        "attachments": [
            [
                *(item.predicate_type, item.media_type, item.digest, item.size),
                *(item.manifest, item.subject, item.storage, dict(item.annotations)),
            ]
            for item in image.attachments
        ],
    }
    data = json.dumps(value, separators=(",", ":")).encode("utf-8", "surrogatepass")
    _files(root).keep(_key(key), data)


def recall(root: Path | str, key: str, saved: Saved) -> Image | None:
    """The image of `key` whose layers come from `saved`; None where nothing fit is kept."""
    data = _files(root).load(_key(key))
    if data is None:
        return None
    try:
        return _image(json.loads(data), saved)
    except (ValueError, LookupError, TypeError, RecursionError):
        _files(root).forget(_key(key))
        return None


def _image(value: dict[str, Any], saved: Saved) -> Image:
    layers = tuple(
        Layer(diff_id, digest, size, media_type, partial(saved.layer, number, diff_id), maker)
        for number, (diff_id, digest, size, media_type, maker) in enumerate(value["layers"])
    )
    attachments = tuple(
        Attachment(kind, media_type, digest, size, partial(saved.attachment, digest), *rest)
        for kind, media_type, digest, size, *rest in value["attachments"]
    )
    made = Image(
        name="",
        digest=value["digest"],
        config=value["config"],
        layers=layers,
        platform=Platform(*value["platform"]),
        origin="engine",
    )
    return replace(
        made,
        config_digest=value["config_digest"],
        index_digest=value["index_digest"],
        manifest=value["manifest"],
        annotations=value["annotations"],
        attachments=attachments,
    )


def _files(root: Path | str) -> CacheFiles:
    from ironhull.store.cache_files import CacheFiles

    return CacheFiles(str(root), "engines", limit=LIMITS.config_bytes + LIMITS.manifest_bytes)


def _key(text: str) -> str:
    from ironhull.store.cache_files import key_of

    return key_of(("engine", _FORMAT, text))
