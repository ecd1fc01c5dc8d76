"""Markers decided without `packaging`, beside what `packaging` says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from ironhull.catalogers._python_relations import _GROUP_AND_EXTRA, _environment, _plainly

_WORDS = ("os_name", "sys_platform", "platform_system", "platform_python_implementation")
_VALUES = ("nt", "posix", "win32", "linux", "Linux", "Windows", "CPython", "cpython", "PyPy")
_word = st.tuples(st.sampled_from(_WORDS), st.sampled_from(("==", "!=")), st.sampled_from(_VALUES))
_version = st.tuples(
    st.sampled_from(("python_version", "python_full_version")),
    st.sampled_from(("==", "!=", "<", "<=", ">", ">=")),
    st.sampled_from(("2.7", "3.0", "3.9", "3.10", "3.11", "3.11.0", "3.11.4", "3.12", "4.0")),
)


@given(st.lists(_word | _version, min_size=1, max_size=3), st.sampled_from(("3.9", "3.11")))
def test_as_packaging_does(clauses: list[tuple[str, str, str]], python: str) -> None:
    marker = " and ".join(f"{name}{sign} '{value}'" for name, sign, value in clauses)
    environment = _environment(python, None)
    assert _plainly(marker, environment) is Marker(marker).evaluate({**environment, "extra": ""})


@pytest.mark.parametrize(
    "marker",
    [
        "python_version < '3.9' or os_name == 'nt'",
        "(os_name == 'nt')",
        "python_version ~= '3.9'",
        "python_version in '3.9 3.10'",
        "python_version < '3.9.dev0'",
        "platform_machine == 'x86_64'",
        "implementation_name == 'v1'",
        "sys_platform > 'a'",
        "",
    ],
)
def test_others_are_left_to_packaging(marker: str) -> None:
    assert _plainly(marker, _environment("3.11", None)) is None


_CLAUSE = st.sampled_from(
    ["os_name == 'posix'", 'os_name != ")"', "extra == 'x'", "'(' == os_name"]
)  # fmt: skip
_MARKER = st.recursive(
    _CLAUSE,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join)
        | inner.map(lambda text: f"({text})")
    ),
)


@given(_MARKER)
def test_what_needs_an_extra_besides_never_holds(text: str) -> None:
    marker = f" {text} and extra == 'x'"
    if _GROUP_AND_EXTRA.fullmatch(marker):
        assert not Marker(marker).evaluate({**_environment("3.11", None), "extra": ""})


@pytest.mark.parametrize(
    ("marker", "known"),
    [
        (" (os_name == 'nt') and extra == 'x'", True),
        (" (os_name == 'nt' or (os_name == 'posix' and extra == 'y')) and extra == \"x\"", True),
        (" (os_name == 'nt') or (os_name == 'nt') and extra == 'x'", False),
        (" (os_name == ')' or os_name == '(') and extra == 'x'", False),
        (" (os_name == 'nt') and extra == ''", False),
    ],
)
def test_groups_with_an_extra(marker: str, known: bool) -> None:
    assert bool(_GROUP_AND_EXTRA.fullmatch(marker)) is known
