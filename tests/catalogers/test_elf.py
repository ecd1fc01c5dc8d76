"""ELF headers: sections and addresses in both classes and byte orders, and hostile files."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironhull.catalogers._elf import read_elf
from ironhull.oci._probing import MemoryBody
from tests.catalogers.programs import BASE, elf

KINDS = list(itertools.product((True, False), repeat=2))


@pytest.mark.parametrize(("wide", "big"), KINDS)
def test_sections_and_addresses(wide: bool, big: bool) -> None:
    program = elf({".text": b"code", ".rodata": b"words"}, wide=wide, big=big)
    found = read_elf(MemoryBody(program))
    assert found is not None
    assert (found.wide, found.big_endian, found.pointer_size) == (wide, big, 8 if wide else 4)
    section = found.section(b".rodata")
    assert section is not None
    assert program[section.offset : section.offset + section.size] == b"words"
    assert found.read_address(section.address, 5) == b"words"
    assert found.read_address(BASE + len(program), 5) == b""
    assert [segment.data for segment in found.segments()] == [True]


def test_names_are_whole_names() -> None:
    found = read_elf(MemoryBody(elf({".rodata.str": b"x", ".data": b"y"})))
    assert found is not None
    assert found.section(b".rodata") is None
    assert found.section(b".dat") is None
    assert found.has(b".data")


def test_without_section_headers_there_are_segments() -> None:
    found = read_elf(MemoryBody(elf({".data": b"y"}, headers=False)))
    assert found is not None
    assert found.names == b""
    assert found.section(b".data") is None
    assert len(list(found.segments())) == 1


@pytest.mark.parametrize(
    "body", [b"", b"\x7fELF", b"#!/bin/sh\n" * 20, b"\x7fELF\x02\x01" + bytes(50), b"\x7fELF" * 20]
)
def test_no_elf_file(body: bytes) -> None:
    assert read_elf(MemoryBody(body)) is None


def test_a_section_outside_the_file_is_not_there() -> None:
    program = elf({".rodata": b"words" * 100})
    whole = read_elf(MemoryBody(program))
    assert whole is not None
    at = whole._sections_at + 64  # the header of .rodata: its offset is at 24
    far = program[: at + 24] + (1 << 60).to_bytes(8, "little") + program[at + 32 :]
    found = read_elf(MemoryBody(far))
    assert found is not None
    assert found.has(b".rodata")
    assert found.section(b".rodata") is None


@settings(max_examples=300)
@given(st.data())
def test_damage_never_raises(data: st.DataObject) -> None:
    wide, big = data.draw(st.sampled_from(KINDS))
    program = bytearray(elf({".rodata": b"words", ".data": b"more"}, wide=wide, big=big))
    for _ in range(data.draw(st.integers(1, 12))):
        program[data.draw(st.integers(0, len(program) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(program)))
    found = read_elf(MemoryBody(bytes(program[:cut])))
    if found is not None:
        found.section(b".rodata")
        found.read_address(BASE + 100, 1 << 40)
        list(found.segments())
