"""Settings: the file and the environment; a mistake is named, never taken for the default."""

from pathlib import Path

import pytest

from ironhull.config import TrustedKey, TrustSettings, load_settings, parse_size
from ironhull.errors import ConfigError
from ironhull.limits import LIMITS


def test_the_defaults(tmp_path: Path) -> None:
    settings = load_settings({"IRONHULL_HOME": str(tmp_path)})
    assert settings.images == tmp_path / "images"
    assert settings.epoch is None
    assert not settings.offline
    assert settings.advisory_urls == {}
    assert settings.severity == ()


def test_the_file_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[sources]\nosv = "http://mirror/osv"\nkev = ["http://a/k", "http://b/k"]\n'
        '[debian]\nmirror = "http://mirror/debian/"\n'
        '[severity]\norder = ["cvss3", "distribution"]\n'
    )
    settings = load_settings(
        {"IRONHULL_HOME": str(tmp_path), "IRONHULL_OFFLINE": "1", "SOURCE_DATE_EPOCH": "5"}
    )
    assert settings.advisory_urls == {
        "osv": ("http://mirror/osv",),
        "kev": ("http://a/k", "http://b/k"),
    }
    assert settings.debian_mirror == "http://mirror/debian"
    assert settings.severity == ("cvss3", "distribution")
    assert settings.offline
    assert settings.epoch == 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = [", "is TOML"),
        (b"\xff\xfe", "is TOML"),
        (b"[sourcs]", "unknown key 'sourcs'"),
        (b"[sources]\nosv = 3", "URLs and lists of URLs"),
        (b"[sources]\nosv = []", "URLs and lists of URLs"),
        (b"[sources]\nosv = ['http://a', 3]", "URLs and lists of URLs"),
        (b"sources = 3", "URLs and lists of URLs"),
        (b'[debian]\nmirrr = "x"', "unknown key debian.mirrr"),
        (b"severity = 3", "[severity] must be a table"),
        (b"[severity]\norder = []", "each once"),
        (b"[severity]\norder = 'cvss3'", "each once"),
        (b"[severity]\norder = ['cvss3', 'cvss3']", "each once"),
        (b"[severity]\norder = ['cvss5']", "there are distribution, cvss4"),
        (b"[severity]\norder = [['cvss3']]", "each once"),
        (b"[severity]\nrule = ['cvss3']", "unknown key severity.rule"),
    ],
)
def test_a_wrong_file(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings({"IRONHULL_HOME": str(tmp_path), "IRONHULL_CONFIG": str(path)})
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ConfigError, match=str(path)):
            load_settings({"IRONHULL_HOME": str(tmp_path), "IRONHULL_CONFIG": str(path)})


@pytest.mark.parametrize(
    "text", ["abc", "-5", "1e9", " 5", "1.5", "٣", "253402300800", "9" * 20, "9" * 5000]
)
def test_a_wrong_epoch(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({"IRONHULL_HOME": str(tmp_path), "SOURCE_DATE_EPOCH": text})
    assert "SOURCE_DATE_EPOCH" in caught.value.message
    assert len(caught.value.message) < 6000


def test_the_last_epoch(tmp_path: Path) -> None:
    environment = {"IRONHULL_HOME": str(tmp_path), "SOURCE_DATE_EPOCH": "253402300799"}
    assert load_settings(environment).epoch == 253402300799


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1000", 1000),
        ("2GB", 2_000_000_000),
        ("2GiB", 2 << 30),
        ("1.5 MiB", 3 << 19),
        ("500 mb", 500_000_000),
        ("7k", None),
        ("", None),
        ("-1", None),
        ("GB", None),
        ("1.GB", None),
        ("1.2.3GB", None),
        ("1e9", None),
        ("9" * 30, None),
    ],
)
def test_sizes(text: str, size: int | None) -> None:
    assert parse_size(text) == size


def test_the_size_of_the_caches(tmp_path: Path) -> None:
    env = {"IRONHULL_HOME": str(tmp_path)}
    assert load_settings(env).cache_bytes == LIMITS.cache_bytes
    (tmp_path / "config.toml").write_text('[cache]\nsize = "5MB"\n')
    assert load_settings(env).cache_bytes == 5_000_000
    assert load_settings({**env, "IRONHULL_CACHE_SIZE": "0"}).cache_bytes == 0
    with pytest.raises(ConfigError, match="IRONHULL_CACHE_SIZE is 'much'"):
        load_settings({**env, "IRONHULL_CACHE_SIZE": "much"})


def _trusting(tmp_path: Path, text: str) -> TrustSettings:
    (tmp_path / "config.toml").write_text(f"[trust]\n{text}\n")
    return load_settings({"IRONHULL_HOME": str(tmp_path)}).trust


def test_whose_signatures_count(tmp_path: Path) -> None:
    found = _trusting(
        tmp_path,
        'keys = ["a.pub", {file = "/b.pub", from = 2026-01-01, until = "2026-12-31"}]\n'
        'authors = ["*@example.com"]\nrequire = true\nlogs = ["log.pub"]\nrequire_log = true\n'
        'identities = [{subject = "a@b.c", issuer = "https://x"}, {pattern = ".*", issuer = "y"}]\n'
        'roots = "root.json"',
    )
    assert found == TrustSettings(
        keys=(
            TrustedKey(str(tmp_path / "a.pub")),
            TrustedKey("/b.pub", "2026-01-01", "2026-12-31"),
        ),
        authors=("*@example.com",),
        require=True,
        logs=(str(tmp_path / "log.pub"),),
        require_log=True,
        identities=(("a@b.c", "https://x", False), (".*", "y", True)),
        roots=str(tmp_path / "root.json"),
    )
    assert _trusting(tmp_path, "") == TrustSettings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('key = ["a"]', "unknown key trust.key"),
        ('keys = "a.pub"', "trust.keys must be a list"),
        ("keys = [1]", r"\[trust.keys\] must be a table"),
        ("keys = [{}]", "has no file"),
        ('keys = [{file = "a", til = "x"}]', "unknown key trust.keys.til"),
        ("require = 1", "trust.require must be a bool"),
        ("authors = [1]", "trust.authors must be a list of authors"),
        ("logs = [1]", "trust.logs must be a list of files"),
        ('identities = ["a"]', "must be a table"),
        ('identities = [{subject = "a"}]', "needs an issuer"),
        ('identities = [{subject = "a", pattern = "b", issuer = "c"}]', "needs an issuer"),
        ('identities = [{subject = 1, issuer = "c"}]', "needs an issuer"),
        ("roots = []", "trust.roots must be a str"),
    ],
)
def test_a_mistake_in_trust_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _trusting(tmp_path, text)
