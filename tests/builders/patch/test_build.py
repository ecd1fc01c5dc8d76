"""Patches of images made in code, from an archive made in code: what the new layer holds."""

from pathlib import Path

import pytest

from ironhull.debian.deb822 import read_fields, stanzas
from ironhull.errors import BuildError, Error, RepositoryError
from ironhull.model import Image
from ironhull.oci.edit import ImageConfig
from ironhull.oci.layers import walk
from ironhull.oci.pack import Member
from tests.builders.patch.samples import Made, Shop, again, installed
from tests.debian.debmaker import Link, Mode

TOOL = Made("tool", files={"usr/bin/tool": Mode(0o755, b"old"), "usr/lib/tool/gone": "x"})
NEWER = again(TOOL, files={"usr/bin/tool": Mode(0o755, b"new"), "usr/lib/tool/more": "y"})
OTHER = Made("other", files={"usr/share/other": "stays"})
STATUS = "var/lib/dpkg/status"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def text(shop: Shop, image: Image, path: str) -> str:
    return shop.tree(image).read(path).decode()


def layer(image: Image) -> dict[str, str]:
    """Path -> kind of the topmost layer's entries."""
    with image.layers[-1].open() as stream:
        return {entry.path: entry.kind for entry, _ in walk(stream)}


def fields_of(shop: Shop, image: Image, name: str, path: str = STATUS) -> dict[str, str]:
    found = [read_fields(one) for one in stanzas(text(shop, image, path))]
    (fields,) = [one for one in found if one["Package"] == name]
    return fields


# ── the layer ────────────────────────────────────────────────────────────────────────────────────


def test_newer_files_replace_old_ones_and_dropped_ones_go(shop: Shop) -> None:
    shop.offer(NEWER, OTHER)
    image = shop.image(installed(shop, [TOOL, OTHER]))
    made = shop.patch(image)
    patched = made.build.image
    assert [str(one) for one in made.replaced] == ["tool 1.0-1 -> 1.0-2"]
    tree = shop.tree(patched)
    assert tree.read("usr/bin/tool") == b"new"
    assert tree.find("usr/bin/tool").mode == 0o755  # type: ignore[union-attr]  # read above
    assert tree.exists("usr/lib/tool/more")
    assert not tree.exists("usr/lib/tool/gone")
    held = layer(patched)
    assert "usr/lib/tool/.wh.gone" in held
    assert not any(path.startswith(("usr/share/other", "tmp")) for path in held)
    assert [one.diff_id for one in patched.layers[:-1]] == [one.diff_id for one in image.layers]


def test_directories_keep_their_owner_and_mode(shop: Shop) -> None:
    tool = Made("tool", files={"srv/data/x": "1"})
    shop.offer(again(tool, files={"srv/data/x": "2"}))
    kept = {"srv/data": Member("", "dir", 0o2770, 7, 8)}
    patched = shop.patch(shop.image(installed(shop, [tool], more=kept))).build.image
    (entry,) = [e for e, _ in shop.tree(patched).entries() if e.path == "srv/data"]
    assert (entry.mode, entry.uid, entry.gid) == (0o2770, 7, 8)


def test_the_configuration_stays_and_history_says_what_was_done(shop: Shop) -> None:
    shop.offer(NEWER)
    config = ImageConfig(user="65532", env=("A=b",), cmd=("tool",), labels={"l": "m"})
    image = shop.image(installed(shop, [TOOL]), config=config)
    document = dict(image.config) | {"author": "me"}
    document["config"] = {**document["config"], "OnBuild": ["RUN x"], "Healthcheck": {"Test": []}}
    object.__setattr__(image, "config", document)
    patched = shop.patch(image).build.image
    assert patched.config["config"] == document["config"]
    assert patched.config["author"] == "me"
    assert patched.config["history"][-1]["created_by"] == "ironhull patch: tool 1.0-1 -> 1.0-2"
    assert patched.annotations["org.opencontainers.image.base.digest"] == image.digest
    assert patched.annotations["org.opencontainers.image.base.name"] == "docker.io/library/web:1"


