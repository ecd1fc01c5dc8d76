"""Package URLs are read as the reference implementation reads them, and as we write them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packageurl import PackageURL

from ironhull.documents.purl import Purl, name_of, parse_purl
from ironhull.model import Package
from tests.documents.test_round_trip import NAMES

_part = st.text("abzAZ09.-_~%éß +@:", min_size=1, max_size=8).filter(
    lambda text: text.strip(" /") == text and text not in (".", "..")
)
_qualifiers = st.dictionaries(
    st.sampled_from(["arch", "distro", "epoch", "a.b_c-d"]), _part, max_size=3
)


@given(
    st.sampled_from(["deb", "npm", "golang", "maven", "generic", "oci", "gem"]),
    st.lists(_part, max_size=3),
    _part,
    st.none() | _part,
    _qualifiers,
    st.none() | _part,
)
def test_as_the_reference_implementation(kind, namespace, name, version, qualifiers, subpath):
    theirs = PackageURL(kind, "/".join(namespace) or None, name, version, qualifiers, subpath)
    ours = parse_purl(theirs.to_string())
    assert ours == Purl(
        theirs.type,
        theirs.namespace or "",
        theirs.name,
        theirs.version or "",
        tuple(sorted((k, v) for k, v in theirs.qualifiers.items() if v)),
        theirs.subpath or "",
    )


@given(st.text(max_size=60).map(lambda text: f"pkg:{text}") | st.text(max_size=20))
@example("pkg:npm/%00")
@example("pkg:deb/debian/a@1?x")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_purl(text)
    except ValueError as fault:
        assert "\n" not in str(fault)
    else:
        assert found.type
        assert found.name


@pytest.mark.parametrize("text", [
    "", "pkg:", "pkg:deb", "pkg:deb/", "pkg:/x", "npm/x@1", "pkg:1a/x", "pkg:a b/x",
    "pkg:deb/x?a b=1", "pkg:deb/" + "x" * 20_000,
])  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"package URL|characters long"):
        parse_purl(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PKG:NPM/%40babel/core@7.0.0", Purl("npm", "@babel", "core", "7.0.0")),
        ("pkg:npm/@babel/core", Purl("npm", "@babel", "core")),
        ("pkg://deb/debian//curl@7", Purl("deb", "debian", "curl", "7")),
        ("pkg:deb/a@1?Arch=amd64&x=", Purl("deb", "", "a", "1", (("arch", "amd64"),))),
        ("pkg:golang/a.b/c@v1#d/../e", Purl("golang", "a.b", "c", "v1", (), "d/e")),
        ("pkg:oci/x@sha256:ab", Purl("oci", "", "x", "sha256:ab")),
    ],
)
def test_spellings_that_tools_use(text: str, expected: Purl) -> None:
    assert parse_purl(text) == expected


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in NAMES.items() for n in names])
def test_our_own_names_come_back(kind: str, name: str) -> None:
    purl = parse_purl(Package(kind, name, "1.0").purl)
    namespace, found = name_of(purl)
    assert not namespace
    assert found.lower().replace("_", "-") == name.lower().replace("_", "-")
