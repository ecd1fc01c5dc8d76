"""The images a run knows: of the local store, of the index, of registries that may be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ironhull.base_choice import known_image
from ironhull.config import Settings
from ironhull.errors import Error, ReferenceFault, TransportError
from ironhull.model import BaseImage, Image, KnownImage, Platform, Problem
from ironhull.oci.names import DEFAULT_REGISTRY, Reference
from ironhull.store.bases import BaseIndex, kept_image, stored_images
from ironhull.store.images import ImageStore

__all__ = ["Known", "base_index"]

_STAGE = "base image"
_OURS = "ironhull/"  # what `ironhull base build` names its images, at no registry


def base_index(settings: Settings) -> BaseIndex:
    """The index of known images of a run."""
    return BaseIndex(settings.home / "bases" / "index.sqlite")


class Known:
    """What is known of images for `platform`; with `remote` registries are asked, too.

    What cannot be read is not known: `problems` say so.
    """

    def __init__(self, settings: Settings, platform: Platform, *, remote: bool = False) -> None:
        self.platform = platform
        self.remote = remote and not settings.offline
        self.problems: list[Problem] = []
        self._settings = settings
        self._store = ImageStore(settings.images)
        self._index = base_index(settings)
        self._images: dict[str, Image] = {}
        self._answers: dict[str, Image | None] = {}
        self._all: tuple[Image, ...] | None = None
        self._silent: set[str] = set()  # registries that do not answer

    def named(self, base: BaseImage) -> tuple[KnownImage, ...]:
        """What a base that is named may be: what has its digest first, then what has its name."""
        reference = _reference(base.name)
        digest = base.digest or (reference.digest if reference else "")
        texts = dict.fromkeys(filter(None, (digest, base.name)))
        found = [self._learn(image) for text in texts if (image := self._stored(text))]
        found += self._indexed(reference, digest)
        exact = bool(digest) and any(digest in each.digests for each in found)
        if reference and not exact:
            image = self._asked(_exact(reference, digest))
            found += [self._learn(image)] if image is not None else []
        return tuple(dict.fromkeys(found))

    def below(self, image: Image) -> tuple[KnownImage, ...]:
        """What has the first layers of `image`."""
        own = [layer.diff_id for layer in image.layers]
        found: list[KnownImage] = []
        with self._told("the index of known images"):
            found += self._index.below(own, self.platform)
        for each in self._every_stored():
            theirs = [layer.diff_id for layer in each.layers]
            if theirs and own[: len(theirs)] == theirs:
                found.append(self._learn(each))
        return tuple(dict.fromkeys(found))

    def image(self, known: KnownImage) -> Image | None:
        """The image itself, where it can be read here: of the store, or of a registry asked."""
        if found := self._images.get(known.digest):
            return found
        return self._stored(known.digest) if known.digest else None

    def tags(self, reference: Reference) -> dict[str, KnownImage]:
        """What the tags of a repository lead to, as the index and the store tell.

        Where they tell different images, the one made later.
        """
        found: dict[str, KnownImage] = {}
        with self._told("the index of known images"):
            for each in self._index.repository(reference, self.platform):
                if there := _reference(each.name):
                    found[there.tag] = each
        for each in self._of_store():
            there = _reference(each.name)
            if there is None or not there.tag or not _same(there, reference):
                continue
            before = found.get(there.tag)
            if before is None or each.created >= before.created:
                found[there.tag] = each
        return found

    def relatives(self, product: str) -> tuple[KnownImage, ...]:
        """Every known image of a repository whose last part is `product`."""
        found: list[KnownImage] = []
        with self._told("the index of known images"):
            found += (each for each in self._index.everything() if each.current)
        found += self._of_store()
        return tuple(
            each
            for each in dict.fromkeys(found)
            if (there := _reference(each.name))
            and there.repository.rpartition("/")[2] == product
            and each.platform == self.platform
        )

    def tag_names(self, reference: Reference) -> tuple[str, ...]:
        """The tags the registry lists; () where it is not asked or does not tell."""
        if not self._may_ask(reference):
            return ()
        from ironhull.pipeline import registries

        with self._told(f"{reference.registry}/{reference.repository}", reference.registry):
            return tuple(registries(self._settings).repository(reference).tags())
        return ()

    def remote_tag(self, reference: Reference, tag: str) -> KnownImage | None:
        """What a tag leads to at its registry now; None where that does not tell."""
        image = self._asked(Reference(reference.registry, reference.repository, tag))
        return self._learn(image) if image is not None else None

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _of_store(self) -> Iterator[KnownImage]:
        return map(self._learn, self._every_stored())

    def _every_stored(self) -> tuple[Image, ...]:
        if self._all is None:
            self._all = ()
            with self._told("the local store"):
                self._all = tuple(stored_images(self._settings.images, self.platform))
        return self._all

    def _stored(self, text: str) -> Image | None:
        try:
            return self._store.find(text, self.platform)
        except ReferenceFault:
            if not text.startswith("sha256:"):
                return None
            return kept_image(self._settings.images, text, self.platform)
        except Error as trouble:
            self._problem(text, trouble)
            return None

    def _indexed(self, reference: Reference | None, digest: str) -> Iterator[KnownImage]:
        with self._told("the index of known images"):
            if digest:
                yield from self._index.with_digest(digest, self.platform)
            if reference is not None and reference.tag:
                tagged = Reference(reference.registry, reference.repository, reference.tag)
                yield from self._index.named(tagged, self.platform)

    def _may_ask(self, reference: Reference) -> bool:
        """Whether the registry of a name may be asked: what is built here is in none."""
        ours = reference.registry == DEFAULT_REGISTRY and reference.repository.startswith(_OURS)
        return self.remote and not ours and reference.registry not in self._silent

    def _asked(self, reference: Reference) -> Image | None:
        from ironhull.pipeline import load

        name = reference.canonical
        if name not in self._answers and self._may_ask(reference):
            self._answers[name] = None
            with self._told(name, reference.registry):
                self._answers[name] = load(f"registry://{name}", self._settings, self.platform)
        return self._answers.get(name)

    def _learn(self, image: Image) -> KnownImage:
        known = known_image(image)
        self._images.setdefault(known.digest, image)
        return known

    @contextmanager
    def _told(self, what: str, registry: str = "") -> Iterator[None]:
        """Trouble with one source is told, and the others are asked.

        A `registry` that does not answer at all is not asked again.
        """
        try:
            yield
        except Error as trouble:
            self._problem(what, trouble)
            if registry and _is_silence(trouble):
                self._silent.add(registry)

    def _problem(self, where: str, trouble: Error) -> None:
        problem = Problem(_STAGE, where, f"was not asked: {trouble.message}")
        if problem not in self.problems:
            self.problems.append(problem)


def _reference(name: str) -> Reference | None:
    try:
        return Reference.parse(name)
    except ReferenceFault:
        return None


def _is_silence(trouble: Error) -> bool:
    """Whether a registry failed as a whole, not said that something is not there or not allowed."""
    from ironhull.registry import AbsentError, DeniedError

    answered = isinstance(trouble, AbsentError | DeniedError)
    return isinstance(trouble, TransportError) and not answered


def _same(one: Reference, other: Reference) -> bool:
    return (one.registry, one.repository) == (other.registry, other.repository)


def _exact(reference: Reference, digest: str) -> Reference:
    tag = "" if digest else reference.tag or "latest"
    return Reference(reference.registry, reference.repository, tag, digest)
