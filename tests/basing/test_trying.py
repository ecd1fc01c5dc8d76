"""What passes and what fails, by containers that do as they are told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ironhull.basing import Tried, ctrf, tried
from ironhull.builders.debian_base.definition import load_definition
from ironhull.containers import NOT_FOUND, Answer, Ended, Save
from ironhull.model import Image
from ironhull.oci.edit import ImageConfig
from ironhull.predicates.tests import check_tests, read_tests
from ironhull.store.images import ImageStore
from tests.images import image

HEAD = """
name: x
image: x
variant: {variant}
os-release: {{id: debian, version-codename: trixie}}
contents: {{packages: [base-files]}}
tests:
  - {test}
"""
NO_SHELL = "has no shell"


@dataclass
class Container:
    """A runtime, a place and a service in one: answers by the first word of a command."""

    answers: dict[str, list[Ended]] = field(default_factory=dict)
    pages: list[Answer] = field(default_factory=list)
    ends_after: int = 1_000
    stops: int = 0
    name: str = "pretended"
    variables: tuple[str, ...] = ()
    ran: list[tuple[str, ...]] = field(default_factory=list)

    @contextmanager
    def opened(self, image: Image, save: Save) -> Iterator["Container"]:
        yield self

    def trouble(self) -> str:
        return ""

    def given(self, variables: tuple[str, ...]) -> "Container":
        self.variables = variables
        return self

    def run(self, args: Sequence[str], seconds: float, directory: str = "") -> Ended:
        self.ran.append(tuple(args))
        answers = self.answers.get(args[0], [Ended(NOT_FOUND, "not there")])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    @contextmanager
    def serving(self) -> Iterator["Container"]:
        yield self

    execute = run

    def fetch(self, port: int, path: str, seconds: float) -> Answer:
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]

    def running(self) -> bool:
        self.ends_after -= 1
        return self.ends_after > 0

    def log(self) -> str:
        return "what it wrote"

    def stop(self, seconds: float) -> Ended:
        return Ended(self.stops, "bye")


def outcome(
    container: Container, test: str, *, variant: str = "dev", user: str = "65532"
) -> dict[str, str]:
    definition = load_definition(HEAD.format(variant=variant, test=test).encode(), "x.yaml")
    made = image({"a": "b"}, config=ImageConfig(user=user))
    results = tried(made, definition, container, ImageStore(Path("nowhere")))
    return {one.name: one.reason for one in results}


def test_a_command_that_says_what_it_should() -> None:
    container = Container({"x": [Ended(3, "version 20.1")]})
    test = "{name: t, commands: [x -v], exit-code: 3, output: '^version 20', environment: {A: b}}"
    assert outcome(container, test) == {"t": ""}
    assert container.ran == [("x", "-v")]
    assert container.variables == ("A=b",)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Ended(1, "broken"), "x: exit status 1: 'broken', not 0"),
        (Ended(0, "version 18"), "'20' is not in 'version 18'"),
    ],
)
def test_a_command_that_does_not(answer: Ended, reason: str) -> None:
    container = Container({"x": [answer]})
    assert outcome(container, "{name: t, commands: [x], output: '20'}") == {"t": reason}


def test_a_runtime_image_has_no_shell_and_no_root() -> None:
    container = Container({"x": [Ended(0, "")]})
    found = outcome(container, "{name: t, commands: [x]}", variant="runtime")
    assert list(found.values()) == ["", "", ""]
    assert ("sh", "-c", "exit 0") in container.ran


@pytest.mark.parametrize("shell", ["sh", "busybox"])
@pytest.mark.parametrize("status", [0, 1, 126])
def test_a_shell_is_found(shell: str, status: int) -> None:
    container = Container({"x": [Ended(0, "")], shell: [Ended(status, "")]})
    found = outcome(container, "{name: t, commands: [x]}", variant="runtime")
    assert found[NO_SHELL].startswith(f"{shell} was looked for")


@pytest.mark.parametrize("user", ["", "root", "0", "0:0", "nonroot"])
def test_root_is_found(user: str) -> None:
    container = Container({"x": [Ended(0, "")]})
    found = outcome(container, "{name: t, commands: [x]}", variant="runtime", user=user)
    assert [name for name, reason in found.items() if reason] == [
        "runs as a user with a number, not as root"
    ]


def test_a_service_is_asked_until_it_answers() -> None:
    pages = [Answer(0, "refused"), Answer(503, "soon"), Answer(200, "hello")]
    container = Container({"x": [Ended(1, ""), Ended(0, "!")]}, pages)
    test = "{name: t, fetch: ':80/', commands: [x], output: 'hello!'}"
    assert outcome(container, test) == {"t": ""}


def test_a_service_that_never_answers() -> None:
    container = Container(pages=[Answer(500, "no")])
    (reason,) = outcome(container, "{name: t, fetch: ':80/x', timeout: 1s}").values()
    assert reason.startswith("GET :80/x: 500: 'no'")
    assert "what it wrote" in reason


def test_a_service_that_ends() -> None:
    container = Container(pages=[Answer(0, "refused")], ends_after=2, stops=3)
    (reason,) = outcome(container, "{name: t, fetch: ':80/'}").values()
    assert reason == "the image's command ended: exit status 3: 'bye'"


def test_a_service_that_does_not_stop() -> None:
    container = Container(pages=[Answer(200, "hello")], stops=137)
    (reason,) = outcome(container, "{name: t, fetch: ':80/'}").values()
    assert reason.startswith("does not stop when asked to")


def test_the_report_is_one_that_can_be_attested() -> None:
    import json

    report = ctrf([Tried("a", "", 1.5), Tried("b", "wrong", 0.25)], "ironhull base test")
    assert check_tests(report) == []
    read = read_tests(json.dumps(report).encode(), "x.json")
    assert read["results"]["summary"]["failed"] == 1
    assert read["results"]["tests"][1] == {
        "name": "b",
        "status": "failed",
        "duration": 250,
        "message": "wrong",
    }
