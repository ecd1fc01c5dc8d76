"""Java: what Maven, Gradle and the compiler do, the jar that runs, options without a shell."""

from __future__ import annotations

import posixpath
import re

from ironhull.dockerfiles import ShellCommand, commands_of
from ironhull.hardening import _ids
from ironhull.hardening._assets import assets_of
from ironhull.hardening._draft import Draft
from ironhull.hardening._interpreters import reachable
from ironhull.hardening._node_start import without_init
from ironhull.hardening._quoting import env_value
from ironhull.hardening._row import Carried, Effect, Language, Subject
from ironhull.hardening._tracing import argv, image_version, only_arguments, origin_of, tag_of

__all__ = ["JAVA"]

_JDKS = (
    *(
        "eclipse-temurin",
        "openjdk",
        "amazoncorretto",
        "sapmachine",
        "ibmjava",
        "ibm-semeru-runtimes",
    ),
    *("azul/zulu-openjdk", "azul/zulu-openjdk-debian", "bellsoft/liberica-openjdk-debian"),
    *("bellsoft/liberica-openjre-debian", "bellsoft/liberica-openjdk-alpine", "ironhull/java"),
    *("dhi.io/eclipse-temurin", "cgr.dev/chainguard/jre", "cgr.dev/chainguard/jdk"),
    *("mcr.microsoft.com/openjdk/jdk", "adoptopenjdk"),
)
_TOOLS = ("maven", "gradle", "cgr.dev/chainguard/maven", "cgr.dev/chainguard/gradle")
_DISTROLESS = re.compile(r"gcr\.io/distroless/java(\d+)?(-debian\d+)?(:.*)?")
_IN_TAG = re.compile(r"(?:temurin|openjdk|jdk|jre|corretto|zulu|sapmachine|semeru)-?(\d+)")
_BUILDERS = ("mvn", "mvnw", "gradle", "gradlew", "javac", "jar", "jlink", "jdeps", "ant", "sbt")
_SOURCE = re.compile(
    r"\.(?:java|kt|kts|scala|groovy|gradle|class)$|(?:^|/)(?:src|gradle|\.mvn|buildSrc|target|build)/"
    r"|(?:^|/)(?:pom\.xml|mvnw(?:\.cmd)?|gradlew(?:\.bat)?|gradle\.properties|build\.sbt|build\.xml)$"
)
_SHELLS = ("sh", "bash", "ash", "dash")
_OPTIONS = ("JAVA_OPTS", "JAVA_OPTIONS", "JVM_OPTS", "JAVA_ARGS", "JDK_OPTS", "JVM_ARGS")
_BUILD_ENV = ("MAVEN_OPTS", "GRADLE_OPTS", "GRADLE_USER_HOME", "MAVEN_CONFIG", "MAVEN_HOME")


def _recognise(subject: Subject) -> str | None:
    root = subject.root
    if found := _DISTROLESS.fullmatch(root):
        return found[1] or ""
    version = image_version(root, _JDKS)
    if version is not None:
        return version.partition(".")[0] if version != "1.8" else "8"
    if image_version(root, _TOOLS) is None:
        return None
    named = _IN_TAG.search(tag_of(root))
    return named[1] if named else ""


def _effect(command: ShellCommand, draft: Draft) -> Effect | None:
    """What a build makes is the jar that is carried; where that is not clear, anything."""
    if command.program not in _BUILDERS:
        return None
    return Effect("installs" if _paths(draft.subject) else "writes")


def _carry(draft: Draft) -> tuple[Carried, ...]:
    """The jar, or the class path, where the final stage itself makes it."""
    paths = _paths(draft.subject)
    if not paths:
        return ()
    draft.only_carried = True
    found = tuple(Carried(path, path) for path in paths)
    return (*found, *assets_of(draft.subject, lambda path: bool(_SOURCE.search(path))))


def _paths(subject: Subject) -> list[str]:
    """What is started, absolute, where the final stage's own steps make all of it."""
    workdir = posixpath.join("/", subject.scope.workdir(subject.stage))
    places = _places(_words(subject))
    paths = [posixpath.normpath(posixpath.join(workdir, place)) for place in places]
    return paths if all(_made_here(path, subject) for path in paths) else []


