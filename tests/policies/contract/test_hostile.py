"""Policies that mean harm, through the command: one line each, the others go on, and it ends."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ironhull.commands import run
from ironhull.judging._world import Outside
from ironhull.limits import LIMITS
from ironhull.rego import _evaluation
from ironhull.values import replace
from tests.images import layout

pytest.importorskip("regorus", reason="the Rego engine is not installed")

HEAD = """# METADATA
# title: {name}
# custom:
#   name: {name}
package docker.scout

import rego.v1

default pass := false

pass if count(violation) == 0

"""
FINE = HEAD.format(name="fine") + 'violation contains {"message": "no"} if false\n'
ANY = 'violation contains {"message": "x"} if '
HOSTILE = {
    "endless": (
        ANY + "{ some i in numbers.range(1, 99999); numbers.range(1, i)[_] < 0 }",
        "stopped: it took more than 1 s",
    ),
    "exploding": ("violation := set()\nx := numbers.range(1, 50000000)", "stopped"),
    "squares": (
        ANY + "{ some i in numbers.range(1, 9999); some j in numbers.range(1, i); i * j < 0 }",
        "",
    ),
    "recursive": ("f(x) := f([x])\n" + ANY + "f(1)", "stopped"),
    "nested": ("violation := set()\nx := " + "[" * 50_000 + "]" * 50_000, "stopped"),
    "deep": ("violation := set()\nx := " + "[" * 900 + "1" + "]" * 900, ""),
    "long": (ANY + 'concat("", [s | some i in numbers.range(1, 9000000); s := "aaaaaa"])', ""),
    "wide": (ANY + 'sprintf("%999999999d", [1]) == ""', "wide.rego:"),
    "pattern": (ANY + 'regex.match("(a{1000}){1000}", "a")', "pattern.rego"),
    "raising": (ANY + 'oci.canonical_name("::bad::") == ""', "oci.canonical_name: "),
    "network": (
        ANY + 'http.send({"method": "get", "url": "https://example.com"}) == 1',
        "no network",
    ),
    "unknown": (ANY + "docker.execute() == 1", "unknown.rego:13:"),
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"oci-dir://{layout(tmp_path_factory.mktemp('image'), 'web:1', {'a': 'b'})}"


@pytest.fixture(autouse=True)
def _bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = {"seconds": 1.0, "memory": 128 << 20}
    monkeypatch.setattr(_evaluation.evaluate, "__kwdefaults__", bounds)


def judged(
    image: str, directory: Path, capfd: pytest.CaptureFixture[str], *more: str
) -> tuple[int, dict[str, Any], str]:
    """Exit code, policies by name, and what was said beside."""
    capfd.readouterr()
    words = ["policy", image, "--policy-dir", str(directory), "--format", "json"]
    code = run([*words, *more])
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    return code, {each["name"]: each for each in json.loads(out)["policies"]["results"]}, err


@pytest.mark.parametrize("name", HOSTILE)
def test_it_fails_alone(
    name: str, image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rules, said = HOSTILE[name]
    (tmp_path / f"{name}.rego").write_text(HEAD.format(name=name) + rules + "\n")
    (tmp_path / "zz.rego").write_text(FINE)
    code, found, err = judged(image, tmp_path, capfd)
    assert found["fine"]["state"] == "met"
    assert (code, found[name]["state"]) == (1, "error")
    assert said in found[name]["message"]
    assert f"warning: policy {name}: " in err
    assert "\n" not in found[name]["message"]


def test_calls_that_take_for_ever_are_stopped(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry that answers slowly, asked without end."""

    def slow(_: Outside, __: str) -> None:
        time.sleep(0.02)

    monkeypatch.setattr(Outside, "image_digest", slow)
    few = replace(LIMITS, policy_answering_seconds=0.5)
    monkeypatch.setattr(_evaluation, "LIMITS", few)
    rules = (
        ANY + '{ some i in numbers.range(1, 9999); oci.image_digest(sprintf("r/%d", [i])) == 1 }'
    )
    (tmp_path / "asking.rego").write_text(HEAD.format(name="asking") + rules)
    (tmp_path / "fine.rego").write_text(FINE)
    began = time.monotonic()
    code, found, _ = judged(image, tmp_path, capfd)
    assert time.monotonic() - began < 60
    assert (code, found["fine"]["state"]) == (1, "met")
    assert "took more than 0.5 s, last oci.image_digest" in found["asking"]["message"]


def test_too_many_calls_are_stopped(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_evaluation, "LIMITS", replace(LIMITS, policy_calls=20))
    rules = ANY + '{ some i in numbers.range(1, 90); oci.canonical_name(sprintf("r%d", [i])) == 1 }'
    (tmp_path / "asking.rego").write_text(HEAD.format(name="asking") + rules)
    _, found, _ = judged(image, tmp_path, capfd)
    assert "calls functions more than 20 times" in found["asking"]["message"]


BROKEN = {
    "no yaml": "# METADATA\n# title: [\npackage docker.scout\n",
    "no mapping": "# METADATA\n# - a\npackage docker.scout\n",
    "custom is text": "# METADATA\n# title: x\n# custom: yes\npackage docker.scout\n",
    "weight below zero": "# METADATA\n# custom:\n#   weight: -1\npackage docker.scout\n",
    "weight is no number": "# METADATA\n# custom:\n#   weight: .nan\npackage docker.scout\n",
    "result type": "# METADATA\n# custom:\n#   result_type: odd\npackage docker.scout\n",
    "columns": "# METADATA\n# custom:\n#   details_order: {a: 1}\npackage docker.scout\n",
    "object": "# METADATA\n# title: !!python/object:os.system x\npackage docker.scout\n",
    "no package": "violation := set()\n",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_broken_metadata_is_named_with_its_place(
    source: str, image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.rego"
    path.write_text(source)
    capfd.readouterr()
    assert run(["policy", image, "--policy-file", str(path)]) == 1
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(f"ironhull: {path}:")


def test_terminals_are_safe_from_what_policies_say(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    head = '# METADATA\n# title: "a\\e[2Jb"\n# custom:\n#   name: "n\\e[1m"\npackage docker.scout\n'
    rules = """import rego.v1
violation contains {
    "message": "m\\u001b[2J\\u0007\\u202e",
    "detail": {"k\\u001b": "v\\u001b]0;title\\u0007"},
    "remediation": "r\\u001b[5m",
}
"""
    (tmp_path / "x.rego").write_text(head + rules)
    words = ["policy", image, "--policy-dir", str(tmp_path), "--format"]
    for form in ("text", "markdown"):
        capfd.readouterr()
        assert run([*words, form]) == 0
        shown = "".join(capfd.readouterr())
        assert [c for c in shown if (ord(c) < 32 and c != "\n") or c in "\x7f\u202e"] == []
    capfd.readouterr()
    assert run([*words, "json"]) == 0
    (told,) = json.loads(capfd.readouterr().out)["policies"]["results"]
    assert told["title"] == "a\x1b[2Jb"


def test_odd_violations_are_shown_as_they_are(
    image: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rules = """violation contains x if some x in [1, null, true, ["a"], {"message": {"a": null}}]
"""
    (tmp_path / "odd.rego").write_text(HEAD.format(name="odd") + rules)
    _, found, _ = judged(image, tmp_path, capfd)
    messages = {each["message"] for each in found["odd"]["violations"]}
    assert messages == {"1", "null", "true", '["a"]', '{"a": null}'}
