"""Secrets are found in every layer and in the configuration, once, but not what packages ship."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ironhull.detectors import secret_files
from ironhull.inventory import take_inventory
from ironhull.model import Image, SecretFinding
from ironhull.oci import layers as oci_layers
from ironhull.oci.edit import ImageConfig
from ironhull.oci.pack import Member
from ironhull.searching import policy_rows, search_image
from ironhull.sources.rootfs import open_root
from ironhull.values import replace
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.detectors.planted import planted
from tests.images import Files, image
from tests.judging.images import SLSA, attached


def token(seed: object) -> str:
    return "ghp_" + planted("<w:36>", seed)


ONE, TWO, THREE = (f"token = '{token(n)}'\n" for n in range(3))
Row = tuple[str, str, str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the rules are once they are compiled."""
    return tmp_path_factory.mktemp("rules")


def found(made: Image, kept: Path, **more: Any) -> tuple[SecretFinding, ...]:
    return search_image(made, kept=kept, **more)[0].findings


def rows(made: Image, kept: Path) -> list[Row]:
    """Source, path, and the number of the layer that hides it."""
    numbers = {layer.diff_id: str(at) for at, layer in enumerate(made.layers)}
    return [(f.source, f.path, numbers.get(f.removed_in, "")) for f in found(made, kept)]


# ── layers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"app/a": ONE}], [("FILE", "app/a", "")]),
        ([{"app/a": ONE}, {"app/.wh.a": ""}], [("FILE", "app/a", "1")]),
        ([{"app/a": ONE}, {"x": "1"}, {"app/.wh..wh..opq": ""}], [("FILE", "app/a", "2")]),
        ([{"app/a": ONE}, {"app/a": "clean"}], [("FILE", "app/a", "1")]),
        ([{"app/a": ONE}, {"app/a": ONE + "# more"}], [("FILE", "app/a", "")]),
        (
            [{"app/a": ONE}, {"app/a": TWO}, {"app/a": THREE}],
            [("FILE", "app/a", ""), ("FILE", "app/a", "1"), ("FILE", "app/a", "2")],
        ),
        ([{"app/a": ONE}, {"app/.wh.a": ""}, {"app/a": ONE}], [("FILE", "app/a", "")]),
        ([{"app": None, "app/a": ONE}, {"app": "file"}], [("FILE", "app/a", "1")]),
        ([{"a": ONE, "b": Member("b", "hardlink", 0o644, link="a")}], [("FILE", "a", "")]),
        ([{"a": ONE, "b": Member("b", "symlink", 0o777, link="a")}], [("FILE", "a", "")]),
    ],
)
def test_files_of_every_layer(layers: Sequence[Files], expected: list[Row], kept: Path) -> None:
    assert rows(image(layers), kept) == expected


def test_a_layer_that_has_a_path_twice_ships_both(kept: Path, tmp_path: Path) -> None:
    import io
    import tarfile

    from ironhull.model import Layer

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for text in (ONE, "clean"):
            info = tarfile.TarInfo("app/a")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    data = packed.getvalue()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    kind = "application/vnd.oci.image.layer.v1.tar"
    layer = Layer(digest, digest, len(data), kind, lambda: io.BytesIO(data))
    made = replace(image({}), layers=(layer,))
    assert [(f.path, f.removed_in) for f in found(made, kept)] == [("app/a", digest)]


def test_the_layer_of_a_finding_is_told(kept: Path) -> None:
    made = image([{"x": "1"}, {"app/a": f"one\n{ONE}"}])
    (only,) = found(made, kept)
    assert (only.layer, only.line, only.end_line) == (made.layers[1].diff_id, 2, 2)


