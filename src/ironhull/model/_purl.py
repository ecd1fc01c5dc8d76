"""Writing package URLs: https://github.com/package-url/purl-spec, PURL-SPECIFICATION and types/."""

from __future__ import annotations

from functools import lru_cache

_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_PERCENT = b"%"
_SEPARATORS = {"npm": "/", "golang": "/", "composer": "/", "swift": "/", "maven": ":", "hex": "/"}
"""Types whose names hold their namespace, and what divides the two (at its last place)."""

_LOWER = frozenset({"apk", "bitnami", "composer", "golang", "hex", "pypi", "npm", "deb"})
"""Types whose names are lower case in a purl, however they are written elsewhere."""


@lru_cache(maxsize=1 << 15)
def purl_text(
    kind: str,
    namespace: str,
    name: str,
    version: str,
    qualifiers: tuple[tuple[str, str], ...] = (),
) -> str:
    """`pkg:type/namespace/name@version?qualifiers`, as purl-spec normalises it for the type.

    An epoch of an rpm version goes to its qualifier, empty qualifiers are left out.
    Remembered, for a document names a package many times.
    """
    pairs = [(key, value) for key, value in qualifiers if value]
    separator = _SEPARATORS.get(kind)
    if separator and not namespace:
        namespace, _, name = name.rpartition(separator)
    if kind in _LOWER:
        namespace, name = namespace.lower(), name.lower()
    if kind == "pypi":
        name = name.replace("_", "-")
    if kind == "rpm" and ":" in version:
        epoch, _, version = version.partition(":")
        pairs.append(("epoch", epoch))
    parts = ["pkg:", kind, "/"]
    if namespace:
        parts += [percent_encoded(namespace, "/"), "/"]
    parts.append(percent_encoded(name))
    if version:
        parts += ["@", percent_encoded(version, ":")]
    if pairs:
        parts += ["?", "&".join(f"{k}={percent_encoded(v, ':')}" for k, v in sorted(pairs))]
    return "".join(parts)


def percent_encoded(text: str, also: str = "") -> str:
    """`text` in UTF-8, percent-encoded but for what RFC 3986 leaves alone and `also` (ASCII).

    What UTF-8 cannot hold is written as the text of its escape, as documents do. As `quote` of
    `urllib.parse`, which takes two more modules to import.
    """
    data = text.encode("utf-8", "backslashreplace")
    odd = data.translate(None, _SAFE)
    if not odd:
        return text
    if _PERCENT in odd:  # before it begins what others are replaced by
        data = data.replace(_PERCENT, b"%25")
    for byte in {*odd} - {*also.encode(), *_PERCENT}:
        data = data.replace(bytes((byte,)), b"%%%02X" % byte)
    return data.decode()
