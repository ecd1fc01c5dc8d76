"""nginx: what it serves and its settings; ports that need no privilege, nothing written to /run."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator

from ironhull.dockerfiles import Instruction, ShellCommand
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft
from ironhull.hardening._row import Carried, Effect, Language, Subject
from ironhull.hardening._tracing import image_version, only_arguments

__all__ = ["NGINX", "low_ports", "settings"]

_IMAGES = (
    *("nginx", "nginxinc/nginx-unprivileged", "bitnami/nginx", "ironhull/nginx", "dhi.io/nginx"),
    *("cgr.dev/chainguard/nginx",),
)
_MAIN = "/etc/nginx/nginx.conf"
_FOLDERS = ("/etc/nginx/conf.d", "/etc/nginx/sites-enabled", "/etc/nginx/http.d")
_LISTEN = re.compile(r"(?:^|[\s{;])(listen\s+(?:[^\s;]*:)?)(\d+)(?=[\s;])")
_DEFAULT = "/etc/nginx/conf.d/default.conf"
_BY_SCRIPT = ("/etc/nginx/templates", "/docker-entrypoint.d")
_REMOVABLE = ("/etc/nginx/conf.d/", "/usr/share/nginx/html/")
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def _recognise(subject: Subject) -> str | None:
    version = image_version(subject.root, _IMAGES)
    return None if version is not None and _scripted(subject) else version


def _scripted(subject: Subject) -> bool:
    """Whether scripts of the official image make settings at the start: they need its shell."""
    copies = (c for part in subject.chain for c in part.all("COPY", "ADD"))
    targets = [subject.scope.words(copy)[-1] for copy in copies]
    return any(target.startswith(_BY_SCRIPT) for target in targets)


def settings(subject: Subject) -> Iterator[tuple[Instruction, str, str]]:
    """(COPY, path in the image, text) of every file of settings that the final stage brings."""
    for stage in subject.chain:
        for copy in stage.all("COPY", "ADD"):
            *sources, target = subject.scope.words(copy)
            if copy.flag("from") is not None or len(sources) != 1:
                continue
            path = posixpath.normpath(sources[0]).lstrip("/")
            data = subject.context.read(path)
            folder = target.endswith("/") or posixpath.normpath(target) in _FOLDERS
            place = posixpath.join(target, posixpath.basename(path)) if folder else target
            if data is not None and (place == _MAIN or posixpath.dirname(place) in _FOLDERS):
                yield copy, posixpath.normpath(place), data.decode("utf-8", "replace")


def low_ports(text: str) -> tuple[int, ...]:
    """The ports below 1024 that a file of settings listens on."""
    ports = {int(found[2]) for found in _LISTEN.finditer(text)}
    return tuple(sorted(port for port in ports if port < 1024))


def edits(path: str, text: str) -> tuple[str, ...]:
    """What `sed -E` has to do to a file of settings for a user without privileges."""
    found = [
        rf"s/(^|[{{;[:space:]])(listen[[:space:]]+([^[:space:];]*:)?){port}([[:space:];])"
        rf"/\1\2{raised(port)}\4/g"
        for port in low_ports(text)
    ]
    if path == _MAIN:
        if re.search(r"^\s*pid\s", text, re.MULTILINE):
            found.append("s#^([[:space:]]*pid[[:space:]]+)[^;]*;#\\1/tmp/nginx.pid;#")
        else:
            found.append("1s#^#pid /tmp/nginx.pid;\\n#")
        if "_temp_path" not in text:
            places = "".join(f"\\n  {name}_temp_path /tmp/nginx-{name};" for name in _TEMPORARY)
            found.append(f"s#^([[:space:]]*http[[:space:]]*\\{{)#\\1{places}#")
    return tuple(found)


def raised(port: int) -> int:
    """The port for a user without privileges: 80 is 8080, 443 is 8443."""
    return port + 8000


def _effect(command: ShellCommand, draft: Draft) -> Effect | None:
    """`rm` of the settings and pages that the official image brings."""
    if command.program != "rm":
        return None
    paths = [draft.absolute(word) for word in command.arguments if not word.startswith("-")]
    if not paths or not all(path.startswith(_REMOVABLE) for path in paths):
        return None
    if any(path in (_DEFAULT, "/etc/nginx/conf.d/*", "/etc/nginx/conf.d/*.conf") for path in paths):
        draft.notes["nginx empty"] = "yes"
    return Effect("nothing")


def _edited(draft: Draft) -> Iterator[tuple[Instruction, str, tuple[str, ...]]]:
    """(COPY, path, edits) of the settings that need a privilege as they are."""
    for copy, path, text in settings(draft.subject):
        if found := edits(path, text):
            yield copy, path, found


def _carry(draft: Draft) -> tuple[Carried, ...]:
    """The settings by way of the builder, where `sed` raises ports."""
    known = list(settings(draft.subject))
    for _, _, text in known:
        for port in low_ports(text):
            draft.notes[f"port {port}"] = str(raised(port))
    if not known:  # those of the base, which are for port 8080
        draft.notes["port 80"] = "8080"
    places = [path for _, path, _ in _edited(draft)]
    if _emptied(draft) and _DEFAULT not in places:
        places.append(_DEFAULT)
    if places:
        draft.notes["builder"] = "yes"
    return tuple(Carried(path, path) for path in places)


def _emptied(draft: Draft) -> bool:
    """Whether the server of the base's own settings has to go: the input removes it."""
    brought = any(path == _DEFAULT for _, path, _ in settings(draft.subject))
    return "nginx empty" in draft.notes and not brought


def _copied(instruction: Instruction, draft: Draft) -> tuple[Carried, ...] | None:
    found = tuple(Carried(path, path) for copy, path, _ in _edited(draft) if copy is instruction)
    return found or None


def _finish(draft: Draft) -> tuple[str, ...]:
    lines: list[str] = []
    for copy, path, found in _edited(draft):
        said = " ".join(f"-e {shlex.quote(each)}" for each in found)
        line = f"RUN sed -i -E {said} {path}"
        lines += [re.sub(r"\s--chown=\S+", "", copy.text), line]
        reason = f"{draft.pair.user} may not bind ports below 1024 everywhere, nor write to /run"
        draft.change(_ids.PORT, copy.start, copy.text, line, reason)
    if _emptied(draft):
        lines.append(f"RUN : > {_DEFAULT}")
        reason = "the input removes these settings; the base has some of its own there"
        draft.change(_ids.BASE, 0, "", lines[-1], reason)
    return tuple(lines)


def _start(words: tuple[str, ...], draft: Draft) -> tuple[str, ...] | None:
    if only_arguments(draft.subject, words):
        return words
    if words[:1] in (("/docker-entrypoint.sh",), ("/usr/local/bin/docker-entrypoint.sh",)):
        words = words[1:]
    if not words or words[0].rpartition("/")[2] != "nginx":
        draft.hand(_ids.SHELL_FORM, 0, " ".join(words), "nginx is started by something else")
        return None
    return ("nginx", *words[1:])


NGINX = Language(
    name="nginx",
    images=_IMAGES,
    recognise=_recognise,
    effect=_effect,
    begin=lambda _: (),
    carry=_carry,
    build_env=lambda _: False,
    start=_start,
    copied=_copied,
    finish=_finish,
)
"""nginx by its official image and those of the families."""
