"""The hardened image runs: read-only root, no capabilities, user 65532, no shell to be had."""

import http.cookiejar
import json
import os
import re
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cli import checked
from tests.acceptance.conftest import Web
from tests.acceptance.containers import Bundle, Container, runtime, serving
from tests.acceptance.postgres import postgres

pytestmark = [pytest.mark.network, pytest.mark.root, pytest.mark.slow]

GUEST = {"name": "Zoë O'Neil", "day": "2096-02-29", "party_size": "4"}


@pytest.fixture(scope="module")
def bundle(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """`web:hardened` unpacked by umoci, as root so that owners are those of the image."""
    if os.geteuid() != 0:
        pytest.skip("only root can start containers of another user")
    umoci = shutil.which("umoci")
    if umoci is None:
        pytest.skip("umoci is not installed (scripts/test-packages.sh)")
    place = tmp_path_factory.mktemp("bundle")
    layout, path = place / "layout", place / "bundle"
    export = ["--export", f"oci-dir={layout}", "--no-attestations", "-q"]
    web.ironhull("images", "web:hardened", *export)
    checked([umoci, "unpack", "--image", f"{layout}:web:hardened", str(path)])
    (path / "config.json").rename(path / "image.json")
    user = json.loads((path / "image.json").read_text("utf-8"))["process"]["user"]
    return Bundle(path, user["uid"])


@pytest.fixture(scope="module")
def program(bundle: Bundle) -> str:
    """A runtime that can run this image's Python here."""
    bundle.configure(["/usr/bin/python3", "--version"], {})
    return runtime(bundle.path)


@pytest.fixture(scope="module")
def container(bundle: Bundle, program: str) -> Iterator[Container]:
    """The app, with SQLite in /data."""
    with serving(bundle, program, {"WEB_CONCURRENCY": "1"}) as running:
        yield running


def guests(url: str) -> list[dict[str, object]]:
    with urllib.request.urlopen(f"{url}/guests", timeout=30) as answer:
        found: list[dict[str, object]] = json.load(answer)
        return found


def reserve(url: str, **changes: str) -> str:
    """Fill in the form as a browser does; gives the page that follows."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(jar)
    page = browser.open(url, timeout=30).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    form = urllib.parse.urlencode({**GUEST, "csrf_token": token[1], **changes}).encode()
    with browser.open(f"{url}/guests", form, timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def check_reservation(url: str) -> None:
    assert guests(url) == []
    assert "Zoë O&#39;Neil" in reserve(url)
    (guest,) = guests(url)
    assert (guest["name"], guest["date"], guest["party_size"]) == ("Zoë O'Neil", "2096-02-29", 4)
    with pytest.raises(urllib.error.HTTPError, match="400"):
        reserve(url, csrf_token="forged")
    with pytest.raises(urllib.error.HTTPError, match="422"):
        reserve(url, party_size="0")
    assert len(guests(url)) == 1


def test_a_reservation_is_kept(container: Container) -> None:
    check_reservation(container.url)


def test_nothing_runs_as_root(container: Container) -> None:
    status = Path(f"/proc/{container.pid}/status").read_text("utf-8")
    ids = dict(re.findall(r"^(Uid|Gid):\t(\d+\t\d+\t\d+\t\d+)$", status, re.MULTILINE))
    assert {tuple(found.split()) for found in ids.values()} == {("65532",) * 4}
    assert len(ids) == 2
    capabilities = re.findall(r"^Cap(?:Prm|Eff|Bnd|Amb):\t([0-9a-f]+)$", status, re.MULTILINE)
    assert [int(found, 16) for found in capabilities] == [0] * 4


@pytest.mark.parametrize(
    "name", ["sh", "/bin/sh", "bash", "/usr/bin/dash", "apt-get", "dpkg", "pip", "busybox", "perl"]
)
def test_no_shell_can_be_executed(container: Container, name: str) -> None:
    done = container.execute(name, "-c", "true")
    assert done.returncode != 0
    assert "no such file" in done.stderr.lower() or "not found" in done.stderr.lower(), done.stderr


def test_what_is_there_can_be_executed(container: Container) -> None:
    program = (
        "import os, pwd; print(pwd.getpwuid(os.getuid()).pw_name, os.getcwd());"
        "open('/data/probe', 'w').close(); open('/app/probe', 'w')"
    )
    done = container.execute("/usr/bin/python3", "-c", program)
    assert done.stdout == "nonroot /app\n", done.stderr
    assert "Read-only file system" in done.stderr


def test_with_postgresql(bundle: Bundle, program: str) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="ih-pg-") as place,  # a socket's path must be short
        postgres(Path(place)) as url,
        serving(bundle, program, {"WEB_CONCURRENCY": "2", "DATABASE_URL": url}) as running,
    ):
        check_reservation(running.url)
