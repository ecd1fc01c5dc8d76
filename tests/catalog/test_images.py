"""Every image of the catalog: starts, passes its tests, can be built again, read by other tools."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from ironhull.builders.debian_base.catalog import CatalogEntry
from tests.acceptance.cli import Ironhull
from tests.acceptance.test_peers import Packages, identity, syft, tool, trivy

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.mark.root
def test_it_passes_its_tests(ironhull: Ironhull, entry: CatalogEntry, built: str) -> None:
    done = ironhull.run("base", "test", entry.name, "--with", "runc")
    if "no container can be run here" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout


def test_it_is_what_it_says(
    ironhull: Ironhull, entry: CatalogEntry, built: str, keys: Path
) -> None:
    """Signed, attested, and built again from its lock with the same digest."""
    public = keys.with_suffix(".pub")
    found = ironhull.json("base", "verify", entry.name, "--key", public)
    assert found["verified"], found


def test_what_is_in_it(ironhull: Ironhull, entry: CatalogEntry, built: str) -> None:
    if entry.definition.variant != "runtime":
        pytest.skip("only what people run has to be without them")
    posture = ironhull.json("inspect", built)["posture"]
    kinds = {found["kind"] for found in posture["tools"]}
    assert not kinds & {"shell", "package manager", "privilege", "build"}
    assert posture["complete"]
    assert posture["setuid"] == posture["setgid"] == posture["private_keys"] == []
    assert (posture["uid"], posture["root"]) == (65532, False)


def test_other_tools_list_the_same(
    ironhull: Ironhull, entry: CatalogEntry, built: str, tmp_path: Path
) -> None:
    tool("trivy")
    tool("syft")
    archive = tmp_path / "image.tar"
    export = ["--export", f"docker-archive={archive}", "--no-attestations", "-q"]
    ironhull("images", built, *export)
    listed = ironhull.json("sbom", built)["packages"]
    ours = debian(identity(package["purl"]) for package in listed)
    assert {request.name for request in entry.definition.packages} <= {name for _, name, _ in ours}
    assert debian(trivy(archive, tmp_path / "cache", "--pkg-types", "os")) == ours
    assert debian(syft("scan", f"docker-archive:{archive}")) == ours
    archive.unlink()


def debian(packages: Iterable[tuple[str, str, str]]) -> Packages:
    """Those of Debian: what they ship besides (jars, modules) is counted in other ways."""
    return {package for package in packages if package[0] == "deb"}
