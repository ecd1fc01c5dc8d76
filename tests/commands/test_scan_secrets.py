"""`scan --scanners secret` on real images: found, shown redacted, ignored, gated, kept."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.oci.edit import ImageConfig
from ironhull.store import answer_cache
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.detectors.planted import planted
from tests.images import layout

TOKENS = ["ghp_" + planted("<w:36>", ("scan", n)) for n in range(3)]
LAYERS = [
    {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": stanza("libc6", "2.41-12"),
        "app/.env": f"A=1\nTOKEN={TOKENS[0]} # and {TOKENS[2]}\n",
    },
    {"app/.wh..env": "", "app/run.py": "print(1)\n"},
]
SECRET = ["--scanners", "secret"]


@pytest.fixture
def place(tmp_path: Path) -> str:
    config = ImageConfig(env=(f"TOKEN={TOKENS[1]}",))
    return f"oci-dir://{layout(tmp_path, 'web:1', LAYERS, config=config)}"


def written(capfd: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    capfd.readouterr()
    assert run(["scan", *words]) == code
    return capfd.readouterr().out


def document(capfd: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(written(capfd, *words, "--format", "json"))


def test_no_output_holds_a_secret(place: str, capfd: pytest.CaptureFixture[str]) -> None:
    names = ("text", "json", "sarif", "github", "junit", "html", "markdown", "ids")
    for name in (*names, "gitlab-secrets"):
        text = written(capfd, place, *SECRET, "--format", name, "--show-ignored")
        assert "github-token" in text or "GitHub" in text, name
        assert not [token for token in TOKENS if token in text or token[4:] in text], name
    home = Path(os.environ["IRONHULL_HOME"])
    kept = [
        path.read_bytes() for path in home.rglob("*") if path.is_file() and "rules" not in str(path)
    ]
    assert kept
    assert not [data for data in kept if any(token.encode() in data for token in TOKENS)]


def test_what_is_found(place: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = document(capfd, place, *SECRET)
    assert found["scanners"] == ["secret"]
    assert found["vulnerabilities"]["findings"] is None
    rows = found["secrets"]["findings"]
    assert [(row["source"]["location"], bool(row["removed_in"])) for row in rows] == [
        ("TOKEN", False),
        ("app/.env", True),
        ("app/.env", True),
    ]


def test_the_exit_code(place: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    written(capfd, place, *SECRET, "--exit-code", "3", code=3)
    written(capfd, place, *SECRET, "--severity", "low", "--exit-code", "3")
    rules = tmp_path / "all.yaml"
    rules.write_text("ignore:\n- secret: github-token\n  reason: revoked\n")
    text = written(capfd, place, *SECRET, "--exit-code", "3", "--ignorefile", str(rules))
    assert "3 secrets ignored" in text


def test_a_baseline(place: str, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    written(capfd, place, *SECRET, "-o", f"json={seen}")
    again = [*SECRET, "--secret-baseline", str(seen)]
    written(capfd, place, *again, "--exit-code", "3")
    assert document(capfd, place, *again)["secrets"]["total"] == 0, "ignored ones are not counted"
    more = layout(tmp_path, "web:2", [*LAYERS, {"app/new": f"t = '{TOKENS[0]}'\n"}])
    text = written(capfd, f"oci-dir://{more}", *again, "--exit-code", "3", code=3)
    assert "app/new" in text
    assert "app/.env" not in text
    seen.write_text("{}")
    capfd.readouterr()
    assert run(["scan", place, *again]) == 1
    assert "not a report with secrets" in capfd.readouterr().err


def test_a_second_run_says_the_same(
    place: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_cache, "_SETTLED_SECONDS", -1e9)
    first = written(capfd, place, *SECRET)
    assert written(capfd, place, *SECRET) == first
    assert written(capfd, place, *SECRET, "--no-cache") == first
    monkeypatch.setattr("ironhull.detectors.secret_files.Search", None)
    assert written(capfd, place, *SECRET) == first
    assert json.loads(written(capfd, place, *SECRET, "--format", "json"))["secrets"]["total"] == 3


def test_documents_are_not_searched(
    place: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sbom = tmp_path / "sbom.json"
    capfd.readouterr()
    assert run(["sbom", place, "-o", f"json={sbom}"]) == 0
    assert "secrets" not in document(capfd, f"sbom://{sbom}", *SECRET)


def test_policies_see_what_is_found(place: str, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("regorus")
    capfd.readouterr()
    words = ["--only-policy", "embedded-secrets", "--format", "json"]
    run(["policy", place, *words])
    (row,) = json.loads(capfd.readouterr().out)["policies"]["results"]
    assert row["state"] == "not met"
    places = {violation["detail"]["location"] for violation in row["violations"]}
    assert places == {"TOKEN", "app/.env"}
