"""`ironhull vex repo`: which VEX repositories are asked, and what is here of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ironhull.commands._context import Context, add_output_arguments
from ironhull.errors import ConfigError, Error, TransportError, UsageError, printable

if TYPE_CHECKING:
    from ironhull.statements.repositories import Repository, Stored

__all__ = ["HELP", "arguments", "run"]

HELP = "Configure VEX repositories, and bring what is here of them up to date."

_SECRET_BYTES = 64 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add `init`, `list`, `add`, `remove` and `download`."""
    parts = parser.add_subparsers(
        dest="part", required=True, metavar="init|list|add|remove|download"
    )
    init = parts.add_parser(
        "init",
        help="write a configuration to begin with",
        description="Write the configuration of VEX repositories, with VEX Hub in it, where there"
        " is none.",
    )
    listed = parts.add_parser(
        "list",
        help="the repositories that are configured",
        description="List the repositories of our configuration and of Trivy's, in the order of"
        " preference, and what is here of each.",
    )
    add_output_arguments(listed, ("text", "json"), "text")
    more = parts.add_parser(
        "add",
        help="configure one more",
        description="Add a repository to our configuration, behind those there are. Nothing is"
        " downloaded yet.",
    )
    more.add_argument("name", metavar="NAME", help="what to call it")
    more.add_argument("url", metavar="URL", help="https://HOST/PATH, or a repository at GitHub")
    more.add_argument("--first", action="store_true", help="prefer it to those there are")
    more.add_argument("--disabled", action="store_true", help="do not ask it yet")
    more.add_argument("--username", default="", metavar="NAME", help="log in as NAME")
    secret = more.add_mutually_exclusive_group()
    secret.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    secret.add_argument(
        "--token-stdin", action="store_true", help="read a bearer token from standard input"
    )
    less = parts.add_parser(
        "remove",
        help="take one out of the configuration",
        description="Take a repository out of our configuration; Trivy's is never written.",
    )
    less.add_argument("name", metavar="NAME")
    download = parts.add_parser(
        "download",
        help="bring what is here up to date",
        description="Ask enabled repositories for news and download what changed.",
    )
    download.add_argument("names", nargs="*", metavar="NAME", help="only these")
    for nested in (init, listed, more, less, download):
        nested.add_argument(
            "-q",
            "--quiet",
            action="store_true",
            default=argparse.SUPPRESS,
            help="no progress and no notes",
        )


def run(args: argparse.Namespace, context: Context) -> int:
    """Do what was asked for; 1 where a download failed."""
    does = {
        "init": _init,
        "list": _list,
        "add": _add,
        "remove": _remove,
        "download": _download,
    }
    return does[args.part](args, context)


def _init(_args: argparse.Namespace, context: Context) -> int:
    from ironhull.vexing.repositories import DEFAULT, config_path, read_file, save

    path = config_path(context.settings)
    if read_file(path) is not None:
        context.note(f"{path} is there already, and stays as it is")
        return 0
    save(context.settings, [DEFAULT])
    context.print(f"{path}\n")
    return 0


def _add(args: argparse.Namespace, context: Context) -> int:
    from ironhull.vexing.repositories import Repository, config_path, read_file, save

    secret = _secret() if args.password_stdin or args.token_stdin else ""
    if args.password_stdin and not args.username:
        raise UsageError("--password-stdin needs --username", "or give a token with --token-stdin")
    more = Repository(
        args.name,
        args.url,
        enabled=not args.disabled,
        username=args.username,
        password=secret if args.password_stdin else "",
        token=secret if args.token_stdin else "",
    )
    own = read_file(config_path(context.settings)) or ()
    for known in own:
        if known.name == more.name:
            raise ConfigError(
                f"a VEX repository called {more.name} is there: {known.url}",
                f"remove it first: ironhull vex repo remove {more.name}",
            )
    path = save(context.settings, (more, *own) if args.first else (*own, more))
    context.note(f"{more.name} is in {path} now")
    return 0


def _secret() -> str:
    text = sys.stdin.buffer.read(_SECRET_BYTES).decode("utf-8", "replace").strip()
    if not text or not text.isprintable():
        raise UsageError("standard input holds no password or token", "pipe it in, on one line")
    return text


