"""What the maintainer scripts of Debian's base system leave behind, made without running them.

Each function names the package whose script it stands for and does its work only where that
package's files are in the image.
"""

from __future__ import annotations

from ironhull.builders.debian_base.pam import write_pam
from ironhull.builders.debian_base.rootfs import Rootfs

__all__ = ["configure_runtime", "configure_system", "standard_directories"]

_HOSTS = (
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n"
)
_NSSWITCH = (
    "passwd:         files\n"
    "group:          files\n"
    "shadow:         files\n"
    "hosts:          files dns\n"
    "networks:       files\n"
    "protocols:      files\n"
    "services:       files\n"
    "ethers:         files\n"
    "rpc:            files\n"
)
_LOCAL = ("bin", "etc", "games", "include", "lib", "libexec", "sbin", "share", "src")


def standard_directories(root: Rootfs) -> None:
    """The directories programs and container runtimes expect, with their modes (FHS 3.0)."""
    for path in ("dev", "etc", "home", "proc", "run", "sys", "var/lib", "var/cache", "var/log"):
        if root.find(path) is None:
            root.mkdir(path)
    for path in ("tmp", "var/tmp"):
        root.mkdir(path, 0o1777)
    for path in ("opt", "mnt", "srv", "media", "usr/bin", "usr/sbin", "usr/lib"):
        root.mkdir(path)
    for name in _LOCAL:
        root.mkdir(f"usr/local/{name}")


def configure_runtime(root: Rootfs) -> None:
    """What every image needs: name service, time zone, /var/run."""
    _libc(root)
    _tzdata(root)
    _netbase(root)
    _base_files_links(root)


def configure_system(root: Rootfs) -> None:
    """What a system with a shell and dpkg has after its packages were configured."""
    configure_runtime(root)
    _base_files(root)
    _debianutils(root)
    _install(root, "usr/share/readline/inputrc", "etc/inputrc")
    write_pam(root)
    if root.find("usr/sbin/pam-auth-update") is not None:
        root.write_new("etc/security/opasswd", b"", 0o600)
        root.write_new("etc/environment", b"")
    _dpkg(root)


def _install(root: Rootfs, source: str, target: str) -> None:
    data = root.read(source)
    if data is not None:
        root.write_new(target, data)


def _libc(root: Rootfs) -> None:
    """libc-bin: a name service switch; programs use it with or without that package."""
    data = root.read("usr/share/libc-bin/nsswitch.conf")
    root.write_new("etc/nsswitch.conf", data if data is not None else _NSSWITCH)


def _tzdata(root: Rootfs) -> None:
    """tzdata: UTC until somebody says otherwise."""
    if root.find("usr/share/zoneinfo/Etc/UTC") is not None and root.find("etc/localtime") is None:
        root.symlink("etc/localtime", "/usr/share/zoneinfo/Etc/UTC")


def _netbase(root: Rootfs) -> None:
    """netbase: hosts, which container engines usually mount their own over."""
    if root.find("etc/protocols") is not None:
        root.write_new("etc/hosts", _HOSTS)


def _base_files_links(root: Rootfs) -> None:
    """base-files: /var/run and /var/lock are links into /run."""
    for path, target in (("var/run", "/run"), ("var/lock", "/run/lock")):
        there = root.inodes.get(path)
        if there is None or there.kind == "dir":
            root.remove(path)
            root.symlink(path, target)
    root.mkdir("run")
    root.mkdir("run/lock", 0o1777)


def _base_files(root: Rootfs) -> None:
    """base-files: profiles, local directories, login records."""
    _install(root, "usr/share/base-files/dot.profile", "root/.profile")
    _install(root, "usr/share/base-files/dot.bashrc", "root/.bashrc")
    _install(root, "usr/share/base-files/profile", "etc/profile")
    _install(root, "usr/share/base-files/motd", "etc/motd")
    if root.find("etc/dpkg/origins/debian") is not None:
        root.symlink("etc/dpkg/origins/default", "debian")
    for path in ("etc/opt", "var/opt"):
        root.mkdir(path)
    root.mkdir("var/mail", 0o2775, 0, 8)
    root.symlink("var/spool/mail", "../mail")
    root.mkdir("usr/local/share/man")
    if root.find("usr/local/man") is None:
        root.symlink("usr/local/man", "share/man")
    root.write_new("var/log/wtmp", b"", 0o664)
    root.write_new("var/log/lastlog", b"", 0o664)
    root.write_new("var/log/btmp", b"", 0o660)
    for name in ("wtmp", "lastlog", "btmp"):
        root.inodes[f"var/log/{name}"].gid = 43


def _debianutils(root: Rootfs) -> None:
    """debianutils, update-shells: etc/shells lists what packages registered."""
    head = root.read("usr/share/debianutils/shells")
    if head is None:
        return
    lines = head.decode().splitlines()
    known = {line for line in lines if line.startswith("/")}
    for path in root.below("usr/share/debianutils/shells.d"):
        for line in (root.read(path) or b"").decode().splitlines():
            shell = line.partition("#")[0].strip()
            for one in (shell, "/usr" + shell) if shell.startswith("/bin/") else (shell,):
                if one and one not in known and root.find(one.strip("/")) is not None:
                    known.add(one)
                    lines.append(one)
    root.write("etc/shells", "".join(f"{line}\n" for line in lines))
    root.write("var/lib/shells.state", "".join(f"{line}\n" for line in sorted(known)))


def _dpkg(root: Rootfs) -> None:
    """dpkg and apt: logs, caches and lists they expect to be there."""
    if root.find("usr/bin/dpkg") is None:
        return
    root.write_new("var/log/dpkg.log", b"")
    root.write_new("var/log/alternatives.log", b"")
    if root.find("usr/bin/apt-get") is not None:
        for path in (
            "var/lib/apt/lists/partial",
            "var/lib/apt/mirrors/partial",
            "var/cache/apt/archives/partial",
            "var/log/apt",
        ):
            root.mkdir(path)
        root.write_new("var/lib/apt/extended_states", b"")
    if root.find("usr/share/debconf/confmodule") is not None:
        root.mkdir("var/cache/debconf")
        for name, mode in (
            ("config.dat", 0o644),
            ("templates.dat", 0o644),
            ("passwords.dat", 0o600),
        ):
            root.write_new(f"var/cache/debconf/{name}", b"", mode)
