"""Keys: PEM of every kind, cosign's format, and what is refused."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

import ironhull
from ironhull.errors import Error, SignatureError
from ironhull.limits import LIMITS
from ironhull.signing import (
    bounded_key,
    generate_key,
    holds,
    is_encrypted,
    read_private_key,
    read_public_keys,
    sign,
    write_private_key,
    write_public_key,
)
from ironhull.signing.keys import COSIGN_LABELS
from tests.signing.fulcio import Authority, pem
from tests.signing.rekor import TIME, b64

KEY = generate_key()


def _pem(key: object, form: str = "PKCS8", password: bytes | None = None) -> bytes:
    protection = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    made: bytes = key.private_bytes(  # type: ignore[attr-defined]  # of cryptography's kinds
        serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), protection
    )
    return made


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "ECDSA P-256"),
        (ec.generate_private_key(ec.SECP384R1()), "ECDSA P-384"),
        (ec.generate_private_key(ec.SECP521R1()), "ECDSA P-521"),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519"),
        (rsa.generate_private_key(65537, 2048), "RSA 2048"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_signs_and_verifies(key: object, kind: str) -> None:
    private = read_private_key(_pem(key), None, "a.key")
    public = read_public_keys(write_public_key(private.public), "a.pub")[0]
    assert (public.kind, public.der) == (kind, private.public.der)
    signature = sign(private, b"message")
    assert holds(public, signature, b"message")
    assert not holds(public, signature, b"massage")
    assert not holds(public, signature[:-1], b"message")
    assert not holds(public, b"", b"message")
    assert not holds(KEY.public, signature, b"message")


@pytest.mark.parametrize(
    "data",
    [
        _pem(ec.generate_private_key(ec.SECP256R1()), "TraditionalOpenSSL"),
        _pem(rsa.generate_private_key(65537, 2048), "TraditionalOpenSSL"),
        _pem(ec.generate_private_key(ec.SECP256R1())).replace(b"\n", b"\r\n"),
    ],
    ids=["SEC 1", "PKCS 1", "CRLF"],
)
def test_older_forms_are_read(data: bytes) -> None:
    assert read_private_key(data, b"not needed", "a.key").public.kind


def test_pkcs8_with_a_password() -> None:
    data = _pem(ec.generate_private_key(ec.SECP256R1()), password=b"secret")
    assert is_encrypted(data)
    assert read_private_key(data, b"secret", "a.key").public.kind == "ECDSA P-256"
    for password, message in ((b"wrong", "wrong password"), (None, "protected by a password")):
        with pytest.raises(SignatureError, match=message):
            read_private_key(data, password, "a.key")


@pytest.mark.parametrize("password", [b"secret", b"", "schlüssel".encode()])
def test_the_format_of_cosign(password: bytes) -> None:
    data = write_private_key(KEY, password)
    assert data.startswith(b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n")
    assert KEY.der not in data
    assert read_private_key(data, password, "a.key").der == KEY.der
    with pytest.raises(SignatureError, match=r"a\.key: .*wrong password"):
        read_private_key(data, password + b"x", "a.key")
    with pytest.raises(SignatureError, match="protected by a password"):
        read_private_key(data, None, "a.key")


def _cosign(**changes: object) -> bytes:
    block = write_private_key(KEY, b"secret").split(b"-----")[2]
    inside = json.loads(base64.b64decode(b"".join(block.split())))
    for path, value in changes.items():
        *outer, last = path.split("__")
        place = inside
        for name in outer:
            place = place[name]
        place[last] = value
    text = b64(json.dumps(inside).encode())
    return (
        f"-----BEGIN {COSIGN_LABELS[1]}-----\n{text}\n-----END {COSIGN_LABELS[1]}-----\n".encode()
    )


def test_the_older_label_of_cosign() -> None:
    assert read_private_key(_cosign(), b"secret", "a.key").der == KEY.der


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kdf__params__N": 1 << 30}, "asks for too much"),
        ({"kdf__params__r": 1 << 20}, "asks for too much"),
        ({"kdf__params__p": 17}, "asks for too much"),
        ({"kdf__params__N": -1}, "asks for too much"),
        ({"kdf__params__N": True}, "asks for too much"),
        ({"kdf__params__N": 65537}, "too much|cannot be read|no power"),
        ({"kdf__params": {}}, "damaged"),
        ({"kdf__name": "pbkdf2"}, "in a way that is not known"),
        ({"cipher__nonce": "AAAA"}, "in a way that is not known"),
        ({"cipher__nonce": 7}, "damaged"),
        ({"ciphertext": "AAAA"}, "wrong password"),
        ({"ciphertext": "&"}, "damaged"),
    ],
)
def test_a_damaged_key_of_cosign_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        read_private_key(_cosign(**changes), b"secret", "a.key")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no public key"),
        (b"nothing", "no public key"),
        (write_private_key(KEY, None), "a private key where a public one"),
        (write_public_key(KEY.public).replace(b"M", b"?", 1), "not a public key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n", "cut off"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not a certificate"),
        (b"x" * (LIMITS.key_bytes + 1), "more than"),
        (write_public_key(KEY.public) * (LIMITS.keys + 1), "more than"),
    ],
)
def test_what_is_no_public_key_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        read_public_keys(data, "a.pub")


def test_weak_and_foreign_kinds_are_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024)
    with pytest.raises(SignatureError, match="RSA key of 1024 bits"):
        read_private_key(_pem(weak), None, "a.key")
    with pytest.raises(SignatureError, match="of a kind"):
        read_private_key(_pem(ec.generate_private_key(ec.SECP256K1())), None, "a.key")


def test_a_file_of_several_keys() -> None:
    others = [generate_key().public for _ in range(3)]
    data = b"# keys\n" + b"and\n".join(map(write_public_key, others))
    assert [key.der for key in read_public_keys(data, "keys.pub")] == [k.der for k in others]


def test_a_certificate_bounds_its_key_and_an_authority_is_none() -> None:
    authority = Authority()
    certificate = authority.certificate(KEY.public, seconds=60)
    chain = pem(certificate) + pem(authority.root)
    (key,) = read_public_keys(chain, "chain.pem")
    assert key.der == KEY.public.der
    assert (key.starts, key.ends) == ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z")
    assert TIME == 1_767_225_600
    with pytest.raises(SignatureError, match="no public key"):
        read_public_keys(pem(authority.root), "root.pem")


def test_bounds_narrow_and_never_widen() -> None:
    key = bounded_key(KEY.public, "2026-01-01", "2026-12-31")
    assert (key.starts, key.ends) == ("2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z")
    wider = bounded_key(key, "2020-01-01T00:00:00+02:00", "2030-01-01")
    assert (wider.starts, wider.ends) == (key.starts, key.ends)
    with pytest.raises(SignatureError, match="is not a time"):
        bounded_key(key, "yesterday", "")


def test_the_secret_stays_out_of_messages() -> None:
    assert "der" not in repr(KEY)
    assert repr(KEY.der) not in repr(KEY)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_key_or_an_error(data: bytes) -> None:
    for label in (b"PUBLIC KEY", b"CERTIFICATE", b"PRIVATE KEY", *map(str.encode, COSIGN_LABELS)):
        wrapped = b"-----BEGIN " + label + b"-----\n" + base64.b64encode(data) + b"\n"
        wrapped += b"-----END " + label + b"-----\n"
        for read in (
            lambda w=wrapped: read_public_keys(w, "x"),
            lambda w=wrapped: read_private_key(w, b"p", "x"),
        ):
            with pytest.raises(Error):
                read()


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("cryptography.hazmat.primitives.asymmetric.ec", generate_key),
        ("nacl.secret", lambda: write_private_key(KEY, b"x")),
    ],
)
def test_what_is_not_installed_is_said(
    module: str, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Error, match="is not installed") as caught:
        call()
    assert caught.value.hint == "pip install 'ironhull[sign]'"


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = "import sys, ironhull.signing; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(ironhull.__file__).parents[1])},
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"cryptography", "nacl", "sigstore", "hashlib", "json", "ssl"}
