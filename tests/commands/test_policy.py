"""`ironhull policy`: which policies, what they say, in which exit code it ends."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ironhull import pipeline
from ironhull.commands import run
from ironhull.config import load_settings
from ironhull.errors import Error
from ironhull.inspecting import image_facts
from ironhull.judging import Facts, policy_input
from ironhull.oci.edit import ImageConfig
from ironhull.rego import _evaluation
from ironhull.searching import policy_rows
from ironhull.store import answer_cache
from tests.catalogers.test_dpkg import OS_RELEASE, stanza
from tests.images import layout

pytest.importorskip("regorus", reason="the Rego engine is not installed")

FILES = {
    "etc/os-release": OS_RELEASE,
    "var/lib/dpkg/status": stanza("libc6", "2.41-12"),
    "var/lib/dpkg/info/libc6:amd64.list": "/.\n",
    "etc/passwd": "root:x:0:0::/:\ntoor:x:0:0::/:\napp:x:7:7::/:\n",
}
HEAD = """# METADATA
# title: {title}
# custom:
#   name: {name}
#   weight: {weight}
#   not_compliant_title: Not {title}
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def image(tmp_path: Path) -> str:
    return _image(tmp_path, "app")


def _image(directory: Path, user: str) -> str:
    place = directory / f"as-{user or 'nobody'}"
    place.mkdir()
    return f"oci-dir://{layout(place, 'web:1', FILES, config=ImageConfig(user=user))}"


def module(directory: Path, name: str, rules: str, *, weight: int = 10, title: str = "") -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / f"{name}.rego"
    head = HEAD.format(name=name, title=title or name.title(), weight=weight)
    path.write_text(head + rules, encoding="utf-8")
    return path


FINE = "violation contains {} if false"
BAD = 'violation contains {"message": "it is bad", "detail": {"why": 1}} if true'


