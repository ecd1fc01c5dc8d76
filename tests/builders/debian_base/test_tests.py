"""The `tests` of a definition: what is read, and what is refused with its line."""

import pytest

from ironhull.builders.debian_base.definition import BaseTest, load_definition
from ironhull.errors import DefinitionError

HEAD = "name: x\nimage: x\nos-release: {id: debian, version-codename: trixie}\n"
HEAD += "contents: {packages: [base-files]}\ntests:\n"


def read(text: str) -> tuple[BaseTest, ...]:
    return load_definition(f"{HEAD}  - {text}\n".encode(), "x.yaml").tests


def test_what_is_not_said() -> None:
    assert read("{name: t, commands: [node --version]}") == (
        BaseTest("t", (("node", "--version"),), seconds=60),
    )


def test_everything() -> None:
    (made,) = read(
        "{name: t, commands: [[sh, -c, 'a b'], \"x 'y z'\"], directory: /srv, exit-code: 3,"
        " timeout: 2m, output: '^a', service: true, fetch: ':8080/x?y', environment: {A: b}}"
    )
    assert made.commands == (("sh", "-c", "a b"), ("x", "y z"))
    assert (made.directory, made.exit_code, made.output) == ("/srv", 3, "^a")
    assert (made.seconds, made.service, made.fetch) == (120, True, (8080, "/x?y"))
    assert made.environment == ("A=b",)


def test_what_is_fetched_is_from_a_service() -> None:
    assert read("{name: t, fetch: ':80/'}")[0].service


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{commands: [x]}", "name is missing"),
        ("{name: t}", "says nothing to do"),
        ("{name: t, service: true}", "says nothing to do"),
        ('{name: t, commands: ["x \'y"]}', "is not a command"),
        ("{name: t, commands: ['']}", "is empty"),
        ("{name: t, commands: [[]]}", "is empty"),
        ("{name: t, commands: [x], output: '('}", "not a regular expression"),
        ("{name: t, commands: [x], timeout: soon}", "not a time"),
        ("{name: t, commands: [x], timeout: 0s}", "not a time"),
        ("{name: t, commands: [x], exit-code: 256}", "from 0 to 255"),
        ("{name: t, fetch: 'http://x'}", "is not :PORT/PATH"),
        ("{name: t, fetch: ':99999/'}", "is not :PORT/PATH"),
        ("{name: t, commands: [x], outptu: x}", 'did you mean "output"'),
        ("{name: t, commands: [x], environment: {'A B': x}}", "environment variable"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as trouble:
        read(text)
    assert message in str(trouble.value)
    assert str(trouble.value).startswith("x.yaml:")
