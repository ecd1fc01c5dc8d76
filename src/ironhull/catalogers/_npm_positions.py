"""Which package.json files stand for a package, and where Node.js finds what a package requires.

Sources: Node.js documentation, "Modules: CommonJS modules" (Loading from node_modules folders);
npm's "package.json" and "folders"; pnpm "Symlinked node_modules structure"; bun "Isolated
installs"; Debian's "JavaScript policy" for usr/share/nodejs.

- *installed*: `node_modules/NAME` and `node_modules/@SCOPE/NAME`, at any depth. That covers npm,
  yarn classic, yarn's unplugged directory, the stores `node_modules/.pnpm/*/node_modules/NAME` and
  `node_modules/.bun/*/node_modules/NAME`, global packages, npm and corepack themselves. Debian's
  `usr/share/nodejs/NAME` and `usr/lib/nodejs/NAME` are such places too. What is there is a package
  even where its file names no version.
- *described*: any other package.json is a package if it has both a name and a version: an
  application, a workspace, a copy that somebody bundled (`next/dist/compiled/NAME`).
- *sample*: below a package's tests, fixtures, examples and templates. A package.json there
  describes input of a test. It is no package, unless it is itself at an installed place and has
  name and version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.lazy import regex

__all__ = ["DESCRIBED", "INSTALLED", "SAMPLE", "VALID_NAME", "lookups", "place"]

INSTALLED, DESCRIBED, SAMPLE = "installed", "described", "sample"

VALID_NAME = regex(r"(?:@[\w.~!'()*-]+/)?[\w~!'()*-][\w.~!'()*-]*", re.ASCII)
"""npm's "package.json", name: URL-safe, no leading dot; capitals and !'()* in old packages."""

_INSTALLED = regex(
    r"(?:(?:.*/)?node_modules|(?:.*/)?usr/share/nodejs|(?:.*/)?usr/lib/nodejs)"
    r"/((?:@[^/]+/)?[^@./][^/]*)/package\.json",
    re.DOTALL,
)
_SAMPLE = regex(
    r"(?:^|/)node_modules/(?:@[^/]+/)?[^/]+/(?:.*/)?"
    r"(?:__tests__|tests?|__fixtures__|fixtures?|testdata|__mocks__|examples?|templates?|samples?)/",
    re.DOTALL,
)


def place(path: str) -> tuple[str, str]:
    """What kind of place a package.json is at, and the name its directory gives the package."""
    installed = _INSTALLED.fullmatch(path)
    name = installed[1] if installed else ""
    if _SAMPLE.search(path):
        return SAMPLE, name
    return (INSTALLED, name) if installed else (DESCRIBED, "")


def lookups(path: str, name: str) -> Iterator[str]:
    """The package.json files of `name` that code beside the package.json `path` would load,
    nearest first: node_modules of its directory and of each above (never node_modules twice)."""
    directory = path.rpartition("/")[0]
    while directory:
        parent, _, last = directory.rpartition("/")
        if last != "node_modules":
            yield f"{directory}/node_modules/{name}/package.json"
        directory = parent
    yield f"node_modules/{name}/package.json"
    yield f"usr/share/nodejs/{name}/package.json"
