"""Where things are, told by the environment."""

import os
import sys

import pytest

from ironhull.places import places


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")
@pytest.mark.parametrize("value", ["", "/elsewhere", "not/absolute", "  "])
def test_places_are_those_of_platformdirs(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, value)
    found = places({name: os.environ[name] for name in os.environ if name.startswith("XDG_")})
    assert found.home == platformdirs.user_data_dir("ironhull")
    assert found.cache == platformdirs.user_cache_dir("ironhull")
    assert found.file == f"{platformdirs.user_config_dir('ironhull')}/config.toml"
