"""What a jar and the jars in it tell: rows of facts, decided while the file is at hand.

Which coordinates a jar has is decided by the surest thing it holds:

1. every `META-INF/maven/GROUP/ARTIFACT/pom.properties` is an artifact, the jar's own and those
   shaded into it;
2. a `pom.xml` in such a place without pom.properties beside it likewise;
3. if none of those is the jar's own (its name or version is another), the artifact and version are
   what the file is called, else what the manifest says. Its group is looked up in java_groups.txt,
   else it is Implementation-Vendor-Id if that looks like a group, else what
   Bundle-SymbolicName leaves before the artifact; else it stays unknown, the package is named by
   its artifact alone, and the jar's SHA-1 is kept so that it can be looked up. A jar of the Java
   runtime itself is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ironhull.catalogers._java_groups import known_coordinates
from ironhull.catalogers._java_manifest import read_manifest, read_properties
from ironhull.catalogers._java_names import bundle_group, group_like, split_name, tidy_version
from ironhull.catalogers._java_pom import Pom, licenses_only, read_pom
from ironhull.catalogers._java_zip import Bytes, Damaged, Member, Source, Wanted, Zip, read_zip
from ironhull.limits import LIMITS
from ironhull.values import dataclass, field

__all__ = ["Artifact", "Trouble", "read_jar"]

_JARS = (b".jar", b".war", b".ear", b".par", b".sar", b".kar", b".hpi", b".jpi", b".nar", b".rar")
_MAVEN = "META-INF/maven/"
_FEW = "META-INF/MANIFEST.MF"
_TEXTS = tuple(f"{where}LICENSE{end}" for where in ("META-INF/", "") for end in ("", ".txt", ".md"))
"""Where a jar has the text of its licence, the surest first."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A Maven artifact found in a jar; `inside` is the path of nested jars ("a.war!b.jar").

    `source` is what told: "pom", "manifest" or "name"; `licenses` are names, URLs,
    or both with a tab between them.
    """

    inside: str
    group: str
    name: str
    version: str
    source: str
    licenses: tuple[str, ...] = ()
    sha1: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read, and where inside the file ("" for the file itself)."""

    inside: str
    message: str


@dataclass(slots=True)
class _Budget:
    """What one file may still cost, all jars in it together."""

    jars: int = LIMITS.jar_nested
    inflated: int = LIMITS.jar_inflated_bytes

    def read(self, archive: Zip, member: Member, limit: int) -> bytes:
        """A member of at most `limit` bytes, and of what is left. Raises Damaged."""
        data = archive.read(member, min(limit, self.inflated))
        self.inflated -= len(data)
        return data


@dataclass(slots=True)
class _Maven:
    """What META-INF/maven holds of one artifact."""

    properties: Member | None = None
    pom: Member | None = None


@dataclass(slots=True)
class _Contents:
    """The members of a jar that matter."""

    manifest: Member | None = None
    text: Member | None = None
    maven: dict[tuple[str, str], _Maven] = field(default_factory=dict)
    jars: list[Member] = field(default_factory=list)


def read_jar(path: str, source: Source) -> Iterator[Artifact | Trouble]:
    """The artifacts of the jar at `path` and of the jars in it, and what could not be read."""
    yield from _read(path, source, "", _Budget(), 0)


def _read(
    path: str, source: Source, inside: str, budget: _Budget, held: int
) -> Iterator[Artifact | Trouble]:
    try:
        archive = read_zip(source, _WANTED)
    except Damaged as trouble:
        yield Trouble(inside, f"cannot be read: {trouble}")
        return
    if archive.trouble:
        yield Trouble(inside, archive.trouble)
    contents = _sorted(archive)
    yield from _artifacts(path, archive, contents, inside, budget)
    for member in contents.jars:
        yield from _nested(archive, member, inside, budget, held)


_TEXT_TAILS = (b"ENSE", b".txt", b"E.md")


def _wanted(name: bytes) -> bool:
    if name.endswith(_JARS):
        return True
    if name.endswith((b"/pom.properties", b"/pom.xml")):
        return b"META-INF/maven/" in name
    if name.endswith(_TEXT_TAILS):
        return name.decode("latin-1") in _TEXTS
    return len(name) == len(_FEW) and name.upper() == _FEW.encode()


