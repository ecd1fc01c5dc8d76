"""File capabilities: what a program may do beyond its user, kept in an extended attribute.

The attribute `security.capability` (capabilities(7), "File capability extended attribute
versioning"; linux/capability.h, `struct vfs_ns_cap_data`), said as getcap(8) says it.
"""

from __future__ import annotations

from ironhull.oci.probes import Body, Probe

__all__ = ["CAPABILITY_PROBE", "capabilities_of"]

_TEXT = """
    chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable
    net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio
    sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time
    sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog
    wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore
"""
_NAMES = tuple(_TEXT.split())
"""By their number, CAP_CHOWN 0 to CAP_CHECKPOINT_RESTORE 40."""

_SIZES = {1: 12, 2: 20, 3: 24}
"""Bytes by revision, the highest byte of the first word; revision 3 ends with a root uid."""

_EFFECTIVE = 1


def capabilities_of(value: bytes) -> str:
    """The capabilities in the attribute's `value`, "cap_net_admin,cap_net_raw=ep"; "" for none.

    Raises ValueError for what the kernel refuses.
    """
    if len(value) < 4 or _SIZES.get(value[3]) != len(value):
        raise ValueError("not a value of security.capability")
    words = [int.from_bytes(value[at : at + 4], "little") for at in range(0, len(value), 4)]
    permitted, inheritable = words[1], words[2]
    if value[3] > 1:
        permitted |= words[3] << 32
        inheritable |= words[4] << 32
    effective = "e" if words[0] & _EFFECTIVE else ""
    groups: dict[str, list[str]] = {}
    for number in range(64):
        bit = 1 << number
        flags = ("i" if inheritable & bit else "") + ("p" if permitted & bit else "")
        if flags:
            name = _NAMES[number] if number < len(_NAMES) else str(number)
            groups.setdefault(f"{effective}{flags}", []).append(f"cap_{name}")
    return " ".join(f"{','.join(names)}={flags}" for flags, names in groups.items())


def _extract(_path: str, body: Body) -> bytes:
    return capabilities_of(body.read(0, body.size)).encode()


CAPABILITY_PROBE = Probe(
    name="posture-capabilities", version="1", extract=_extract, attribute="security.capability"
)
"""Its facts are the text of `capabilities_of`."""
