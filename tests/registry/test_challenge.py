"""WWW-Authenticate headers, well-formed and not."""

from hypothesis import given
from hypothesis import strategies as st

from ironhull.registry._challenge import parse_challenges


def test_a_bearer_challenge() -> None:
    header = (
        'Bearer realm="https://auth.docker.io/token",service="r",scope="repository:a:pull,push"'
    )
    (found,) = parse_challenges(header)
    assert found.scheme == "bearer"
    assert found.parameters == {
        "realm": "https://auth.docker.io/token",
        "service": "r",
        "scope": "repository:a:pull,push",
    }


def test_several_challenges_in_one_header() -> None:
    found = parse_challenges('Negotiate, Basic realm="a \\"b\\"", charset=UTF-8, BEARER Realm=x')
    assert [item.scheme for item in found] == ["negotiate", "basic", "bearer"]
    assert found[1].parameters == {"realm": 'a "b"', "charset": "UTF-8"}
    assert found[2].parameters == {"realm": "x"}


@given(st.text(max_size=200))
def test_any_text_is_a_list_of_challenges(text: str) -> None:
    for item in parse_challenges(text):
        assert item.scheme == item.scheme.lower()


def test_a_long_header_ends() -> None:
    assert len(parse_challenges('Bearer a="' + "\\" * 1_000_000)) <= 1
