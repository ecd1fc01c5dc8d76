"""The commands, one module each, and the one place that turns an Error into an exit code.

Exit codes: 0 fine, 1 error, 2 a threshold was hit, 64 usage (EX_USAGE), 130 interrupted.
"""

from __future__ import annotations

import os
import sys

from ironhull.errors import DefinitionError, Error, ImageError, StoreError, UsageError
from ironhull.lazy import imported
from ironhull.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

    from ironhull.commands._answers import Recording

__all__ = ["COMMANDS", "Command", "complain", "run"]

EXIT_ERROR = 1
EXIT_USAGE = 64
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Command:
    """A command: a module here that has `HELP`, `arguments(parser)` and `run(args, context)`.

    With `answers`, what it wrote is given again while all it read is as it was.
    """

    name: str
    help: str
    module: str
    aliases: tuple[str, ...] = ()
    answers: bool = False


COMMANDS = (
    Command(
        "quickview",
        "what an image is and how bad it is, at a glance",
        "quickview",
        ("qv",),
        answers=True,
    ),
    Command("scan", "what is wrong with an image, target by target", "scan", answers=True),
    Command("cves", "every known vulnerability, package by package", "cves", answers=True),
    Command("explain", "why an advisory holds or not in an image, source by source", "explain"),
    Command("compare", "two images side by side: what changed", "compare", ("diff",), answers=True),
    Command("sbom", "the software bill of materials of an image", "sbom", answers=True),
    Command(
        "inspect",
        "what somebody in a container could use: shells, setuid, keys",
        "inspect",
        answers=True,
    ),
    Command("policy", "whether an image meets policies written in Rego", "policy", answers=True),
    Command("patch", "newer packages in an image that cannot be rebuilt", "patch"),
    Command(
        "recommendations",
        "what to build on instead: newer and better base images",
        "recommendations",
    ),
    Command("bases", "the images others are built on: know them by their layers", "bases"),
    Command("images", "the images in the local store", "images"),
    Command("pull", "an image of a registry into the local store", "pull"),
    Command("push", "an image of the local store to a registry", "push"),
    Command("copy", "an image from any place to another, digests unchanged", "copy"),
    Command("mirror", "many images kept in another place, with what goes with them", "mirror"),
    Command("attest", "say something of an image, and attach the statement", "attest"),
    Command(
        "attestation",
        "what is attached to images: list, get, add, verify",
        "attestation",
        ("attestations",),
    ),
    Command("sign", "sign an image with a key, as cosign does", "sign"),
    Command("verify", "check who signed an image, and what exactly was checked", "verify"),
    Command("key", "make keys to sign with", "key"),
    Command("build", "build a Python app image without a daemon or a Dockerfile", "build"),
    Command("harden", "a Dockerfile rewritten for a minimal base, and proven", "harden"),
    Command("base", "build minimal base images from Debian packages", "base"),
    Command("scanner", "SBOMs for docker build: BuildKit's SBOM generator", "scanner"),
    Command("vex", "VEX documents: write, check, merge, find, attach", "vex"),
    Command("db", "the advisory data: update it, see its age", "db"),
    Command("plugin", "`docker ironhull …`: a plug-in of Docker's command line", "plugin"),
    Command("cache", "what is kept to save work: how much, and room again", "cache"),
)


