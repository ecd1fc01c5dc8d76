"""ENV and ARG: what is secret, what only a build wants."""

from __future__ import annotations

import re

__all__ = ["is_secret"]

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
