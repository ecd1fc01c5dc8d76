"""Programs run to their end: status, output, time, size."""

import os
import sys

from ironhull.containers import NOT_FOUND, TIMED_OUT
from ironhull.containers._programs import asked
from ironhull.limits import LIMITS


def test_both_streams_and_the_status() -> None:
    script = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    done = asked([sys.executable, "-c", script], 60, os.environ)
    assert (done.status, done.output) == (3, "out\nerr\n")


def test_a_program_that_is_not_there() -> None:
    done = asked(["/nowhere/program"], 60, os.environ)
    assert done.status == NOT_FOUND
    assert "/nowhere/program" in done.output


def test_one_that_does_not_end() -> None:
    script = "import time; print('began', flush=True); time.sleep(600)"
    done = asked([sys.executable, "-c", script], 1, os.environ)
    assert (done.status, done.output) == (TIMED_OUT, "began\n")


def test_long_output_keeps_both_ends() -> None:
    script = f"print('first'); print('x' * {3 * LIMITS.container_output_bytes}); print('last')"
    done = asked([sys.executable, "-c", script], 60, os.environ)
    assert done.output.startswith("first\n")
    assert done.output.endswith("last\n")
    assert len(done.output) < LIMITS.container_output_bytes + 100
