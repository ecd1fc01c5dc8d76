"""`policy publish` and `policy pull`: bundles in a registry, pinned, signed, used offline."""

import json
from pathlib import Path

import pytest

from ironhull.config import load_settings
from ironhull.judging.bundles import keep_place
from ironhull.signing import generate_key
from ironhull.store import answer_cache
from tests.commands.test_policy import BAD, FILES, FINE, module, results, said
from tests.images import layout
from tests.policies.test_bundles import tar
from tests.registry.servers import docker_registry
from tests.signatures.images import call, in_layout, key_files, program

KEY, OTHER = generate_key(), generate_key()


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSIGN_PASSWORD", "x")


@pytest.fixture
def image(tmp_path: Path) -> str:
    (tmp_path / "image").mkdir()
    return f"oci-dir://{layout(tmp_path / 'image', 'web:1', FILES)}"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    key_files(tmp_path, KEY)
    return key_files(tmp_path, OTHER, "other")


def _published(capfd: pytest.CaptureFixture[str], *words: str | Path) -> str:
    """The name and digest that publishing prints last."""
    code, out, err = said(capfd, "policy", "publish", *words)
    assert code == 0, err
    return out.splitlines()[-1]


def test_ours_go_around(
    image: str, keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with docker_registry(tmp_path / "registry") as host:
        name = f"{host}/policies/all:1"
        pinned = _published(capfd, name, "--profile", "strict", "--key", keys / "our.key")
        assert pinned.startswith(f"{name}@sha256:")
        words = ("policy", "pull", name, "--policy-key", keys / "our.pub")
        code, out, err = said(capfd, *words)
        assert (code, "signed by" in err, out.splitlines()[-1]) == (0, True, pinned)
        assert "no-stale-base-images" in out
        ours = results(capfd, "policy", image)
        theirs = results(capfd, "policy", image, "--policy-bundle", name)
        assert {name: theirs[name]["state"] for name in ours} == {
            name: each["state"] for name, each in ours.items()
        }
        assert all(each["source"].startswith(f"{pinned}/") for each in theirs.values())
        verified = call(
            [program("cosign"), "verify", "--key", "our.pub", "--insecure-ignore-tlog", name], keys
        )
        assert verified.returncode == 0, verified.stderr


def test_signatures_that_do_not_hold(
    image: str, keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    mine = module(tmp_path / "a", "one", FINE)
    with docker_registry(tmp_path / "registry") as host:
        unsigned, other = f"{host}/unsigned:1", f"{host}/other:1"
        _published(capfd, "--policy-file", mine, unsigned)
        module(tmp_path / "a", "one", BAD)
        _published(capfd, "--policy-file", mine, other, "--key", keys / "other.key")
        for name, words in ((unsigned, "no signature"), (other, "our.pub")):
            given = ("--policy-bundle", name, "--policy-key", keys / "our.pub")
            code, out, err = said(capfd, "policy", image, *given)
            assert (code, out, len(err.splitlines()), words in err) == (1, "", 1, True), err
            assert said(capfd, "policy", "pull", name, *given[2:])[0] == 1
        settings = tmp_path / "config.toml"
        settings.write_text(f'[trust]\nkeys = ["{keys / "other.pub"}"]\nrequire = true\n')
        monkeypatch.setenv("IRONHULL_CONFIG", str(settings))
        assert said(capfd, "policy", image, "--policy-bundle", unsigned)[0] == 1
        found = results(capfd, "policy", image, "--policy-bundle", other)
        assert found["one"]["state"] == "not met"


def test_a_name_is_asked_for_each_time_a_digest_once(
    image: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answer_cache, "_SETTLED_SECONDS", -1e9)
    mine = module(tmp_path / "a", "one", FINE)
    with docker_registry(tmp_path / "registry") as host:
        name = f"{host}/policies:1"
        before = _published(capfd, "--policy-file", mine, name)
        named = ("policy", image, "--policy-bundle", name)
        assert "1/1 policies met" in said(capfd, *named)[1]
        module(tmp_path / "a", "one", BAD)
        after = _published(capfd, "--policy-file", mine, name)
        assert before != after
        assert "0/1 policies met" in said(capfd, *named)[1]
        pinned = ("policy", image, "--policy-bundle", before.replace(":1@", "@"))
        assert "1/1 policies met" in said(capfd, *pinned)[1]
    assert "1/1 policies met" in said(capfd, *pinned)[1]  # nobody is asked
    assert said(capfd, *named)[0] == 1
    monkeypatch.setenv("IRONHULL_OFFLINE", "1")
    assert "0/1 policies met" in said(capfd, *named)[1]
    code, _, err = said(capfd, "policy", image, "--policy-bundle", f"{host}/never:1")
    assert (code, "ironhull policy pull" in err) == (1, True)
    _flip(keep_place(load_settings()), b"package docker.scout")
    code, out, err = said(capfd, *named)
    assert (code, out, "digest" in err) == (1, "", True)


def _flip(place: Path, word: bytes) -> None:
    """Every blob with `word` in it holds something else of the same length."""
    blobs = [path for path in (place / "blobs").rglob("*") if path.is_file()]
    hit = [path for path in blobs if word in path.read_bytes()]
    assert hit
    for path in hit:
        path.chmod(0o600)
        path.write_bytes(path.read_bytes().replace(word, word.upper()))


def test_bundles_without_a_registry(
    image: str, keys: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mine = module(tmp_path / "a", "one", BAD)
    place = f"oci-dir://{tmp_path / 'bundle'}:rules:1"
    pinned = _published(capfd, "--policy-file", mine, place, "--key", keys / "our.key")
    assert pinned.partition("@")[0] == f"{tmp_path / 'bundle'}:rules:1"
    words = ["--policy-bundle", place, "--policy-key", str(keys / "our.pub")]
    assert results(capfd, "policy", image, *words)["one"]["state"] == "not met"
    tarball = tmp_path / "bundle.tar.gz"
    tarball.write_bytes(tar({".manifest": "{}", "one.rego": mine.read_bytes()}, "gz"))
    words = ["--policy-bundle", str(tarball)]
    assert results(capfd, "policy", image, *words)["one"]["source"] == f"{tarball}/one.rego"
    code, _, err = said(capfd, "policy", image, *words, "--policy-key", keys / "our.pub")
    assert (code, "no signature that can be verified" in err) == (1, True)


def test_bundles_of_the_configuration(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mine = module(tmp_path / "a", "one", BAD)
    tarball = tmp_path / "bundle.tar"
    tarball.write_bytes(tar({"x/one.rego": mine.read_bytes()}))
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"bundles": [str(tarball)]}))
    assert list(results(capfd, "policy", image, "--policy-config", config)) == ["one"]


def test_an_image_is_no_bundle(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, name = in_layout(tmp_path)
    code, out, err = said(capfd, "policy", image, "--policy-bundle", name)
    assert (code, out, len(err.splitlines())) == (1, "", 1)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["publish"], 64, "one REFERENCE"),
        (["pull"], 64, "one REFERENCE"),
        (["pull", "a:1", "b:1"], 64, "one REFERENCE"),
        (["publish", "archive://x.tar"], 64, "registries and oci-dir://"),
        (["publish", f"x@sha256:{'0' * 64}"], 64, "a digest cannot be chosen"),
        (["publish", "x:1", "--key", "none.key"], 1, "none.key"),
        (["publish", "UPPER:1"], 1, "UPPER"),
        (["publish", "127.0.0.1:1/x:1"], 1, "127.0.0.1:1"),
        (["pull", "127.0.0.1:1/x:1"], 1, "127.0.0.1:1"),
    ],
)
def test_mistakes(
    words: list[str], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    got, out, err = said(capfd, "policy", *words)
    assert (got, message in err) == (code, True), err
    assert len(err.splitlines()) == 1
    assert "@sha256:" not in out


def test_what_is_published_was_checked(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.rego"
    broken.write_text("# METADATA\n# custom: 3\npackage docker.scout\n")
    place = tmp_path / "bundle"
    code, _, err = said(capfd, "policy", "publish", "--policy-file", broken, f"oci-dir://{place}:x")
    assert (code, "broken.rego" in err, place.exists()) == (1, True, False)
