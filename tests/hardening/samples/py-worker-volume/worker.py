from pathlib import Path

import orjson

SPOOL = Path("/spool")
names = sorted(path.name for path in (SPOOL / "in").iterdir())
target = SPOOL / "out" / "summary.json"
target.write_bytes(orjson.dumps({"files": names}))
print("wrote", target)
