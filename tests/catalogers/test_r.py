"""R: installed DESCRIPTION files and their licences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogers.listing import edges, listed, only, read, said

SITE = "usr/local/lib/R/site-library"
BUILT = "Built: R 4.2.2; ; 2023-01-01 00:00:00 UTC; unix"


def description(name: str = "rlang", version: str = "1.0.6", *more: str) -> str:
    return "\n".join((f"Package: {name}", f"Version: {version}", *more, BUILT, ""))


def test_all_fields() -> None:
    text = description(
        "rlang",
        "1.0.6",
        "Title: Functions for Base Types",
        "   and Core R",
        "License: MIT + file LICENSE",
        "URL: ftp://x, https://rlang.r-lib.org,\n        https://github.com/r-lib/rlang",
        "Maintainer: Lionel Henry <lionel@posit.co>",
    )
    package = only(read({f"{SITE}/rlang/DESCRIPTION": text}))
    assert package.purl == "pkg:cran/rlang@1.0.6"
    assert package.licenses == ("MIT",)
    assert package.summary == "Functions for Base Types and Core R"
    assert package.homepage == "https://rlang.r-lib.org"
    assert package.supplier == "Lionel Henry <lionel@posit.co>"


@pytest.mark.parametrize(
    ("path", "built", "found"),
    [
        (f"{SITE}/a/DESCRIPTION", True, True),
        ("usr/lib/R/library/a/DESCRIPTION", False, True),  # "translations" of R has no Built
        ("app/renv/library/R-4.2/x86_64-pc-linux-gnu/a/DESCRIPTION", True, True),
        ("home/me/src/a/DESCRIPTION", False, False),
        (f"{SITE}/a/template/DESCRIPTION", False, False),
    ],
)
def test_places(path: str, built: bool, found: bool) -> None:
    text = description("a") if built else description("a").replace(BUILT, "")
    sbom = read({path: text})
    assert bool(sbom.packages) is found
    assert not sbom.problems


@pytest.mark.parametrize(
    ("said", "licenses"),
    [
        ("GPL (>= 2)", ("GPL-2.0-or-later",)),
        ("GPL-2 | GPL-3", ("GPL-2.0-only OR GPL-3.0-only",)),
        ("GPL-3", ("GPL-3.0-only",)),
        ("LGPL (>= 2.1)", ("LGPL-2.1-or-later",)),
        ("AGPL-3 | file LICENSE", ("AGPL-3.0-only",)),
        ("Apache License (>= 2)", ("Apache-2.0",)),
        ("Apache License (== 2.0)", ("Apache-2.0",)),
        ("Apache License 2.0", ("Apache-2.0",)),
        ("BSD_3_clause + file LICENSE", ("BSD-3-Clause",)),
        ("Artistic-2.0", ("Artistic-2.0",)),
        ("Mozilla Public License 2.0", ("MPL-2.0",)),
        ("MPL (>= 1.1)", ("MPL-1.1",)),
        ("CC0", ("CC0-1.0",)),
        ("Unlimited", ("LicenseRef-Unlimited",)),
        ("Part of R 4.2.2", ("GPL-2.0-or-later",)),
        ("file LICENSE", ()),
        ("", ()),
    ],
)
def test_licences(said: str, licenses: tuple[str, ...]) -> None:
    text = description("a", "1.0", f"License: {said}")
    assert only(read({f"{SITE}/a/DESCRIPTION": text})).licenses == licenses


def test_requirements() -> None:
    more = ("Depends: R (>= 3.4.0), methods", "Imports: utils, cli (>= 3.1)", "Suggests: covr")
    names = ("methods", "cli", "covr")
    sbom = read(
        {
            f"{SITE}/a/DESCRIPTION": description("a", "1", *more),
            **{f"usr/lib/R/library/{name}/DESCRIPTION": description(name) for name in names},
        }
    )
    assert edges(sbom) == {("a", "methods"), ("a", "cli")}


@pytest.mark.parametrize("text", ["", description("../x"), description("a", "x"), "\0"])
def test_trouble_is_said(text: str) -> None:
    [(where, message)] = said(read({f"{SITE}/a/DESCRIPTION": text}))
    assert where == f"{SITE}/a/DESCRIPTION"
    assert "no valid Package and Version" in message


@given(st.binary(max_size=200), st.text(max_size=60))
def test_nothing_crashes_the_reader(data: bytes, text: str) -> None:
    sbom = read(
        {
            f"{SITE}/a/DESCRIPTION": data,
            f"{SITE}/b/DESCRIPTION": description("b", "1", f"License: {text}", f"URL: {text}"),
            f"{SITE}/survivor/DESCRIPTION": description("survivor", "1"),
        }
    )
    assert "survivor@1" in listed(sbom)
