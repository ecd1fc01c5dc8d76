"""Maintainer scripts, which are read and never run: is their work done, not needed, or refused?

On an upgrade dpkg would run preinst and postinst of the new version, prerm and postrm of the old
(Debian policy 6.5). What they do in containers falls into few kinds: nothing (services, menus),
what is made here (certificates, alternatives, byte code, the linker's cache), and what was done
when the old version was configured and is the same now. Everything else is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ironhull.debian.relations import holds
from ironhull.dockerfiles import script_commands

__all__ = ["judge_scripts"]

_SETTLED: tuple[tuple[str, str], ...] = (
    (r"apt|apt-utils", "the user _apt and its timers are there or not needed"),
    (r"base-files|base-passwd|bash|dash|debianutils|debconf|dpkg|adduser", "set up when built"),
    (r"ca-certificates", "certificates are put together here"),
    (r"libc6|libc-bin|locales|libc-l10n", "no services to restart; locales stay as generated"),
    (r"libpam-runtime|libpam0g|login|passwd|util-linux|mount|sudo", "PAM stays as configured"),
    (r"perl|perl-base|libperl5\.\d+", "only moves documentation"),
    (r"tzdata", "the time zone stays as configured"),
    (r"(lib)?python3(\.\d+)?(-minimal|-stdlib|-venv|-dev)?", "stale byte code is removed here"),
    (r"postgresql(-client)?-\d+|postgresql-common", "clusters stay, servers do not run here"),
    (r"openssl|libssl3(t64)?", "the link to /etc/ssl is there"),
    (r"openssh-(client|server)|systemd|udev|libpam-systemd|dbus(-\w+)?", "no services run here"),
)
"""Packages whose scripts were read: an expression of names, and why an upgrade needs none."""

_HARMLESS_WORDS = """
    : . [ [[ true false test exit return continue break cd set unset export local readonly shift
    echo printf read mktemp seq
    getopts umask wait trap type command which hash expr basename dirname readlink realpath
    grep egrep fgrep sed awk mawk cut tr sort uniq head tail wc cat stat find xargs ls getent id
    date uname tty cmp diff md5sum sha256sum dpkg-query dpkg-divert-check
    deb-systemd-helper deb-systemd-invoke invoke-rc.d update-rc.d systemctl service init telinit
    systemd-tmpfiles systemd-sysusers systemd-hwdb udevadm initctl start-stop-daemon pidof kill
    killall pkill restart stop start reload
    ldconfig update-alternatives dpkg-trigger dpkg-maintscript-helper dpkg
    py3compile py3clean pycompile pyclean add-shell remove-shell update-shells
    update-ca-certificates update-menus update-desktop-database update-icon-caches
    gtk-update-icon-cache install-info mandb update-mime update-initramfs restorecon
    db_version db_capb db_get db_set db_fset db_input db_go db_stop db_purge db_title db_subst
    db_metaget db_reset db_unregister db_register db_beginblock db_endblock db_settitle db_info
    debconf-show ischroot lsb_release update-motd rm rmdir
"""
_HARMLESS = frozenset({"", *_HARMLESS_WORDS.split()})
"""Programs whose work an image does not need, or that is done here, or only reads."""

_ANEW_WORDS = """
    setcap glib-compile-schemas update-mime-database gdk-pixbuf-query-loaders fc-cache texhash
    mktexlsr updmap depmod dkms update-binfmts mysql_upgrade pg_upgradecluster update-xmlcatalog
    update-catalog xmlcatalog gio-querymodules immodules
"""
_MADE_ANEW = frozenset(_ANEW_WORDS.split())
"""Programs that make something from the files of their package, and so have to run again."""

_FUNCTION = re.compile(r"^\s*(?:function\s+)?([A-Za-z_][\w-]*)\s*\(\s*\)", re.MULTILINE)
_SHELL = re.compile(r"#!\s*(?:/usr)?/bin/(?:ba|da)?sh\b")
_HELPER = re.compile(r"^\s*dpkg-maintscript-helper\s+(\w+)\s+(.*)$", re.MULTILINE)
_GUARDS = frozenset({"if", "case", "function", "loop"})


def judge_scripts(
    name: str, old: Mapping[str, bytes] | None, new: Mapping[str, bytes], before: str
) -> tuple[list[str], list[str]]:
    """What is to be noted of an upgrade from version `before`, and why it is refused.

    `old` and `new` are control files by name; `old` None: the image has no dpkg, so that no script
    ever ran in it, and none is missed; {}: the package is new.
    """
    if old is None:
        return [], []
    notes: list[str] = []
    refused: list[str] = []
    settled = next((why for names, why in _SETTLED if re.fullmatch(names, name)), "")
    for script in ("preinst", "postinst"):
        said = _text(new.get(script))
        active = _active_helpers(said, before)
        if active:
            refused.append(f"{script} of {name} does {', '.join(active)}")
        elif not settled and (rest := _unknown(said)):
            if made := rest & _MADE_ANEW:
                refused.append(f"{script} of {name} runs {_listed(made)}")
            elif old and _same(_text(old.get(script)), said):
                notes.append(f"{name}: {script} is that of {before}, its effects stay")
            else:
                refused.append(f"{script} of {name} runs {_listed(rest)}, which is not done here")
    if not settled:
        refused += _removal(name, before, old)
    return notes, refused


def _removal(name: str, before: str, old: Mapping[str, bytes]) -> Iterator[str]:
    for script in ("prerm", "postrm"):
        if rest := _unknown(_text(old.get(script)), unguarded=True):
            yield f"{script} of {name} {before} runs {_listed(rest)}"


def _listed(words: set[str]) -> str:
    shown = sorted(words)
    return ", ".join(shown[:4]) + (" …" if len(shown) > 4 else "")


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")


def _same(old: str, new: str) -> bool:
    """Whether two scripts do the same: white space aside."""
    return bool(old) and old.split() == new.split()


def _unknown(script: str, *, unguarded: bool = False) -> set[str]:
    """The programs a script names that do more than nothing.

    `unguarded` leaves out what `if` or `case` guards: a removal script asks for what it runs.
    """
    if script.startswith("#!") and not _SHELL.match(script):
        return {script.partition("\n")[0].strip("#! ")}
    found = set()
    for command in script_commands(script):
        if command.unclear:
            found.add("something that is not understood")
        elif not (unguarded and _GUARDS & set(command.within)):
            found.add(command.program)
    own = set(_FUNCTION.findall(script))
    return {program for program in found if program not in _HARMLESS | own}


def _active_helpers(script: str, before: str) -> list[str]:
    """Calls of dpkg-maintscript-helper that would do something on an upgrade from `before`."""
    found = []
    for command, rest in _HELPER.findall(script):
        words = rest.partition(" -- ")[0].replace("\\", "").replace('"', "").split()
        paths = {"rm_conffile": 1, "mv_conffile": 2, "symlink_to_dir": 2, "dir_to_symlink": 2}
        prior = words[paths.get(command, 9)] if len(words) > paths.get(command, 9) else ""
        try:
            done = bool(prior) and not holds(before, "<<", prior)
        except ValueError:
            done = False
        if not done and command in paths:
            found.append(f"{command} {words[0] if words else ''}".strip())
    return found
