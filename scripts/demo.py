"""`make demo`: the main job end to end, with the commands a user would type.

Builds two images of the reservation app in examples/reservations, one the usual way and one
hardened, lists what is in them, matches it against advisories and shows the difference.
Everything lands in the image store of the user (`IRONHULL_HOME` overrides) and in demo-out/.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IRONHULL = Path(sys.executable).parent / "ironhull"
APP = Path("examples/reservations")
OUT = Path("demo-out")


def say(text: str) -> None:
    print(f"\n── {text}", flush=True)


def ironhull(*words: str, may_fail: bool = False) -> int:
    """Show a command, run it, and stop the demo if it fails."""
    print(f"$ ironhull {shlex.join(words)}", flush=True)
    done = subprocess.run([IRONHULL, *words], cwd=ROOT, check=False)
    if done.returncode and not may_fail:
        sys.exit(f"demo: that failed with exit code {done.returncode}")
    return done.returncode


def ask(*words: str) -> dict[str, object]:
    """Run a command whose JSON the demo reads."""
    done = subprocess.run(
        [IRONHULL, *words, "--format", "json", "-q"], cwd=ROOT, check=False, capture_output=True
    )
    if done.returncode:
        sys.exit(done.stderr.decode())
    found: dict[str, object] = json.loads(done.stdout)
    return found


def app(base: str, name: str) -> None:
    """Build the app on a base; each image keeps a lock file of its own."""
    lock = OUT / f"{name.replace(':', '-')}.lock"
    ironhull(
        "build", str(APP), "--base", base, "-t", name, "--lock", str(lock), "--provenance=mode=max"
    )


def build() -> None:
    say("Two base images, straight from Debian's packages: as people use today, and hardened")
    ironhull("base", "build", "python:3.13-debian13-slim")
    ironhull("base", "build", "python:3.13-debian13")
    say("The same app on each, no daemon and no Dockerfile")
    app("python:3.13-debian13-slim", "web:init")
    app("python:3.13-debian13", "web:hardened")
    ironhull("images", "web")


def advisories() -> None:
    say("Advisory data: what can be reached is fetched, what cannot is said")
    if ironhull("db", "update", may_fail=True):
        print("(going on with the advisory data at hand; every report says which that is)")
    ironhull("db", "status")


def judge() -> None:
    say("What is in them, and what is wrong with it")
    ironhull("quickview", "web:init")
    ironhull("quickview", "web:hardened")
    say("What hardening won")
    ironhull("compare", "--to", "web:init", "web:hardened", "--ignore-unchanged")
    for name in ("init", "hardened"):
        ironhull(
            "sbom", f"web:{name}",
            "--output", f"spdx={OUT}/web-{name}.spdx.json",
            "--output", f"cyclonedx={OUT}/web-{name}.cdx.json",
            "--output", f"list={OUT}/web-{name}.txt",
        )  # fmt: skip
        ironhull("cves", f"web:{name}", "--output", f"text={OUT}/web-{name}.cves.txt")


def conclude(seconds: float) -> None:
    """One paragraph from the same JSON everybody can ask for."""
    from summary import paragraph

    say(f"In short ({seconds:.0f} s)")
    print(paragraph(ask("compare", "--to", "web:init", "web:hardened"), OUT))


def main() -> None:
    begin = time.monotonic()
    os.chdir(ROOT)
    OUT.mkdir(exist_ok=True)
    build()
    advisories()
    judge()
    conclude(time.monotonic() - begin)


if __name__ == "__main__":
    main()
