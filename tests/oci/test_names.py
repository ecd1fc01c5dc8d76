import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ReferenceFault
from ironhull.oci.names import SCHEMES, Reference, split_scheme

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "familiar", "canonical"),
    [
        ("web", "web:latest", "docker.io/library/web:latest"),
        ("web:init", "web:init", "docker.io/library/web:init"),
        ("me/web", "me/web:latest", "docker.io/me/web:latest"),
        ("docker.io/library/web", "web:latest", "docker.io/library/web:latest"),
        ("index.docker.io/web", "web:latest", "docker.io/library/web:latest"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1", "ghcr.io/a/b:1"),
        ("localhost/b", "localhost/b:latest", "localhost/b:latest"),
        ("localhost:5000/b:x", "localhost:5000/b:x", "localhost:5000/b:x"),
        ("[::1]:5000/b:x", "[::1]:5000/b:x", "[::1]:5000/b:x"),
        (f"web@{SHA}", f"web@{SHA}", f"docker.io/library/web@{SHA}"),
        (f"web:1@{SHA}", f"web:1@{SHA}", f"docker.io/library/web:1@{SHA}"),
    ],
)
def test_names_are_read_as_docker_reads_them(text: str, familiar: str, canonical: str) -> None:
    reference = Reference.parse(text)
    assert (reference.familiar, reference.canonical) == (familiar, canonical)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Web",
        "web:",
        "web:-x",
        "a//b",
        "web@sha256:12",
        "web@",
        ":tag",
        "a b",
        "x/../y",
        "./a.tar",
        "a" * 300,
        "web:" + "x" * 129,
        "ex ample.com/a",
    ],
)
def test_what_is_no_name_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ReferenceFault) as fault:
        Reference.parse(text)
    assert "\n" not in str(fault.value)


_PART = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
_TAG = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8)


@given(
    st.sampled_from(["", "docker.io/", "ghcr.io/", "localhost:5000/"]),
    st.lists(_PART, min_size=1, max_size=3),
    st.sampled_from(["", f"@{SHA}"]),
    _TAG,
)
def test_both_forms_read_back_as_the_same_reference(
    registry: str, parts: list[str], end: str, tag: str
) -> None:
    reference = Reference.parse(f"{registry}{'/'.join(parts)}:{tag}{end}")
    assert Reference.parse(reference.familiar) == reference
    assert Reference.parse(reference.canonical) == reference


def test_schemes() -> None:
    assert split_scheme("web:init") == ("image", "web:init")
    assert split_scheme("oci-dir://out:1") == ("oci-dir", "out:1")
    for scheme in SCHEMES:
        assert split_scheme(f"{scheme}://x") == (scheme, "x")
    for text in ("ftp://x", "archive://", ""):
        with pytest.raises(ReferenceFault):
            split_scheme(text)
