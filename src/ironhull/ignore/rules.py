"""One rule of an ignore file, and what it covers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ironhull.counts import source_package
from ironhull.documents.purl import Purl, name_of, parse_purl
from ironhull.errors import ReferenceFault
from ironhull.model import Finding, Package, Subject
from ironhull.oci.names import Reference
from ironhull.oci.patterns import Wanted
from ironhull.values import dataclass

__all__ = ["PurlPattern", "Rule", "Target", "glob", "image_names"]


@dataclass(frozen=True, slots=True)
class PurlPattern:
    """A package URL that packages must agree with; with `globs` its parts may hold `*`.

    As with Trivy and OpenVEX: type, namespace and name are equal, a version is equal where the
    pattern has one, and the qualifiers of the pattern are among the package's.
    """

    purl: Purl
    globs: bool = False

    @classmethod
    def of(cls, text: str, *, globs: bool) -> PurlPattern:
        """Raises ValueError for what is no package URL."""
        found = parse_purl(text)
        namespace, name = name_of(found)
        written = Package(
            found.type, name, found.version, namespace=namespace, qualifiers=found.qualifiers
        )
        return cls(parse_purl(written.purl), globs)

    def matches(self, package: Package) -> bool:
        """Whether `package` is one of those meant."""
        theirs, ours = _purl_of(package.purl), self.purl
        if ours.type != theirs.type or not self._same(ours.namespace, theirs.namespace):
            return False
        if not self._same(ours.name, theirs.name):
            return False
        if ours.version and not self._same(ours.version, theirs.version):
            return False
        return set(ours.qualifiers) <= set(theirs.qualifiers)

    def _same(self, pattern: str, text: str) -> bool:
        return glob(pattern, text) if self.globs else pattern == text


@lru_cache(maxsize=4096)
def _purl_of(text: str) -> Purl:
    return parse_purl(text)


@dataclass(frozen=True, slots=True)
class Target:
    """One installed copy of a package that a finding is about; `path` "" where none is known."""

    finding: Finding
    package: Package
    path: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Covers a target if every part that is given agrees.

    `ids` are identifiers in lower case (an alias will do), `packages` and `versions` globs of the
    names and versions of source or installed packages, `paths` a set of path patterns, `images`
    globs of image names and digests. `until` is the first day or moment (RFC 3339, UTC) at which
    the rule no longer applies. `about` is the kind of scanner it is for, "" for any.
    """

    where: str
    ids: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    purls: tuple[PurlPattern, ...] = ()
    paths: Wanted | None = None
    images: tuple[str, ...] = ()
    reason: str = ""
    until: str = ""
    author: str = ""
    about: str = ""
    what: str = ""

    def expired(self, now: str) -> bool:
        """Whether `until` has come; `now` is RFC 3339 in UTC."""
        return bool(self.until) and self.until <= now

    def about_image(self, names: Iterable[str]) -> bool:
        """Whether the rule is for an image known by `names`."""
        return not self.images or any(glob(p, name) for p in self.images for name in names)

    def covers(self, target: Target) -> bool:
        """Whether the rule hides `target`, its image and day aside."""
        return not self.misses(target)

    def misses(self, target: Target) -> str:
        """Which part of the rule disagrees with `target`, in words; "" where the rule covers it."""
        if not self.names(target.finding):
            return "it names another vulnerability"
        if (self.packages or self.versions) and not self._has_name(target):
            return "its package or version is another"
        if self.purls and not self._has_purl(target):
            return "its package URL is another"
        if self.paths is not None and not self._has_path(target.path, self.paths):
            return "its paths are others"
        return ""

    def names(self, finding: Finding) -> bool:
        """Whether the rule is about the vulnerability: it names it, or names none."""
        advisory = finding.advisory
        known = (advisory.id, *advisory.aliases)
        return not self.ids or any(name.lower() in self.ids for name in known)

    def _has_name(self, target: Target) -> bool:
        source = target.package.source
        return any(
            (not self.packages or any(glob(p, name) for p in self.packages))
            and (not self.versions or any(glob(p, version) for p in self.versions))
            for name, version in (
                (target.package.name, target.package.version),
                (source.name, source.version or target.package.version),
            )
        )

    def _has_purl(self, target: Target) -> bool:
        packages = (target.package, source_package(target.finding))
        return any(pattern.matches(package) for pattern in self.purls for package in packages)

    @staticmethod
    def _has_path(path: str, paths: Wanted) -> bool:
        """A jar in a jar is written with ! here and with / by Trivy; its outer file counts too."""
        names = {path, path.replace("!", "/"), path.partition("!")[0]} - {""}
        return any(paths.matches(name) for name in names)


def image_names(subject: Subject) -> tuple[str, ...]:
    """What a rule may call an image: its name, short and in full, with and without tag; digests."""
    names = [subject.name]
    try:
        reference = Reference.parse(subject.name.partition("://")[2] or subject.name)
    except ReferenceFault:
        pass
    else:
        bare = Reference(reference.registry, reference.repository)
        names += [reference.canonical, reference.familiar, bare.canonical, bare.familiar]
        if reference.tag:
            tagged = Reference(reference.registry, reference.repository, reference.tag)
            names += [tagged.canonical, tagged.familiar]
    names += [subject.digest, subject.index_digest, subject.id]
    return tuple(dict.fromkeys(name for name in names if name))


def glob(pattern: str, text: str) -> bool:
    """Whether `*` (any text) and `?` (one character) make `pattern` the whole of `text`.

    Takes time proportional to the product of their lengths, whatever they hold.
    """
    at = place = 0
    star, resume = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, resume = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            place += 1
            at += 1
        elif star >= 0:
            resume += 1
            place, at = star + 1, resume
        else:
            return False
    return not pattern[place:].strip("*")
