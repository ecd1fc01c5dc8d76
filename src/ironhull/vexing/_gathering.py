"""One gathering: what comes with the image first, then what was named, in the user's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ironhull.config import Settings
from ironhull.errors import Error, FormatError
from ironhull.limits import LIMITS
from ironhull.model import Attachment, Image, Sbom
from ironhull.statements import StatementCache
from ironhull.statements.gathering import NotVexError, Pool, Source
from ironhull.vexing import Asked, Gathered, rules_of
from ironhull.vexing._bases import Bases, Proven
from ironhull.vexing._kinds import is_bom, kind_of
from ironhull.vexing._signed import Beside, Signatures, where_signed

if TYPE_CHECKING:
    from ironhull.pipeline import Opened
    from ironhull.store.answer_cache import Input
    from ironhull.vex import Base


class Gathering:
    """What is known so far of one image."""

    def __init__(
        self, found: Opened, sbom: Sbom, settings: Settings, asked: Asked, bases: Bases
    ) -> None:
        self.image = found.image
        self.sbom = sbom
        self.settings = settings
        self.asked = asked
        rules = asked.rules or rules_of(settings, asked.now)
        self._signatures = Signatures(rules.trust, settings) if rules.trust else None
        self.pool = Pool(rules, asked.about, _cache(settings))
        self.pool.problems += bases.problems
        self.bases = bases.proven
        self._read: set[tuple[str, str]] = set()  # (digest, of which base)
        self._inputs: list[Input] | None = []
        if asked.rules is None:
            self._depends_on_keys(settings)

    def run(self) -> Gathered:
        """Everything, in order."""
        if self.image is not None and self.asked.attached:
            self._take_attached(self.image)
        for word in self.asked.wanted:
            self._take_named(word)
        pool, image = self.pool, self.image
        return Gathered(
            statements=tuple(pool.statements),
            refused=tuple(pool.refused),
            documents=tuple(pool.documents),
            problems=tuple(dict.fromkeys(pool.problems)),
            bases=tuple(_base(proven) for proven in self.bases),
            names=tuple(pool.names),
            digests=() if image is None else _digests(image),
            inputs=None if self._inputs is None else tuple(self._inputs),
        )

    def depends_on(self, inputs: Iterable[Input] | None) -> None:
        """The result rests on these files; None: on more than files."""
        if inputs is None:
            self._inputs = None
        elif self._inputs is not None:
            self._inputs += inputs

    def _depends_on_keys(self, settings: Settings) -> None:
        """Another key in a file, or a day on which one ends, is another answer."""
        keys = settings.trust.keys
        if not keys:
            return
        from ironhull.store.answer_cache import Input

        self.depends_on(Input("file", key.file) for key in keys)
        if any(key.starts or key.ends for key in keys):
            self.depends_on(None)

    # ── what comes with the image ────────────────────────────────────────────────────────────────

    def _take_attached(self, image: Image) -> None:
        for proven in reversed(self.bases):  # the image's own base says more than that one's base
            for place in proven.places:
                self.take_attachments(place, base=proven)
        self._take_files()
        self.take_attachments(image)

    def _take_files(self) -> None:
        """The `*.vex.json` in the image; those of a base's layer are the base's word."""
        for file in self.sbom.vex_files:
            base = next((p for p in reversed(self.bases) if file.layer in p.layers), None)
            self.add(
                Source(
                    where=f"{self.sbom.subject.name}: {file.path}",
                    data=file.data,
                    origin="image" if base is None else "base",
                    base="" if base is None else base.image.digest,
                )
            )

    def take_attachments(
        self, image: Image, base: Proven | None = None, *, boms: bool = False
    ) -> None:
        """The VEX documents attached to `image`, each once; with `boms` CycloneDX SBOMs are tried.

        `base` says which base image it is, if it is one.
        """
        for attachment in image.attachments:
            kind = kind_of(attachment)
            if kind == "no" and not (boms and is_bom(attachment)):
                continue
            mark = (attachment.digest, base.image.digest if base else "")
            if mark in self._read:
                continue
            if len(self._read) == LIMITS.vex_attachments:
                self.pool.fail(
                    image.name,
                    f"more than {LIMITS.vex_attachments} attachments: the rest is not read",
                )
                return
            self._read.add(mark)
            self._take_attachment(image, attachment, base, sure=kind == "yes")

    def _take_attachment(
        self, image: Image, attachment: Attachment, base: Proven | None, *, sure: bool
    ) -> None:
        where = f"{image.name}: attestation {attachment.digest}"
        try:
            data = attachment.read()
        except Error as trouble:
            self.pool.fail(where, f"cannot be read: {trouble.message}")
            return
        known = self._signed_beside(image, attachment, data)
        self.add(
            Source(
                where=where,
                data=data,
                origin="attestation" if base is None else "base",
                digests=_digests(image),
                base="" if base is None else base.image.digest,
                annotations=attachment.annotations,
                signature=known.state,
                signer=known.signer,
                bound=bool(known.signer),
                distrust=known.trouble,
            ),
            sure=sure,
        )

    def _signed_beside(self, image: Image, attachment: Attachment, data: bytes) -> Beside:
        """What is known of a signature of the manifest or index that holds the attachment."""
        if self._signatures is None:
            return Beside()
        place = where_signed(image, self.asked.reference if image is self.image else "")
        return self._signatures.beside(place, attachment, data, image.index_digest)

    def add(self, source: Source, *, sure: bool = True) -> None:
        """Read a document; what is wrong with it is a problem, unless it only might be VEX."""
        try:
            self.pool.add(source)
        except FormatError as trouble:
            if sure or not isinstance(trouble, NotVexError):
                self.pool.fail(source.where, trouble.message)

    # ── what was named ───────────────────────────────────────────────────────────────────────────

    def _take_named(self, word: str) -> None:
        from ironhull.vexing import _named

        keywords: dict[str, Callable[[Gathering], None]] = {
            "repo": _named.take_repositories,
            "oci": _named.take_remote,
            "sbom-ref": _named.take_references,
        }
        if word in keywords:
            self.depends_on(None)
            keywords[word](self)
        else:
            _named.take_path(self, word)


def _cache(settings: Settings) -> StatementCache | None:
    if not settings.cache_bytes:
        return None
    from ironhull.pipeline import code

    return StatementCache(settings.cache, code())


def _digests(image: Image) -> tuple[str, ...]:
    return tuple(digest for digest in (image.digest, image.index_digest) if digest)


def _base(proven: Proven) -> Base:
    from ironhull.vex import Base

    return Base(_digests(proven.image), proven.names, proven.layers)
