"""Which rule a change or a thing left to do answers; the rules are in `rules`."""

from __future__ import annotations

BASE = "IH-D001"
PIN = "IH-D002"
USER = "IH-D003"
SECRET = "IH-D004"  # noqa: S105 - the id of a rule
ADD_URL = "IH-D005"
SHELL_FORM = "IH-D006"
PIPED = "IH-D007"
APT_LISTS = "IH-D008"
CACHE = "IH-D009"
IGNORE = "IH-D010"
COPY_FIRST = "IH-D011"
PORT = "IH-D012"
HEALTH = "IH-D013"
SUDO = "IH-D014"
LATEST = "IH-D015"
WRITABLE = "IH-D016"
TOOLS = "IH-D017"
ADD_LOCAL = "IH-D019"
UNCLEAR = "IH-D020"
