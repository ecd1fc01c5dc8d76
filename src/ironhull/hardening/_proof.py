"""What a proof is made of: how an image is tried, what came of it, both images side by side."""

from __future__ import annotations

from ironhull.errors import UsageError
from ironhull.model import Build
from ironhull.values import dataclass

__all__ = ["KINDS", "Proof", "Side", "Smoke", "Trial", "parse_smoke"]

KINDS = ("GET", "run", "starts")

_HINT = 'one of "GET /path", "GET :PORT/path", "run ARGUMENTS", "starts"'


@dataclass(frozen=True, slots=True)
class Smoke:
    """How an image is tried.

    `kind` "" asks the first exposed port for / and takes any answer that is no server error, or,
    where none is exposed, is "starts". "GET": `path` of `port` (0: the first exposed) has to answer
    with a status below 400. "run": the image with `words` as arguments has to end with status 0.
    "starts": the image's own command has to end with status 0, or to run still after a while.
    `expect` has to be in the answer or the output. `variables` are "NAME=value", `volumes`
    directories it may write to. `seconds` is how long an image is waited for.
    """

    kind: str = ""
    port: int = 0
    path: str = "/"
    words: tuple[str, ...] = ()
    expect: str = ""
    variables: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    seconds: float = 30.0

    @property
    def shown(self) -> str:
        """As it is written on the command line."""
        if self.kind == "GET":
            return f"GET {f':{self.port}' if self.port else ''}{self.path}"
        if self.kind == "run":
            import shlex

            return f"run {shlex.join(self.words)}".rstrip()
        return self.kind or "GET /"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying an image; `said` is the answer, or why it failed.

    `how` are the options it was run with, `user` that of its configuration ("" is root), `shell`
    the shell that could be run in it ("": none). `log` is the end of what it wrote, where it
    failed.
    """

    smoke: str
    passed: bool
    said: str
    how: tuple[str, ...]
    user: str
    shell: str
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two images; `trial` is None where nothing here runs containers."""

    build: Build
    trial: Trial | None


@dataclass(frozen=True, slots=True)
class Proof:
    """The images of the Dockerfile given and of the hardened one.

    `before` is None where it does not build here, `trouble` is why; `untried` says why no image
    was run.
    """

    before: Side | None
    after: Side
    trouble: str = ""
    untried: str = ""

    @property
    def holds(self) -> bool:
        """Whether the hardened image was run and does what it was asked."""
        return self.after.trial is not None and self.after.trial.passed


def parse_smoke(text: str) -> Smoke:
    """What `--smoke` says; raises UsageError."""
    import shlex

    kind, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if not kind:
        return Smoke()
    if kind.startswith("/") and not rest:
        kind, rest = "GET", kind
    if kind == "GET":
        port, path = _address(text, rest or "/")
        return Smoke("GET", port, path)
    if kind == "run":
        try:
            return Smoke("run", words=tuple(shlex.split(rest)))
        except ValueError as trouble:
            raise UsageError(f"--smoke {text!r}: {trouble}", "close the quotation") from None
    if kind == "starts" and not rest:
        return Smoke("starts")
    raise UsageError(f"--smoke {text!r} is not understood", _HINT)


def _address(text: str, rest: str) -> tuple[int, str]:
    """Port (0: not said) and path of what follows GET."""
    port = 0
    if rest.startswith(":"):
        number, slash, path = rest[1:].partition("/")
        if not number.isdecimal() or not 0 < int(number) < 65536:
            raise UsageError(f"--smoke {text!r}: no such port", _HINT)
        port, rest = int(number), f"{slash}{path}" or "/"
    if not rest.startswith("/") or any(ch <= " " or ch > "~" for ch in rest):
        raise UsageError(f"--smoke {text!r}: the path of a URL begins with /", _HINT)
    return port, rest
