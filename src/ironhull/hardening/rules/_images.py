"""Rules about the images a Dockerfile stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.dockerfiles import Instruction
from ironhull.ecosystems import end_of_support, runtime_end
from ironhull.hardening.families import family_of
from ironhull.hardening.rules._row import Case, Rule, Said, mounted_from
from ironhull.model import Distro

__all__ = ["IMAGE_RULES", "is_minimal"]

_MINIMAL = re.compile(
    r"^(scratch|dhi\.io/.*|.*/dhi-[^/]+|cgr\.dev/.*|gcr\.io/distroless/.*|ironhull/.*"
    r"|registry\.access\.redhat\.com/ubi\d+/?(ubi-)?micro|busybox-none|.*[/-]distroless.*|.*-micro)$"
)
_TOOLS = re.compile(r"(^|[-.])(dev|debug|sdk|compat|shell|builder|slim)([-.]|$)")
_TAG_OF = re.compile(r":([^/:@]+)(?:@|$)")
_CODENAMES = {
    **{"jessie": ("debian", "8"), "stretch": ("debian", "9"), "buster": ("debian", "10")},
    **{"bullseye": ("debian", "11"), "bookworm": ("debian", "12"), "trixie": ("debian", "13")},
    **{"bionic": ("ubuntu", "18.04"), "focal": ("ubuntu", "20.04"), "jammy": ("ubuntu", "22.04")},
    **{"noble": ("ubuntu", "24.04"), "xenial": ("ubuntu", "16.04"), "trusty": ("ubuntu", "14.04")},
}
_DISTROS = {
    **{"debian": "debian", "ubuntu": "ubuntu", "alpine": "alpine", "centos": "centos"},
    **{"fedora": "fedora", "rockylinux": "rocky", "almalinux": "almalinux", "amazonlinux": "amzn"},
    **{"oraclelinux": "ol"},
}
_RUNTIMES = {
    **{"python": ("generic", "python"), "node": ("generic", "node"), "php": ("generic", "php")},
    **{"ruby": ("generic", "ruby"), "golang": ("golang", "stdlib"), "openjdk": ("generic", "java")},
    **{"eclipse-temurin": ("generic", "java"), "amazoncorretto": ("generic", "java")},
}


def _split(image: str) -> tuple[str, str, str]:
    """(repository, tag, digest) of a reference."""
    name, _, digest = image.partition("@")
    found = _TAG_OF.search(name)
    tag = found[1] if found else ""
    repository = name[: found.start()] if found else name
    for prefix in ("docker.io/", "index.docker.io/", "library/"):
        repository = repository.removeprefix(prefix)
    return repository, tag, digest


def is_minimal(image: str) -> bool:
    """Whether an image is known to have neither a shell nor a package manager."""
    repository, tag, _ = _split(image)
    if repository == "scratch":
        return True
    known = family_of(image) is not None or _MINIMAL.match(repository) is not None
    return known and not _TOOLS.search(tag)


def _heads(case: Case) -> Iterator[tuple[Instruction, str]]:
    """Every image from elsewhere that is built on or copied from, where it is named."""
    for stage in case.stages:
        image = case.scope.image(stage)
        if case.scope.parent(stage) is None and image != "scratch":
            yield stage.head, image
        for instruction in stage.all("COPY", "ADD"):
            source = instruction.flag("from")
            if source and _is_image(case, case.scope.expand(instruction, source)):
                yield instruction, case.scope.expand(instruction, source)
        for instruction in stage.all("RUN"):
            for source in mounted_from(instruction):
                if _is_image(case, source):
                    yield instruction, source


def _is_image(case: Case, source: str) -> bool:
    return case.dockerfile.stage(source) is None and source not in ("scratch", "context")


def _not_minimal(case: Case) -> Iterator[Said]:
    if not is_minimal(case.image):
        said = f"what ships stands on {case.image}, which is not known to be without a shell"
        yield case.chain[0].head, said


def _not_pinned(case: Case) -> Iterator[Said]:
    for instruction, image in _heads(case):
        if "@sha256:" not in image:
            yield instruction, f"{image} is not pinned by its digest"


def _latest(case: Case) -> Iterator[Said]:
    for instruction, image in _heads(case):
        repository, tag, digest = _split(image)
        if not digest and tag in ("", "latest"):
            how = "has no tag" if not tag else "has the tag latest"
            yield instruction, f"{repository} {how}: which version that is changes"


def _ended(case: Case) -> Iterator[Said]:
    if not case.today:
        return
    for instruction, image in _heads(case):
        said = [s for s in (_distro_end(image), _runtime_end(image)) if s and s[1] < case.today]
        for what, day in said:
            yield instruction, f"{image}: {what} has had no fixes since {day}"


def _distro_end(image: str) -> tuple[str, str] | None:
    repository, tag, _ = _split(image)
    name = repository.rpartition("/")[2]
    pair = None
    version = re.match(r"\d+(\.\d+)*", tag)
    if name in _DISTROS and repository in (name, f"library/{name}") and version:
        pair = (_DISTROS[name], version[0])
    for word in re.split(r"[-.]", tag):
        pair = _CODENAMES.get(word, pair)
    if found := re.search(r"alpine(\d+\.\d+)", tag):
        pair = ("alpine", found[1])
    if pair is None:
        return None
    day = end_of_support(Distro(pair[0], pair[1]))
    return (f"{pair[0]} {pair[1]}", day) if day else None


def _runtime_end(image: str) -> tuple[str, str] | None:
    repository, tag, _ = _split(image)
    version = re.match(r"\d+(\.\d+)*", tag)
    if repository not in _RUNTIMES or not version:
        return None
    found = runtime_end(*_RUNTIMES[repository], version[0])
    return (f"{found[0]} {found[1]}", found[2]) if found and found[2] else None


IMAGE_RULES = (
    Rule(
        "IH-D001",
        "warning",
        "The final stage does not stand on a minimal base",
        "A shell, a package manager and what else a general base brings is there for an intruder, "
        "and each package of it may have vulnerabilities.",
        "Build in an image with tools, and copy what runs into one without: `ironhull harden` "
        "does that.",
        _not_minimal,
        'FROM python:3.13-slim\nCOPY app.py /app.py\nCMD ["python3", "/app.py"]\n',
        'FROM ironhull/python:3.13\nCOPY app.py /app.py\nCMD ["python3", "/app.py"]\n',
    ),
    Rule(
        "IH-D002",
        "warning",
        "An image is not pinned by its digest",
        "A tag can be moved to another image at any time: two builds of one commit differ, and "
        "nobody sees what changed.",
        "Name the image with tag and digest (`name:tag@sha256:…`) and let a bot update both; "
        "`ironhull harden` adds the digest.",
        _not_pinned,
        "FROM ironhull/static:13\n",
        f"FROM ironhull/static:13@sha256:{'0' * 64}\n",
    ),
    Rule(
        "IH-D015",
        "warning",
        "An image without a version",
        "`latest`, or no tag at all, is another version after each release: builds break, or "
        "change, without a commit.",
        "Name the version the app was tested with.",
        _latest,
        "FROM ironhull/static\n",
        "FROM ironhull/static:13\n",
    ),
    Rule(
        "IH-D018",
        "error",
        "A base whose release has ended",
        "Nobody repairs it any more: vulnerabilities found since then stay, and scanners may not "
        "even know of them.",
        "Move to a release that is maintained; `ironhull recommendations` shows candidates.",
        _ended,
        "FROM python:3.8-slim-buster\n",
        "FROM python:3.14-slim-trixie\n",
    ),
)
