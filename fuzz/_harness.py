"""What runs a target: coverage of Ironhull, seeds, time, and where crashing inputs are kept."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

__all__ = ["fuzz"]

# From here on: imports that functions make when they run are measured too.
atheris.instrument_imports(include=["ironhull"]).__enter__()

HERE = Path(__file__).parent
SECONDS = "60"


def fuzz(one: Callable[[bytes], None], seeds: Iterable[bytes], *, longest: int = 1 << 16) -> None:
    """Run `one` on inputs of at most `longest` bytes grown from `seeds`, for FUZZ_SECONDS.

    With file names as arguments it runs on those alone, to see again what went wrong.
    """
    if len(sys.argv) > 1:
        for path in sys.argv[1:]:
            one(Path(path).read_bytes())
        return
    spec = sys.modules["__main__"].__spec__
    name = spec.name.rpartition(".")[2] if spec else "target"
    corpus = Path(os.environ.get("FUZZ_CORPUS", HERE / "corpus")) / name
    crashes = HERE / "crashes"
    for directory in (corpus, crashes):
        directory.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:40]).write_bytes(seed)
    options = [
        f"-max_total_time={os.environ.get('FUZZ_SECONDS', SECONDS)}",
        f"-max_len={longest}",
        "-timeout=30",  # seconds one input may take
        "-rss_limit_mb=2048",
        f"-artifact_prefix={crashes}/{name}-",
    ]
    atheris.Setup([name, str(corpus), *options], one)
    atheris.Fuzz()
