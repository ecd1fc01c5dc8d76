"""Programs, and libraries that come with them, known by a text inside (see `_binary_rows`)."""

from __future__ import annotations

import re

from ironhull.catalogers._binary_rows import Row, Text, after, whole

__all__ = ["PROGRAMS"]

_VERSION = rb"(?<![ -~])(\d+\.\d+\.\d+)(?=\0)"


def _built(data: bytes) -> str:
    """Redis and Valkey keep their version once alone and once before the host and time of the
    build, a digit for altered sources and eight digits of the revision (release.c).
    """
    for version in dict.fromkeys(match[1] for match in re.finditer(_VERSION, data)):
        build = re.escape(version) + rb"[^\0]{0,160}?\d{9,10}[01][0-9a-f]{8}\0"
        if re.search(build, data):
            return version.decode()
    return ""


def _unprefixed(text: str) -> str:
    return text.removeprefix("n")


_PYTHONS = tuple(f"3.{minor}" for minor in range(6, 17))
_LIBPYTHONS = (
    "libpython2.7",
    "libpython3.6m",
    "libpython3.7m",
    *(f"libpython{version}" for version in _PYTHONS[2:]),
    *(f"libpython{version}t" for version in _PYTHONS[7:]),
)

PROGRAMS: tuple[Row, ...] = (
    # languages
    Row(
        "python",
        "PSF-2.0",
        ("python2.7", *(f"python{v}" for v in _PYTHONS)),
        (
            Text(b"{v}.", rb"(?<![ -~])({v}\.\d+(?:(?:a|b|rc)\d+)?)\+?(?=\0)"),
            Text(b"{v}.", rb"(?<![ -~])({v}\.\d+(?:(?:a|b|rc)\d+)?)\+? \("),
        ),
        _LIBPYTHONS,
        tuple(f"{library}.so.1.0" for library in _LIBPYTHONS),
    ),
    Row("node", "MIT", ("node", "nodejs"), after(b"node.js/v"), ("libnode",)),
    Row("deno", "MIT", ("deno",), (Text(b"Deno/", rb"(?<!-)Deno/(\d+\.\d+\.\d+)"),)),
    Row(
        "bun",
        "MIT",
        ("bun",),
        (Text(b"Bun v", rb"Bun v(\d+\.\d+\.\d+)"), Text(b"bun-v", rb"\bbun-v(\d+\.\d+\.\d+)")),
    ),
    Row(
        "php",
        "PHP-3.01",
        ("php", "php-fpm", "php-cgi", "phpdbg", "php-cli"),
        after(b"X-Powered-By: PHP/", rb"(\d+\.\d+\.\d+(?:(?:alpha|beta|RC)\d+)?)"),
        ("libphp", "libphp5", "libphp7", "libphp8"),
    ),
    Row(
        "ruby",
        "BSD-2-Clause",
        ("ruby",),
        (Text(b"ruby ", rb"\bruby (\d+\.\d+\.\d+(?:preview\d+|rc\d+)?)(?:p-?\d+)? \(20"),),
        ("libruby", "libruby-static"),
    ),
    Row(
        "perl",
        "Artistic-1.0-Perl OR GPL-1.0-or-later",
        ("perl",),
        (Text(b"/perl", rb"/perl5?/(?:site_perl/|vendor_perl/)?(5\.\d+\.\d+)[/\0]"),),
        ("libperl",),
    ),
    Row(
        "lua",
        "MIT",
        ("lua", "luac", *(f"lua5.{n}" for n in range(1, 6)), *(f"lua5{n}" for n in range(1, 6))),
        (Text(b"$Lua", rb"\$Lua(?:Version)?: (?:Lua )?(5\.\d\.\d+) "),),
        ("liblua", *(f"liblua5.{n}" for n in range(1, 6))),
    ),
    Row(
        "luajit",
        "MIT",
        ("luajit", "openresty-luajit"),
        after(b"LuaJIT ", rb"(2\.[01]\.[\w.-]+)"),
        ("libluajit",),
        ("libluajit-5.1.so.2",),
    ),
    Row(
        "tcl",
        "TCL",
        ("tclsh8.6", "tclsh9.0"),
        whole(rb"{v}\.\d+"),
        ("libtcl8.6", "libtcl9.0"),
    ),
    Row(
        "dart",
        "BSD-3-Clause",
        ("dart", "dartaotruntime"),
        (Text(b" (stable) (", rb"(\d+\.\d+\.\d+) \(stable\) \("),),
    ),
    # servers
    Row("nginx", "BSD-2-Clause", ("nginx",), after(b"nginx/")),
    Row(
        "openresty",
        "BSD-2-Clause",
        ("nginx", "openresty"),
        after(b"openresty/", rb"(\d+(?:\.\d+){3})"),
    ),
    Row("httpd", "Apache-2.0", ("httpd", "apache2"), after(b"Apache/")),
    Row("lighttpd", "BSD-3-Clause", ("lighttpd",), after(b"lighttpd/")),
    Row(
        "haproxy",
        "GPL-2.0-or-later",
        ("haproxy",),
        (Text(b"", rb"(?<![ -~])([123]\.\d{1,2}\.\d{1,3})(?:-[0-9a-z][0-9A-Za-z+.~-]*)?(?=\0)"),),
    ),
    Row("squid", "GPL-2.0-or-later", ("squid",), after(b"squid/", rb"(\d+\.\d+(?:\.\d+)*)")),
    Row("varnish", "BSD-2-Clause", ("varnishd",), after(b"varnish-")),
    Row(
        "redis",
        "BSD-3-Clause",
        ("redis-server", "redis-sentinel", "redis-check-rdb", "redis-check-aof"),
        (),
        decide=_built,
    ),
    Row(
        "valkey",
        "BSD-3-Clause",
        ("valkey-server", "valkey-sentinel", "valkey-check-rdb", "valkey-check-aof"),
        (),
        decide=_built,
    ),
    Row("memcached", "BSD-3-Clause", ("memcached",), after(b"memcached ")),
    Row(
        "postgresql",
        "PostgreSQL",
        ("postgres", "psql", "pg_dump", "initdb", "pg_ctl"),
        after(b"(PostgreSQL) ", rb"(\d+(?:\.\d+)*(?:beta\d+|rc\d+|devel)?)"),
    ),
    Row(
        "mariadb",
        "GPL-2.0-only",
        ("mariadbd", "mysqld", "mariadb", "mysql", "mariadb-dump"),
        (Text(b"-MariaDB", rb"(\d+\.\d+\.\d+)-MariaDB"),),
    ),
    Row(
        "mysql",
        "GPL-2.0-only",
        ("mysqld", "mysql", "mysqldump"),
        (Text(b"/mysql-", rb"/mysql-(\d+\.\d+\.\d+)(?:-rc|-dmr)?/"),),
    ),
    Row(
        "proftpd",
        "GPL-2.0-or-later",
        ("proftpd",),
        after(b"ProFTPD Version ", rb"(\d+\.\d+\.\d+(?:[a-z]|rc\d+)?)"),
    ),
    Row(
        "openssh",
        "BSD-3-Clause AND ISC",
        ("sshd", "ssh", "sshd-session"),
        after(b"OpenSSH_", rb"(\d+\.\d+(?:\.\d+)?p\d+)"),
    ),
    Row("openldap", "OLDAP-2.8", ("slapd",), after(b"$OpenLDAP: slapd ")),
    Row("bind", "MPL-2.0", ("named",), after(b"named version: BIND ")),
    Row(
        "dnsmasq", "GPL-2.0-only OR GPL-3.0-only", ("dnsmasq",), after(b"dnsmasq-", rb"(\d+\.\d+)")
    ),
    Row("unbound", "BSD-3-Clause", ("unbound",), after(b"unbound ", rb"(1\.\d+\.\d+)")),
    Row(
        "dovecot",
        "LGPL-2.1-only",
        ("dovecot",),
        (Text(b" (", rb"(?<![ -~])(2\.\d+\.\d+(?:\.\d+)?)(?:-\d+)? \([0-9a-f]{7,}\)(?=\0)"),),
    ),
    Row("exim", "GPL-2.0-or-later", ("exim",), whole(rb"4\.\d\d(?:\.\d+)?")),
    Row(
        "stunnel",
        "GPL-2.0-or-later",
        ("stunnel",),
        (Text(b"stunnel ", rb"stunnel (\d+\.\d+) on "),),
    ),
    # tools
    Row("bash", "GPL-3.0-or-later", ("bash",), after(b"@(#)Bash version ")),
    Row("busybox", "GPL-2.0-only", ("busybox", "busybox-extras"), after(b"BusyBox v")),
    Row(
        "git",
        "GPL-2.0-only",
        ("git",),
        (Text(b"git/", rb"\bgit/(\d+\.\d+\.\d+(?:\.\d+)?)"), *whole(rb"2\.\d+\.\d+")),
    ),
    Row("tini", "MIT", ("tini", "tini-static", "docker-init"), after(b"tini version ")),
    Row(
        "qemu",
        "GPL-2.0-only",
        ("qemu-img", "qemu-nbd", "qemu-io"),
        (Text(b"version ", rb"qemu-\w+ version (\d+\.\d+\.\d+)"), *after(b"QEMU v")),
    ),
    Row("rsync", "GPL-3.0-or-later", ("rsync",), whole(rb"3\.\d+\.\d+")),
    Row("wget", "GPL-3.0-or-later", ("wget",), whole(rb"1\.\d\d(?:\.\d+)?")),
    Row("gawk", "GPL-3.0-or-later", ("gawk",), after(b"GNU Awk ")),
    Row("sudo", "ISC", ("sudo",), whole(rb"1\.[89]\.\d+(?:p\d+)?")),
    Row(
        "ffmpeg",
        "LGPL-2.1-or-later",
        ("ffmpeg", "ffprobe"),
        after(b"FFmpeg version ", rb"(n?\d+\.\d+(?:\.\d+)?)"),
        (
            "libavcodec",
            "libavformat",
            "libavutil",
            "libavfilter",
            "libavdevice",
            "libswscale",
            "libswresample",
        ),
        mend=_unprefixed,
    ),
    Row(
        "imagemagick",
        "ImageMagick",
        ("magick", "convert"),
        after(b"ImageMagick ", rb"(\d+\.\d+\.\d+-\d+) "),
        ("libMagickCore",),
    ),
    Row(
        "gcc",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        ("gcc", "g++", "gfortran", "cpp"),
        (Text(b"GCC: (", rb"GCC: \([^)]{1,80}\) (\d+\.\d+\.\d+)"),),
        ("libstdc++", "libgcc_s", "libgfortran", "libgomp", "libquadmath"),
        ("libstdc++.so.6", "libgcc_s.so.1", "libgfortran.so.5", "libgomp.so.1"),
    ),
    Row(
        "rust",
        "Apache-2.0 OR MIT",
        (),
        (Text(b"rustc version ", rb"rustc version (\d+\.\d+\.\d+(?:-(?:beta|nightly)[.\d]*)?)"),),
        ("libstd", "librustc_driver"),
    ),
)