def _remove(args: argparse.Namespace, context: Context) -> int:
    from ironhull.vexing.repositories import (
        config_files,
        config_path,
        read_file,
        repository_store,
        save,
    )

    own = read_file(config_path(context.settings)) or ()
    gone = [repository for repository in own if repository.name == args.name]
    if not gone:
        for other in config_files(context.settings)[1:]:
            if any(repository.name == args.name for repository in read_file(other) or ()):
                raise ConfigError(
                    f"{args.name} is configured in {other}, which is Trivy's",
                    "edit that file, or add one of the same name with --disabled",
                )
        raise ConfigError(
            f"no VEX repository is called {args.name}", "see `ironhull vex repo list`"
        )
    save(context.settings, [repository for repository in own if repository not in gone])
    for repository in gone:
        repository_store(context.settings).forget(repository)
    return 0


def _download(args: argparse.Namespace, context: Context) -> int:
    from ironhull.formats.text_table import plural
    from ironhull.pipeline import now
    from ironhull.vexing.repositories import refresh

    failed: list[Error] = []
    wanted = _wanted(args.names, context)
    for repository in wanted:
        try:
            done = refresh(repository, context.settings, now=now(), progress=context.progress)
        except Error as trouble:
            failed.append(trouble)
            context.note(f"warning: VEX repository {repository.name}: {trouble}")
            continue
        context.report(done.problems)
        state = "has" if done.changed else "is unchanged:"
        made = f", of {done.stored.updated_at[:10]}" if done.stored.updated_at else ""
        documents = plural(done.stored.documents, "document")
        context.note(f"{repository.name} {state} {documents}{made}")
    if failed and len(failed) == len(wanted):
        if len(failed) == 1:
            raise failed[0]
        raise TransportError(
            f"none of {len(wanted)} VEX repositories could be downloaded", failed[0].message
        )
    return 1 if failed else 0


def _wanted(names: Sequence[str], context: Context) -> list[Repository]:
    from ironhull.vexing.repositories import configured

    known = configured(context.settings)
    for name in names:
        if all(repository.name != name for repository in known):
            there = ", ".join(repository.name for repository in known) or "none"
            raise ConfigError(f"no VEX repository is called {name}", f"there is {there}")
    if names:
        return [repository for repository in known if repository.name in names]
    enabled = [repository for repository in known if repository.enabled]
    if not enabled:
        raise ConfigError("no VEX repository is enabled", "add one: ironhull vex repo add NAME URL")
    return enabled


# ── the list ─────────────────────────────────────────────────────────────────────────────────────


def _list(args: argparse.Namespace, context: Context) -> int:
    from ironhull.vexing.repositories import configured, repository_store

    store = repository_store(context.settings)
    rows = [(repository, store.stored(repository)) for repository in configured(context.settings)]
    context.emit(args, {"text": lambda: _text(rows), "json": lambda: _json(rows)})
    return 0


_Rows = Sequence[tuple["Repository", "Stored | None"]]


def _text(rows: _Rows) -> str:
    cells = [("NAME", "ENABLED", "DOCUMENTS", "DATA OF", "ASKED", "URL", "CONFIGURED IN")]
    for repository, stored in rows:
        cells.append(
            (
                repository.name,
                "yes" if repository.enabled else "no",
                f"{stored.documents:,}" if stored else "-",
                printable(stored.updated_at[:10] if stored else "") or "-",
                stored.checked[:16].replace("T", " ") if stored else "never",
                repository.url,
                repository.file or "built in",
            )
        )
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join(lines) + "\n"


def _json(rows: _Rows) -> str:
    import json

    document: dict[str, Any] = {
        "schema": "ironhull/vex-repositories",
        "schema_version": 1,
        "repositories": [
            {
                "name": repository.name,
                "url": repository.url,
                "enabled": repository.enabled,
                "credentials": bool(repository.credentials),
                "file": repository.file or None,
                "documents": stored.documents if stored else None,
                "updated_at": (stored.updated_at or None) if stored else None,
                "checked_at": stored.checked if stored else None,
                "interval_seconds": stored.interval if stored else None,
            }
            for repository, stored in rows
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
