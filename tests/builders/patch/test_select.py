"""Which packages are replaced, what is taken besides, and what is refused whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.patch.nouns import Installed, Selection
from ironhull.builders.patch.select import select
from ironhull.debian.deb822 import read_fields
from ironhull.debian.index import PackageIndex
from ironhull.debian.model import Deb
from ironhull.debian.relations import version_key
from ironhull.errors import BuildError, Error, ResolveError
from tests.debian.archives import stanza


def have(
    name: str, version: str = "1", status: str = "install ok installed", **fields: str
) -> Installed:
    said = read_fields(stanza(name, version, **fields).strip())
    words = status.split()
    return Installed(
        name=name,
        version=version,
        architecture=said["Architecture"],
        source=said.get("Source", name),
        fields=said,
        path="var/lib/dpkg/status",
        want=words[0],
        state=words[-1],
    )


def chosen(
    installed: list[Installed], offered: list[str], backports: tuple[str, ...] = (), **asked: object
) -> Selection:
    index = PackageIndex("amd64")
    index.add("\n".join(offered).encode(), base="http://x", origin="http://x stable")
    index.add("\n".join(backports).encode(), base="http://x", origin="http://x backports")

    def priority(deb: Deb) -> int:
        return 100 if deb.origin.endswith("backports") else 500

    options = {"priority": priority, "pinned": lambda _: False, **asked}
    foreign = [one for one in installed if one.architecture not in ("amd64", "all")]
    own = {one.name: one for one in installed if one not in foreign}
    return select(own, foreign, index, **options)  # type: ignore[arg-type]  # as given


def names(selection: Selection) -> dict[str, str]:
    return {one.deb.name: one.deb.version for one in selection.replaced}


def test_everything_with_a_newer_version_is_taken() -> None:
    found = chosen([have("a"), have("b", "2"), have("c")], [stanza("a", "2"), stanza("b", "1")])
    assert names(found) == {"a": "2"}
    assert found.notes == ("in none of the repositories, not looked at: c",)


def test_backports_only_follow_backports() -> None:
    newer = (stanza("a", "3~bpo1"),)
    assert names(chosen([have("a", "1")], [stanza("a", "2")], newer)) == {"a": "2"}
    assert names(chosen([have("a", "3~bpo0")], [stanza("a", "2")], newer)) == {"a": "3~bpo1"}


def test_updates_that_are_not_for_everybody_yet_wait() -> None:
    offered = [stanza("a", "3", Phased_Update_Percentage="20"), stanza("a", "2")]
    assert names(chosen([have("a")], offered)) == {"a": "2"}


def test_only_takes_what_was_named_and_what_that_needs() -> None:
    installed = [
        have("lib", Source="src"),
        have("tool", Source="src", Depends="lib (= 1)"),
        have("unrelated"),
    ]
    offered = [
        stanza("lib", "2", Source="src"),
        stanza("tool", "2", Source="src", Depends="lib (= 2), fresh"),
        stanza("unrelated", "2"),
        stanza("fresh", "5"),
    ]
    found = chosen(installed, offered, only=["lib"])
    assert names(found) == {"lib": "2", "tool": "2", "fresh": "5"}
    because = {one.deb.name: one.because for one in found.replaced}
    assert because == {"lib": "", "tool": "lib 2 amd64", "fresh": "tool 2"}
    assert names(chosen(installed, offered, only=["src"])) == names(found)


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("nothing", "--only nothing: the image has no such package"),
        ("newest", "--only newest: 1 is the newest there is"),
        ("gone", "--only gone: was removed from its repositories"),
    ],
)
def test_only_says_why_there_is_nothing_to_do(only: str, message: str) -> None:
    with pytest.raises(BuildError) as caught:
        chosen([have("newest"), have("gone")], [stanza("newest", "1")], only=[only])
    assert caught.value.message == message


def refused(installed: list[Installed], offered: list[str], **asked: object) -> str:
    with pytest.raises(Error) as caught:
        chosen(installed, offered, **asked)
    assert caught.value.hint
    return caught.value.message


def test_a_held_package_refuses_the_whole() -> None:
    installed = [have("a", status="hold ok installed"), have("b")]
    offered = [stanza("a", "2"), stanza("b", "2")]
    assert refused(installed, offered) == "not patched: a is held at 1, 2 is there"
    found = chosen(installed, offered, keep=["a"])
    assert names(found) == {"b": "2"}
    assert found.notes == ("a stays at 1: --keep",)


def test_a_package_that_would_have_to_go_refuses_the_whole() -> None:
    offered = [stanza("a", "2", Conflicts="b")]
    message = refused([have("a"), have("b")], offered)
    assert message == "not patched: a 2 conflicts b, and b 1 would have to go"
    broken = [stanza("a", "2", Breaks="b (<< 2)"), stanza("b", "2")]
    assert names(chosen([have("a"), have("b")], broken, only=["a"])) == {"a": "2", "b": "2"}


def test_a_dependency_nobody_has_refuses_the_whole() -> None:
    message = refused([have("a")], [stanza("a", "2", Depends="missing (>= 3)")])
    assert message == "not patched: a 2 depends on missing (>= 3), not to be had"
    kept = refused(
        [have("a"), have("l")],
        [stanza("a", "2", Depends="l (>= 2)"), stanza("l", "2")],
        keep=["l"],
    )
    assert kept == "not patched: a 2 needs l 2, kept by --keep"
    both = refused([have("l")], [stanza("l", "2")], only=["l"], keep=["l"])
    assert both == "not patched: what was asked for includes l 2, kept by --keep"


def test_a_package_that_depends_on_the_old_version_refuses_the_whole() -> None:
    installed = [have("lib"), have("plugin", Depends="lib (= 1)")]
    assert "plugin 1 depends on lib (= 1)" in refused(installed, [stanza("lib", "2")])


def test_what_the_image_did_without_is_not_missed() -> None:
    installed = [have("a", Depends="debconf (>= 0.5) | debconf-2.0, l")]
    offered = [stanza("a", "2", Depends="debconf (>= 1.5) | debconf-2.0, l (>= 1)")]
    assert names(chosen([*installed, have("l")], offered)) == {"a": "2"}


def test_clashes_there_were_already_are_let_be() -> None:
    installed = [have("a", Breaks="b"), have("b")]
    assert names(chosen(installed, [stanza("a", "2", Breaks="b")])) == {"a": "2"}


def test_a_provided_name_satisfies() -> None:
    installed = [have("a"), have("mawk", Provides="awk")]
    assert names(chosen(installed, [stanza("a", "2", Depends="awk")])) == {"a": "2"}


def test_packages_of_two_architectures_stay_together() -> None:
    other = have("l", Architecture="i386", Multi_Arch="same")
    message = refused([have("l"), other], [stanza("l", "2", Multi_Arch="same")])
    assert "l is there for i386 as well" in message
    found = chosen([have("a"), other], [stanza("a", "2")])
    assert found.notes == ("packages for i386 are not looked at",)


def test_pins_of_the_image_keep() -> None:
    found = chosen([have("a")], [stanza("a", "2")], pinned=lambda name: name == "a")
    assert not found.replaced
    assert found.notes == ("a stays at 1: pinned by the image's preferences",)


def test_an_unfinished_database_is_refused() -> None:
    with pytest.raises(BuildError, match="a is half-configured"):
        chosen([have("a", status="install ok half-configured")], [stanza("a", "2")])


def test_malformed_relations_are_refused() -> None:
    with pytest.raises(ResolveError, match="Depends"):
        chosen([have("a")], [stanza("a", "2", Depends="((")])


_VERSIONS = st.sampled_from(["1", "2", "2~rc1", "1:1", "2+deb13u1", "10"])


@given(
    st.dictionaries(st.sampled_from("abcd"), _VERSIONS),
    st.lists(st.tuples(st.sampled_from("abcd"), _VERSIONS)),
)
def test_nothing_is_ever_downgraded_or_removed(
    there: dict[str, str], offered: list[tuple[str, str]]
) -> None:
    installed = [have(name, version) for name, version in there.items()]
    found = chosen(installed, [stanza(*one) for one in dict.fromkeys(offered)])
    for one in found.replaced:
        assert one.old is not None
        assert version_key(one.deb.version) > version_key(one.old.version)
        offers = [version for name, version in offered if name == one.deb.name]
        assert one.deb.version in offers
        assert all(version_key(v) <= version_key(one.deb.version) for v in offers)
