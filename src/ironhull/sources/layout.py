"""Images in a directory: OCI layouts (image-spec 1.1, image-layout.md) and `dir:` of skopeo.

The latter (containers/image, docs: containers-transports(5), "dir:") holds the files of one image:
manifest.json as a registry has it, blobs named by the hex digits of their digest, and `version`.
`podman save --format docker-dir` writes the same.
"""

from __future__ import annotations

from ironhull.errors import ImageError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import Descriptor, Image, Platform
from ironhull.oci.blobs import DirectoryBlobs
from ironhull.oci.images import load_image
from ironhull.oci.manifests import (
    INDEX_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    check_digest,
    load_json,
    parse_index,
    sha256_digest,
)
from ironhull.sources._pick import kind_of, load_picked, missing, pick, split_path
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["check_version", "open_layout", "read_entries"]


def open_layout(text: str, platform: Platform | None) -> Image:
    """The image `PATH`, `PATH:NAME` or `PATH@DIGEST`; raises ReferenceFault, ImageError."""
    path, wanted = split_path(text)
    reference = f"oci-dir://{text}"
    kind = kind_of(path, reference)
    if kind != "dir":
        what = "a file, not a directory" if kind else "no such directory"
        hint = f"write archive://{text}" if kind else "check the path"
        raise ReferenceFault(f"{reference}: {what}", hint)
    if kind_of(f"{path}/index.json", reference) != "file":
        there = {kind_of(f"{path}/{name}", reference) for name in ("manifest.json", "version")}
        if there == {"file"}:
            return _open_dir(path, wanted, platform)
        raise ReferenceFault(
            f"{reference}: not an OCI layout: no index.json in it",
            f"for an unpacked root file system write fs://{text}",
        )
    blobs = DirectoryBlobs(path)
    entries = read_entries(path)
    picked = pick(blobs, entries, wanted, "oci-dir")
    return load_picked(blobs, picked, entries, platform, "oci-dir")


def read_entries(path: Path | str) -> tuple[Descriptor, ...]:
    """The entries of the index.json of the OCI layout at `path`; raises ImageError."""
    if kind_of(f"{path}/oci-layout", str(path)) == "file":
        check_version(_read(f"{path}/oci-layout"), str(path))
    return parse_index(_read(f"{path}/index.json"), f"{path}: index.json").manifests


def check_version(data: bytes, where: str) -> None:
    """Refuse layouts of a version that is not there yet."""
    version = load_json(data, f"{where}: oci-layout", 4096).get("imageLayoutVersion")
    if version != "1.0.0":
        raise ImageError(f"{where}: oci-layout: version {version!r}, only 1.0.0 is known")


@dataclass(frozen=True, slots=True)
class _DirBlobs:
    """The blobs of a `dir:` directory; the manifest is a file of another name."""

    apart = True

    root: Path
    manifest: str

    @property
    def where(self) -> str:
        """The directory."""
        return str(self.root)

    def open(self, digest: str) -> BinaryIO:
        """The blob file; FileNotFoundError where there is none or it is not a file."""
        name = "manifest.json" if digest == self.manifest else check_digest(digest)
        path = self.root / name.partition(":")[2] if ":" in name else self.root / name
        if not path.is_file():
            path = path.with_suffix(".manifest.json")  # what an index leads to
        if not path.is_file():
            raise FileNotFoundError(str(path))
        return path.open("rb")


def _open_dir(path: str, wanted: str, platform: Platform | None) -> Image:
    data = _read(f"{path}/manifest.json")
    digest = sha256_digest(data)
    if wanted not in ("", f"@{digest}"):
        raise missing(path, wanted, [digest])
    said = load_json(data, f"{path}: manifest.json", LIMITS.manifest_bytes)
    kind = said.get("mediaType") or (OCI_INDEX if "manifests" in said else OCI_MANIFEST)
    if not isinstance(kind, str):
        raise ImageError(f"{path}: manifest.json: mediaType is {kind!r}, not a string")
    top = Descriptor(kind if kind in INDEX_TYPES else OCI_MANIFEST, digest, len(data))
    from pathlib import Path

    blobs = _DirBlobs(Path(path), digest)
    return load_image(blobs, [top], platform, name=path, origin="oci-dir")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - start-up
            return file.read(LIMITS.manifest_bytes + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from None