def _words(subject: Subject) -> tuple[str, ...]:
    """The words that are run, also where a shell puts options in."""
    if (found := argv(subject)) and found[0].rpartition("/")[2] not in _SHELLS:
        return found
    for part in reversed(subject.chain):
        for instruction in (part.last("ENTRYPOINT"), part.last("CMD")):
            if instruction is not None:
                commands = commands_of(instruction)
                inner = tuple(c for c in commands if c.program not in _SHELLS)
                return _without_options(inner)[0]
    return ()


def _made_here(path: str, subject: Subject) -> bool:
    """Whether a step of the final stage's chain makes a file: no COPY brings it."""
    origin = origin_of(subject, path)
    return origin is not None and origin.stage is not None and origin.stage in subject.chain


def _places(words: tuple[str, ...]) -> list[str]:
    """The files and folders that `java -jar x` and `java -cp a:b/* Main` read; [] where unclear."""
    for at, word in enumerate(words[:-1]):
        if word == "-jar":
            return [] if "$" in words[at + 1] else [words[at + 1]]
        if word in ("-cp", "-classpath", "--class-path", "-p", "--module-path"):
            parts = [part.removesuffix("/*") for part in words[at + 1].split(":") if part]
            inside = all(part not in (".", "") and "$" not in part for part in parts)
            return parts if inside else []
    return []


def _start(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    reachable(draft)
    if only_arguments(draft.subject, words):
        return words
    steps: list[str] = []
    left = without_init(words, steps)
    name = left[0].rpartition("/")[2] if left else ""
    if name != "java":
        reason = f"{name or 'what it starts'} is not in the runtime image: start it by java"
        draft.hand(_ids.SHELL_FORM, 0, " ".join(words), reason)
        return None
    if steps:
        draft.notes["start"] = "; ".join(steps)
    return ("java", *left[1:])


def options(commands: tuple[ShellCommand, ...], draft: Draft) -> tuple[str, ...] | None:
    """`java $JAVA_OPTS -jar app.jar` without a shell: the words without the variable.

    The virtual machine reads JAVA_TOOL_OPTIONS itself (JDK troubleshooting guide, "Environment
    Variables and System Properties"), so what ENV says of the variable goes there. None where the
    command is another.
    """
    reachable(draft)
    if len(commands) != 1 or commands[0].unclear or commands[0].redirections:
        return None
    only = commands[0]
    left, names = _without_options(commands)
    if not names:
        return None
    _tool_options(names, only, draft)
    return left


def _without_options(commands: tuple[ShellCommand, ...]) -> tuple[tuple[str, ...], list[str]]:
    """The words of one command without variables of options, and these; neither if others stay."""
    if len(commands) != 1 or commands[0].unclear:
        return (), []
    only = commands[0]
    words = only.words[1:] if only.words[:1] == ("exec",) else only.words
    left: list[str] = []
    names: list[str] = []
    for word in words:
        found = re.fullmatch(r"\$\{?(\w+)(?::?-([^}]*))?\}?", word)
        if found and found[1] in _OPTIONS:
            names.append(found[1])
        elif word not in ("${0}", "${@}", "$0", "$@"):
            left.append(word)
    if any("$" in word or "`" in word for word in left) or left[:1] != ["java"]:
        return (), []
    return tuple(left), names


def _tool_options(names: list[str], command: ShellCommand, draft: Draft) -> None:
    environment = draft.subject.scope.environment(draft.subject.stage)
    said = " ".join(filter(None, (environment.get(name, "") for name in names)))
    if said:
        draft.environment["JAVA_TOOL_OPTIONS"] = env_value(said)
    reason = f"{names[0]} was put in by a shell: give JAVA_TOOL_OPTIONS, which Java reads itself"
    draft.hand(_ids.SHELL_FORM, _line(command, draft), command.raw, reason)


def _line(command: ShellCommand, draft: Draft) -> int:
    """The line of the CMD or ENTRYPOINT that the command is of."""
    for part in draft.subject.chain:
        for instruction in part.all("CMD", "ENTRYPOINT"):
            if command.raw in instruction.text:
                return instruction.start
    return command.line


JAVA = Language(
    name="java",
    images=(*_JDKS, *_TOOLS),
    recognise=_recognise,
    effect=_effect,
    begin=lambda _: (),
    carry=_carry,
    build_env=lambda name: name in _BUILD_ENV,
    start=_start,
    reworded=options,
)
"""Java by the images of its distributions, of Maven and of Gradle."""
