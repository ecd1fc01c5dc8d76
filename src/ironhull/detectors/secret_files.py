"""Files -> secrets while their layer goes by: the probe, and what it keeps of each file.

Text is searched (UTF-8 and the like, UTF-16 by its mark), whole or piece by piece. What has a NUL
in its first bytes is a program, an archive or a picture: no rule is made for those.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from ironhull.detectors.secrets import Searching, quiet_path
from ironhull.errors import Error
from ironhull.limits import LIMITS
from ironhull.model import SecretFinding
from ironhull.oci.probes import Body, Probe
from ironhull.values import dataclass

__all__ = ["NAME", "FileSecrets", "Search", "file_secrets", "rules_version"]

NAME = "secrets"
"""The probe's."""

_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_OVERLAP = 16 * 1024  # bytes that two pieces of a file share: the longest keys are shorter
_LINE = 64 * 1024  # bytes before a cut in which the end of a line is looked for
_FIELDS = ("rule", "category", "title", "severity", "line", "end_line", "match", "fingerprint")
_EDITED = "etc/"  # what administrators edit: an owner's file may hold another's secret there


@dataclass(frozen=True, slots=True)
class FileSecrets:
    """The secrets of one file; `md5` of its content where that may tell whether it was edited."""

    found: tuple[SecretFinding, ...]
    md5: str = ""


class Search:
    """The search through one image: a probe for its layers, and `text` for all the rest.

    What is compiled is kept in the directory `kept`, and nothing is loaded before it is needed. At
    most `most` secrets are found (`exceeded` tells of more); which those are then depends on the
    order in which threads read.
    """

    def __init__(self, kept: Path | None = None, *, most: int = LIMITS.secrets) -> None:
        self.exceeded = False
        self.probe = Probe(NAME, rules_version(), self._extract, ("**",), suits=_suits)
        self._kept = kept
        self._left = most
        self._most = most
        self._lock = threading.Lock()
        self._searching: Searching | None = None

    def text(self, text: str, path: str) -> tuple[SecretFinding, ...]:
        """The secrets of some text."""
        return self._ready().search(text.encode("utf-8", "surrogatepass"), path)

    def _ready(self) -> Searching:
        with self._lock:
            if self._searching is None:
                self._searching = Searching(kept=self._kept)
            return self._searching

    def _extract(self, path: str, body: Body) -> bytes:
        if self._left <= 0:
            self.exceeded = True
            raise Error(f"not searched: more than {self._most} secrets in the image")
        found = _searched(self._ready().search, path, body)
        if not found:
            return b""
        with self._lock:
            self._left -= len(found)
        edited = path.startswith(_EDITED) and body.size <= LIMITS.secret_window_bytes
        rows = [[getattr(finding, name) for name in _FIELDS] for finding in found]
        return json.dumps({"md5": _md5(body) if edited else "", "found": rows}).encode()


def file_secrets(facts: bytes, path: str, layer: str) -> FileSecrets:
    """What the probe kept of the file `path` in `layer`; ValueError for what it does not write."""
    try:
        said = json.loads(facts)
        found = tuple(
            SecretFinding(**dict(zip(_FIELDS, row, strict=True)), path=path, layer=layer)
            for row in said["found"]
        )
        return FileSecrets(found, str(said["md5"]))
    except (TypeError, KeyError) as trouble:
        raise ValueError(f"not facts of {NAME}: {trouble}") from None


def rules_version() -> str:
    """A text that differs where the rules, or how they are used, do."""
    from hashlib import sha256

    here = Path(__file__).parent
    files = (*sorted(here.glob("*secret*.py")), *sorted((here / "rules").glob("*.toml")))
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _suits(path: str, head: bytes) -> bool:
    return not quiet_path(path) and (b"\0" not in head or head[:2] in _WIDE)


def _md5(body: Body) -> str:
    from hashlib import md5

    return md5(body.read(0, body.size), usedforsecurity=False).hexdigest()


# ── one file ─────────────────────────────────────────────────────────────────────────────────────


def _searched(
    search: Callable[[bytes, str], tuple[SecretFinding, ...]], path: str, body: Body
) -> list[SecretFinding]:
    """The secrets of a file; what two pieces share is found once."""
    wide = _WIDE.get(body.read(0, 2))
    if wide is None and body.size <= LIMITS.secret_window_bytes:
        return list(search(body.read(0, body.size), path))
    found: dict[tuple[str, int], SecretFinding] = {}
    for data, before in _pieces(body, b"\n\0" if wide == "utf-16-le" else b"\n"):
        text = data.decode(wide, "replace").encode() if wide else data
        for finding in search(text, path):
            moved = _moved(finding, before) if before else finding
            found.setdefault((moved.fingerprint, moved.line), moved)
    return list(found.values())


def _pieces(body: Body, end: bytes) -> Iterator[tuple[bytes, int]]:
    """The content in pieces that overlap, cut behind an `end` of a line, and the lines before."""
    size, most = body.size, LIMITS.secret_window_bytes
    start = lines = 0
    while True:
        data = body.read(start, most)
        last = start + len(data) >= size or len(data) < most
        if not last:
            cut = data.rfind(end, len(data) - _LINE)
            data = data[: (cut + len(end) if cut >= 0 else len(data)) & ~1]  # UTF-16: two bytes
        yield data, lines
        if last:
            return
        lines += data.count(end, 0, len(data) - _OVERLAP)
        start += len(data) - _OVERLAP


def _moved(finding: SecretFinding, lines: int) -> SecretFinding:
    from ironhull.values import replace

    return replace(finding, line=finding.line + lines, end_line=finding.end_line + lines)
