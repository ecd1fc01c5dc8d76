"""Rules about what a build fetches and does not check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ironhull.dockerfiles import Instruction, ShellCommand
from ironhull.hardening.rules._row import Case, Rule, Said

__all__ = ["DOWNLOAD_RULES"]

_FETCHERS = frozenset({"curl", "wget", "fetch", "aria2c", "http"})
_RUNNERS = frozenset(
    {"sh", "bash", "dash", "ash", "zsh", "ksh", "python", "python3", "perl", "ruby", "node", "php"}
)
_URL = re.compile(r"^(https?|ftp)://", re.IGNORECASE)
_GIT = re.compile(r"^(git@|git://|https?://[^#]+\.git(#|$|\?))", re.IGNORECASE)
_COMMIT = re.compile(r"#[0-9a-f]{40}\b")
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")


def _added(case: Case) -> Iterator[Said]:
    for instruction in case.steps("ADD"):
        if instruction.flag("checksum"):
            continue
        for source in case.scope.words(instruction)[:-1]:
            if _GIT.match(source):
                if not _COMMIT.search(source):
                    yield instruction, f"{source[:80]} is not a certain commit"
            elif _URL.match(source):
                yield instruction, f"{source[:80]} is fetched and nothing checks what came"


def _piped(case: Case) -> Iterator[Said]:
    for instruction in case.steps("RUN"):
        fetching = False
        commands = case.commands(instruction)
        for index, command in enumerate(commands):
            fetching = _fetches(command) or (fetching and command.connector in ("|", "|&"))
            if fetching and command.program in _RUNNERS and _reads_input(command):
                yield instruction, f"what {_source(commands[:index])} fetches is run unseen"
                break
            if _runs_fetched(command, commands[:index]):
                yield instruction, f"what {_source(commands[:index])} fetches is run unseen"
                break


def _fetches(command: ShellCommand) -> bool:
    return command.program in _FETCHERS


def _source(commands: tuple[ShellCommand, ...]) -> str:
    """The fetching program before a place, with its address."""
    for command in reversed(commands):
        if _fetches(command):
            address = next((w for w in command.arguments if "://" in w), "")
            return f"{command.program} {address}".strip()[:80]
    return "a download"


def _reads_input(command: ShellCommand) -> bool:
    """Whether an interpreter runs its input: no script is named, or `-` is."""
    words = [w for w in command.arguments if not w.startswith("-") or w == "-"]
    flags = [w for w in command.arguments if w.startswith("-") and w != "-"]
    if any(f in ("-c", "-e", "-m", "-r") or re.fullmatch(r"-[a-z]*c", f) for f in flags):
        return False
    return not words or words[0] == "-" or "-s" in flags or any("s" in f[1:2] for f in flags)


def _runs_fetched(command: ShellCommand, before: tuple[ShellCommand, ...]) -> bool:
    """`sh -c "$(curl …)"`, `eval "$(curl …)"`, `bash <(curl …)`, `. <(curl …)`."""
    if command.program not in {*_RUNNERS, "eval", ".", "source"}:
        return False
    inner = [c for c in before if "substitution" in c.within and _fetches(c)]
    return any(inner) and any(
        re.match(r"(\$\(|<\(|`)\s*(curl|wget|fetch)\b", word) for word in command.arguments
    )


def _local(case: Case) -> Iterator[Said]:
    for instruction in case.steps("ADD"):
        for source in case.scope.words(instruction)[:-1]:
            elsewhere = _URL.match(source) or _GIT.match(source) or source.startswith("<<")
            if not elsewhere and not source.lower().endswith(_ARCHIVES):
                yield instruction, f"ADD {source[:80]}: nothing here needs more than COPY"
                break


_UNCHECKED: dict[str, tuple[str, ...]] = {
    "curl": ("-k", "--insecure", "--proxy-insecure"),
    "wget": ("--no-check-certificate",),
    "pip": ("--trusted-host",),
    "pip3": ("--trusted-host",),
    "apt-get": ("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"),
    "apt": ("--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"),
    "apk": ("--allow-untrusted",),
    "yum": ("--nogpgcheck",),
    "dnf": ("--nogpgcheck",),
    "rpm": ("--nosignature", "--nodigest"),
    "zypper": ("--no-gpg-checks",),
}
_OFF = re.compile(
    r"http\.sslverify[= ]+false|strict-ssl[= ]+false|NODE_TLS_REJECT_UNAUTHORIZED=['\"]?0"
    r"|GIT_SSL_NO_VERIFY=['\"]?(1|true)|PYTHONHTTPSVERIFY=['\"]?0|\[trusted=yes\]"
    r"|Verify-Peer[= \"]+false|GOINSECURE=|GONOSUMCHECK=|GONOSUMDB=|GOFLAGS=-insecure",
    re.IGNORECASE,
)


def _unchecked(case: Case) -> Iterator[Said]:
    for instruction in case.steps("ENV"):
        for name, value in case.scope.pairs(instruction):
            if _OFF.search(f"{name}={value}"):
                yield instruction, f"{name}={value} turns checks of what is fetched off"
    for instruction in case.steps("RUN"):
        for command in case.commands(instruction):
            if said := _turned_off(command, instruction):
                yield instruction, f"{said} turns checks of what is fetched off"
                break


def _turned_off(command: ShellCommand, instruction: Instruction) -> str:
    options = _UNCHECKED.get(command.program, ())
    for word in command.arguments:
        if word.partition("=")[0] in options:
            return f"{command.program} {word}"
        clustered = re.fullmatch(r"-[A-Za-z]{2,}", word)
        if command.program == "curl" and clustered and "k" in _plain_flags(word):
            return f"curl {word}"
    found = _OFF.search(command.raw)
    return found[0] if found and instruction else ""


def _plain_flags(word: str) -> str:
    """The letters of curl's clustered flags up to one that takes a value."""
    letters = ""
    for letter in word[1:]:
        letters += letter
        if letter in "oHdAbcCDeEFhKmQrtTuUwxXyYz":
            break
    return letters


