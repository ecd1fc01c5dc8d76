"""Where registries are reached: Docker Hub's host, mirrors, plain http for this machine only."""

from pathlib import Path

import pytest

from ironhull.config import Settings, load_settings
from ironhull.errors import ConfigError
from ironhull.registry import Endpoint, Hosts, is_loopback


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:5000"]
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    assert Hosts().endpoint(host).scheme == ""


@pytest.mark.parametrize(
    "host", ["registry:5000", "10.0.0.1", "localhost.example", "[::2]:1", "127.example"]
)
def test_all_others_are_spoken_to_with_tls(host: str) -> None:
    assert not is_loopback(host)
    assert Hosts().endpoint(host).scheme == "https"
    assert Hosts(insecure=frozenset({host})).endpoint(host).scheme == "http"
    assert Hosts(plain_http=True).endpoint(host).scheme == "http"


def test_docker_hub_and_its_mirrors() -> None:
    hosts = Hosts(mirrors={"docker.io": ("mirror.example/hub", "http://old.example:80")})
    assert hosts.endpoints("docker.io") == (
        Endpoint("mirror.example", "mirror.example", "hub/", "https"),
        Endpoint("old.example:80", "old.example:80", "", "http"),
        Endpoint("registry-1.docker.io", "docker.io", "", "https"),
    )
    assert len(hosts.endpoints("ghcr.io")) == 1


@pytest.mark.parametrize("text", ["", "ftp://x", "https://me:secret@host", "/path"])
def test_what_is_no_mirror_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ConfigError, match="not a mirror") as trouble:
        Hosts(mirrors={"docker.io": (text,)}).endpoints("docker.io")
    assert "secret" not in str(trouble.value)


def settings(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "config.toml").write_text(text)
    return load_settings({"IRONHULL_HOME": str(tmp_path)})


def test_the_settings_say_how_registries_are_reached(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        '[registries]\ninsecure = ["r:1"]\nca_file = "/ca.pem"\n'
        '[registries.mirrors]\n"docker.io" = ["m/hub", "n"]\n',
    )
    assert found.insecure == ("r:1",)
    assert found.ca_file == "/ca.pem"
    assert found.mirrors == {"docker.io": ("m/hub", "n")}


@pytest.mark.parametrize(
    "text",
    [
        "registries = 1",
        "[registries]\ninsecure = 'r'",
        "[registries]\ninsecure = [1]",
        "[registries]\nca_file = []",
        "[registries]\nmirrors = []",
        "[registries]\nunknown = 1",
        "[registries.mirrors]\n'docker.io' = 'm'",
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="registries"):
        settings(tmp_path, text)