_WANTED = Wanted(
    tails=frozenset(
        (
            *(name[-4:] for name in _JARS),
            b"ties",
            b".xml",
            *_TEXT_TAILS,
            b"T.MF",
            b"t.MF",
            b"t.mf",
            b"T.mf",
        )
    ),
    chosen=_wanted,
)


def _sorted(archive: Zip) -> _Contents:
    found = _Contents()
    for member in archive.members:
        name = member.name
        if name.endswith(("/pom.properties", "/pom.xml")):
            parts = name[name.index(_MAVEN) + len(_MAVEN) :].split("/")
            if len(parts) != 3:
                continue
            maven = found.maven.setdefault((parts[0], parts[1]), _Maven())
            if parts[2] == "pom.xml":
                maven.pom = member
            else:
                maven.properties = member
        elif name.upper() == _FEW:
            found.manifest = member
        elif name in _TEXTS:
            if found.text is None or _TEXTS.index(name) < _TEXTS.index(found.text.name):
                found.text = member
        else:
            found.jars.append(member)
    return found


# ── jars in jars ─────────────────────────────────────────────────────────────────────────────────


def _nested(
    archive: Zip, member: Member, inside: str, budget: _Budget, held: int
) -> Iterator[Artifact | Trouble]:
    where = f"{inside}!{member.name}" if inside else member.name
    if not member.size:
        return  # a placeholder; there is nothing in it
    budget.jars -= 1
    depth = where.count("!") + 1
    if depth > LIMITS.jar_depth or budget.jars < 0:
        if budget.jars >= -1:
            yield Trouble(where, _beyond(budget))
        return
    try:
        if archive.is_plain(member):
            source = archive.window(member)
        else:
            data = budget.read(archive, member, LIMITS.jar_member_bytes - held)
            held += len(data)
            source = Bytes(data)
    except Damaged as trouble:
        yield Trouble(where, f"cannot be read: {trouble}")
        return
    yield from _read(member.name, source, where, budget, held)


def _beyond(budget: _Budget) -> str:
    if budget.jars < 0:
        return f"more than {LIMITS.jar_nested} jars in one file; the rest was not read"
    return f"more than {LIMITS.jar_depth} jars deep; not read"


# ── coordinates ──────────────────────────────────────────────────────────────────────────────────


def _artifacts(
    path: str, archive: Zip, contents: _Contents, inside: str, budget: _Budget
) -> Iterator[Artifact | Trouble]:
    manifest: Mapping[str, str] = {}
    if contents.manifest is not None:
        try:
            manifest = read_manifest(budget.read(archive, contents.manifest, LIMITS.jar_text_bytes))
        except Damaged as trouble:
            yield Trouble(_at(inside, contents.manifest), f"cannot be read: {trouble}")
    licenses = tuple(_bundle_licenses(manifest.get("bundle-license", "")))
    called, version = split_name(path.rpartition("/")[2].rpartition(".")[0])
    own = False
    if (more := len(contents.maven) - LIMITS.jar_artifacts) > 0:
        yield Trouble(inside, f"{more} more artifacts in META-INF/maven were not read")
    for place in sorted(contents.maven)[: LIMITS.jar_artifacts]:
        for item in _from_maven(archive, place, contents.maven[place], inside, budget):
            if isinstance(item, Artifact):
                is_own = _is_own(item, called, version, alone=len(contents.maven) == 1)
                own = own or is_own
                if is_own and not item.licenses:
                    licenses = licenses or _quoted(archive, contents, budget)
                    yield _with_licenses(item, licenses)
                    continue
            yield item
    if not own and not (contents.maven and not version) and not _of_runtime(manifest):
        licenses = licenses or _quoted(archive, contents, budget)
        yield _from_manifest(manifest, called, version, archive, (inside, licenses))


def _quoted(archive: Zip, contents: _Contents, budget: _Budget) -> tuple[str, ...]:
    """The well-known licences whose texts the jar brings, of it and of what it bundles."""
    from ironhull.licenses.texts import recognise

    if contents.text is None:
        return ()
    try:
        text = budget.read(archive, contents.text, LIMITS.jar_text_bytes)
    except Damaged:
        return ()  # nobody's coordinates depend on it
    return recognise(text.decode("utf-8", "replace"))


