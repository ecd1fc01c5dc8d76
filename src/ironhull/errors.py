"""Everything Ironhull can refuse, one tree.

    Error                 a run cannot go on; message says what and where, hint says what to do
    ├── UsageError        the command line is not one we understand (exit code 64)
    ├── ReferenceFault    an image reference is malformed, missing or ambiguous
    ├── ImageError        an image, manifest, layer or archive is not what it says
    │   └── AbsentBlobError   (oci) what an index or manifest names is not there
    ├── TransportError    a download failed, was cut, too large or not what was asked for
    │   ├── MissingError      (transport) there is nothing at that address
    │   ├── MismatchError     (transport) another size or digest than was asked for
    │   └── RegistryError     a registry refuses, lies or fails, or credentials cannot be had
    ├── EngineError       a container engine cannot be reached, refuses or is cut off
    │   └── AbsentError       (sources) nothing answers there, or we may not ask
    ├── StoreError        local files: locked, full, read-only, damaged
    ├── RepositoryError   a package archive or package: signature, expiry, hash chain, format
    ├── ResolveError      dependencies that cannot be satisfied; the message holds the chain
    ├── DefinitionError   a base image definition or build setting is wrong
    ├── BuildError        an image cannot be built
    ├── DockerfileError   a Dockerfile does not parse; message begins with file:line:column
    ├── AdvisoryError     advisory data: source unusable, index missing or of another version
    ├── FormatError       a document cannot be written or read in the asked-for format
    ├── SignatureError    a signature is missing, wrong, expired or about something else
    └── ConfigError       the settings file or environment

Trouble with one item of many is not an Error but a `model.Problem` in the result.
"""


def printable(text: str) -> str:
    """`text` on one line, with control, format and undecodable characters as escapes.

    What is read from an image passes this before it reaches a terminal: a name there can neither
    move the cursor nor begin or reorder a line.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


class Error(Exception):
    """A run cannot go on. `message` is one line: what and where; `hint` is what to do about it.

    Both are made printable; line breaks, as other libraries put into their messages, are blanks.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = _one_line(message)
        self.hint = _one_line(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


def _one_line(text: str) -> str:
    return text if text.isprintable() else printable(" ".join(text.split()))


class UsageError(Error):
    """The command line is not one we understand; exit code 64 (EX_USAGE)."""


class ReferenceFault(Error):  # noqa: N818  # ReferenceError is a built-in
    """An image reference is malformed, names nothing, or names more than one image."""


class ImageError(Error):
    """An image, manifest, layer or archive is damaged or not of a kind we read."""


class TransportError(Error):
    """A download failed, was cut short, was too large or was not what was asked for."""


class EngineError(Error):
    """A container engine cannot be reached, refuses what it is asked or is cut off."""


class RegistryError(TransportError):
    """A registry refuses, lies or fails, or the credentials for it cannot be had."""


class StoreError(Error):
    """Local files are locked, full, read-only or damaged."""


class RepositoryError(Error):
    """A package archive or a package of it: signature, expiry, hash chain or format is wrong."""


class ResolveError(Error):
    """Dependencies that cannot be satisfied; the message holds the chain that fails."""


class DefinitionError(Error):
    """A base image definition or a build setting is wrong."""


class BuildError(Error):
    """An image cannot be built."""


class DockerfileError(Error):
    """A Dockerfile does not parse, or has no such stage.

    The message begins "NAME:LINE:COLUMN: "; `line` and `column` count from 1 (0: the whole file).
    """

    def __init__(self, message: str, hint: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message, hint)
        self.line = line
        self.column = column


class AdvisoryError(Error):
    """Advisory data is unusable: a source that lies, an index that is missing or foreign."""


class FormatError(Error):
    """A document cannot be written or read in the asked-for format."""


class SignatureError(Error):
    """What should be signed is not, or not by whom or as it should be; never a mere warning.

    `reason` is one of signing.REASONS: what about it is wrong.
    """

    def __init__(self, message: str, hint: str = "", reason: str = "malformed") -> None:
        super().__init__(message, hint)
        self.reason = reason


class PolicyError(Error):
    """A policy, or what policies come in, that cannot be read or evaluated."""


class ConfigError(Error):
    """A settings file or an environment variable holds something we cannot use."""