def said(capfd: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    capfd.readouterr()
    code = run([str(word) for word in words])
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    return code, out, err


def results(capfd: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    """What `--format json` tells, checked, by name."""
    _, out, err = said(capfd, *words, "--format", "json")
    assert out, err
    document = json.loads(out)
    path = ROOT / "docs" / "schemas" / "policy.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema, base_uri=path.as_uri())
    assert [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document)] == []
    return {each["name"]: each for each in document["policies"]["results"]}


# ── which ────────────────────────────────────────────────────────────────────────────────────────


def test_the_ten_by_default(image: str, capfd: pytest.CaptureFixture[str]) -> None:
    found = results(capfd, "policy", image)
    assert len(found) == 10
    assert found["default-non-root-user"]["state"] == "met"
    assert found["embedded-secrets"]["state"] == "met"
    assert found["supply-chain-attestations"]["state"] == "not met"
    assert len(results(capfd, "policy", image, "--profile", "strict")) > 15


@pytest.mark.parametrize(
    ("user", "state"), [("", "not met"), ("app", "met"), ("toor", "not met"), ("65532", "met")]
)
def test_who_is_root_is_told_by_the_image(
    user: str, state: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = results(
        capfd, "policy", _image(tmp_path, user), "--only-policy", "Default non-root user"
    )
    assert [each["state"] for each in found.values()] == [state]


def test_files_and_directories_take_the_place_of_ours(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one = module(tmp_path / "a", "one", FINE)
    module(tmp_path / "b", "two", BAD, weight=20)
    (tmp_path / "b" / "two_test.rego").write_text("no rego")
    words = ["policy", image, "--policy-file", one, "--policy-dir", tmp_path / "b"]
    found = results(capfd, *words)
    assert [(name, each["state"]) for name, each in found.items()] == [
        ("two", "not met"),  # the heavier
        ("one", "met"),
    ]
    assert len(results(capfd, *words, "--builtin")) == 12
    assert list(results(capfd, *words, "--only-policy", "ONE")) == ["one"]


def test_one_of_ours_gives_way(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mine = module(tmp_path / "a", "default-non-root-user", BAD)
    found = results(capfd, "policy", image, "--policy-file", mine, "--builtin")
    assert len(found) == 10
    assert found["default-non-root-user"]["source"] == str(mine)
    words = ("policy", image, "--policy-file", mine, "--builtin")
    assert "default-non-root-user is the one given, not the built-in" in said(capfd, *words)[2]


@contextmanager
def served(directory: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_modules_and_configuration_from_addresses(
    image: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module(tmp_path, "one", 'violation contains {"message": data.config.word} if true')
    config = {"policies": [{"name": "one", "config": {"word": "from afar"}}]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with served(tmp_path) as url:
        words = ["policy", image, "--policy-file", f"{url}/one.rego"]
        words += ["--policy-config", f"{url}/config.json"]
        assert results(capfd, *words)["one"]["violations"][0]["message"] == "from afar"
        (tmp_path / "one.rego").write_text((tmp_path / "one.rego").read_text() + "\n" + FINE)
        (tmp_path / "config.json").write_text("[]")
        code, _, err = said(capfd, *words)  # asked anew each time
        assert (code, f"{url}/config.json" in err) == (1, True)
        code, _, err = said(capfd, "policy", image, "--policy-file", f"{url}/none.rego")
        assert (code, "none.rego" in err) == (1, True)
        monkeypatch.setenv("IRONHULL_OFFLINE", "1")
        code, _, err = said(capfd, *words)
        assert (code, "offline" in err) == (1, True)


def test_configuration(image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    module(tmp_path / "p", "one", "violation contains {} if data.config.strict\nx if print(7)")
    module(tmp_path / "p", "two", f"{BAD}\nviolation contains {{}} if print(data.config)")
    config = tmp_path / "c.json"
    rows = [
        {"name": "one", "weight": 90, "config": {"strict": True}},
        {"name": "two", "enabled": False},
    ]
    config.write_text(json.dumps({"policies": rows}))
    words = ("policy", image, "--policy-dir", tmp_path / "p", "--policy-config", config)
    found = results(capfd, *words)
    assert [(each["name"], each["state"], each["weight"]) for each in found.values()] == [
        ("one", "not met", 90)
    ]
    assert not any(each["prints"] for each in found.values())
    config.write_text('{"debug": true}')
    found = results(capfd, *words)
    assert any("{}" in line for line in found["two"]["prints"])


# ── how it ends ──────────────────────────────────────────────────────────────────────────────────


def test_exit_codes(image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fine = module(tmp_path / "a", "fine", FINE)
    bad = module(tmp_path / "a", "bad", BAD)
    unknown = tmp_path / "unknown.rego"
    unknown.write_text("package docker.scout\nimport rego.v1\ndefault pass := false\n")
    words = ("policy", image, "--policy-file")
    assert said(capfd, *words, fine, "--exit-code")[0] == 0
    assert said(capfd, *words, bad)[0] == 0
    assert said(capfd, *words, bad, "--exit-code")[0] == 2
    code, out, _ = said(capfd, *words, unknown, "--exit-code")
    assert (code, "FAILED  (0/1 policies met, 1 missing data)" in out) == (0, True)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("violation contains if {", "broken.rego:"),
        ("violation contains {} if nothing.known(1)", "broken.rego:"),
        ("violation contains {} if numbers.range(1, 100000000000)[_] == -1", "stopped"),
    ],
)
def test_what_cannot_be_evaluated_fails_alone(
    rules: str,
    words: str,
    image: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_evaluation.evaluate, "__kwdefaults__", {"seconds": 1.0, "memory": 1 << 28})
    broken = module(tmp_path / "a", "broken", rules, weight=99)
    fine = module(tmp_path / "a", "fine", FINE)
    given = ("policy", image, "--policy-file", broken, "--policy-file", fine)
    code, out, err = said(capfd, *given)
    assert code == 1
    assert words in err
    assert "1/2 policies met, 1 could not be evaluated" in out
    assert results(capfd, *given)["fine"]["state"] == "met"


def test_the_result_file_is_that_of_scout(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad, file = module(tmp_path / "a", "bad", BAD), tmp_path / "results.json"
    words = ("policy", image, "--policy-file", bad, "--result-file", file, "--exit-code")
    for _ in range(2):  # also where an answer could be given again
        assert said(capfd, *words)[0] == 2
        found = json.loads(file.read_text())["bad"]
        assert (found["pass"], found["violations"]) == (False, [{"why": 1}])
        assert found["bindings"]["violation"][0]["message"] == "it is bad"
        assert found["metrics"]["timer_rego_query_eval_ns"] > 0
        file.unlink()


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "junit"])
def test_every_format(form: str, image: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capfd, "policy", image, "--format", form)
    assert (code, "default-non-root-user" in out or "Default non-root user" in out) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--only-policy", "default-non-rot-user"], 1, "did you mean default-non-root-user?"),
        (["--profile", "loose"], 1, "there are lab, cis, strict"),
        (["--policy-file", "none.rego"], 1, "none.rego: cannot be read"),
        (["--policy-dir", "none"], 1, "none: not a directory"),
        (["--policy-dir", "."], 1, "no .rego files"),
        (["--policy-config", "none.json"], 1, "none.json: cannot be read"),
        (["--policy-file", "no\0path"], 1, ""),
        (["--policy-bundle", "UPPER/case"], 1, "UPPER"),
        (["--policy-bundle", "127.0.0.1:1/x:1"], 1, "127.0.0.1:1"),
        (["--policy-bundle", "oci-dir://none"], 1, "none"),
        (["more"], 64, "one image"),
        (["--policy-key", "our.pub"], 64, "--policy-key is about bundles"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str],
    code: int,
    message: str,
    image: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path / "as-app" / ".." / "as-app")
    got, out, err = said(capfd, "policy", image, *words)
    assert (got, out) == (code, "")
    assert message in err
    assert len(err.splitlines()) == 1


# ── list and test ────────────────────────────────────────────────────────────────────────────────


def test_the_list(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capfd, "policy", "list")
    assert (code, "no-stale-base-images" in out, "lab, strict" in out) == (0, True, True)
    mine = module(tmp_path / "a", "mine", FINE, title="Mine | yours")
    code, out, _ = said(capfd, "policy", "list", "--policy-file", mine, "--format", "json")
    document = json.loads(out)
    path = ROOT / "docs" / "schemas" / "policies.schema.json"
    jsonschema_rs.validator_for(json.loads(path.read_text())).validate(document)
    assert [each["name"] for each in document["policies"]] == ["mine"]
    out = said(capfd, "policy", "list", "--policy-file", mine, "--format", "markdown")[1]
    assert "**Mine \\| yours**" in out
    assert said(capfd, "policy", "list", "more")[0] == 64
    assert said(capfd, "policy", "list", "--format", "sarif")[0] == 64


def test_tests_in_rego(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    module(tmp_path / "a", "one", BAD)
    tests = tmp_path / "a" / "one_test.rego"
    head = "package docker.scout_test\nimport rego.v1\nimport data.docker.scout\n"
    tests.write_text(f"{head}test_bad if count(scout.violation) == 1\n")
    code, out, _ = said(capfd, "policy", "test", tmp_path / "a")
    assert (code, out.splitlines()[-1]) == (0, "1 passed, 0 failed")
    tests.write_text(f"{head}test_good if scout.pass\n")
    assert said(capfd, "policy", "test", tmp_path / "a")[0] == 2
    tests.unlink()
    assert said(capfd, "policy", "test", tmp_path / "a")[0] == 1
    assert said(capfd, "policy", "test")[0] == 64


# ── quickview and compare ────────────────────────────────────────────────────────────────────────


def test_quickview_shows_them_and_can_hide_them(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = module(tmp_path / "a", "bad", BAD)
    out = said(capfd, "quickview", image, "--policy-file", bad)[1]
    assert "Policy status  FAILED  (0/1 policies met)" in out
    assert out.index("Target") < out.index("Policy status") < out.index("What was checked")
    out = said(capfd, "quickview", image, "--hide-policies")[1]
    assert "Policy" not in out
    out = said(capfd, "quickview", image, "--hide-policies", "--format", "json")[1]
    assert "policies" not in json.loads(out)


def test_compare_gates_on_what_got_worse(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root, app = _image(tmp_path, ""), _image(tmp_path, "app")
    words = ("--exit-on", "policy", "--ignore-unchanged")
    code, out, err = said(capfd, "compare", root, "--to", app, *words)
    assert (code, "No default non-root user found" in err) == (2, True)
    assert "9 unchanged policies not shown" in out
    assert said(capfd, "compare", app, "--to", root, *words)[0] == 0
    assert said(capfd, "compare", app, "--to", app, *words)[0] == 0


def test_without_the_engine_the_rest_is_shown(
    image: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module_of in ("ironhull.rego", "ironhull.rego._evaluation"):
        monkeypatch.setattr(f"{module_of}.available", lambda: False)
    code, out, err = said(capfd, "quickview", image)
    assert (code, "Target" in out, "Policy" in out) == (0, True, False)
    assert "pip install 'ironhull[policy]'" in err
    for words in (["policy", image], ["quickview", image, "--profile", "cis"]):
        code, out, err = said(capfd, *words)
        assert (code, out, "not installed" in err) == (1, "", True)
    assert said(capfd, "compare", image, "--to", image, "--exit-on", "policy")[0] == 1


# ── what policies see ────────────────────────────────────────────────────────────────────────────


def test_the_input_is_as_its_schema_says(tmp_path: Path) -> None:
    settings = load_settings()
    path = ROOT / "docs" / "schemas" / "policy-input.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    for reference in (_image(tmp_path, "app"), f"fs://{_directory(tmp_path)}"):
        found = pipeline.opened(reference, settings)
        report = pipeline.scan(found, settings, scanners=("vuln", "secret"))
        more, _ = image_facts(found, report, settings, ["posture root_users support"])
        rows = policy_rows(report.secrets or ())
        document = policy_input(found, report, settings, Facts(rows, more))
        errors = jsonschema_rs.validator_for(schema).iter_errors(json.loads(json.dumps(document)))
        assert [f"{e.instance_path}: {e.message}" for e in errors] == []
        assert "vulnerabilities" in document
        assert {"posture", "support"} <= document["ironhull"].keys()


def _directory(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else text.decode())
    return tmp_path / "root"


# ── answers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers about what was made a moment ago are kept, too."""
    monkeypatch.setattr(answer_cache, "_SETTLED_SECONDS", -1e9)


def _kept() -> list[Path]:
    return sorted(Path(os.environ["IRONHULL_HOME"], "cache", "answers").glob("*.cache"))


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("command", [["quickview"], ["policy"], ["policy", "--profile", "strict"]])
def test_an_answer_with_policies_is_given_again(
    command: list[str],
    image: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = [command[0], image, *command[1:]]
    first = said(capfd, *words)
    if "strict" in command:  # one of these asks the registry of the base, where there is one
        assert len(_kept()) <= 1
        return
    assert len(_kept()) == 1

    def refuse(*_: object, **__: object) -> None:
        raise Error("evaluated again")

    monkeypatch.setattr("ironhull.judging.judge_image", refuse)
    assert said(capfd, *words) == first


@pytest.mark.usefixtures("settled")
def test_an_answer_ends_with_the_policies_it_was_made_of(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "p"
    one = module(place, "one", FINE)
    (place / "deep").mkdir()
    for words in (["--policy-file", str(one)], ["--policy-dir", str(place)]):
        module(place, "one", FINE)
        assert "1/1 policies met" in said(capfd, "policy", image, *words)[1]
        module(place, "one", BAD)
        assert "0/1 policies met" in said(capfd, "policy", image, *words)[1]
    module(place / "deep", "two", FINE)
    assert "1/2 policies met" in said(capfd, "policy", image, "--policy-dir", place)[1]
    config = tmp_path / "c.json"
    config.write_text("{}")
    words = ["--policy-dir", str(place), "--policy-config", str(config)]
    assert "1/2" in said(capfd, "policy", image, *words)[1]
    config.write_text('{"policies": [{"name": "one", "enabled": false}]}')
    assert "1/1" in said(capfd, "policy", image, *words)[1]


@pytest.mark.usefixtures("settled")
def test_the_clock_and_chance_are_no_files(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = module(tmp_path / "a", "one", 'violation contains {} if rand.intn("x", 2) == 3')
    said(capfd, "policy", image, "--policy-file", chance)
    assert not _kept()
    clock = module(tmp_path / "b", "one", "violation contains {} if time.now_ns() < 0")
    said(capfd, "policy", image, "--policy-file", clock)
    (kept,) = _kept()
    before = kept.read_bytes()
    monkeypatch.setattr(answer_cache.time, "time", lambda: 4e9)
    said(capfd, "policy", image, "--policy-file", clock)
    assert _kept()[0].read_bytes() != before