def test_a_directory_is_searched_like_a_layer(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a").write_text(ONE)
    (tmp_path / "app" / "b").write_bytes(b"\0" + ONE.encode())
    made = open_root(str(tmp_path), None)
    assert rows(made, kept) == [("FILE", "app/a", "")]


# ── what packages ship ───────────────────────────────────────────────────────────────────────────


def debian(path: str, conffile: str = "") -> Files:
    """A package called `kit` that ships `path`."""
    known = f"\n /{path} {hashlib.md5(conffile.encode()).hexdigest()}" if conffile else ""
    return {
        "etc/os-release": OS_RELEASE,
        "var/lib/dpkg/status": stanza("kit", Conffiles=known),
        "var/lib/dpkg/info/kit.list": f"/.\n/{path}\n",
    }


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{**debian("usr/lib/kit/k"), "usr/lib/kit/k": ONE}], []),
        ([{**debian("lib/kit/k"), "usr/lib/kit/k": ONE}], []),
        (
            [{**debian("usr/lib/kit/k"), "usr/lib/kit/other": ONE}],
            [("FILE", "usr/lib/kit/other", "")],
        ),
        (
            [{**debian("usr/lib/kit/k"), "usr/lib/kit/k": "x"}, {"usr/lib/kit/k": ONE}],
            [("FILE", "usr/lib/kit/k", "")],
        ),
        ([{**debian("usr/lib/kit/k"), "usr/lib/kit/k": ONE}, {"usr/lib/kit/.wh.k": ""}], []),
        ([{**debian("etc/kit.conf"), "etc/kit.conf": ONE}], [("FILE", "etc/kit.conf", "")]),
        ([{**debian("etc/kit.conf", ONE), "etc/kit.conf": ONE}], []),
        ([{**debian("etc/kit.conf", TWO), "etc/kit.conf": ONE}], [("FILE", "etc/kit.conf", "")]),
    ],
)
def test_what_a_package_ships_is_quiet(
    layers: Sequence[Files], expected: list[Row], kept: Path
) -> None:
    assert rows(image(layers), kept) == expected


# ── the configuration ────────────────────────────────────────────────────────────────────────────


def test_variables_labels_commands_and_history(kept: Path) -> None:
    texts = [token(("config", n)) for n in range(6)]
    config = ImageConfig(
        env=(f"TOKEN={texts[0]}", "PATH=/bin"),
        labels={"note": f"use {texts[1]}"},
        cmd=("serve", "--token", texts[2]),
    )
    made = image({"x": "1"}, config=config)
    said = {
        **made.config,
        "config": {**made.config["config"], "OnBuild": [f"RUN curl -H 'X: {texts[3]}' x"]},
        "history": [
            {"created_by": f"ENV TOKEN={texts[0]}", "empty_layer": True},
            {"created_by": f"RUN |1 KEY={texts[4]} /bin/sh -c make # buildkit"},
        ],
    }
    made = replace(made, config=said, annotations={"org.example.key": texts[5]})
    assert sorted(rows(made, kept)) == sorted(
        [
            ("ENV", "TOKEN", ""),
            ("LABEL", "note", ""),
            ("LABEL", "org.example.key", ""),
            ("CONFIG", "Cmd", ""),
            ("CONFIG", "OnBuild", ""),
            ("HISTORY", "2", ""),
        ]
    )


def test_build_arguments_of_provenance(kept: Path) -> None:
    args = {"build-arg:KEY": token("argument"), "label:x": "y"}
    predicate = {
        "buildDefinition": {"externalParameters": {"request": {"args": args}}},
        "runDetails": {"builder": {"id": "x"}},
    }
    made = image({"x": "1"})
    made = replace(made, attachments=(attached(SLSA, predicate, made.digest),))
    assert rows(made, kept) == [("HISTORY", "build argument KEY", "")]


@pytest.mark.parametrize(
    "config",
    [
        {"config": None, "history": 3},
        {"config": {"Env": [1, None], "Labels": {"a": 1}, "Cmd": "x", "Healthcheck": []}},
        {"history": [None, "x", {"created_by": 7}]},
        {},
    ],
)
def test_a_configuration_of_other_shapes_holds_nothing(config: Any, kept: Path) -> None:
    assert rows(replace(image({"x": "1"}), config=config), kept) == []


