"""Programs an attacker would use: by name, and shells and boxes of tools by what is in them.

A name can be changed and a package name says nothing of copied files, so shells are looked for in
every program: all POSIX shells hold the names of the variables the standard gives them (IEEE Std
1003.1-2017, XCU 2.5.3), and hardly anything else holds all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ironhull.oci.probes import Body, Probe

__all__ = ["APPLETS", "PROGRAM_PROBE", "kinds_of"]

_NAMES: Mapping[str, str] = {
    "shell": """
        sh bash rbash dash ash zsh rzsh zsh5 ksh ksh93 rksh93 mksh lksh pdksh oksh yash posh
        fish csh tcsh bsd-csh rc rc.byron es elvish nu xonsh pwsh sash
        bash-static zsh-static busybox toybox
    """,
    "interpreter": """
        python python2 python3 pypy pypy3 perl ruby irb node nodejs bun deno php lua luajit
        tclsh wish expect guile gawk mawk nawk awk R Rscript julia jshell groovy scala erl
        elixir iex ghci ocaml gdb jrunscript
    """,
    "runner": """
        env find xargs nice ionice nohup timeout setsid stdbuf script vi vim vim.basic
        vim.tiny nvim nano ed emacs less more man screen tmux watch parallel run-parts
        start-stop-daemon tar zip rsync strace ltrace taskset flock chrt logsave
    """,
    "package manager": """
        apt apt-get aptitude apt-cache dpkg dpkg-deb apk rpm rpmdb dnf dnf5 microdnf yum
        zypper tdnf urpmi pacman emerge portage opkg xbps-install nix nix-env guix snap
        flatpak brew swupd pip pip2 pip3 pipx uv poetry conda mamba micromamba npm npx yarn
        yarnpkg pnpm corepack gem bundle bundler composer cpan cpanm luarocks cargo rustup
    """,
    "network": """
        curl wget wget2 nc ncat netcat nc.openbsd nc.traditional socat ssh scp sftp ftp lftp
        tftp telnet nmap masscan tcpdump tshark dig host nslookup openssl gnutls-cli ip ss
        netstat ifconfig arp ping traceroute iptables nft aria2c http httpie axel rclone git
        svn hg
    """,
    "privilege": """
        sudo sudoedit su doas pkexec runuser setpriv newgrp sg chsh chfn passwd gpasswd
        mount umount fusermount fusermount3 unshare nsenter chroot capsh setcap newuidmap
        newgidmap docker podman kubectl crictl ctr runc crun
    """,
    "build": """
        gcc g++ cc c++ cpp clang clang++ tcc ld ld.bfd ld.gold ld.lld as make gmake cmake
        ninja meson autoconf automake libtool pkg-config pkgconf go gofmt rustc javac mvn
        gradle ant dotnet msbuild swiftc ghc nasm yasm bison flex m4 patch
    """,
}
_VERSIONED = re.compile(
    r"(?P<name>python|pypy|perl|ruby|php|lua|node|tclsh|gcc|g\+\+|cpp|clang|clang\+\+|pip|gawk)"
    r"-?\d+(?:\.\d+)*"
)
"""Names with a version behind them: python3.13, gcc-14."""

_CROSS = re.compile(r"[a-z0-9_]+-(?:[a-z0-9_]+-)?[a-z]+-gnu[a-z0-9]*-(?P<name>[a-z+]+)(?:-\d+)?")
"""Tools of a toolchain: x86_64-linux-gnu-gcc-14."""

_LOADER = re.compile(r"ld-(?:linux|musl)\S*\.so\.\d+|ld64\.so\.\d+|ld\.so(?:\.1)?")
"""Dynamic loaders (ld.so(8)): they run the program they are given, whatever its mode."""

_KINDS: Mapping[str, str] = {name: kind for kind, names in _NAMES.items() for name in names.split()}

APPLETS = ("busybox", "toybox")
"""Programs that are many, by the name they are called with."""

_POSIX = (b"OPTIND", b"PPID", b"PS1", b"PS4", b"CDPATH")
_WIDE = tuple(name.decode().encode("utf-32-le") for name in _POSIX[1:])
"""As yash has them, in wide characters but for OPTIND."""

_BOXES = (
    ((b"BusyBox v", b"multi-call binary"), "busybox"),
    ((b"usage: toybox",), "toybox"),
)
"""What these boxes say when they are called by no applet's name."""


def kinds_of(name: str) -> str:
    """What a program of that name is good for, one of TOOL_KINDS; "" for others."""
    if name in _KINDS:
        return _KINDS[name]
    for form in (_VERSIONED, _CROSS):
        if (match := form.fullmatch(name)) is not None:
            return _KINDS.get(match["name"], "")
    return "runner" if _LOADER.fullmatch(name) else ""


def _extract(_path: str, body: Body) -> bytes:
    """The names of what a program is by its content, separated by blanks."""
    return b" ".join(name.encode() for name in _recognised(body))


def _recognised(body: Body) -> Iterator[str]:
    if _has(body, _POSIX[:1]) and (_has(body, _POSIX[1:]) or _has(body, _WIDE)):
        yield "shell"
    for marks, name in _BOXES:
        if _has(body, marks):
            yield name


def _has(body: Body, what: Iterable[bytes]) -> bool:
    return all(body.find(each) >= 0 for each in what)


PROGRAM_PROBE = Probe(name="posture-programs", version="1", extract=_extract, executables=True)
"""Looks into every program; its facts are words: shell, busybox, toybox."""
