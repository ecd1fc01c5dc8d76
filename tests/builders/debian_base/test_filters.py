"""What images do without, and what stays whatever happens."""

import pytest

from ironhull.builders.debian_base.filters import dpkg_config, dropped


@pytest.mark.parametrize(
    "path",
    [
        "usr/share/doc/x/changelog.gz",
        "usr/share/doc/x/examples/copyright",
        "usr/share/man/de/man1/x.1.gz",
        "usr/share/locale/de/LC_MESSAGES/x.mo",
        "usr/share/lintian/overrides/x",
        "usr/lib/python3/dist-packages/__pycache__/x.cpython-313.pyc",
        "var/log/x.log",
        "var/cache/man/index",
    ],
)
def test_dropped_everywhere(path: str) -> None:
    assert dropped(path, runtime=False)
    assert dropped(path, runtime=True)


@pytest.mark.parametrize(
    "path",
    [
        "etc/init.d/x",
        "usr/lib/systemd/system/x.service",
        "usr/lib/python3.13/test/support/__init__.py",
        "usr/lib/x86_64-linux-gnu/gconv/EUC-KR.so",
        "usr/bin/py3compile",
        "usr/sbin/ldconfig",
        "usr/share/ca-certificates/mozilla/x.crt",
        "usr/bin/iconv",
        "etc/default/nginx",
        "usr/share/vim/addons/syntax/nginx.vim",
        "usr/share/nodejs/undici/types/x.d.ts",
        "usr/share/nodejs/@types/node/index.d.ts",
        "usr/lib/jvm/java-21-openjdk-amd64/man/man1/java.1.gz",
        "etc/ca-certificates/update.d/jks-keystore",
    ],
)
def test_dropped_in_runtime_only(path: str) -> None:
    assert not dropped(path, runtime=False)
    assert dropped(path, runtime=True)


@pytest.mark.parametrize(
    "path",
    [
        "usr/share/doc/x/copyright",
        "usr/share/doc/x",
        "usr/share/locale/locale.alias",
        "usr/lib/locale/C.utf8/LC_CTYPE",
        "usr/lib/python3.13/unittest/case.py",
        "usr/lib/python3.13/doctest.py",
        "usr/lib/x86_64-linux-gnu/gconv/UTF-16.so",
        "usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache",
        "usr/share/zoneinfo/Europe/Berlin",
        "usr/share/common-licenses/GPL-3",
        "usr/share/manual",
        "etc/ssl/openssl.cnf",
        "usr/bin/python3.13",
        "usr/bin/getent",
        "usr/share/nodejs/acorn/dist/acorn.js",
        "etc/ssl/certs/java/cacerts",
    ],
)
def test_kept(path: str) -> None:
    assert not dropped(path, runtime=True)


def test_dpkg_is_told_the_same() -> None:
    lines = dpkg_config().splitlines()
    assert lines.index("path-exclude /usr/share/doc/*") < lines.index(
        "path-include /usr/share/doc/*/copyright"
    )
    assert "path-exclude /usr/share/man/*" in lines
