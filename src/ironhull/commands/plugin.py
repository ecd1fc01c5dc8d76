"""`ironhull plugin`: `docker ironhull …`, installed for Docker's command line."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ironhull.errors import StoreError, UsageError
from ironhull.limits import LIMITS

if TYPE_CHECKING:
    from ironhull.commands._context import Context

__all__ = ["HELP", "arguments", "run"]

HELP = "Make `docker ironhull …` work: a plug-in of Docker's command line."

SYSTEM = Path("/usr/local/lib/docker/cli-plugins")
"""Where docker looks for the plug-ins of all users (cli-plugins/manager)."""

_FILE = "docker-ironhull"
_ASKED = "docker-cli-plugin-metadata"
_MARK = "# the plug-in of Ironhull for docker; made by `ironhull plugin install`"
_VERBS = (
    ("install", "install the plug-in"),
    ("remove", "remove it again"),
    ("status", "tell where it is installed and whether it works"),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="install|remove|status")
    for name, meaning in _VERBS:
        verb = verbs.add_parser(name, help=meaning, description=f"{meaning.capitalize()}.")
        where = verb.add_mutually_exclusive_group()
        where.add_argument("--system", action="store_true", help=f"for all users: {SYSTEM}")
        where.add_argument(
            "--dir",
            default="",
            metavar="DIR",
            help="another directory (default: cli-plugins of Docker's configuration)",
        )
        if name == "install":
            verb.add_argument(
                "--force", action="store_true", help="replace a plug-in that is not ours"
            )


def run(args: argparse.Namespace, context: Context) -> int:
    """Install, remove or look; 0, or 1 where `status` finds nothing that works."""
    path = _directory(args) / _FILE
    if args.verb == "install":
        return _install(path, context, force=args.force)
    return _remove(path, context) if args.verb == "remove" else _status(path, context)


def _directory(args: argparse.Namespace) -> Path:
    if args.system:
        return SYSTEM
    if args.dir:
        return Path(args.dir)
    home = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    return Path(home) / "cli-plugins"


def _install(path: Path, context: Context, *, force: bool) -> int:
    """Write the plug-in, see that it answers, print where it is."""
    from ironhull.store.files import atomic_write

    if os.name == "nt":
        raise UsageError("plug-ins of docker are .exe files there", "run ironhull itself")
    if _is_foreign(path) and not force:
        raise StoreError(f"{path} is there and not ours", "look at it, then use --force")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        atomic_write(path, _script().encode())
        path.chmod(0o755)  # run by docker, as its user
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        raise StoreError(f"cannot write {path}: {reason}", "use --dir, or sudo") from None
    if reason := _trouble(path):
        path.unlink()
        raise StoreError(f"the plug-in does not run: {reason}", "is this Python still complete?")
    context.print(f"{path}\n")
    if not _client():
        context.note("note: there is no docker command in the search path")
    return 0


def _script() -> str:
    """Runs this Python and this Ironhull; the working directory adds no modules (-P)."""
    import shlex

    command = shlex.join([sys.executable, "-P", "-m", "ironhull.plugin"])
    return f'#!/bin/sh\n{_MARK}\nexec {command} "$@"\n'


def _remove(path: Path, context: Context) -> int:
    if not path.is_file():
        raise StoreError(f"there is no plug-in at {path}", "see `ironhull plugin status`")
    if _is_foreign(path):
        raise StoreError(f"{path} is not ours", "remove it yourself")
    try:
        path.unlink()
    except OSError as trouble:
        raise StoreError(f"cannot remove {path}: {trouble.strerror}", "use sudo") from None
    context.print(f"{path}\n")
    return 0


def _status(path: Path, context: Context) -> int:
    """Say of every place docker looks in what is there; 0 where the first that counts works."""
    places = dict.fromkeys((path, SYSTEM / _FILE))
    found = [place for place in places if place.exists() or place.is_symlink()]
    if not found:
        context.print(f"not installed: nothing at {' or '.join(map(str, places))}\n")
        return 1
    troubles = [_trouble(place) for place in found]
    for place, trouble in zip(found, troubles, strict=True):
        context.print(f"{place}: {trouble or 'works'}\n")
    return 1 if troubles[0] else 0


def _is_foreign(path: Path) -> bool:
    """Whether something is there that `install` did not write."""
    try:
        with path.open("rb") as file:
            return _MARK.encode() not in file.read(512)
    except (FileNotFoundError, NotADirectoryError):
        return path.is_symlink()
    except OSError:
        return True


def _trouble(path: Path) -> str:
    """Why docker would not take the plug-in at `path`; "" where it would."""
    try:
        done = subprocess.run(
            [str(path), _ASKED],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMITS.engine_read_seconds,
            check=False,
        )
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return "it does not answer"
    except OSError as trouble:
        return trouble.strerror or str(trouble)
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it does not answer as plug-ins of docker do"
    known = isinstance(said, dict) and said.get("SchemaVersion") == "0.1.0" and said.get("Vendor")
    return "" if known else "it does not answer as plug-ins of docker do"


def _client() -> str:
    import shutil

    return shutil.which("docker") or ""
