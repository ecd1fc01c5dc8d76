"""Real advisory data, served on 127.0.0.1: what is indexed, what it says of real images, what a
killed update leaves. What must be found is read from the raw files here, not by our own reader."""

import gzip
import json
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import pytest
from debian.debian_support import Version as DebianVersion
from packaging.version import Version

from ironhull.advisories.snapshot import SNAPSHOT
from tests.acceptance.cli import Ironhull
from tests.acceptance.conftest import Web, new_home
from tests.images import layout

pytestmark = pytest.mark.slow

TRACKER = Path("debian", "tracker", "data", "json")
KEV = Path("kev", "known_exploited_vulnerabilities.json")
PATIENCE = 120
NAMES = ("osv-debian", "osv-pypi", "debian-tracker", "kev", "epss")


class _Server(ThreadingHTTPServer):
    """`stall` is a path of which only half is sent until `free` is set; `stalled` says when."""

    stall = ""
    free = threading.Event()
    stalled = threading.Event()
    daemon_threads = True
    block_on_close = False


class _Handler(SimpleHTTPRequestHandler):
    def copyfile(self, source: Any, outputfile: Any) -> None:
        server = self.server
        assert isinstance(server, _Server)
        if self.path != server.stall:
            super().copyfile(source, outputfile)
            return
        data: bytes = source.read()
        outputfile.write(data[: len(data) // 2])
        outputfile.flush()
        server.stalled.set()
        server.free.wait(PATIENCE)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serving(directory: Path, stall: str = "") -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), partial(_Handler, directory=str(directory))) as server:
        server.stall, server.free, server.stalled = stall, threading.Event(), threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.free.set()
            server.shutdown()


def update(server: _Server) -> list[str]:
    """The words that update from a server, and from nowhere else."""
    root = f"http://127.0.0.1:{server.server_port}"
    urls = {
        "osv": f"{root}/osv",
        "debian-tracker": f"{root}/{TRACKER}",
        "kev": f"{root}/{KEV}",
        "epss": f"{root}/epss/epss_scores-current.csv.gz",
    }
    given = [word for name, url in urls.items() for word in ("--url", f"{name}={url}")]
    return ["db", "update", *given, *(word for name in NAMES for word in ("--source", name))]


