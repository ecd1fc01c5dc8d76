"""From bytes to plain values, bounded: JSON documents, lists of them, one to a line, and XML.

The statements of a large document stay text until each is read, so that memory follows what is
stated and not how it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ironhull.errors import FormatError
from ironhull.limits import LIMITS

__all__ = ["HINT", "Rows", "decode", "decode_value", "decode_whole"]

HINT = "OpenVEX, CSAF and CycloneDX documents are read, and in-toto statements around them"
_SMALL = 1 << 19  # bytes of JSON that are read sooner than msgspec is imported
_BOM = b"\xef\xbb\xbf"
_TEXT_KEYS = frozenset({"statements"})
_NESTED_KEYS = frozenset({"predicate"})


class Rows:
    """The statements of a large document, each decoded when it is read, its products left as text.

    A row that is no JSON comes as None.
    """

    def __init__(self, texts: list[Any]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[Any]:
        import msgspec

        members = msgspec.json.Decoder(dict[str, msgspec.Raw])
        value = msgspec.json.Decoder()
        for text in self._texts:
            try:
                yield {
                    key: bytes(said) if key == "products" else value.decode(said)
                    for key, said in members.decode(text).items()
                }
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                yield None


def decode_value(data: bytes) -> Any:
    """The value of a piece of a document that was left as text; "" where it is none."""
    import msgspec

    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def decode(data: bytes, where: str) -> list[Any]:
    """The documents in `data`: one, those of a list, or one from each line; FormatError."""
    data = data.removeprefix(_BOM)
    if len(data) > LIMITS.vex_bytes:
        limit = LIMITS.vex_bytes // 2**20
        raise FormatError(f"{where}: is larger than {limit} MiB", "split it")
    start = data[:4096].lstrip()[:1]
    if not start:
        raise FormatError(f"{where}: is empty", HINT)
    if start == b"<":
        from ironhull.documents._xml import decode_xml

        return [decode_xml(data, where)]
    if start not in (b"{", b"["):
        raise FormatError(f"{where}: is no VEX document: it is not JSON", HINT)
    try:
        found = _values(data, where)
    except FormatError:
        lines = _lines(data, where)
        if lines is None:
            raise
        return lines
    return found if isinstance(found, list) else [found]


def decode_whole(data: bytes, where: str) -> Any:
    """The value of a JSON text with all that is in it; FormatError."""
    from ironhull.documents._decode import decode_json

    try:
        return decode_json(data, where)
    except FormatError as trouble:  # its hints are for SBOMs
        raise FormatError(trouble.message, "write or fetch it again") from None


def _values(data: bytes, where: str) -> Any:
    if len(data) <= _SMALL:
        return decode_whole(data, where)
    _check_amount(data, where)
    import msgspec

    try:
        if data.lstrip()[:1] == b"[":
            return msgspec.json.decode(data)
        return _large(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as trouble:
        reason = " ".join(str(trouble).split())[:200]
        raise FormatError(f"{where}: is not JSON: {reason}", "write or fetch it again") from None
    except RecursionError:
        raise FormatError(f"{where}: is nested too deeply", "no VEX document needs that") from None


def _large(data: Any) -> dict[str, Any]:
    """An object whose statements, also those of the predicate it is around, are left as text."""
    import msgspec

    found: dict[str, Any] = {}
    for key, said in msgspec.json.decode(data, type=dict[str, msgspec.Raw]).items():
        start = bytes(memoryview(said)[:1])
        if key in _TEXT_KEYS and start == b"[":
            found[key] = Rows(msgspec.json.decode(said, type=list[msgspec.Raw]))
        elif key in _NESTED_KEYS and start == b"{":
            found[key] = _large(said)
        else:
            found[key] = msgspec.json.decode(said)
    return found


def _check_amount(data: bytes, where: str) -> None:
    """FormatError where a text may hold more values than are kept in memory."""
    values = data.count(b",") + data.count(b"{") + data.count(b"[")
    if values > LIMITS.vex_values:
        raise FormatError(
            f"{where}: holds too many values (at most {LIMITS.vex_values} are read)", "split it"
        )


def _lines(data: bytes, where: str) -> list[Any] | None:
    """The documents of JSON lines, as `cosign download attestation` prints them; None: it is none.

    Raises FormatError for a line that is no JSON.
    """
    rows = [line for line in data.splitlines() if line.strip()]
    if len(rows) < 2 or not all(
        row.lstrip()[:1] == b"{" and row.rstrip()[-1:] == b"}" for row in rows
    ):
        return None
    if len(rows) > LIMITS.vex_documents:
        limit = LIMITS.vex_documents
        raise FormatError(f"{where}: holds more than {limit} documents", "split it")
    return [_values(row, f"{where}:{number}") for number, row in enumerate(rows, 1)]
