"""The keystore of Java: the format byte by byte, and what keytool itself makes of it."""

import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ironhull.builders.debian_base.keystore import PASSWORD, jks, write_keystore
from ironhull.builders.debian_base.rootfs import Rootfs

TARGET = "etc/ssl/certs/java/cacerts"
SOURCE = "usr/share/ca-certificates/mozilla"


def certificate(name: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1)
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256())


def system(tmp_path: Path, *names: str, java: bool = True) -> Rootfs:
    root = Rootfs(tmp_path, 1_700_000_000)
    if java:
        root.mkdir("usr/share/ca-certificates-java")
    for name in names:
        pem = certificate(name).public_bytes(serialization.Encoding.PEM)
        root.write(f"{SOURCE}/{name}.crt", pem)
    return root


def test_the_format() -> None:
    data = jks({"b": b"two", "a": b"one"}, 5)
    assert data[:12] == bytes.fromhex("feedfeed 00000002 00000002")
    first = b"\0\0\0\2" + b"\0\1a" + (5).to_bytes(8, "big") + b"\0\5X.509" + b"\0\0\0\3one"
    assert data[12 : 12 + len(first)] == first
    check = hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + data[:-20])
    assert data[-20:] == check.digest()


def test_equal_certificates_give_equal_bytes() -> None:
    one, other = {"a": b"1", "b": b"2"}, {"b": b"2", "a": b"1"}
    assert jks(one, 7) == jks(other, 7) != jks(one, 8)


def test_only_where_java_asks_for_it(tmp_path: Path) -> None:
    root = system(tmp_path, "A", java=False)
    assert write_keystore(root) == 0
    assert root.find(TARGET) is None


def test_what_is_no_certificate_is_left_out(tmp_path: Path) -> None:
    root = system(tmp_path, "A")
    root.write(f"{SOURCE}/B.crt", "no certificate")
    assert write_keystore(root) == 1


def test_keytool_reads_it(tmp_path: Path) -> None:
    keytool = shutil.which("keytool")
    if keytool is None:
        pytest.skip("keytool is not installed (a JRE has it)")
    root = system(tmp_path, "Root_CA", "Öther CA")
    assert write_keystore(root) == 2
    store = tmp_path / "cacerts"
    store.write_bytes(root.read(TARGET) or b"")
    done = subprocess.run(
        [keytool, "-list", "-keystore", str(store), "-storepass", PASSWORD],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "contains 2 entries" in done.stdout
    assert "debian:root_ca.pem" in done.stdout
