"""The compose files of the example: what they name exists, and no health check needs a shell."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ironhull.builders.debian_base.catalog import find_definition

APP = Path(__file__).parents[2] / "examples" / "reservations"
FILES = ("compose.yaml", "compose.hardened.yaml")


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((APP / name).read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", FILES)
def test_health_checks_are_programs_with_words(name: str) -> None:
    services = document(name)["services"].values()
    checks = [service["healthcheck"]["test"] for service in services if "healthcheck" in service]
    assert all(check[0] == "CMD" and len(check) > 2 for check in checks)
    assert bool(checks) is (name == "compose.yaml")


def test_the_database_without_a_shell_is_of_the_catalog() -> None:
    plain = document(FILES[0])["services"]["database"]
    ours = document(FILES[1])["services"]["database"]
    image = ours["image"].partition(":-")[2].rstrip("}")
    definition = find_definition(image).definition
    assert image in definition.names
    assert definition.variant == "runtime"
    volumes = [text.partition(":") for text in (*plain["volumes"], *ours["volumes"])]
    assert {path for _, _, path in volumes} == set(definition.volumes)
    # files of one image belong to another user than those of the other
    assert len({volume for volume, _, _ in volumes}) == 2
    assert ours["read_only"] is True
    assert ours["cap_drop"] == ["ALL"]
