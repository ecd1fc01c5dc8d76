"""File systems as layers are made of them: path to tar member."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from ironhull.model import Image
from ironhull.oci.pack import Member

__all__ = ["Tree", "difference", "members_below", "members_of", "text_file"]

Tree = dict[str, Member]


def members_of(image: Image) -> Iterator[tuple[str, Member]]:
    """The members of an image of one layer."""
    kinds = {tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "symlink", tarfile.LNKTYPE: "hardlink"}
    with image.layers[0].open() as blob, tarfile.open(fileobj=blob, mode="r:gz") as tar:
        for info in tar:
            kind = kinds.get(info.type, "file")
            file = tar.extractfile(info) if kind == "file" else None
            content = file.read() if file is not None else None
            path = info.name.removeprefix("./")
            if path not in ("", "."):
                member = Member(
                    path,
                    kind,
                    info.mode,
                    uid=info.uid,
                    gid=info.gid,
                    mtime=int(info.mtime),
                    link=info.linkname,
                    content=content,
                )
                yield path, member


def members_below(top: Path, root: str) -> Iterator[tuple[str, Member]]:
    for path in sorted(top.rglob("*")):
        name = f"{root}/{path.relative_to(top)}"
        status = path.lstat()
        mode = status.st_mode & 0o777
        if path.is_symlink():
            yield name, Member(name, "symlink", 0o777, link=str(path.readlink()))
        elif path.is_dir():
            yield name, Member(name, "dir", mode)
        elif path.is_file():
            yield name, Member(name, "file", mode, content=path)


def difference(below: Tree, above: Tree) -> Tree:
    """The layer that makes `above` of `below`, with whiteouts for what is gone."""
    layer = {path: member for path, member in above.items() if below.get(path) != member}
    gone = sorted(path for path in below if path not in above)
    for path in gone:
        parent, _, name = path.rpartition("/")
        if parent not in gone:
            hidden = f"{parent}/.wh.{name}".lstrip("/")
            layer[hidden] = Member(hidden, "file", 0o644, content=b"")
    return layer


def text_file(content: str | bytes, mode: int = 0o644) -> Member:
    data = content.encode() if isinstance(content, str) else content
    return Member("", "file", mode, content=data)
