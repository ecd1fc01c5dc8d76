"""The programs of the PostgreSQL image: what lies in the catalog is what its sources make."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

INIT = Path(__file__).parents[2] / "catalog" / "postgres" / "init"
BUILT = ("postgres-entrypoint", "postgres-noshell.so", "ironhull-postgres.cdx.json")
COMPILERS = (
    "x86_64-linux-gnu-gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0",
    "GNU ld (GNU Binutils for Debian) 2.40",
    "aarch64-linux-gnu-gcc-12 (Debian 12.2.0-14) 12.2.0",
    "GNU ld (GNU Binutils for Debian) 2.40",
)
"""What made the files of the catalog; others may choose other instructions."""
OWN = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")


@pytest.mark.slow
def test_the_sources_make_the_same_files(tmp_path: Path) -> None:
    build = ["sh", str(INIT / "build.sh")]
    known = subprocess.run([*build, "--compilers"], capture_output=True, text=True, check=False)
    found = tuple(known.stdout.splitlines())
    if found != COMPILERS:
        pytest.skip(f"needs the compilers of Debian 12, here are: {found or known.stderr.strip()}")
    subprocess.run([*build, str(tmp_path)], check=True)
    for directory in ("amd64", "arm64"):
        for name in BUILT:
            made, kept = tmp_path / directory / name, INIT / directory / name
            assert made.read_bytes() == kept.read_bytes(), f"run build.sh: {kept} is another"
            assert made.stat().st_mode & 0o111 == kept.stat().st_mode & 0o111


@pytest.mark.parametrize("directory", ["amd64", "arm64"])
def test_the_list_has_the_hashes_of_the_files(directory: str) -> None:
    document = json.loads((INIT / directory / BUILT[2]).read_text("utf-8"))
    said = {part["name"]: part["hashes"][0]["content"] for part in document["components"]}
    assert len(said) == 2
    for name in BUILT[:2]:
        data = (INIT / directory / name).read_bytes()
        part = "ironhull-" + name.removesuffix(".so")
        assert hashlib.sha256(data).hexdigest() == said[part]
        # e_machine of the ELF header: EM_X86_64, EM_AARCH64
        assert int.from_bytes(data[18:20], "little") == {"amd64": 62, "arm64": 183}[directory]


# ── commands without a shell ─────────────────────────────────────────────────────────────────────

HELPER = """
import ctypes, json, sys
library = ctypes.CDLL(None)
for line in sys.stdin:
    print(library.system(json.loads(line).encode("utf-8", "surrogateescape")), flush=True)
"""


class Runner:
    """A process in which system(3) is ours."""

    def __init__(self) -> None:
        preload = {"LD_PRELOAD": str(INIT / OWN / "postgres-noshell.so")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", HELPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **preload},
        )

    def __call__(self, command: str) -> int:
        """The wait status of a command, -1 where it is refused."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> str:
        """End it; what it complained about."""
        return self.process.communicate()[1]


@pytest.fixture(scope="module")
def system() -> Iterator[Runner]:
    if not OWN or platform.libc_ver()[0] != "glibc":
        pytest.skip("the library is for Linux with glibc on amd64 and arm64")
    runner = Runner()
    yield runner
    runner.close()


ARGUMENTS = shutil.which("printf") or "/usr/bin/printf"
PIECES = st.sampled_from(
    [*"ab=1 \t'\"\\$`|&;<>()*?[]{}~#!%", "''", '""', "'a b'", '"a b"', "\\ ", "2>&1 ", " é", "\n"]
)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=12))
def test_words_are_those_of_a_shell_or_refused(
    system: Runner, tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    place = tmp_path_factory.getbasetemp() / "words"
    place.mkdir(exist_ok=True)
    ours, shells = place / "ours", place / "shells"
    text = "".join(pieces)
    ours.unlink(missing_ok=True)
    if any(sign in text for sign in "<>"):  # only what surely stays in this directory is run
        assert system(f"{ARGUMENTS} '%s\\0' {text} |") == -1
        return
    status = system(f"{ARGUMENTS} '%s\\0' x {text} >'{ours}'")
    if status == -1:
        assert any(sign in text for sign in "|&;()$`*?[\n'\"#~!{}\\")
        return
    command = f"{ARGUMENTS} '%s\\0' x {text} >'{shells}'"
    done = subprocess.run(["/bin/sh", "-c", command], check=False)
    assert (status, ours.read_bytes()) == (done.returncode << 8, shells.read_bytes())


def test_redirections(system: Runner, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_text("hello\n", "utf-8")
    assert system(f'cat < "{given}" > {tmp_path}/copy 2>&1') == 0
    assert system(f"cat <{given} >>{tmp_path}/copy") == 0
    assert (tmp_path / "copy").read_text("utf-8") == "hello\nhello\n"
    assert system(f"cat {tmp_path}/missing >{tmp_path}/out 2>&1") == 1 << 8
    assert "missing" in (tmp_path / "out").read_text("utf-8")
    assert system(f"cat <{tmp_path}/missing 2>/dev/null") == 1 << 8


@pytest.mark.parametrize(
    "command",
    [
        "",
        "true; true",
        "true && true",
        "true | true",
        "echo $HOME",
        'echo "$HOME"',
        "echo `id`",
        "echo *",
        "echo ~",
        "NAME=value true",
        "true &",
        "(true)",
        "true\ntrue",
        "cat <<END",
        "true 3<>x",
        "true >|x",
        "true 12>x",
        "true >&x",
        "echo 'open",
        'echo "open',
        "echo \\",
        "true >",
    ],
)
def test_what_needs_a_shell_is_refused(system: Runner, command: str) -> None:
    assert system(command) == -1


def test_exit_status_and_missing_programs() -> None:
    if not OWN or platform.libc_ver()[0] != "glibc":
        pytest.skip("the library is for Linux with glibc on amd64 and arm64")
    runner = Runner()
    assert runner("false") == 1 << 8
    assert runner("no-such-program-anywhere x") == 127 << 8
    assert runner("/ x") == 126 << 8
    assert runner("true | cat") == -1
    said = runner.close()
    assert "no-such-program-anywhere: No such file or directory" in said
    assert "cannot run this without a shell, it has a character only a shell" in said
    assert "true | cat" in said
