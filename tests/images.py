"""Real images made in code: `image({"etc/os-release": "ID=debian"})`, as a value or on disk.

    image(files)                       one layer
    image([files, files])              several, lowest first
    layout(tmp_path, "web:init", ...)  an OCI layout directory
    archive(tmp_path, "web:init", ..., kind="docker-archive")
    stored(store, "web:init", ...)     named in an `ImageStore`

`files` maps paths to what is there: bytes or str (a file of mode 0644), None (a directory), or a
`Member`, whose own path does not matter.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from ironhull.model import Image, Layer, Platform
from ironhull.oci.edit import ImageConfig, assemble
from ironhull.oci.manifests import load_json
from ironhull.oci.pack import Member, PackedLayer, pack_layer
from ironhull.store.images import ImageStore

Files = Mapping[str, bytes | str | Member | None]
EPOCH = 1_767_225_600
CREATED = "2026-01-01T00:00:00Z"


def members(files: Files) -> list[Member]:
    """The members of a layer that holds `files`."""
    return [_member(path, content) for path, content in files.items()]


def _member(path: str, content: bytes | str | Member | None) -> Member:
    if isinstance(content, Member):
        return replace(content, path=path)
    if content is None:
        return Member(path, "dir", 0o755)
    data = content.encode() if isinstance(content, str) else content
    return Member(path, "file", 0o644, content=data)


def pack(files: Files, directory: Path) -> PackedLayer:
    """A layer that holds `files`, written into `directory`."""
    return pack_layer(members(files), directory, epoch=EPOCH)


def _all(files: Files | Sequence[Files]) -> list[Files]:
    return [files] if isinstance(files, Mapping) else list(files)


def image(
    files: Files | Sequence[Files],
    *,
    name: str = "test:latest",
    config: ImageConfig | None = None,
    platform: Platform | None = None,
    annotations: Mapping[str, str] | None = None,
    created: str = CREATED,
) -> Image:
    """An image in memory; nothing is left on disk."""
    with tempfile.TemporaryDirectory() as place:
        packed = [pack(layer, Path(place)) for layer in _all(files)]
        contents = [layer.path.read_bytes() for layer in packed]
    history = [f"layer {number}" for number in range(len(packed))]
    made = assemble(
        base=None,
        layers=packed,
        config=config or ImageConfig(),
        platform=platform or Platform(),
        created=created,
        history=history,
        annotations=annotations or {},
    )
    return Image(
        name=name,
        digest=made.manifest.descriptor.digest,
        config=load_json(made.config.data, "config", 1 << 30),
        layers=tuple(
            _layer(layer, data, line)
            for layer, data, line in zip(packed, contents, history, strict=True)
        ),
        platform=platform or Platform(),
        origin="test",
        config_digest=made.config.descriptor.digest,
        manifest=load_json(made.manifest.data, "manifest", 1 << 30),
        annotations=annotations or {},
    )


def _layer(packed: PackedLayer, data: bytes, line: str) -> Layer:
    def opened() -> BinaryIO:
        return BytesIO(data)

    return Layer(packed.diff_id, packed.digest, packed.size, packed.media_type, opened, line)


def stored(
    store: ImageStore,
    name: str,
    files: Files | Sequence[Files],
    *,
    base: Image | None = None,
    config: ImageConfig | None = None,
    platform: Platform | None = None,
    annotations: Mapping[str, str] | None = None,
    statements: Sequence[tuple[str, bytes]] = (),
    created: str = CREATED,
) -> Image:
    """An image written to `store` on top of `base`, called `name`."""
    with store.staging() as place:
        packed = [pack(layer, place) for layer in _all(files)]
        made = store.write_image(
            base=base,
            layers=packed,
            config=config or (ImageConfig.of(base) if base else ImageConfig()),
            platform=platform or Platform(),
            created=created,
            history=[f"layer {number}" for number in range(len(packed))],
            annotations=annotations or {},
        )
    return store.publish(made, [name] if name else [], statements)


def layout(tmp_path: Path, name: str, files: Files | Sequence[Files], **options: Any) -> Path:
    """An OCI layout directory that holds one image; options as `stored`."""
    return archive(tmp_path, name, files, kind="oci-dir", **options)


def archive(
    tmp_path: Path,
    name: str,
    files: Files | Sequence[Files],
    *,
    kind: str = "docker-archive",
    **options: Any,
) -> Path:
    """An archive (or, as "oci-dir", a layout) that holds one image; options as `stored`."""
    store = ImageStore(Path(tempfile.mkdtemp(dir=tmp_path)))
    made = stored(store, name, files, **options)
    path = tmp_path / name.replace("/", "_").replace(":", "_")
    path = path if kind == "oci-dir" else path.with_suffix(".tar")
    store.export(made, kind, path)
    return path
