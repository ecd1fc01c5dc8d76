"""File capabilities as the kernel stores them, said as getcap says them."""

import struct
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.detectors.capabilities import CAPABILITY_PROBE, capabilities_of
from ironhull.oci.tree import read_tree
from tests.oci._craft import file, image, stored, tar

_FORM = {1: "<III", 2: "<IIIII", 3: "<IIIIII"}


def value(revision: int, permitted: int, inheritable: int = 0, *, effective: bool = True) -> bytes:
    words = [permitted & 0xFFFFFFFF, inheritable & 0xFFFFFFFF]
    if revision > 1:
        words += [permitted >> 32, inheritable >> 32]
    if revision > 2:
        words.append(1000)
    return struct.pack(_FORM[revision], revision << 24 | effective, *words)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (value(2, 1 << 13), "cap_net_raw=ep"),
        (value(2, 1 << 13, effective=False), "cap_net_raw=p"),
        (value(1, 1 << 10), "cap_net_bind_service=ep"),
        (value(3, 1 << 7 | 1 << 6), "cap_setgid,cap_setuid=ep"),
        (value(2, 1 << 13, 1 << 13), "cap_net_raw=eip"),
        (value(2, 1 << 12, 1 << 13), "cap_net_admin=ep cap_net_raw=ei"),
        (value(2, 1 << 40), "cap_checkpoint_restore=ep"),
        (value(2, 1 << 41), "cap_41=ep"),
        (value(2, 0), ""),
    ],
)
def test_it_says_what_getcap_says(said: bytes, text: str) -> None:
    assert capabilities_of(said) == text


@pytest.mark.parametrize(
    "said", [b"", b"\0", value(2, 1)[:-1], value(1, 1) + b"\0", b"\0\0\0\4" + bytes(16)]
)
def test_what_the_kernel_refuses_is_refused(said: bytes) -> None:
    with pytest.raises(ValueError, match="not a value"):
        capabilities_of(said)


@given(st.binary(max_size=32))
def test_any_bytes_give_a_text_or_a_refusal(said: bytes) -> None:
    try:
        assert isinstance(capabilities_of(said), str)
    except ValueError as refusal:
        assert "security.capability" in str(refusal)


def test_they_are_read_from_layers() -> None:
    def program(path: str, said: bytes) -> tuple[tarfile.TarInfo, bytes]:
        info, data = file(path, b"program", 0o755)
        text = said.decode("utf-8", "surrogateescape")
        info.pax_headers = {"SCHILY.xattr.security.capability": text}
        return info, data

    members = [program("bin/ping", value(2, 1 << 13)), program("bin/odd", b"\1\2\3")]
    layer = stored(tar(members, tarfile.PAX_FORMAT))
    found, problems = read_tree(image(layer), [], [CAPABILITY_PROBE])
    assert found.facts("bin/ping", "posture-capabilities") == b"cap_net_raw=ep"
    assert [problem.where for problem in problems] == ["bin/odd"]
