"""Certificates: the bundle, the links, and OpenSSL's hash of a subject."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from ironhull.builders.debian_base.certificates import (
    add_certificates,
    subject_hash,
    write_certificates,
)
from ironhull.builders.debian_base.rootfs import Rootfs
from ironhull.errors import DefinitionError


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Self-signed certificates whose names exercise every string form and odd spacing."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl on this machine")
    place = tmp_path_factory.mktemp("ca")
    subjects = [
        "/CN=One",
        "/C=DE/O=  Two   Words /CN=tWo",
        "/O=Ünïcode GmbH/CN=x",
        "/O=B+OU=A/CN=y",
    ]
    made = {}
    for number, subject in enumerate(subjects):
        out = place / f"{number}.crt"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += ["ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null", "-utf8"]
        command += ["-multivalue-rdn"] if "+" in subject else []
        command += ["-days", "3650", "-subj", subject, "-out", str(out)]
        subprocess.run(command, capture_output=True, check=True)
        made[out.name] = out.read_bytes()
    return made


def _openssl_hash(pem: bytes) -> str:
    command = ["openssl", "x509", "-noout", "-subject_hash"]
    return (
        subprocess.run(command, input=pem, capture_output=True, check=True).stdout.decode().strip()
    )


def test_hash_is_that_of_openssl(pems: dict[str, bytes]) -> None:
    for pem in pems.values():
        assert subject_hash(pem) == _openssl_hash(pem)


def test_hash_of_the_machines_own_authorities() -> None:
    store = Path("/usr/share/ca-certificates/mozilla")
    found = sorted(store.glob("*.crt"))[::12]
    if not found or shutil.which("openssl") is None:
        pytest.skip("no ca-certificates or openssl on this machine")
    for path in found:
        assert subject_hash(path.read_bytes()) == _openssl_hash(path.read_bytes()), path.name


@pytest.mark.parametrize("body", [b"", b"????", b"MIIB", b"AAAA"])
def test_no_hash_of_what_is_no_certificate(body: bytes) -> None:
    assert subject_hash(body) == ""
    assert subject_hash(b"-----BEGIN CERTIFICATE-----\n" + body + b"\n-----END") == ""


def _root(tmp_path: Path, pems: dict[str, bytes]) -> Rootfs:
    root = Rootfs(tmp_path)
    for name, pem in pems.items():
        root.write(f"usr/share/ca-certificates/mozilla/{name}", pem.rstrip(b"\n"))
    return root


def test_the_bundle_holds_all(tmp_path: Path, pems: dict[str, bytes]) -> None:
    root = _root(tmp_path, pems)
    assert write_certificates(root, links=False) == len(pems)
    bundle = (root.read("etc/ssl/certs/ca-certificates.crt") or b"").decode()
    context = ssl.create_default_context(cadata=bundle)
    assert context.cert_store_stats()["x509_ca"] == len(pems)
    assert root.read("usr/lib/ssl/cert.pem") == root.read("usr/lib/ssl/certs/ca-certificates.crt")
    assert root.find("etc/ca-certificates.conf") is None


def test_links_for_update_ca_certificates(tmp_path: Path, pems: dict[str, bytes]) -> None:
    root = _root(tmp_path, pems)
    write_certificates(root, links=True)
    listed = (root.read("etc/ca-certificates.conf") or b"").decode()
    assert [line for line in listed.splitlines() if not line.startswith("#")] == [
        f"mozilla/{name}" for name in sorted(pems)
    ]
    for name, pem in pems.items():
        assert root.read(f"etc/ssl/certs/{name.removesuffix('.crt')}.pem") == pem.rstrip(b"\n")
        assert root.read(f"etc/ssl/certs/{subject_hash(pem)}.0") == pem.rstrip(b"\n")


def test_without_the_package_nothing_is_made(tmp_path: Path) -> None:
    root = Rootfs(tmp_path)
    assert write_certificates(root, links=True) == 0
    assert not root.inodes


def test_authorities_of_ones_own(pems: dict[str, bytes], tmp_path: Path) -> None:
    root = Rootfs(tmp_path, 0)
    root.write("usr/share/ca-certificates/mozilla/0.crt", pems["0.crt"])
    given = b"# a proxy's\n" + pems["0.crt"] + pems["1.crt"] + pems["1.crt"]
    assert add_certificates(root, given, "own.pem") == 1
    assert write_certificates(root, links=True) == 2
    bundle = root.read("etc/ssl/certs/ca-certificates.crt") or b""
    assert pems["0.crt"].strip() in bundle
    assert pems["1.crt"].strip() in bundle
    (own,) = root.below("usr/local/share/ca-certificates")
    assert ssl.PEM_cert_to_DER_cert((root.read(own) or b"").decode())
    assert (root.read("etc/ca-certificates.conf") or b"").decode().endswith("\nmozilla/0.crt\n")


@pytest.mark.parametrize("text", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END"])
def test_what_is_no_authority_is_refused(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"^own\.pem"):
        add_certificates(Rootfs(tmp_path, 0), text, "own.pem")