def test_equal_input_gives_equal_images(shop: Shop) -> None:
    shop.offer(NEWER)
    image = shop.image(installed(shop, [TOOL]))
    one, other = shop.patch(image), shop.patch(image)
    assert one.build.image.digest == other.build.image.digest
    later = shop.patch(image, epoch=1_800_000_000).build.image
    assert later.digest != one.build.image.digest


def test_what_went_in_is_named(shop: Shop) -> None:
    shop.offer(NEWER)
    image = shop.image(installed(shop, [TOOL]))
    build = shop.patch(image).build
    by_kind = {material.kind: material for material in build.materials}
    assert by_kind["base"].digests == {"sha256": image.digest.removeprefix("sha256:")}
    assert by_kind["deb"].uri == "pkg:deb/debian/tool@1.0-2?arch=amd64&distro=debian-13"
    assert by_kind["repository"].uri.endswith("/dists/trixie/InRelease")
    assert build.parameters["replaced"] == [{"package": "tool", "from": "1.0-1", "to": "1.0-2"}]


# ── the package database ─────────────────────────────────────────────────────────────────────────


def test_status_has_the_new_version_and_the_rest_byte_by_byte(shop: Shop) -> None:
    shop.offer(again(TOOL, fields={"Depends": "other"}), OTHER)
    image = shop.image(installed(shop, [OTHER, TOOL]))
    patched = shop.patch(image).build.image
    before, after = text(shop, image, STATUS), text(shop, patched, STATUS)
    assert after.split("\n\n")[0] == before.split("\n\n")[0]
    fields = fields_of(shop, patched, "tool")
    assert (fields["Version"], fields["Status"]) == ("1.0-2", "install ok installed")
    assert fields["Depends"] == "other"


def test_lists_checksums_and_scripts_are_the_new_ones(shop: Shop) -> None:
    old = again(TOOL, "1.0-1", control={"shlibs": "x"})
    shop.offer(again(NEWER, control={"triggers": "activate-noawait ldconfig\n"}))
    patched = shop.patch(shop.image(installed(shop, [old]))).build.image
    tree = shop.tree(patched)
    info = "var/lib/dpkg/info/tool"
    assert tree.read(f"{info}.list").decode().splitlines() == [
        "/.",
        "/usr/bin/tool",
        "/usr/lib/tool/more",
    ]
    assert b"usr/lib/tool/more" in tree.read(f"{info}.md5sums")
    assert tree.exists(f"{info}.triggers")
    assert not tree.exists(f"{info}.shlibs")


def test_images_for_scanners_alone_keep_that_form(shop: Shop) -> None:
    shop.offer(NEWER)
    patched = shop.patch(shop.image(installed(shop, [TOOL], slim=True))).build.image
    tree = shop.tree(patched)
    place = "var/lib/dpkg/status.d/tool"
    fields = fields_of(shop, patched, "tool", place)
    assert fields["Version"] == "1.0-2"
    assert "Status" not in fields
    assert [x.split("  ")[1] for x in tree.read(f"{place}.md5sums").decode().splitlines()] == [
        "usr/bin/tool",
        "usr/lib/tool/more",
    ]
    assert not tree.exists("usr/lib/tool/gone")
    assert not tree.exists(STATUS)


def test_triggers_follow_the_package(shop: Shop) -> None:
    old = Made("tool", control={"triggers": "interest-noawait /usr/a\n"})
    new = again(old, control={"triggers": "interest-noawait /usr/b\ninterest update-x\n"})
    shop.offer(new)
    lists = {"var/lib/dpkg/triggers/File": "/usr/z other\n/usr/a tool/noawait\n"}
    patched = shop.patch(shop.image(installed(shop, [old], more=lists))).build.image
    tree = shop.tree(patched)
    assert tree.read("var/lib/dpkg/triggers/File") == b"/usr/z other\n/usr/b tool/noawait\n"
    assert tree.read("var/lib/dpkg/triggers/update-x") == b"tool\n"


# ── configuration files ──────────────────────────────────────────────────────────────────────────

CONFIGURED = Made("tool", files={"etc/tool.conf": "one"}, control={"conffiles": "/etc/tool.conf\n"})


