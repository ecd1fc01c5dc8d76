""".NET: deps.json of applications and frameworks, alone and in single files; .nuspec files."""

import hashlib
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.catalogers._probes import DOTNET_BUNDLES as PROBE
from tests.catalogers.listing import edges, listed, only, read, said
from tests.trees import DictTree

TARGET = ".NETCoreApp,Version=v8.0/linux-x64"
DLL = {"lib/netstandard2.0/x.dll": {"assemblyVersion": "13.0.0.0"}}


def deps(
    libraries: dict[str, object], target: dict[str, object] | None, name: str = TARGET
) -> dict[str, object]:
    found: dict[str, object] = {"runtimeTarget": {"name": name, "signature": ""}}
    if target is not None:
        found["targets"] = {".NETCoreApp,Version=v8.0": {}, TARGET: target}
    found["libraries"] = {key: {"type": kind} for key, kind in libraries.items()}
    return found


APP = deps(
    {
        "app/1.0.0": "project",
        "Newtonsoft.Json/13.0.3": "package",
        "System.Text.Json/8.0.1": "package",
        "SQLite.Native/2.1.6": "package",
        "Humanizer.Core.de/2.14.1": "package",
        "NETStandard.Library/2.0.3": "package",
        "Only.Placeholder/1.0.0": "package",
        "Not.In.Target/1.0.0": "package",
        "Some.Reference/1.0.0.0": "reference",
        "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": "runtimepack",
    },
    {
        "app/1.0.0": {"dependencies": {"Newtonsoft.Json": "13.0.3"}, "runtime": {"app.dll": {}}},
        "Newtonsoft.Json/13.0.3": {
            "dependencies": {"system.text.json": "8.0.1", "Absent": "1"},
            "runtime": DLL,
        },
        "System.Text.Json/8.0.1": {"runtimeTargets": {"runtimes/unix/lib/x.dll": {}}},
        "SQLite.Native/2.1.6": {"native": {"runtimes/linux-x64/native/libx.so": {}}},
        "Humanizer.Core.de/2.14.1": {"resources": {"lib/de/x.resources.dll": {"locale": "de"}}},
        "NETStandard.Library/2.0.3": {"dependencies": {"Newtonsoft.Json": "13.0.3"}},
        "Only.Placeholder/1.0.0": {"runtime": {"lib/netstandard2.0/_._": {}}},
        "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {
            "runtime": {"System.dll": {}}
        },
    },
)


def test_libraries_that_bring_something_to_run() -> None:
    sbom = read({"srv/app.deps.json": APP})
    assert not sbom.problems
    assert [package.purl for package in sbom.packages] == [
        "pkg:nuget/Humanizer.Core.de@2.14.1",
        "pkg:nuget/Microsoft.NETCore.App.Runtime.linux-x64@8.0.1",
        "pkg:nuget/Newtonsoft.Json@13.0.3",
        "pkg:nuget/SQLite.Native@2.1.6",
        "pkg:nuget/System.Text.Json@8.0.1",
    ]
    assert edges(sbom) == {("Newtonsoft.Json", "System.Text.Json")}


@pytest.mark.parametrize("target", [None, {}])
def test_without_a_target_every_package_counts(target: dict[str, object] | None) -> None:
    document = deps({"A/1.0.0": "package", "app/1": "project"}, target)
    assert listed(read({"app.deps.json": document})) == ["A@1.0.0"]


def test_the_only_target_is_taken_whatever_its_name() -> None:
    document = deps({"A/1.0.0": "package", "B/1.0.0": "package"}, {"A/1.0.0": {"runtime": DLL}})
    document["targets"] = {"other": {"A/1.0.0": {"runtime": DLL}}}
    document["runtimeTarget"] = "unknown"
    assert listed(read({"app.deps.json": document})) == ["A@1.0.0"]


FRAMEWORK = "usr/share/dotnet/shared/Microsoft.NETCore.App"


