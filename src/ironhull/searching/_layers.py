"""The layers of an image, read once for its secrets and its SBOM, and both kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ironhull.catalog import PATTERNS, PROBES, catalog
from ironhull.detectors.secret_files import NAME, Search, file_secrets
from ironhull.model import Image, Layer, Problem, Sbom
from ironhull.oci._probing import Probing
from ironhull.oci.directory import DirectoryTree
from ironhull.oci.layers import LayerIndex
from ironhull.oci.patterns import Wanted
from ironhull.oci.tree import ImageTree, Stage, pass_key, read_stages, read_tree
from ironhull.searching._owned import Place, unowned
from ironhull.store.layer_cache import LayerCache
from ironhull.store.sbom_cache import SbomCache
from ironhull.store.secret_cache import LayerSecrets
from ironhull.subject import subject_of
from ironhull.values import replace

__all__ = ["in_layers"]

_OURS = f"{NAME}: "
_UNSEEN = "not looked into"


_Key = tuple[str, bytes]
"""The layer of a file with secrets, and what the probe told of it."""


def in_layers(
    image: Image, search: Search, cache: Path | None, code: str
) -> tuple[list[Place], tuple[Problem, ...], Sbom]:
    """The files with secrets of every layer, what could not be searched, and the SBOM."""
    layers = _Layers(search, cache)
    probes = (*PROBES, search.probe)
    tree, problems = read_tree(image, PATTERNS, probes, load=layers.load, keep=layers.keep)
    sbom = _sbom(image, tree, problems, SbomCache(cache, code) if cache is not None else None)
    diff_ids = [layer.diff_id for layer in image.layers]
    told, here = layers.told(diff_ids), _visible(tree)
    shown = [_place(key, told.get(key, path)) for key, path in here.items()]
    places = unowned(shown, tree, sbom, diff_ids) if shown else []
    left = {key: path for key, path in told.items() if key not in here}
    if left:
        _, _, stages = read_stages(image, PATTERNS, probes, load=layers.again)
        places += _hidden(left, stages, sbom, diff_ids)
    return places, tuple(layers.problems(diff_ids)), sbom


def _visible(tree: ImageTree | DirectoryTree) -> dict[_Key, str]:
    return {(file.layer, tree.facts(file.path, NAME)): file.path for file in tree.probed(NAME)}


def _place(key: _Key, path: str, removed_in: str = "") -> Place:
    layer, facts = key
    return Place(file_secrets(facts, path, layer), layer, removed_in)


def _hidden(
    left: Mapping[_Key, str], stages: Iterator[Stage], sbom: Sbom, layers: Sequence[str]
) -> Iterator[Place]:
    """What is in no stage was replaced by its own layer, which has it twice."""
    until: dict[_Key, str] = {}
    kept: dict[_Key, str] = {}
    for stage in stages:
        here = {key: path for key, path in _visible(stage.tree).items() if key in left}
        fresh = {_place(key, path): key for key, path in here.items() if key not in until}
        if fresh:
            below = catalog(stage.tree, sbom.subject)
            for place in unowned([*fresh], stage.tree, below, layers):
                kept[fresh[place]] = place.path
        until.update(dict.fromkeys(here, stage.until))
    for key, path in left.items():
        if key in kept or key not in until:
            yield _place(key, kept.get(key, path), until.get(key, key[0]))


def _sbom(
    image: Image,
    tree: ImageTree | DirectoryTree,
    problems: Sequence[Problem],
    sboms: SbomCache | None,
) -> Sbom:
    """The SBOM as an inventory makes it, kept as one."""
    known = sboms.load(image) if sboms is not None else None
    if known is not None:
        return known
    found = catalog(tree, subject_of(image, disk_size=tree.disk_size))
    theirs = [replace(p, message=said) for p in problems if (said := _of_inventory(p.message))]
    found = replace(found, problems=(*theirs, *found.problems))
    if sboms is not None:
        sboms.keep(image, found)
    return found


# ── what is kept of layers ───────────────────────────────────────────────────────────────────────


class _Layers:
    """`Load` and `Keep` of a pass for both: each part in its own cache, and all of it here."""

    def __init__(self, search: Search, cache: Path | None) -> None:
        self._search = search
        self._known: dict[str, LayerIndex] = {}
        self._inventory: LayerCache | None = None
        self._secrets: LayerSecrets | None = None
        if cache is not None:
            self._inventory = LayerCache(cache, pass_key(PATTERNS, PROBES))
            self._secrets = LayerSecrets(cache, pass_key((), (search.probe,)))

    def load(self, layer: Layer) -> LayerIndex | None:
        """What both caches have of a layer; None where one has nothing."""
        if self._secrets is None or self._inventory is None:
            return None
        told = self._secrets.load(layer.diff_id)
        index = self._inventory.load(layer) if told is not None else None
        if told is None or index is None or any(at >= len(index.entries) for at in told):
            return None
        facts = {at: dict(by_probe) for at, by_probe in index.facts.items()}
        for at, data in told.items():
            facts.setdefault(at, {})[NAME] = data
        index = replace(index, facts=facts)
        self._known[layer.diff_id] = index
        return index

    def again(self, layer: Layer) -> LayerIndex | None:
        """What was read of a layer before, in this run."""
        return self._known.get(layer.diff_id)

    def keep(self, layer: Layer, index: LayerIndex) -> None:
        """Keep what is new of a layer; not of one that could not be searched in full."""
        self._known[layer.diff_id] = index
        ours = any(_of_search(said) for said in index.unkept.values())
        if self._secrets is None or self._inventory is None:
            return
        self._inventory.keep(layer, _inventoried(index))
        if not ours:
            self._secrets.keep(layer.diff_id, _facts(index))

    def told(self, diff_ids: Sequence[str]) -> dict[_Key, str]:
        """Every file with secrets by layer, the lowest first, and its path."""
        found: dict[_Key, str] = {}
        for index in self._of(diff_ids):
            for at, data in _facts(index).items():
                found.setdefault((index.diff_id, data), index.entries[at].path)
        return found

    def problems(self, diff_ids: Sequence[str]) -> Iterator[Problem]:
        """The files that could not be searched."""
        for index in self._of(diff_ids):
            for at, said in index.unkept.items():
                if ours := _of_search(said):
                    yield Problem(NAME, index.entries[at].path, ours)

    def _of(self, diff_ids: Sequence[str]) -> list[LayerIndex]:
        return [self._known[each] for each in dict.fromkeys(diff_ids) if each in self._known]


def _facts(index: LayerIndex) -> dict[int, bytes]:
    return {at: by[NAME] for at, by in index.facts.items() if NAME in by}


def _inventoried(index: LayerIndex) -> LayerIndex:
    """What a pass for the inventory alone would have found."""
    wanted, probing = Wanted.of(PATTERNS), Probing(PROBES)
    facts = {}
    for at, by_probe in index.facts.items():
        if theirs := {name: told for name, told in by_probe.items() if name != NAME}:
            facts[at] = theirs
    unkept = {}
    for at, said in index.unkept.items():
        entry = index.entries[at]
        if wanted.matches(entry.path) or probing.may_want(entry.path, entry.mode):
            unkept[at] = _of_inventory(said)
    unkept = {at: said for at, said in unkept.items() if said}
    return replace(index, facts=facts, unkept=unkept)


def _of_search(said: str) -> str:
    """Of the reasons why a file was not read those that hindered the search."""
    return "; ".join(part.removeprefix(_OURS) for part in said.split("; ") if _is_ours(part))


def _of_inventory(said: str) -> str:
    return "; ".join(part for part in said.split("; ") if not part.startswith(_OURS))


def _is_ours(part: str) -> bool:
    return part.startswith(_OURS) or part.endswith(_UNSEEN)
