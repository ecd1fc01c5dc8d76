"""Go programs: both formats of build information, module lists, versions of the main module."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.catalogers._binary_probe import record
from ironhull.catalogers._go_version import agreed, filled_in, main_version, module_of
from ironhull.catalogers._probes import PROGRAMS as PROBE
from ironhull.model import File, Package, Problem
from ironhull.oci._probing import MemoryBody
from tests.catalogers.listing import row
from tests.catalogers.programs import BASE, elf
from tests.catalogers.test_elf import KINDS
from tests.trees import DictTree

CATALOGER = row("go")
PATH = "usr/local/bin/tool"
MARK = b"\xff Go buildinf:"
LIST = (
    "path\texample.com/tool/cmd/tool\n"
    "mod\texample.com/tool\tv1.4.0\th1:x=\n"
    "dep\tgithub.com/BurntSushi/toml\tv1.2.0\th1:y=\n"
    "dep\tgolang.org/x/net\tv0.1.0\th1:z=\n"
    "=>\tgithub.com/fork/net\tv0.2.0\th1:z=\n"
    "dep\tk8s.io/api\tv0.0.0\n"
    "=>\t./staging/src/k8s.io/api\t(devel)\n"
    "dep\texample.com/lib\tv1.1.0\n"
    "=>\t../lib\t(devel)\n"
    "build\t-compiler=gc\n"
)


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def wrapped(modules: str) -> bytes:
    return b"0" * 16 + modules.encode() + b"1" * 16 if modules else b""


def in_place(version: str, modules: str = LIST) -> bytes:
    body = wrapped(modules)
    head = MARK + bytes([8, 2]) + bytes(16)
    return head + varint(len(version)) + version.encode() + varint(len(body)) + body


def by_pointers(version: str, modules: str, *, wide: bool, big: bool) -> bytes:
    """Go 1.13 to 1.17: pointers to string headers, all in one data section."""
    form = (">" if big else "<") + ("Q" if wide else "I")
    size = struct.calcsize(form)
    first = elf({".go.buildinfo": bytes(32), ".data": b"D" * 8}, wide=wide, big=big)
    data_at = BASE + first.index(b"D" * 8)
    texts = version.encode() + wrapped(modules)
    strings_at = data_at + 4 * size
    pointers = (
        struct.pack(form, strings_at)
        + struct.pack(form, len(version))
        + struct.pack(form, strings_at + len(version))
        + struct.pack(form, len(texts) - len(version))
    )
    info = MARK + bytes([size, big]) + struct.pack(form, data_at)
    info += struct.pack(form, data_at + 2 * size)
    return elf(
        {".go.buildinfo": info.ljust(32, b"\0"), ".data": pointers + texts}, wide=wide, big=big
    )


def read(body: bytes, path: str = PATH) -> list[Package | Problem]:
    tree = DictTree({path: body}, probes=[PROBE])
    assert tree.troubles == []
    found = [
        item
        for file in tree.probed(PROBE.name)
        for item in CATALOGER.parse(File(file.path, file.layer, 1, 0o755), tree)
    ]
    return [item for item in found if isinstance(item, Package | Problem)]


def versions(body: bytes, path: str = PATH) -> dict[str, str]:
    return {p.name: p.version for p in read(body, path) if isinstance(p, Package)}


EXPECTED = {
    "example.com/tool": "v1.4.0",
    "github.com/BurntSushi/toml": "v1.2.0",
    "github.com/fork/net": "v0.2.0",
    "k8s.io/api": "",
    "example.com/lib": "v1.1.0",
    "stdlib": "1.22.3",
}


def test_strings_in_place() -> None:
    assert versions(elf({".text": b"x", ".go.buildinfo": in_place("go1.22.3")})) == EXPECTED


@pytest.mark.parametrize(("wide", "big"), KINDS)
def test_strings_behind_pointers(wide: bool, big: bool) -> None:
    body = by_pointers("go1.16.3", LIST, wide=wide, big=big)
    assert versions(body) == {**EXPECTED, "stdlib": "1.16.3"}


def test_without_section_headers_the_data_segment_is_searched() -> None:
    body = elf({".data": b"x" * 40, ".go.buildinfo": in_place("go1.22.3")}, headers=False)
    # the search is aligned to the segment, which begins with the file here
    assert versions(body) == EXPECTED


def test_a_library_or_addon_without_an_execute_bit_is_read() -> None:
    body = elf({".go.buildinfo": in_place("go1.22.3")})
    assert versions(body, "app/libtool.so") == EXPECTED
    assert versions(body, "app/addon.node") == EXPECTED


def test_a_windows_program() -> None:
    body = b"MZ" + bytes(62) + in_place("go1.22.3")
    assert versions(body, "tools/tool.exe") == EXPECTED
    assert read(b"MZ" + bytes(500), "tools/other.exe") == []


@pytest.mark.parametrize(
    ("toolchain", "version"),
    [
        ("go1.22.3", "1.22.3"),
        ("go1.22.3 X:boringcrypto", "1.22.3"),
        ("go1.23rc1", "1.23rc1"),
        ("devel go1.24-8e1fdea831 Fri Jan 3 10:00:00 2025 +0000", "1.24-8e1fdea831"),
        ("go1.20.10 (Red Hat 1.20.10-1.el9)", "1.20.10"),
    ],
)
def test_the_standard_library(toolchain: str, version: str) -> None:
    assert versions(elf({".go.buildinfo": in_place(toolchain)}))["stdlib"] == version


def test_without_modules_there_is_the_standard_library_and_the_repository() -> None:
    listed = "path\tgithub.com/docker/docker/cmd/dockerd\nbuild\t-compiler=gc\n"
    found = versions(elf({".go.buildinfo": in_place("go1.19.8", listed)}))
    assert found == {"stdlib": "1.19.8", "github.com/docker/docker": ""}
    assert versions(elf({".go.buildinfo": in_place("go1.19.8", "")})) == {"stdlib": "1.19.8"}


def test_other_programs_are_none_of_go() -> None:
    assert read(elf({".text": b"x", ".rodata": MARK})) == []
    assert read(elf({".text": b"x"}, headers=False)) == []


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({".gopclntab": b"x"}, "without build information"),
        ({".go.buildinfo": bytes(64)}, "without build information"),
        ({".go.buildinfo": in_place("go1.22.3")[:200]}, "cut off"),
        ({".go.buildinfo": MARK + bytes([8, 2]) + bytes(16) + b"\xff" * 10}, "cut off"),
        ({".go.buildinfo": MARK + bytes([8, 0]) + b"\xff" * 16}, "outside the file"),
        ({".go.buildinfo": MARK + bytes([4, 0]) + bytes(16)}, "another kind of machine"),
        ({".go.buildinfo": MARK + bytes([3, 0]) + bytes(16)}, "unknown format"),
        ({".go.buildinfo": in_place("")}, "without a version"),
        ({".go.buildinfo": in_place("unknown", "")}, "was removed"),
    ],
)
def test_a_go_program_that_does_not_tell_is_a_problem(
    sections: dict[str, bytes], said: str
) -> None:
    (problem,) = read(elf(sections))
    assert isinstance(problem, Problem)
    assert problem.where == PATH
    assert said in problem.message


def test_requirements_are_those_of_the_main_module() -> None:
    tree = DictTree({PATH: elf({".go.buildinfo": in_place("go1.22.3")})}, probes=[PROBE])
    (file,) = tree.probed(PROBE.name)
    needs = [item for item in CATALOGER.parse(file, tree) if not isinstance(item, Package)]
    assert CATALOGER.relate is not None
    relations = list(CATALOGER.relate(needs, tree, None))  # type: ignore[arg-type]  # all Needs
    assert {r.subject for r in relations} == {"pkg:golang/example.com/tool@v1.4.0"}
    assert "pkg:golang/github.com/burntsushi/toml@v1.2.0" in {r.object for r in relations}
    assert len(relations) == 5


@pytest.mark.parametrize(
    ("flags", "version"),
    [
        ("-s -w -X main.version=1.2.3", "v1.2.3"),
        ("-X=main.Version=v1.2.3", "v1.2.3"),
        ("-X 'example.com/tool/internal.appVersion=1.2.3-rc.1'", "v1.2.3-rc.1"),
        ('-X "github.com/prometheus/common/version.Version=2.42.0"', "v2.42.0"),
        ("-X k8s.io/component-base/version.gitVersion=v1.27.3", "v1.27.3"),
        ("-X main.ver=0.76.0 -extldflags '-static'", "v0.76.0"),
        ("-X main.version=1.2.3 -X other.org/x/version.Version=9.9.9", "v1.2.3"),
        ("-X main.version=1.2.3+dfsg1", "v1.2.3+dfsg1"),
        ("-X main.version=1.6.20~ds1", "v1.6.20"),
        ("-X main.version=1.2.3 -X main.buildVersion=1.2.4", ""),
        ("-X main.goVersion=1.22.1 -X main.commit=1.2.3", ""),
        ("-X main.version=dev", ""),
        ("-X main.version='1.2.3", "v1.2.3"),
        ("-X", ""),
        ("", ""),
    ],
)
def test_the_version_the_linker_was_told(flags: str, version: str) -> None:
    assert main_version("example.com/tool", {"-ldflags": flags}) == version


def test_settings_are_unquoted_and_used() -> None:
    listed = (
        'path\tx.org/t\nmod\tx.org/t\t(devel)\t\nbuild\t-ldflags="-s -X \\"main.version=1.2.3\\""\n'
    )
    assert versions(elf({".go.buildinfo": in_place("go1.22.3", listed)}))["x.org/t"] == "v1.2.3"


TRIMMED = "path\texample.com/tool/v2/cmd/tool\nmod\texample.com/tool/v2\t(devel)\n"


@pytest.mark.parametrize(
    ("constants", "modules", "version"),
    [
        (b"\xbf" * 8 + b"2.46.0\0", TRIMMED, "v2.46.0"),
        (b"v2.46.10\0" + bytes(7) + b"go1.24.4\0", TRIMMED, "v2.46.10"),
        (b"2.7.24~ds1\0".ljust(16, b"\0") + b"2.7.24~ds1-6+deb13u1\0", TRIMMED, "v2.7.24"),
        (b"2.5.15+ds1\0", "path\texample.com/tool\n", "v2.5.15+ds1"),
        (b"2.46.0\0\0" + b"3.1.0\0", TRIMMED, ""),  # two that disagree
        (b"domain\0" + b"\0" + b"127.0.0.1\0", TRIMMED, ""),  # an address
        (b"abc2.46.0\0", TRIMMED, ""),  # the end of another text
        (b"\x01\x02" + b"2.46.0\0", TRIMMED, ""),  # no symbol begins there
        (b"2.46.0xyz", TRIMMED, ""),  # a string of Go's own
        (b"3.46.0\0\0" + b"SQLite format 3\0", TRIMMED, ""),
        (b"2.46.0\0", TRIMMED + 'build\t-ldflags="-X main.version=v2.1.0"\n', "v2.1.0"),
        (b"2.46.0\0", "mod\texample.com/tool/v2\tv2.2.0\n", "v2.2.0"),
    ],
)
def test_the_texts_the_linker_was_told(constants: bytes, modules: str, version: str) -> None:
    program = elf({".rodata": constants, ".go.buildinfo": in_place("go1.24.4", modules)})
    tree = DictTree({PATH: program}, probes=[PROBE])
    found = list(CATALOGER.parse(File(PATH, "sha256:1", len(program), 0o755), tree))
    mains = [p for p in found if isinstance(p, Package) and p.name.startswith("example.com/")]
    assert [main.version for main in mains] == [version]


@given(st.binary(max_size=200), st.integers(0, 64))
def test_any_read_only_data_is_searched(data: bytes, address: int) -> None:
    for version in filled_in(lambda at, count: data[at : at + count], len(data), address):
        assert version.encode() + b"\0" in data
        assert agreed([version]) == "" or agreed([version]).startswith("v")


@pytest.mark.parametrize("before", [0, 8, (1 << 20) - 8, 1 << 20, (1 << 20) + 8, 3 << 20])
def test_read_only_data_is_searched_window_by_window(before: int) -> None:
    data = bytes(before) + b"v1.22.3\0" + bytes(1 << 20) + b"v1.22.4\0"
    read = lambda at, count: data[at : at + count]  # noqa: E731 - the section as it is read
    assert filled_in(read, len(data), 0) == ["v1.22.3", "v1.22.4"]
    assert filled_in(read, len(data), 1) == []  # not aligned: no symbols
    assert filled_in(lambda at, n: (data + b"SQLite format 3\0")[at : at + n], 1 << 30, 0) == []


def test_a_revision_gives_a_pseudo_version() -> None:
    settings = {
        "vcs.revision": "531360e5d2a88e732373f1614ba99a38738538b8",
        "vcs.time": "2024-10-14T10:49:01Z",
        "vcs.modified": "true",
    }
    assert main_version("x", settings) == "v0.0.0-20241014104901-531360e5d2a8+dirty"
    assert main_version("x", {**settings, "vcs.time": "yesterday"}) == ""


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("github.com/docker/docker/cmd/dockerd", "github.com/docker/docker"),
        ("github.com/cli/cli/v2/cmd/gh", "github.com/cli/cli/v2"),
        ("k8s.io/kubernetes/cmd/kubectl", "k8s.io/kubernetes"),
        ("github.com/short", ""),
        ("cmd/go", ""),
        ("command-line-arguments", ""),
        ("", ""),
    ],
)
def test_the_module_of_a_main_package(package: str, module: str) -> None:
    assert module_of(package) == module


@settings(max_examples=200)
@given(st.data())
def test_damage_is_a_problem_or_nothing(data: st.DataObject) -> None:
    program = bytearray(elf({".go.buildinfo": in_place("go1.22.3")}))
    for _ in range(data.draw(st.integers(1, 8))):
        program[data.draw(st.integers(4, len(program) - 1))] = data.draw(st.integers(0, 255))
    facts = PROBE.extract(PATH, MemoryBody(bytes(program)))
    for item in read(bytes(program)):
        assert item
    assert record(facts, "rust") is None


@given(st.text(max_size=400))
def test_any_module_list_is_read(text: str) -> None:
    read(elf({".go.buildinfo": in_place("go1.22.3", text + "\n")}))
