"""A PostgreSQL of the test's own on 127.0.0.1, with a password, not run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.cli import checked
from tests.acceptance.containers import free_port

PASSWORD = "correct horse"  # of a database that lives as long as one test


def _programs() -> Path:
    """The directory that holds initdb and pg_ctl."""
    found = [Path(p) for p in (shutil.which("initdb"), shutil.which("pg_ctl")) if p]
    if len(found) == 2:
        return found[0].resolve().parent
    for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (place / "initdb").exists():
            return place
    pytest.skip("PostgreSQL is not installed (scripts/test-packages.sh)")


def _as_somebody(directory: Path) -> list[str]:
    """PostgreSQL refuses to run as root; `directory` then belongs to another user."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is needed to run PostgreSQL as another user than root")
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(directory, user.pw_uid, user.pw_gid)
        return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    pytest.skip("no user postgres or nobody to run PostgreSQL as")


@contextmanager
def postgres(directory: Path) -> Iterator[str]:
    """Start a server in `directory`; gives its URL, stops it at the end."""
    programs, user = _programs(), _as_somebody(directory)
    data, port = directory / "data", free_port()
    secret = directory / "password"
    secret.write_text(PASSWORD, "utf-8")
    shutil.chown(secret, directory.owner())
    method = ["--auth=scram-sha-256", "--username=app", f"--pwfile={secret}", "--encoding=UTF8"]
    checked([*user, str(programs / "initdb"), "-D", str(data), "--no-sync", *method], cwd="/")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c fsync=off"
    options += f" -c unix_socket_directories={directory}"
    control = [*user, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    log = str(directory / "log")
    checked([*control, "-l", log, "-o", options, "start"], cwd="/")
    try:
        yield f"postgresql://app:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], cwd="/", capture_output=True)
