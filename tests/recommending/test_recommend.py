"""What is recommended: refreshes and updates out of the store, the index and a real registry."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.config import Settings
from ironhull.oci.edit import ImageConfig
from ironhull.store.images import ImageStore
from tests.images import stored
from tests.recommending.worlds import APP, built_on, contents, home
from tests.registry.servers import docker_registry
from tests.test_schemas import valid

LABEL = "org.opencontainers.image.base.name"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = home(tmp_path)
    monkeypatch.setenv("IRONHULL_HOME", str(found.home))
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def store(settings: Settings) -> ImageStore:
    return ImageStore(settings.images)


def advice(capfd: pytest.CaptureFixture[str], *words: str) -> Any:
    return valid("recommendations", capfd, "recommendations", *words)


# ── the store alone ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def app(store: ImageStore) -> None:
    """`web:1` on an old `python:3.12-slim`, which the tag does not lead to any more."""
    old = stored(store, "python:3.12-slim", contents("1.0"), created="2026-01-01T00:00:00Z")
    built_on(store, "web:1", old, "python:3.12-slim")
    stored(store, "python:3.12-slim", contents("2.5"), created="2026-02-01T00:00:00Z")
    stored(store, "python:3.13-slim", contents("3.5"), created="2026-02-01T00:00:00Z")
    stored(store, "python:3.12", contents("3.6", 900), created="2026-02-01T00:00:00Z")
    stored(store, "python:3.14-slim", contents("1.1"), created="2026-02-01T00:00:00Z")
    stored(store, "python:3.11-slim", contents("3.7"), created="2026-02-01T00:00:00Z")
    stored(store, "python:3.15.0a1-slim", contents("3.8"), created="2026-02-01T00:00:00Z")


@pytest.mark.usefixtures("app")
def test_refresh_and_updates_are_ranked(capfd: pytest.CaptureFixture[str]) -> None:
    found = advice(capfd, "web:1", "--local")
    base = found["base_image"]
    assert (base["name"], base["rule"], base["certainty"], base["layers"]) == (
        "python:3.12-slim", "provenance", "certain", 1,
    )  # fmt: skip
    assert found["advice"]["state"] == "outdated"
    refresh = found["advice"]["refresh"]
    assert (refresh["name"], refresh["channel"], refresh["verdict"], refresh["recommended"]) == (
        "python:3.12-slim", "same tag", "better", True,
    )  # fmt: skip
    assert refresh["difference"]["vulnerabilities"]["high"] == -1
    listed = [(u["name"], u["channel"], u["verdict"]) for u in found["advice"]["updates"]]
    assert listed == [
        ("python:3.13-slim", "same major", "better"),
        ("python:3.12", "variant", "better"),
        ("python:3.14-slim", "same major", "equal"),
    ]
    assert found["advice"]["left_out"] == [
        {"reason": "older, not released, or of another kind", "tags": 2}
    ]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("options", "refresh", "updates"),
    [(["--only-refresh"], True, 0), (["--only-update"], False, 3), (["--limit", "0"], True, 3)],
)
def test_what_is_asked_for(
    options: list[str], refresh: bool, updates: int, capfd: pytest.CaptureFixture[str]
) -> None:
    found = advice(capfd, "web:1", "--local", *options)["advice"]
    assert bool(found["refresh"]) == refresh
    assert len(found["updates"]) == updates
    if "--limit" in options:
        every = [found["refresh"], *found["updates"]]
        assert {each["verdict"] for each in every} == {"not known"}
        assert not any(each["recommended"] for each in every)
        assert all("--limit" in each["not_scanned"] for each in every)


@pytest.mark.usefixtures("app")
def test_the_text_says_all_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["recommendations", "web:1", "--local"]) == 0
    text = capfd.readouterr().out
    assert "base image: certain: named by the provenance attestation" in text
    assert "refresh: outdated: python:3.12-slim leads to another image" in text
    assert "+ fewer vulnerabilities: -1 high" in text
    assert re.search(r"✓ │ +python:3.12-slim │ same tag │ 0C 0H 1M 0L, better", text)


@pytest.mark.usefixtures("app")
def test_the_exit_code_tells_what_is_outdated(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["recommendations", "web:1", "--local", "-e"]) == 2
    assert run(["recommendations", "python:3.13-slim", "--local", "-e"]) == 0
    assert "no advice" in capfd.readouterr().out


@pytest.mark.usefixtures("app")
def test_quickview_has_the_rows_and_asks_nobody(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a registry is asked")

    monkeypatch.setattr("ironhull.pipeline.registries", refuse)
    assert run(["quickview", "web:1"]) == 0
    text = capfd.readouterr().out
    assert re.search(r"Refreshed base image │ +python:3.12-slim +│ +0C +0H +1M +0L", text)
    assert re.search(r"Updated base image +│ +python:3.13-slim +│ +0C +0H +0M +0L", text)
    found = valid("quickview", capfd, "quickview", "web:1")
    assert found["advice"]["refresh"]["name"] == "python:3.12-slim"


def test_a_current_base_has_no_refresh(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    base = stored(store, "python:3.12-slim", contents("1.0"))
    built_on(store, "web:1", base, "python:3.12-slim")
    found = advice(capfd, "web:1", "--local")["advice"]
    assert (found["state"], found["refresh"], found["updates"]) == ("current", None, [])
    assert run(["quickview", "web:1"]) == 0
    assert "Refreshed" not in capfd.readouterr().out


def test_a_worse_one_is_never_recommended_and_says_so(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    base = stored(store, "python:3.12-slim", contents("3.0"))
    built_on(store, "web:1", base, "python:3.12-slim")
    stored(store, "python:3.13-slim", contents("1.0"))
    update = advice(capfd, "web:1", "--local")["advice"]["updates"][0]
    assert (update["verdict"], update["recommended"]) == ("worse", False)
    assert update["drawbacks"][0] == "more vulnerabilities: +1 high, +1 medium"
    assert run(["quickview", "web:1"]) == 0
    assert "Updated base image" not in capfd.readouterr().out


def test_what_cannot_be_checked_is_not_called_better(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    """An image of a distribution without advisory data has nothing found because nobody looked."""
    base = stored(store, "python:3.12-slim", contents("1.0"))
    built_on(store, "web:1", base, "python:3.12-slim")
    unchecked = {
        "etc/os-release": "ID=void\nVERSION_ID=1\n",
        "lib/apk/db/installed": "P:musl\nV:1.2-r0\nA:x86_64\n\n",
    }
    stored(store, "python:3.12-alpine", unchecked)
    update = advice(capfd, "web:1", "--local")["advice"]["updates"][0]
    assert (update["name"], update["verdict"]) == ("python:3.12-alpine", "not known")
    assert not update["recommended"]
    assert any("musl" in line for line in update["drawbacks"])
    assert any("not checked" in line for line in update["drawbacks"])


def test_the_same_software_of_another_house_is_a_family(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    base = stored(store, "python:3.12-slim", contents("1.0", 4000))
    built_on(store, "web:1", base, "python:3.12-slim")
    stored(store, "hardened.example/python:3.12-debian13", contents("3.5"))
    stored(store, "hardened.example/python:3.12-debian13-dev", contents("3.6"))
    stored(store, "hardened.example/node:20", contents("3.7"))
    updates = advice(capfd, "web:1", "--local")["advice"]["updates"]
    assert [(u["name"], u["channel"]) for u in updates] == [
        ("hardened.example/python:3.12-debian13", "family")
    ]


def test_a_base_family_is_suggested_when_it_is_asked_for(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    base = stored(store, "python:3.12-slim", contents("1.0", 4000))
    built_on(store, "web:1", base, "python:3.12-slim")
    words = ["web:1", "--local", "--family", "ironhull", "--family", "chainguard"]
    found = {u["name"]: u for u in advice(capfd, *words)["advice"]["updates"]}
    ours = found["ironhull/python:3.13-debian13"]
    assert (ours["channel"], ours["verdict"], ours["recommended"]) == ("family", "not known", False)
    assert "ironhull base build" in ours["not_scanned"]
    assert any("3.12" in line for line in ours["drawbacks"])
    assert len(found) == 2
    stored(store, "ironhull/python:3.13-debian13", contents("3.5"))
    found = {u["name"]: u for u in advice(capfd, *words)["advice"]["updates"]}
    assert found["ironhull/python:3.13-debian13"]["recommended"]
    assert run(["recommendations", "web:1", "--local", "--family", "nobody"]) == 64


# ── how the base is told ─────────────────────────────────────────────────────────────────────────


def test_a_dockerfile_names_the_base(
    store: ImageStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base = stored(store, "python:3.12-slim", contents("1.0"))
    built_on(store, "web:1", base)
    (tmp_path / "Dockerfile").write_text(
        "ARG V=3.11\nFROM golang:1.25 AS build\nFROM python:${V}-slim AS final\nCOPY . .\n"
    )
    words = ["web:1", "--local", "--dockerfile", "Dockerfile", "--build-arg", "V=3.12"]
    found = advice(capfd, *words)["base_image"]
    assert (found["name"], found["rule"], found["certainty"]) == (
        "python:3.12-slim", "dockerfile", "likely",
    )  # fmt: skip
    found = advice(capfd, *words, "--target", "build")["base_image"]
    assert (found["name"], found["certainty"]) == ("golang:1.25", "claimed")


@pytest.mark.parametrize(
    ("text", "words", "code", "said"),
    [
        ("FROM $NOBODY\n", [], 1, "NOBODY"),
        ("FROM python:3\n", ["--target", "x"], 1, "x"),
        ("FRUM python:3\n", [], 1, "Dockerfile:1"),
        (None, [], 1, "cannot read"),
        ("FROM python:3\n", ["--build-arg", "V"], 64, "NAME=VALUE"),
    ],
)
def test_a_dockerfile_that_says_nothing_is_refused(
    text: str | None, words: list[str], code: int, said: str,
    store: ImageStore, tmp_path: Path, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    stored(store, "web:1", APP)
    if text is not None:
        (tmp_path / "Dockerfile").write_text(text)
    assert (
        run(["recommendations", "web:1", "--local", "--dockerfile", "Dockerfile", *words]) == code
    )
    printed = capfd.readouterr()
    assert said in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    "words",
    [
        ["--only-refresh", "--only-update"], ["--limit", "x"], ["--limit", "101"],
        ["--target", "a"],
    ],
)  # fmt: skip
def test_options_that_make_no_sense(words: list[str], store: ImageStore) -> None:
    stored(store, "web:1", APP)
    assert run(["recommendations", "web:1", "--local", *words]) == 64


def test_packages_of_a_base_that_only_the_index_knows_are_told_apart(
    store: ImageStore, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """The base is nowhere to be read: its packages are those of the lowest layers of the image."""
    base = stored(store, "python:3.12-slim", contents("1.0"))
    wheel = "srv/venv/site-packages/flask-2.5.dist-info/METADATA"
    files = {wheel: "Metadata-Version: 2.1\nName: Flask\nVersion: 2.5\n"}
    built_on(store, "web:1", base, files=files)
    assert run(["bases", "index", "local://python:3.12-slim", "-q"]) == 0
    assert run(["images", "--remove", "python:3.12-slim", "-q"]) == 0
    capfd.readouterr()
    for option, versions in (("--only-base", {"1.0"}), ("--ignore-base", {"2.5"})):
        assert run(["cves", "web:1", option, "--format", "json"]) == 0
        found = json.loads(capfd.readouterr().out)
        assert {f["package"]["version"] for f in found["findings"]} == versions
    assert (found["base_image"]["rule"], found["base_image"]["certainty"]) == ("layers", "likely")
    assert found["base_image"]["scanned"]["packages"] == 1


# ── a registry ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def test_a_registry_is_asked_what_its_tags_lead_to(
    registry: str, store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, flask in (("old", "1.0"), ("new", "2.5"), ("next", "3.5")):
        stored(store, f"{name}:1", contents(flask))
    place = f"{registry}/team/python"
    assert run(["copy", "local://old:1", f"{place}:3.12-slim", "-q"]) == 0
    built_on(store, "web:1", store.find("old:1"), f"{place}:3.12-slim")
    assert run(["images", "--remove", "old:1", "-q"]) == 0
    current = advice(capfd, "web:1")
    assert current["advice"]["state"] == "current"
    assert current["base_image"]["certainty"] == "certain"
    assert run(["copy", "local://new:1", f"{place}:3.12-slim", "-q"]) == 0
    assert run(["copy", "local://next:1", f"{place}:3.13-slim", "-q"]) == 0
    found = advice(capfd, "web:1")
    assert found["advice"]["state"] == "outdated"
    assert found["advice"]["refresh"]["verdict"] == "better"
    updates = found["advice"]["updates"]
    assert [(u["name"], u["seen_in"], u["verdict"]) for u in updates] == [
        (f"{place}:3.13-slim", "registry", "better")
    ]
    local = advice(capfd, "web:1", "--local")["advice"]
    assert (local["state"], local["updates"]) == ("not known", [])


def test_tags_are_indexed_and_known_offline(
    registry: str, store: ImageStore, settings: Settings, tmp_path: Path,
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    place = f"{registry}/team/indexed"
    monkeypatch.setenv("IRONHULL_HOME", str(tmp_path / "elsewhere"))
    for tag, flask in (("3.12-slim", "1.0"), ("3.13-slim", "3.5"), ("3.13-windows", "3.6")):
        stored(ImageStore(tmp_path / "elsewhere" / "images"), "it:1", contents(flask))
        assert run(["copy", "local://it:1", f"{place}:{tag}", "-q"]) == 0
    monkeypatch.setenv("IRONHULL_HOME", str(settings.home))
    words = [place, "--tags", "*-slim", "--exclude", "x*"]
    found = valid("known-images", capfd, "bases", "index", *words)
    names = sorted(image["name"] for image in found["images"])
    assert names == [f"{place}:3.12-slim", f"{place}:3.13-slim"]
    base = stored(store, "gone:1", contents("1.0"))
    built_on(store, "web:1", base)
    assert run(["images", "--remove", "gone:1", "-q"]) == 0
    monkeypatch.setenv("IRONHULL_OFFLINE", "1")
    told = advice(capfd, "web:1")
    assert (told["base_image"]["name"], told["base_image"]["rule"]) == (
        f"{place}:3.12-slim", "layers",
    )  # fmt: skip
    assert told["advice"]["state"] == "current"
    assert "the index of" in told["advice"]["because"]
    update = told["advice"]["updates"][0]
    assert (update["name"], update["verdict"]) == (f"{place}:3.13-slim", "not known")
    assert "index alone" in update["not_scanned"]


def test_a_registry_that_is_gone_is_said_once_and_the_rest_is_told(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    place = "127.0.0.1:9/team/python"
    base = stored(store, f"{place}:3.12-slim", contents("1.0"))
    built_on(store, "web:1", base, f"{place}:3.12-slim")
    stored(store, f"{place}:3.13-slim", contents("3.5"))
    assert run(["recommendations", "web:1", "--format", "json"]) == 0
    printed = capfd.readouterr()
    found = json.loads(printed.out)["advice"]
    assert found["state"] == "current"
    assert "local store" in found["because"]
    assert [u["verdict"] for u in found["updates"]] == ["better"]
    assert printed.err.count("was not asked") == 1


def test_a_label_of_a_base_nobody_knows(
    store: ImageStore, capfd: pytest.CaptureFixture[str]
) -> None:
    stored(store, "web:1", APP, config=ImageConfig(labels={LABEL: "nobody.invalid/x:1"}))
    found = advice(capfd, "web:1", "--local")
    assert found["base_image"]["certainty"] == "claimed"
    assert found["advice"]["state"] == "not known"
