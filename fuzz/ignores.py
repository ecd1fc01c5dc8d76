"""Ignore files: ConfigError, or rules that each name something."""

from fuzz._harness import fuzz
from ironhull.errors import ConfigError
from ironhull.ignore.files import parse

SEEDS = (
    b"# why\nCVE-2018-14618 exp:2027-01-01 # until then\n",
    b"vulnerabilities:\n  - id: CVE-1\n    paths: ['a/**']\n    purls: ['pkg:deb/debian/x@1']\n",
    b"ignore:\n  - {id: CVE-1, package: a*, reason: x, until: 2027-01-01T00:00:00Z}\n",
    b"ignore: &a [*a, ? {}, ! x]\n--- |\n",
)


def one(data: bytes) -> None:
    for name in ("rules", "rules.yaml"):
        try:
            rules = parse(data, name)
        except ConfigError as error:
            assert error.message.startswith(name)
            assert error.message.isprintable()
        else:
            assert all(rule.ids or rule.packages or rule.purls for rule in rules)


if __name__ == "__main__":
    fuzz(one, SEEDS, longest=2000)
