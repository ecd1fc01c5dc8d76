"""Settings: the file and the environment; a mistake is named, never taken for the default."""

from pathlib import Path

import pytest

from ironhull.config import load_settings
from ironhull.errors import ConfigError


def test_the_defaults(tmp_path: Path) -> None:
    settings = load_settings({"IRONHULL_HOME": str(tmp_path)})
    assert settings.images == tmp_path / "images"
    assert settings.epoch is None
    assert not settings.offline
    assert settings.advisory_urls == {}


def test_the_file_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[sources]\nosv = "http://mirror/osv"\n[debian]\nmirror = "http://mirror/debian/"\n'
    )
    settings = load_settings(
        {"IRONHULL_HOME": str(tmp_path), "IRONHULL_OFFLINE": "1", "SOURCE_DATE_EPOCH": "5"}
    )
    assert settings.advisory_urls == {"osv": "http://mirror/osv"}
    assert settings.debian_mirror == "http://mirror/debian"
    assert settings.offline
    assert settings.epoch == 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = [", "is TOML"),
        (b"\xff\xfe", "is TOML"),
        (b"[sourcs]", "unknown key 'sourcs'"),
        (b"[sources]\nosv = 3", "strings only"),
        (b"sources = 3", "strings only"),
        (b'[debian]\nmirrr = "x"', "unknown key debian.mirrr"),
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
