"""Libraries known by a text inside them (see `_binary_rows`)."""

from __future__ import annotations

from ironhull.catalogers._binary_rows import Row, Text, after, whole

__all__ = ["LIBRARIES"]


def _packed(text: str) -> str:
    """20914 is 2.9.14."""
    return ".".join(str(int(part)) for part in (text[:-4], text[-4:-2], text[-2:]))


LIBRARIES: tuple[Row, ...] = (
    Row(
        "openssl",
        "Apache-2.0",
        ("openssl",),
        after(
            b"OpenSSL ",
            rb"(\d+\.\d+\.\d+[a-z]{0,2}(?:-(?:alpha|beta|pre)\d+)?)(?:-fips)?  ?(?:FIPS )?\d",
        ),
        ("libcrypto", "libssl"),
        tuple(
            f"lib{n}.so.{v}" for n in ("crypto", "ssl") for v in ("3", "1.1", "1.0.0", "10", "4")
        ),
    ),
    Row(
        "curl",
        "curl",
        ("curl",),
        (
            Text(b"libcurl/", rb"libcurl/(\d+\.\d+\.\d+)"),
            Text(b"curl ", rb"\bcurl (\d+\.\d+\.\d+) \("),
        ),
        ("libcurl",),
        ("libcurl.so.4",),
    ),
    Row(
        "gnutls",
        "LGPL-2.1-or-later",
        (),
        after(b"Enabled GnuTLS "),
        ("libgnutls",),
        ("libgnutls.so.30",),
    ),
    Row(
        "sqlite",
        "blessing",
        ("sqlite3",),
        whole(rb"3\.\d+\.\d+"),
        ("libsqlite3",),
        ("libsqlite3.so.0",),
    ),
    Row(
        "zlib",
        "Zlib",
        (),
        (Text(b" deflate ", rb" deflate (1\.\d+(?:\.\d+)*) Copyright"),),
        ("libz",),
        ("libz.so.1",),
    ),
    Row(
        "xz",
        "0BSD",
        ("xz",),
        (
            Text(b"XZ Utils) ", rb"XZ Utils\) (5\.\d+\.\d+)"),
            *whole(rb"5\.\d+\.\d+(?:alpha|beta)?"),
        ),
        ("liblzma",),
        ("liblzma.so.5",),
    ),
    Row(
        "bzip2",
        "bzip2-1.0.6",
        ("bzip2",),
        (Text(b"1.0.", rb"(?<![ -~])(1\.0\.\d+), \d"),),
        ("libbz2",),
        ("libbz2.so.1.0", "libbz2.so.1"),
    ),
    Row(
        "zstd",
        "BSD-3-Clause OR GPL-2.0-only",
        (),
        whole(rb"1\.[345]\.\d+"),
        ("libzstd",),
        ("libzstd.so.1",),
    ),
    Row("lz4", "BSD-2-Clause", (), whole(rb"1\.\d+\.\d+"), ("liblz4",), ("liblz4.so.1",)),
    Row(
        "libxml2",
        "MIT",
        (),
        (Text(b"", rb"(?<!\d)(2\d{4})(?=\0)"),),
        ("libxml2",),
        ("libxml2.so.2", "libxml2.so.16"),
        _packed,
    ),
    Row(
        "libxslt",
        "MIT",
        (),
        (Text(b"", rb"(?<!\d)(1\d{4})(?=\0)"),),
        ("libxslt",),
        ("libxslt.so.1",),
        _packed,
    ),
    Row("expat", "MIT", (), after(b"expat_"), ("libexpat",), ("libexpat.so.1",)),
    Row(
        "libpng",
        "libpng-2.0",
        (),
        after(b"libpng version "),
        ("libpng16", "libpng15", "libpng12"),
        ("libpng16.so.16",),
    ),
    Row(
        "libjpeg-turbo",
        "IJG AND BSD-3-Clause",
        (),
        after(b"libjpeg-turbo version "),
        ("libjpeg", "libturbojpeg"),
        ("libjpeg.so.62", "libjpeg.so.8", "libturbojpeg.so.0"),
    ),
    Row(
        "libtiff",
        "libtiff",
        (),
        after(b"LIBTIFF, Version "),
        ("libtiff",),
        ("libtiff.so.5", "libtiff.so.6"),
    ),
    Row(
        "pcre2",
        "BSD-3-Clause",
        (),
        (Text(b"10.", rb"(?<![ -~])(10\.\d+)(?:-RC\d)? 20\d\d-"),),
        ("libpcre2",),
        ("libpcre2-8.so.0", "libpcre2-16.so.0", "libpcre2-32.so.0"),
    ),
    Row(
        "libarchive",
        "BSD-2-Clause",
        (),
        after(b"libarchive "),
        ("libarchive",),
        ("libarchive.so.13",),
    ),
    Row(
        "libgcrypt",
        "LGPL-2.1-or-later",
        (),
        after(b"This is Libgcrypt "),
        ("libgcrypt",),
        ("libgcrypt.so.20",),
    ),
    Row("libgit2", "GPL-2.0-only WITH GCC-exception-2.0", (), after(b"libgit2 "), ("libgit2",)),
    Row("libssh2", "BSD-3-Clause", (), after(b"SSH-2.0-libssh2_"), ("libssh2",), ("libssh2.so.1",)),
    Row(
        "nghttp2",
        "MIT",
        (),
        whole(rb"1\.\d+\.\d+"),
        ("libnghttp2",),
        ("libnghttp2.so.14",),
    ),
    Row(
        "libsodium",
        "ISC",
        (),
        whole(rb"1\.0\.\d+"),
        ("libsodium",),
        ("libsodium.so.23",),
    ),
    Row("libyaml", "MIT", (), whole(rb"0\.[12]\.\d+"), ("libyaml",), ("libyaml-0.so.2",)),
    Row("libuv", "MIT", (), whole(rb"1\.\d+\.\d+"), ("libuv",), ("libuv.so.1",)),
    Row(
        "musl",
        "MIT",
        (),
        whole(rb"1\.[12]\.\d+"),
        ("libc.musl", "ld-musl", "libc"),
        tuple(
            f"ld-musl-{a}.so.1"
            for a in ("x86_64", "aarch64", "armhf", "i386", "ppc64le", "riscv64", "s390x")
        ),
    ),
    Row(
        "glibc",
        "LGPL-2.1-or-later",
        (),
        after(b"release version ", rb"(\d+\.\d+(?:\.\d+)?)"),
        ("libc",),
        ("libc.so.6",),
    ),
)
