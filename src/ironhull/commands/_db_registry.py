"""`ironhull db publish` and `db pull`: the advisory data as an artifact in a registry."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from ironhull.commands._context import Context
from ironhull.commands._db_exchange import add_force, tell_imported
from ironhull.errors import UsageError

__all__ = ["add", "run"]


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the actions."""
    publish = actions.add_parser(
        "publish",
        help="put the data into a registry",
        description="Put the data in use into a registry, as an artifact that `db pull` takes.",
    )
    publish.add_argument("reference", metavar="REF", help="[registry/]name[:tag]")
    publish.add_argument(
        "--downloads", action="store_true", help="with what was downloaded, see `db export`"
    )
    pull = actions.add_parser(
        "pull",
        help="use data of a registry",
        description="Use data that `db publish` put into a registry; nothing is downloaded where it"
        " is in use already.",
    )
    pull.add_argument("reference", metavar="REF", help="[registry/]name[:tag] or name@digest")
    add_force(pull)
    for parser in (publish, pull):
        parser.add_argument(
            "--plain-http", action="store_true", help="speak http, without TLS, with the registry"
        )


def run(args: argparse.Namespace, context: Context, now: str) -> int:
    """Do what was asked for; 0."""
    return (_publish if args.action == "publish" else _pull)(args, context, now)


def _publish(args: argparse.Namespace, context: Context, now: str) -> int:
    from ironhull.advisories.artifact import publish
    from ironhull.advisories.exchange import export_data
    from ironhull.oci.names import Reference
    from ironhull.pipeline import registries

    reference = Reference.parse(args.reference)
    if reference.digest:
        raise UsageError(f"{args.reference}: a digest cannot be chosen", "give a tag")
    client = registries(context.settings, plain_http=args.plain_http)
    with tempfile.TemporaryDirectory(prefix="ironhull-") as folder:
        path = Path(folder, "bundle")
        with path.open("wb") as file:
            head = export_data(context.settings.advisories, file, raw=args.downloads, now=now)
        digest = publish(client.repository(reference), reference.tag, path, head)
    context.note(f"{len(head.sources)} sources, newest of {head.date[:10]}: {head.digest}")
    context.print(f"{reference.familiar}@{digest}\n")
    return 0


def _pull(args: argparse.Namespace, context: Context, now: str) -> int:
    from ironhull.advisories.artifact import download, find
    from ironhull.advisories.exchange import import_data, note_pulled, was_pulled
    from ironhull.oci.names import Reference
    from ironhull.pipeline import registries

    directory = context.settings.advisories
    reference = Reference.parse(args.reference)
    repository = registries(context.settings, plain_http=args.plain_http).repository(reference)
    found = find(repository, reference)
    if used := was_pulled(directory, found.digest):
        context.note("this data is in use already")
        context.print(f"{used}\n")
        return 0
    with tempfile.TemporaryFile(prefix="ironhull-") as file:
        download(repository, found, file, context.progress)
        file.seek(0)
        done = import_data(
            directory,
            file,
            what=args.reference,
            now=now,
            force=args.force,
            waiting=lambda: context.note("an update is running; waiting for it"),
        )
    note_pulled(directory, found.digest, done.digest)
    tell_imported(done, context)
    return 0
