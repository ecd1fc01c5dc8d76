"""Credentials from the files of Docker and Podman and from helper programs; never shown."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import RegistryError
from ironhull.registry import Credential, Keychain, credential_files
from ironhull.registry import credentials as module
from ironhull.values import replace

SECRET = "s3cret-of-the-tests"


def auth(user: str = "me", password: str = SECRET) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def keychain(tmp_path: Path, *settings: Any, **environment: str) -> Keychain:
    files = []
    for number, value in enumerate(settings):
        path = tmp_path / f"{number}.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        files.append(path)
    path_of_programs = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **environment}
    return Keychain([*files, tmp_path / "none.json"], path_of_programs)


def helper(
    tmp_path: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch | None = None
) -> None:
    program = tmp_path / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    if monkeypatch is not None:
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    "key", ["host:5000", "https://host:5000", "http://host:5000/", "https://host:5000/v2/"]
)
def test_a_registry_is_found_however_its_key_is_written(tmp_path: Path, key: str) -> None:
    found = keychain(tmp_path, {"auths": {key: auth()}})
    assert found.find("host:5000", "any/repo") == Credential("me", SECRET)
    assert found.find("host", "any/repo") is None


@pytest.mark.parametrize(
    "key", ["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"]
)
def test_docker_hub_has_several_keys(tmp_path: Path, key: str) -> None:
    assert keychain(tmp_path, {"auths": {key: auth()}}).find("docker.io") is not None


def test_podman_s_namespaces_are_more_specific(tmp_path: Path) -> None:
    found = keychain(tmp_path, {"auths": {"quay.io": auth("all"), "quay.io/team/app": auth("app")}})
    names = {
        name: (found.find("quay.io", name) or Credential()).username
        for name in ("team/app", "team/app/sub", "team/other", "team/application")
    }
    assert names == {
        "team/app": "app",
        "team/app/sub": "app",
        "team/other": "all",
        "team/application": "all",
    }


def test_the_first_file_that_knows_the_registry_decides(tmp_path: Path) -> None:
    first = {"auths": {"a": auth("first"), "c": {}}}
    second = {"auths": {"a": auth("second"), "b": auth("second"), "c": auth("second")}}
    found = keychain(tmp_path, first, second)
    users = [(found.find(name) or Credential()).username for name in "abcd"]
    assert users == ["first", "second", "second", ""]


def test_tokens_and_separate_fields(tmp_path: Path) -> None:
    found = keychain(
        tmp_path,
        {
            "auths": {
                "a": {**auth("me", "\0"), "identitytoken": SECRET},
                "b": {"registrytoken": SECRET},
                "c": {"username": "me", "password": SECRET},
            }
        },
    )
    assert found.find("a") == Credential("me", "", identity_token=SECRET)
    assert found.find("b") == Credential(registry_token=SECRET)
    assert found.find("c") == Credential("me", SECRET)
    assert SECRET not in repr([found.find(name) for name in "abc"])


@pytest.mark.parametrize(
    "text", ["{", "[]", '"' + SECRET + '"', "{" * 100_000, '{"auths": ' + SECRET]
)
def test_a_damaged_file_is_named_and_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(RegistryError, match=r"0\.json are not a JSON object") as trouble:
        keychain(tmp_path, text).find("a")
    assert SECRET not in str(trouble.value)
    assert trouble.value.__cause__ is None


@pytest.mark.parametrize("encoded", ["%%%", base64.b64encode(SECRET.encode()).decode()])
def test_a_damaged_entry_is_named_and_not_shown(tmp_path: Path, encoded: str) -> None:
    with pytest.raises(RegistryError, match="the credentials for a are damaged") as trouble:
        keychain(tmp_path, {"auths": {"a": {"auth": encoded}}}).find("a")
    assert encoded not in str(trouble.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["auths", "credHelpers", "credsStore", "host", "auth", "username"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_credentials_or_an_error(tmp_path_factory: Any, value: Any) -> None:
    path = tmp_path_factory.mktemp("any") / "config.json"
    path.write_text(json.dumps(value))
    try:
        found = Keychain([path], {"PATH": "/nonexistent"}).find("host", "a/b")
    except RegistryError as trouble:
        assert "\n" not in str(trouble)
    else:
        assert found is None or isinstance(found, Credential)


def test_where_credentials_are_looked_for(tmp_path: Path) -> None:
    home = Path("/home/me")
    assert credential_files({}, home) == (
        home / ".docker/config.json",
        home / ".config/containers/auth.json",
    )
    every = {
        "REGISTRY_AUTH_FILE": "/auth.json",
        "DOCKER_CONFIG": "/docker",
        "XDG_RUNTIME_DIR": "/run/user/1",
        "XDG_CONFIG_HOME": "/config",
    }
    assert [str(path) for path in credential_files(every, home)] == [
        "/auth.json",
        "/docker/config.json",
        "/run/user/1/containers/auth.json",
        "/config/containers/auth.json",
    ]


# ── helpers ──────────────────────────────────────────────────────────────────────────────────────


def test_a_helper_of_the_registry_goes_before_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = '{"Username":"%s","Secret":"' + SECRET + '"}'
    helper(tmp_path, "one", f"cat > {tmp_path}/asked; echo '{answer % 'one'}'", monkeypatch)
    helper(tmp_path, "all", f"cat > {tmp_path}/asked; echo '{answer % '<token>'}'")
    settings = {"credsStore": "all", "credHelpers": {"ghcr.io": "one"}}
    found = keychain(tmp_path, settings)
    assert found.find("ghcr.io") == Credential("one", SECRET)
    assert found.find("docker.io") == Credential(identity_token=SECRET)
    assert (tmp_path / "asked").read_text() == "https://index.docker.io/v1/"


def test_a_helper_that_knows_nothing_leaves_it_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper(tmp_path, "x", "echo 'credentials not found in native keychain'; exit 1", monkeypatch)
    settings = {"credsStore": "x", "auths": {"a": auth()}}
    found = keychain(tmp_path, settings)
    assert found.find("a") == Credential("me", SECRET)
    assert found.find("b") is None


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (f"echo {SECRET}; echo {SECRET} >&2; exit 3", r"failed for a \(exit code 3\)"),
        (f'echo \'{{"Secret":"{SECRET}"}}\'', "gave no credentials for a"),
        (f"echo {SECRET}", "gave no credentials for a"),
        ("exit 0", "gave no credentials for a"),
        ("exec sleep 60", "gave no answer for a in 0.5 s"),
    ],
)
def test_a_helper_that_fails_is_named_and_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    limits = replace(module.LIMITS, credential_helper_seconds=0.5)
    monkeypatch.setattr(module, "LIMITS", limits)
    helper(tmp_path, "x", script, monkeypatch)
    with pytest.raises(RegistryError, match=f"docker-credential-x {said}") as trouble:
        keychain(tmp_path, {"credHelpers": {"a": "x"}}).find("a")
    assert SECRET not in str(trouble.value)


def test_a_helper_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="docker-credential-gone is not installed"):
        keychain(tmp_path, {"credsStore": "gone"}).find("a")


@pytest.mark.parametrize("name", ["../evil", "a/b", "-x", "a b"])
def test_a_helper_s_name_is_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegistryError, match="is not the name of a credential helper"):
        keychain(tmp_path, {"credsStore": name}).find("a")
