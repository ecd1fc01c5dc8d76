"""The table of cases: which base is found, by which rule, how sure; none is certain and wrong."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironhull.base_choice import chain_ids, known_image, possible_bases
from ironhull.config import Settings
from ironhull.model import Attachment, BaseImage, Image, Layer, Platform
from ironhull.places import Places
from ironhull.recommending import Known, base_index, identify_base
from ironhull.values import replace

V1 = "https://slsa.dev/provenance/v1"
NAME, DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
SEEN = "2026-11-20T00:00:00Z"


def digest(text: str) -> str:
    return "sha256:" + "".join(f"{ord(char) % 16:x}" for char in f"{text:*<64}"[:64])


def made(
    name: str,
    layers: str,
    *,
    steps: Sequence[str] = (),
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    provenance: Sequence[tuple[str, str]] = (),
    platform: Platform | None = None,
) -> Image:
    """An image whose layers are the letters of `layers` and whose history is that and `steps`."""
    history = [{"created": SEEN, "created_by": f"add {letter}"} for letter in layers]
    history += [{"created_by": step, "empty_layer": True} for step in steps]
    image = Image(
        name,
        digest(f"m{layers}{name}"),
        {"config": {"Labels": labels or {}}, "history": history},
        tuple(Layer(digest(c), digest(f"b{c}"), 10, "x", io.BytesIO) for c in layers),
        platform or Platform(),
        "store",
        config_digest=digest(f"c{layers}{name}"),
        annotations=annotations or {},
    )
    return replace(image, attachments=(_attested(image, provenance),)) if provenance else image


def _attested(image: Image, materials: Sequence[tuple[str, str]]) -> Attachment:
    entries = [
        {"uri": f"pkg:docker/{name.replace(':', '@')}", "digest": {"sha256": of[7:]} if of else {}}
        for name, of in materials
    ]
    document = {
        "subject": [{"name": "it", "digest": {"sha256": image.digest[7:]}}],
        "predicateType": V1,
        "predicate": {"buildDefinition": {"resolvedDependencies": entries}},
    }
    data = json.dumps(document).encode()
    return Attachment(V1, "application/vnd.in-toto+json", digest("a"), len(data), lambda: data)


OS = made("debian:13", "o")
PY = made("python:3.13", "op")
PY_LABELLED = made("python:3.13", "op", labels={NAME: "debian:13", DIGEST: OS.digest})
OTHER = made("alpine:3.22", "l")
PY_OLD = made("python:3.13", "oq", steps=["old"])
SAME = made("mirror/python:3.13", "op", steps=["CMD other"])


class Case(NamedTuple):
    """`known` are in the index in this order; `base` what `image` was built on in truth."""

    image: Image
    known: tuple[Image, ...]
    found: str
    rule: str
    certainty: str
    base: str
    said: tuple[BaseImage, ...] = ()


FROM_PY = (("python:3.13", PY.digest),)
CASES = {
    "provenance, base known": Case(
        made("app:1", "opa", provenance=FROM_PY),
        (OS, PY), "python:3.13", "provenance", "certain", "python:3.13",
    ),
    "provenance, base not known": Case(
        made("app:1", "opa", provenance=FROM_PY),
        (), "python:3.13", "provenance", "claimed", "python:3.13",
    ),
    "provenance, only what is below the base known": Case(
        made("app:1", "opa", provenance=FROM_PY),
        (OS,), "python:3.13", "provenance", "claimed", "python:3.13",
    ),
    "provenance of several images": Case(
        made("app:1", "opa", provenance=(("alpine:3.22", OTHER.digest), *FROM_PY)),
        (OTHER, PY), "python:3.13", "provenance", "certain", "python:3.13",
    ),
    "provenance of several images, one not known": Case(
        made("app:1", "opa", provenance=(("node:20", digest("n")), ("debian:13", OS.digest))),
        (OS,), "debian:13", "provenance", "likely", "node:20",
    ),
    "provenance before a label": Case(
        made("app:1", "opa", provenance=FROM_PY, labels={NAME: "debian:13", DIGEST: OS.digest}),
        (OS, PY), "python:3.13", "provenance", "certain", "python:3.13",
    ),
    "an annotation": Case(
        made("app:1", "opa", annotations={NAME: "python:3.13", DIGEST: PY.digest}),
        (OS, PY), "python:3.13", "annotation", "likely", "python:3.13",
    ),
    "labels only": Case(
        made("app:1", "opa", labels={NAME: "python:3.13", DIGEST: PY.digest}),
        (OS, PY), "python:3.13", "label", "likely", "python:3.13",
    ),
    "labels only, base not known": Case(
        made("app:1", "opa", labels={NAME: "python:3.13", DIGEST: PY.digest}),
        (), "python:3.13", "label", "claimed", "python:3.13",
    ),
    "a label without a digest, its tag has moved on": Case(
        made("app:1", "opa", labels={NAME: "python:3.13"}),
        (PY, PY_OLD), "python:3.13", "label", "likely", "python:3.13",
    ),
    "a label without a digest, the former image is not known": Case(
        made("app:1", "opa", labels={NAME: "python:3.13"}),
        (PY_OLD,), "python:3.13", "label", "claimed", "python:3.13",
    ),
    "neither": Case(
        made("app:1", "opa"), (OS, PY), "python:3.13", "layers", "likely", "python:3.13"
    ),
    "neither, base not known but what is below it": Case(
        made("app:1", "opa"), (OS,), "debian:13", "layers", "likely", "python:3.13"
    ),
    "neither, nothing known": Case(made("app:1", "opa"), (), "", "", "", "python:3.13"),
    "neither, only the configuration changed": Case(
        made("app:1", "op", steps=["ENV A=b"]),
        (OS, PY), "python:3.13", "layers", "likely", "python:3.13",
    ),
    "neither, two known images of the same layers": Case(
        made("app:1", "opa"),
        (PY, replace(PY, name="x/y:1", digest=digest("y"), config_digest=digest("yc"))),
        "python:3.13", "layers", "possible", "python:3.13",
    ),
    "neither, one of two of the same layers has another history": Case(
        made("app:1", "opa"), (SAME, PY), "python:3.13", "layers", "likely", "python:3.13"
    ),
    "derived": Case(
        made("app:2", "opab"),
        (OS, PY, made("app:1", "opa")), "app:1", "layers", "likely", "app:1",
    ),
    "derived, the label came with the base": Case(
        made("app:1", "opa", labels={NAME: "debian:13", DIGEST: OS.digest}),
        (OS, PY_LABELLED), "python:3.13", "layers", "likely", "python:3.13",
    ),
    "derived, the label came with a base that is not known": Case(
        made("app:1", "opa", labels={NAME: "debian:13", DIGEST: OS.digest}),
        (OS,), "debian:13", "label", "likely", "python:3.13",
    ),
    "derived, the label came with a known base, its own is not known": Case(
        made("app:1", "opa", labels={NAME: "debian:13", DIGEST: OS.digest}),
        (PY_LABELLED,), "python:3.13", "layers", "likely", "python:3.13",
    ),
    "squashed, with provenance": Case(
        made("app:1", "s", provenance=FROM_PY),
        (OS, PY), "python:3.13", "provenance", "doubtful", "python:3.13",
    ),
    "squashed, with a label": Case(
        made("app:1", "s", labels={NAME: "python:3.13", DIGEST: PY.digest}),
        (OS, PY), "python:3.13", "label", "doubtful", "python:3.13",
    ),
    "squashed, neither": Case(made("app:1", "s"), (OS, PY), "", "", "", "python:3.13"),
    "unrelated": Case(made("app:1", "xyz"), (OS, PY, OTHER), "", "", "", ""),
    "a false label": Case(
        made("app:1", "opa", labels={NAME: "alpine:3.22", DIGEST: OTHER.digest}),
        (OTHER, PY), "python:3.13", "layers", "likely", "python:3.13",
    ),
    "a false label, nothing else known": Case(
        made("app:1", "opa", labels={NAME: "alpine:3.22", DIGEST: OTHER.digest}),
        (OTHER,), "alpine:3.22", "label", "doubtful", "python:3.13",
    ),
    "the right layers under a digest that is not its own": Case(
        made("app:1", "opa", provenance=(("python:3.13", digest("else")),)),
        (PY,), "python:3.13", "provenance", "likely", "python:3.13",
    ),
    "a Dockerfile, base known": Case(
        made("app:1", "opa"), (OS, PY), "python:3.13", "dockerfile", "likely", "python:3.13",
        (BaseImage("python:3.13", "", "dockerfile"),),
    ),
    "a Dockerfile, base not known": Case(
        made("app:1", "opa"), (), "python:3.13", "dockerfile", "claimed", "python:3.13",
        (BaseImage("python:3.13", "", "dockerfile"),),
    ),
    "a Dockerfile of another image, of which it has the layers": Case(
        made("app:1", "opa"), (OS,), "debian:13", "dockerfile", "likely", "python:3.13",
        (BaseImage("debian:13", "", "dockerfile"),),
    ),
    "derived, the annotation came with the base": Case(
        made("app:1", "opa", annotations={NAME: "debian:13", DIGEST: OS.digest}),
        (OS, PY_LABELLED), "python:3.13", "layers", "likely", "python:3.13",
    ),
    "derived, the annotation came with a base that is not known": Case(
        made("app:1", "opa", annotations={NAME: "debian:13", DIGEST: OS.digest}),
        (OS,), "debian:13", "annotation", "likely", "python:3.13",
    ),
    "a Dockerfile of another image": Case(
        made("app:1", "opa"), (OTHER, PY), "alpine:3.22", "dockerfile", "claimed", "python:3.13",
        (BaseImage("alpine:3.22", "", "dockerfile"),),
    ),
    "a Dockerfile and an inherited label": Case(
        made("app:1", "opa", labels={NAME: "debian:13", DIGEST: OS.digest}),
        (OS, PY), "python:3.13", "dockerfile", "likely", "python:3.13",
        (BaseImage("python:3.13", "", "dockerfile"),),
    ),
    "itself is known": Case(
        made("app:1", "opa"),
        (made("app:1", "opa"), PY), "python:3.13", "layers", "likely", "python:3.13",
    ),
    "itself is known under another name": Case(
        made("app:1", "opa"),
        (replace(made("app:1", "opa"), name="app:latest"),), "", "", "", "python:3.13",
    ),
    "of another platform": Case(
        made("app:1", "opa"),
        (made("python:3.13", "op", platform=Platform("linux", "arm64")),), "", "", "", "x",
    ),
}  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(Places(str(tmp_path), str(tmp_path / "cache")))


def found(case: Case, settings: Settings) -> BaseImage | None:
    for image in case.known:
        base_index(settings).add([known_image(image, seen=SEEN)])
    chosen, problems = identify_base(case.image, Known(settings, Platform()), case.said)
    assert [p for p in problems if "several images" not in p.message] == []
    return chosen.base


@pytest.mark.parametrize("name", CASES)
def test_the_base_of(name: str, settings: Settings) -> None:
    case = CASES[name]
    base = found(case, settings)
    if not case.found:
        assert base is None
        return
    assert base is not None
    assert (base.name, base.rule, base.certainty) == (case.found, case.rule, case.certainty)
    assert base.because
    assert base.verified == (base.certainty in ("certain", "likely", "possible"))
    assert bool(base.layers) == base.verified


@pytest.mark.parametrize("name", CASES)
def test_no_wrong_base_is_certain(name: str, settings: Settings) -> None:
    case = CASES[name]
    base = found(case, settings)
    if base is not None and base.certainty == "certain":
        assert base.name == case.base


def test_a_moved_tag_tells_the_image_that_was_built_on(settings: Settings) -> None:
    base = found(CASES["a label without a digest, its tag has moved on"], settings)
    assert base is not None
    assert base.digest == PY.digest


def test_other_names_of_the_base_are_told(settings: Settings) -> None:
    known = (PY, replace(PY, name="python:3"), replace(PY, name="team/python:3.13"))
    base = found(Case(made("app:1", "opa"), known, "", "", "", ""), settings)
    assert base is not None
    assert (base.name, base.certainty) == ("python:3.13", "likely")
    assert set(base.also) == {"python:3", "team/python:3.13"}


def test_what_says_nothing_true_is_explained(settings: Settings) -> None:
    base = found(CASES["a false label"], settings)
    assert base is not None
    assert "alpine:3.22, which a label of the image names, has other layers" in base.because


def test_a_damaged_index_is_a_problem_and_no_more(settings: Settings) -> None:
    path = base_index(settings).path
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 100)
    chosen, problems = identify_base(made("app:1", "opa"), Known(settings, Platform()))
    assert chosen.base is None
    assert len(problems) == 1
    assert "index of known images" in problems[0].where


def test_chain_ids_are_those_of_the_specification() -> None:
    """OCI image-spec, config.md: ChainID(L0|L1) = Digest(ChainID(L0) + " " + DiffID(L1))."""
    import hashlib

    first, second = digest("1"), digest("2")
    both = "sha256:" + hashlib.sha256(f"{first} {second}".encode()).hexdigest()
    assert chain_ids([first, second]) == (first, both)
    assert chain_ids([]) == ()


_chains = st.lists(st.text("abc", min_size=1, max_size=4), max_size=8)


@given(own=st.text("abc", min_size=1, max_size=5), others=_chains)
def test_layers_alone_find_the_longest_true_beginning(own: str, others: list[str]) -> None:
    image = made("app:1", own)
    known = [known_image(made(f"known:{n}", layers)) for n, layers in enumerate(others)]
    fit = [k for k in known if own.startswith("".join(others[known.index(k)])) and
           len(k.layers) < len(own)]  # fmt: skip
    result = possible_bases(image, known)
    assert {k.name for k in result} == {k.name for k in fit}
    lengths = [len(k.layers) for k in result]
    assert lengths == sorted(lengths, reverse=True)


@given(value=st.recursive(st.none() | st.text(max_size=5) | st.integers(), st.lists))
@pytest.mark.parametrize("key", ["config", "history", "created"])
def test_odd_configurations_are_known_all_the_same(key: str, value: Any) -> None:
    image = replace(made("app:1", "ab"), config={key: value})
    known = known_image(image)
    assert known.layers == (digest("a"), digest("b"))
    make: Callable[..., Image] = made
    assert possible_bases(make("app:2", "abc"), [known]) == [known]
