"""SPDX documents as predicates."""

import pytest

from ironhull.errors import FormatError
from ironhull.predicates.spdx import check_spdx, spdx_predicate, sum_up_spdx


def test_a_document_is_its_own_predicate() -> None:
    assert spdx_predicate(b'{"spdxVersion":"SPDX-2.3"}') == {"spdxVersion": "SPDX-2.3"}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"bomFormat":"CycloneDX"}', b"\xff"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="the SBOM is not"):
        spdx_predicate(data)


def test_spdx_of_both_versions() -> None:
    two = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [{}]}
    three = {"@context": "x", "@graph": [{"type": "software_Package"}, {"type": "Person"}]}
    assert check_spdx(two) == check_spdx(three) == []
    assert sum_up_spdx(two) == "SPDX 2.3, 1 package"
    assert sum_up_spdx(three) == "SPDX 3, 1 package"
    assert check_spdx({"spdxVersion": "SPDX-2.3"}) == ["SPDXID is missing"]
    assert check_spdx({"@graph": {}}) == ["@graph is not a list"]
