"""Secdb documents: what a version repaired, names in odd entries, documents that are none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.advisories._row import Tally
from ironhull.advisories.secdb import SOURCES, parse_alpine, parse_one
from ironhull.errors import AdvisoryError
from ironhull.model import Advisory, Range

from .serving import NOW

ALPINE, WOLFI, CHAINGUARD = SOURCES


def document(*packages: tuple[str, dict[str, Any] | None], **fields: Any) -> bytes:
    listed = [{"pkg": {"name": name, "secfixes": fixes}} for name, fixes in packages]
    return json.dumps(
        {"distroversion": "v3.20", "reponame": "main", "packages": listed, **fields}
    ).encode()


def write(root: Path, branch: str, name: str, data: bytes) -> None:
    (root / branch).mkdir(parents=True, exist_ok=True)
    (root / branch / f"{name}.json").write_bytes(data)


def read(root: Path) -> tuple[list[Advisory], Tally]:
    tally = Tally("alpine-secdb", NOW)
    return list(parse_alpine(root, tally)), tally


def of_one(tmp_path: Path, fixes: dict[str, Any]) -> dict[str, Advisory]:
    write(tmp_path, "v3.20", "main", document(("openssl", fixes)))
    return {claim.id: claim for claim in read(tmp_path)[0]}


def test_a_version_is_the_first_without_what_it_lists(tmp_path: Path) -> None:
    write(tmp_path, "v3.20", "main", document(("openssl", {"3.1.4-r1": ["CVE-2023-5363"]})))
    write(tmp_path, "v3.20", "community", document(("vlc", {"3.0.18-r0": ["CVE-2022-41325"]})))
    write(tmp_path, "edge", "main", document(("openssl", {"3.3.0-r0": ["CVE-2024-2511"]})))
    claims, tally = read(tmp_path)
    assert [(c.scope, c.package, c.id, c.ranges) for c in claims] == [
        ("Alpine:edge", "openssl", "CVE-2024-2511", (Range(fixed="3.3.0-r0"),)),
        ("Alpine:v3.20", "vlc", "CVE-2022-41325", (Range(fixed="3.0.18-r0"),)),
        ("Alpine:v3.20", "openssl", "CVE-2023-5363", (Range(fixed="3.1.4-r1"),)),
    ]
    assert {c.status for c in claims} == {"fixed"}
    assert {c.sources for c in claims} == {("alpine-secdb",)}
    assert tally.scopes == {"Alpine:v3.20": "fixed-only", "Alpine:edge": "fixed-only"}
    assert ("Alpine:v3.20", "*") in tally.examined


def test_what_never_was_in_a_package_is_said_and_not_affected(tmp_path: Path) -> None:
    found = of_one(tmp_path, {"0": ["CVE-2022-3996"], "3.1.0-r1": ["CVE-2023-0464"]})
    assert found["CVE-2022-3996"].ranges == ()
    assert found["CVE-2023-0464"].ranges == (Range(fixed="3.1.0-r1"),)


def test_of_several_repairs_the_last_counts(tmp_path: Path) -> None:
    fixes = {
        "1.1.4-r7": ["CVE-2023-27561"],
        "1.1.4-r0": ["CVE-2023-27561"],
        "0": ["CVE-2023-27561"],
    }
    assert of_one(tmp_path, fixes)["CVE-2023-27561"].ranges == (Range(fixed="1.1.4-r7"),)


@pytest.mark.parametrize(
    ("entry", "names", "aliases"),
    [
        ("CVE-2017-12135 XSA-226", ["CVE-2017-12135"], ("XSA-226",)),
        ("CVE-2021-1 CVE-2021-28038  XSA-367", ["CVE-2021-28038"], ("XSA-367",)),
        (
            "CVE-2017-12134 CVE-2017-12135 XSA-226",
            ["CVE-2017-12134", "CVE-2017-12135"],
            ("XSA-226",),
        ),
        ("CVE-2017-2616 (+ regression fix)", ["CVE-2017-2616"], ()),
        ("CVE-2021-1234 (BGP)", ["CVE-2021-1234"], ()),
        ("CVE_2019-2426", ["CVE-2019-2426"], ()),
        ("CVE-2017-17434-1", ["CVE-2017-17434"], ()),
        ("CVE-2021-20231 GNUTLS-SA-2021-03-10", ["CVE-2021-20231"], ("GNUTLS-SA-2021-03-10",)),
        ("GHSA-88jx-383q-w4qc", ["GHSA-88jx-383q-w4qc"], ()),
        ("CVE-2024-29902 GHSA-88jx-383q-w4qc", ["CVE-2024-29902"], ("GHSA-88jx-383q-w4qc",)),
        ("XSA-248", ["XSA-248"], ()),
        ("ALPINE-13661", ["ALPINE-13661"], ()),
        ("CVE-????-?????", [], ()),
        ("N/A", [], ()),
    ],
)
def test_the_names_in_an_entry(
    tmp_path: Path, entry: str, names: list[str], aliases: tuple[str, ...]
) -> None:
    found = of_one(tmp_path, {"1-r0": [entry], "2-r0": ["CVE-2000-0001"]})
    del found["CVE-2000-0001"]
    assert list(found) == names
    assert all(claim.aliases == aliases for claim in found.values())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("4.8.0.-r1", "4.8.0-r1"),
        ("0.8.21.r2", "0.8.21-r2"),
        ("10.0.11-0", "10.0.11-r0"),
        ("6.6.2p1-r0", "6.6.2_p1-r0"),
        ("6.6.2.p1-r0", ""),
        ("1.1.0-r1-r0", "1.1.0-r0"),
        ("2.15.r-r1", ""),
        ("2021-03-27-r5", ""),
    ],
)
def test_typing_errors_of_versions(tmp_path: Path, written: str, meant: str) -> None:
    fixes = {written: ["CVE-2020-0001"], "1-r0": ["CVE-2020-0002"]}
    write(tmp_path, "v3.20", "main", document(("git", fixes)))
    claims, tally = read(tmp_path)
    found = {claim.id: claim.ranges for claim in claims}
    if meant:
        assert found["CVE-2020-0001"] == (Range(fixed=meant),)
        assert tally.skipped == 0
    else:
        assert "CVE-2020-0001" not in found
        assert tally.skipped == 1
        assert written in tally.problems[0].message


def test_a_package_that_cannot_be_read_is_skipped_and_counted(tmp_path: Path) -> None:
    good = json.loads(document(("a", {"1-r0": ["CVE-2020-0001"]}), ("b", None)))
    good["packages"] += [{"pkg": {"name": 7}}, {"x": 1}, {"pkg": {"name": "c", "secfixes": [1]}}]
    write(tmp_path, "v3.20", "main", json.dumps(good).encode())
    claims, tally = read(tmp_path)
    assert [claim.package for claim in claims] == ["a"]
    assert tally.skipped == 3


@pytest.mark.parametrize(
    "data",
    (b"<!doctype html><title>Log in</title>", b"", b'{"packages": [{"pkg"', b"[]", b'{"error": 1}'),
)
def test_what_is_no_document_is_refused(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, "v3.19", "main", document(("a", {"1-r0": ["CVE-2020-0001"]})))
    write(tmp_path, "v3.20", "main", data)
    with pytest.raises(AdvisoryError, match="no secdb document"):
        read(tmp_path)


def test_documents_of_broken_packages_are_refused(tmp_path: Path) -> None:
    data = json.dumps({"packages": [{"pkg": 1}] * 30}).encode()
    write(tmp_path, "v3.20", "main", data)
    with pytest.raises(AdvisoryError, match="30 of 30 packages unreadable"):
        read(tmp_path)


def test_empty_documents_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "v3.20", "main", document())
    with pytest.raises(AdvisoryError, match="no statements"):
        read(tmp_path)


def test_a_distribution_without_branches_is_one_document(tmp_path: Path) -> None:
    (tmp_path / "document").write_bytes(document(("aactl", {"0": ["GHSA-rq3x-83w4-p28c"]})))
    tally = Tally("wolfi-secdb", NOW)
    (claim,) = parse_one(tmp_path, tally, scope="Wolfi")
    assert (claim.scope, claim.ranges, claim.sources) == ("Wolfi", (), ("wolfi-secdb",))
    (claim,) = CHAINGUARD.parse(tmp_path, Tally("chainguard-secdb", NOW))
    assert claim.scope == "Chainguard"


def test_the_files_are_those_of_the_branches_images_need() -> None:
    assert ALPINE.files is not None
    some = ALPINE.files(frozenset({"Alpine:v3.20", "Debian:12", "Alpine:edge"}), NOW)
    assert [file.path for file in some] == [
        *("edge/main.json", "edge/community.json"),
        *("v3.20/main.json", "v3.20/community.json"),
    ]
    assert all(file.optional for file in some)
    assert ALPINE.files(frozenset({"Debian:12"}), NOW) == []


def test_without_images_all_branches_are_asked_for() -> None:
    assert ALPINE.files is not None
    paths = [file.path for file in ALPINE.files(frozenset(), "2026-11-22T12:00:00Z")]
    assert paths[0] == "v3.2/main.json"
    assert "v3.25/main.json" in paths
    assert "v3.26/main.json" not in paths
    assert paths[-1] == "edge/community.json"
    earlier = [file.path for file in ALPINE.files(frozenset(), "2024-06-01T12:00:00Z")]
    assert "v3.20/main.json" in earlier
    assert "v3.21/main.json" not in earlier


@given(st.text(max_size=40))
def test_any_entry_gives_names_or_none(entry: str) -> None:
    from ironhull.advisories.secdb import _identifiers

    names: Iterator[tuple[str, tuple[str, ...]]] = _identifiers(entry)
    assert all(name for name, _ in names)


def test_real_documents(shared_data: Path, tmp_path: Path) -> None:
    claims, tally = read(shared_data / "alpine/secdb")
    assert len(claims) > 80_000
    assert tally.skipped < 20
    assert len(tally.scopes) == 21
    (tmp_path / "document").symlink_to(shared_data / "wolfi/os/security.json")
    wolfi = list(WOLFI.parse(tmp_path, Tally("wolfi-secdb", NOW)))
    assert len(wolfi) > 30_000
    assert sum(not claim.ranges for claim in wolfi) > 3_000
