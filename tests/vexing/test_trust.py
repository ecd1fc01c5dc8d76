"""The table [trust] of the settings: who is believed without being named."""

from pathlib import Path

import pytest

from ironhull.config import Settings, load_settings
from ironhull.errors import Error
from ironhull.signing import generate_key, write_private_key, write_public_key
from ironhull.store.answer_cache import Input
from ironhull.vexing import rules_of
from tests.vexing.serving import NOW
from tests.vexing.test_attached import said
from tests.vexing.worlds import attach, gathered, make, settings

__all__ = ["settings"]


def trusting(settings: Settings, table: str) -> Settings:
    """The settings with a table [trust]."""
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "config.toml").write_text(f"[trust]\n{table}\n")
    return load_settings()


def test_nobody_is_trusted_unless_the_settings_say_so(settings: Settings) -> None:
    rules = rules_of(settings, NOW)
    assert rules.trust is None
    assert not rules.authors
    assert not rules.require


def test_keys_of_the_settings_verify(settings: Settings, tmp_path: Path) -> None:
    key = generate_key()
    (tmp_path / "key").write_bytes(write_private_key(key, None))
    (tmp_path / "key.pub").write_bytes(write_public_key(key.public))
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"), "--key", str(tmp_path / "key"))
    attach(tmp_path, "app:1", said("CVE-2026-2"))
    known = trusting(settings, f'keys = ["{tmp_path / "key.pub"}"]')
    found = gathered(known, "app:1")
    states = {s.vulnerability: s.signature for s in found.statements}
    assert states == {"CVE-2026-1": "verified", "CVE-2026-2": "unsigned"}
    assert found.inputs == (Input("file", str(tmp_path / "key.pub")),)
    strict = trusting(settings, f'keys = ["{tmp_path / "key.pub"}"]\nrequire = true')
    found = gathered(strict, "app:1")
    assert [s.vulnerability for s in found.statements] == ["CVE-2026-1"]
    assert [(s.vulnerability, "require" in why) for s, why in found.refused] == [
        ("CVE-2026-2", True)
    ]


def test_a_key_that_ended_is_not_believed_and_no_answer_is_kept(
    settings: Settings, tmp_path: Path
) -> None:
    key = generate_key()
    (tmp_path / "key").write_bytes(write_private_key(key, None))
    (tmp_path / "key.pub").write_bytes(write_public_key(key.public))
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"), "--key", str(tmp_path / "key"))
    table = f'keys = [{{ file = "{tmp_path / "key.pub"}", until = "2026-02-01T00:00:00Z" }}]'
    found = gathered(trusting(settings, table), "app:1")
    assert not found.statements
    assert len(found.refused) == 1
    assert found.inputs is None


def test_authors_of_the_settings_count(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"))
    assert gathered(trusting(settings, 'authors = ["vendor@*"]'), "app:1").statements
    assert not gathered(trusting(settings, 'authors = ["other@*"]'), "app:1").statements


def test_requiring_without_keys_believes_nobody(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"))
    assert not gathered(trusting(settings, "require = true"), "app:1").statements


def test_a_key_that_is_not_there_is_an_error(settings: Settings, tmp_path: Path) -> None:
    make(settings, "app:1")
    attach(tmp_path, "app:1", said("CVE-2026-1"))
    known = trusting(settings, 'keys = ["gone.pub"]')
    with pytest.raises(Error, match=r"gone\.pub"):
        gathered(known, "app:1")
