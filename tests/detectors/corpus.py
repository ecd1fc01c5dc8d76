"""A tree of files with secrets planted where people leave them, and the list of what is where.

    python -m tests.detectors.corpus DIRECTORY

writes it: at least 200 secrets of every rule, in settings, code, scripts and histories, each file
with one secret and ordinary text around it. Nothing in it was ever valid.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from ironhull.detectors.secret_rules import all_rules
from tests.detectors.planted import planted

_AROUND = {
    "app/.env": "# settings of the service\nDEBUG=0\nPORT=8000\n{}\nLOG_LEVEL=info\n",
    "app/config.py": '"""Settings."""\n\nimport os\n\nDEBUG = False\n{}\nPORT = 8000\n',
    "srv/deploy.sh": "#!/bin/sh\nset -eu\ncd /srv\n# next line is ours\n{}\necho done\n",
    "etc/service.conf": "[server]\nhost = 127.0.0.1\nport = 8000\n\n[auth]\n{}\n",
    "home/dev/notes.txt": "to do\n-----\nask about the invoice\n{}\nbuy milk\n",
}
"""Files people leave secrets in, by where they are."""


def files() -> Iterator[tuple[str, str, str]]:
    """(path, content, rule) of every file with a secret."""
    for rule in all_rules():
        for number, sample in enumerate(rule.samples):
            places = list(_AROUND.items())
            for offset in range(1 if number else 2):
                path, around = places[(len(rule.id) + number + offset) % len(places)]
                directory, _, name = path.rpartition("/")
                secret = planted(sample, (rule.id, number, offset, "corpus"))
                where = f"{directory}/{rule.id}-{number}-{offset}/{name}"
                yield where, around.replace("{}", secret), rule.id


def write(root: Path) -> dict[str, str]:
    """Write the tree below `root`; gives the rule for each path."""
    found = {}
    for path, content, rule in files():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        found[path] = rule
    return found


if __name__ == "__main__":
    print(f"{len(write(Path(sys.argv[1])))} files with a secret each")
