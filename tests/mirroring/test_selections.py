"""Lists of what a mirror holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import FormatError
from ironhull.limits import LIMITS
from ironhull.mirroring import Selection, read_selections
from ironhull.registry.tags import TagFilter


def test_a_list_line_by_line() -> None:
    text = """\
# the base images
debian tags=13*,12-slim

ghcr.io/owner/app semver=">=1.4 <3" newest=5 exclude=*-debug  # and nothing older
quay.io/team/tool:2.1 tools/tool\r
oci-dir:///media/disk platform=linux/arm64
'local://web'
"""
    assert read_selections(text.encode(), "images.txt") == (
        Selection("debian", "", TagFilter(tags=("13*", "12-slim"))),
        Selection("ghcr.io/owner/app", "", TagFilter((), ("*-debug",), ">=1.4 <3", 5)),
        Selection("quay.io/team/tool:2.1", "tools/tool"),
        Selection("oci-dir:///media/disk", platform="linux/arm64"),
        Selection("local://web"),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("debian tag=1", "'tag=1' is not understood"),
        ("debian tags=", "'tags=' is not understood"),
        ("debian tags=1 tags=2", "'tags=2' is not understood"),
        ("debian a b", "'b' is not understood"),
        ("debian newest=many", "newest=many is not a number"),
        ("debian newest=0", "newest=0 is not a number of tags"),
        ("debian newest=²", "is not a number"),
        ("debian semver=new", "not a range of versions"),
        ("debian 'open", "No closing quotation"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(line: str, said: str) -> None:
    with pytest.raises(FormatError, match=said) as caught:
        read_selections(f"# first\n{line}\n".encode(), "images.txt")
    assert caught.value.message.startswith("images.txt:2: ")


def test_what_is_no_text_or_too_long_is_refused() -> None:
    with pytest.raises(FormatError, match="byte 7 is not UTF-8"):
        read_selections(b"debian \xff", "list")
    with pytest.raises(FormatError, match="larger than"):
        read_selections(b" " * (LIMITS.mirror_list_bytes + 1), "list")


@given(st.text(max_size=200))
def test_any_text_is_a_list_or_refused(text: str) -> None:
    try:
        found = read_selections(text.encode("utf-8", "surrogatepass"), "list")
    except FormatError as trouble:
        assert trouble.message.isprintable()
        return
    assert all(selection.source for selection in found)
