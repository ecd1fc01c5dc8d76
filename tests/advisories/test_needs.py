"""Which sources an update fetches: what images need, and nothing noted is ever a failure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ironhull.advisories import SOURCES
from ironhull.advisories._row import AdvisorySource
from ironhull.advisories.needs import Wanted, choose, needed, note_needed, scopes_of
from ironhull.errors import UsageError
from ironhull.limits import LIMITS
from ironhull.model import Distro, Package, Sbom, Subject


def no_claims(directory: Path, tally: Any) -> Iterator[Any]:
    raise AssertionError("choosing reads nothing")


def row(name: str, *serves: str, base: str = "osv", heavy: bool = False) -> AdvisorySource:
    return AdvisorySource(
        name, base, "http://x", "document", "claims", no_claims, serves=serves, heavy=heavy
    )


ROWS = (
    AdvisorySource("snapshot", "", "", "bundled", "claims", no_claims),
    row("tracker", "Debian", base="tracker"),
    row("osv-debian", "Debian"),
    row("osv-pypi", "PyPI"),
    row("osv-npm", "npm"),
    row("osv-ubuntu", "Ubuntu", heavy=True),
    row("dhi", "Docker Hardened Images", base="dhi", heavy=True),
    row("kev", base="kev"),
    row("nvd", base="nvd", heavy=True),
)


@pytest.mark.parametrize(
    ("wanted", "held", "names"),
    [
        (Wanted(), (), "tracker osv-debian osv-pypi osv-npm kev"),
        (Wanted(), ("nvd",), "tracker osv-debian osv-pypi osv-npm kev nvd"),
        (Wanted(scopes=frozenset({"Debian:13", "PyPI"})), (), "tracker osv-debian osv-pypi kev"),
        (Wanted(scopes=frozenset({"Debian:13"})), ("osv-npm",), "tracker osv-debian osv-npm kev"),
        (Wanted(scopes=frozenset({"Ubuntu:24.04"})), (), "osv-ubuntu kev"),
        (
            Wanted(scopes=frozenset({"Docker Hardened Images:Debian:13"})),
            (),
            "tracker osv-debian dhi kev",
        ),
        (Wanted(scopes=frozenset({"generic"})), ("nvd",), "kev nvd"),
        (Wanted(every=True), (), " ".join(source.name for source in ROWS[1:])),
        (Wanted(("osv-ubuntu",)), (), "osv-ubuntu"),
        (Wanted(("osv",)), (), "osv-debian osv-pypi osv-npm"),
        (Wanted(("osv",)), ("osv-ubuntu",), "osv-debian osv-pypi osv-npm osv-ubuntu"),
        (
            Wanted(("osv",), scopes=frozenset({"Ubuntu:24.04"})),
            (),
            "osv-debian osv-pypi osv-npm osv-ubuntu",
        ),
        (Wanted(("nvd", "kev")), (), "kev nvd"),
    ],
)
def test_what_is_fetched(wanted: Wanted, held: tuple[str, ...], names: str) -> None:
    assert [source.name for source in choose(ROWS, wanted, held)] == names.split()


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UsageError, match="no advisory source 'oval'"):
        choose(ROWS, Wanted(("oval",)), ())


def test_an_image_of_debian_and_python_asks_a_few_sources() -> None:
    wanted = Wanted(scopes=frozenset({"Debian:13", "PyPI"}))
    names = {source.name for source in choose(SOURCES, wanted, ())}
    assert {"debian-tracker", "osv-debian", "osv-pypi", "kev", "epss"} <= names
    assert not {name for name in names if name.startswith("osv-")} - {"osv-debian", "osv-pypi"}
    assert not names & {"nvd", "cve", "redhat-vex", "dhi", "alpine-secdb"}


def test_scopes_of_an_sbom() -> None:
    packages = (
        Package("deb", "zlib1g", "1", distro="debian"),
        Package("pypi", "flask", "1"),
        Package("nobody", "x", "1"),
    )
    found = Sbom(Subject("image"), distro=Distro("debian", "13"), packages=packages)
    assert scopes_of(found) >= {"Debian:13", "PyPI"}


def test_notes_are_added_to(tmp_path: Path) -> None:
    directory = tmp_path / "advisories"
    assert needed(directory) == frozenset()
    note_needed(directory, ["PyPI", "Debian:13"])
    note_needed(directory, ["npm", "PyPI", "", "a\nb", "x" * 300])
    assert needed(directory) == {"PyPI", "Debian:13", "npm"}
    before = (directory / "needed").stat().st_mtime_ns
    note_needed(directory, ["npm"])
    assert (directory / "needed").stat().st_mtime_ns == before


def test_notes_never_fail_and_never_grow_without_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    note_needed(tmp_path / "file", ["PyPI"])
    assert needed(tmp_path / "file") == frozenset()
    (tmp_path / "needed").write_bytes(b"\xff\xfe")
    assert needed(tmp_path) == frozenset()
    other = tmp_path / "other"
    note_needed(other, [f"X:{n}" for n in range(LIMITS.advisory_needed_scopes + 1)])
    assert needed(other) == frozenset()
