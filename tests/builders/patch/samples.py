"""A signed archive with real .debs, and images in which some of its packages are installed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ironhull.builders.patch.build import Patched, Planned, patch_image, plan_patch
from ironhull.builders.patch.nouns import PatchRecipe
from ironhull.model import Image
from ironhull.oci.pack import Member
from ironhull.oci.tree import ImageTree, read_tree
from ironhull.store.images import ImageStore
from ironhull.transport import Transport
from tests.debian.archives import NOW, ArchiveOnDisk, key, public
from tests.debian.debmaker import Link, Mode, deb
from tests.images import stored

__all__ = ["Made", "Shop", "installed", "key"]

Files = Mapping[str, bytes | str | Link | Mode | None]
KEY = "usr/share/keyrings/shop.pgp"


@dataclass(frozen=True)
class Made:
    """A package to be offered or to be found in an image."""

    name: str
    version: str = "1.0-1"
    files: Files = field(default_factory=dict)
    control: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def stanza(self) -> dict[str, str]:
        given = {"Package": self.name, "Version": self.version, "Architecture": "amd64"}
        return given | {k.replace("_", "-"): v for k, v in self.fields.items()}

    @property
    def md5sums(self) -> str:
        conffiles = [line.lstrip("/") for line in self.control.get("conffiles", "").splitlines()]
        lines = []
        for path, what in self.files.items():
            data = what.content if isinstance(what, Mode) else what
            if isinstance(data, str | bytes) and path not in conffiles:
                lines.append(f"{_md5(data)}  {path}\n")
        return "".join(lines)

    @property
    def deb(self) -> bytes:
        control = {"md5sums": self.md5sums, **self.control}
        return deb(self.files, control=control, fields=self.stanza)


def _md5(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


@dataclass
class Shop:
    """An archive below `root` that offers packages, and a store of images."""

    root: Path
    signer: str = "shop"
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def store(self) -> ImageStore:
        return ImageStore(self.root / "images")

    @property
    def source(self) -> str:
        return f"deb [signed-by=/{KEY}] {(self.root / 'archive').as_uri()} trixie main\n"

    def offer(self, *packages: Made) -> "Shop":
        stanzas = []
        for made in packages:
            data = made.deb
            fields = made.stanza | {
                "Filename": f"pool/{made.name}_{made.version}.deb",
                "Size": str(len(data)),
                "SHA256": hashlib.sha256(data).hexdigest(),
            }
            stanzas.append("".join(f"{k}: {v}\n" for k, v in fields.items()))
        place = self.root / "archive"
        ArchiveOnDisk(place, stanzas, signer=self.signer, fields=self.fields).write()
        for made in packages:
            (place / f"pool/{made.name}_{made.version}.deb").write_bytes(made.deb)
        return self

    def image(self, files: object, name: str = "web:1", **options: object) -> Image:
        return stored(self.store, name, files, **options)  # type: ignore[arg-type]  # as given

    def plan(self, image: Image, **asked: object) -> Planned:
        scratch = self.root / "scratch"
        scratch.mkdir(exist_ok=True)
        return plan_patch(
            image,
            PatchRecipe(**asked),  # type: ignore[arg-type]  # as given
            transport=Transport(user_agent="test"),
            cache=self.root / "cache",
            scratch=scratch,
            now=NOW,
        )

    def patch(self, image: Image, **asked: object) -> Patched:
        return patch_image(
            self.plan(image, **asked),
            PatchRecipe(**asked),  # type: ignore[arg-type]  # as given
            store=self.store,
            cache=self.root / "cache",
            transport=Transport(user_agent="test"),
        )

    def tree(self, image: Image) -> ImageTree:
        tree, problems = read_tree(image, ["**"])
        assert not problems
        assert isinstance(tree, ImageTree)
        return tree


def installed(
    shop: Shop,
    packages: Sequence[Made],
    *,
    slim: bool = False,
    more: Mapping[str, object] | None = None,
    without: Iterable[str] = (),
    status: str = "install ok installed",
) -> dict[str, object]:
    """The files of an image that has `packages`: with dpkg's database, or (`slim`) status.d."""
    files: dict[str, object] = {
        "etc/os-release": "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n",
        "etc/apt/sources.list": shop.source,
        KEY: public(shop.signer),
        "tmp": Member("tmp", "dir", 0o1777),
    }
    if not slim:
        files["usr/bin/dpkg"] = Member("", "file", 0o755, content=b"dpkg")
    stanzas = []
    for made in packages:
        files |= {path: _member(what) for path, what in made.files.items()}
        stanza = "".join(f"{k}: {v}\n" for k, v in made.stanza.items())
        if slim:
            files[f"var/lib/dpkg/status.d/{made.name}"] = stanza
            kept = [x for x in made.md5sums.splitlines() if x[34:] not in set(without)]
            files[f"var/lib/dpkg/status.d/{made.name}.md5sums"] = "".join(f"{x}\n" for x in kept)
            continue
        lines = [
            f" {path} {_md5(made.files[path[1:]])}\n"  # type: ignore[arg-type]  # conffiles are files
            for path in made.control.get("conffiles", "").splitlines()
        ]
        conffiles = f"Conffiles:\n{''.join(lines)}" if lines else ""
        stanzas.append(f"{stanza}Status: {status}\n{conffiles}Description: it\n")
        info = f"var/lib/dpkg/info/{made.name}"
        listed = sorted({"/.", *("/" + p for path in made.files for p in _with_parents(path))})
        files[f"{info}.list"] = "".join(f"{path}\n" for path in listed)
        for name, text in {"md5sums": made.md5sums, **made.control}.items():
            files[f"{info}.{name}"] = text
    if not slim:
        files["var/lib/dpkg/status"] = "\n".join(stanzas)
    for path in without:
        files.pop(path, None)
    return files | dict(more or {})


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _member(what: object) -> object:
    if isinstance(what, Link):
        return Member("", "hardlink" if what.hard else "symlink", 0o777, link=what.target)
    if isinstance(what, Mode):
        return Member("", "file", what.mode, what.uid, what.gid, content=what.content)
    return what


def again(made: Made, version: str = "1.0-2", **changes: object) -> Made:
    """A newer version of a package."""
    return replace(made, version=version, **changes)  # type: ignore[arg-type]  # as given