def run(argv: Sequence[str]) -> int:
    """Run one command line (without the program name); returns the exit code."""
    if sys.stderr is None:  # closed (`2>&-`): there is nobody to tell
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # until the end
    try:
        if sys.stdout is None:
            raise StoreError("standard output is closed", "open it, or send it to /dev/null")
        return _dispatch(list(argv))
    except UsageError as trouble:
        return complain(trouble, EXIT_USAGE)
    except Error as trouble:
        return complain(trouble, EXIT_ERROR)
    except KeyboardInterrupt:
        sys.stderr.write("ironhull: interrupted\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`ironhull cves … | head`); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except OSError as trouble:
        return complain(_of_os(trouble), EXIT_ERROR)
    except Exception as trouble:  # the last line of defence: no traceback for users
        if os.environ.get("IRONHULL_DEBUG"):
            raise
        hint = "this is a defect of Ironhull; set IRONHULL_DEBUG=1 to see where, and report it"
        return complain(Error(f"{type(trouble).__name__}: {trouble}", hint), EXIT_ERROR)


def _dispatch(argv: list[str]) -> int:
    if argv[:1] == ["help"] and len(argv) > 1:
        argv = [*argv[1:], "--help"]
    if not argv or argv[0] in ("-h", "--help", "help"):
        sys.stdout.write(_overview())
        sys.stdout.flush()
        return 0
    command = _find(argv[0])
    recording = None
    if command.answers:
        from ironhull.commands._answers import begin

        recording = begin(argv, os.environ)
        code = recording.repeat() if recording is not None else None
        if code is not None:
            return code
    return _run(command, imported(f"ironhull.commands.{command.module}"), argv, recording)


def _run(
    command: Command, module: ModuleType, argv: Sequence[str], recording: Recording | None
) -> int:
    from ironhull.commands._context import Context
    from ironhull.commands._words import read_plain

    args: Any = read_plain((module.arguments, _common), argv[1:])
    if args is None:
        parser = _whole_parser(command, module)
        try:
            args = parser.parse_args(argv[1:])
        except SystemExit as stop:  # --help
            return stop.code if isinstance(stop.code, int) else 0
    cached = not getattr(args, "no_cache", False)
    with Context.of(quiet=args.quiet, cached=cached, recording=recording) as context:
        code = int(module.run(args, context))
        context.finish(code)
    return code


def _whole_parser(command: Command, module: ModuleType) -> argparse.ArgumentParser:
    """What reads the words of a command, and explains it."""
    from argparse import SUPPRESS as HIDDEN

    from ironhull.commands._parser import Parser
    from ironhull.commands._words import SUPPRESS

    parser = Parser(prog=f"ironhull {command.name}", description=module.HELP)
    module.arguments(parser)
    for nested in _with_nested(parser):
        _common(nested)
        for action in nested._actions:
            if action.help == SUPPRESS:  # argparse looks for its own
                action.help = HIDDEN
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    """Declare what every command has."""
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no notes")


def _with_nested(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parsers an option of every command belongs to: sub-commands where there are any."""
    import argparse

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return list({id(nested): nested for nested in action.choices.values()}.values())
    return [parser]


def _find(word: str) -> Command:
    for command in COMMANDS:
        if word == command.name or word in command.aliases:
            return command
    if word.startswith("-"):
        raise UsageError(
            f"no such option: {word}", "options come after a command, see `ironhull --help`"
        )
    import difflib

    names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    near = difflib.get_close_matches(word, names, 1)
    hint = f"did you mean `{near[0]}`?" if near else "see `ironhull --help`"
    raise UsageError(f"no such command: {word}", hint)


def _overview() -> str:
    width = max(len(command.name) for command in COMMANDS)
    rows = "".join(f"  {command.name:<{width}}  {command.help}\n" for command in COMMANDS)
    return (
        "usage: ironhull COMMAND [OPTION]…\n\n"
        "Read, judge, prove and harden container images, offline and without an account.\n\n"
        f"commands:\n{rows}\n"
        "`ironhull COMMAND --help` explains one of them; `ironhull --version` prints the version.\n"
    )


def _of_os(trouble: OSError) -> Error:
    where = f"{trouble.filename}: " if trouble.filename else ""
    return Error(
        f"{where}{trouble.strerror or trouble}", "check the path, its rights and free space"
    )


def _hint_of(trouble: Error) -> str:
    """What to do about an error that does not say it itself."""
    hints = {
        ImageError: "the image is damaged or of a kind not read here: save or fetch it again",
        DefinitionError: "correct it; docs/base-images.md and docs/app-images.md list the keys",
    }
    return hints.get(type(trouble), "")


def complain(trouble: Error, code: int = EXIT_ERROR) -> int:
    """Say on stderr what is wrong and what to do about it, on one line; gives `code`."""
    line = " ".join(trouble.message.split())
    hint = " ".join((trouble.hint or _hint_of(trouble)).split())
    sys.stderr.write(f"ironhull: {line}{' — ' + hint if hint else ''}\n")
    return code
