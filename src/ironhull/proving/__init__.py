"""Proving a hardened Dockerfile: both are built, both images run, and do what they are there for.

A part of `pipeline`, loaded by `harden --build`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ironhull.errors import BuildError, EngineError, StoreError
from ironhull.hardening import Proof, Side, Smoke, Trial, parse_smoke
from ironhull.proving._pins import pinning
from ironhull.proving._steps import Heard
from ironhull.proving._trying import CONFINED, try_image
from ironhull.values import dataclass, replace

if TYPE_CHECKING:
    from ironhull.builders.dockerfile import DockerRecipe
    from ironhull.config import Settings
    from ironhull.containers import Runtime
    from ironhull.dockerfiles import Dockerfile
    from ironhull.model import Build, Image, Progress
    from ironhull.store.images import ImageStore

__all__ = [
    "CONFINED",
    "Asked",
    "Proof",
    "Side",
    "Smoke",
    "Trial",
    "parse_smoke",
    "pinning",
    "prove",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be proved: both builds, how the images are tried, by which engine ("": any).

    `names` are what the hardened image is called in the local store; without any it goes again.
    """

    before: DockerRecipe
    after: DockerRecipe
    smoke: Smoke
    names: tuple[str, ...] = ()
    engine: str = ""


@contextmanager
def prove(
    asked: Asked,
    settings: Settings,
    say: Callable[[str], None],
    progress: Progress | None = None,
) -> Iterator[Proof]:
    """Build both, run both; the images are in the local store as long as the context lasts.

    The image before is run as engines do by themselves, the hardened one as it is deployed. `say`
    is told what the engine says. Raises BuildError where the hardened one does not build, and
    UsageError, ImageError, StoreError; nothing keeps a name then.
    """
    bench = _Bench(asked, settings, say, progress)
    before: Build | None = None
    trouble = ""
    with ExitStack() as stack:
        try:
            before = stack.enter_context(bench.built(asked.before, "the Dockerfile", ()))
        except BuildError as error:
            trouble = error.message
            say(f"{trouble}; going on with the hardened one")
        after = stack.enter_context(bench.built(asked.after, "the hardened one", asked.names))
        yield _tried(bench, before, after, trouble)


def _tried(bench: _Bench, before: Build | None, after: Build, trouble: str) -> Proof:
    from ironhull.containers import choose_runtime

    smoke = bench.asked.smoke
    terms = partial(
        choose_runtime,
        environment=dict(os.environ),
        variables=smoke.variables,
        volumes=smoke.volumes,
        ports=(smoke.port,) if smoke.port else (),
    )
    try:
        confined = terms("")
    except EngineError as error:
        side = Side(before, None) if before else None
        return Proof(side, Side(after, None), trouble, error.message)
    plain = terms(confined.name, confined=False)
    bench.say(f"trying the hardened image with {confined.name}")
    hardened = Side(after, bench.tried(after, confined, bench.asked.after, confined=True))
    if before is None:
        return Proof(None, hardened, trouble)
    bench.say(f"trying the image before with {plain.name}")
    trial = bench.tried(before, plain, bench.asked.before, confined=False)
    return Proof(Side(before, trial), hardened)


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where images are built and tried."""

    asked: Asked
    settings: Settings
    say: Callable[[str], None]
    progress: Progress | None

    @property
    def store(self) -> ImageStore:
        """The local store."""
        from ironhull.store.images import ImageStore

        return ImageStore(self.settings.images)

    @contextmanager
    def built(self, recipe: DockerRecipe, what: str, names: tuple[str, ...]) -> Iterator[Build]:
        """The image of `recipe`, under `names`, else under one that goes with the context."""
        from ironhull.building import Publication
        from ironhull.dockerbuilding import build_dockerfile

        own = f"localhost/ironhull-proof:{uuid4().hex}"
        heard = Heard(self.say)
        self.say(f"building {what}")
        try:
            build = build_dockerfile(
                replace(recipe, names=names or (own,)),
                self.settings,
                Publication(names or (own,)),
                engine=self.asked.engine,
                say=heard,
                progress=self.progress,
            )
        except BuildError as error:
            raise heard.explained(error, what) from None
        try:
            yield build
        finally:
            if not names:
                self.store.remove(own)

    def tried(
        self, build: Build, runtime: Runtime, recipe: DockerRecipe, *, confined: bool
    ) -> Trial:
        """What came of running the image of `build`."""
        image, store = build.image, self.store

        def save(path: Path, name: str) -> None:
            store.export(image, "docker-archive", path, name, attestations=False)

        port = _port(image, recipe)
        return try_image(image, runtime, self.asked.smoke, port, save, confined=confined)


def _read(recipe: DockerRecipe) -> Dockerfile:
    from ironhull.dockerfiles import read_dockerfile

    try:
        data = Path(recipe.file).read_bytes()
    except OSError as trouble:
        raise StoreError(
            f"cannot read {recipe.file}: {trouble.strerror}", "check the path"
        ) from None
    return read_dockerfile(data, recipe.file)


def _arguments(recipe: DockerRecipe) -> dict[str, str]:
    """The build arguments that have a value."""
    pairs = (word.partition("=") for word in recipe.build_args)
    return {name: value for name, equals, value in pairs if equals}


def _port(image: Image, recipe: DockerRecipe) -> int:
    """The TCP port that is exposed first: in the Dockerfile, else the lowest of the image; 0."""
    from ironhull.dockerfiles import scope_of

    dockerfile = _read(recipe)
    stage = dockerfile.target(recipe.target)
    scope = scope_of(dockerfile, _arguments(recipe))
    for instruction in stage.all("EXPOSE"):
        for word in scope.words(instruction):
            if number := _tcp(word):
                return number
    config = image.config.get("config")
    exposed = (config.get("ExposedPorts") if isinstance(config, dict) else None) or ()
    return min(filter(None, map(_tcp, exposed)), default=0)


def _tcp(text: str) -> int:
    """The number of "8080", "8080/tcp" or "8080-8090"; 0 for others."""
    port, _, protocol = text.partition("/")
    number = port.partition("-")[0]
    if protocol.lower() not in ("", "tcp") or not number.isdecimal():
        return 0
    return int(number) if int(number) < 65536 else 0
