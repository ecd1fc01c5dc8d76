"""The command line of `ironhull build`: what it asks the pipeline for."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from ironhull.builders.python_app.recipe import AppRecipe
from ironhull.building import Publication
from ironhull.commands import build, run
from ironhull.commands._publish import publication
from ironhull.errors import ReferenceFault, UsageError


def asked(*words: str) -> tuple[AppRecipe, Publication]:
    parser = argparse.ArgumentParser()
    build.arguments(parser)
    args = parser.parse_args(list(words))
    return build._recipe(args, 7), publication(args, tuple(args.tag))


def test_defaults() -> None:
    recipe, published = asked("-t", "web")
    assert recipe == AppRecipe(Path(), epoch=7)
    assert published == Publication(("web",), sbom=True, provenance="min")


def test_everything() -> None:
    recipe, published = asked(
        "app", "-t", "web:1", "-t", "web:2", "--base", "b", "--platform", "linux/arm64",
        "--lock", "x.lock", "--locked", "--sbom=false", "--provenance=mode=max",
        "-o", "type=oci,dest=a.tar", "--output", "type=oci,tar=false,dest=dir",
        "-o", "type=docker,dest=d.tar", "-o", "oci-dir=out",
    )  # fmt: skip
    assert recipe == AppRecipe(
        Path("app"),
        base="b",
        platform="linux/arm64",
        lock=Path("x.lock"),
        locked=True,
        epoch=7,
    )
    assert published == Publication(
        ("web:1", "web:2"),
        sbom=False,
        provenance="max",
        exports=(
            ("oci-archive", Path("a.tar")),
            ("oci-dir", Path("dir")),
            ("docker-archive", Path("d.tar")),
            ("oci-dir", Path("out")),
        ),
    )


@pytest.mark.parametrize(
    ("word", "sbom", "provenance"),
    [
        ("--sbom", True, "min"),
        ("--sbom=0", False, "min"),
        ("--provenance", True, "min"),
        ("--provenance=true", True, "min"),
        ("--provenance=false", True, ""),
        ("--provenance=mode=min", True, "min"),
    ],
)
def test_attestations_as_in_docker_build(word: str, sbom: bool, provenance: str) -> None:
    _, published = asked("-t", "web", ".", word)
    assert (published.sbom, published.provenance) == (sbom, provenance)


@pytest.mark.parametrize(
    "words",
    [
        ("--sbom=maybe",), ("--provenance=mode=all",), ("-o", "type=local,dest=x"),
        ("-o", "type=oci"), ("-o", "type=docker,tar=false,dest=x"), ("-o", "type=oci,dest=x,zip=1"),
        ("-o", "type=oci,tar=perhaps,dest=x"), ("-o", "out"), ("-o", "rpm=x"),
    ],
)  # fmt: skip
def test_a_bad_option_is_named(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        asked("-t", "web", *words)
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_an_image_for_the_store_needs_a_name(capfd: Any) -> None:
    assert run(["build", "."]) == 64
    assert "needs a name" in capfd.readouterr().err


def test_a_bad_name_is_refused_before_anything_is_built() -> None:
    with pytest.raises(ReferenceFault):
        asked("-t", "Not A Name")


def test_a_missing_directory_is_one_line(tmp_path: Path, capfd: Any) -> None:
    assert run(["build", str(tmp_path / "gone"), "-t", "web"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "no directory" in err
