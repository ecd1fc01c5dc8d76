"""Unpacking wheels: what pip would install, and refusal of what is not what it says."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.builders.python_app import wheels as module
from ironhull.builders.python_app.target import Target
from ironhull.builders.python_app.wheels import (
    Installed,
    console_script,
    entry_points,
    unpack_wheel,
)
from ironhull.errors import BuildError
from ironhull.limits import Limits
from ironhull.model import Platform
from tests.builders.python_app.wheelmaker import digest, wheel

SITE = "usr/local/lib/python3.13/dist-packages"
TARGET = Target(
    version=(3, 13),
    full_version="3.13.5",
    interpreter="/usr/bin/python3.13",
    site=SITE,
    scripts="usr/local/bin",
    on_path=True,
    platform=Platform(),
    glibc=(2, 41),
)


def unpack(path: Path, *, requested: bool = False) -> Installed:
    work = path.parent / "work"
    work.mkdir()
    return unpack_wheel(path, TARGET, work, requested=requested)


def body(installed: Installed, path: str) -> bytes:
    content = next(f.content for f in installed.files if f.path == path)
    return content if isinstance(content, bytes) else content.read_bytes()


def refused(path: Path) -> str:
    with pytest.raises(BuildError) as caught:
        unpack(path)
    assert "\n" not in caught.value.message
    assert path.name in caught.value.message
    assert caught.value.hint
    return caught.value.message


def test_files_go_into_site_packages(tmp_path: Path) -> None:
    installed = unpack(wheel(tmp_path, files={"demo/__init__.py": "a = 1\n", "demo/data.txt": "d"}))
    assert (installed.name, installed.version) == ("demo", "1.0")
    assert body(installed, f"{SITE}/demo/__init__.py") == b"a = 1\n"
    assert {f.mode for f in installed.files} == {0o644}


def test_bookkeeping_is_that_of_an_installer(tmp_path: Path) -> None:
    installed = unpack(wheel(tmp_path), requested=True)
    info = f"{SITE}/demo-1.0.dist-info"
    assert body(installed, f"{info}/INSTALLER") == b"ironhull\n"
    assert body(installed, f"{info}/REQUESTED") == b""
    rows = list(csv.reader(io.StringIO(body(installed, f"{info}/RECORD").decode())))
    listed = {f"{SITE}/{row[0]}": row[1:] for row in rows}
    assert listed.keys() == {f.path for f in installed.files}
    for file in installed.files:
        if not file.path.endswith("/RECORD"):
            data = body(installed, file.path)
            assert listed[file.path] == [digest(data), str(len(data))]


def test_an_unrequested_wheel_has_no_mark(tmp_path: Path) -> None:
    assert not any(f.path.endswith("REQUESTED") for f in unpack(wheel(tmp_path)).files)


def test_data_directories_have_their_places(tmp_path: Path) -> None:
    files = {
        "demo-1.0.data/purelib/pure.py": "1",
        "demo-1.0.data/platlib/plat.py": "2",
        "demo-1.0.data/headers/demo.h": "3",
        "demo-1.0.data/data/share/man/x.1": "4",
        "demo-1.0.data/scripts/run": "#!python\nprint()\n",
        "demo-1.0.data/scripts/tool": "#!/bin/true\n",
    }
    installed = unpack(wheel(tmp_path, files=files))
    assert body(installed, f"{SITE}/pure.py") == b"1"
    assert body(installed, f"{SITE}/plat.py") == b"2"
    assert body(installed, "usr/local/include/python3.13/demo/demo.h") == b"3"
    assert body(installed, "usr/local/share/man/x.1") == b"4"
    assert body(installed, "usr/local/bin/run") == b"#!/usr/bin/python3.13\nprint()\n"
    assert body(installed, "usr/local/bin/tool") == b"#!/bin/true\n"
    modes = {f.path: f.mode for f in installed.files}
    assert modes["usr/local/bin/run"] == modes["usr/local/bin/tool"] == 0o755
    record = body(installed, f"{SITE}/demo-1.0.dist-info/RECORD").decode()
    assert "../../../bin/run,sha256=" in record


def test_console_scripts_call_their_object(tmp_path: Path) -> None:
    points = "[console_scripts]\ndemo = demo.cli:App.main [extra]\n[other]\nx = y\n"
    installed = unpack(wheel(tmp_path, entry_points=points))
    assert installed.commands == ("demo",)
    script = body(installed, "usr/local/bin/demo").decode()
    assert script.startswith("#!/usr/bin/python3.13\n")
    assert "from demo.cli import App\n" in script
    assert "sys.exit(App.main())" in script
    compile(script, "demo", "exec")


@pytest.mark.parametrize(
    "value", ["demo", "demo:", ":x", "a b:c", "os;x:y", "a:b()", "a:b\nimport c"]
)
def test_a_bad_object_reference_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="object reference"):
        console_script(value, "/usr/bin/python3")


@pytest.mark.parametrize("name", ["../up", "a/b", "..", "a b"])
def test_a_command_cannot_leave_its_directory(tmp_path: Path, name: str) -> None:
    path = wheel(tmp_path, entry_points=f"[console_scripts]\n{name} = a:b\n")
    assert "no name of a command" in refused(path)


def test_names_of_commands_keep_their_case() -> None:
    assert entry_points("[console_scripts]\nMyTool = a:b\n") == {"MyTool": "a:b"}


@pytest.mark.parametrize(
    "path",
    ["../evil.py", "/etc/passwd", "a/../../evil.py", "a//b.py", "C:/x.py", "a\\..\\b.py", "./a.py",
     "new\nline.py"],
)  # fmt: skip
def test_a_path_out_of_the_wheel_is_refused(tmp_path: Path, path: str) -> None:
    made = wheel(tmp_path, extra_members=((path, b"evil"),))
    assert "path" in refused(made)


def test_a_data_directory_cannot_be_left(tmp_path: Path) -> None:
    member = "demo-1.0.data/data/../../../etc/cron.d/x"
    assert "forbidden path" in refused(wheel(tmp_path, extra_members=((member, b"x"),)))


def test_an_unknown_data_directory_is_refused(tmp_path: Path) -> None:
    files = {"demo-1.0.data/sysroot/etc/passwd": "x"}
    assert "no install path" in refused(wheel(tmp_path, files=files))


def test_a_link_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.py")
    info.external_attr = 0o120777 << 16
    assert "not a regular file" in refused(wheel(tmp_path, extra_members=((info, b"/etc/passwd"),)))


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    record = {"demo.py": f"demo.py,{digest(b'other')},6"}
    assert "does not match RECORD" in refused(wheel(tmp_path, record=record))


def test_a_wrong_size_is_refused(tmp_path: Path) -> None:
    record = {"demo.py": f"demo.py,{digest(b'x = 1' + bytes([10]))},7"}
    assert "does not match RECORD" in refused(wheel(tmp_path, record=record))


@pytest.mark.parametrize("line", ["", "demo.py,,"])
def test_a_file_without_hash_is_refused(tmp_path: Path, line: str) -> None:
    assert "no hash in RECORD" in refused(wheel(tmp_path, record={"demo.py": line}))


def test_a_weak_hash_is_refused(tmp_path: Path) -> None:
    record = {"demo.py": f"demo.py,{digest(b'x = 1' + bytes([10]), 'md5')},6"}
    assert "too weak" in refused(wheel(tmp_path, record=record))


def test_a_stronger_hash_is_taken(tmp_path: Path) -> None:
    record = {"demo.py": f"demo.py,{digest(b'x = 1' + bytes([10]), 'sha512')},6"}
    assert unpack(wheel(tmp_path, record=record)).name == "demo"


def test_a_listed_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    record = {"gone.py": f"gone.py,{digest(b'')},0"}
    assert "which is not there" in refused(wheel(tmp_path, record=record))


def test_an_unlisted_file_is_refused(tmp_path: Path) -> None:
    assert "no hash" in refused(wheel(tmp_path, extra_members=(("more.py", b"evil"),)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_doubled_file_is_refused(tmp_path: Path) -> None:
    assert "two members" in refused(wheel(tmp_path, extra_members=(("demo.py", b"x = 2\n"),)))


def test_a_file_that_is_a_directory_too_is_refused(tmp_path: Path) -> None:
    assert "a file and a directory" in refused(wheel(tmp_path, files={"a": "1", "a/b.py": "2"}))


def test_a_second_dist_info_is_refused(tmp_path: Path) -> None:
    assert ".dist-info" in refused(wheel(tmp_path, files={"flask-3.0.dist-info/METADATA": "x"}))


def test_the_dist_info_of_another_name_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    renamed = path.rename(tmp_path / "flask-3.0-py3-none-any.whl")
    assert "does not belong to flask" in refused(renamed)


def test_a_wheel_of_the_future_is_refused(tmp_path: Path) -> None:
    assert "Wheel-Version" in refused(wheel(tmp_path, wheel_version="2.0"))


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMITS", Limits(archive_members=3))
    assert "more than 3 members" in refused(wheel(tmp_path))


def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMITS", Limits(deb_unpacked_bytes=1_000_000))
    path = wheel(tmp_path, files={"big.bin": bytes(2_000_000)})
    assert path.stat().st_size < 10_000
    assert "unpacks to more than" in refused(path)
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize("keep", [0, 10, 200, -30])
def test_a_cut_wheel_is_refused(tmp_path: Path, keep: int) -> None:
    path = wheel(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    refused(path)


def test_a_member_before_the_file_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    data[end + 16 : end + 20] = (int.from_bytes(data[end + 16 : end + 20], "little") + 99).to_bytes(
        4, "little"
    )
    path.write_bytes(data)
    assert "before the file begins" in refused(path)


@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_flipped_byte_never_changes_what_is_installed(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    folder = tmp_path_factory.mktemp("wheel")
    path = wheel(folder)
    whole = {f.path: f.sha256 for f in unpack(path).files}
    data = bytearray(path.read_bytes())
    data[position % len(data)] = value
    path.write_bytes(data)
    (folder / "again").mkdir()
    try:
        found = unpack_wheel(path, TARGET, folder / "again", requested=False)
    except BuildError:
        return
    assert {f.path: f.sha256 for f in found.files} == whole
