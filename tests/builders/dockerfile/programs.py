"""Programs that stand for docker, buildah and podman: they note what they are asked, and answer."""

import json
import sys
from pathlib import Path

from ironhull.builders.dockerfile import DockerRecipe

_DOCKER = """
place = Path(__file__).parent
state = json.loads((place / "docker.json").read_text())
if words[:2] == ["buildx", "version"]:
    print(state["version"])
elif words[:2] == ["buildx", "inspect"]:
    print(state["inspect"])
elif words[:1] == ["version"]:
    print(state["server"])
    sys.exit(0 if state["server"] else 1)
elif words[:1] == ["info"]:
    print(state["status"])
elif words[:2] == ["buildx", "build"]:
    print(state["said"])
    if state["exit"]:
        sys.exit(state["exit"])
    if "--output" in words:
        keys = dict(k.partition("=")[::2] for k in words[words.index("--output") + 1].split(","))
        shutil.copy(state["archive"], keys["dest"])
    else:
        Path(words[words.index("--iidfile") + 1]).write_text("sha256:" + "1" * 64)
elif words[:2] == ["image", "save"]:
    shutil.copy(state["archive"], words[words.index("--output") + 1])
"""

_BUILDAH = """
place = Path(__file__).parent
state = json.loads((place / f"{name}.json").read_text())
if words[:1] == ["--version"]:
    print(f"{name} version 1.40.0 (image-spec 1.1.0)")
elif words[:1] == ["build"]:
    print(state["said"])
    if state["exit"]:
        sys.exit(state["exit"])
    for word in words:
        if word.startswith("--iidfile="):
            Path(word.partition("=")[2]).write_text("sha256:" + "2" * 64)
elif words[:1] == ["push"] or words[:2] == ["manifest", "push"]:
    shutil.copy(state["archive"], words[-1].removeprefix("oci-archive:"))
"""

_BEGIN = """#!{python}
import json, os, shutil, sys
from pathlib import Path
words, name = sys.argv[1:], Path(sys.argv[0]).name
with (Path(__file__).parent / "asked.jsonl").open("a") as log:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    print(json.dumps({{"words": [name, *words], "epoch": epoch}}), file=log)
"""

_READY = {
    "version": "github.com/docker/buildx v0.20.1 245093b",
    "inspect": "Name:   default\nDriver: docker\n\nNodes:\nName: default",
    "server": "28.0.1",
    "status": '[["driver-type","io.containerd.snapshotter.v1"]]',
    "said": "#1 working",
    "exit": 0,
}


FULL = DockerRecipe(
    context="ctx",
    file="Dockerfile.prod",
    names=("web:1", "web:2"),
    platforms=("linux/amd64", "linux/arm64"),
    target="final",
    build_args=("A=1", "B"),
    labels=("team=front",),
    build_contexts=("x=../x",),
    secrets=("id=token,src=token.txt",),
    ssh=("default",),
    add_hosts=("db:10.0.0.1",),
    network="none",
    builder="big",
    no_cache=True,
    pull=True,
    generator="generator=scanner:1",
    provenance="max",
    epoch=7,
)
"""A build that asks for everything."""

COMMON = (
    "--file=Dockerfile.prod",
    "--platform=linux/amd64,linux/arm64",
    "--target=final",
    "--build-arg=A=1",
    "--build-arg=B",
    "--label=team=front",
    "--build-context=x=../x",
    "--secret=id=token,src=token.txt",
    "--ssh=default",
    "--add-host=db:10.0.0.1",
    "--network=none",
    "--no-cache",
)
"""What every engine is asked for it."""


class Programs:
    """A directory of programs, the only ones there are on its `environment`'s PATH."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()
        self.environment = {"PATH": str(place)}

    def docker(self, archive: Path | None = None, **state: object) -> None:
        """A docker with buildx that builds `archive`; `state` changes what it answers."""
        self._write("docker", _DOCKER, {**_READY, "archive": str(archive), **state})

    def buildah(self, archive: Path | None = None, name: str = "buildah", **state: object) -> None:
        """A buildah (or podman) that builds `archive`."""
        self._write(name, _BUILDAH, {**_READY, "archive": str(archive), **state})

    def _write(self, name: str, body: str, state: dict[str, object]) -> None:
        (self.place / f"{name}.json").write_text(json.dumps(state))
        path = self.place / name
        path.write_text(_BEGIN.format(python=sys.executable) + body)
        path.chmod(0o755)

    def asked(self, *begin: str) -> list[list[str]]:
        """The command lines that begin with these words, in order."""
        return [words for words, _ in self.log() if words[: len(begin)] == list(begin)]

    def log(self) -> list[tuple[list[str], str]]:
        """Every command line, and SOURCE_DATE_EPOCH of its environment."""
        path = self.place / "asked.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(row["words"], row["epoch"]) for row in map(json.loads, lines)]
