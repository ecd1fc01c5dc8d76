"""Image -> Sbom, through the caches: what was once read and catalogued is not read again."""

from __future__ import annotations

from ironhull.model import Image, Layer, Package, Problem, Relation, Sbom
from ironhull.store.sbom_cache import SbomCache
from ironhull.subject import subject_of
from ironhull.values import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ironhull.oci.layers import LayerIndex
    from ironhull.oci.tree import Keep, Load, Stage
    from ironhull.store.layer_cache import LayerCache

__all__ = ["SharedLayers", "take_inventory"]

_Key = tuple[str, str, str, str]


class SharedLayers:
    """What was read of the layers that several of `images` have, for a run without a cache."""

    def __init__(self, images: Iterable[Image]) -> None:
        from collections import Counter

        self._left = Counter(key for image in images for key in {*map(_layer_key, image.layers)})
        self._known: dict[tuple[str, str], LayerIndex] = {}

    def load(self, layer: Layer) -> LayerIndex | None:
        """What an image before it had read of `layer`."""
        return self._known.get(_layer_key(layer))

    def keep(self, layer: Layer, index: LayerIndex) -> None:
        """Hold what was read of `layer` where another image has it too."""
        if self._left[_layer_key(layer)] > 1:
            self._known[_layer_key(layer)] = index


def _layer_key(layer: Layer) -> tuple[str, str]:
    return layer.diff_id, layer.digest


def take_inventory(
    image: Image,
    *,
    cache: Path | str | None = None,
    code: str = "",
    all_layers: bool = False,
    shared: SharedLayers | None = None,
) -> Sbom:
    """What is in `image`; every layer the caches below `cache` do not know is read and verified.

    `code` is `store._code.code_identity`: an SBOM of other code is not taken. With `all_layers`
    packages that a later layer hides are listed too, marked `removed_in`. Directories are never
    cached: nothing tells that they changed. Without `cache`, layers in `shared` are read once.
    Raises ImageError and StoreError.
    """
    if image.root:
        return _of_directory(image)
    if cache is None:
        return _of_layers(image, shared, all_layers=all_layers)
    sboms = SbomCache(cache, code)
    found = sboms.load(image, all_layers=all_layers)
    if found is None:
        found = _of_layers(image, _layer_cache(cache), all_layers=all_layers)
        sboms.keep(image, found, all_layers=all_layers)
    return found


def _of_directory(image: Image) -> Sbom:
    from pathlib import Path

    from ironhull.catalog import PATTERNS, PROBES, catalog
    from ironhull.oci.directory import DirectoryTree

    directory = DirectoryTree(Path(image.root), PATTERNS, PROBES)
    found = catalog(directory, subject_of(image, disk_size=directory.disk_size))
    return replace(found, problems=(*directory.problems, *found.problems))


def _layer_cache(cache: Path | str) -> LayerCache:
    from ironhull.catalog import PATTERNS, PROBES
    from ironhull.oci.tree import pass_key
    from ironhull.store.layer_cache import LayerCache

    return LayerCache(cache, pass_key(PATTERNS, PROBES))


def _of_layers(image: Image, layers: LayerCache | SharedLayers | None, *, all_layers: bool) -> Sbom:
    from ironhull.catalog import PATTERNS, PROBES, catalog
    from ironhull.oci.tree import read_stages, read_tree

    load: Load | None = None
    keep: Keep | None = None
    if layers is not None:
        load, keep = layers.load, layers.keep
    stages: Iterable[Stage] = ()
    if all_layers:
        tree, problems, stages = read_stages(image, PATTERNS, PROBES, load=load, keep=keep)
    else:
        tree, problems = read_tree(image, PATTERNS, PROBES, load=load, keep=keep)
    found = catalog(tree, subject_of(image, disk_size=tree.disk_size))
    found = replace(found, problems=(*problems, *found.problems))
    return _with_removed(found, stages) if all_layers else found


# ── what later layers hide ───────────────────────────────────────────────────────────────────────


def _with_removed(sbom: Sbom, stages: Iterable[Stage]) -> Sbom:
    """`sbom` and the packages of lower `stages` that are in it no more.

    A package that several stages hold was removed by the layer that ends the last of them.
    """
    from ironhull.catalog import catalog

    there = {_key(package) for package in sbom.packages}
    removed: dict[_Key, Package] = {}
    relations: dict[Relation, None] = {}
    problems: dict[Problem, None] = {}
    for stage in stages:
        found = catalog(stage.tree, sbom.subject)
        for package in found.packages:
            key = _key(package)
            if key not in there:
                removed[key] = replace(package, removed_in=stage.until)
        relations.update(dict.fromkeys(found.relations))
        # That a lower layer alone is no whole distribution is no trouble.
        problems.update((p, None) for p in found.problems if p.stage != "distro")
    purls = {package.purl for package in (*sbom.packages, *removed.values())}
    gone = {package.purl for package in removed.values()}
    about = {r for r in relations if r.subject in gone and r.object in purls}
    return replace(
        sbom,
        packages=tuple(sorted((*sbom.packages, *removed.values()), key=_order)),
        relations=tuple(
            sorted({*sbom.relations, *about}, key=lambda r: (r.subject, r.kind, r.object))
        ),
        problems=tuple(dict.fromkeys((*sbom.problems, *problems))),
    )


def _key(package: Package) -> _Key:
    return (package.ecosystem, package.name, package.version, package.arch)


def _order(package: Package) -> tuple[str, ...]:
    first = package.locations[0].path if package.locations else ""
    return (*_key(package), first)
