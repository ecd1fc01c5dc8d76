"""Markers decided without `packaging`, beside what `packaging` says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from ironhull.catalogers._python_relations import _environment, _plainly

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
