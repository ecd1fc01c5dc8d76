"""An SBOM somebody wrote, instead of an image: `sbom://FILE` and `sbom://-` for standard input."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NoReturn

from ironhull.errors import FormatError, ReferenceFault
from ironhull.limits import LIMITS
from ironhull.model import EVERY_PLATFORM, Platform, Sbom

__all__ = ["open_sbom_as_image", "read_sbom", "read_sboms"]

_STDIN = "-"


def read_sbom(text: str, platform: Platform | None, stdin: BinaryIO) -> Sbom:
    """The SBOM in the file `text`, or on `stdin` where that is "-".

    Raises ReferenceFault (no such file) and FormatError (not an SBOM, too large, for another
    platform).
    """
    return read_sboms(text, platform, stdin)[0]


def read_sboms(text: str, platform: Platform | None, stdin: BinaryIO) -> tuple[Sbom, ...]:
    """As `read_sbom`; for EVERY_PLATFORM the SBOM of each where there are several."""
    from ironhull.documents import read_document, read_documents

    where = "standard input" if text == _STDIN else text
    data = _read(stdin, where) if text == _STDIN else _read_file(text)
    if platform == EVERY_PLATFORM:
        return read_documents(data, where)
    return (read_document(data, where, platform),)


def _read_file(text: str) -> bytes:
    path = Path(text)
    try:
        if not path.exists():
            raise ReferenceFault(f"sbom://{text}: no such file", "check the path")
        if path.is_dir():
            hint = "name the file in it; for an OCI layout use oci-dir://, for a root fs://"
            raise ReferenceFault(f"sbom://{text}: is a directory", hint)
        with path.open("rb") as file:
            return _read(file, text)
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", "") or str(trouble)
        raise ReferenceFault(f"sbom://{text}: cannot be read: {reason}", "check the path") from None


def _read(file: BinaryIO, where: str) -> bytes:
    data = file.read(LIMITS.sbom_bytes + 1)
    if len(data) > LIMITS.sbom_bytes:
        limit = LIMITS.sbom_bytes // 2**20
        raise FormatError(f"{where}: is larger than {limit} MiB", "no SBOM of an image needs that")
    return data


def open_sbom_as_image(text: str) -> NoReturn:
    """What a command that needs the files of an image says to an SBOM: raises ReferenceFault."""
    raise ReferenceFault(
        f"sbom://{text}: is a list of packages, and this command needs the image itself",
        "name the image: local://NAME, oci-dir://PATH, archive://FILE or fs://PATH",
    )
