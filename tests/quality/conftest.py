"""Print the gate's figures at the end of a run that measured them."""

from typing import Any

import pytest

FIGURES = "quality figures"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What `record_property` of the gate holds; with workers it arrives with their reports."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, text in getattr(report, "user_properties", ()):
            if name == FIGURES:
                terminalreporter.section("what is found of what is so (tests/quality)")
                terminalreporter.write_line(text)


@pytest.fixture
def figures(record_property: Any) -> Any:
    """A function that hands a text to the end of the run."""
    return lambda text: record_property(FIGURES, text)
