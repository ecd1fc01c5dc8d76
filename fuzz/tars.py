"""The walk over a tar and the merge of what it holds: ImageError or a tree that can be asked."""

import io
import tarfile

from fuzz._harness import fuzz
from ironhull.errors import ImageError
from ironhull.model import Image, Layer, Platform
from ironhull.oci.layers import walk
from ironhull.oci.manifests import OCI_LAYER_TAR, sha256_digest
from ironhull.oci.tree import read_tree

KINDS = (
    tarfile.REGTYPE,
    tarfile.LNKTYPE,
    tarfile.SYMTYPE,
    tarfile.CHRTYPE,
    tarfile.DIRTYPE,
    tarfile.FIFOTYPE,
    tarfile.GNUTYPE_SPARSE,
    b"Z",
)


def seeds() -> list[bytes]:
    made = []
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as archive:
            for kind in KINDS:
                info = tarfile.TarInfo(f"d/{kind.decode()}" + ("x" * 90 if kind == b"0" else ""))
                info.type, info.linkname = kind, "../d/0"
                archive.addfile(info, io.BytesIO())
            for name in ("a/.wh.b", "a/.wh..wh..opq", "../../up", "/root", "a/b/c", "d"):
                info = tarfile.TarInfo(name)
                info.size = 3
                if form == tarfile.PAX_FORMAT:
                    info.pax_headers = {"comment": "é" * 50, "mtime": "1.5"}
                archive.addfile(info, io.BytesIO(b"abc"))
        made.append(out.getvalue().rstrip(b"\0") + bytes(1024))
    return made


def one(data: bytes) -> None:
    layer = Layer(
        sha256_digest(data),
        sha256_digest(data),
        len(data),
        OCI_LAYER_TAR,
        lambda: io.BytesIO(data),
    )
    image = Image("fuzz", "", {}, (layer, layer), Platform(), "fuzz")
    try:
        tree, problems = read_tree(image, ["**"])
    except ImageError as error:
        assert "\n" not in error.message
        return
    for problem in problems:
        assert problem.message
    for file in tree.glob("**"):
        assert tree.exists(file.path)
        assert not file.path.startswith("/")
        assert ".." not in file.path.split("/")
    for path in tree.paths():
        tree.find(path)
    for entry, body in walk(io.BytesIO(data)):
        if entry.kind == "file" and entry.size < 1 << 20:
            assert len(body()) == entry.size


if __name__ == "__main__":
    fuzz(one, seeds(), longest=1 << 15)
