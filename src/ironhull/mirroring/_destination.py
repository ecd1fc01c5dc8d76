"""Where a mirror is, and what each image is called there."""

from __future__ import annotations

from pathlib import Path

from ironhull.errors import ReferenceFault, UsageError
from ironhull.mirroring._offers import Offered
from ironhull.oci.names import DEFAULT_REGISTRY, Reference, split_scheme
from ironhull.sources.targets import Target
from ironhull.values import dataclass

_PREFIX = "end it with / to put repositories below it"


@dataclass(frozen=True, slots=True)
class Destination:
    """`kind` is "registry", "local" or "oci-dir"; `text` as the user wrote it.

    In a registry, `path` is the repository (`exact`) or what all repositories are put below;
    `scoped` puts the source's registry before its repositories.
    """

    kind: str
    text: str
    registry: str = ""
    path: str = ""
    exact: bool = False
    directory: Path | None = None
    scoped: bool = False

    def target(self, image: Offered, becomes: str) -> Target:
        """Where `image` goes, under its own name or in repository `becomes`.

        Raises ReferenceFault for an image whose name cannot be one there.
        """
        if self.kind == "registry":
            reference = Reference.parse(self._in_registry(image, becomes))
            return Target("registry", reference.familiar, reference)
        if image.reference is None and not becomes:
            raise ReferenceFault(
                f"{image.name} has no repository in its name", "copy it with `ironhull copy`"
            )
        name = _named(becomes, image) if becomes else _own(image)
        if self.kind == "local":
            reference = Reference.parse(name)
            return Target("local", reference.familiar, reference)
        return Target("oci-dir", "" if "@" in name else Reference.parse(name).familiar, None,
                      self.directory)  # fmt: skip

    def _in_registry(self, image: Offered, becomes: str) -> str:
        suffix = _suffix(image)
        if self.exact:
            if becomes:
                raise ReferenceFault(f"{self.text} is one repository", _PREFIX)
            return f"{self.registry}/{self.path}{suffix}"
        if not becomes and image.reference is None:
            raise ReferenceFault(f"{image.name} has no repository in its name", "name one")
        repository = becomes or (image.reference.repository if image.reference else "")
        parts = [self.registry, self.path, repository]
        if self.scoped and image.reference is not None:
            parts.insert(2, image.reference.registry.replace(":", "-").lower())
        return "/".join(part for part in parts if part) + suffix


def parse_destination(text: str, *, scoped: bool = False) -> Destination:
    """What DST of a mirror means; raises ReferenceFault, UsageError.

    A registry, `registry/repository`, `registry/prefix/`, `oci-dir://PATH`, `local://`.
    """
    if text in ("local", "local://"):
        return Destination("local", text, scoped=scoped)
    scheme, rest = split_scheme(text)
    if scheme == "oci-dir":
        if ":" in rest:
            raise UsageError(f"{text}: a mirror keeps names", "give the directory alone")
        return Destination("oci-dir", text, directory=Path(rest))
    if scheme not in ("image", "registry"):
        raise ReferenceFault(
            f"{text}: nothing is mirrored to {scheme}://",
            "use a registry, oci-dir://PATH or local://",
        )
    if "@" in rest or (":" in rest.rpartition("/")[2] and "/" in rest):
        raise UsageError(
            f"{text}: a mirror keeps tags", "leave the tag out, or use `ironhull copy`"
        )
    registry, path = _split(rest)
    Reference.parse(f"{registry}/{path.removesuffix('/') or 'x'}")  # refuses what cannot be a name
    exact = bool(path) and not path.endswith("/")
    return Destination("registry", text, registry, path.strip("/"), exact, None, scoped)


def _split(rest: str) -> tuple[str, str]:
    first, slash, path = rest.partition("/")
    if "." in first or ":" in first or first == "localhost":
        return first, path
    if not slash:
        raise ReferenceFault(
            f"{rest}: is that a registry or a repository?",
            f"write {rest}/ for a name at {DEFAULT_REGISTRY}, or a registry as host:port",
        )
    return DEFAULT_REGISTRY, rest


def _suffix(image: Offered) -> str:
    return f":{image.tag}" if image.tag else f"@{image.digest}"


def _named(repository: str, image: Offered) -> str:
    return f"{repository}{_suffix(image)}"


def _own(image: Offered) -> str:
    assert image.reference is not None
    return f"{image.reference.registry}/{image.reference.repository}{_suffix(image)}"