def test_a_framework_is_named_by_the_package_of_its_content() -> None:
    key = "Microsoft.NETCore.App.Runtime.linux-x64/8.0.1"
    document = deps({key: "package"}, {key: {"runtime": DLL}})
    sbom = read({f"{FRAMEWORK}/8.0.1/Microsoft.NETCore.App.deps.json": document})
    assert listed(sbom) == ["Microsoft.NETCore.App.Runtime.linux-x64@8.0.1"]


def test_a_framework_whose_libraries_do_not_say_so_is_named_by_its_directory() -> None:
    key = "runtime.linux-x64.Microsoft.NETCore.App/3.1.23-servicing.22122.4"
    document = deps({key: "package"}, {key: {"runtime": DLL}})
    path = f"{FRAMEWORK}/3.1.23/Microsoft.NETCore.App.deps.json"
    assert listed(read({path: document})) == [
        "Microsoft.NETCore.App@3.1.23",
        "runtime.linux-x64.Microsoft.NETCore.App@3.1.23-servicing.22122.4",
    ]
    assert listed(read({path: deps({}, {})})) == ["Microsoft.NETCore.App@3.1.23"]
    other = "opt/shared/app/1.0/main.deps.json"
    assert listed(read({other: document})) == [key.replace("/", "@")]


NUSPEC = """\ufeff<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata minClientVersion="2.12">
    <id>Newtonsoft.Json</id>
    <version>13.0.3+build</version>
    <authors>James Newton-King</authors>
    <license type="expression">MIT</license>
    <projectUrl>https://www.newtonsoft.com/json</projectUrl>
    <description>Json.NET &amp; more</description>
    <dependencies><group targetFramework=".NETStandard1.0">
      <dependency id="Microsoft.CSharp" version="4.3.0" /></group></dependencies>
  </metadata>
</package>"""
FOLDER = "root/.nuget/packages/newtonsoft.json/13.0.3/newtonsoft.json.nuspec"


def test_the_packages_folder() -> None:
    package = only(read({FOLDER: NUSPEC}))
    assert package.purl == "pkg:nuget/Newtonsoft.Json@13.0.3"
    assert package.licenses == ("MIT",)
    assert package.supplier == "James Newton-King"
    assert package.homepage == "https://www.newtonsoft.com/json"
    assert package.summary == "Json.NET & more"


def test_a_licence_file_is_no_licence_name() -> None:
    text = NUSPEC.replace('type="expression">MIT', 'type="file">LICENSE.md')
    assert only(read({FOLDER: text})).licenses == ()


def test_folder_and_application_are_one_package() -> None:
    sbom = read({"app/app.deps.json": APP, FOLDER: NUSPEC})
    [package] = [p for p in sbom.packages if p.name == "Newtonsoft.Json"]
    assert [at.path for at in package.locations] == ["app/app.deps.json", FOLDER]
    assert package.licenses == ("MIT",)
    assert package.supplier == "James Newton-King"


BOMB = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><package>&c;</package>'


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("a.deps.json", "{", "not JSON"),
        ("a.deps.json", "[]", "names no libraries"),
        (
            "a.deps.json",
            '{"libraries": {"A": {"type": "package"}}}',
            "library 'A' has no version: not listed",
        ),
        (FOLDER, "<package>", "not XML"),
        (FOLDER, "", "not XML"),
        (FOLDER, BOMB, "declares entities"),
    ],
)
def test_trouble_is_said(path: str, body: str, what: str) -> None:
    sbom = read({path: body})
    assert not sbom.packages
    [(where, message)] = said(sbom)
    assert where == path
    assert what in message


@given(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=9,
    ),
)
def test_nothing_crashes_the_readers(data: bytes, value: object) -> None:
    files: dict[str, str | bytes | dict[str, object] | list[object]] = {
        "a.deps.json": data,
        "b.deps.json": {"runtimeTarget": value, "targets": value, "libraries": value},
        "c.deps.json": {"runtimeTarget": "t", "targets": {"t": value}, "libraries": {"x/1": value}},
        FOLDER: data,
        "d.deps.json": deps({"Survivor/1": "package"}, None),
    }
    assert "Survivor@1" in listed(read(files))


MARKER = hashlib.sha256(b".net core bundle\n").digest()


