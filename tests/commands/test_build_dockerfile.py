"""The command line of `ironhull build -f`: what it asks for, what it refuses."""

import argparse
from pathlib import Path

import pytest

from ironhull.builders.dockerfile import DockerRecipe
from ironhull.building import Publication
from ironhull.commands import _build_dockerfile, build, run
from tests.builders.dockerfile.programs import FULL, Programs
from tests.images import archive


def asked(*words: str) -> tuple[DockerRecipe, Publication]:
    parser = argparse.ArgumentParser()
    build.arguments(parser)
    return _build_dockerfile._asked(parser.parse_args(list(words)), 7)


def test_defaults() -> None:
    recipe, published = asked("-f", "Dockerfile", "-t", "web")
    assert recipe == DockerRecipe(context=".", file="Dockerfile", names=("web",), epoch=7)
    assert (published.names, published.sbom, published.provenance) == (("web",), True, "min")


def test_everything() -> None:
    recipe, published = asked(
        "ctx", "-f", "Dockerfile.prod", "-t", "web:1", "-t", "web:2",
        "--platform", "linux/amd64,linux/arm64", "--target", "final",
        "--build-arg", "A=1", "--build-arg=B", "--label", "team=front",
        "--build-context", "x=../x", "--secret", "id=token,src=token.txt", "--ssh", "default",
        "--add-host", "db:10.0.0.1", "--network", "none", "--no-cache", "--pull",
        "--builder", "big", "--provenance=mode=max", "--sbom=generator=scanner:1",
        "-o", "oci-dir=out",
    )  # fmt: skip
    assert recipe == FULL
    assert not published.sbom
    assert published.exports == (("oci-dir", Path("out")),)


def test_what_is_not_wanted_is_not_asked_for() -> None:
    recipe, published = asked("-f", "D", "-t", "x", "--provenance=false", "--sbom=false")
    assert (recipe.provenance, recipe.generator, published.sbom) == ("", "", False)


@pytest.mark.parametrize(
    "words",
    [
        ["--sbom=generator=s:1,key=value"],
        ["--attest", "type=sbom,generator=s:1,key=value"],
        ["--attest", "generator=s:1,type=sbom,key=value", "--sbom"],
        [
            "--attest=type=sbom",
            "--sbom=generator=s:0",
            "--attest=type=sbom,generator=s:1,key=value",
        ],
    ],
)
def test_a_generator_is_asked_for_as_docker_build_has_it(words: list[str]) -> None:
    recipe, published = asked("-f", "D", "-t", "x", *words)
    assert recipe.generator == "generator=s:1,key=value"
    assert published.wishes == ()


def test_other_attestations_are_asked_for_too(tmp_path: Path) -> None:
    vex = tmp_path / "x.vex.json"
    vex.write_text("{}")
    words = ("--attest", "cyclonedx", "--attest", f"vex={vex}", "--attest=type=provenance,mode=max")
    recipe, published = asked("-f", "D", "-t", "x", *words)
    assert recipe.provenance == "max"
    assert [wish.type for wish in published.wishes] == ["cyclonedx", "vex"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-f", "D"], "the image needs a name"),
        (["-f", "-", "-", "-t", "x"], "cannot both be standard input"),
        (["-f", "D", "-t", "x", "--base", "b"], "--base means nothing with a Dockerfile"),
        (["-f", "D", "-t", "x", "--locked"], "--locked means nothing with a Dockerfile"),
        (["-f", "D", "-t", "x", "--lock", "l"], "--lock means nothing with a Dockerfile"),
        (["-f", "D", "-t", "x", "--platform", "amd64"], "--platform amd64 is not OS/ARCH"),
        (["-f", "D", "-t", "x", "--engine", "kaniko"], "--engine kaniko"),
        (["-f", "D", "-t", "x", "--sbom=maybe"], "--sbom is 'maybe'"),
        (["-t", "x", "--build-arg", "A=1"], "--build-arg is for Dockerfiles"),
        (["-t", "x", "--target", "final"], "--target is for Dockerfiles"),
        (["-t", "x", "--pull"], "--pull is for Dockerfiles"),
        (["-t", "x", "--sbom=generator=s:1"], "--sbom is 'generator=s:1'"),
    ],
)
def test_mistakes_are_said(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", *words]) == 64
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_it_says_what_the_engine_says_and_names_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = Programs(tmp_path / "bin")
    escape = "#1 \x1b[31mred"
    programs.docker(archive(tmp_path, "x:1", {"a": "b"}, kind="oci-archive"), said=escape)
    monkeypatch.setenv("PATH", str(programs.place))
    assert run(["build", "-f", "Dockerfile", "-t", "web:1", "-t", "web:2"]) == 0
    said = capsys.readouterr()
    names = [line.partition("@")[0] for line in said.out.splitlines()]
    assert names == ["web:1", "web:2"]
    assert "#1 \\x1b[31mred" in said.err  # the engine cannot play with the terminal
    assert "built by buildx 0.20.1" in said.err
    assert run(["build", "-f", "Dockerfile", "-t", "web:1", "-q"]) == 0
    assert capsys.readouterr().err == ""
