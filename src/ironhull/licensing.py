"""Image and report -> licences in it: those of its packages, and with them those of its texts.

A part of `pipeline`, loaded by the commands that look for licences. Texts are read in a pass of
their own, only where they are asked for or could tell more than the packages do, and cached by
layer and by image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ironhull.detectors.license_texts import NAME, read_facts, text_probe, write_facts
from ironhull.detectors.licenses import PlacedText, find_licenses, places_of_texts
from ironhull.limits import LIMITS
from ironhull.model import Image, Problem, Report
from ironhull.values import replace

if TYPE_CHECKING:
    from ironhull.config import Settings
    from ironhull.licenses.rules import LicenseRules
    from ironhull.oci.probes import Probe
    from ironhull.pipeline import Opened
    from ironhull.store.cache_files import CacheFiles

__all__ = ["license_texts", "with_licenses"]

_FORMAT = "2"
_Texts = tuple[tuple[PlacedText, ...], tuple[Problem, ...]]


def with_licenses(
    found: Opened, report: Report, settings: Settings, rules: LicenseRules, *, files: bool = False
) -> Report:
    """`report` with the licences of its packages, and with `files` of every licence text.

    A document (`sbom://`) has no texts. Raises ImageError and StoreError.
    """
    packages = report.sbom.judged
    texts: tuple[PlacedText, ...] = ()
    problems: tuple[Problem, ...] = ()
    folders = None if files else places_of_texts(packages)
    if found.image is not None and (folders is None or folders):
        cache = settings.cache if settings.cache_bytes else None
        texts, problems = license_texts(found.image, cache, folders)
    return replace(
        report,
        licenses=find_licenses(packages, texts, rules, files=files),
        problems=tuple(dict.fromkeys((*report.problems, *problems))),
    )


def license_texts(
    image: Image, cache: Path | None = None, folders: Sequence[str] | None = None
) -> _Texts:
    """The licence texts that are visible in `image`, sorted by path, and what was not read.

    With `folders` those in them alone. Directories are never cached. Raises ImageError and
    StoreError.
    """
    from ironhull.store.cache_files import CacheFiles, key_of

    probe = text_probe(folders)
    if cache is None or not image.config_digest or image.root:
        return _read(image, probe, cache)
    files = CacheFiles(str(cache), "licenses", limit=LIMITS.cache_file_bytes)
    key = key_of(("licence texts", _FORMAT, _version(probe), image.config_digest))
    known = _load(files, key)
    if known is None:
        known = _read(image, probe, cache if folders is None else None)
        _keep(files, key, known)
    return known


def _version(probe: Probe) -> str:
    from ironhull.oci.tree import pass_key

    return pass_key((), (probe,))


def _read(image: Image, probe: Probe, cache: Path | None) -> _Texts:
    from ironhull.oci.directory import DirectoryTree
    from ironhull.oci.tree import read_tree
    from ironhull.store.layer_cache import LayerCache

    if image.root:
        tree: Any = DirectoryTree(Path(image.root), (), (probe,))
        problems = tree.problems
    else:
        layers = LayerCache(cache, _version(probe)) if cache is not None else None
        load, keep = (layers.load, layers.keep) if layers is not None else (None, None)
        tree, problems = read_tree(image, (), (probe,), load=load, keep=keep)
    texts, cut = [], []
    for file in tree.probed(NAME):
        text = read_facts(tree.facts(file.path, NAME))
        texts.append(PlacedText(file.path, file.layer, text))
        if text.cut:
            read = f"only its first {LIMITS.license_text_bytes} bytes were read for licences"
            cut.append(Problem("licenses", file.path, read))
    return tuple(texts), (*problems, *cut)


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────


def _load(files: CacheFiles, key: str) -> _Texts | None:
    import json

    data = files.load(key)
    if data is None:
        return None
    try:
        said = json.loads(data)
        texts = tuple(_text(*row) for row in said["texts"])
        return texts, tuple(Problem(*map(str, row)) for row in said["problems"])
    except (ValueError, TypeError, KeyError, RecursionError):
        files.forget(key)
        return None


def _text(path: str, layer: str, facts: str) -> PlacedText:
    return PlacedText(str(path), str(layer), read_facts(str(facts).encode()))


def _keep(files: CacheFiles, key: str, texts: _Texts) -> None:
    import json

    said = {"texts": [*map(_row, texts[0])], "problems": _problems(texts[1])}
    files.keep(key, json.dumps(said).encode("utf-8", "surrogateescape"))


def _row(placed: PlacedText) -> list[Any]:
    return [placed.path, placed.layer, write_facts(placed.text).decode()]


def _problems(problems: Iterable[Problem]) -> list[list[str]]:
    return [[problem.stage, problem.where, problem.message] for problem in problems]
