"""Whom to trust, from files."""

from pathlib import Path

import pytest

from ironhull.config import TrustedKey, TrustSettings
from ironhull.errors import SignatureError
from ironhull.limits import LIMITS
from ironhull.signatures import read_trust
from ironhull.signing import Identity, generate_key, write_public_key
from tests.signing.fulcio import Authority

KEY = generate_key().public
NOW = "2026-06-01T00:00:00Z"


def test_keys_logs_roots_and_identities(tmp_path: Path) -> None:
    authority = Authority()
    files = {"a.pub": write_public_key(KEY), "log.pub": write_public_key(authority.log.public)}
    files["root.json"] = authority.trusted_root()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    key, log, roots = (str(tmp_path / name) for name in files)
    given = TrustSettings(
        keys=(TrustedKey(key, "2026-01-01", "2026-12-31"), TrustedKey(key)),
        logs=(log,),
        require_log=True,
        identities=(("builder@example.com", "https://example.com", False),),
        roots=roots,
    )
    found = read_trust(given, now=NOW)
    assert [(item.der, item.starts, item.ends) for item in found.keys] == [
        (KEY.der, "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z"),
        (KEY.der, "", ""),
    ]
    assert {item.id for item in found.logs} == {authority.log.id}
    assert len(found.logs) == 2  # of the file, and of the trusted root
    assert found.identities == (Identity("builder@example.com", "https://example.com"),)
    assert (found.require_log, found.roots, found.now) == (True, files["root.json"], NOW)
    assert found


def test_nobody() -> None:
    assert not read_trust(TrustSettings(), now=NOW)
    assert not read_trust(TrustSettings(require=True, authors=("*",)), now=NOW)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (LIMITS.trust_root_bytes + 1))
    (tmp_path / "empty").write_bytes(b"")
    for name, message in (("none", "cannot read"), ("large", "larger"), ("empty", "no public key")):
        file = str(tmp_path / name)
        with pytest.raises(SignatureError, match=message):
            read_trust(TrustSettings(keys=(TrustedKey(file),)), now=NOW)
    with pytest.raises(SignatureError, match="cannot read"):
        read_trust(TrustSettings(roots=str(tmp_path / "none")), now=NOW)
    with pytest.raises(SignatureError, match="cannot read"):
        read_trust(TrustSettings(keys=(TrustedKey(str(tmp_path)),)), now=NOW)
