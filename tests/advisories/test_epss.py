"""EPSS files of both kinds, and what is none."""

import gzip
from pathlib import Path

import pytest

from ironhull.advisories._row import Tally
from ironhull.advisories.epss import parse
from ironhull.errors import AdvisoryError
from tests.advisories.serving import NOW

HEAD = "#model_version:v2025.03.14,score_date:2026-11-01T00:00:00Z\ncve,epss,percentile\n"


def read(directory: Path, text: str) -> tuple[list[tuple[str, float, float]], Tally]:
    (directory / "document").write_bytes(gzip.compress(text.encode()))
    tally = Tally("epss", NOW)
    return list(parse(directory, tally)), tally


def test_scores_with_percentiles(tmp_path: Path) -> None:
    rows, tally = read(tmp_path, f"{HEAD}CVE-2026-0001,0.25,0.75\nCVE-2026-0002,1,1\n")
    assert rows == [("CVE-2026-0001", 0.25, 0.75), ("CVE-2026-0002", 1.0, 1.0)]
    assert tally.date == "2026-11-01T00:00:00Z"


def test_percentiles_of_the_first_model_are_computed(tmp_path: Path) -> None:
    """The share of CVEs with the same or a lower score."""
    text = "cve,epss\nCVE-2020-0001,0.5\nCVE-2020-0002,0.1\nCVE-2020-0003,0.5\nCVE-2020-0004,0.9\n"
    rows, tally = read(tmp_path, text)
    assert rows == [
        ("CVE-2020-0001", 0.5, 0.75),
        ("CVE-2020-0002", 0.1, 0.25),
        ("CVE-2020-0003", 0.5, 0.75),
        ("CVE-2020-0004", 0.9, 1.0),
    ]
    assert tally.date == ""


def test_lines_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    lines = ["x,0.1,0.1", "CVE-2026-0002,2,0.1", "CVE-2026-0003,nan,0.1", "CVE-2026-0004,0.1", ""]
    rows, tally = read(tmp_path, f"{HEAD}CVE-2026-0001,0.25,0.75\n" + "\n".join(lines) + "\n")
    assert [row[0] for row in rows] == ["CVE-2026-0001"]
    assert tally.skipped == len(lines)
    rows, tally = read(tmp_path, "cve,epss\nCVE-2020-0001,0.5\nCVE-2020-0002,0.1,0.2\n")
    assert (len(rows), tally.skipped) == (1, 1)


@pytest.mark.parametrize(
    "text", ["", "cve\n", "<html>", HEAD, "cve,epss\n", f"{HEAD}{'x' * 50}\n" * 40]
)
def test_what_holds_no_scores_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(AdvisoryError):
        read(tmp_path, text)


def test_the_real_files(tmp_path: Path) -> None:
    data = Path(__file__).resolve().parents[3] / "shared" / "data" / "epss"
    if not data.exists():
        pytest.skip("no real advisory data at ../shared/data")
    for name, count in (
        ("epss_scores-2021-08-31.csv.gz", 72_272),
        ("epss_scores-current.csv.gz", 5_152),
    ):
        (tmp_path / "document").write_bytes((data / name).read_bytes())
        tally = Tally("epss", NOW)
        rows = list(parse(tmp_path, tally))
        assert (len(rows), tally.skipped) == (count, 0)
        assert max(row[2] for row in rows) <= 1.0
