"""VEX repositories: configuration, manifest, index, archives, downloads."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.errors import ConfigError, Error, FormatError, StoreError, TransportError
from ironhull.limits import LIMITS
from ironhull.statements import _repository_archive
from ironhull.statements._repository_archive import unpack
from ironhull.statements._repository_format import (
    interval_seconds,
    manifest_urls,
    parse_index,
    parse_manifest,
    safe_location,
    split_location,
)
from ironhull.statements.repositories import (
    DEFAULT,
    Repository,
    RepositoryStore,
    key_of_purl,
    merged,
    read_config,
    write_config,
)
from ironhull.transport import Transport
from ironhull.values import replace
from tests.vexing.serving import (
    LATER,
    NOW,
    WELL_KNOWN,
    Site,
    manifest,
    openvex,
    repository,
    site,
    tar,
)

CURL = openvex(("CVE-2026-1", "pkg:deb/debian/curl", "not_affected"))
DOCUMENTS = {"pkg:deb/debian/curl": ("pkg/deb/debian/curl/vex.json", CURL)}

# ── configuration ────────────────────────────────────────────────────────────────────────────────


def test_trivys_own_configuration_is_read() -> None:
    text = """\
repositories:
  - name: default
    url: https://github.com/aquasecurity/vexhub
    enabled: true
    username: ""
    password: ""
    token: ""
  - name: own
    url: https://vex.example.com/
    username: me
    password: "1234"
