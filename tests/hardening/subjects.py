"""Subjects of hardening made in code: a Dockerfile's text and the files of its context."""

from collections.abc import Mapping

from ironhull.dockerfiles import read_dockerfile, scope_of
from ironhull.hardening import Pair
from ironhull.hardening._context import Memory
from ironhull.hardening._draft import Draft
from ironhull.hardening._row import Language, Options, Subject


def subject(text: str, files: Mapping[str, str | bytes] | None = None) -> Subject:
    """The final stage of a Dockerfile over a context of these files."""
    dockerfile = read_dockerfile(text.encode(), "Dockerfile")
    scope = scope_of(dockerfile, {})
    stage = dockerfile.final
    content = {
        path: body.encode() if isinstance(body, str) else body
        for path, body in (files or {}).items()
    }
    root = scope.image(scope.root(stage))
    return Subject(dockerfile, scope, stage, scope.lineage(stage), root, Memory(content))


def draft(text: str, language: Language, files: Mapping[str, str | bytes] | None = None) -> Draft:
    """A draft of it, for bases of our own."""
    name = language.name
    pair = Pair("ironhull", name, "1", f"ironhull/{name}:1-dev", f"ironhull/{name}:1")
    return Draft(subject(text, files), language, pair, Options())
