"""ENV of the runtime stage: without secrets, and without what only a build wants."""

from __future__ import annotations

import re

from ironhull.dockerfiles import Instruction
from ironhull.hardening import _ids
from ironhull.hardening._draft import Draft

__all__ = ["environment", "is_secret"]

_LOCAL_BIN = re.compile(r"(/root|/home/\w+|~|\$HOME|\$\{HOME\})/\.(local|poetry|cargo)/bin")

_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|SECRET_KEY|TOKEN|API_?KEY|APIKEY|ACCESS_KEY"
    r"|PRIVATE_KEY|CREDENTIALS?|AUTH_TOKEN|ENCRYPTION_KEY|SIGNING_KEY|CLIENT_SECRET)(?:$|_BASE64$|_\d+$)",
    re.IGNORECASE,
)
_PATH = re.compile(r"(_FILE|_PATH|_DIR|_URL|_URI|_TTL|_NAME|_ID|_HEADER|_ALGORITHM|_EXPIRY)$")
_LOGIN = re.compile(r"\w+://[^/\s:@]+:[^/\s@$]+@")


def is_secret(name: str, value: str | None) -> bool:
    """Whether a variable holds a secret by its name, or a login by its value.

    `value` is None for an ARG without default. Paths of secrets, numbers and empty values are none.
    """
    if value is not None and _LOGIN.match(value):
        return True
    if value is not None and (not value or value.startswith("/")):
        return False
    if value is not None and re.fullmatch(r"(?i)true|false|yes|no|none|null|\d{1,6}", value):
        return False
    return bool(_NAME.search(name)) and not _PATH.search(name.upper())


def environment(instruction: Instruction, draft: Draft) -> list[str]:
    """The lines of an ENV in the runtime stage: none, one, as it was where nothing goes."""
    kept: list[str] = []
    whole = True
    values = dict(draft.subject.scope.pairs(instruction))
    for name, raw in instruction.pairs:
        if draft.language.build_env(name):
            whole = False
        elif is_secret(name, values.get(name)):
            whole = False
            reason = f"a secret in the image is readable for all who can pull it: give {name} when "
            reason += (
                f"the container starts (docker run --env {name}, a secret of the orchestrator)"
            )
            draft.change(_ids.SECRET, instruction.start, f"{name}=…", "", reason)
        elif (after := _moved_port(raw, draft)) != raw:
            whole = False
            kept.append(f"{name}={after}")
        elif name == "PATH" and raw is not None and (said := _path(raw)) != raw:
            whole = False
            if said:
                kept.append(f"PATH={said}")
        else:
            kept.append(f"{name}={raw}")
    if whole:
        return [instruction.text]
    if len(kept) > 3:
        return ["ENV " + " \\\n    ".join(kept)]
    return ["ENV " + " ".join(kept)] if kept else []


def _moved_port(raw: str | None, draft: Draft) -> str | None:
    return draft.notes.get(f"port {raw}", raw) if raw else raw


def _path(raw: str) -> str:
    """PATH without folders of installers that the runtime image has not."""
    parts = raw.strip("\"'").split(":")
    kept = [part for part in parts if not _LOCAL_BIN.match(part)]
    if len(kept) == len(parts):
        return raw
    return "" if kept in (["$PATH"], ["${PATH}"]) else ":".join(kept)
