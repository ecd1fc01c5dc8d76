"""From bytes to plain values, bounded: JSON, YAML, CycloneDX XML, SPDX tag-value, gzip around any.

What a small file can become in memory is bounded before it is parsed: by the number of values its
punctuation allows, the depth the decoder permits and the size after inflating.
"""

from __future__ import annotations

from ironhull.errors import FormatError
from ironhull.limits import LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["decode", "decode_json"]

_HINT = "SPDX, CycloneDX, Syft and Ironhull documents are read, and statements around them"
_SMALL = 1 << 19  # bytes of JSON that are read sooner than msgspec is imported
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def decode(data: bytes, where: str) -> Any:
    """The document in `data` as dicts, lists, strings and numbers; FormatError where it is none."""
    data = _plain(data, where)
    start = data[:4096].lstrip()
    if not start:
        raise FormatError(f"{where}: is empty", _HINT)
    if start[:1] in (b"{", b"["):
        return decode_json(data, where)
    if start[:1] == b"<":
        from ironhull.documents._xml import decode_xml

        if b"rdf-syntax-ns#" in start:
            raise FormatError(f"{where}: SPDX as RDF/XML is not read", "convert it to SPDX JSON")
        return decode_xml(data, where)
    if start.startswith((b"SPDXVersion:", b"#")) and b"SPDXVersion:" in data[:65536]:
        from ironhull.documents._tagvalue import decode_tagvalue

        return decode_tagvalue(data, where)
    if b"spdxVersion" in data[:65536] or b"SPDXID" in data[:65536]:
        from ironhull.documents._yaml import decode_yaml

        return decode_yaml(data, where)
    raise FormatError(f"{where}: is no SBOM in a format Ironhull reads", _HINT)


def decode_json(data: bytes, where: str) -> Any:
    """The values of a JSON text, or of the one document in JSON lines; FormatError."""
    check_amount(data, where)
    try:
        return _small_json(data)
    except (ValueError, RecursionError):
        pass  # what is wrong with it is said below
    import msgspec

    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as trouble:
        lines = [line for line in data.splitlines()[:3] if line.strip()]
        if len(lines) > 1 and _is_json(lines[0]) and _is_json(lines[1]):
            number = sum(1 for line in data.splitlines() if line.strip())
            raise FormatError(
                f"{where}: holds {number} documents, one a line", "give a file with one of them"
            ) from None
        reason = " ".join(str(trouble).split())
        raise FormatError(
            f"{where}: is not JSON: {reason[:200]}", "write or fetch it again"
        ) from None
    except RecursionError:
        raise FormatError(f"{where}: is nested too deeply", "no SBOM needs that") from None


def _small_json(data: bytes) -> Any:
    """As `msgspec.json.decode`, for texts read sooner than that is imported; else ValueError.

    What it refuses and `json` takes is refused here too: halves of surrogate pairs, numbers that
    are none or too large.
    """
    import json

    text = data[: _SMALL + 1].decode()
    if len(data) > _SMALL or "\\ud" in text or "\\uD" in text:
        raise ValueError("left to msgspec")
    return json.loads(text, parse_float=_finite, parse_constant=_refused)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("out of range")
    return number


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _is_json(line: bytes) -> bool:
    import msgspec

    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def check_amount(data: bytes, where: str) -> None:
    """FormatError where a text may hold more objects or values than any SBOM does."""
    objects = data.count(b"{") + data.count(b"[")
    if objects > LIMITS.sbom_objects or data.count(b",") > LIMITS.sbom_values:
        raise FormatError(
            f"{where}: holds too many values (at most {LIMITS.sbom_objects} objects and"
            f" {LIMITS.sbom_values} values are read)",
            "no SBOM of an image needs that",
        )


def _plain(data: bytes, where: str) -> bytes:
    """Inflated where it is gzip, as UTF-8 without byte order mark."""
    if data[:2] == b"\x1f\x8b":
        data = _inflated(data, where)
    check_size(len(data), where)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding).encode()
            except UnicodeError:
                raise FormatError(f"{where}: is not {encoding.upper()} text", _HINT) from None
    return data


def _inflated(data: bytes, where: str) -> bytes:
    import io
    import zlib

    from isal import igzip, igzip_lib

    isal_error: Any = igzip_lib.error  # its stub calls it a value
    try:
        opener: Any = igzip.IGzipFile
        stream = opener(fileobj=io.BytesIO(data))
        found: bytes = stream.read(LIMITS.sbom_bytes + 1)
    except (OSError, EOFError, ValueError, zlib.error, isal_error) as trouble:
        raise FormatError(f"{where}: damaged gzip data: {trouble}", "fetch it again") from None
    return found


def check_size(size: int, where: str) -> None:
    """FormatError for a document larger than we read."""
    if size > LIMITS.sbom_bytes:
        limit = LIMITS.sbom_bytes // 2**20
        raise FormatError(f"{where}: is larger than {limit} MiB", "no SBOM of an image needs that")
