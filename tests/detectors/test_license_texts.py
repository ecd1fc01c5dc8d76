"""Licence texts: which licence a file holds, with and without what knows them all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.detectors import license_texts
from ironhull.detectors.license_texts import (
    NAME,
    LicenseText,
    classify,
    read_facts,
    text_probe,
    write_facts,
)
from ironhull.limits import LIMITS
from tests.trees import DictTree

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
BEERWARE = """"THE BEER-WARE LICENSE" (Revision 42):
<phk@FreeBSD.ORG> wrote this file. As long as you retain this notice you
can do whatever you want with this stuff. If we meet some day, and you think
this stuff is worth it, you can buy me a beer in return Poul-Henning Kamp
"""
GPL = """This program is free software: you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation, either version 3 of the License, or
(at your option) any later version.

This program is distributed in the hope that it will be useful,
but WITHOUT ANY WARRANTY; without even the implied warranty of
MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
GNU General Public License for more details.
"""


@pytest.fixture
def every_text() -> None:
    pytest.importorskip("licenseclassifier", reason="the extra licenses is not installed")


@pytest.fixture
def phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """As without the extra."""
    for memo in (license_texts._classify, license_texts._regions):
        memo.cache_clear()
    monkeypatch.setattr(license_texts, "_engine", lambda: "phrases")


@pytest.mark.usefixtures("every_text")
@pytest.mark.parametrize(
    ("text", "license_"),
    [(MIT, "MIT"), (BEERWARE, "Beerware"), (GPL, "GPL-3.0-or-later")],
)
def test_texts_are_known_word_by_word(text: str, license_: str) -> None:
    found = classify(f"Copyright (c) 2020 Somebody\nCopyright 2021 Else\n\n{text}")
    assert found.licenses == (license_,)
    assert found.coverage > 0.9


@pytest.mark.usefixtures("every_text")
def test_several_texts_in_one_file() -> None:
    found = classify(
        f"{MIT}\n\n{'And now for something completely different. ' * 60}\n\n{BEERWARE}"
    )
    assert found.licenses == ("Beerware", "MIT")
    assert 0.1 < found.coverage < 0.7


@pytest.mark.usefixtures("every_text")
def test_the_address_of_a_licence_is_no_text() -> None:
    prose = "Terms of service apply to all of this software, see the agreement. " * 5
    assert classify(f"{prose} https://www.apache.org/licenses/LICENSE-2.0 {prose}").licenses == ()


@pytest.mark.usefixtures("phrases")
def test_phrases_know_common_texts() -> None:
    assert classify(f"Copyright 2020 Me\n{MIT}") == LicenseText(("MIT",), 0.0)
    assert classify(BEERWARE) == LicenseText((), 0.0)


def test_who_reads_is_part_of_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = text_probe().version
    monkeypatch.setattr(license_texts, "_engine", lambda: "phrases")
    assert text_probe().version == "3-phrases"
    assert installed.startswith("3-")


@pytest.mark.parametrize(
    ("path", "looked_into"),
    [
        ("app/LICENSE", True),
        ("app/LICENSE.txt", True),
        ("app/LICENSE-MIT", True),
        ("app/license.md", True),
        ("app/COPYING.LESSER", True),
        ("app/UNLICENSE", True),
        ("app/jquery.LICENSE", True),
        ("app/x.dist-info/licenses/AUTHORS.rst", True),
        ("usr/share/doc/bash/copyright", True),
        ("usr/share/licenses/glibc/posix.txt", True),
        ("app/license.py", False),
        ("app/licenses/index.js", False),
        ("app/license-checker.json", False),
        ("app/README", False),
        ("app/copyright.png", False),
    ],
)
def test_which_files_promise_a_licence(path: str, looked_into: bool) -> None:
    tree = DictTree({path: MIT}, probes=[text_probe()])
    assert [file.path for file in tree.probed(NAME)] == ([path] if looked_into else [])
    if looked_into:
        assert read_facts(tree.facts(path, NAME)).licenses == ("MIT",)


def test_folders_narrow_it() -> None:
    files = {"a/LICENSE": MIT, "a/b/LICENSE": MIT, "c[1]/LICENSE": MIT, "d/LICENSE": MIT}
    tree = DictTree(files, probes=[text_probe(["a", "c[1]"])])
    assert [file.path for file in tree.probed(NAME)] == ["a/LICENSE", "c[1]/LICENSE"]
    many = text_probe([f"f{number}" for number in range(LIMITS.license_folders + 1)])
    assert many == text_probe()


def test_programs_are_no_texts() -> None:
    tree = DictTree({"bin/LICENSE": b"\x7fELF\0\0" + MIT.encode()}, probes=[text_probe()])
    assert list(tree.probed(NAME)) == []


def test_of_large_files_the_beginning_is_read_and_that_is_said() -> None:
    large = MIT.encode() + b"\n" + b"word " * (LIMITS.license_text_bytes // 5)
    tree = DictTree({"LICENSE": large}, probes=[text_probe()])
    found = read_facts(tree.facts("LICENSE", NAME))
    assert found.cut
    assert "MIT" in found.licenses


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    tree = DictTree({"LICENSE": data}, probes=[text_probe()])
    assert tree.troubles == []
    for file in tree.probed(NAME):
        read_facts(tree.facts(file.path, NAME))


@pytest.mark.usefixtures("every_text")
def test_names_a_copyright_file_gives_to_texts() -> None:
    indented = "".join(f" {line or '.'}\n" for line in MIT.splitlines())
    copyright_ = (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
        "Files: *\nLicense: MIT-of-mine\n\n"
        f"License: MIT-of-mine\n{indented}\n"
        f"License: Expat\n{indented}\n"
        f"License: this or that\n{indented}\n"
        "License: odd\n Do as you please but never on Sundays.\n"
    )
    files = {"usr/share/doc/x/copyright": copyright_, "opt/LICENSE": copyright_}
    tree = DictTree(files, probes=[text_probe()])
    found = read_facts(tree.facts("usr/share/doc/x/copyright", NAME))
    assert found.named == (("LicenseRef-MIT-of-mine", "MIT"),)
    assert read_facts(write_facts(found)) == found
    assert read_facts(tree.facts("opt/LICENSE", NAME)).named == ()


@pytest.mark.parametrize("facts", [b"", b"x", b"x\n\n", b"0\nmaybe\n", b"\xff\n\n"])
def test_other_facts_are_refused(facts: bytes) -> None:
    with pytest.raises(ValueError):
        read_facts(facts)