@pytest.fixture(scope="module")
def updated(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ironhull:
    """A home whose advisory data was updated from the shared files."""
    ironhull = Ironhull(tmp_path_factory.mktemp("advisories") / "home")
    with serving(shared_data) as server:
        ironhull(*update(server))
    return ironhull


@pytest.fixture(scope="module")
def bookworm(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Debian 12 image of some age with Flask 3.0.3 and what it needs, without the network."""
    debs = {
        "libssl3": ("openssl", "3.0.11-1~deb12u2"),
        "libc6": ("glibc", "2.36-9+deb12u1"),
        "libexpat1": ("expat", "2.5.0-1"),
        "zlib1g": ("zlib", "1:1.2.13.dfsg-1"),
        "perl-base": ("perl", "5.36.0-7+deb12u1"),
        "tzdata": ("", "2024a-0+deb12u1"),
    }
    wheels = {"Flask": "3.0.3", "Werkzeug": "3.0.3", "Jinja2": "3.1.4", "gunicorn": "21.2.0"}
    files = {
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
        "var/lib/dpkg/status": "\n".join(
            f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\n"
            + (f"Source: {source}\n" if source else "")
            + f"Version: {version}\n"
            for name, (source, version) in debs.items()
        ),
    }
    for name, version in wheels.items():
        place = f"usr/local/lib/python3.11/site-packages/{name}-{version}.dist-info"
        files[f"{place}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        files[f"{place}/RECORD"] = f"{name}-{version}.dist-info/METADATA,,\n"
    path = layout(tmp_path_factory.mktemp("bookworm"), "old:12", files)
    return f"oci-dir://{path}"


# ── an independent reading of the raw files ──────────────────────────────────────────────────────

Facts = dict[tuple[str, str], str]
"""(package, CVE) -> the version that repairs it, "" where none does."""


def debian_facts(data: Path, codename: str, installed: dict[str, str]) -> tuple[Facts, Facts]:
    """What affects these source versions, and what does not: the tracker's word, and where that
    knows no fix, for older versions the one a changelog of the archive names."""
    tracker = json.loads((data / TRACKER).read_bytes())
    changelogs = changelog_facts({"bookworm": "12", "trixie": "13"}[codename])
    present: Facts = {}
    absent: Facts = {}
    for package, version in installed.items():
        for cve, issue in tracker.get(package, {}).items():
            said = issue["releases"].get(codename)
            if said is None or not cve.startswith("CVE-"):
                continue
            fixed = said.get("fixed_version", "")
            if fixed == "0" or (fixed and DebianVersion(version) >= DebianVersion(fixed)):
                absent[package, cve] = fixed
            elif fixed or said["status"] == "open":
                named = changelogs.get((package, cve), "")
                newer = named and DebianVersion(version) < DebianVersion(named)
                present[package, cve] = fixed or (named if newer else "")
    return present, absent


def changelog_facts(release: str) -> Facts:
    """The bundled facts of the archive's changelogs, read as the text they are."""
    found: Facts = {}
    here, package = False, ""
    for line in gzip.decompress(SNAPSHOT.read_bytes()).decode().splitlines()[1:]:
        if line.startswith("= "):
            here = line == f"= {release}"
        elif not line.startswith(" "):
            package = line
        elif here:
            version, *cves = line.split()
            found.update({(package, cve): version for cve in cves})
    return found


def python_facts(data: Path, installed: dict[str, str]) -> tuple[Facts, Facts]:
    """The same from OSV's records of PyPI, their ECOSYSTEM ranges alone."""
    present: Facts = {}
    seen: Facts = {}
    with zipfile.ZipFile(data / "osv" / "PyPI" / "all.zip") as archive:
        for name in archive.namelist():
            record = json.loads(archive.read(name))
            cves = [c for c in (record["id"], *record.get("aliases", ())) if c.startswith("CVE-")]
            if record.get("withdrawn") or len(cves) != 1:
                continue
            for affected in record["affected"]:
                package = affected["package"]["name"].lower()
                if package not in installed or affected["package"]["ecosystem"] != "PyPI":
                    continue
                seen[package, cves[0]] = ""
                fixed = affecting(affected.get("ranges", ()), Version(installed[package]))
                if fixed is not None:
                    present[package, cves[0]] = max(
                        fixed, present.get((package, cves[0]), "0"), key=Version
                    )
    return present, {key: fixed for key, fixed in seen.items() if key not in present}


def affecting(ranges: Any, version: Version) -> str | None:
    """The version that ends the first range around `version`; None where it is in no range."""
    for spread in ranges:
        if spread["type"] != "ECOSYSTEM":
            continue
        inside = False
        for event in spread["events"]:
            if "introduced" in event:
                start = event["introduced"]
                inside = start == "0" or version >= Version(start)
            elif "fixed" in event and inside:
                if version < Version(event["fixed"]):
                    return str(event["fixed"])
                inside = False
    return None


# ── the tests ────────────────────────────────────────────────────────────────────────────────────


def check(ironhull: Ironhull, image: str, data: Path, codename: str) -> dict[str, Any]:
    """The report of an image says exactly what the raw files say of what is in it; gives it."""
    report: dict[str, Any] = ironhull.json("cves", image)
    debian, python = installed(ironhull.json("sbom", image)["packages"])
    found = {(f["package"]["name"].lower(), f["id"]): f for f in report["findings"]}
    for scope, (expected, absent) in (
        (f"Debian:{report['distro']['version']}", debian_facts(data, codename, debian)),
        ("PyPI", python_facts(data, python)),
    ):
        assert expected
        for key, fixed in expected.items():
            assert key in found, key
            assert found[key]["scope"] == scope
            if fixed:
                assert (found[key]["status"], found[key]["fixed_version"]) == ("fixed", fixed), key
        assert not set(absent) & set(found)
    scopes = {c["scope"]: c["checked"] for c in report["coverage"]}
    assert scopes.pop("generic", "not checked") == "not checked"  # libraries bundled in wheels
    assert scopes == {f"Debian:{report['distro']['version']}": "full", "PyPI": "full"}
    return report


def installed(packages: list[dict[str, Any]]) -> tuple[dict[str, str], dict[str, str]]:
    """Debian source packages and Python distributions of an SBOM, with their versions."""
    debian: dict[str, str] = {}
    python: dict[str, str] = {}
    for package in packages:
        source = package.get("source", package)
        if package["ecosystem"] == "deb":
            debian[source["name"]] = source["version"]
        elif not package.get("owned_by"):
            python[package["name"].lower()] = package["version"]
    return debian, python


def affected(report: dict[str, Any]) -> set[str]:
    """What has findings."""
    return {finding["package"]["name"].lower() for finding in report["findings"]}


def test_status_tells_what_is_covered(updated: Ironhull) -> None:
    status = updated.json("db", "status")
    scopes = {scope["name"]: scope["checked"] for scope in status["scopes"]}
    assert {scopes[name] for name in ("Debian:12", "Debian:13", "PyPI")} == {"full"}
    records = {source["name"]: source["records"] for source in status["sources"]}
    for name in NAMES:
        assert records[name] > 1000, name
    there = {source["name"] for source in status["sources"] if source["fetched"]}
    assert there == set(NAMES)
    assert not [source for source in status["sources"] if source["state"] == "failed"]


def test_debian_12_and_flask(updated: Ironhull, bookworm: str, shared_data: Path) -> None:
    report = check(updated, bookworm, shared_data, "bookworm")
    found = affected(report)
    assert {"openssl", "glibc", "expat", "zlib", "perl"} <= found
    assert {"flask", "werkzeug", "jinja2", "gunicorn"} <= found
    assert report["problems"] == []


@pytest.mark.network
def test_web_images(
    updated: Ironhull, web: Web, downloads: Path, shared_data: Path, tmp_path: Path
) -> None:
    home = new_home(tmp_path / "home", downloads, images=web.ironhull.home / "images")
    (home / "advisories").symlink_to(updated.home / "advisories")
    ironhull = Ironhull(home)
    reports = [
        check(ironhull, f"web:{name}", shared_data, "trixie") for name in ("init", "hardened")
    ]
    assert all("flask" in affected(report) for report in reports)
    init, hardened = (report["vulnerabilities"]["findings"] for report in reports)
    assert hardened < init
    compared = ironhull.json("compare", "--to", "web:init", "web:hardened")
    sides = (compared["comparison"], compared["analyzed"])
    assert [side["vulnerabilities"]["findings"] for side in sides] == [init, hardened]


def test_kev_and_epss_stand_beside_the_findings(
    updated: Ironhull, bookworm: str, shared_data: Path
) -> None:
    listed = json.loads((shared_data / KEV).read_bytes())["vulnerabilities"]
    exploited = {entry["cveID"] for entry in listed}
    findings = updated.json("cves", bookworm)["findings"]
    assert all(f["cisa_kev"] is (f["id"] in exploited) for f in findings)
    assert any(f["cisa_kev"] for f in findings)
    assert any(f["epss"] for f in findings)


@pytest.fixture
def changed(shared_data: Path, tmp_path: Path) -> Path:
    """The same data a day later: one CVE of expat less, one KEV entry less."""
    site = tmp_path / "site"
    for file in (TRACKER, KEV):
        (site / file).parent.mkdir(parents=True)
    tracker = json.loads((shared_data / TRACKER).read_bytes())
    for release in tracker["expat"]["CVE-2023-52425"]["releases"].values():
        release["fixed_version"] = "0"
    (site / TRACKER).write_text(json.dumps(tracker), "utf-8")
    kev = json.loads((shared_data / KEV).read_bytes())
    kev["vulnerabilities"].pop()
    kev["count"] = len(kev["vulnerabilities"])
    (site / KEV).write_text(json.dumps(kev), "utf-8")
    for name in ("osv", "epss"):
        (site / name).symlink_to(shared_data / name)
    return site


def killed(ironhull: Ironhull, server: _Server, when: Any) -> None:
    """Start an update and kill -9 it at the first moment `when()` holds."""
    process = subprocess.Popen(
        [*ironhull.command, *update(server)],
        env=ironhull.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    end = time.monotonic() + PATIENCE
    while not when():
        assert process.poll() is None, said(process.stderr)
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def said(stream: IO[bytes] | None) -> str:
    return stream.read().decode() if stream else ""


def test_kill_loses_nothing(
    updated: Ironhull, bookworm: str, changed: Path, tmp_path: Path
) -> None:
    ironhull = Ironhull(tmp_path / "home")
    place = ironhull.home / "advisories"
    shutil.copytree(updated.home / "advisories", place)
    before, status = ironhull.json("cves", bookworm), ironhull.json("db", "status")
    assert "CVE-2023-52425" in {f["id"] for f in before["findings"]}

    with serving(changed, stall=f"/{TRACKER}") as server:
        killed(ironhull, server, server.stalled.is_set)
    assert ironhull.json("cves", bookworm) == before

    with serving(changed) as server:
        built = list(place.glob("*.building"))
        killed(ironhull, server, lambda: any(p.stat().st_size > 0 for p in building(place)))
        assert not built
        assert ironhull.json("cves", bookworm) == before
        assert ironhull.json("db", "status")["digest"] == status["digest"]
        ironhull(*update(server))
    after = ironhull.json("cves", bookworm)
    ids = {(f["package"]["name"], f["id"]) for f in before["findings"]}
    left = {(f["package"]["name"], f["id"]) for f in after["findings"]}
    assert ids - left == {("expat", "CVE-2023-52425")}
    assert left < ids
    assert not [*building(place), *(place / "raw").glob("*.new"), *(place / "raw").glob("*.old")]


def building(place: Path) -> list[Path]:
    """Files of an index under way."""
    return [path for path in place.glob("*.building") if path.exists()]
