"""Statements travel with an image: from a file, a repository, the store and a registry alike.

The flow of a team that builds on hardened images: the base's publisher attaches statements to the
base, the team judges two findings more, builds, ships, and everybody who scans sees the same.
"""

from __future__ import annotations

import html
import json
import os
import shutil
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import ROOT, Ironhull
from tests.acceptance.conftest import APP, BASES, Web, new_home
from tests.advisories.serving import record, write_osv
from tests.quality.vex.trivydb import scan, write_cache
from tests.registry.servers import docker_registry

pytestmark = [pytest.mark.network, pytest.mark.slow]

BASE = BASES["hardened"]
FOUND = {
    "CVE-2099-0001": ("PyPI", "flask"),
    "CVE-2099-0002": ("PyPI", "werkzeug"),
    "CVE-2099-0003": ("PyPI", "jinja2"),
    "CVE-2099-1001": ("Debian:13", "openssl"),
    "CVE-2099-1002": ("Debian:13", "glibc"),
    "CVE-2099-1003": ("Debian:13", "expat"),
}
CLEARED = {"CVE-2099-0001", "CVE-2099-0002", "CVE-2099-1001", "CVE-2099-1002"}
"""What statements say nobody is affected by: two of the team's, two of the base's."""

OURS = [
    ("CVE-2099-0001", "pkg:pypi/flask", "2026-01-01T00:00:00Z", "not_affected"),
    ("CVE-2099-0002", "pkg:pypi/werkzeug", "2026-01-01T00:00:00Z", "not_affected"),
]
THEIRS = [
    ("CVE-2099-1001", "pkg:deb/debian/openssl", "2026-01-02T00:00:00Z", "not_affected"),
    ("CVE-2099-1002", "pkg:deb/debian/glibc", "2026-01-02T00:00:00Z", "fixed"),
    # the base has no Flask: what its publisher says of it is not about what is added
    ("CVE-2099-0003", "pkg:pypi/jinja2", "2026-01-02T00:00:00Z", "not_affected"),
    # said before, and taken back
    ("CVE-2099-1003", "pkg:deb/debian/expat", "2025-01-01T00:00:00Z", "not_affected"),
    ("CVE-2099-1003", "pkg:deb/debian/expat", "2026-01-02T00:00:00Z", "affected"),
]


def document(name: str, image: str, rows: list[tuple[str, str, str, str]]) -> dict[str, Any]:
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": f"https://example.org/vex/{name}",
        "author": f"{name} <vex@{name}.example>",
        "timestamp": "2026-01-03T00:00:00Z",
        "version": 1,
        "statements": [
            {
                "vulnerability": {"name": vulnerability},
                "timestamp": time,
                "products": [{"@id": image, "subcomponents": [{"@id": package}]}],
                "status": status,
                **({"action_statement": "update"} if status == "affected" else {}),
                **(
                    {"justification": "vulnerable_code_not_in_execute_path"}
                    if status == "not_affected"
                    else {}
                ),
            }
            for vulnerability, package, time, status in rows
        ],
    }


@dataclass(frozen=True)
class Lab:
    """An image with its statements, the same one without any, and the document of all of them."""

    ironhull: Ironhull
    place: Path
    bare: Ironhull
    merged: Path

    image = "web:lab"


def home(place: Path, web: Web, downloads: Path) -> Ironhull:
    """A home of its own with the images of `web` and advisories on what is in them."""
    made = new_home(place, downloads)
    shutil.copytree(web.ironhull.home / "images", made / "images", copy_function=os.link)
    site = place.parent / "site"
    write_advisories(site)
    ironhull = Ironhull(made)
    with serving(site) as url:
        urls = {"osv": f"{url}/osv", "debian-tracker": f"{url}/tracker.json"}
        words = [word for name, said in urls.items() for word in ("--url", f"{name}={said}")]
        ironhull("db", "update", *words, "--source", "osv-pypi", "--source", "debian-tracker")
    return ironhull


def write_advisories(site: Path) -> None:
    """FOUND as OSV and Debian's tracker publish it: every version is affected."""
    records: list[dict[str, Any]] = []
    tracker: dict[str, Any] = {}
    for name, (scope, package) in FOUND.items():
        if scope == "PyPI":
            records.append(record(name, package=package, events=[{"introduced": "0"}]))
        else:
            release = {"status": "open", "repositories": {"trixie": "1"}, "urgency": "high"}
            issue = {"description": "x", "releases": {"trixie": release}}
            tracker.setdefault(package, {})[name] = issue
    write_osv(site, "PyPI", records)
    (site / "tracker.json").write_text(json.dumps(tracker))


