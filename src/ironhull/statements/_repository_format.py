"""The documents of a VEX repository: its manifest and its index.

VEX Repository Specification 0.1 (aquasecurity/vex-repo-spec): sections 2 (manifest), 3.3 (index),
4.2 (when to ask again). The manifest exists with `versions` as a list, as Trivy and VEX Hub have
it, and as a map; both are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ironhull.documents.purl import parse_purl
from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.model import Problem
from ironhull.values import dataclass

__all__ = [
    "Entry",
    "Index",
    "Manifest",
    "interval_seconds",
    "key_of_name",
    "key_of_purl",
    "manifest_urls",
    "parse_index",
    "parse_manifest",
    "safe_location",
    "split_location",
]

SPEC_VERSION = "0.1"
_MANIFEST = "vex-repository.json"
_WELL_KNOWN = ".well-known/" + _MANIFEST
_FORMATS = ("openvex", "csaf")
_STAGE = "vex"
_SHOWN = 5
_DAY = 86_400.0
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|us|µs|ns)", re.ASCII)
_PLAIN = re.compile(r"pkg:([a-z]+)/(?:[\w.~+-]+/)*([\w.~+-]+)", re.ASCII)
"""Most package URLs of an index: no version, nothing encoded."""

_TIDY = re.compile(r"\w[\w.+-]*(?:/[\w.+-]+)*", re.ASCII)
_USUAL = 200  # characters of a path that need no closer look
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where the data of a repository is: `locations` in turn, each "URL" or "URL//FOLDER".

    `interval` is how long data stays fresh, in seconds.
    """

    name: str
    description: str
    locations: tuple[str, ...]
    interval: float


@dataclass(frozen=True, slots=True)
class Entry:
    """The document of one package: its path in the repository and the format it is said to be.

    `key` is what its package URL is found by.
    """

    id: str
    location: str
    format: str
    key: str


@dataclass(frozen=True, slots=True)
class Index:
    """What a repository has; `updated_at` as written."""

    updated_at: str
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()


# ── manifest ─────────────────────────────────────────────────────────────────────────────────────


def manifest_urls(url: str) -> tuple[str, ...]:
    """Where the manifest of the repository at `url` may be, the first the likeliest (2.2).

    Of a repository at GitHub: its root on the default branch. Elsewhere: the well-known place
    below the URL, or the file beside what it names.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if path.endswith(f"/{_MANIFEST}"):
        return (url,)
    if (parts.hostname or "").lower() in ("github.com", "www.github.com"):
        owner, _, name = path.strip("/").partition("/")
        raw = f"/{owner}/{name.removesuffix('.git')}/HEAD/{_MANIFEST}"
        return (urlunsplit(("https", "raw.githubusercontent.com", raw, "", "")),)
    places = (f"{path}/{_WELL_KNOWN}", f"{path}/{_MANIFEST}")
    return tuple(urlunsplit(parts._replace(path=place, query="", fragment="")) for place in places)


def parse_manifest(data: bytes, where: str) -> Manifest:
    """The manifest in `data`, of specification 0.1; raises FormatError naming `where`."""
    said = _document(data, where, "the manifest of a VEX repository", LIMITS.definition_bytes)
    versions = said.get("versions")
    rows = list(versions.values()) if isinstance(versions, dict) else versions
    if not isinstance(rows, list) or not rows:
        raise FormatError(f"{where}: names no versions", "is it the manifest of a VEX repository?")
    known = [row for row in rows if isinstance(row, dict) and _version(row) == SPEC_VERSION]
    if not known:
        there = ", ".join(sorted({_version(r) or "none" for r in rows if isinstance(r, dict)}))
        raise FormatError(
            f"{where}: has no data by specification {SPEC_VERSION}, only {there or 'none'}"[:300],
            "ask who keeps it, or use a newer Ironhull",
        )
    listed = known[0].get("locations")
    places = listed if isinstance(listed, list) else []
    urls = [place.get("url") for place in places if isinstance(place, dict)]
    locations = tuple(url for url in urls if isinstance(url, str) and _is_url(url))
    if not locations:
        raise FormatError(f"{where}: names no place that data can be fetched from", "")
    interval = known[0].get("update_interval")
    seconds = interval_seconds(interval) if isinstance(interval, str) else None
    return Manifest(
        name=_text(said.get("name")),
        description=_text(said.get("description")),
        locations=locations,
        interval=_DAY if seconds is None else seconds,
    )


def _version(row: dict[str, Any]) -> str:
    said = row.get("spec_version")
    return said.removeprefix("v")[:20] if isinstance(said, str) else ""


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http", "file") and text.isprintable()


def interval_seconds(text: str) -> float | None:
    """A duration as Go writes it ("24h", "1h30m") in seconds; None for what is none.

    Not longer than LIMITS.vex_repository_seconds, whatever is said.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return min(seconds, LIMITS.vex_repository_seconds)


