"""dpkg's database after a patch: its own files where the image has them, else status.d.

Stanzas of packages that stay are kept byte by byte (dpkg-query(1), deb-triggers(5)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ironhull.builders.debian_base import dpkgdb
from ironhull.builders.patch.apply import Unpacked
from ironhull.builders.patch.system import ADMIN, STATUS, System
from ironhull.debian.deb822 import read_fields, stanzas

__all__ = ["write_records"]

_INTERESTS = {"interest": "", "interest-await": "", "interest-noawait": "/noawait"}
_EXTENDED = "var/lib/apt/extended_states"
_SAME = "surrogateescape"


def write_records(system: System, unpacked: Iterable[Unpacked]) -> None:
    """Say in the image's package database that `unpacked` are what is installed."""
    new = {one.one.deb.name: one for one in unpacked}
    by_file: dict[str, dict[str, Unpacked]] = {}
    whole = system.root.find(STATUS) is not None
    for name, package in new.items():
        old = package.one.old
        path = old.path if old else STATUS if whole else f"{ADMIN}/status.d/{name}"
        by_file.setdefault(path, {})[name] = package
    for path, found in by_file.items():
        _write_stanzas(system, path, found)
        for package in found.values():
            if path == STATUS:
                _write_info(system, package)
                _write_triggers(system, package)
            else:
                _write_sums(system, package, path)
    _mark_automatic(system, [name for name, package in new.items() if package.one.old is None])


def _write_stanzas(system: System, path: str, found: Mapping[str, Unpacked]) -> None:
    kept, done = [], set()
    for stanza in stanzas(system.text(path)):
        fields = read_fields(stanza)
        name = fields.get("Package", "")
        package = found.get(name)
        old = package.one.old if package else None
        same = old is not None and fields.get("Architecture", "all") == old.architecture
        if package is None or not (same or "not-installed" in fields.get("Status", "")):
            kept.append(stanza)
        elif name not in done:
            kept.append(_stanza(package, path, fields))
            done.add(name)
    kept += [_stanza(found[name], path, {}) for name in sorted(found.keys() - done)]
    _write(system, path, "\n\n".join(one.strip("\n") for one in kept) + "\n")


def _stanza(package: Unpacked, path: str, old: Mapping[str, str]) -> str:
    fields = dict(package.control.fields)
    if path == STATUS or "Status" in old:
        want = (old.get("Status", "").split() or ["install"])[0]
        fields["Status"] = f"{want if want == 'hold' else 'install'} ok installed"
    if path == STATUS and (package.conffiles or package.kept):
        lines = [f" /{name} {md5}" for name, md5 in package.conffiles.items()]
        lines += [f" /{name} {md5} obsolete" for name, md5 in package.kept.items()]
        fields["Conffiles"] = "\n" + "\n".join(lines)
    installed = dpkgdb.Installed(package.one.deb.name, fields, package.control.files, ())
    return dpkgdb.stanza(installed, status=False)


def _write(system: System, path: str, text: str | bytes) -> None:
    """Write a file with the owner and mode of the one that is there."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", _SAME)
    there = system.root.find(path)
    mode, uid, gid = (there.mode, there.uid, there.gid) if there else (0o644, 0, 0)
    if there is None or there.read() != data:
        system.root.write(path, data, mode, uid, gid)


def _write_info(system: System, package: Unpacked) -> None:
    made = dpkgdb.Installed(
        package.one.deb.name, package.control.fields, package.control.files, package.paths
    )
    stems = {package.one.deb.name, f"{package.one.deb.name}:{package.one.deb.architecture}"}
    if package.one.old:
        stems.add(f"{package.one.deb.name}:{package.one.old.architecture}")
    for path in list(system.root.inodes):
        if path.startswith(f"{ADMIN}/info/") and path[len(ADMIN) + 6 :].rpartition(".")[0] in stems:
            system.root.remove(path)
    stem = f"{ADMIN}/info/{made.file_name}"
    lines = ["/.", *("/" + path for path in package.paths)]
    system.root.write(f"{stem}.list", "".join(f"{one}\n" for one in lines).encode("utf-8", _SAME))
    for name, data in sorted(package.control.files.items()):
        if "/" not in name:
            script = name in ("preinst", "postinst", "prerm", "postrm", "config")
            system.root.write(f"{stem}.{name}", data, 0o755 if script else 0o644)


def _write_sums(system: System, package: Unpacked, path: str) -> None:
    """The checksums of the files that are in the image, beside the stanza in status.d."""
    kept = []
    for line in package.control.files.get("md5sums", b"").decode("utf-8", _SAME).splitlines():
        _, _, name = line.partition("  ")
        if name and system.root.find(name) is not None:
            kept.append(line + "\n")
    _write(system, f"{path}.md5sums", "".join(kept))


def _write_triggers(system: System, package: Unpacked) -> None:
    """Keep the lists of who waits for which trigger."""
    made = dpkgdb.Installed(package.one.deb.name, package.control.fields, {}, ())
    names = {package.one.deb.name, made.file_name}
    wanted: dict[str, list[str]] = {}
    text = package.control.files.get("triggers", b"").decode("utf-8", "replace")
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] in _INTERESTS:
            who = made.file_name + _INTERESTS[words[0]]
            path = "File" if words[1].startswith("/") else words[1]
            if "/" not in path:
                wanted.setdefault(path, []).append(f"{words[1]} {who}" if path == "File" else who)
    folder = f"{ADMIN}/triggers"
    there = [p.rpartition("/")[2] for p in system.root.below(folder)]
    for name in sorted({*there, *wanted} - {"Lock", "Unincorp"}):
        lines = system.text(f"{folder}/{name}").splitlines()
        kept = [x for x in lines if x.split(" ")[-1].partition("/")[0] not in names]
        kept += wanted.get(name, [])
        if sorted(kept) != sorted(lines):
            _write(system, f"{folder}/{name}", "".join(f"{line}\n" for line in kept))


def _mark_automatic(system: System, names: list[str]) -> None:
    """Tell apt that packages came in for others' sake, so that autoremove may take them."""
    if names and system.root.find(_EXTENDED) is not None:
        text = system.text(_EXTENDED)
        for name in names:
            architecture = system.text(f"{ADMIN}/arch-native").strip() or "amd64"
            text += f"Package: {name}\nArchitecture: {architecture}\nAuto-Installed: 1\n\n"
        _write(system, _EXTENDED, text)
