"""VEX gathered about an image, and applied to its report and that of its base."""

import json
import re
from pathlib import Path

import pytest

from ironhull.advisories import opening
from ironhull.config import Settings
from ironhull.errors import Error
from ironhull.model import Advisory, Range, Report
from ironhull.pipeline import Opened, load, opened, scan
from ironhull.weighing import Weighing
from tests.images import Files, layout
from tests.indexes import index_of
from tests.vexing.worlds import DEBIAN, attach, derived, make
from tests.vexing.worlds import settings as settings  # noqa: PLC0414  # a fixture

CURL = "CVE-2026-1"
FLASK = "CVE-2026-2"
WHEEL: Files = {
    "usr/lib/python3/site-packages/flask-1.0.dist-info/METADATA": "Name: flask\nVersion: 1.0\n"
}


@pytest.fixture(autouse=True)
def _advisories(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SNAPSHOT", tmp_path / "none")  # an index is as good without it
    path = opening.index_path(settings.advisories)
    path.parent.mkdir(parents=True)
    index_of(
        path,
        Advisory(CURL, "Debian:13", "curl-source", (Range("0"),), sources=("test",)),
        Advisory(FLASK, "PyPI", "flask", (Range("0"),), sources=("test",), aliases=("GHSA-x",)),
    ).close()


def document(
    product: object, name: str = CURL, status: str = "not_affected", **facts: object
) -> bytes:
    """An OpenVEX document of one statement."""
    products = [{"@id": product}] if isinstance(product, str) else [product]
    statement = {
        "vulnerability": {"name": name},
        "products": products,
        "status": status,
        "justification": "vulnerable_code_not_present",
        "action_statement": "update",
        **facts,
    }
    found = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.org/vex/1",
        "author": "Jo <jo@example.org>",
        "timestamp": "2026-10-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    return json.dumps(found).encode()


def weighed(settings: Settings, image: str, *wanted: str, **options: object) -> Report:
    vex = Weighing(settings, wanted, **options)  # type: ignore[arg-type]  # of a test's choosing
    return scan(opened(image, settings), settings, vex=vex)


def ids(report: Report) -> dict[str, str]:
    """The status of the statement that decides, by vulnerability."""
    return {
        f.advisory.id: f.statement.status if f.statement is not None else ""
        for f in report.findings
    }


def test_a_file_suppresses(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1")
    path = tmp_path / "a.json"
    path.write_bytes(document("pkg:deb/debian/curl"))
    assert ids(weighed(settings, "web:1")) == {CURL: ""}
    report = weighed(settings, "web:1", str(path))
    assert ids(report) == {CURL: "not_affected"}
    assert (len(report.effective), len(report.suppressed)) == (0, 1)
    (use,) = report.vex
    assert (use.statements, use.about, use.applied, use.hidden) == (1, 1, 1, 1)
    assert use.author == "Jo <jo@example.org>"


def test_what_is_attached_counts_unless_told_otherwise(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1")
    attach(tmp_path, "web:1", document("pkg:docker/web@1"))
    (found,) = weighed(settings, "web:1").findings
    assert found.statement is not None
    assert (found.statement.origin, found.statement.signature) == ("attestation", "unsigned")
    assert ids(weighed(settings, "web:1", attached=False)) == {CURL: ""}


def test_a_newer_file_overrules_what_is_attached(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1")
    attach(tmp_path, "web:1", document("pkg:docker/web@1"))
    path = tmp_path / "b.json"
    newer = {"timestamp": "2026-10-02T00:00:00Z"}
    path.write_bytes(document("pkg:deb/debian/curl", status="affected", **newer))
    assert ids(weighed(settings, "web:1", str(path))) == {CURL: "affected"}
    older = {"timestamp": "2026-09-02T00:00:00Z"}
    path.write_bytes(document("pkg:deb/debian/curl", status="affected", **older))
    assert ids(weighed(settings, "web:1", str(path))) == {CURL: "not_affected"}


def test_statements_of_the_base_hold_for_the_base(settings: Settings, tmp_path: Path) -> None:
    base = make(settings, "base:1", {**DEBIAN, **WHEEL})
    above = {path.replace("lib", "share"): text for path, text in WHEEL.items()}
    derived(settings, "web:1", base, above)
    flask = {"@id": "pkg:docker/base@1", "subcomponents": [{"@id": "pkg:pypi/flask"}]}
    attach(tmp_path, "base:1", document(flask, FLASK))
    report = weighed(settings, "web:1")
    parts = {
        (f.statement.origin if f.statement else ""): [
            at.path for p in f.packages for at in p.locations
        ]
        for f in report.findings
        if f.advisory.id == FLASK
    }
    assert {origin: [p.split("/")[1] for p in paths] for origin, paths in parts.items()} == {
        "": ["share"],
        "base": ["lib"],
    }
    assert report.base is not None
    assert report.base.report is not None
    assert ids(report.base.report)[FLASK] == "not_affected", "the base's own report agrees"


def test_authors(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1")
    path = tmp_path / "a.json"
    path.write_bytes(document("pkg:deb/debian/curl"))
    mine, others = re.compile("@example"), re.compile("@docker")
    assert ids(weighed(settings, "web:1", str(path), authors=(mine,))) == {CURL: "not_affected"}
    report = weighed(settings, "web:1", str(path), authors=(others,))
    assert ids(report) == {CURL: ""}
    (use,) = report.vex
    assert (use.refused, use.applied) == (1, 0)
    assert "Jo" in use.why


def test_an_alias_of_the_advisory_is_asked_for(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1", {**DEBIAN, **WHEEL})
    path = tmp_path / "a.json"
    path.write_bytes(document("pkg:pypi/flask@1.0", "ghsa-X"))
    assert ids(weighed(settings, "web:1", str(path))) == {CURL: "", FLASK: "not_affected"}


def test_problems_of_documents_are_in_the_report(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1")
    path = tmp_path / "a.json"
    path.write_bytes(document("pkg:deb/debian/curl", status="harmless"))
    report = weighed(settings, "web:1", str(path))
    assert ids(report) == {CURL: ""}
    assert any("harmless" in problem.message for problem in report.problems)


def test_a_file_that_is_not_there_is_an_error(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1")
    with pytest.raises(Error, match="missing"):
        weighed(settings, "web:1", str(tmp_path / "missing.json"))


def test_a_layout_is_called_by_its_name_not_by_its_path(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(document("pkg:oci/web"))
    place = layout(tmp_path, "web:1", DEBIAN)
    assert ids(weighed(settings, f"oci-dir://{place}", str(path))) == {CURL: "not_affected"}
    index = json.loads((place / "index.json").read_bytes())
    for entry in index["manifests"]:
        entry.pop("annotations", None)
    (place / "index.json").write_text(json.dumps(index))
    place.rename(tmp_path / "web")
    monkeypatch.chdir(tmp_path)
    image = load("oci-dir://web", settings)
    assert image.name == "web", "the path, which is no name"
    vex = Weighing(settings, (str(path),))
    assert ids(scan(Opened(image), settings, vex=vex)) == {CURL: ""}


def test_every_statement_is_considered(settings: Settings, tmp_path: Path) -> None:
    make(settings, "web:1")
    path = tmp_path / "a.json"
    path.write_bytes(document("pkg:deb/debian/curl@1"))
    vex = Weighing(settings, (str(path),))
    report = scan(opened("web:1", settings), settings, vex=vex)
    (told,) = vex.considered(report.findings[0])
    assert told.outcome == "does not apply: names another version"
    assert Weighing(settings).considered(report.findings[0]) == ()
