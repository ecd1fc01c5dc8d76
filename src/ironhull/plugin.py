"""`docker ironhull …`: Ironhull as a plug-in of Docker's command line.

The protocol is that of docker/cli (cli-plugins/manager, metadata schema 0.1.0): a program called
docker-ironhull is asked `docker-cli-plugin-metadata`, and run with docker's own arguments, the
plug-in's name among them. Options of docker before that name are for us too.
"""

from __future__ import annotations

import os
import sys

from ironhull import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from typing import NoReturn

__all__ = ["METADATA", "NAME", "complete", "main", "translate"]

NAME = "ironhull"
METADATA = "docker-cli-plugin-metadata"
_COMPLETE = ("__complete", "__completeNoDesc")
_NO_FILES = 4  # cobra's ShellCompDirectiveNoFileComp

_VALUED = {
    "--host": "DOCKER_HOST",
    "-H": "DOCKER_HOST",
    "--context": "DOCKER_CONTEXT",
    "-c": "DOCKER_CONTEXT",
    "--config": "DOCKER_CONFIG",
    "--log-level": "",
    "-l": "",
}
"""Options of docker that have a value, and the variable that says the same to programs."""
_PLAIN = ("-D", "--debug", "--debug=false", "--tls=false", "--tlsverify=false")
"""Options of docker that change nothing here."""


def metadata() -> str:
    """What docker wants to know of a plug-in."""
    import json

    return json.dumps(
        {
            "SchemaVersion": "0.1.0",
            "Vendor": "Ironhull",
            "Version": __version__,
            "ShortDescription": "Read, judge, prove and harden container images",
        }
    )


def translate(arguments: Sequence[str], environment: MutableMapping[str, str]) -> list[str]:
    """The arguments for Ironhull; what docker's own say is put into `environment`.

    Raises UsageError for an option of docker that cannot be followed.
    """
    words = list(arguments)
    given: dict[str, str] = {}
    while words and words[0].startswith("-"):
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word in _PLAIN:
            continue
        if name not in _VALUED:
            if word in ("--help", "-h", "--version", "-V"):
                return [word, *words]
            _refuse(word)
        if not equals:
            value = words.pop(0) if words else ""
        if variable := _VALUED[name]:
            given[variable] = value
    if words[:1] == ["help"]:
        words = [*(words[2:] if words[1:2] == [NAME] else words[1:]), "--help"]
    elif words[:1] == [NAME]:
        words = words[1:]
    environment.update(given)
    return words


def _refuse(word: str) -> NoReturn:
    from ironhull.errors import UsageError

    raise UsageError(
        f"docker {word}: not followed by this plug-in",
        "say it by the environment: DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH",
    )


def complete(arguments: Sequence[str]) -> str:
    """The commands that begin as the last word does, in cobra's format."""
    from ironhull.commands import COMMANDS

    words = [word for word in arguments if word != NAME]
    lines = []
    if len(words) == 1:
        rows = [row for row in COMMANDS if row.name.startswith(words[0])]
        lines = [f"{row.name}\t{row.help}" for row in rows]
    return "\n".join([*lines, f":{_NO_FILES if lines else 0}"]) + "\n"


def main() -> int:
    """Run as docker runs a plug-in; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == [METADATA]:
        sys.stdout.write(f"{metadata()}\n")
        return 0
    if arguments and arguments[0] in _COMPLETE:
        sys.stdout.write(complete(arguments[1:]))
        return 0
    from ironhull.commands import complain
    from ironhull.errors import UsageError

    try:
        words = translate(arguments, os.environ)
    except UsageError as trouble:
        return complain(trouble, 64)
    sys.argv[1:] = words
    from ironhull.__main__ import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