@pytest.fixture(scope="module")
def lab(web: Web, downloads: Path, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    place = tmp_path_factory.mktemp("vex")
    ironhull = home(place / "home", web, downloads)
    for name, image, rows in (
        ("base", "pkg:docker/ironhull/python@3.13-debian13", THEIRS),
        ("team", "pkg:docker/web@lab", OURS),
    ):
        (place / f"{name}.json").write_text(json.dumps(document(name, image, rows)))
    lock = place / "web.lock"
    ironhull("vex", "attach", f"ironhull/{BASE}", place / "base.json")
    words = ["build", APP, "--base", BASE, "-t", Lab.image, "--lock", lock]
    ironhull(*words, "--attest", f"vex={place / 'team.json'}")
    merged = place / "merged.json"
    ironhull("vex", "get", Lab.image, "--output", merged)
    bare = home(place / "bare", web, downloads)
    bare(*words)
    return Lab(ironhull, place, bare, merged)


Seen = dict[tuple[str, str], tuple[str, str]]
"""Vulnerability and package -> status and justification of what decides."""


def seen(report: dict[str, Any]) -> Seen:
    found: Seen = {}
    for finding in report["findings"]:
        if finding["id"] not in FOUND:
            continue  # of the facts that are bundled
        said = finding.get("statement") or {}
        key = finding["id"], finding["package"]["name"].lower()
        assert key not in found
        found[key] = said.get("status", ""), said.get("justification", "")
    return found


def hidden(found: Seen) -> set[str]:
    return {name for (name, _), (status, _) in found.items() if status in ("not_affected", "fixed")}


def cves(ironhull: Ironhull, image: str, *words: str | Path) -> dict[str, Any]:
    report: dict[str, Any] = ironhull.json("cves", image, "--show-suppressed", *words)
    return report


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = partial(Quiet, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def write_repository(place: Path, document: Path, ids: list[str], url: str) -> None:
    """A VEX repository (specification 0.1) of one document about these packages."""
    tree = place / "tree"
    entries = []
    for number, name in enumerate(ids):
        path = tree / f"pkg/{number}.openvex.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(document, path)
        entries.append({"id": name, "location": str(path.relative_to(tree)), "format": "openvex"})
    index = {"updated_at": "2026-01-03T00:00:00Z", "packages": entries}
    (tree / "index.json").write_text(json.dumps(index))
    with tarfile.open(place / "vex.tar.gz", "w:gz") as archive:
        archive.add(tree, "vex-main")
    manifest = {
        "name": "test",
        "description": "statements of a test",
        "versions": [
            {
                "spec_version": "0.1",
                "locations": [{"url": f"{url}/vex.tar.gz//vex-main"}],
                "update_interval": "24h",
            }
        ],
    }
    (place / ".well-known").mkdir()
    (place / ".well-known" / "vex-repository.json").write_text(json.dumps(manifest))


# ── the same, wherever statements come from ──────────────────────────────────────────────────────


def test_without_statements_everything_is_found(lab: Lab) -> None:
    found = seen(cves(lab.bare, lab.image, "--no-vex"))
    assert {name for name, _ in found} == set(FOUND)
    assert not hidden(found)
    assert seen(cves(lab.ironhull, lab.image, "--no-vex")) == found


def test_attached_statements_apply_on_their_own(lab: Lab) -> None:
    report = cves(lab.ironhull, lab.image)
    found = seen(report)
    assert not report["problems"]
    assert hidden(found) == CLEARED
    assert found["CVE-2099-1003", "expat"][0] == "affected"
    assert found["CVE-2099-0003", "jinja2"] == ("", "")
    before = cves(lab.bare, lab.image, "--no-vex")["vulnerabilities"]
    assert report["vulnerabilities"]["findings"] == before["findings"] - len(CLEARED)
    assert report["vulnerabilities"]["suppressed"] == len(CLEARED)
    origins = {f["id"]: f["statement"]["origin"] for f in report["findings"] if f.get("statement")}
    assert origins == dict.fromkeys(("CVE-2099-0001", "CVE-2099-0002"), "attestation") | (
        dict.fromkeys(("CVE-2099-1001", "CVE-2099-1002", "CVE-2099-1003"), "base")
    )


def test_vex_get_holds_the_statements_of_image_and_base(lab: Lab) -> None:
    got = json.loads(lab.merged.read_bytes())
    said = {(s["vulnerability"]["name"], s["status"], s["timestamp"]) for s in got["statements"]}
    expected = {(name, status, time) for name, _, time, status in (*OURS, *THEIRS)}
    assert said == expected
    assert lab.ironhull.run("vex", "lint", lab.merged).returncode == 0


def test_a_file_and_a_directory_say_the_same(lab: Lab, tmp_path: Path) -> None:
    attached = seen(cves(lab.ironhull, lab.image))
    shutil.copytree(
        lab.place, tmp_path / "all", ignore=shutil.ignore_patterns("home", "bare", "*lock")
    )
    (tmp_path / "all" / "merged.json").unlink()
    for given in (lab.merged, tmp_path / "all"):
        report = cves(lab.bare, lab.image, "--no-vex", "--vex", given)
        assert {key: said[0] for key, said in seen(report).items() if hidden({key: said})} == {
            key: said[0] for key, said in attached.items() if hidden({key: said})
        }


def test_a_repository_says_the_same(lab: Lab, tmp_path: Path) -> None:
    ids = ["pkg:oci/web?repository_url=index.docker.io/library/web", "pkg:docker/ironhull/python"]
    attached = seen(cves(lab.ironhull, lab.image))
    with serving(tmp_path) as url:
        write_repository(tmp_path, lab.merged, ids, url)
        lab.bare("vex", "repo", "add", "test", url)
        lab.bare("vex", "repo", "download")
        found = seen(cves(lab.bare, lab.image, "--no-vex", "--vex", "repo"))
    assert hidden(found) == hidden(attached) == CLEARED
    # once it is here, nobody has to be asked
    assert seen(cves(lab.bare, lab.image, "--no-vex", "--vex", "repo")) == found


def test_a_registry_says_the_same(lab: Lab, tmp_path: Path) -> None:
    attached = seen(cves(lab.ironhull, lab.image))
    with docker_registry(tmp_path / "registry") as host:
        name = f"{host}/team/web:lab"
        lab.ironhull("copy", f"local://{lab.image}", f"registry://{name}", "--plain-http")
        own = json.loads((lab.place / "team.json").read_bytes())
        for statement in own["statements"]:
            statement["products"][0]["@id"] = f"pkg:oci/web?repository_url={host}/team/web"
        (tmp_path / "own.json").write_text(json.dumps(own))
        lab.ironhull("vex", "attach", f"registry://{name}", tmp_path / "own.json", "--plain-http")
        elsewhere = Ironhull(tmp_path / "elsewhere")
        elsewhere.home.mkdir()
        (elsewhere.home / "advisories").symlink_to(lab.ironhull.home / "advisories")
        found = seen(cves(elsewhere, f"registry://{name}"))
    ours = {key: said for key, said in attached.items() if key[0] in {row[0] for row in OURS}}
    assert {key: found[key] for key in ours} == ours


def test_every_command_goes_by_the_same_word(lab: Lab, tmp_path: Path) -> None:
    active = cves(lab.ironhull, lab.image)["vulnerabilities"]["findings"]
    quick = lab.ironhull.json("quickview", lab.image)
    assert quick["vulnerabilities"]["findings"] == active
    compared = lab.ironhull.json("compare", "--to", lab.image, lab.image)
    assert {
        side["vulnerabilities"]["findings"]
        for side in (compared["comparison"], compared["analyzed"])
    } == {active}
    only = lab.ironhull.json("cves", lab.image, "--only-vex-affected")
    assert {finding["id"] for finding in only["findings"]} & set(FOUND) == set(FOUND) - CLEARED
    gate = lab.ironhull.run("cves", lab.image, "--exit-code", "--only-cve-id", ",".join(CLEARED))
    assert gate.returncode == 0, gate.stderr
    assert lab.bare.run("cves", lab.image, "--no-vex", "--exit-code").returncode == 2
    for name in CLEARED:
        assert name in lab.ironhull("explain", name, lab.image)
    text = lab.ironhull("cves", lab.image)
    shown = lab.ironhull("cves", lab.image, "--show-suppressed")
    assert not [name for name in CLEARED if name in text]
    assert not [name for name in CLEARED if name not in shown]


JUSTIFIED = {
    "json": "vulnerable_code_not_in_execute_path",
    "text": "vulnerable_code_not_in_execute_path",
    "markdown": "vulnerable_code_not_in_execute_path",
    "html": "vulnerable_code_not_in_execute_path",
    "sarif": "vulnerable_code_not_in_execute_path",
    "gitlab": "vulnerable_code_not_in_execute_path",
    "junit": "vulnerable_code_not_in_execute_path",
    "cyclonedx": "code_not_reachable",
}
"""Formats that hold findings, and the word each has for why they do not count."""


def test_every_format_keeps_what_is_hidden_and_says_why(lab: Lab, tmp_path: Path) -> None:
    words = [word for name in JUSTIFIED for word in ("-o", f"{name}={tmp_path / name}")]
    lab.ironhull("cves", lab.image, "--show-suppressed", *words, "-q")
    lab.ironhull("cves", lab.image, "--format", "ids", "-o", tmp_path / "ids", "-q")
    for name, word in JUSTIFIED.items():
        text = html.unescape((tmp_path / name).read_text("utf-8")).replace("\\", "")
        for cve in FOUND:
            assert cve in text, name
        for said in (word, "base <vex@base.example>", "unsigned"):
            assert said in text, name
    ids = set((tmp_path / "ids").read_text("utf-8").split())
    assert ids & set(FOUND) == set(FOUND) - CLEARED


def test_an_author_nobody_named_is_not_believed(lab: Lab) -> None:
    found = seen(cves(lab.ironhull, lab.image, "--vex-author", "team"))
    assert hidden(found) == {"CVE-2099-0001", "CVE-2099-0002"}
    assert not hidden(seen(cves(lab.ironhull, lab.image, "--vex-author", "nobody")))


def test_another_image_with_the_same_packages_is_not_cleared(lab: Lab) -> None:
    lab.bare("images", lab.image, "--export", f"oci-dir={lab.place / 'layout'}")
    found = seen(cves(lab.bare, "web:hardened", "--no-vex", "--vex", lab.place / "team.json"))
    assert not hidden(found)


# ── and Trivy ────────────────────────────────────────────────────────────────────────────────────


def trivy_cache(cache: Path) -> Path:
    """Trivy's database of the same vulnerabilities."""
    platforms = {"PyPI": "pip::test", "Debian:13": "debian 13"}
    python = {"PatchedVersions": ["99"], "VulnerableVersions": ["<99"]}
    rows = [
        (platforms[scope], package, name, python if scope == "PyPI" else {"FixedVersion": "99:9"})
        for name, (scope, package) in FOUND.items()
    ]
    write_cache(cache, rows)
    return cache


def left_by_trivy(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (found["VulnerabilityID"], found["PkgName"].lower())
        for result in report["Results"]
        for found in result.get("Vulnerabilities") or ()
    }


def left_by_us(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (finding["id"], package["name"].lower())
        for finding in report["findings"]
        if finding["id"] in FOUND
        and (finding.get("statement") or {}).get("status") not in ("not_affected", "fixed")
        for package in finding["installed"]
    }


@pytest.fixture
def trivy() -> str:
    beside = ROOT / ".venv-bench" / "bin"
    found = shutil.which("trivy", path=f"{os.environ['PATH']}{os.pathsep}{beside}")
    if found is None:
        pytest.skip("trivy is not installed (bench/peers.sh)")
    return found


def test_trivy_hides_the_same(lab: Lab, trivy: str, tmp_path: Path) -> None:
    """What `vex create` writes of an image and of a package, as a file and attached."""
    cache = trivy_cache(tmp_path / "cache")
    vex = tmp_path / "vex.json"
    why = ["--status", "not_affected", "--justification", "vulnerable_code_not_present"]
    with docker_registry(tmp_path / "registry") as host:
        name = f"{host}/team/web:lab"
        image = f"registry://{name}"
        lab.bare("copy", f"local://{lab.image}", image, "--plain-http")
        first = ["vex", "create", *why, "--author", "Team", "--output", vex]
        lab.bare(*first, "--vuln", "CVE-2099-0001", name, "--package", "pkg:pypi/flask")
        package = "pkg:deb/debian/libssl3t64"
        lab.bare("vex", "add", vex, *why, "--vuln", "CVE-2099-1001", package)
        before = left_by_trivy(scan(trivy, cache, "image", name))
        assert before == left_by_us(cves(lab.bare, image, "--no-vex"))
        ours = left_by_us(cves(lab.bare, image, "--no-vex", "--vex", vex))
        assert ours == left_by_trivy(scan(trivy, cache, "image", name, "--vex", str(vex)))
        assert {key[0] for key in before - ours} == {"CVE-2099-0001", "CVE-2099-1001"}
        lab.bare("vex", "attach", image, vex, "--plain-http")
        assert left_by_us(cves(lab.bare, image)) == ours
        assert left_by_trivy(scan(trivy, cache, "image", name, "--vex", "oci")) == ours
