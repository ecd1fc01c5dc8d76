"""`ironhull explain`: with an index of our own, with an image and without."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories import update
from ironhull.commands import explain, run
from ironhull.commands._ignoring import marked
from ironhull.errors import ReferenceFault
from ironhull.model import Advisory, Range, Report
from tests import reports
from tests.explain.samples import DSA, OLDER, TRACKER
from tests.store.test_advisories import make


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    others = [
        Advisory(name, "PyPI", "a", ranges=(Range("0", "2"),))
        for name in ("CVE-2025-9231", "CVE-2025-9239", "CVE-2024-1", "GHSA-aaaa-bbbb-cccc")
    ]
    path = tmp_path / "index.sqlite"
    make(path, TRACKER, DSA, OLDER, *others).close()

    @contextmanager
    def opened(_: Path, *, now: str) -> Iterator[Any]:
        from ironhull.store.advisories import AdvisoryIndex

        assert now
        with AdvisoryIndex.open(path) as index:
            yield index

    monkeypatch.setattr(update, "open_index", opened)
    known = {"web": reports.web(), "hardened": reports.hardened()}

    def read(reference: str, args: argparse.Namespace, context: Any) -> Report:
        if reference not in known:
            raise ReferenceFault(f"no image {reference}")
        return marked(known[reference], args, context)

    monkeypatch.setattr(explain, "read_report", read)
    monkeypatch.chdir(tmp_path)


def test_without_an_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "cve-2025-9230"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("CVE-2025-9230  HIGH\n")
    assert "  Debian:12  openssl  (dpkg order)\n" in text
    assert "In " not in text


def test_in_an_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "CVE-2025-9230", "web"]) == 0
    text = capsys.readouterr().out
    assert "  ✗ libssl3t64 3.5.1-1: affected\n" in text
    assert "      ignore rules  none\n" in text
    assert run(["explain", "CVE-2025-9230", "hardened"]) == 0
    assert "  ✓ libssl3t64 3.5.1-1+deb13u1: not affected\n" in capsys.readouterr().out


def test_json_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "CVE-2025-9230", "web", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["vulnerabilities"][0]["packages"][0]["verdict"] == "affected"
    target = tmp_path / "out.json"
    assert run(["explain", "CVE-2025-9230", "web", "-o", f"json={target}", "-o", "text=-"]) == 0
    assert json.loads(target.read_text(encoding="utf-8")) == document
    assert "✗" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{id: CVE-2025-9230, reason: fine}", "CVE-2025-9230: applies: fine"),
        (
            "{id: CVE-2025-9230, reason: fine, until: 2999-01-01}",
            "CVE-2025-9230: applies until 2999-01-01: fine",
        ),
        (
            "{id: CVE-2025-9230, package: x, reason: fine}",
            "CVE-2025-9230, package x: its package or version is another: fine",
        ),
        (
            "{id: CVE-2025-9230, paths: x, reason: fine}",
            "CVE-2025-9230, paths x: its paths are others: fine",
        ),
        (
            "{id: CVE-2025-9230, image: other, reason: fine}",
            "CVE-2025-9230, image other: it is for other images: fine",
        ),
        (
            "{id: CVE-2025-9230, until: 2020-01-01, reason: fine}",
            "CVE-2025-9230: it ended on 2020-01-01: fine",
        ),
        ("{package: openssl, reason: fine}", "package openssl: applies: fine"),
        ("{package: other, reason: fine}", ""),
        ("{id: CVE-1, reason: fine}", ""),
    ],
)
def test_ignore_rules_that_were_looked_at(
    text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rules.yaml").write_text(f"ignore:\n  - {text}\n", encoding="utf-8")
    assert run(["explain", "CVE-2025-9230", "web", "--ignorefile", "rules.yaml"]) == 0
    printed = capsys.readouterr().out
    wanted = f"rules.yaml:2: {said}" if said else "none"
    assert f"      ignore rules  {wanted}\n" in printed
    assert ("  - libssl3t64 3.5.1-1: affected, ignored\n" in printed) == (": applies" in said)


def test_an_unknown_identifier(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "CVE-2025-9232"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(
        "ironhull: no source speaks of CVE-2025-9232; the advisory data is of 2026-01-01"
    )
    assert "known are CVE-2025-9239, CVE-2025-9231, CVE-2025-9230; `ironhull db" in printed.err
    assert printed.err.count("\n") == 1
    assert run(["explain", "ghsa-aaaa-bbbb-cccd"]) == 1
    assert "known are GHSA-aaaa-bbbb-cccc" in capsys.readouterr().err
    assert run(["explain", "XYZ-1"]) == 1
    assert "known are" not in capsys.readouterr().err


def test_the_rule_of_the_settings_picks_the_severity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "CVE-2025-9230"]) == 0
    assert "  Severity    high, by Debian" in capsys.readouterr().out
    settings = tmp_path / "config.toml"
    settings.write_text('[severity]\norder = ["cvss3", "database"]\n', encoding="utf-8")
    monkeypatch.setenv("IRONHULL_CONFIG", str(settings))
    assert run(["explain", "CVE-2025-9230"]) == 0
    text = capsys.readouterr().out
    assert "high, by CVSS 3.1 (nvd)" in text
    assert ", by Debian" not in text
    assert "the first that speaks decides: cvss3, database" in text


@pytest.mark.parametrize("asked", ["", "  ", "CVE-1\x1b[2J", "x" * 300])
def test_what_is_no_identifier(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", asked]) == 64
    err = capsys.readouterr().err
    assert "is no identifier" in err
    assert "\x1b" not in err


def test_errors_of_images_and_ignore_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "CVE-2025-9230", "nowhere"]) == 1
    Path(".trivyignore").write_text("oops oops\n", encoding="utf-8")
    assert run(["explain", "CVE-2025-9230", "web"]) == 1
    assert ".trivyignore:1:6: 'oops' is not understood" in capsys.readouterr().err


def test_every_option_is_explained() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "explain.md").read_text("utf-8")
    parser = argparse.ArgumentParser()
    explain.arguments(parser)
    options = {o for action in parser._actions for o in action.option_strings if o[:2] == "--"}
    assert {o for o in options - {"--help", "--output"} if o not in text} == set()
