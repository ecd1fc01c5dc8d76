"""Shared libraries and packages of Debian that the app needs: taken with their package records."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft

__all__ = ["carried_packages", "carry_lines"]


@cache
def _script() -> str:
    return Path(__file__).with_name("carry.sh").read_text(encoding="utf-8")


def carried_packages(draft: Draft) -> bool:
    """Whether there is anything to look for."""
    return bool(draft.packages) or draft.closure


def carry_lines(draft: Draft, places: list[str]) -> list[str]:
    """The step of the builder that gathers them in /carried; needs the stage `runtime`.

    `places` are folders beside what the language carries that may hold programs and libraries.
    """
    if not carried_packages(draft):
        return []
    roots = " ".join(dict.fromkeys([*(c.source for c in draft.carried), *places]))
    wanted = " ".join(draft.packages)
    own = "|".join(f"{root}/*" for root in roots.split())
    script = _script().replace("@roots@", roots).replace("@own@", own).replace("@packages@", wanted)
    if not any(name.startswith("lib") for name in draft.packages):
        script = re.sub(r"^if grep .*?^fi\n", "", script, flags=re.MULTILINE | re.DOTALL)
    script = script.replace("for package in ; do carry $package; done\n", "")
    if not roots:
        script = script[: script.index("find ")]
    what = f"{wanted} and the shared libraries" if wanted else "the shared libraries"
    reason = f"{what} that the app needs and the base lacks, with their package records: "
    reason += "without these a scanner would not see them"
    draft.change(_ids.TOOLS, 0, "", "RUN --mount=type=bind,from=runtime,target=/runtime …", reason)
    return [
        "",
        "# What the app needs of Debian and the runtime base lacks: the packages named here, those",
        "# of the shared libraries that its files load, and what these depend on. Their records in",
        "# status.d let scanners see them.",
        "RUN --mount=type=bind,from=runtime,target=/runtime <<'EOF'",
        *script.rstrip("\n").split("\n"),
        "EOF",
    ]
