"""`sbom://`: files and standard input, and what is neither."""

import io
import os
from pathlib import Path

import pytest

from ironhull.errors import FormatError, ReferenceFault
from ironhull.limits import LIMITS, Limits
from ironhull.sources import sbom
from ironhull.sources.sbom import read_sbom

DOCUMENT = b'{"bomFormat": "CycloneDX", "components": [{"name": "a", "purl": "pkg:npm/a@1"}]}'


def test_a_file_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(DOCUMENT)
    for text in (str(tmp_path / "a.json"), "-"):
        found = read_sbom(text, None, io.BytesIO(DOCUMENT))
        assert [p.purl for p in found.packages] == ["pkg:npm/a@1"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("none", "no such file"), ("", "is a directory"), ("a\0b", "no such file"), ("-x", "no su")],
)
def test_what_is_no_file(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ReferenceFault, match=said):
        read_sbom(f"{tmp_path}/{name}", None, io.BytesIO())


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_nobody_may_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DOCUMENT)
    (tmp_path / "a").chmod(0)
    with pytest.raises(ReferenceFault, match="Permission denied"):
        read_sbom(f"{tmp_path}/a", None, io.BytesIO())


def test_more_than_we_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LIMITS.sbom_bytes > 100_000_000
    monkeypatch.setattr(sbom, "LIMITS", Limits(sbom_bytes=2**20))
    with pytest.raises(FormatError, match="standard input: is larger than 1 MiB"):
        read_sbom("-", None, io.BytesIO(b" " * 2**21))
