"""Statements that code is absent: made where the files prove it, and nowhere else."""

import json

import pytest

from ironhull.basing import absence_document, absent
from ironhull.basing._absences import ABSENCES, Absence
from ironhull.model import Image
from ironhull.statements import read_vex
from tests.images import image

STATUS = """Package: {name}
Version: {version}
Architecture: amd64
Source: util-linux (2.41-5)
Maintainer: x
Description: x
"""
RELEASE = "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n"
SUMS = "d41d8cd98f00b204e9800998ecf8427e  usr/lib/libuuid.so.1\n"
ROW = Absence("CVE-2022-0563", "util-linux", ("chfn", "lib*ssrpc.so*"), "two programs", "https://x")


def made(*more: str, version: str = "2.41-5") -> Image:
    return image(
        {
            "etc/os-release": RELEASE,
            "var/lib/dpkg/status.d/libuuid1": STATUS.format(name="libuuid1", version=version),
            "var/lib/dpkg/status.d/libuuid1.md5sums": SUMS,
            "usr/lib/libuuid.so.1": "",
            **dict.fromkeys(more, ""),
        }
    )


def test_what_is_proven() -> None:
    subject = made()
    (said,) = absent(subject, ["ironhull/x:1", "ironhull/x:2"], (ROW,))
    assert (said.vulnerability, said.status) == ("CVE-2022-0563", "not_affected")
    assert said.justification == "vulnerable_code_not_present"
    assert "libuuid1 2.41-5 (1 files)" in said.impact_statement
    assert "No file of the image is called chfn" in said.impact_statement
    assert {part.ids for product in said.products for part in product.parts} == {
        ("pkg:deb/debian/libuuid1@2.41-5",)
    }
    digest = subject.digest.replace(":", "%3A")
    assert all(digest in product.ids[0] for product in said.products)


@pytest.mark.parametrize(
    "path", ["usr/bin/chfn", "opt/deep/in/chfn", "usr/lib/x86_64-linux-gnu/libgssrpc.so.4.2"]
)
def test_where_the_file_is_nothing_is_said(path: str) -> None:
    assert not list(absent(made(path), ["x"], (ROW,)))


def test_of_a_source_that_is_not_there_nothing_is_said() -> None:
    row = Absence("CVE-1", "krb5", ("kadmind",), "x", "https://x")
    assert not list(absent(made(), ["x"], (row,)))
    assert absence_document(image({"etc/os-release": RELEASE}), ["x"]) == b""


def test_a_file_that_a_later_layer_removed_is_not_there() -> None:
    files = {
        "etc/os-release": RELEASE,
        "var/lib/dpkg/status.d/libuuid1": STATUS.format(name="libuuid1", version="1"),
        "usr/bin/chfn": "",
    }
    assert not list(absent(image([files]), ["x"], (ROW,)))
    assert list(absent(image([files, {"usr/bin/.wh.chfn": ""}]), ["x"], (ROW,)))


def test_the_document_is_sound_and_always_the_same() -> None:
    data = absence_document(made(), ["ironhull/x:1"])
    assert data == absence_document(made(), ["ironhull/x:1"])
    statements, problems = read_vex(data, "x.json")
    assert not problems
    assert {s.vulnerability for s in statements} == {
        row.vulnerability for row in ABSENCES if row.source == "util-linux"
    }
    assert json.loads(data)["timestamp"] == "2026-01-01T00:00:00Z"


def test_the_rows_say_who_says_so() -> None:
    assert len({row.vulnerability for row in ABSENCES}) == len(ABSENCES)
    for row in ABSENCES:
        assert row.files
        assert row.where
        assert row.reference.endswith(row.vulnerability)
        assert not any("/" in name or name == "*" for name in row.files)
