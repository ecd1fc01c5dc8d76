"""etc/pam.d/common-* as pam-auth-update writes them on a fresh system (pam-auth-update(8)).

The profiles in usr/share/pam-configs that are on by default, highest priority first, fill the
templates in usr/share/pam; var/lib/pam keeps what was filled in, so that a later run can tell its
own lines from the administrator's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ironhull.builders.debian_base.rootfs import Rootfs

__all__ = ["write_pam"]

_TYPES = ("auth", "account", "password", "session", "session-noninteractive")
_PRIMARY = '# here are the per-package modules (the "Primary" block)'
_FALLBACK = "# here's the fallback if no module succeeds"
_ADDITIONAL = '# and here are more per-package modules (the "Additional" block)'
_END = "# end of pam-auth-update config"

Profile = Mapping[str, str]


def write_pam(root: Rootfs) -> None:
    """Write the common-* files where the templates are in the image, else nothing."""
    profiles = _profiles(root)
    for kind in _TYPES:
        template = root.read(f"usr/share/pam/common-{kind}")
        if template is None:
            continue
        root.write(f"etc/pam.d/common-{kind}", _filled(template.decode(), profiles, kind))
        root.write(f"var/lib/pam/{kind}", _kept(profiles, kind))
    if root.find("usr/share/pam/common-auth") is not None:
        root.write("var/lib/pam/seen", "".join(f"{name}\n" for name, _ in profiles))


def _profiles(root: Rootfs) -> list[tuple[str, Profile]]:
    found = []
    for path in root.below("usr/share/pam-configs"):
        fields = _parse((root.read(path) or b"").decode("utf-8", "replace"))
        if fields.get("Default") == "yes":
            found.append((path.rpartition("/")[2], fields))
    return sorted(found, key=lambda one: (-int(one[1].get("Priority", "0") or 0), one[0]))


def _parse(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if match := re.match(r"(\S+):\s*(.*)", line):
            name = match[1]
            fields[name] = match[2]
        elif line[:1].isspace() and name:
            fields[name] = f"{fields[name]}\n{line.strip()}".strip("\n")
    return fields


def _lines(profiles: list[tuple[str, Profile]], kind: str, block: str) -> list[tuple[str, str]]:
    """(profile, module line) of one block of one type, jumps not yet counted out."""
    word = kind.capitalize()
    chosen = [
        (name, fields)
        for name, fields in profiles
        if fields.get(f"{word}-Type") == block
        and not (
            kind == "session-noninteractive" and fields.get("Session-Interactive-Only") == "yes"
        )
    ]
    lines = []
    for position, (name, fields) in enumerate(chosen):
        text = (fields.get(f"{word}-Initial") if position == 0 else "") or fields.get(word, "")
        lines += [(name, line) for line in text.splitlines() if line]
    return lines


def _of_type(profiles: list[tuple[str, Profile]], kind: str) -> list[tuple[str, Profile]]:
    """Profiles whose fields for `kind` have its name: sessions serve both session types."""
    if kind != "session-noninteractive":
        return profiles
    renamed: list[tuple[str, Profile]] = []
    for name, fields in profiles:
        extra = {
            key.replace("Session", "Session-noninteractive", 1): value
            for key, value in fields.items()
            if key in ("Session", "Session-Type", "Session-Initial")
        }
        renamed.append((name, {**fields, **extra}))
    return renamed


def _block(profiles: list[tuple[str, Profile]], kind: str, block: str) -> list[str]:
    lines = [line for _, line in _lines(_of_type(profiles, kind), kind, block)]
    word = kind.partition("-")[0]
    if block == "Primary" and not lines:
        return [f"{word}\t[default=1]\t\t\tpam_permit.so"]
    left = len(lines) - (block == "Additional")
    made = []
    for line in lines:
        made.append(f"{word}\t" + line.replace("=end", f"={left}"))
        left -= 1
    return made


def _filled(template: str, profiles: list[tuple[str, Profile]], kind: str) -> str:
    made: list[str] = []
    skipping = ""
    for line in template.splitlines():
        if skipping and not line.startswith(skipping):
            continue
        skipping = ""
        made.append(line)
        if line.startswith(_PRIMARY):
            made += _block(profiles, kind, "Primary")
            skipping = _FALLBACK
        elif line.startswith(_ADDITIONAL):
            made += _block(profiles, kind, "Additional")
            skipping = _END
    return "\n".join(made) + "\n"


def _kept(profiles: list[tuple[str, Profile]], kind: str) -> str:
    of_type = _of_type(profiles, kind)
    text = ""
    for block in ("Primary", "Additional"):
        lines = _lines(of_type, kind, block)
        if block == "Primary" and not lines:
            text += "Module: null\n[default=1]\t\t\tpam_permit.so\n"
        for name in dict.fromkeys(name for name, _ in lines):
            text += f"Module: {name}\n" + "".join(f"{x}\n" for n, x in lines if n == name)
    return text
