"""SPDX documents as predicates."""

import pytest

from ironhull.errors import FormatError
from ironhull.predicates.spdx import spdx_predicate


def test_a_document_is_its_own_predicate() -> None:
    assert spdx_predicate(b'{"spdxVersion":"SPDX-2.3"}') == {"spdxVersion": "SPDX-2.3"}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"bomFormat":"CycloneDX"}', b"\xff"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="the SBOM is not"):
        spdx_predicate(data)
