"""Layers read by several processes: the same is found, and nothing is lost with a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oci.sharing import CASES


@pytest.mark.skipif(sys.platform != "linux", reason="processes read side by side on Linux only")
@pytest.mark.parametrize("case", [case.__name__ for case in CASES])
def test_in_a_process_of_one_thread(case: str, tmp_path: Path) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one processor: nothing is side by side")
    run = subprocess.run(
        [sys.executable, "-m", "tests.oci.sharing", case, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
