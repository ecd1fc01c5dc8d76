"""Our `dataclass` beside the standard one: what one does, the other does."""

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ironhull import values
from ironhull.model import Package, Platform


def _class(module: Any, **options: Any) -> Any:
    @module.dataclass(slots=True, **options)
    class Value:
        """Something."""

        name: str
        size: int = 0
        more: list[str] = module.field(default_factory=list, compare=False)
        secret: str = module.field(default="x", repr=False)

        def __post_init__(self) -> None:
            if not self.name:
                raise ValueError("no name")

        @property
        def double(self) -> int:
            return 2 * self.size

    return Value


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - its type is what is compared
        return type(error)


ACTIONS: dict[str, Callable[[Any], Any]] = {
    "repr": lambda v: repr(v("a", 2, ["b"])),
    "equal": lambda v: v("a", 2, ["b"]) == v("a", 2, ["c"]),
    "unequal": lambda v: (v("a") == v("b"), v("a") != v("b"), v("a") == ("a", 0, [], "x")),
    "hash": lambda v: len({hash(each) for each in (v("a", 1), v("a", 1, ["x"]))[:]}),
    "hashes": lambda v: len({v("a"), v("a"), v("b")}),
    "assign": lambda v: setattr(v("a"), "size", 3),
    "delete": lambda v: delattr(v("a"), "size"),
    "missing": lambda v: v(),
    "too many": lambda v: v("a", 1, [], "s", 5),
    "twice": lambda v: v("a", name="b"),
    "unknown": lambda v: v("a", other=1),
    "by name": lambda v: repr(v(size=3, name="q")),
    "post init": lambda v: v(""),
    "property": lambda v: v("a", 4).double,
    "slots": lambda v: hasattr(v("a"), "__dict__"),
    "factories": lambda v: v("a").more is v("a").more,
    "match": lambda v: v.__match_args__,
    "fields": lambda v: [(f.name, f.repr, f.compare) for f in dataclasses.fields(v)],
    "asdict": lambda v: dataclasses.asdict(v("a", 1)),
    "standard replace": lambda v: repr(dataclasses.replace(v("a", 1, ["z"]), name="b")),
    "replace": lambda v: repr(values.replace(v("a", 1, ["z"]), name="b")),
    "replace wrongly": lambda v: values.replace(v("a"), other="b"),
    "replace checks": lambda v: values.replace(v("a"), name=""),
    "copy": lambda v: repr(copy.deepcopy(v("a", 1, ["z"]))),
    "parameters": lambda v: list(inspect.signature(v).parameters),
    "doc": lambda v: (v.__doc__, v.__name__, v.__qualname__, v.__module__),
}


@pytest.mark.parametrize(
    "options", [{"frozen": True}, {}, {"eq": False}, {"kw_only": True}], ids=str
)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("before", [0, 100])
def test_as_the_standard_library_does(action: str, options: dict[str, Any], before: int) -> None:
    ours, theirs = (_class(module, **options) for module in (values, dataclasses))
    for _ in range(before):  # often enough to be compiled
        ours(name="n")
    assert _outcome(lambda: ACTIONS[action](ours)) == _outcome(lambda: ACTIONS[action](theirs))


def test_nothing_can_be_added() -> None:
    with pytest.raises(AttributeError):
        _class(values, frozen=True)("a").other = 3
    with pytest.raises(AttributeError):
        _class(values)("a").other = 3


def test_values_travel_between_processes() -> None:
    package = Package("deb", "a", "1", licenses=("MIT",))
    assert pickle.loads(pickle.dumps(package)) == package


def test_a_class_without_fields() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Nothing:
        """Nothing."""

    assert Nothing() == Nothing()
    assert repr(Nothing()).endswith("Nothing()")


def test_matching() -> None:
    match Platform("linux", "arm64"):
        case Platform("linux", architecture):
            assert architecture == "arm64"
        case _:
            pytest.fail("not matched")


def test_the_model_needs_no_inspect() -> None:
    code = "import ironhull.model, sys; sys.exit('dataclasses' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
