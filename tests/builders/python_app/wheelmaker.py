"""Wheels made in code, honest or not."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path


def digest(data: bytes, algorithm: str = "sha256") -> str:
    """A hash as RECORD has it."""
    raw = hashlib.new(algorithm, data).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def wheel(
    folder: Path,
    name: str = "demo",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    files: Mapping[str, str | bytes] | None = None,
    requires: tuple[str, ...] = (),
    entry_points: str = "",
    record: Mapping[str, str] | None = None,
    extra_members: tuple[tuple[zipfile.ZipInfo | str, bytes], ...] = (),
    wheel_version: str = "1.0",
) -> Path:
    """A wheel in `folder`; `record` replaces lines of RECORD ("" leaves one out)."""
    info = f"{name}-{version}.dist-info"
    content = {path: _bytes(data) for path, data in (files or {f"{name}.py": "x = 1\n"}).items()}
    lines = [f"Requires-Dist: {line}\n" for line in requires]
    extras = {line.partition("extra == ")[2].strip("\"' ") for line in requires} - {""}
    lines += [f"Provides-Extra: {extra}\n" for extra in sorted(extras)]
    content[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{''.join(lines)}\n".encode()
    )
    content[f"{info}/WHEEL"] = (
        f"Wheel-Version: {wheel_version}\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"
    ).encode()
    if entry_points:
        content[f"{info}/entry_points.txt"] = entry_points.encode()
    rows = {path: f"{path},{digest(data)},{len(data)}" for path, data in content.items()}
    rows[f"{info}/RECORD"] = f"{info}/RECORD,,"
    rows |= record or {}
    content[f"{info}/RECORD"] = "".join(f"{row}\n" for row in rows.values() if row).encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in content.items():
            archive.writestr(member, data)
        for extra, data in extra_members:
            archive.writestr(extra, data)
    return path


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
