"""Image references: ReferenceFault or a value whose two forms mean the same."""

from fuzz._harness import fuzz
from ironhull.errors import Error
from ironhull.oci.names import Reference, split_scheme
from ironhull.sources._pick import split_path

SEEDS = (
    b"debian",
    b"docker.io/library/debian:13-slim",
    b"localhost:5000/a/b__c-d.e:tag_1@sha256:" + b"0" * 64,
    b"[::1]:5000/a",
    b"archive:///tmp/image.tar:web:init",
    b"registry://ghcr.io/o/p@sha512:" + b"a" * 128,
)


def one(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        split_scheme(text)
        found = Reference.parse(text)
    except Error as error:
        assert "\n" not in error.message or "\n" in text
    else:
        assert Reference.parse(found.familiar) == found
        assert Reference.parse(found.canonical) == found
    if "\0" not in text:
        split_path(text)


if __name__ == "__main__":
    fuzz(one, SEEDS, longest=600)
