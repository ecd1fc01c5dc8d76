"""`python -m tests.quality.vex [--write] [--trivy PATH] [EVERY]`: figures and all that is wrong.

Labelled cases, then every statement (or one of EVERY) of the public documents at ../shared/data.
With `--write` the tables go to docs/vex-quality.md; with `--trivy` its answers to the same cases.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from tests.quality.vex._beside import beside, beside_table
from tests.quality.vex._gate import (
    DOCS,
    ROOT,
    cases_table,
    census,
    census_table,
    scores,
    traps_table,
)
from tests.quality.vex.documents import collections


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.vex")
    parser.add_argument("every", nargs="?", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--trivy", default="")
    args = parser.parse_args()
    scored = scores()
    wrong = [line for score in scored.values() for line in score.wrong]
    tables = {"cases": cases_table(scored), "traps": traps_table()}
    if (data := ROOT.parent / "shared" / "data").exists() and args.every:
        found = [census(collection, args.every) for collection in collections(data)]
        wrong += [line for of_it in found for line in of_it.wrong]
        if args.every == 1:
            tables["documents"] = census_table(found)
    if args.trivy:
        with tempfile.TemporaryDirectory() as place:
            tables["trivy"] = beside_table(beside(args.trivy, Path(place)))
    print("\n".join(tables.values()))
    print("\n".join(wrong))
    if args.write:
        _write(tables)
    return bool(wrong)


def _write(tables: dict[str, str]) -> None:
    text = DOCS.read_text("utf-8")
    for mark, table in tables.items():
        text = re.sub(
            rf"(<!-- {mark} -->\n).*?(<!-- end -->\n)",
            rf"\1\n{table}\n\2",
            text,
            flags=re.DOTALL,
        )
    DOCS.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
