"""Stand-ins for images of Docker Hub, so that samples are built where no hub can be reached.

A stand-in has the name, the layout and the programs of the image it stands for, from Debian's
packages on a base built here, and trusts the certificate authorities of this machine. The language
is the version Debian has, whatever the tag says: a sample that names a directory of a version names
one that Debian has (Python 3.11 and 3.13, Node.js 20, Go 1.24, Java 17 and 21, Rust 1.85).

Dev bases of the catalog get the same authorities by `--build-context NAME=docker-image://…`
(`contexts`), so that nothing of a machine is in a Dockerfile.

`python -m tests.hardening.standins NAME…` builds them into the engine of DOCKER_HOST.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ironhull.builders.dockerfile.bases import base_names
from ironhull.dockerfiles import read_dockerfile

HERE = Path(__file__).parent / "hub"
PREFIX = "standin"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")

Run = Callable[..., object]
"""Runs the engine's command with these words; fails loudly."""

_TOOLS = (
    "gcc g++ make git curl wget pkg-config libc6-dev libssl-dev libffi-dev zlib1g-dev libpq-dev"
)


@dataclass(frozen=True)
class Standin:
    """How one image is made: a Dockerfile of `hub/`, on which Debian, with which arguments."""

    recipe: str
    debian: str = "13"
    arguments: tuple[str, ...] = ()


STANDINS: Mapping[str, Standin] = {
    "debian-12": Standin("debian", "12"),
    "debian-13": Standin("debian"),
    "python-3.11-slim": Standin("python", "12", ("VERSION=3.11.2",)),
    "python-3.11": Standin("python", "12", ("VERSION=3.11.2", f"MORE={_TOOLS}")),
    "python-3.13-slim": Standin("python", "13", ("VERSION=3.13.5",)),
    "python-3.13": Standin("python", "13", ("VERSION=3.13.5", f"MORE={_TOOLS}")),
    "node-20-slim": Standin("node"),
    "node-20": Standin("node", "13", ("MORE=python3 gcc g++ make git curl wget",)),
    "golang-1.24": Standin("golang"),
    "java-21-jdk": Standin("java", "13", ("PACKAGE=openjdk-21-jdk-headless",)),
    "java-21-jre": Standin("java", "13", ("PACKAGE=openjdk-21-jre-headless",)),
    "java-17-jdk": Standin("java", "12", ("PACKAGE=openjdk-17-jdk-headless",)),
    "maven-21": Standin("java", "13", ("PACKAGE=openjdk-21-jdk-headless", "MORE=maven")),
    "rust-1.85": Standin("rust"),
    "nginx-1.26": Standin("nginx"),
    "postgres-17": Standin("postgres"),
}
"""Every image that can be made; `standin_for` tells which one stands for a name of the hub."""

_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"(debian|buildpack-deps):(bookworm|12|oldstable)\b.*", "debian-12"),
    (r"(debian|ubuntu|buildpack-deps)(:.*)?", "debian-13"),
    (r"python:3\.(8|9|10|11)\b.*slim.*", "python-3.11-slim"),
    (r"python:3\.(8|9|10|11)\b.*", "python-3.11"),
    (r"python:.*slim.*", "python-3.13-slim"),
    (r"python(:.*)?", "python-3.13"),
    (r"node:.*slim.*", "node-20-slim"),
    (r"node(:.*)?", "node-20"),
    (r"golang(:.*)?", "golang-1.24"),
    (r"maven(:.*)?", "maven-21"),
    (r"(eclipse-temurin|openjdk|amazoncorretto):(8|11|17)\b.*", "java-17-jdk"),
    (r"(eclipse-temurin|openjdk):.*jre.*", "java-21-jre"),
    (r"(eclipse-temurin|openjdk|amazoncorretto)(:.*)?", "java-21-jdk"),
    (r"rust(:.*)?", "rust-1.85"),
    (r"nginx(:.*)?", "nginx-1.26"),
    (r"postgres(:17.*)?", "postgres-17"),
)
_OURS = re.compile(r"(?:docker\.io/|localhost/)?ironhull/\S+")
_HUB = re.compile(r"^(?:docker\.io/)?(?:library/)?")


def standin_for(reference: str) -> str:
    """The key of STANDINS for a name of the hub, "" where nothing stands for it (Alpine…)."""
    name = _HUB.sub("", reference.partition("@")[0])
    if "alpine" in name:
        return ""
    for pattern, key in _BY_NAME:
        if re.fullmatch(pattern, name):
            return key
    return ""


