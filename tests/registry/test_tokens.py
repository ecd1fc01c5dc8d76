"""Token servers that refuse, lie, or are not to be trusted with credentials."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.errors import RegistryError
from ironhull.oci.names import Reference
from ironhull.registry import DeniedError, Endpoint, Hosts, Keychain, Registries
from ironhull.registry._challenge import Challenge
from ironhull.registry._tokens import Authorizer, _merge
from ironhull.transport import Wire
from tests.registry.fake import Fake, fake_registry, send
from tests.registry.servers import PASSWORD, REFRESH, docker_config


@pytest.fixture
def fake() -> Iterator[Fake]:
    with fake_registry() as server:
        yield server


def ping(fake: Fake, keychain: Keychain | None = None) -> None:
    registries = Registries(
        hosts=Hosts(), keychain=keychain or Keychain(), user_agent="test", pause=lambda _: None
    )
    registries.ping(fake.host)


def guarded(fake: Fake, realm: str, token: str = "t0ken") -> None:
    """/v2/ wants a token of `realm`."""

    def answer(handler: Any) -> None:
        if handler.headers.get("Authorization") == f"Bearer {token}":
            return send(200, b"{}")(handler)
        challenge = {"WWW-Authenticate": f'Bearer realm="{realm}",service="s"'}
        return send(401, headers=challenge)(handler)

    fake.on("GET", "/v2/", answer)


def gives(value: Any) -> Any:
    return send(200, json.dumps(value).encode())


def test_a_token_is_fetched_and_used(fake: Fake, tmp_path: Path) -> None:
    guarded(fake, f"http://{fake.host}/token?already=1")
    fake.on("GET", "/token", gives({"access_token": "t0ken"}))
    ping(fake, Keychain([docker_config(tmp_path, fake.host)]))
    assert fake.headers("GET", "/token", "authorization")[0].startswith("Basic ")


def test_a_token_is_used_until_it_expires(fake: Fake) -> None:
    guarded(fake, f"http://{fake.host}/token")
    fake.on("GET", "/token", gives({"token": "t0ken", "expires_in": 300}))
    registries = Registries(hosts=Hosts(), keychain=Keychain(), user_agent="test")
    for _ in range(3):
        registries.ping(fake.host)
    assert fake.count("GET", "/token") == 1


def test_a_busy_token_server_is_asked_again(fake: Fake) -> None:
    guarded(fake, f"http://{fake.host}/token")
    fake.on("GET", "/token", send(503), gives({"token": "t0ken"}))
    ping(fake)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (gives({}), "gives no token"),
        (gives({"token": 5}), "gives no token"),
        (gives({"token": "a\r\nX-Evil: 1"}), "cannot be sent in a header"),
        (gives([]), "a JSON list where an object is expected"),
        (send(200, b"<html>"), "not JSON"),
        (send(200, b" " * (2 << 20)), "more than the"),
        (send(401), "refuses access"),
        (send(500), "its token server fails"),
        (send(404), "answers 404"),
    ],
)
def test_a_token_server_that_fails_is_named(fake: Fake, answer: Any, said: str) -> None:
    guarded(fake, f"http://{fake.host}/token")
    fake.on("GET", "/token", answer)
    with pytest.raises(RegistryError, match=said) as trouble:
        ping(fake)
    assert "\n" not in str(trouble.value)


def test_a_token_that_does_not_help_ends_it(fake: Fake, tmp_path: Path) -> None:
    guarded(fake, f"http://{fake.host}/token", "another")
    fake.on("GET", "/token", gives({"token": "t0ken"}))
    with pytest.raises(DeniedError) as trouble:
        ping(fake, Keychain([docker_config(tmp_path, fake.host)]))
    assert PASSWORD not in str(trouble.value)
    assert fake.count("GET", "/v2/") <= 4


@pytest.mark.parametrize(
    "realm", ["", "file:///etc/passwd", "http://me:x@host/", "token", "http://["]
)
def test_a_realm_that_is_no_token_server_is_refused(fake: Fake, realm: str) -> None:
    guarded(fake, realm)
    with pytest.raises(RegistryError, match="names no usable token server"):
        ping(fake)


def test_credentials_do_not_follow_a_token_server_s_redirect(fake: Fake, tmp_path: Path) -> None:
    with fake_registry() as other:
        guarded(fake, f"http://{fake.host}/token")
        fake.on("GET", "/token", send(302, headers={"Location": f"http://{other.host}/token"}))
        other.on("GET", "/token", gives({"token": "t0ken"}))
        ping(fake, Keychain([docker_config(tmp_path, fake.host)]))
        assert other.headers("GET", "/token", "authorization") == [""]


def test_a_registry_with_tls_cannot_send_credentials_to_one_without(tmp_path: Path) -> None:
    path = docker_config(tmp_path, "registry.example", {"identitytoken": REFRESH})
    endpoint = Endpoint("registry.example", "registry.example")
    authorizer = Authorizer(endpoint, Wire("test", {}), Keychain([path]), lambda _: None)
    header = 'Bearer realm="http://registry.example/token"'
    with pytest.raises(RegistryError, match="is not https") as trouble:
        authorizer.refused((), header, "", secure=True)
    assert REFRESH not in str(trouble.value)


def test_a_registry_on_this_machine_cannot_send_them_away_in_the_clear(
    fake: Fake, tmp_path: Path
) -> None:
    guarded(fake, "http://elsewhere.example/token")
    with pytest.raises(RegistryError, match="is not https"):
        ping(fake, Keychain([docker_config(tmp_path, fake.host)]))


def test_a_token_of_the_configuration_is_used_as_it_is(fake: Fake, tmp_path: Path) -> None:
    guarded(fake, f"http://{fake.host}/token")
    ping(fake, Keychain([docker_config(tmp_path, fake.host, {"registrytoken": "t0ken"})]))
    assert fake.count("GET", "/token") == 0


def test_a_refusal_without_a_challenge_is_final(fake: Fake) -> None:
    fake.on("GET", "/v2/a/b/manifests/1", send(401))
    registries = Registries(hosts=Hosts(), keychain=Keychain(), user_agent="test")
    with pytest.raises(DeniedError, match=r"access is refused \(401\)"):
        registries.repository(Reference.parse(f"{fake.host}/a/b")).manifest("1")


def test_scopes_are_joined() -> None:
    assert _merge("repository:a:pull", ["repository:a:pull,push", "repository:b:pull"]) == [
        "repository:a:pull,push",
        "repository:b:pull",
    ]
    assert _merge("registry:catalog:*", []) == ["registry:catalog:*"]
    assert _merge("", []) == []
    assert Challenge("bearer", {}).parameters == {}
