"""Policies are evaluated apart: alone, bounded, and with nothing of this machine in reach."""

import os
from pathlib import Path

import pytest

from ironhull.rego import Builtin, Module, Outcome, evaluate

pytest.importorskip("regorus", reason="the Rego engine is not installed")

HEAD = "package docker.scout\n\nimport rego.v1\n\n"
"""Four lines: rules begin at line 5."""


def asked(*rules: str, **others: object) -> list[Outcome]:
    """What modules of these rules say of `{"a": 1}`."""
    modules = [Module(f"m{number}.rego", HEAD + rule) for number, rule in enumerate(rules)]
    builtins = others.pop("builtins", {})
    return list(evaluate(modules, {"a": 1}, builtins, **others))  # type: ignore[arg-type]


def test_a_module_gives_its_whole_document() -> None:
    rules = (
        'violation contains {"message": "m", "detail": {"of": input.a}} if input.a == 1\n'
        "default pass := false\npass if count(violation) == 0\n"
    )
    (outcome,) = asked(rules)
    assert outcome.value == {
        "pass": False,
        "violation": [{"message": "m", "detail": {"of": 1}}],
    }
    assert outcome.error == ""


def test_modules_of_one_package_do_not_meet() -> None:
    one, two = asked("pass := 1", "pass := 2")
    assert (one.value, two.value) == ({"pass": 1}, {"pass": 2})


def test_the_configuration_is_always_there() -> None:
    source = HEAD + 'k := object.get(data.config, "key", "default")'
    modules = [Module("a", source), Module("b", source, {"key": [1]})]
    assert [o.value for o in evaluate(modules, {}, {})] == [{"k": "default"}, {"k": [1]}]


def test_a_package_of_another_name_is_found() -> None:
    (outcome,) = evaluate([Module("a", "package my.own.rules\n\nx := 1")], b"{}", {})
    assert outcome.value == {"x": 1}


def test_older_rego_is_understood() -> None:
    (outcome,) = evaluate([Module("a", "package p\nv[x] { x := input.n }")], {"n": 3}, {})
    assert outcome.value == {"v": [3]}


@pytest.mark.parametrize(
    ("rule", "line", "column", "said"),
    [
        ("pass if {\n  foo bar\n}", 6, 7, "expecting"),
        ("pass if nothing.of(1)", 5, 19, "could not find function nothing.of"),
        ('x := "open', 5, 6, "unmatched"),
    ],
)
def test_what_does_not_compile_is_named_with_its_place(
    rule: str, line: int, column: int, said: str
) -> None:
    broken, fine = asked(rule, "pass := true")
    assert said in broken.error
    assert (broken.line, broken.column) == (line, column)
    assert broken.where == f"m0.rego:{line}:{column}"
    assert "\n" not in broken.error
    assert fine.value == {"pass": True}


# ── functions of ours ────────────────────────────────────────────────────────────────────────────


def test_a_builtin_answers_values_of_every_kind() -> None:
    seen = []

    def answer(value: object) -> object:
        seen.append(value)
        return {"same": value, "none": None}

    (outcome,) = asked(
        'x := scout.echo({"set": {2, 1}, "list": [1, "ä", null, true, 1.5]}).same',
        builtins={"scout.echo": Builtin(1, answer)},
    )
    expected = {"set": [1, 2], "list": [1, "ä", None, True, 1.5]}
    assert seen == [expected]
    assert outcome.value == {"x": expected}


def test_a_builtin_is_asked_once_for_the_same_arguments() -> None:
    seen: list[object] = []
    builtins = {"scout.note": Builtin(1, lambda value: seen.append(value) or value)}
    rule = 'x := [y | some n in [1, 1, 2]; y := scout.note({"n": n}).n]'
    one, two = asked(rule, rule, builtins=builtins)
    assert one.value == two.value == {"x": [1, 1, 2]}
    assert seen == [{"n": 1}, {"n": 2}]


