"""`python -m tests.quality`: the figures and every case that fails.

`--floor` takes them for the new floor and writes them into docs/quality.md.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

from tests.quality._gate import DOCS, FLOOR, as_floor, judged, table, traps

with tempfile.TemporaryDirectory() as place:
    scores = judged(Path(place))
figures = table(scores)
print(figures)
print(traps())
wrong = [line for score in scores.values() for line in score.wrong]
print("\n".join(wrong))
if "--floor" in sys.argv:
    FLOOR.write_text(json.dumps(as_floor(scores), indent=1) + "\n", "ascii")
    text = DOCS.read_text("utf-8")
    for mark, content in (("figures", figures), ("traps", traps())):
        text = re.sub(
            rf"(<!-- {mark} -->\n).*?(<!-- end -->\n)",
            lambda match, content=content: f"{match[1]}\n{content}\n{match[2]}",
            text,
            flags=re.DOTALL,
        )
    DOCS.write_text(text, "utf-8")
sys.exit(bool(wrong))