def images_of(text: str) -> tuple[str, ...]:
    """The images a Dockerfile takes from elsewhere, after FROM and in --from, expanded."""
    return base_names(read_dockerfile(text.encode(), "Dockerfile"), {})


def contexts(references: Iterable[str], run: Run, prepare: Run) -> tuple[str, ...]:
    """`NAME=docker-image://STAND-IN` for every image that has one; they are built where missing.

    `run` is the engine's command, `prepare` builds a base of the catalog ("python:3.13-debian13")
    into the engine as `ironhull/python:3.13-debian13`.
    """
    found = []
    for reference in references:
        if _OURS.fullmatch(reference):
            plain = reference.partition("@")[0]
            found.append(f"{reference}=docker-image://{trusting(plain, run, prepare)}")
        elif key := standin_for(reference):
            found.append(f"{reference}=docker-image://{standin(key, run, prepare)}")
    return tuple(found)


def standin(key: str, run: Run, prepare: Run) -> str:
    """The image of STANDINS[key] in the engine, built where it is not there yet; its name."""
    row = STANDINS[key]
    name = f"{PREFIX}/{key.replace('-', ':', 1)}"
    if not _there(name, run):
        base = f"{PREFIX}/debian:{row.debian}-slim"
        if not _there(base, run):
            prepare(
                "debian-base:13-slim" if row.debian == "13" else str(HERE / "debian-12.yaml"), base
            )
        _build(row.recipe, name, run, (f"BASE={base}", *row.arguments))
    return name


def trusting(reference: str, run: Run, prepare: Run) -> str:
    """A base of the catalog (`ironhull/python:…`) with the machine's authorities; its name.

    A base without a shell is taken as it is: nothing is downloaded in it.
    """
    ours = "ironhull/" + reference.partition("ironhull/")[2]
    if not _there(ours, run):
        prepare(ours.removeprefix("ironhull/"), ours)
    if not ours.endswith("-dev"):
        return ours
    name = f"{PREFIX}/{ours}"
    if not _there(name, run):
        _build("trusting", name, run, (f"BASE={ours}",))
    return name


def _there(name: str, run: Run) -> bool:
    return bool(str(getattr(run("images", "-q", name), "stdout", "")).strip())


def _build(recipe: str, name: str, run: Run, arguments: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        if AUTHORITIES.exists():
            shutil.copy(AUTHORITIES, Path(place) / AUTHORITIES.name)
        else:
            (Path(place) / AUTHORITIES.name).write_bytes(b"")
        words = [f"--build-arg={argument}" for argument in arguments]
        file = HERE / f"{recipe}.Dockerfile"
        run(
            "buildx",
            "build",
            "--progress=plain",
            "--provenance=false",
            "--load",
            f"--tag={name}",
            f"--file={file}",
            *words,
            place,
        )


def preparing(ironhull: Callable[..., str], run: Run, place: Path) -> Run:
    """A `prepare` that builds with `ironhull` (the command line) and loads into the engine."""

    def prepare(definition: str, name: str) -> None:
        archive = place / "base.tar"
        lock = place / "base.lock"
        if name not in ironhull("images", "--format", "json"):
            ironhull("base", "build", definition, "-t", name, "--lock", lock, "-q")
        ironhull("images", name, "--export", f"docker-archive={archive}")
        run("load", "-i", archive)
        archive.unlink()
        lock.unlink(missing_ok=True)

    return prepare


def main(names: Iterator[str]) -> None:
    """Build stand-ins into the engine of DOCKER_HOST, by key or by name of the hub."""
    import subprocess

    from tests.acceptance.cli import Ironhull

    def run(*words: object) -> object:
        command = [os.environ.get("DOCKER", "docker"), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    with tempfile.TemporaryDirectory() as place:
        ironhull = Ironhull(Path(os.environ["IRONHULL_HOME"]))
        prepare = preparing(ironhull, run, Path(place))
        for name in names:
            if name in STANDINS:
                print(standin(name, run, prepare))
            else:
                for context in contexts([name], run, prepare):
                    print(context)
                    if not _OURS.fullmatch(name):
                        run("tag", context.partition("=docker-image://")[2], name)


if __name__ == "__main__":
    main(iter(sys.argv[1:]))
