"""Maven groups of artifacts whose jars do not tell theirs.

Jars built with Gradle or Ant hold no pom.properties. Of well-known ones the group is a fact that
can be looked up by the artifact's name; every row is for names that only one project publishes to
Maven Central; they are in java_groups.txt. Distributions that call their files otherwise are here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ironhull.lazy import regex

__all__ = ["known_coordinates"]

_TOMCAT = {
    "annotations-api": "tomcat-annotations-api",
    "catalina": "tomcat-catalina",
    "catalina-ant": "tomcat-catalina-ant",
    "catalina-ha": "tomcat-catalina-ha",
    "catalina-ssi": "tomcat-ssi",
    "catalina-storeconfig": "tomcat-storeconfig",
    "catalina-tribes": "tomcat-tribes",
    "el-api": "tomcat-el-api",
    "jasper": "tomcat-jasper",
    "jasper-el": "tomcat-jasper-el",
    "jaspic-api": "tomcat-jaspic-api",
    "jsp-api": "tomcat-jsp-api",
    "servlet-api": "tomcat-servlet-api",
    "websocket-api": "tomcat-websocket-api",
}
"""The files of Tomcat's distribution and what they are called in Maven Central."""

_NUMBERED_TOMCAT = regex(r"^tomcat\d+-")  # Debian's tomcat10-catalina.jar


def known_coordinates(artifact: str, version: str, manifest: Mapping[str, str]) -> tuple[str, str]:
    """(group, artifact) of a well-known artifact; ("", artifact) of any other."""
    exact, prefixes = _rows()
    for wanted, group in exact.get(artifact, ()):
        if _is_of(version, wanted):
            return group, artifact
    for prefix, group in prefixes:
        if artifact.startswith(prefix):
            return group, artifact
    if manifest.get("implementation-title", "").lower() == "apache tomcat":
        name = _TOMCAT.get(artifact, _NUMBERED_TOMCAT.sub("tomcat-", artifact))
        if name.startswith("tomcat-"):
            return "org.apache.tomcat", name
    return "", artifact


def _is_of(version: str, wanted: str) -> bool:
    """Whether a version begins with the wanted numbers ("2" is of 2.1, not of 20)."""
    if not version.startswith(wanted):
        return False
    return not (wanted and version[len(wanted) : len(wanted) + 1].isdigit())


def _words() -> Iterator[str]:
    text = Path(__file__).with_name("java_groups.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            yield from line.split()


_parsed: list[tuple[dict[str, list[tuple[str, str]]], list[tuple[str, str]]]] = []


def _rows() -> tuple[dict[str, list[tuple[str, str]]], list[tuple[str, str]]]:
    """{artifact: [(beginning of the version, group)]} and [(beginning of the artifact, group)]."""
    if not _parsed:
        exact: dict[str, list[tuple[str, str]]] = {}
        prefixes: list[tuple[str, str]] = []
        group = ""
        for word in _words():
            name, _, version = word.partition("@")
            if word.endswith(":"):
                group = word[:-1]
            elif word.endswith("*"):
                prefixes.append((word[:-1], group))
            else:
                exact.setdefault(name, []).append((version, group))
        for rows in exact.values():
            rows.sort(key=lambda row: -len(row[0]))
        prefixes.sort(key=lambda row: -len(row[0]))
        _parsed.append((exact, prefixes))
    return _parsed[0]
