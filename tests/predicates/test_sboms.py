"""SBOM predicates: CycloneDX with its version in the type, Scout's."""

import pytest

from ironhull.errors import FormatError
from ironhull.predicates.sboms import (
    check_scout_sbom,
    cyclonedx_predicate,
    cyclonedx_type,
    sum_up_cyclonedx,
    sum_up_scout_sbom,
)

CYCLONEDX = b'{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{},{}]}'


def test_a_cyclonedx_document_is_its_own_predicate() -> None:
    found = cyclonedx_predicate(CYCLONEDX)
    assert cyclonedx_type(found) == "https://cyclonedx.org/bom/v1.5"
    assert sum_up_cyclonedx(found) == "CycloneDX 1.5, 2 components"
    assert cyclonedx_type({}) == "https://cyclonedx.org/bom"


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"bomFormat":"CycloneDX"}', b"\xff"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        cyclonedx_predicate(data)


def test_scouts_sbom() -> None:
    assert check_scout_sbom({"artifacts": [], "source": {}}) == []
    assert check_scout_sbom({"artifacts": {}}) == ["artifacts is not a list", "source is missing"]
    assert sum_up_scout_sbom({"artifacts": [{}, {}]}) == "2 packages"
