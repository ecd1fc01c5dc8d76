"""SBOMs the format tests write: one with everything, made by the catalogers, and hostile ones."""

from hypothesis import strategies as st

from ironhull.catalog import catalog
from ironhull.model import (
    Distro,
    Location,
    Package,
    Platform,
    Problem,
    Relation,
    Sbom,
    Subject,
    Upstream,
)
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.catalogers.test_python import DEBIAN_FLASK, SITE, metadata
from tests.trees import DictTree

CREATED = "2026-01-02T03:04:05Z"

SUBJECT = Subject(
    name="registry.example:5000/shop/web:1.0",
    digest="sha256:" + "a" * 64,
    id="sha256:" + "b" * 64,
    index_digest="sha256:" + "c" * 64,
    platform=Platform("linux", "arm64"),
    content_size=10,
    disk_size=20,
    layers=("sha256:" + "1" * 64,),
    user="65532",
    entrypoint=("/usr/bin/python3",),
    created=CREATED,
    source="https://example.org/shop",
    revision="abc",
)

_DEP5 = "Format: x\n\nFiles: *\nLicense: GPL-2+ or Artistic, and weird-name\n"


def full() -> Sbom:
    """Every field of the model is used somewhere in it."""
    files = {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": stanza("broken", version="")
        + stanza(
            "libc6",
            "2.41-12",
            Source="glibc (2.41-12)",
            Maintainer="GNU Libc Maintainers <debian-glibc@lists.debian.org>",
            Homepage="https://www.gnu.org/software/libc/libc.html",
            Description="GNU C Library",
            Installed_Size="100",
        )
        + stanza("python3-flask", "3.1.1-1", Depends="libc6", Maintainer="Jo <jo@example.org>"),
        "var/lib/dpkg/info/python3-flask.list": f"/{DEBIAN_FLASK}\n",
        "usr/share/doc/libc6/copyright": _DEP5,
        DEBIAN_FLASK: metadata("flask", "3.1.1"),
        f"{SITE}/flask-3.1.1.dist-info/METADATA": metadata(
            "flask", "3.1.1", "License-Expression: BSD-3-Clause", "Requires-Dist: click"
        ),
        f"{SITE}/click-8.dist-info/METADATA": metadata("click", "8", "Home-page: not a url"),
        f"{SITE}/click-8.dist-info/direct_url.json": (
            '{"url": "x", "archive_info": {"hashes": {"sha256": "' + "d" * 64 + '"}}}'
        ),
    }
    return catalog(DictTree(files), SUBJECT)


EMPTY = Sbom(Subject("nothing", kind="directory"), None, ())

_text = st.text(max_size=12)
_word = st.text(min_size=1, max_size=12)
_license = st.sampled_from(
    ["MIT", "GPL-2.0-or-later", "LicenseRef-x", "MIT OR Zlib", "MIT AND LicenseRef-x"]
)
_packages = st.builds(
    Package,
    ecosystem=st.sampled_from(["deb", "pypi"]),
    name=_word,
    version=_text,
    arch=_text,
    upstream=st.none() | st.builds(Upstream, _word, _text),
    licenses=st.lists(_license, max_size=3).map(tuple),
    locations=st.lists(st.builds(Location, _word, _text), max_size=2).map(tuple),
    namespace=_text,
    distro=_text,
    owned_by=st.sampled_from(["", "pkg:deb/debian/x@1"]),
    size=st.integers(0, 2**40),
    summary=_text,
    homepage=st.sampled_from(["", "https://example.org/", "no url", "javascript:x"]) | _text,
    supplier=_text
    | st.sampled_from(
        ["A <a@b>", "A Team <a@lists.x>", '"Q" <q@r>', "<a@b>", "A <a@b@c>", "A <http://x/>"]
    ),
)

hostile = st.builds(
    Sbom,
    st.builds(
        Subject,
        name=_text,
        digest=st.sampled_from(["", "sha256:" + "a" * 64, "md5:" + "a" * 32]),
        kind=st.sampled_from(["image", "directory"]),
        platform=st.none() | st.just(Platform()),
    ),
    st.none() | st.builds(Distro, _word, _text, _text, _text),
    st.lists(_packages, max_size=4).map(tuple),
    st.lists(
        st.builds(Relation, _text, st.sampled_from(["depends-on", "owned-by"]), _text), max_size=2
    ).map(tuple),
    st.lists(st.builds(Problem, _text, _text, _text), max_size=2).map(tuple),
)
"""SBOMs with any text anywhere."""


CHECKSUMS = ("md5:" + "a" * 32, "sha1:" + "b" * 40, "sha512:" + "c" * 128, "sha1:no", "crc:00")