def test_rows_for_policies_have_the_fields_of_the_contract(kept: Path) -> None:
    made = image({"app/a": ONE + TWO}, config=ImageConfig(env=(f"T={token('e')}",)))
    listed = policy_rows(found(made, kept))
    assert [row["source"] for row in listed] == [
        {"type": "FILE", "location": "app/a"},
        {"type": "ENV", "location": "T"},
    ]
    assert [len(row["findings"]) for row in listed] == [2, 1]
    assert set(listed[0]["findings"][0]) == {
        *("rule_id", "category", "title", "severity", "start_line", "end_line", "match"),
    }


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The diff_ids of the layers that are read, as they are."""
    read: list[str] = []

    def counted(layer: Any, *args: Any, **named: Any) -> Any:
        read.append(layer.diff_id)
        return oci_layers.read_layer(layer, *args, **named)

    monkeypatch.setattr("ironhull.oci._reading.read_layer", counted)
    return read


def test_layers_and_images_are_searched_once(kept: Path, tmp_path: Path, reads: list[str]) -> None:
    base, app = {"app/a": ONE}, {"app/.wh.a": "", "app/b": TWO}
    first, second = image([base]), image([base, app])
    alone = found(second, kept)
    del reads[:]
    for made, expected in ((first, 1), (first, 0), (second, 1), (second, 0)):
        more = found(made, kept, cache=tmp_path, code="code")
        assert len(reads) == expected
        del reads[:]
    assert more == alone
    found(second, kept, cache=tmp_path, code="other code")
    assert reads == [], "layers do not depend on the code that judges them"


def test_a_search_and_an_inventory_share_what_they_read(
    kept: Path, tmp_path: Path, reads: list[str]
) -> None:
    made = image([{**debian("usr/x"), "app/a": ONE}, {"app/b": TWO, "app/.wh.a": ""}])
    plain = take_inventory(made)
    del reads[:]
    sbom = search_image(made, cache=tmp_path / "a", code="code", kept=kept)[1]
    assert sbom == plain
    assert len(reads) == 2
    assert take_inventory(made, cache=tmp_path / "a", code="code") == plain
    assert take_inventory(made, cache=tmp_path / "a", code="new code") == plain
    assert len(reads) == 2, "the layers are in the cache of inventories, as these read them"


def test_a_search_leaves_what_inventories_kept(
    kept: Path, tmp_path: Path, reads: list[str]
) -> None:
    made = image([debian("usr/x"), {"app/b": TWO}])
    take_inventory(made, cache=tmp_path, code="code")
    layers = {path.name: path.read_bytes() for path in (tmp_path / "layers").iterdir()}
    found(made, kept, cache=tmp_path, code="code")
    assert {p.name: p.read_bytes() for p in (tmp_path / "layers").iterdir()} == layers


def test_what_was_not_searched_in_full_is_said_and_not_kept(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_files.Search.__init__, "__kwdefaults__", {"most": 1})
    made = image({f"app/{name}": text for name, text in zip("abc", (ONE, TWO, THREE), strict=True)})
    searched, sbom = search_image(made, cache=tmp_path, code="code", kept=kept)
    assert len(searched.findings) == 1
    assert [p.where for p in searched.problems] == ["app/b", "app/c", "test:latest"]
    assert "more than 1 secrets" in searched.problems[0].message
    assert sbom is not None
    assert not [p for p in sbom.problems if "secret" in p.message]
    monkeypatch.undo()
    assert len(found(made, kept, cache=tmp_path, code="code")) == 3


def test_a_file_that_breaks_a_rule_is_a_problem(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, data: bytes, path: str) -> None:
        raise ValueError("no")

    monkeypatch.setattr("ironhull.detectors.secrets.Searching.search", broken)
    searched, _ = search_image(replace(image({"app/a": "x"}), config={}), kept=kept)
    assert [(p.stage, p.where, p.message) for p in searched.problems] == [
        ("secrets", "app/a", "cannot be read: no")
    ]