def _with_licenses(item: Artifact, licenses: tuple[str, ...]) -> Artifact:
    return Artifact(item.inside, item.group, item.name, item.version, item.source, licenses)


def _at(inside: str, member: Member) -> str:
    return f"{inside}!{member.name}" if inside else member.name


def _is_own(item: Artifact, called: str, version: str, *, alone: bool) -> bool:
    """Whether what META-INF/maven tells is the jar itself, and not something shaded into it."""
    if called == item.name or called.endswith((f".{item.name}", f"-{item.name}")):
        return True
    if item.version and f"{called}-{version}".startswith(f"{item.name}-{item.version}"):
        return True
    return alone and (not version or version == item.version or called.startswith(item.name))


def _from_maven(
    archive: Zip, place: tuple[str, str], maven: _Maven, inside: str, budget: _Budget
) -> Iterator[Artifact | Trouble]:
    group, name = place
    version = ""
    pom = Pom()
    try:
        if maven.properties is not None:
            told = read_properties(budget.read(archive, maven.properties, LIMITS.jar_text_bytes))
            group, name = _said(told.get("groupId"), group), _said(told.get("artifactId"), name)
            version = _said(told.get("version"), "")
    except Damaged as trouble:
        yield Trouble(
            _at(inside, maven.properties or archive.members[0]), f"cannot be read: {trouble}"
        )
    try:
        if maven.pom is not None:
            text = budget.read(archive, maven.pom, LIMITS.jar_text_bytes)
            pom = read_pom(text if not version else licenses_only(text))
    except (Damaged, ValueError) as trouble:
        if not version:
            yield Trouble(
                _at(inside, maven.pom or archive.members[0]), f"cannot be read: {trouble}"
            )
    if maven.properties is None:
        group, name = pom.group or group, pom.artifact or name
    both = (" ".join(name.split()) + f"\t{url}" for name, url in pom.licenses if name or url)
    said = tuple(dict.fromkeys(text.strip() for text in both))
    if group and name:
        yield Artifact(inside, group, name, version or pom.version, "pom", said)


def _of_runtime(manifest: Mapping[str, str]) -> bool:
    """Whether a jar is a part of the JDK (rt.jar, jrt-fs.jar …), which its `release` file tells."""
    return manifest.get("implementation-title") == "Java Runtime Environment"


def _said(value: str | None, otherwise: str) -> str:
    """A property, unless it is missing or was never filled in."""
    return value if value and "$" not in value and "@" not in value else otherwise


def _from_manifest(
    manifest: Mapping[str, str],
    called: str,
    version: str,
    archive: Zip,
    rest: tuple[str, tuple[str, ...]],
) -> Artifact:
    inside, licenses = rest
    bundle = manifest.get("bundle-symbolicname", "").partition(";")[0].strip()
    for name in ("implementation-version", "bundle-version", "specification-version"):
        version = version or tidy_version(manifest.get(name, ""))
    group, name = known_coordinates(called, version, manifest)
    source = "manifest" if group else "name"
    if not group:
        vendor = manifest.get("implementation-vendor-id", "")
        group = vendor if group_like(vendor) and vendor != name else bundle_group(bundle, name)
        source = "manifest" if group else "name"
    sha1 = "" if group else _sha1(archive.source)
    return Artifact(inside, group, name, version, source, licenses, sha1)


def _sha1(source: Source) -> str:
    """The key of Maven Central's index and of Java databases; nothing is trusted for it."""
    import hashlib

    digest = hashlib.sha1(usedforsecurity=False)
    for at in range(0, source.size, 1 << 20):
        digest.update(source.read(at, 1 << 20))
    return digest.hexdigest()


def _bundle_licenses(text: str) -> Iterator[str]:
    """Bundle-License (OSGi Core 3.2.1.11): comma separated, each with parameters behind ";"."""
    for part in text.split(","):
        name = part.partition(";")[0].strip().strip('"')
        if name and name != "<<EXTERNAL>>":
            yield name
