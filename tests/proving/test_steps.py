"""What a failed build says of itself."""

import pytest

from ironhull.errors import BuildError
from ironhull.proving._steps import Heard

BUILDKIT = """\
#7 [builder 2/2] RUN pip install nothing
#7 0.437 some output
#7 ERROR: process "/bin/sh -c pip install nothing" did not complete successfully: exit code: 1
------
 > [builder 2/2] RUN pip install nothing:
0.437 some output
0.991 no such package
1.002
------
Dockerfile:2
--------------------
   2 | >>> RUN pip install nothing
--------------------
ERROR: failed to solve: process "/bin/sh -c pip install nothing" did not complete successfully
"""
ABSENT = """\
#2 [internal] load metadata for docker.io/library/nothing:1
#2 ERROR: failed to do request: no such host
------
 > [internal] load metadata for docker.io/library/nothing:1:
------
ERROR: failed to solve: nothing:1: no such host
"""
BUILDAH = """\
[1/2] STEP 1/2: FROM base
[1/2] STEP 2/2: RUN make
make: *** No targets specified and no makefile found.  Stop.
Error: building at STEP "RUN make": while running runtime: exit status 2
"""


@pytest.mark.parametrize(
    ("text", "step", "last"),
    [
        (BUILDKIT, "[builder 2/2] RUN pip install nothing failed", "no such package"),
        (ABSENT, "[internal] load metadata for docker.io/library/nothing:1 failed", "told"),
        (BUILDAH, "RUN make failed", "make: *** No targets specified and no makefile found.  Stop"),
    ],
    ids=["buildkit", "without output", "buildah"],
)
def test_the_step_and_its_last_words_are_told(text: str, step: str, last: str) -> None:
    said: list[str] = []
    heard = Heard(said.append)
    for line in text.splitlines():
        heard(line)
    error = heard.explained(BuildError("told", "hint"), "the Dockerfile")
    assert error.message.startswith(f"the Dockerfile does not build: {step}: {last}")
    assert error.hint == "hint"
    assert said == text.splitlines()


def test_what_names_no_step_is_told_as_it_is() -> None:
    heard = Heard(lambda _: None)
    heard("ERROR: no such context")
    error = heard.explained(BuildError("docker failed: no such context"), "it")
    assert error.message == "it does not build: docker failed: no such context"


def test_a_long_step_is_cut() -> None:
    heard = Heard(lambda _: None)
    heard(f" > [2/2] RUN {'x' * 1000}:")
    heard("out")
    error = heard.explained(BuildError("m"), "it")
    assert len(error.message) < 250
    assert "… failed: out" in error.message