@pytest.mark.parametrize(
    ("there", "shipped", "expected", "beside"),
    [
        ("one", "two", "two", None),  # as it was shipped
        ("mine", "two", "mine", "two"),  # changed on both sides
        ("mine", "one", "mine", None),  # changed in the image alone
        ("two", "two", "two", None),  # the same change
        (None, "two", None, None),  # removed in the image
    ],
)
def test_conffiles_go_as_dpkg_would_keep_them(
    shop: Shop, there: str | None, shipped: str, expected: str | None, beside: str | None
) -> None:
    shop.offer(again(CONFIGURED, files={"etc/tool.conf": shipped}))
    files = installed(shop, [CONFIGURED])
    if there is None:
        del files["etc/tool.conf"]
    else:
        files["etc/tool.conf"] = there
    patched = shop.patch(shop.image(files)).build.image
    tree = shop.tree(patched)
    assert (tree.read("etc/tool.conf").decode() if expected else None) == expected
    assert tree.exists("etc/tool.conf") == (expected is not None)
    aside = "etc/tool.conf.dpkg-dist"
    assert (tree.read(aside).decode() if tree.exists(aside) else None) == beside
    assert fields_of(shop, patched, "tool")["Conffiles"].split()[0] == "/etc/tool.conf"


def test_a_conffile_that_is_no_longer_shipped_stays_and_is_obsolete(shop: Shop) -> None:
    shop.offer(again(CONFIGURED, files={"usr/x": "1"}, control={}))
    patched = shop.patch(shop.image(installed(shop, [CONFIGURED]))).build.image
    assert text(shop, patched, "etc/tool.conf") == "one"
    assert fields_of(shop, patched, "tool")["Conffiles"].endswith(" obsolete")


@pytest.mark.parametrize(
    ("there", "known", "expected"),
    [("one", True, "two"), ("mine", True, "mine"), ("one", False, "one")],
)
def test_the_old_package_says_what_a_slim_image_does_not(
    shop: Shop, there: str, known: bool, expected: str
) -> None:
    newer = again(CONFIGURED, files={"etc/tool.conf": "two"})
    shop.offer(*([CONFIGURED] if known else []), newer)
    files = installed(shop, [CONFIGURED], slim=True, more={"etc/tool.conf": there})
    made = shop.patch(shop.image(files))
    assert text(shop, made.build.image, "etc/tool.conf") == expected
    assert any("changed in the image" in note for note in made.build.notes) == (expected != "two")


def test_an_os_release_of_the_images_own_stays(shop: Shop) -> None:
    base = Made("base-files", files={"usr/lib/os-release": "ID=debian\n"})
    shop.offer(again(base, files={"usr/lib/os-release": "ID=debian\nVERSION=2\n", "usr/n": "1"}))
    own = {"usr/lib/os-release": "ID=debian\nNAME=Ours\nVERSION_CODENAME=trixie\n"}
    patched = shop.patch(shop.image(installed(shop, [base], more=own))).build.image
    assert text(shop, patched, "usr/lib/os-release") == own["usr/lib/os-release"]


# ── what the image wants otherwise ───────────────────────────────────────────────────────────────


def test_setuid_that_was_taken_away_does_not_come_back(shop: Shop) -> None:
    tool = Made("tool", files={"usr/bin/su": Mode(0o4755, b"1"), "usr/bin/sg": Mode(0o4755, b"1")})
    shop.offer(again(tool, files={path: Mode(0o4755, b"2") for path in tool.files}))
    more = {"usr/bin/su": Member("", "file", 0o755, content=b"1")}
    patched = shop.patch(shop.image(installed(shop, [tool], more=more))).build.image
    modes = {e.path: e.mode for e, _ in shop.tree(patched).entries()}
    assert (modes["usr/bin/su"], modes["usr/bin/sg"]) == (0o755, 0o4755)