"""
    first, second = read_config(text.encode(), "repository.yaml")
    assert first == replace(DEFAULT, file="repository.yaml")
    assert (second.name, second.enabled, second.password) == ("own", False, "1234")
    assert second.credentials == "Basic bWU6MTIzNA=="


def test_what_is_written_is_read_again() -> None:
    made = (
        Repository("a b", "https://example.com/x", enabled=False),
        Repository("c", "http://127.0.0.1:80", token="t0ken"),
    )
    assert read_config(write_config(made), "") == made
    assert made[1].credentials == "Bearer t0ken"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("repositories: [1]", "repository 1: must be a mapping"),
        ("repositories: {}", "must be a list"),
        ("- a", "must hold the list"),
        ("repositories: []\nother: 1", "nothing else"),
        ("repositories: [{name: a, url: ftp://x}]", "no URL"),
        ("repositories: [{name: a, url: 'https://u:p@x'}]", "holds credentials"),
        ("repositories: [{name: a/b, url: 'https://x'}]", "no name"),
        ("repositories: [{name: a, url: 'https://x', password: p}]", "without username"),
        ("repositories: [{name: a, url: 'https://x', token: 5}]", "token must be a text"),
        ("repositories: [{name: a, url: 'https://x', enabled: 'yes'}]", "true or false"),
        ("repositories: [{name: a, url: 'https://x', insecure: true}]", "always checked"),
        ("repositories: [{name: a, url: 'https://x', colour: red}]", "unknown key 'colour'"),
        ("repositories: [{name: a, url: 'https://x'}, {name: a, url: 'https://y'}]", "two "),
        ("a: &x [1]\nrepositories: *x", "aliases"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_configuration_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        read_config(text.encode(), "the-file")
    assert caught.value.message.startswith("the-file")


def test_an_empty_configuration_has_no_repositories() -> None:
    assert read_config(b"", "") == read_config(b"repositories:\n", "") == ()


def test_the_first_file_decides_about_a_name_and_a_url() -> None:
    own = [Repository("a", "https://x", enabled=False), Repository("b", "https://y/")]
    other = [
        Repository("a", "https://z"),
        Repository("c", "https://y"),
        Repository("d", "https://w"),
    ]
    assert [(r.name, r.enabled) for r in merged([own, other])] == [
        ("a", False),
        ("b", True),
        ("d", True),
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_configuration_or_an_error(data: bytes) -> None:
    try:
        read_config(data, "file")
    except ConfigError:
        return


# ── documents ────────────────────────────────────────────────────────────────────────────────────


def test_a_manifest_as_vex_hub_and_as_the_specification_write_it() -> None:
    row = {"spec_version": "v0.1", "locations": [{"url": "https://x/a.tar.gz//b"}]}
    older = json.dumps({"versions": {"v0": {**row, "update_interval": "1h30m"}}}).encode()
    assert parse_manifest(older, "").locations == ("https://x/a.tar.gz//b",)
    assert parse_manifest(older, "").interval == 5400
    assert parse_manifest(manifest("https://x"), "").interval == 86_400
    assert parse_manifest(manifest("https://x", interval="soon"), "").interval == 86_400


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "no JSON object"),
        (b"{", "is not JSON"),
        (b"{}", "names no versions"),
        (manifest("https://x", version="2.0"), "only 2.0"),
        (manifest(), "names no place"),
        (manifest("ftp://x"), "names no place"),
        (b'{"versions": [1]}', "only none"),
    ],
)
def test_a_wrong_manifest_is_named(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        parse_manifest(data, "https://x/y")
    assert caught.value.message.startswith("https://x/y")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("24h", 86400), ("1h30m", 5400), ("1.5h", 5400), ("90s", 90), ("250ms", 0.25)],
)
def test_durations_as_go_writes_them(text: str, seconds: float) -> None:
    assert interval_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "1", "1d", "1h ", "-1h", "1h30"])
def test_what_is_no_duration(text: str) -> None:
    assert interval_seconds(text) is None


def test_a_duration_has_an_end() -> None:
    assert interval_seconds("999999999h") == LIMITS.vex_repository_seconds


def test_where_a_manifest_is() -> None:
    raw = "https://raw.githubusercontent.com/aquasecurity/vexhub/HEAD/vex-repository.json"
    assert manifest_urls("https://github.com/aquasecurity/vexhub") == (raw,)
    assert manifest_urls("https://github.com/aquasecurity/vexhub.git/") == (raw,)
    assert manifest_urls("https://example.com/a/") == (
        "https://example.com/a/.well-known/vex-repository.json",
        "https://example.com/a/vex-repository.json",
    )
    assert manifest_urls("file:///srv/vex-repository.json") == ("file:///srv/vex-repository.json",)


@pytest.mark.parametrize(
    ("location", "url", "folder"),
    [
        ("https://x/a.tar.gz", "https://x/a.tar.gz", ""),
        ("https://x/a.tar.gz//b/c/", "https://x/a.tar.gz", "b/c"),
        ("https://x/a.tar.gz//b?archive=tgz", "https://x/a.tar.gz?archive=tgz", "b"),
        ("file:///x/a.zip//./b", "file:///x/a.zip", "b"),
    ],
)
def test_a_location_has_a_folder(location: str, url: str, folder: str) -> None:
    assert split_location(location) == (url, folder)


def test_entries_of_an_index_that_cannot_be_used_are_told_once_a_kind() -> None:
    rows: list[Any] = [
        {"id": "pkg:deb/debian/curl", "location": "a.json"},
        {"id": "curl", "location": "b.json"},
        {"id": "pkg:deb/debian/x", "location": "../etc/passwd"},
        {"id": "pkg:deb/debian/y", "location": "/etc/passwd"},
        {"id": "pkg:deb/debian/z", "location": "z.json", "format": "spdx"},
        {"id": "pkg:deb/debian/c", "location": "c.json", "format": "csaf"},
        7,
    ]
    found = parse_index(json.dumps({"packages": rows}).encode(), "index.json")
    assert [(e.location, e.format) for e in found.entries] == [
        ("a.json", "openvex"),
        ("c.json", "csaf"),
    ]
    assert [problem.message for problem in found.problems] == [
        "2 entries whose id is no package URL cannot be used: curl, entry 7",
        "2 entries whose location is no path inside it cannot be used:"
        " pkg:deb/debian/x, pkg:deb/debian/y",
        "1 entry in an unknown format cannot be used: pkg:deb/debian/z",
    ]


@given(st.text(max_size=60))
def test_a_location_never_leaves_its_folder(path: str) -> None:
    if safe_location(path):
        inside = Path("/root/folder", path)
        assert inside.resolve().is_relative_to("/root/folder")


@given(st.binary(max_size=100))
def test_any_bytes_are_an_index_or_an_error(data: bytes) -> None:
    for parse in (parse_index, parse_manifest):
        try:
            parse(data, "x")
        except FormatError:
            continue


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pkg:docker/dhi/python@3.13", "pkg:oci/dhi%2Fpython?repository_url=index.docker.io/dhi"),
        ("pkg:pypi/Foo_Bar@1", "pkg:pypi/foo-bar"),
        ("pkg:golang/github.com/a/b@v1#sub", "pkg:golang/github.com/a/b"),
        ("pkg:npm/%40babel/core@7", "pkg:npm/@babel/core"),
        ("pkg:deb/debian/curl@1?arch=amd64", "pkg:deb/debian/curl"),
    ],
)
def test_spellings_of_one_thing_have_one_key(one: str, other: str) -> None:
    assert key_of_purl(one) == key_of_purl(other) != ""


def test_a_type_makes_a_difference_and_no_purl_has_no_key() -> None:
    assert key_of_purl("pkg:deb/debian/curl") != key_of_purl("pkg:apk/alpine/curl")
    assert key_of_purl("curl") == key_of_purl("pkg:deb") == ""


# ── archives ─────────────────────────────────────────────────────────────────────────────────────


def packed(tmp_path: Path, data: bytes) -> tuple[Path, Path]:
    (tmp_path / "archive").write_bytes(data)
    (tmp_path / "out").mkdir()
    return tmp_path / "archive", tmp_path / "out"


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zip", ""])
@pytest.mark.parametrize("folder", ["", "hub-main/", "./"])
def test_every_kind_of_archive(tmp_path: Path, packing: str, folder: str) -> None:
    archive, out = packed(tmp_path, tar(repository(DOCUMENTS), packing, folder))
    index = unpack(archive, folder.strip("./"), out, "archive")
    assert [entry.id for entry in index.entries] == ["pkg:deb/debian/curl"]
    assert (out / "pkg/deb/debian/curl/vex.json").read_bytes() == CURL
    assert not index.problems


def test_two_streams_of_a_bzip2_file_are_one(tmp_path: Path) -> None:
    import bz2

    plain = tar(repository(DOCUMENTS), "")
    archive, out = packed(tmp_path, bz2.compress(plain[:1000]) + bz2.compress(plain[1000:]))
    assert len(unpack(archive, "", out, "archive").entries) == 1


def test_only_what_the_index_names_is_written(tmp_path: Path) -> None:
    files = {
        **repository(DOCUMENTS),
        "../evil.json": b"{}",
        "/abs.json": b"{}",
        "other.json": b"{}",
    }
    archive, out = packed(tmp_path, tar(files))
    unpack(archive, "", out, "archive")
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.json")) == [
        "out/index.json",
        "out/pkg/deb/debian/curl/vex.json",
    ]


def test_links_are_no_documents(tmp_path: Path) -> None:
    out = io.BytesIO()
    files = repository({"pkg:deb/debian/curl": ("curl.json", CURL)})
    with tarfile.open(fileobj=out, mode="w") as made:
        info = tarfile.TarInfo("curl.json")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(info)
        info = tarfile.TarInfo("index.json")
        info.size = len(files["index.json"])
        made.addfile(info, io.BytesIO(files["index.json"]))
    archive, place = packed(tmp_path, out.getvalue())
    index = unpack(archive, "", place, "archive")
    assert not index.entries
    assert "not there or too large: curl.json" in index.problems[0].message
    assert not (place / "curl.json").exists()


def test_a_document_that_is_missing_is_told(tmp_path: Path) -> None:
    files = repository({**DOCUMENTS, "pkg:npm/a": ("a.json", b"{}")})
    del files["a.json"]
    archive, out = packed(tmp_path, tar(files))
    index = unpack(archive, "", out, "https://x/y.tgz")
    assert [entry.location for entry in index.entries] == ["pkg/deb/debian/curl/vex.json"]
    assert index.problems[0].where == "https://x/y.tgz: index.json"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no index.json"),
        (b"\x1f\x8b", "not a whole archive"),
        (b"BZh9nonsense", "not a whole archive"),
        (b"\xfd7zXZ\x00nonsense", "not a whole archive"),
        (b"PK\x03\x04nonsense", "not a whole archive"),
        (b"hello" * 200, "not a whole archive"),
        (tar({"other.json": b"{}"}), "no index.json"),
        (tar({"index.json": b"[]"}), "no JSON object"),
        (tar(repository(DOCUMENTS))[:-30], "not a whole archive"),
        (tar(repository(DOCUMENTS), "bz2")[:-30], "not a whole archive"),
        (tar(repository(DOCUMENTS), "xz")[:-30], "not a whole archive"),
        (tar(repository(DOCUMENTS), "zip")[:-30], "not a whole archive"),
    ],
)
def test_a_damaged_archive_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    archive, out = packed(tmp_path, data)
    with pytest.raises(FormatError, match=message) as caught:
        unpack(archive, "", out, "https://x/y.tgz")
    assert caught.value.message.startswith("https://x/y.tgz")


def test_a_path_that_is_file_and_folder(tmp_path: Path) -> None:
    files = repository({"pkg:npm/a": ("a.json", b"{}"), "pkg:npm/b": ("a.json/b.json", b"{}")})
    archive, out = packed(tmp_path, tar(files))
    with pytest.raises(FormatError, match="both a file and a folder"):
        unpack(archive, "", out, "x")


def test_an_archive_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    less = replace(LIMITS, vex_repository_bytes=100)
    monkeypatch.setattr(_repository_archive, "LIMITS", less)
    archive, out = packed(tmp_path, tar(repository(DOCUMENTS)))
    with pytest.raises(FormatError, match="unpacks to more than 100 bytes"):
        unpack(archive, "", out, "x")


def test_an_archive_of_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    less = replace(LIMITS, vex_repository_entries=1)
    monkeypatch.setattr(_repository_archive, "LIMITS", less)
    files = {"a": b"", "b": b"", **repository(DOCUMENTS)}
    archive, out = packed(tmp_path, tar(files))
    with pytest.raises(FormatError, match="more than 1 files"):
        unpack(archive, "", out, "x")


def test_a_zip_that_lies_about_a_size(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("index.json", repository(DOCUMENTS)["index.json"])
    data = bytearray(out.getvalue())
    at = data.rindex(b"PK\x01\x02") + 24  # uncompressed size in the directory
    data[at : at + 4] = (5).to_bytes(4, "little")
    archive, place = packed(tmp_path, bytes(data))
    with pytest.raises(FormatError):
        unpack(archive, "", place, "x")


@given(st.binary(max_size=300))
def test_any_bytes_are_an_archive_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    archive, out = packed(tmp_path_factory.mktemp("any"), data)
    with pytest.raises(FormatError):
        unpack(archive, "", out, "x")


# ── downloads ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as made:
        made.serve(DOCUMENTS)
        yield made


def client(**options: Any) -> Transport:
    return Transport(user_agent="test", pause=lambda _: None, **options)


def locations(store: RepositoryStore, of: Repository, *purls: str) -> list[str]:
    found, problems = store.documents(of, {key_of_purl(purl) for purl in purls})
    assert not problems
    return [held.where for held in found]


def test_a_repository_is_fetched_and_asked(tmp_path: Path, served: Site) -> None:
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    assert store.stored(hub) is None
    assert store.is_due(hub, NOW)
    done = store.refresh(hub, client(), now=NOW)
    assert done.changed
    assert (done.stored.documents, done.stored.updated_at) == (1, "2026-02-01T00:00:00Z")
    there = "hub: pkg/deb/debian/curl/vex.json"
    assert locations(store, hub, "pkg:deb/debian/curl@8.1?arch=amd64") == [there]
    assert locations(store, hub, "pkg:deb/debian/wget") == []
    found, _ = store.documents(hub, {key_of_purl("pkg:deb/debian/curl")})
    assert found[0].path.read_bytes() == CURL
    assert not store.is_due(hub, NOW)
    assert not store.is_due(hub, "2026-03-02T11:00:00Z")
    assert store.is_due(hub, LATER)


@pytest.mark.parametrize("dated", [False, True])
def test_what_is_unchanged_is_not_fetched_again(
    tmp_path: Path, served: Site, *, dated: bool
) -> None:
    served.dated = dated
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    store.refresh(hub, client(), now=NOW)
    assert served.took("/data") == [200]
    again = store.refresh(hub, client(), now=LATER)
    assert not again.changed
    assert served.took("/data") == [304]
    assert again.stored.checked == LATER
    assert len(locations(store, hub, "pkg:deb/debian/curl")) == 1


def test_a_change_replaces_all_of_it(tmp_path: Path, served: Site) -> None:
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    store.refresh(hub, client(), now=NOW)
    before, _ = store.documents(hub, {key_of_purl("pkg:deb/debian/curl")})
    served.serve({"pkg:npm/a": ("a.json", b"{}")})
    assert store.refresh(hub, client(), now=LATER).changed
    assert locations(store, hub, "pkg:deb/debian/curl") == []
    assert locations(store, hub, "pkg:npm/a") == ["hub: a.json"]
    assert before[0].path.exists()  # whoever read it then may still do so
    served.serve(DOCUMENTS)
    store.refresh(hub, client(), now=LATER)
    assert not before[0].path.exists()


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", tar({"x": b""}), tar({"index.json": b"{}"}), tar({"a": b""})[:-9]]
)
def test_what_was_there_stays_when_a_download_is_no_good(
    tmp_path: Path, served: Site, data: bytes
) -> None:
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    store.refresh(hub, client(), now=NOW)
    served.pages["/data"] = data
    with pytest.raises(FormatError):
        store.refresh(hub, client(), now=LATER)
    assert len(locations(store, hub, "pkg:deb/debian/curl")) == 1
    assert sorted(p.name for p in next(tmp_path.iterdir()).iterdir()) == ["1", "lock", "state.json"]
    served.serve({"pkg:npm/a": ("a.json", b"{}")})
    assert store.refresh(hub, client(), now=LATER).changed


def test_locations_are_tried_in_turn(tmp_path: Path, served: Site) -> None:
    served.pages["/broken"] = b"nonsense"
    served.pages[WELL_KNOWN] = manifest(
        f"{served.url}/missing", f"{served.url}/broken", f"{served.url}/data"
    )
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    assert store.refresh(hub, client(), now=NOW).stored.documents == 1


def test_all_that_failed_is_told(tmp_path: Path, served: Site) -> None:
    served.pages[WELL_KNOWN] = manifest(f"{served.url}/missing", f"{served.url}/other")
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    with pytest.raises(TransportError, match=r"missing.*other"):
        store.refresh(hub, client(), now=NOW)
    assert store.stored(hub) is None


def test_a_server_without_a_manifest(tmp_path: Path) -> None:
    with site() as empty, pytest.raises(TransportError, match=r"VEX repository hub: .*404"):
        RepositoryStore(tmp_path).refresh(Repository("hub", empty.url), client(), now=NOW)


def test_data_of_a_manifest_over_https_comes_over_https() -> None:
    from ironhull.statements.repositories import _check_downgrade

    _check_downgrade("https://x", "https://y")
    _check_downgrade("http://x", "http://y")
    for location in ("http://y", "file:///etc/passwd"):
        with pytest.raises(FormatError, match="not fetched from there"):
            _check_downgrade("https://x", location)
    with pytest.raises(FormatError, match="not fetched from there"):
        _check_downgrade("http://x", "file:///etc/passwd")


def test_credentials_go_to_their_own_origin_alone(tmp_path: Path, served: Site) -> None:
    with site() as other:
        other.pages["/data"] = served.pages["/data"]
        served.authorization = "Bearer t0ken"
        served.moved["/data"] = f"{other.url}/data"
        hub = Repository("hub", served.url, token="t0ken")
        with_token = client(credentials={served.url: hub.credentials})
        RepositoryStore(tmp_path).refresh(hub, with_token, now=NOW)
        assert {said for _, said in served.sent} == {"Bearer t0ken"}
        assert {said for _, said in other.sent} == {""}
    with pytest.raises(TransportError, match="401"):
        RepositoryStore(tmp_path / "b").refresh(hub, client(), now=NOW)


def test_a_local_folder_is_a_repository_too(tmp_path: Path) -> None:
    place = tmp_path / "hub"
    place.mkdir()
    (place / "data.tar.gz").write_bytes(tar(repository(DOCUMENTS)))
    (place / "vex-repository.json").write_bytes(manifest(f"file://{place}/data.tar.gz"))
    store, hub = RepositoryStore(tmp_path / "kept"), Repository("hub", f"file://{place}")
    assert store.refresh(hub, client(offline=True), now=NOW).stored.documents == 1


def test_repositories_of_one_name_share_nothing(tmp_path: Path, served: Site) -> None:
    store = RepositoryStore(tmp_path)
    store.refresh(Repository("hub", served.url), client(), now=NOW)
    assert store.stored(Repository("hub", f"{served.url}/other")) is None
    store.forget(Repository("hub", served.url))
    assert store.stored(Repository("hub", served.url)) is None


@pytest.mark.parametrize(
    "state",
    [b"", b"[]", b"{}", b'{"url": 1}', b"\xff", b'{"folder": "../.."}'],
)
def test_a_damaged_state_is_none(tmp_path: Path, served: Site, state: bytes) -> None:
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    store.refresh(hub, client(), now=NOW)
    next(tmp_path.rglob("state.json")).write_bytes(state)
    assert store.stored(hub) is None
    with pytest.raises(StoreError, match="nothing was downloaded"):
        store.documents(hub, set())
    assert store.refresh(hub, client(), now=NOW).changed


def test_a_state_names_no_folder_outside(tmp_path: Path, served: Site) -> None:
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    store.refresh(hub, client(), now=NOW)
    state = next(tmp_path.rglob("state.json"))
    state.write_text(state.read_text().replace('"folder": "1"', '"folder": ".."'))
    assert store.stored(hub) is None


def test_a_damaged_index_is_an_error(tmp_path: Path, served: Site) -> None:
    store, hub = RepositoryStore(tmp_path), Repository("hub", served.url)
    store.refresh(hub, client(), now=NOW)
    next(tmp_path.rglob("index.json")).write_bytes(b"[")
    with pytest.raises(FormatError):
        store.documents(hub, set())
    next(tmp_path.rglob("index.json")).unlink()
    with pytest.raises(Error, match="its index cannot be read"):
        store.documents(hub, set())


def test_vex_hub(tmp_path: Path, shared_data: Path) -> None:
    """The whole of VEX Hub as it is published."""
    archive = shared_data / "vexhub" / "archive" / "vexhub-main.tar.gz"
    (tmp_path / "vex-repository.json").write_bytes(manifest(f"file://{archive}//vexhub-main"))
    store, hub = RepositoryStore(tmp_path / "kept"), Repository("hub", f"file://{tmp_path}")
    done = store.refresh(hub, client(), now=NOW)
    assert done.stored.documents > 50
    assert not done.problems
    index = json.loads((shared_data / "vexhub" / "index.json").read_bytes())
    for row in index["packages"]:
        assert f"hub: {row['location']}" in locations(store, hub, row["id"] + "@1.0")
