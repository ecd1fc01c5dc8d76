"""Secrets that never were: random characters put into the samples of the rules."""

import random
import re
import string

_B64 = string.ascii_letters + string.digits + "+/"
_KINDS = {
    "w": string.ascii_letters + string.digits,
    "low": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "alpha": string.ascii_letters,
    "d": string.digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "b64": _B64,
    "url": string.ascii_letters + string.digits + "_-",
    "b32": string.ascii_uppercase + "234567",
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}
_HOLE = re.compile(r"<(\w+)(?::(\d+))?>")


def planted(sample: str, seed: object) -> str:
    """`sample` with random characters for `<kind:count>` and `<uuid>`, the same for a seed."""
    chance = random.Random(str(seed))

    def fill(match: re.Match[str]) -> str:
        kind, count = match.groups()
        if kind == "uuid":
            parts = (8, 4, 4, 4, 12)
            return "-".join("".join(chance.choices(_KINDS["hex"], k=n)) for n in parts)
        if count is None:
            return match.group()
        text = "".join(chance.choices(_KINDS[kind], k=int(count)))
        if kind == "url":  # a token neither begins nor ends with a dash
            text = chance.choice(_KINDS["w"]) + text[1:-1] + chance.choice(_KINDS["w"])
        return text

    return _HOLE.sub(fill, sample)
