"""OCI image layouts in a directory (image-spec 1.1, image-layout.md)."""

from __future__ import annotations

from pathlib import Path

from ironhull.errors import ImageError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Image, Platform
from ironhull.oci.blobs import DirectoryBlobs
from ironhull.oci.images import load_image
from ironhull.oci.manifests import load_json, parse_index
from ironhull.sources._pick import pick, split_path

__all__ = ["check_version", "open_layout"]


def open_layout(text: str, platform: Platform | None) -> Image:
    """The image `PATH`, `PATH:NAME` or `PATH@DIGEST`; raises ReferenceFault, ImageError."""
    path, wanted = split_path(text)
    if not path.is_dir():
        what = "a file, not a directory" if path.exists() else "no such directory"
        hint = f"write archive://{text}" if path.exists() else "check the path"
        raise ReferenceFault(f"oci-dir://{text}: {what}", hint)
    if not (path / "index.json").is_file():
        raise ReferenceFault(
            f"oci-dir://{text}: not an OCI layout: no index.json in it",
            f"for an unpacked root file system write fs://{text}",
        )
    if (path / "oci-layout").is_file():
        check_version(_read(path / "oci-layout"), str(path))
    index = parse_index(_read(path / "index.json"), f"{path}: index.json")
    blobs = DirectoryBlobs(path)
    picked = pick(blobs, index.manifests, wanted, "oci-dir")
    return load_image(blobs, picked.entries, platform, name=picked.name, origin="oci-dir")


def check_version(data: bytes, where: str) -> None:
    """Refuse layouts of a version that is not there yet."""
    version = load_json(data, f"{where}: oci-layout", 4096).get("imageLayoutVersion")
    if version != "1.0.0":
        raise ImageError(f"{where}: oci-layout: version {version!r}, only 1.0.0 is known")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LIMITS.manifest_bytes + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from None
