"""Package URLs: FormatError or ValueError, or a value."""

from fuzz._harness import fuzz
from ironhull.documents.purl import name_of, parse_purl
from ironhull.errors import Error

SEEDS = (
    b"pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13",
    b"pkg:npm/%40babel/core@7.0.0",
    b"pkg:maven/org.slf4j/slf4j-api@2.0.9?type=jar#META-INF",
    b"pkg:golang/github.com/a/b@v1.2.3%2Bincompatible",
    b"pkg://TYPE//a//b/@1?x=%zz&y=&=z#../.",
)


def one(data: bytes) -> None:
    try:
        name_of(parse_purl(data.decode("utf-8", "surrogateescape")))
    except (Error, ValueError) as error:
        assert not isinstance(error, UnicodeError)


if __name__ == "__main__":
    fuzz(one, SEEDS, longest=2000)