def test_dpkgs_own_rules_are_obeyed(shop: Shop) -> None:
    files = {"usr/share/doc/tool/x": "1", "usr/bin/a": "1", "usr/bin/b": Mode(0o755, b"1")}
    tool = Made("tool", files=files)
    newer = {**files, "usr/share/doc/tool/x": "2", "usr/share/doc/tool/new": "2", "usr/bin/a": "2"}
    shop.offer(again(tool, files=newer))
    more = {
        "etc/dpkg/dpkg.cfg.d/docs": "path-exclude=/usr/share/doc/*\n",
        "var/lib/dpkg/diversions": "/usr/bin/a\n/usr/bin/a.real\nwrapper\n",
        "var/lib/dpkg/statoverride": "root staff 2711 /usr/bin/b\n",
        "etc/passwd": "root:x:0:0::/:\n",
        "etc/group": "staff:x:50:\n",
        "usr/bin/a": "the wrapper's",
    }
    image = shop.image(installed(shop, [tool], more=more, without=["usr/share/doc/tool/x"]))
    tree = shop.tree(shop.patch(image).build.image)
    assert not tree.exists("usr/share/doc/tool/x")
    assert not tree.exists("usr/share/doc/tool/new")
    assert (tree.read("usr/bin/a"), tree.read("usr/bin/a.real")) == (b"the wrapper's", b"2")
    (entry,) = [e for e, _ in tree.entries() if e.path == "usr/bin/b"]
    assert (entry.mode, entry.gid) == (0o2711, 50)


def test_what_a_slim_image_leaves_out_stays_out(shop: Shop) -> None:
    files = {"usr/lib/t/core": "1", "usr/lib/t/extra": "1", "usr/share/man/x": "1"}
    tool = Made("tool", files=files)
    newer = dict.fromkeys([*files, "usr/lib/t/fresh", "usr/bin/sh", "usr/share/man/y"], "2")
    shop.offer(tool, again(tool, files=newer))
    out = ["usr/lib/t/extra", "usr/share/man/x"]
    image = shop.image(installed(shop, [tool], slim=True, without=out))
    tree = shop.tree(shop.patch(image).build.image)
    assert tree.read("usr/lib/t/core") == b"2"
    assert tree.exists("usr/lib/t/fresh")
    assert not any(tree.exists(path) for path in (*out, "usr/bin/sh", "usr/share/man/y"))


def test_links_of_the_merged_usr_are_followed(shop: Shop) -> None:
    tool = Made("tool", files={"lib/x/libt.so.1": "old", "lib/x/libt.so": Link("libt.so.1")})
    newer = {"usr/lib/x/libt.so.2": "new", "usr/lib/x/libt.so": Link("libt.so.2")}
    shop.offer(again(tool, files=newer))
    more = {
        "lib": Member("", "symlink", 0o777, link="usr/lib"),
        "usr/lib/x/libt.so.1": "old",
        "usr/lib/x/libt.so": Member("", "symlink", 0o777, link="libt.so.1"),
    }
    files = installed(shop, [tool], more=more, without=list(tool.files))
    patched = shop.patch(shop.image(files)).build.image
    tree = shop.tree(patched)
    assert tree.read("lib/x/libt.so") == b"new"
    assert not tree.exists("usr/lib/x/libt.so.1")
    assert "lib" not in layer(patched)


def test_byte_code_of_replaced_modules_goes(shop: Shop) -> None:
    tool = Made("tool", files={"usr/lib/p/a.py": "1", "usr/lib/p/b.py": "1"})
    shop.offer(again(tool, files={"usr/lib/p/a.py": "2"}))
    cached = {f"usr/lib/p/__pycache__/{n}.cpython-313.pyc": "c" for n in ("a", "b", "z")}
    patched = shop.patch(shop.image(installed(shop, [tool], more=cached))).build.image
    left = [p for p in shop.tree(patched).paths() if p.endswith(".pyc")]
    assert left == ["usr/lib/p/__pycache__/z.cpython-313.pyc"]


def test_names_of_one_file_stay_so(shop: Shop) -> None:
    tool = Made("tool", files={"usr/bin/a": "1", "usr/bin/b": Link("usr/bin/a", hard=True)})
    shop.offer(again(tool, files={**tool.files, "usr/bin/a": "2"}))
    patched = shop.patch(shop.image(installed(shop, [tool]))).build.image
    assert shop.tree(patched).read("usr/bin/b") == b"2"
    assert sorted(layer(patched)[f"usr/bin/{n}"] for n in "ab") == ["file", "hardlink"]


