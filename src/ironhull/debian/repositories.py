"""apt sources: the one-line form and the deb822 form (sources.list(5)), and Debian's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from ironhull.debian.deb822 import read_fields
from ironhull.debian.model import Repository
from ironhull.errors import DefinitionError

__all__ = ["DEBIAN", "DEBIAN_SECURITY", "debian_repositories", "parse_source"]

DEBIAN = "http://deb.debian.org/debian"
DEBIAN_SECURITY = "http://deb.debian.org/debian-security"
_CODENAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_LINE = re.compile(r"(\S+)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*(?:/[A-Za-z0-9._+~-]+)*/?")
_OPTIONS = ("signed-by", "arch", "check-valid-until", "trusted", "lang", "by-hash")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def debian_repositories(codename: str) -> tuple[Repository, ...]:
    """Debian's own archive for a release: main, its updates and its security updates."""
    if not _CODENAME.fullmatch(codename):
        raise DefinitionError(
            f"os-release.version-codename {codename!r} names no Debian release",
            "name one such as trixie, or give contents.repositories",
        )
    return (
        Repository(DEBIAN, codename, ("main",)),
        Repository(DEBIAN, f"{codename}-updates", ("main",)),
        Repository(DEBIAN_SECURITY, f"{codename}-security", ("main",)),
    )


def parse_source(text: str) -> tuple[Repository, ...]:
    """The repositories of one entry; deb-src entries give none.

    Raises DefinitionError for what is neither form and for options that cannot be obeyed.
    """
    if re.match(r"(?i)\s*[a-z-]+:\s", text):
        return _parse_stanza(text)
    match = _LINE.fullmatch(text.strip())
    if match is None:
        raise DefinitionError(
            f"{text!r} is not an apt source",
            "such as: deb http://deb.debian.org/debian trixie main",
        )
    kind, options, url, suite, components = match.groups()
    if kind == "deb-src":
        return ()
    if kind != "deb":
        raise DefinitionError(f"{text!r}: an apt source starts with deb, not {kind!r}")
    given = dict(_option(word, text) for word in (options or "").split())
    return (_repository(text, url, suite, tuple(components.split()), given),)


def _option(word: str, text: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or name.lower() not in _OPTIONS:
        raise DefinitionError(
            f"{text!r}: the option {word!r} is not understood", f"known: {', '.join(_OPTIONS)}"
        )
    return name.lower(), value


def _parse_stanza(text: str) -> tuple[Repository, ...]:
    try:
        fields = {name.lower(): value for name, value in read_fields(text).items()}
    except ValueError as trouble:
        raise DefinitionError(f"an apt source: {trouble}") from trouble
    if fields.get("enabled", "yes") in _NO or "deb" not in fields.get("types", "deb").split():
        return ()
    names = {"architectures": "arch", "signed-by": "signed-by", "trusted": "trusted"}
    names["check-valid-until"] = "check-valid-until"
    given = {names[k]: v.replace(" ", ",") for k, v in fields.items() if k in names}
    unknown = set(fields) - set(names) - {"types", "uris", "suites", "components", "enabled"}
    if unknown or not fields.get("uris") or not fields.get("suites"):
        what = f"the field {min(unknown)!r}" if unknown else "a source without URIs or Suites"
        raise DefinitionError(f"contents.repositories: {what} is not understood")
    if "\n" in given.get("signed-by", ""):
        given["signed-by"] = "(inline)"
    components = tuple(fields.get("components", "").split())
    return tuple(
        _repository(f"{url} {suite}", url, suite, components, given)
        for url in fields["uris"].split()
        for suite in fields["suites"].split()
    )


def _repository(
    text: str, url: str, suite: str, components: tuple[str, ...], options: Mapping[str, str]
) -> Repository:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "file") or (
        parts.scheme != "file" and not parts.netloc
    ):
        raise DefinitionError(f"{text!r}: {url!r} is not an http, https or file address")
    if options.get("trusted", "no") in _YES:
        raise DefinitionError(
            f"{text!r}: trusted=yes would take packages unverified",
            "give the archive's key in contents.keyring instead",
        )
    for word in (suite, *components):
        if not _WORD.fullmatch(word) or ".." in word:
            raise DefinitionError(f"{text!r}: {word!r} is not a suite or component")
    if suite.endswith("/") or not components:
        raise DefinitionError(
            f"{text!r}: an archive without components (a flat repository) is not supported",
            "name a suite and components, such as: trixie main",
        )
    return Repository(
        url=url.rstrip("/"),
        suite=suite,
        components=components,
        architectures=tuple(a for a in options.get("arch", "").split(",") if a),
        signed_by=options.get("signed-by", ""),
        check_valid_until=options.get("check-valid-until", "yes").lower() not in _NO,
    )
