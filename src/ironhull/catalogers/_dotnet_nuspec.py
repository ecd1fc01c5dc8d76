"""NuGet's package manifests, as the global packages folder has them: NAME/VERSION/NAME.nuspec.

Source: learn.microsoft.com ".nuspec reference". XML is read with expat alone, which loads nothing;
documents that declare entities are refused, for those could be made to grow without end.
"""

from __future__ import annotations

from collections.abc import Iterator

from ironhull.catalogers._fields import line, web, word
from ironhull.catalogers._row import Found, Needs
from ironhull.licenses.names import expression
from ironhull.model import File, Location, Package, Problem

__all__ = ["parse_nuspec"]

_NAME = "dotnet"
_TEXTS = frozenset({"id", "version", "authors", "description", "projectUrl", "license"})


def parse_nuspec(file: File, body: bytes) -> Iterator[Found]:
    """The package of one .nuspec file."""
    try:
        fields, dependencies = _read(body)
    except ValueError as error:
        yield Problem(_NAME, file.path, f"cannot be read ({error}): not listed")
        return
    folders = file.path.split("/")
    name = word(fields.get("id")) or folders[-3]
    version = word(fields.get("version")) or folders[-2]
    package = Package(
        ecosystem="nuget",
        name=name,
        version=version.partition("+")[0],
        licenses=tuple(filter(None, (expression(line(fields.get("license"))),))),
        locations=(Location(file.path, file.layer),),
        found_by=_NAME,
        summary=line(fields.get("description")),
        homepage=web(fields.get("projectUrl")),
        supplier=line(fields.get("authors")),
    )
    yield package
    yield Needs(package, tuple(dependencies))


def _read(body: bytes) -> tuple[dict[str, str], list[str]]:
    """The texts below <metadata> and the dependencies as "NAME/VERSION"; raises ValueError."""
    from xml.parsers import expat

    parser = expat.ParserCreate()
    path: list[str] = []
    fields: dict[str, str] = {}
    dependencies: list[str] = []
    wanted = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal wanted
        path.append(tag.rpartition(":")[2])
        wanted = path[-1] if path[:-1] == ["package", "metadata"] and path[-1] in _TEXTS else ""
        if wanted == "license" and attributes.get("type") != "expression":
            wanted = ""  # the name of a file in the package
        if path[-1] == "dependency" and "id" in attributes:
            dependencies.append(f"{attributes['id']}/{attributes.get('version', '')}")

    def end(_tag: str) -> None:
        nonlocal wanted
        path.pop()
        wanted = ""

    def text(data: str) -> None:
        if wanted:
            fields[wanted] = fields.get(wanted, "") + data

    def refuse(*_: object) -> None:
        raise ValueError("declares entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise ValueError(f"not XML: {error}") from None
    return fields, dependencies
