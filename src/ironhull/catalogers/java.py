"""Java: jars and what is in them, and the runtime itself.

Jars are looked into while their layer goes by (`_java_archive` says how coordinates are decided).
A package is named "group:artifact". How sure that is shows in `found_by`: `java` where a POM tells,
`java-manifest` where the manifest or a table of well-known artifacts does, `java-name` where only
the file's name tells the artifact and no group is known; such a package has the SHA-1 of its jar.
A Java runtime tells its version in the file `release` (JEP 223, JEP 322; the keys are OpenJDK's).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.catalogers._probes import JARS
from ironhull.catalogers._row import Found
from ironhull.limits import LIMITS
from ironhull.model import File, Location, Package, Problem, Tree
from ironhull.oci.probes import Body

__all__ = ["extract", "parse"]

_NAME = "java"
_FOUND_BY = {"pom": _NAME, "manifest": "java-manifest", "name": "java-name"}
"""Kinds of archives that hold classes or jars; `rar` is a resource adapter here."""

_FIELD, _ROW, _ITEM = "\x1f", "\x1e", "\x1d"
_CLEAN = str.maketrans({_FIELD: " ", _ROW: " "})


def extract(path: str, body: Body) -> bytes:
    """Rows of fields: "!", inside, message; or inside, group, name, version, source, SHA-1,
    licences. What is neither a jar by name nor a ZIP file by its beginning is something else.
    """
    if not path.endswith((".jar", ".war", ".ear")) and body.read(0, 2) != b"PK":
        return b""
    from ironhull.catalogers._java_archive import Trouble, read_jar
    from ironhull.catalogers._java_licenses import expressions

    rows = []
    fields: tuple[str, ...]
    for item in read_jar(path, body):
        if isinstance(item, Trouble):
            fields = ("!", item.inside, item.message)
        else:
            licenses = _ITEM.join(expressions(item.licenses))
            names = (item.inside, item.group, item.name, item.version)
            fields = (*names, item.source, item.sha1, licenses)
        rows.append(_FIELD.join(text.translate(_CLEAN) for text in fields))
    return _ROW.join(dict.fromkeys(rows)).encode("utf-8", "replace")


def parse(file: File, tree: Tree) -> Iterator[Found]:
    if file.path.rpartition("/")[2] == "release":
        yield from _runtime(file, tree)
        return
    for row in tree.facts(file.path, JARS.name).decode("utf-8", "replace").split(_ROW):
        fields = row.split(_FIELD)
        if fields[0] == "!":
            inside = f"!{fields[1]}" if fields[1] else ""
            yield Problem(_NAME, file.path + inside, fields[2])
        else:
            yield _package(file, fields)


def _package(file: File, fields: list[str]) -> Package:
    inside, group, name, version, source, sha1, licenses = fields
    path = f"{file.path}!{inside}" if inside else file.path
    return Package(
        ecosystem="maven",
        name=f"{group}:{name}" if group else name,
        version=version,
        licenses=tuple(licenses.split(_ITEM)) if licenses else (),
        locations=(Location(path, file.layer),),
        found_by=_FOUND_BY[source],
        checksums=(f"sha1:{sha1}",) if sha1 else (),
    )


def _runtime(file: File, tree: Tree) -> Iterator[Found]:
    if file.size > LIMITS.definition_bytes:
        return  # another file of that name
    told = {}
    for line in tree.read(file.path).decode("utf-8", "replace").splitlines():
        key, equals, value = line.partition("=")
        if equals:
            told[key.strip()] = value.strip().strip('"')
    version = told.get("JAVA_RUNTIME_VERSION") or told.get("JAVA_VERSION", "")
    if not told.get("JAVA_VERSION"):
        return
    match = re.match(r"\d[\d._]*(?:-ea|-b\d+)?(?:\+\d+)?", version)  # no distribution's suffix
    yield Package(
        ecosystem="generic",
        name="openjdk" if told.get("IMPLEMENTOR") != "Oracle Corporation" else "java",
        version=match[0] if match else version,
        licenses=("GPL-2.0-only WITH Classpath-exception-2.0",),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        supplier=told.get("IMPLEMENTOR", ""),
    )