DOWNLOAD_RULES = (
    Rule(
        "IH-D005",
        "error",
        "ADD of an address without a checksum",
        "What the address serves tomorrow is in the image tomorrow; ADD does not tell.",
        "`ADD --checksum=sha256:… URL`, or for a Git repository the whole commit "
        "(`URL.git#COMMIT`).",
        _added,
        "FROM debian:13\nADD https://example.com/tool.tar.gz /opt/\n",
        f"FROM debian:13\nADD --checksum=sha256:{'0' * 64} https://example.com/tool.tar.gz /opt/\n",
    ),
    Rule(
        "IH-D007",
        "error",
        "A download is run unseen",
        "Whoever controls the address, or the way to it, runs what he likes as root in the build, "
        "and a download that is cut off runs by half.",
        "Fetch a certain version into a file, check its checksum (`sha256sum -c`), then run it; "
        "or install the package.",
        _piped,
        "FROM debian:13\nRUN curl -fsSL https://example.com/install.sh | sh\n",
        "FROM debian:13\nRUN curl -fsSLo i.sh https://example.com/1.2/install.sh \\\n"
        ' && echo "$SUM  i.sh" | sha256sum -c && sh i.sh\n',
    ),
    Rule(
        "IH-D019",
        "note",
        "ADD where COPY does",
        "ADD also fetches and unpacks, depending on what it finds; COPY does just what it says.",
        "Write COPY.",
        _local,
        "FROM debian:13\nADD app.py /app/\n",
        "FROM debian:13\nCOPY app.py /app/\n",
    ),
    Rule(
        "IH-D026",
        "error",
        "Checks of certificates or signatures are turned off",
        "Anybody between the build and the server can put something else in.",
        "Add the authority that is missing to the trusted ones, or the key of the repository.",
        _unchecked,
        "FROM debian:13\nRUN curl -k https://example.com/x -o x\n",
        "FROM debian:13\nRUN curl https://example.com/x -o x\n",
    ),
)