# ── refused ──────────────────────────────────────────────────────────────────────────────────────


def refusal(shop: Shop, files: object, **asked: object) -> Error:
    before = shop.store.list()
    image = shop.image(files, "refused:1")
    with pytest.raises(Error) as caught:
        shop.patch(image, **asked)
    assert {one.name for one in shop.store.list()} == {one.name for one in before} | {"refused:1"}
    return caught.value


def test_files_of_others_are_not_overwritten(shop: Shop) -> None:
    shop.offer(again(TOOL, files={"usr/share/other": "mine"}), OTHER)
    trouble = refusal(shop, installed(shop, [TOOL, OTHER]))
    assert "usr/share/other" in trouble.message or "other" in trouble.message
    shop.offer(again(TOOL, files={"usr/share/other": "mine"}, fields={"Replaces": "other"}), OTHER)
    patched = shop.patch(shop.image(installed(shop, [TOOL, OTHER]))).build.image
    assert text(shop, patched, "usr/share/other") == "mine"


def test_a_name_of_a_file_that_is_left_out_is_refused(shop: Shop) -> None:
    tool = Made("tool", files={"etc/t": "1"})
    linked = {"etc/t": "2", "usr/bin/t": Link("etc/t", hard=True)}
    shop.offer(again(tool, control={"conffiles": "/etc/t\n"}, files=linked))
    more = {"etc/t": "mine"}
    trouble = refusal(shop, installed(shop, [tool], more=more))
    assert "usr/bin/t is another name" in trouble.message


def test_scripts_that_do_something_are_refused_by_name(shop: Shop) -> None:
    shop.offer(again(TOOL, control={"postinst": "#!/bin/sh\nset -e\nadduser --system tool\n"}))
    trouble = refusal(shop, installed(shop, [TOOL]))
    assert trouble.message == "not patched: postinst of tool runs adduser, which is not done here"
    assert "--keep" in trouble.hint


def test_an_unchanged_script_did_its_work(shop: Shop) -> None:
    script = {"postinst": "#!/bin/sh\nset -e\nadduser --system tool\n"}
    shop.offer(again(NEWER, control=script))
    made = shop.patch(shop.image(installed(shop, [again(TOOL, "1.0-1", control=script)])))
    assert "tool: postinst is that of 1.0-1, its effects stay" in made.build.notes


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"lib/apk/db/installed": "P:musl\n"}, "Alpine's packages (apk)"),
        ({"var/lib/rpm/rpmdb.sqlite": "x"}, "RPM packages"),
        ({"etc/x": "1"}, "neither var/lib/dpkg/status nor status.d"),
    ],
)
def test_images_of_others_are_refused(shop: Shop, files: dict[str, str], says: str) -> None:
    shop.offer(NEWER)
    assert says in refusal(shop, files).message


def test_an_archive_nobody_trusts_is_refused(shop: Shop) -> None:
    shop.offer(NEWER)
    files = installed(shop, [TOOL])
    shop.signer = "stranger"
    shop.offer(NEWER)
    with pytest.raises(RepositoryError, match="signed by no trusted key"):
        shop.patch(shop.image(files))


def test_nothing_newer_is_no_patch(shop: Shop) -> None:
    shop.offer(TOOL)
    image = shop.image(installed(shop, [TOOL]))
    assert not shop.plan(image).selection.replaced
    with pytest.raises(BuildError, match="nothing in its repositories is newer"):
        shop.patch(image)


def test_a_damaged_database_is_refused(shop: Shop) -> None:
    shop.offer(NEWER)
    files = installed(shop, [TOOL])
    files[STATUS] = "Package: tool\nVersion 1\n"
    assert "var/lib/dpkg/status" in refusal(shop, files).message
    assert (
        "half-configured"
        in refusal(shop, installed(shop, [TOOL], status="install ok half-configured")).message
    )
