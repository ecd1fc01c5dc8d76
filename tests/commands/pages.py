"""The pages of docs/commands, made from the parsers: `python -m tests.commands.pages`."""

import argparse
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from ironhull.commands import COMMANDS, Command

__all__ = ["DIRECTORY", "pages"]

DIRECTORY = Path(__file__).resolve().parents[2] / "docs" / "commands"
_MADE = (
    "<!-- Made from the parser by `python -m tests.commands.pages`: change the help there. -->\n"
)

MORE: dict[str, tuple[str, ...]] = {
    "quickview": ("output", "severity", "policy"),
    "scan": ("scan", "secrets", "licenses", "formats"),
    "cves": ("output", "formats", "ignore", "vex"),
    "explain": ("explain", "matching"),
    "compare": ("output", "policy"),
    "sbom": ("sbom", "packages"),
    "inspect": ("inspect",),
    "policy": ("policy", "policies"),
    "patch": ("patch",),
    "recommendations": ("recommendations",),
    "bases": ("recommendations",),
    "images": ("index",),
    "pull": ("registries",),
    "push": ("registries",),
    "copy": ("registries", "engines"),
    "mirror": ("mirror",),
    "attest": ("attestations", "provenance"),
    "attestation": ("attestations", "signing"),
    "sign": ("signing",),
    "verify": ("signing",),
    "key": ("signing",),
    "build": ("app-images", "build-docker"),
    "harden": ("harden", "harden-rules"),
    "plugin": ("plugin",),
    "base": ("base-images",),
    "scanner": ("build-docker", "sbom"),
    "vex": ("vex", "vex-write", "vex-sources"),
    "db": ("db", "advisories"),
    "cache": ("cache",),
}
"""The pages that tell more of a command."""


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    found = {f"{command.name}.md": _page(command) for command in COMMANDS}
    return {"index.md": _index(), **found}


def _index() -> str:
    rows = [_row(command) for command in COMMANDS]
    return (
        f"{_MADE}\n# Commands\n\n"
        "`ironhull COMMAND --help` says what is here. Every command has `-q` (`--quiet`): no "
        "progress and no notes. The result is on standard output, everything else on standard "
        "error.\n\n"
        "| command | what it is for | also |\n|---|---|---|\n" + "\n".join(rows) + "\n\n"
        "| exit code | when |\n|---|---|\n"
        "| 0 | done |\n"
        "| 1 | it could not be done; the message says what and where, the hint what to do |\n"
        "| 2 | a threshold or a policy of `--exit-code`, `--exit-on` and the like was hit |\n"
        "| 64 | the command line is not understood |\n"
        "| 130 | interrupted |\n"
    )


def _row(command: Command) -> str:
    aliases = ", ".join(f"`{alias}`" for alias in command.aliases)
    return f"| [`{command.name}`]({command.name}.md) | {_cell(command.help)} | {aliases} |"


def _page(command: Command) -> str:
    module = import_module(f"ironhull.commands.{command.module}")
    parser = argparse.ArgumentParser(prog=f"ironhull {command.name}", description=module.HELP)
    module.arguments(parser)
    text = f"{_MADE}\n# ironhull {command.name}\n\n"
    if command.aliases:
        text += f"Also `ironhull {', '.join(command.aliases)}`.\n\n"
    text += "\n".join(_described(parser, 2))
    return text + _more(command.name) + "\n"


def _more(name: str) -> str:
    links = [f"[{_title(page)}](../{page}.md)" for page in MORE.get(name, ()) if _there(page)]
    return f"\nMore: {', '.join(links)}.\n" if links else ""


def _there(page: str) -> bool:
    return (DIRECTORY.parent / f"{page}.md").exists()


def _title(page: str) -> str:
    text = (DIRECTORY.parent / f"{page}.md").read_text("utf-8")
    match = re.search(r"^# (.+)$", text, re.MULTILINE)
    return match[1].replace("`", "") if match else page


def _described(parser: argparse.ArgumentParser, level: int) -> Iterator[str]:
    nested = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    own = [a for a in parser._actions if not isinstance(a, argparse._HelpAction)]
    own = [a for a in own if a not in nested and a.help != argparse.SUPPRESS]
    yield f"{_sentence(parser.description or '')}\n"
    yield f"```text\n{_usage(parser, own, nested)}\n```\n"
    arguments = [a for a in own if not a.option_strings]
    if arguments:
        yield "| argument | |\n|---|---|"
        yield from (f"| `{_shown(a)}` | {_help(parser, a)} |" for a in arguments)
        yield ""
    options = [a for a in own if a.option_strings]
    if options:
        yield "| option | |\n|---|---|"
        yield from (f"| {_option(a)} | {_help(parser, a)} |" for a in options)
        yield ""
    for action in nested:
        for name, inner in _distinct(action):
            yield f"{'#' * level} {parser.prog.removeprefix('ironhull ')} {name}\n"
            yield from _described(inner, level + 1)


def _distinct(
    action: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Sub-commands, those of several names once."""
    seen: set[int] = set()
    for name, inner in action.choices.items():
        if id(inner) not in seen:
            seen.add(id(inner))
            yield name, inner


def _usage(
    parser: argparse.ArgumentParser,
    own: Iterable[argparse.Action],
    nested: Iterable[argparse.Action],
) -> str:
    required = [a for a in own if a.option_strings and a.required]
    words = [parser.prog]
    words += [f"{a.option_strings[-1]} {_value(a)}".strip() for a in required]
    if any(a.option_strings and not a.required for a in own):
        words.append("[OPTION]…")
    words += [_many(a) for a in own if not a.option_strings]
    words += ["COMMAND …" for _ in nested]
    return " ".join(words)


def _many(action: argparse.Action) -> str:
    shown = _shown(action)
    return {"?": f"[{shown}]", "*": f"[{shown}…]", "+": f"{shown}…"}.get(str(action.nargs), shown)


def _shown(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return action.dest


def _value(action: argparse.Action) -> str:
    """The value of an option as it is written after it."""
    if action.nargs == 0:
        return ""
    shown = _shown(action) if action.metavar or action.choices else action.dest.upper()
    return f"[{shown}]" if action.nargs == "?" else shown


def _option(action: argparse.Action) -> str:
    value = _value(action)
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    if not value:
        return names
    return f"{names} `{value}`".replace("|", "\\|") if len(value) < 40 else f"{names} …"


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    text = parser._get_formatter()._expand_help(action) if action.help else ""
    long = _value(action) if action.option_strings else ""
    if len(long) >= 40:
        text += f" ({long.replace('|', ', ')})"
    if action.required and action.option_strings:
        text += " (required)"
    return _cell(text)


def _sentence(text: str) -> str:
    return _escaped(text).strip()


def _cell(text: str) -> str:
    return _escaped(" ".join(text.split())).replace("|", "\\|")


def _escaped(text: str) -> str:
    """Angle brackets and such outside code as characters."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([<>*\[\]])", r"\\\1", part) for part in parts
    )


def main() -> None:
    """Write every page, remove those of commands that are gone."""
    DIRECTORY.mkdir(exist_ok=True)
    found = pages()
    for path in DIRECTORY.glob("*.md"):
        if path.name not in found:
            path.unlink()
    for name, text in found.items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
