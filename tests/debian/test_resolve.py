"""The resolver on small archives made in code, and beside apt on Debian's own."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.debian.archive import open_archive
from ironhull.debian.index import PackageIndex
from ironhull.debian.model import PackageRequest, Repository
from ironhull.debian.resolve import Resolution, resolve
from ironhull.errors import ResolveError
from ironhull.transport import Transport
from tests.debian.archives import stanza


def _index(*made: str, security: tuple[str, ...] = ()) -> PackageIndex:
    index = PackageIndex("amd64")
    index.add("\n".join(made).encode(), base="http://x", origin="http://x trixie")
    index.add("\n".join(security).encode(), base="http://y", origin="http://y trixie-security")
    return index


def _names(found: Resolution) -> list[str]:
    return [deb.name for deb in found.packages]


def _resolve(index: PackageIndex, *wanted: str, **options: bool) -> Resolution:
    requests = [PackageRequest(name) for name in wanted if not name.startswith("!")]
    excluded = [name[1:] for name in wanted if name.startswith("!")]
    return resolve(requests, index, excluded=excluded, **options)


def test_dependencies_come_first_and_recommends_do_not_come() -> None:
    index = _index(
        stanza("a", Depends="c, b (>= 1)", Recommends="z"),
        stanza("b", Pre_Depends="d"),
        stanza("c"),
        stanza("d"),
        stanza("z"),
    )
    found = _resolve(index, "a")
    assert _names(found) == ["c", "d", "b", "a"]
    assert found.requested == ("a",)


def test_a_cycle_ends() -> None:
    index = _index(stanza("a", Depends="b"), stanza("b", Depends="a"))
    assert sorted(_names(_resolve(index, "a"))) == ["a", "b"]


def test_the_highest_version_of_all_repositories_is_taken() -> None:
    index = _index(stanza("a", "1.0"), security=(stanza("a", "1.0+deb13u1"),))
    assert _resolve(index, "a").packages[0].origin == "http://y trixie-security"


@pytest.mark.parametrize(
    ("request_", "version"),
    [
        (PackageRequest("a", version="1.0"), "1.0"),
        (PackageRequest("a", suite="trixie"), "1.0"),
        (PackageRequest("a", suite="trixie-security"), "1.1"),
        (PackageRequest("a", version="0:1.1-0"), "1.1"),
    ],
)
def test_a_pin_decides(request_: PackageRequest, version: str) -> None:
    index = _index(stanza("a", "1.0"), stanza("b", Depends="a"), security=(stanza("a", "1.1"),))
    found = resolve([PackageRequest("b"), request_], index)
    assert {deb.name: deb.version for deb in found.packages}["a"] == version


def test_a_pin_that_cannot_be_had_names_what_can() -> None:
    index = _index(stanza("a", "1.0"), security=(stanza("a", "1.1"),))
    with pytest.raises(ResolveError, match="a=2: no such version") as caught:
        resolve([PackageRequest("a", version="2")], index)
    assert "1.1 in http://y trixie-security, 1.0 in http://x trixie" in caught.value.hint


AWK = (
    stanza("base", Depends="awk"),
    stanza("gawk", Provides="awk", Priority="optional"),
    stanza("mawk", Provides="awk", Priority="required"),
    stanza("original-awk", Provides="awk", Priority="optional"),
)


def test_of_several_providers_priority_decides() -> None:
    assert _names(_resolve(_index(*AWK), "base")) == ["mawk", "base"]


def test_a_provider_chosen_already_is_enough() -> None:
    assert _names(_resolve(_index(*AWK), "base", "gawk")) == ["gawk", "base"]


def test_an_excluded_provider_gives_way_to_another() -> None:
    found = _resolve(_index(*AWK), "base", "!mawk")
    assert _names(found) == ["gawk", "base"]
    assert found.notes == ()


def test_what_only_excluded_packages_provide_is_dropped_and_noted() -> None:
    found = _resolve(_index(*AWK), "base", "!mawk", "!gawk", "!original-awk")
    assert _names(found) == ["base"]
    (note,) = found.notes
    assert note.startswith("base: awk is not satisfied: gawk, mawk, original-awk")


def test_what_is_asked_for_is_not_excluded() -> None:
    assert _names(_resolve(_index(*AWK), "base", "mawk", "!mawk")) == ["mawk", "base"]


def test_alternatives_take_the_first_that_can_be_had() -> None:
    index = _index(
        stanza("a", Depends="none | old (>= 2) | b | c"), stanza("old"), stanza("b"), stanza("c")
    )
    assert _names(_resolve(index, "a")) == ["b", "a"]
    assert _names(_resolve(index, "a", "c")) == ["c", "a"]


def test_an_alternative_that_clashes_is_passed_over() -> None:
    index = _index(
        stanza("a", Depends="x | y"), stanza("b"), stanza("x", Conflicts="b"), stanza("y")
    )
    assert _names(_resolve(index, "b", "a")) == ["y", "a", "b"]


def test_versioned_provides() -> None:
    index = _index(
        stanza("a", Depends="api (>= 2)"),
        stanza("old", Provides="api (= 1)"),
        stanza("plain", Provides="api"),
        stanza("new", Provides="api (= 2.1)"),
    )
    assert _names(_resolve(index, "a")) == ["new", "a"]
    assert _names(_resolve(index, "a", "old")) == ["new", "a", "old"]
    with pytest.raises(ResolveError, match="api"):
        _resolve(_index(stanza("a", Depends="api (>= 2)"), stanza("b", Provides="api")), "a")


def test_architecture_qualifiers() -> None:
    index = _index(
        stanza("a", Depends="py:any, lib:amd64"),
        stanza("py", Multi_Arch="allowed"),
        stanza("lib"),
    )
    assert sorted(_names(_resolve(index, "a"))) == ["a", "lib", "py"]
    for depends in ("lib:any", "lib:arm64"):
        with pytest.raises(ResolveError, match=depends):
            _resolve(_index(stanza("a", Depends=depends), stanza("lib")), "a")


def test_essential_packages_are_added_when_asked_for() -> None:
    index = _index(stanza("a"), stanza("dash", Essential="yes", Depends="libc"), stanza("libc"))
    assert _names(_resolve(index, "a")) == ["a"]
    assert _names(_resolve(index, "a", essential=True)) == ["a", "libc", "dash"]
    assert _names(_resolve(index, "a", "!dash", essential=True)) == ["a"]


# ── what cannot be ───────────────────────────────────────────────────────────────────────────────


def test_the_chain_that_fails_is_shown() -> None:
    index = _index(
        stanza("a", Depends="b (>= 1)"),
        stanza("b", Depends="v"),
        stanza("p", Provides="v", Depends="libcc"),
        stanza("libc"),
    )
    with pytest.raises(ResolveError) as caught:
        _resolve(index, "a")
    assert caught.value.message.startswith("a → b (>= 1) → v (p) → libcc: no candidate for libcc")
    assert "did you mean libc?" in caught.value.message


def test_a_version_that_is_too_old_is_named() -> None:
    index = _index(stanza("a", Depends="b (>= 2)"), stanza("b", "1.5"))
    with pytest.raises(ResolveError, match=r"a → b \(>= 2\): b is there in 1\.5 only"):
        _resolve(index, "a")
    with pytest.raises(ResolveError, match=r"b 1\.5 is chosen"):
        _resolve(index, "b", "a")


def test_what_is_nowhere_and_what_is_virtual() -> None:
    with pytest.raises(ResolveError, match="mwak: no repository has") as caught:
        _resolve(_index(*AWK), "mwak")
    assert "mawk" in caught.value.hint
    with pytest.raises(ResolveError, match="awk is a virtual package") as caught:
        _resolve(_index(*AWK), "awk")
    assert caught.value.hint == "name one of gawk, mawk, original-awk"


@pytest.mark.parametrize("field", ["Conflicts", "Breaks"])
def test_conflicts_are_found(field: str) -> None:
    both = stanza("a", Depends="b, c"), stanza("b", "1.0")
    with pytest.raises(ResolveError, match=r"c .* b \(<< 2\), and b 1\.0 amd64 is needed by a"):
        _resolve(_index(*both, stanza("c", **{field: "b (<< 2)"})), "a")
    assert _resolve(_index(*both, stanza("c", **{field: "b (<< 1)"})), "a")


def test_a_package_does_not_conflict_with_itself() -> None:
    made = stanza("a", Provides="mta", Conflicts="mta"), stanza("b", Provides="mta")
    assert _names(_resolve(_index(*made), "a")) == ["a"]
    with pytest.raises(ResolveError, match="conflicts mta"):
        _resolve(_index(*made), "a", "b")


def test_malformed_relations_are_named() -> None:
    with pytest.raises(ResolveError, match=r"a 1\.0 amd64 of http://x trixie: Depends: not"):
        _resolve(_index(stanza("a", Depends="b (>> )")), "a")


PACKAGES = st.lists(
    st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=4)),
    min_size=1,
    unique_by=lambda pair: pair[0],
)


@given(PACKAGES, st.randoms())
def test_the_result_is_closed_and_does_not_depend_on_the_order(
    packages: list[tuple[int, list[int]]], random: object
) -> None:
    there = {number for number, _ in packages}
    made = [
        stanza(f"p{n}", Depends=", ".join(f"p{d}" for d in depends if d in there))
        for n, depends in packages
    ]
    first = _resolve(_index(*made), f"p{packages[0][0]}")
    random.shuffle(made)  # type: ignore[attr-defined] - hypothesis gives a random.Random
    assert _names(_resolve(_index(*made), f"p{packages[0][0]}")) == _names(first)
    chosen = set(_names(first))
    graph = {f"p{n}": {f"p{d}" for d in depends if d in there} for n, depends in packages}
    reached: set[str] = set()
    queue = [f"p{packages[0][0]}"]
    while queue:
        name = queue.pop()
        if name not in reached:
            reached.add(name)
            queue += graph[name]
    assert chosen == reached


@pytest.mark.network
@pytest.mark.parametrize(
    "wanted", ["nginx", "postgresql-15", "python3-venv", "git", "openssh-server", "default-jre"]
)
def test_the_same_packages_as_apt(
    debian_archive: str, wanted: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if not shutil.which("apt-get"):
        pytest.skip("apt is not installed")
    apt = _Apt(debian_archive, tmp_path_factory.getbasetemp() / "apt")
    found = resolve([PackageRequest(wanted)], apt.index())
    assert sorted(_names(found)) == apt.install(wanted)


class _Apt:
    """apt-get on an empty system with bookworm's main, in a directory of its own."""

    def __init__(self, url: str, root: Path) -> None:
        self.url, self.root = url, root
        new = not root.exists()
        for name in ("lists/partial", "cache/archives/partial", "etc"):
            (root / name).mkdir(parents=True, exist_ok=True)
        (root / "status").touch()
        (root / "sources.list").write_text(f"deb [trusted=yes] {url} bookworm main\n")
        if new:
            self.run("update")

    def run(self, *words: str) -> str:
        settings = {
            "Dir::State": self.root,
            "Dir::State::lists": self.root / "lists",
            "Dir::State::status": self.root / "status",
            "Dir::Cache": self.root / "cache",
            "Dir::Etc": self.root / "etc",
            "Dir::Etc::sourcelist": self.root / "sources.list",
            "APT::Architecture": "amd64",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "Debug::NoLocking": "true",
        }
        options = [f"-o{name}={value}" for name, value in settings.items()]
        done = subprocess.run(["apt-get", *options, *words], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"apt-get {words[0]}: {done.stderr.strip()[-200:]}")
        return done.stdout

    def install(self, name: str) -> list[str]:
        lines = self.run("-s", "install", name).splitlines()
        return sorted(line.split()[1] for line in lines if line.startswith("Inst "))

    def index(self) -> PackageIndex:
        return open_archive(
            [Repository(self.url, "bookworm", ("main",))],
            keys=[],
            architecture="amd64",
            transport=Transport(user_agent="ironhull/test"),
            cache=self.root / "ours",
            now=datetime.now(UTC),
        ).index
