"""What tags say, and how far one is from another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.model import CHANNELS
from ironhull.recommending._offers import tag_end
from ironhull.recommending._tags import Tag, channel_of, is_long_term, newest_first, parse_tag


@pytest.mark.parametrize(
    ("text", "product", "expected"),
    [
        ("3.13.1-slim-bookworm", "python",
         Tag("", (3, 13, 1), ("slim",), ("debian", (12,)))),
        ("3.13-slim", "python", Tag("", (3, 13), ("slim",))),
        ("3.15.0a1-slim", "python", Tag("", (3, 15, 0), ("slim",), early=True)),
        ("3.14.0rc3", "python", Tag("", (3, 14, 0), early=True)),
        ("18beta2", "postgres", Tag("", (18,), early=True)),
        ("3.14-rc-slim", "python", Tag("", (3, 14), ("slim",), early=True)),
        ("21.0.2_13-jre-alpine", "eclipse-temurin",
         Tag("", (21, 0, 2, 13), ("alpine", "jre"), ("alpine", ()))),
        ("8u402-jre", "eclipse-temurin", Tag("", (8, 402), ("jre",))),
        ("20-debian13-dev", "node", Tag("", (20,), ("dev",), ("debian", (13,)))),
        ("3.12-alpine3.20", "python", Tag("", (3, 12), ("alpine",), ("alpine", (3, 20)))),
        ("3.20", "alpine", Tag("", (3, 20))),
        ("bookworm-slim", "debian", Tag("", (12,), ("slim",))),
        ("bookworm-20251117-slim", "debian", Tag("", (12,), ("slim",), date="20251117")),
        ("jammy", "ubuntu", Tag("", (22, 4))),
        ("24.04", "ubuntu", Tag("", (24, 4))),
        ("v1.2.3", "tool", Tag("", (1, 2, 3))),
        ("latest", "python", Tag("")),
        ("slim", "python", Tag("", (), ("slim",))),
        ("lts-slim", "node", Tag("", (), ("slim",))),
        ("edge", "tool", Tag("", (), ("edge",))),
    ],
)  # fmt: skip
def test_a_tag_taken_apart(text: str, product: str, expected: Tag) -> None:
    found = parse_tag(text, product)
    assert (found.numbers, found.words, found.distro, found.early, found.date) == (
        expected.numbers, expected.words, expected.distro, expected.early, expected.date,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("product", "base", "other", "channel"),
    [
        ("python", "3.13.1-slim", "3.13.4-slim", "same minor"),
        ("python", "3.13-slim", "3.14-slim", "same major"),
        ("python", "3.13.1", "3.14.0", "same major"),
        ("node", "20-slim", "22-slim", "long-term support"),
        ("node", "20-slim", "23-slim", "another major"),
        ("eclipse-temurin", "17-jre", "21-jre", "long-term support"),
        ("ubuntu", "22.04", "24.04", "long-term support"),
        ("ubuntu", "22.04", "23.10", "another major"),
        ("debian", "bookworm-slim", "trixie-slim", "another major"),
        ("python", "3.13-slim-bookworm", "3.13-slim-trixie", "newer distribution"),
        ("python", "3.13", "3.13-slim", "variant"),
        ("python", "3.13-slim", "3.13-alpine", "variant"),
        ("debian", "bookworm-20251103", "bookworm-20251117", "same minor"),
        # not steps
        ("python", "3.13-slim", "3.12-slim", ""),
        ("python", "3.13-slim", "3.14.0-slim", ""),
        ("python", "3.13-slim", "3.14-alpine", ""),
        ("python", "3.13-slim", "3.15.0a1-slim", ""),
        ("python", "3.13-slim", "3.15-rc-slim", ""),
        ("python", "3.13-slim-trixie", "3.13-slim-bookworm", ""),
        ("python", "3.13", "3.13-windowsservercore-ltsc2022", ""),
        ("debian", "bookworm", "bookworm-20251117", ""),
        ("python", "3.13-slim", "latest", ""),
        ("python", "latest", "3.13", ""),
        ("tool", "edge", "nightly", "variant"),
    ],
)
def test_how_far_tags_are_apart(product: str, base: str, other: str, channel: str) -> None:
    assert channel_of(parse_tag(base, product), parse_tag(other, product), product) == channel


_TAGS = st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,20}", fullmatch=True)


@given(text=st.text(max_size=40))
def test_any_text_is_a_tag(text: str) -> None:
    assert parse_tag(text).text == text


@given(one=_TAGS, other=_TAGS)
def test_of_two_releases_one_at_most_is_newer(one: str, other: str) -> None:
    there, back = (
        channel_of(parse_tag(a), parse_tag(b), "python") for a, b in ((one, other), (other, one))
    )
    assert {there, back} <= {"", *CHANNELS}
    releases = set(CHANNELS) - {"variant"}
    assert not (there in releases and back in releases)


def test_the_highest_release_comes_first() -> None:
    tags = [parse_tag(text) for text in ("3.9", "3.10", "3.10-slim", "4")]
    assert [tag.text for tag in newest_first(tags)] == ["4", "3.10", "3.10-slim", "3.9"]


@pytest.mark.parametrize(
    ("product", "numbers", "expected"),
    [
        ("node", (22,), True), ("node", (23,), False), ("openjdk", (21,), True),
        ("openjdk", (22,), False), ("ubuntu", (24, 4), True), ("ubuntu", (24, 10), False),
        ("python", (3, 13), None), ("node", (), None), ("aspnet", (8, 0), True),
    ],
)  # fmt: skip
def test_long_term_support(product: str, numbers: tuple[int, ...], expected: bool | None) -> None:
    assert is_long_term(product, numbers) is expected


@pytest.mark.parametrize(
    ("product", "tag", "ends"),
    [
        ("python", "3.13-slim", "2029-10-31"),
        ("golang", "1.25", "2026-08-31"),
        ("eclipse-temurin", "21-jre", "2029-12-31"),
        ("debian", "bookworm", "2028-06-30"),
        ("ubuntu", "22.04", "2027-06-01"),
        ("alpine", "3.20", "2026-04-01"),
        ("python", "latest", ""),
        ("nobody", "1", ""),
    ],
)
def test_when_the_support_of_a_tag_ends(product: str, tag: str, ends: str) -> None:
    assert tag_end(product, parse_tag(tag, product)) == ends
