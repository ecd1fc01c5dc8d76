"""What is known of a build its engine did not attest."""

import base64
import json
from pathlib import Path

from ironhull.builders.dockerfile import DockerRecipe, Made, made_by, revision_of
from ironhull.model import Build, Image
from ironhull.predicates.slsa import slsa_provenance
from ironhull.values import replace
from tests.images import image

BASE = {
    "org.opencontainers.image.base.name": "docker.io/library/debian:13-slim",
    "org.opencontainers.image.base.digest": "sha256:" + "a" * 64,
}
MADE = Made(Path("image.tar"), "buildah 1.40.0")


def recipe(context: Path, **changes: object) -> DockerRecipe:
    (context / "Dockerfile").write_text("FROM debian:13-slim\nARG KEY\n")
    asked = DockerRecipe(
        context=str(context),
        file=str(context / "Dockerfile"),
        target="final",
        build_args=("KEY=s3cret-of-the-build", "EMPTY"),
        secrets=("id=token,src=/home/me/token.txt", "src=/x"),
        ssh=("default=/run/agent.sock",),
        network="none",
        epoch=7,
    )
    found: DockerRecipe = replace(asked, **changes)
    return found


def described(asked: DockerRecipe, made: Image) -> Build:
    return made_by(asked, MADE, made, revision_of(asked))


def test_the_base_is_a_material(tmp_path: Path) -> None:
    build = described(recipe(tmp_path), image({"a": "b"}, annotations=BASE))
    (base,) = build.materials
    assert base.uri == "pkg:docker/debian@13-slim?platform=linux%2Famd64"
    assert base.digests == {"sha256": "a" * 64}
    assert base.kind == "base"


def test_a_base_that_is_not_named_whole_is_none(tmp_path: Path) -> None:
    for missing in BASE:
        annotations = {key: value for key, value in BASE.items() if key != missing}
        build = described(recipe(tmp_path), image({"a": "b"}, annotations=annotations))
        assert build.materials == ()


def test_a_git_checkout_is_the_source(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "refs/heads/main").write_text("c" * 40 + "\n")
    (git / "config").write_text('[remote "origin"]\n\turl = https://git.example/web.git\n')
    build = described(recipe(tmp_path), image({"a": "b"}))
    (source,) = build.materials
    assert source.uri == f"git+https://git.example/web.git@{'c' * 40}"
    assert source.digests == {"gitCommit": "c" * 40}


def test_max_tells_all_and_min_nothing_that_may_be_secret(tmp_path: Path) -> None:
    build = described(recipe(tmp_path), image({"a": "b"}))
    full, little = (slsa_provenance(build, mode=mode) for mode in ("max", "min"))
    definition = full["buildDefinition"]
    assert definition["buildType"].endswith("#dockerfile")
    request = definition["externalParameters"]["request"]
    assert request["args"] == {"KEY": "s3cret-of-the-build", "EMPTY": ""}
    assert request["secrets"] == ["token", ""]
    assert request["ssh"] == ["default"]
    assert request["target"] == "final"
    assert definition["internalParameters"] == {"engine": "buildah 1.40.0"}
    (document,) = full["runDetails"]["metadata"]["ironhull_metadata"]["source"]["infos"]
    assert document["filename"] == "Dockerfile"
    assert base64.b64decode(document["data"]).startswith(b"FROM debian:13-slim")
    for private in ("/home/me/token.txt", "/run/agent.sock"):
        assert private not in json.dumps(full)
    assert "s3cret" not in json.dumps(little)


def test_what_is_not_a_file_is_not_read(tmp_path: Path) -> None:
    for file in ("", "-", str(tmp_path / "gone"), str(tmp_path)):
        build = described(recipe(tmp_path, file=file), image({"a": "b"}))
        assert "documents" not in build.parameters
    remote = replace(recipe(tmp_path), context="https://git.example/web.git")
    assert described(remote, image({"a": "b"})).materials == ()
