"""The table of packages."""

from hypothesis import given

from ironhull.formats.sbom_list import write_list
from ironhull.model import Sbom
from tests.formats.sboms import EMPTY, full, hostile


def test_the_table() -> None:
    assert write_list(full()).decode() == (
        "  Name            Version   Type\n"
        "────────────────────────────────\n"
        "  libc6           2.41-12   deb\n"
        "  python3-flask   3.1.1-1   deb\n"
        "  click           8         pypi\n"
        "  flask           3.1.1     pypi\n"
        "  flask           3.1.1     pypi\n"
        "\n"
        "4 packages (2 deb, 2 pypi); 1 more belong to one of them and are not counted again\n"
        "warning: dpkg: var/lib/dpkg/status:1: broken has no Version field: not listed\n"
    )


def test_nothing_at_all() -> None:
    assert write_list(EMPTY).decode().endswith("\n\n0 packages\n")


@given(hostile)
def test_no_text_steers_the_terminal(sbom: Sbom) -> None:
    text = write_list(sbom).decode()
    assert all(c.isprintable() or c == "\n" for c in text)
