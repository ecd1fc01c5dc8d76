"""Which files of packages an image does without.

Copyright files always stay (usr/share/doc/*/copyright, Debian policy 12.5), the rest is named here
by directory, so that the same list can be handed to dpkg inside dev images (path-exclude).
"""

from __future__ import annotations

import re

__all__ = ["RULES", "dpkg_config", "dropped"]

# (directories dropped with all below, what stays in them); links into usr are resolved before
_DOCUMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("usr/share/doc", ("*/copyright",)),
    ("usr/share/man", ()),
    ("usr/share/info", ()),
    ("usr/share/groff", ()),
    ("usr/share/lintian", ()),
    ("usr/share/linda", ()),
    ("usr/share/bug", ()),
    ("usr/share/doc-base", ()),
    ("usr/share/gtk-doc", ()),
    ("usr/share/help", ()),
    ("usr/share/locale", ("locale.alias",)),
)

RULES = _DOCUMENTS
"""(directory, patterns below it that stay), for every variant."""

_RUNTIME = re.compile(
    r"""(?x)
    etc/(?:init\.d|cron\.\w+|systemd|update-motd\.d|apt|logrotate\.d|pam\.d|security|selinux)/
    | etc/(?:profile\.d|bash_completion\.d|bash\.bashrc|kernel|python3?[\d.]*/debian_config)
    | etc/(?:issue|issue\.net|skel)
    | etc/(?:ca-certificates/update\.d|default|ufw)/
    | usr/lib/(?:systemd|tmpfiles\.d|sysusers\.d|binfmt\.d|apt|dpkg|pam-configs)/
    | usr/share/(?:bash-completion|zsh|fish|menu|debconf|apport|python3?|pixmaps|applications)/
    | usr/share/(?:base-files|base-passwd|binfmts|initramfs-tools|keyrings|polkit-1)/
    | usr/share/(?:libc-bin|gcc|gdb|pam|pam-configs|debianutils|readline|ca-certificates)/
    | usr/share/(?:ca-certificates-java|vim|nodejs/@types|nodejs/undici-types)/
    | usr/share/nodejs/.*\.d\.[cm]?ts$
    | usr/share/java/java_defaults\.mk$
    | usr/lib/jvm/[^/]+/man/
    | usr/lib/python3[\d.]*/(?:test|lib2to3/tests|idlelib|turtledemo|distutils/tests)/
    | usr/lib/python3[\d.]*/(?:unittest|ctypes|sqlite3|tkinter)/test/
    | usr/bin/(?:py(?:3?)(?:compile|clean|doc|versions)[\d.]*$|pygettext)
    | usr/bin/(?:ldd|tzselect|catchsegv|mtrace|xtrace|sotruss|sprof|locale-check)$
    | usr/bin/(?:iconv|localedef|pldd|zdump)$
    | usr/sbin/(?:update-ca-certificates|ldconfig|zic|iconvconfig|update-passwd)$
    | usr/sbin/update-java-alternatives$
    # character sets beyond Unicode and Latin; Python has its own
    | usr/lib/[\w-]+/gconv/(?!UTF-|UNICODE|ISO8859-|CP125|ANSI_X3|gconv-modules)
    | var/(?:cache|log|backups|lib/(?:apt|systemd|pam|python))/
    """
)
_ANYWHERE = re.compile(r"(?:^|/)__pycache__/|\.py[co]$|\.dpkg-(?:new|old|dist)$")
_STAYS = re.compile(r"usr/share/doc/[^/]+(?:/copyright)?$|usr/share/locale/locale\.alias$")
_CACHES = re.compile(r"var/cache/(?!debconf/|apt/)|var/log/")


def dropped(path: str, *, runtime: bool) -> bool:
    """Whether an image does without the file (not directory) at `path`.

    `runtime` images also do without what only a shell, an init system or a package manager uses.
    """
    if _STAYS.match(path):
        return False
    if any(path.startswith(directory + "/") for directory, _ in RULES):
        return True
    if _ANYWHERE.search(path) or _CACHES.match(path):
        return True
    return runtime and _RUNTIME.match(path) is not None


def dpkg_config() -> str:
    """The rules as dpkg.cfg(5) lines, for packages installed later."""
    lines = ["# Files this image does without; copyright files stay."]
    for directory, kept in RULES:
        lines.append(f"path-exclude /{directory}/*")
        lines += [f"path-include /{directory}/{pattern}" for pattern in kept]
    return "\n".join(lines) + "\n"