def test_none_is_null_and_not_undefined() -> None:
    (outcome,) = asked(
        'x if oci.referrer("t") == null', builtins={"oci.referrer": Builtin(1, lambda _: None)}
    )
    assert outcome.value == {"x": True}


def test_a_builtin_that_fails_is_named_and_fails_its_policy_alone() -> None:
    def broken(_: object) -> object:
        raise KeyError("no such thing\nat all")

    builtins = {"oci.referrer": Builtin(1, broken)}
    bad, good = asked('x := oci.referrer("t")', "y := 1", builtins=builtins)
    assert bad.error.startswith("oci.referrer: ")
    assert "no such thing" in bad.error and "\n" not in bad.error
    assert bad.line == 5
    assert good.value == {"y": 1}


def test_prints_are_kept_with_their_line() -> None:
    (outcome,) = asked('x if { print("seen", input.a); true }')
    assert len(outcome.prints) == 1
    assert outcome.prints[0].endswith("seen 1")
    assert ":5" in outcome.prints[0]


# ── bounds ───────────────────────────────────────────────────────────────────────────────────────

ENDLESS = """x := [s |
  some i in numbers.range(1, 100000)
  some j in numbers.range(1, 1000)
  s := i * j
  s < 0
]"""


def test_an_endless_policy_is_stopped_and_the_next_goes_on() -> None:
    slow, fine = asked(ENDLESS, "pass := true", seconds=0.5)
    assert slow.error == "stopped: it took more than 0.5 s"
    assert fine.value == {"pass": True}


def test_a_policy_that_takes_all_memory_is_stopped() -> None:
    hungry, fine = asked(
        "x := numbers.range(1, 200000000)", "pass := true", memory=64 << 20, seconds=60
    )
    assert "more than 64 MiB" in hungry.error
    assert fine.value == {"pass": True}


def test_endless_recursion_is_an_error() -> None:
    deep, fine = asked("f(x) := f(x + 1)\ny := f(1)", "pass := true")
    assert deep.error
    assert fine.value == {"pass": True}


def test_a_large_source_is_refused() -> None:
    (outcome,) = evaluate([Module("big", HEAD + "# " + "x" * (1 << 20))], {}, {})
    assert "larger than" in outcome.error


def test_a_document_of_megabytes_and_line_breaks_arrives_whole() -> None:
    values = ",\n".join(f'"{number:064}"' for number in range(100_000))
    (outcome,) = evaluate(
        [Module("m", HEAD + "n := count(input.values)")], f'{{"values": [{values}]}}'.encode(), {}
    )
    assert outcome.value == {"n": 100_000}


# ── what policies cannot reach ───────────────────────────────────────────────────────────────────


def test_the_environment_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRONHULL_TEST_SECRET", "do-not-tell")
    (outcome,) = asked("x := opa.runtime()")
    assert "do-not-tell" not in str(outcome)
    assert outcome.value == {"x": {}}


def test_there_is_no_network() -> None:
    (outcome,) = asked('x := http.send({"method": "get", "url": "http://127.0.0.1:1/"})')
    assert "no network" in outcome.error


def test_no_process_is_left_behind() -> None:
    def children() -> set[str]:
        found = set()
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    stat = Path(f"/proc/{entry.name}/stat").read_text()
                    if stat.rpartition(")")[2].split()[1] == str(os.getpid()):
                        found.add(entry.name)
                except OSError:
                    continue
        return found

    if not Path("/proc/self").is_dir():
        pytest.skip("this system has no /proc")
    before = children()
    asked("pass := true", ENDLESS, seconds=0.3)
    outcomes = evaluate([Module("a", HEAD + "x := 1"), Module("b", HEAD + "x := 1")], {}, {})
    next(iter(outcomes))
    outcomes.close()  # type: ignore[attr-defined]  # a generator, left half way
    assert children() <= before
