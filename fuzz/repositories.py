"""VEX repositories: archive, index, manifest, configuration; nothing is written elsewhere."""

import io
import tarfile
import tempfile
from pathlib import Path

from fuzz._harness import fuzz
from ironhull.errors import ConfigError, FormatError
from ironhull.statements._repository_archive import unpack
from ironhull.statements._repository_format import parse_index, parse_manifest
from ironhull.statements.repositories import read_config, write_config

_INDEX = (
    b'{"updated_at":"x","packages":[{"id":"pkg:a/b","location":"p/../c.json"},'
    b'{"id":"pkg:a/b","location":"c.json"}]}'
)


def _tar(**files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


SEEDS = (
    _tar(**{"index.json": _INDEX, "c.json": b"{}"}),
    _INDEX,
    b'{"name":"a","versions":{"v0":{"spec_version":"v0.1","locations":[{"url":"https://x/a//b"}],'
    b'"update_interval":"1h2m3s"}}}',
    b"repositories: [{name: a, url: 'https://x', enabled: true, username: u, password: p}]\n",
)


def one(data: bytes) -> None:
    for parse in (parse_index, parse_manifest):
        try:
            parse(data, "where")
        except FormatError as error:
            assert error.message.startswith("where")
            assert error.message.isprintable()
    try:
        found = read_config(data, "where")
    except ConfigError as error:
        assert error.message.startswith("where")
    else:
        assert [r.name for r in read_config(write_config(found), "")] == [r.name for r in found]
    with tempfile.TemporaryDirectory() as place:
        archive, out = Path(place, "archive"), Path(place, "out")
        archive.write_bytes(data)
        out.mkdir()
        try:
            unpack(archive, "", out, "where")
        except FormatError as error:
            assert error.message.startswith("where")
        assert sorted(path.name for path in Path(place).iterdir()) == ["archive", "out"]
        assert all(path.is_dir() or path.is_file() for path in out.rglob("*"))


if __name__ == "__main__":
    fuzz(one, SEEDS, longest=20_000)
