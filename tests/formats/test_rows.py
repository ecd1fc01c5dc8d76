"""Every format is documented, and writes large reports in bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from ironhull.formats import REPORT_FORMATS

ROOT = Path(__file__).resolve().parents[2]
_FINDINGS = 20_000
_WRITE = """
import resource, sys
from ironhull.formats import REPORT_FORMATS
from tests.formats import judged
report = judged.large(int(sys.argv[2]))
shown = judged.shown(report)
row = next(row for row in REPORT_FORMATS if row.name == sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = len(row.write(report, shown))
print(size >> 10, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("name", [row.name for row in REPORT_FORMATS])
def test_every_format_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", [row.name for row in REPORT_FORMATS if row.name != "ids"])
def test_a_large_report_takes_little_more_than_its_document(name: str) -> None:
    """20,000 findings: a few times the document (KiB), never copies of everything at once."""
    command = [sys.executable, "-c", _WRITE, name, str(_FINDINGS)]
    got = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert got.returncode == 0, got.stderr
    size, grown = map(int, got.stdout.split())
    assert grown < 5 * size + 64 * 1024