def split_location(location: str) -> tuple[str, str]:
    """URL and folder inside the archive of a location "URL//FOLDER" (2.5), the folder tidy."""
    scheme, mark, rest = location.partition("://")
    if not mark:
        scheme, rest = "", location
    path, _, folder = rest.partition("//")
    folder, _, query = folder.partition("?")
    url = f"{scheme}{mark}{path}{f'?{query}' if query else ''}"
    return url, "/".join(part for part in folder.split("/") if part not in ("", "."))


# ── index ────────────────────────────────────────────────────────────────────────────────────────


def parse_index(data: bytes, where: str) -> Index:
    """The index in `data`; entries that cannot be used are `problems`, a few of each by name.

    Raises FormatError for what is no index.
    """
    said = _document(
        data, where, "the index of a VEX repository", LIMITS.vex_repository_index_bytes
    )
    rows = said.get("packages")
    if not isinstance(rows, list):
        raise FormatError(f"{where}: has no list of packages", "it is no index of a VEX repository")
    if len(rows) > LIMITS.vex_repository_entries:
        raise FormatError(
            f"{where}: lists more than {LIMITS.vex_repository_entries} packages", "split it up"
        )
    faults: dict[str, list[str]] = {}
    entries = tuple(_entries(rows, faults))
    problems = tuple(Problem(_STAGE, where, _fault(why, ids)) for why, ids in faults.items())
    return Index(_text(said.get("updated_at")), entries, problems)


def _entries(rows: list[Any], faults: dict[str, list[str]]) -> Iterator[Entry]:
    for number, row in enumerate(rows, 1):
        row = row if isinstance(row, dict) else {}  # noqa: PLW2901 - what follows says it
        id_, location = row.get("id"), row.get("location")
        kind = row.get("format") or "openvex"
        name = id_[:100] if isinstance(id_, str) and id_ else f"entry {number}"
        key = key_of_purl(id_) if isinstance(id_, str) else ""
        if not isinstance(id_, str) or not key:
            faults.setdefault("whose id is no package URL", []).append(name)
        elif not isinstance(location, str) or not safe_location(location):
            faults.setdefault("whose location is no path inside it", []).append(name)
        elif kind not in _FORMATS:
            faults.setdefault("in an unknown format", []).append(name)
        else:
            yield Entry(id_, location, kind, key)


def _fault(why: str, names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    entries = "1 entry" if len(names) == 1 else f"{len(names)} entries"
    return f"{entries} {why} cannot be used: {', '.join(names[:_SHOWN])}{more}"


def safe_location(path: str) -> bool:
    """Whether `path` stays inside the folder it is relative to, on any system."""
    if _TIDY.fullmatch(path) and len(path) <= _USUAL and "/." not in path:
        return True
    parts = path.split("/")
    return (
        0 < len(path.encode("utf-8", "surrogatepass")) <= LIMITS.path_bytes
        and path.isprintable()
        and not any(char in path for char in '\\:*?"<>|')
        and not any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts)
    )


def key_of_purl(text: str) -> str:
    """What two package URLs of the same thing have in common, however they are written.

    Type and last part of the name, without case and spelling: documents are found by it, and what
    they say is matched exactly afterwards. "docker" and "oci" are one type. "" for no package URL.
    """
    if plain := _PLAIN.fullmatch(text):
        return key_of_name(plain[1], plain[2])
    try:
        purl = parse_purl(text)
    except ValueError:
        return ""
    return key_of_name(purl.type, purl.name)


def key_of_name(kind: str, name: str) -> str:
    """The key of the package or image `name` of the package URL type `kind`."""
    kind = "oci" if kind == "docker" else kind
    last = name.rstrip("/").rpartition("/")[2].rpartition(":")[2]
    return f"{kind}/{last.lower().replace('_', '-').replace('.', '-')}"


def _document(data: bytes, where: str, what: str, limit: int) -> dict[str, Any]:
    import msgspec

    if len(data) > limit:
        raise FormatError(f"{where}: larger than {limit} bytes", f"{what} is smaller")
    try:
        said = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as trouble:
        raise FormatError(f"{where}: is not JSON: {trouble}", f"it should be {what}") from None
    if not isinstance(said, dict):
        raise FormatError(f"{where}: is no JSON object", f"it should be {what}")
    return said


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
