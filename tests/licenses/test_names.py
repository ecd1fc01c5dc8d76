"""Licence names and texts become valid SPDX expressions, and nothing is dropped."""

import importlib.resources
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing

from ironhull.catalogers._copyright import licenses_in
from ironhull.licenses._spdx_ids import EXCEPTIONS, LICENSES
from ironhull.licenses.names import expression, is_identifier
from ironhull.licenses.texts import recognise


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPLv3+", "GPL-3.0-or-later"),
        ("GPL-3.0", "GPL-3.0-only"),
        ("GPL-3.0-OR-LATER", "GPL-3.0-or-later"),
        ("GPL", "GPL-1.0-or-later"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("LGPL-2.0-or-later", "LGPL-2.0-or-later"),
        ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
        ("AGPL-3", "AGPL-3.0-only"),
        ("Expat", "MIT"),
        ("mit", "MIT"),
        ("MIT License", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("public-domain", "LicenseRef-public-domain"),
        ("GPL-1+ or Artistic", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        ("GPL-2+ with Autoconf exception", "GPL-2.0-or-later WITH Autoconf-exception-2.0"),
        ("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
        ("GPL-2+ with secret exception", "LicenseRef-GPL-2-or-later-with-secret-exception"),
        ("MPL-1.1+", "MPL-1.1+"),
        ("Expat or GPL-2+ and Zlib", "MIT OR GPL-2.0-or-later AND Zlib"),
        ("GPL-2+ or Expat, and Zlib", "(GPL-2.0-or-later OR MIT) AND Zlib"),
        ("LGPLv3+_or_GPLv2+", "LGPL-3.0-or-later OR GPL-2.0-or-later"),
        ("(MIT or Apache-2.0) and Zlib", "(MIT OR Apache-2.0) AND Zlib"),
        ("Less", "LicenseRef-Less"),
        ("a (b", "LicenseRef-a-b"),
        ("", ""),
    ],
)
def test_names(written: str, meant: str) -> None:
    assert expression(written) == meant


def test_prose_is_one_reference() -> None:
    said = expression("Permission to use, copy, modify, and distribute this software and its parts")
    assert said == "LicenseRef-Permission-to-use-copy-modify-and-distribute-this-software-a"


_licensing = get_spdx_licensing()
_WORDS = [
    "GPL-2+",
    "Expat",
    "BSD-3-clause",
    "weird",
    "Apache-2.0",
    "LGPL-2.1",
    "public-domain",
    "a_b",
]


@given(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5),
    st.lists(st.sampled_from([" or ", " and ", ", and ", ", or ", ", "]), min_size=5, max_size=5),
)
def test_every_synopsis_is_a_valid_expression(names: list[str], joins: list[str]) -> None:
    text = names[0] + "".join(j + n for j, n in zip(joins, names[1:], strict=False))
    parsed = _licensing.parse(expression(text))
    known = {str(s) for s in _licensing.license_symbols(parsed)}
    assert all(s.startswith("LicenseRef-") or is_identifier(s) for s in known)
    assert len(known) >= len({expression(n) for n in names} - {""}) - 1


@given(st.text(max_size=80))
def test_any_text_gives_an_expression_or_nothing(text: str) -> None:
    said = expression(text)
    if said:
        _licensing.parse(said)
    assert bool(said) == bool(" ".join(text.split()).strip(" .;"))


def test_identifiers_are_those_of_the_official_list() -> None:
    files = importlib.resources.files("cyclonedx.schema") / "_res"
    official = json.loads((files / "spdx.SNAPSHOT.schema.json").read_text(encoding="utf-8"))["enum"]
    assert set(official) >= set(LICENSES) | set(EXCEPTIONS)
    assert not set(LICENSES) & set(EXCEPTIONS)


COMMON = "On Debian systems the full text is in `/usr/share/common-licenses/{}'."


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (COMMON.format("GPL-2"), ("GPL-2.0-only",)),
        (
            "either version 2 of the License, or (at your option) any later version.\n"
            + COMMON.format("GPL-2"),
            ("GPL-2.0-or-later",),
        ),
        (
            "GNU Lesser General Public License version 2.1, or later.\n" + COMMON.format("LGPL"),
            ("LGPL-2.1-or-later",),
        ),
        (COMMON.format("GPL"), ("GPL-1.0-or-later",)),
        (COMMON.format("Artistic"), ("Artistic-1.0-Perl",)),
        (COMMON.format("BSD"), ("BSD-3-Clause",)),
        (COMMON.format("Apache-2.0"), ("Apache-2.0",)),
        (COMMON.format("Nobody-1"), ("LicenseRef-Nobody-1",)),
        ("It is in the public domain.", ("LicenseRef-public-domain",)),
        (
            "This library is free software under the same terms as Perl itself.\n"
            + COMMON.format("Artistic")
            + COMMON.format("GPL-1"),
            ("Artistic-1.0-Perl OR GPL-1.0-or-later",),
        ),
        (
            "* Permission is hereby granted, free of charge,\n * to any person obtaining a copy",
            ("MIT",),
        ),
        ("Redistribution and use in source and binary forms are permitted", ("BSD-2-Clause",)),
        ("All rights reserved.", ()),
    ],
)
def test_texts(text: str, meant: tuple[str, ...]) -> None:
    assert recognise(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            b"Format: x\nLicense: Zlib\n\nFiles: *\nLicense: MIT\n\nLicense: GPL-2\n",
            ("MIT", "Zlib"),
        ),
        (b"Upstream-Name: x\nFormat: y\n\nLicense: GPL-2\n", ("GPL-2.0-only",)),
        (
            b"Format: x\n\nFiles: *\nLicense:\n"
            b" Permission is hereby granted, free of charge, to any person obtaining a copy\n",
            ("MIT",),
        ),
        (b"Format: x\n\nFiles: *\nCopyright: y\n", ()),
        (b"\xff\xfe\x00", ()),
        (b"", ()),
    ],
)
def test_copyright_files(text: bytes, meant: tuple[str, ...]) -> None:
    assert licenses_in(text) == meant


@given(st.binary(max_size=300))
def test_no_copyright_file_crashes(data: bytes) -> None:
    for head in (b"", b"Format: x\n\nFiles: *\nLicense: "):
        for said in licenses_in(head + data):
            _licensing.parse(said)


def test_copyright_files_of_this_machine() -> None:
    files = sorted(Path("/usr/share/doc").glob("*/copyright"))
    if len(files) < 50:
        pytest.skip("this machine has no Debian copyright files")
    silent = []
    for path in files:
        found = licenses_in(path.read_bytes())
        for said in found:
            _licensing.parse(said)
        if not found:
            silent.append(path.parent.name)
    assert len(silent) < len(files) / 10
