"""Which distribution a tree is: os-release(5), or the older files where that is missing."""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.catalogers import _distro_older as older
from ironhull.model import Distro, Problem, Tree

_OS_RELEASE = ("etc/os-release", "usr/lib/os-release")
_INITRD = ("etc/initrd-release", "usr/lib/initrd-release")
_DEBIAN_VERSION = "etc/debian_version"

PATTERNS = (*_OS_RELEASE, *_INITRD, *older.PATTERNS, _DEBIAN_VERSION)

_STAGE = "distro"
_CODENAMES = {
    "8": "jessie",
    "9": "stretch",
    "10": "buster",
    "11": "bullseye",
    "12": "bookworm",
    "13": "trixie",
    "14": "forky",
}
"""Debian releases, for os-release files without VERSION_CODENAME."""

_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_NAMESPACES = {"rhel": "redhat"}


def detect(tree: Tree) -> tuple[Distro | None, list[Problem]]:
    """The distribution of a tree and what is wrong with the files that say so.

    os-release(5): etc/os-release wins over usr/lib/os-release; an initrd has initrd-release
    instead. Docker Hardened Images keep `ID=debian` or, newer, say `ID=dhi` with ID_LIKE; both are
    taken as they are. Debian testing and sid have no VERSION_ID: their version is empty and the
    codename tells. Without os-release the files older releases have decide: alpine-release,
    redhat-release and its kin, SuSE-release, lsb-release, debian_version ("12.5", "trixie/sid").
    """
    problems: list[Problem] = []
    for path in (*_OS_RELEASE, *_INITRD):
        text = _text(tree, path, problems)
        if text is None:
            continue
        fields = dict(_fields(text, path, problems))
        if fields.get("ID", "").strip():
            return _of_fields(fields, tree, problems), problems
        problems.append(Problem(_STAGE, path, "has no ID: it does not say which distribution"))
    return _of_older(tree, problems), problems


def qualifier(distro: Distro) -> str:
    """The purl qualifier `distro`: "debian-13", or "debian-forky" where there is no number."""
    return f"{distro.id}-{distro.version or distro.codename}".rstrip("-")


def namespace(distro: Distro, ecosystem: str) -> str:
    """The purl namespace of a distribution's packages.

    That is its ID; for rpm the vendor (purl-spec, types/rpm), "redhat" and "opensuse" for all of
    openSUSE's, as other tools write it.
    """
    if ecosystem != "rpm":
        return distro.id
    return "opensuse" if distro.id.startswith("opensuse") else _NAMESPACES.get(distro.id, distro.id)


def _of_fields(fields: dict[str, str], tree: Tree, problems: list[Problem]) -> Distro:
    identity = fields["ID"].strip().lower()
    version = fields.get("VERSION_ID", "").strip()
    codename = fields.get("VERSION_CODENAME", "").strip().lower()
    pretty = fields.get("PRETTY_NAME", "")
    like = tuple(fields.get("ID_LIKE", "").lower().split())
    if identity == "debian":
        version = version.split(".")[0]
        codename = codename or _CODENAMES.get(version, "")
        if not version and not codename:
            text = _text(tree, _DEBIAN_VERSION, problems)
            return _of_debian_version((text or "sid").strip(), pretty)
    elif not version:
        known = _of_older(tree, problems)
        version = known.version if known is not None and known.id == identity else ""
    if "alpine" in (identity, *like):
        version = older.alpine_branch(version, pretty)
    return Distro(identity, version, codename, pretty, like)


def _of_older(tree: Tree, problems: list[Problem]) -> Distro | None:
    for path in older.PATTERNS:
        text = _text(tree, path, problems)
        found = older.read(path, text) if text is not None else None
        if found is not None:
            return found
    text = _text(tree, _DEBIAN_VERSION, problems)
    return _of_debian_version(text.strip()) if text is not None and text.strip() else None


def _of_debian_version(text: str, pretty: str = "") -> Distro:
    line = text.splitlines()[0].strip().lower()
    if line[:1].isdigit():
        version = line.split(".")[0]
        return Distro("debian", version, _CODENAMES.get(version, ""), pretty)
    return Distro("debian", "", line.split("/")[0], pretty)


def _fields(text: str, path: str, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        try:
            if not equals or not name[:1].isalpha() or not _NAME.issuperset(name):
                raise ValueError("not NAME=value")
            yield name, _unquoted(value)
        except ValueError as trouble:
            problems.append(Problem(_STAGE, f"{path}:{number}", f"cannot be read: {trouble}"))


def _unquoted(value: str) -> str:
    """What a shell would take a value for; ValueError where a quotation mark is missing."""
    inside = value[1:-1] if value[:1] == value[-1:] == '"' and len(value) > 1 else value
    spaced = inside is value and any(map(str.isspace, value))
    if not spaced and not any(mark in inside for mark in "\"'\\"):
        return inside  # as nearly all are written
    import shlex

    return " ".join(shlex.split(value))


def _text(tree: Tree, path: str, problems: list[Problem]) -> str | None:
    file = tree.find(path)
    if file is None:
        return None
    try:
        return tree.read(path).decode("utf-8", "replace")
    except KeyError:
        problems.append(Problem(_STAGE, path, f"leads to {file.path}, which was not read"))
        return None
