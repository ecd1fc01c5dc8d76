"""The process that evaluates, started before it is needed."""

import pytest

from ironhull.rego import Module, _process, evaluate, starting

pytest.importorskip("regorus", reason="the Rego engine is not installed")

MODULE = Module("m.rego", "package m\nimport rego.v1\nx := input.a")


def test_the_one_that_waits_is_used_and_further_ones_are_started() -> None:
    with starting():
        (child,) = _process._waiting
        for number in (1, 2):
            (found,) = evaluate([MODULE], {"a": number}, {})
            assert found.value == {"x": number}
            assert not _process._waiting
        assert child.returncode is not None


def test_one_that_nobody_used_ends_whatever_happens() -> None:
    with pytest.raises(ValueError, match="the scan failed"), starting():
        (child,) = _process._waiting
        with starting():
            assert _process._waiting == [child]
        raise ValueError("the scan failed")
    assert child.returncode is not None
    assert not _process._waiting


def test_one_that_died_meanwhile_is_not_used() -> None:
    with starting():
        (child,) = _process._waiting
        child.kill()
        child.wait()
        (found,) = evaluate([MODULE], {"a": 1}, {})
        assert found.value == {"x": 1}
