"""Categories: every SPDX identifier has one, expressions follow from their parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.licenses._spdx_ids import LICENSES
from ironhull.licenses.categories import category_of, category_of_license, matches, severity_of
from ironhull.model import LICENSE_CATEGORIES, SEVERITIES

IDS = sorted(LICENSES)


def test_nearly_every_identifier_has_a_category() -> None:
    assert [name for name in IDS if category_of_license(name) == "unknown"] == ["OSC-1.0"]
    assert len(IDS) == 726  # as docs/licenses.md says


@pytest.mark.parametrize(
    ("license_", "category"),
    [
        ("AGPL-3.0-or-later", "forbidden"),
        ("SSPL-1.0", "forbidden"),
        ("CC-BY-NC-4.0", "forbidden"),
        ("CC-BY-NC-SA-4.0", "forbidden"),
        ("GPL-2.0-only", "restricted"),
        ("LGPL-2.1-or-later", "restricted"),
        ("GPL-2.0-with-classpath-exception", "restricted"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "restricted"),
        ("CC-BY-SA-4.0", "restricted"),
        ("CC-BY-ND-4.0", "restricted"),
        ("MPL-2.0", "reciprocal"),
        ("CDDL-1.0", "reciprocal"),
        ("MIT", "notice"),
        ("MIT-0", "permissive"),
        ("CC-BY-4.0", "notice"),
        ("Apache-2.0 WITH LLVM-exception", "notice"),
        ("Apache-1.1+", "notice"),
        ("0BSD", "permissive"),
        ("CC0-1.0", "unencumbered"),
        ("LicenseRef-public-domain", "unencumbered"),
        ("LicenseRef-GPL-2-or-later-with-link-exception", "restricted"),
        ("LicenseRef-MIT-like-Lord", "notice"),
        ("LicenseRef-anything", "unknown"),
        ("LicenseRef-copyright-of-libcrypt1", "unknown"),
        ("", "unknown"),
        ("no name at all (", "unknown"),
    ],
)
def test_categories(license_: str, category: str) -> None:
    assert category_of(license_) == category


@pytest.mark.parametrize(
    ("expression", "category"),
    [
        ("MIT OR AGPL-3.0-only", "notice"),
        ("MIT AND AGPL-3.0-only", "forbidden"),
        ("MIT AND LicenseRef-x", "unknown"),
        ("GPL-3.0-only AND LicenseRef-x", "restricted"),
        ("MIT OR LicenseRef-x", "notice"),
        ("LicenseRef-x OR LicenseRef-y", "unknown"),
        ("(GPL-2.0-only OR MPL-2.0) AND MIT", "reciprocal"),
    ],
)
def test_expressions(expression: str, category: str) -> None:
    assert category_of(expression) == category


@given(st.sampled_from(IDS), st.sampled_from(IDS))
def test_a_choice_asks_for_no_more_than_both(one: str, other: str) -> None:
    rank = LICENSE_CATEGORIES.index
    assert rank(category_of(f"{one} OR {other}")) >= rank(category_of(f"{one} AND {other}"))
    assert category_of(f"{one} AND {other}") in (category_of(one), category_of(other))


def test_own_categories_come_first() -> None:
    own = {"WTFPL": "forbidden", "LicenseRef-acme-*": "permissive", "GPL-2.0-only": "notice"}
    assert category_of("WTFPL", own) == "forbidden"
    assert category_of("LicenseRef-acme-internal OR AGPL-3.0-only", own) == "permissive"
    assert category_of("GPL-2.0-only WITH Classpath-exception-2.0", own) == "notice"
    assert category_of("GPL-3.0-only", own) == "restricted"


def test_every_category_has_a_severity() -> None:
    assert {severity_of(category) for category in LICENSE_CATEGORIES} == set(SEVERITIES)
    assert severity_of("unknown") == "unspecified"


@pytest.mark.parametrize(
    ("glob", "license_", "fits"),
    [
        ("gpl-*", "GPL-2.0-only", True),
        ("GPL-*", "LGPL-2.1-only", False),
        ("BSD-?-Clause", "BSD-3-Clause", True),
        ("BSD-[23]-Clause", "BSD-3-Clause", False),
        ("MIT", "MIT-0", False),
    ],
)
def test_globs(glob: str, license_: str, fits: bool) -> None:
    assert matches(glob, license_) is fits