def text(value: str) -> bytes:
    """A string as .NET's BinaryWriter writes it: its length in 7 bits a byte first."""
    data, length, head = value.encode(), len(value.encode()), b""
    while length >= 0x80:
        head += bytes((length & 0x7F | 0x80,))
        length >>= 7
    return head + bytes((length,)) + data


def bundle(deps_json: bytes, *, major: int = 6, shift: int = 0, wide: bool = True) -> bytes:
    """An ELF file of 1,000 bytes, deps.json behind it, the header of the bundle at the end."""
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1, 1)) + bytes(9)
    start = 1000 + len(deps_json)
    place = struct.pack("<qq", 1000 + shift, len(deps_json))
    header = struct.pack("<IIi", major, 0, 2) + text("i" * 200)
    if major == 1:
        header += struct.pack("<qqB", 0, 1, 1) + text("app.dll")
        header += place + b"\x03" + text("app.deps.json")
    else:
        header += place + struct.pack("<qqQ", 0, 0, 0)
    program = bytearray(ident.ljust(64, b"\0") + bytes(400) + struct.pack("<q", start) + MARKER)
    struct.pack_into("<Q" if wide else "<I", program, 0x28 if wide else 0x20, 600)
    struct.pack_into("<HH", program, 0x3A if wide else 0x2E, 40, 10)
    return bytes(program.ljust(1000, b"\0")) + deps_json + header


@pytest.mark.parametrize("major", [1, 2, 6])
@pytest.mark.parametrize("wide", [True, False])
def test_an_application_in_a_single_file(major: int, wide: bool) -> None:
    sbom = read({"usr/bin/app": bundle(json.dumps(APP).encode(), major=major, wide=wide)})
    assert not sbom.problems
    assert "Newtonsoft.Json@13.0.3" in listed(sbom)
    assert sbom.packages[0].locations[0].path == "usr/bin/app"


def dynamic(program: bytes, *segments: int) -> bytes:
    """The 64-bit program as ET_DYN with segments of these types (1: PT_LOAD, 3: PT_INTERP)."""
    made = bytearray(program)
    struct.pack_into("<H", made, 16, 3)
    struct.pack_into("<Q", made, 0x20, 64)
    struct.pack_into("<HH", made, 0x36, 56, len(segments))
    for number, kind in enumerate(segments):
        struct.pack_into("<I", made, 64 + 56 * number, kind)
    return bytes(made)


@pytest.mark.parametrize("segments", [(1, 3), (3, 1, 1), ()])
def test_programs_that_can_be_loaded_anywhere_are_looked_into(segments: tuple[int, ...]) -> None:
    sbom = read({"usr/bin/app": dynamic(bundle(json.dumps(APP).encode()), *segments)})
    assert "Newtonsoft.Json@13.0.3" in listed(sbom)


@pytest.mark.parametrize(
    "program",
    [
        dynamic(bundle(json.dumps(APP).encode()), 1, 1),  # no loader: a library
        bundle(b"{}")[:1000],  # a host that nothing was added to
        bundle(b"{}").replace(MARKER, bytes(32)),
        bundle(b""),
        b"\x7fELF",
        b"\x7fELF" + bytes(2000),
    ],
)
def test_other_programs_tell_nothing(program: bytes) -> None:
    tree = DictTree({"usr/bin/app": program}, probes=[PROBE])
    assert not list(tree.probed(PROBE.name))
    assert not tree.troubles


def test_a_bundle_that_lies_is_said() -> None:
    tree = DictTree({"usr/bin/app": bundle(b"{}", shift=9999)}, probes=[PROBE])
    assert ["lies outside of it" in trouble for trouble in tree.troubles] == [True]


@given(st.integers(0, 1400), st.binary(min_size=1, max_size=40))
def test_damaged_bundles_cost_at_most_a_problem(at: int, damage: bytes) -> None:
    program = bundle(json.dumps(APP).encode(), major=1)
    program = program[:at] + damage + program[at + len(damage) :]
    tree = DictTree({"usr/bin/app": program[: len(program) - at % 7]}, probes=[PROBE])
    assert len(tree.troubles) <= 1
