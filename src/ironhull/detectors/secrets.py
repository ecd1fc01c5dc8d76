"""Bytes -> secrets: keys, tokens and passwords by the rules, without what only looks like one.

A first look (`_secret_places`) says where a rule may match; the rule decides on a window around
that place. Placeholders, examples of well-known documentation and values without entropy are none.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ironhull.detectors._secret_places import Looking, first_look
from ironhull.detectors.secret_rules import Rule, all_rules
from ironhull.model import SecretFinding
from ironhull.values import dataclass

__all__ = ["VERSION", "Searching", "quiet_path"]

VERSION = "1"
"""Changes when the same bytes would give other findings; part of cache keys."""

_BEFORE, _BEHIND = 4_300, 4_600  # bytes of the window: longer than any bounded expression
_SHOWN = 120  # characters of a line that are shown
_MOST = 1_000  # findings of one file

_PLACEHOLDER = re.compile(
    rb"(?i)example|placeholder|change.?(?:me|it)|replace.?(?:me|with)|your[_\-. ]|dummy|redacted"
    rb"|sample|fake|insert.?(?:your|here)|goes.?in.?here|some.?(?:random|secret)|x{5,}|\*{4,}|\.{4,}"
    rb"|pass(?:word)?_here"
    rb"|<[^>]{1,40}>|\$\{|\$\(|\{\{|%\(|%[sd]|12345678|abcdef0123456789|0123456789abcdef"
    rb"|not.?(?:a.)?real|very.?(?:long|secret)|\Atiger\b|\Atiger\W"
)
_WORDY = re.compile(
    rb"(?:[A-Za-z]{2,}[_\-. ]){2,}[A-Za-z]*\Z|[a-z]+(?:[._/\-][a-z]+)+\Z|[A-Z]+(?:_[A-Z]+)+\Z"
)
"""Words with something between them are names and phrases, not random."""

_DIGIT, _LETTER = re.compile(rb"\d"), re.compile(rb"[A-Za-z]")
_GENERIC = frozenset({"generic-secret", "environment-secret", "url-password", "database-url"})
_WORDS = frozenset(
    b"password passwd secret postgres root admin user pass test guest mysql redis rabbitmq token"
    b" default changeme letmein qwerty mongodb app none null true false undefined username".split()
)
_KNOWN = frozenset(
    {
        # documentation and emulators everybody uses, as SHA-256 of the secret
        hashlib.sha256(text).hexdigest()
        for text in (
            b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
            b"sk_test_4eC39HqLyjWDarjtT1zdp7dc",
            b"abcdef.0123456789abcdef",
        )
    }
)
_JWT_EXAMPLE = b"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l"  # the one of jwt.io

_QUIET = re.compile(
    r"(?:^|/)(?:usr/share/(?:doc|man|info|locale|perl|perl5|zoneinfo|mime|i18n)/"
    r"|(?:tests?|testing|__tests__|testdata|test_data|fixtures|examples?)/"
    r"|[^/]+\.(?:dist-info|egg-info)/RECORD$|var/lib/dpkg/info/|var/lib/apt/lists/|var/cache/)"
    r"|\.(?:pyc|pyo|mo|gmo|qm|png|jpe?g|gif|ico|woff2?|ttf|otf|eot|gz|xz|bz2|zst|zip|jar|whl|so|a|o)$"
    r"|\.so\.[\d.]+$"
)


def quiet_path(path: str) -> bool:
    """Whether secrets at such a path are examples and test data, or cannot be read there."""
    return _QUIET.search(path) is not None


@dataclass(frozen=True, slots=True)
class _Match:
    rule: Rule
    start: int
    end: int
    secret: bytes


class Searching:
    """A search for secrets by all rules; used by several threads.

    `kept` is a directory for what is compiled, `engine` one of `_secret_places.ENGINES` ("": the
    fastest there is).
    """

    def __init__(
        self,
        rules: Sequence[Rule] | None = None,
        *,
        engine: str = "",
        kept: Path | None = None,
    ) -> None:
        self._rules = tuple(rules) if rules is not None else all_rules()
        self._look: Looking = first_look(self._rules, engine=engine, kept=kept)

    @property
    def engine(self) -> str:
        """What looks first."""
        return self._look.name

    def search(self, data: bytes, path: str) -> tuple[SecretFinding, ...]:
        """The secrets in `data`, found at `path`, by line; at most `_MOST`.

        Of rules that find the same characters the first in the tables counts.
        """
        matches = list(self._matches(data))[:_MOST]
        if not matches:
            return ()
        hidden = _joined(matches)
        return tuple(_finding(match, data, path, hidden) for match in _apart(matches))

    def _matches(self, data: bytes) -> Iterator[_Match]:
        places: dict[int, set[int]] = {}
        for number, at in self._look.places(data):
            places.setdefault(number, set()).add(at)
        for number in sorted(places):
            rule = self._rules[number]
            for start, end in _windows(sorted(places[number]), len(data)):
                for found in rule.compiled.finditer(data, start, end):
                    secret, span = _secret(found)
                    if _is_secret(rule, secret):
                        yield _Match(rule, *span, secret)


def _windows(places: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """The parts of `size` bytes around `places` (sorted), joined where they meet."""
    start, end = -1, -1
    for at in places:
        if at - _BEFORE > end:
            if end >= 0:
                yield start, end
            start = max(at - _BEFORE, 0)
        end = min(at + _BEHIND, size)
    if end >= 0:
        yield start, end


def _secret(found: re.Match[bytes]) -> tuple[bytes, tuple[int, int]]:
    """The secret in a match, and where it is."""
    for name in ("secret", "other"):
        if name in found.re.groupindex and found[name] is not None:
            return found[name], found.span(name)
    return found[0], found.span()


def _is_secret(rule: Rule, secret: bytes) -> bool:
    if entropy(secret) < rule.entropy or len(set(secret)) < 4:
        return False
    if _PLACEHOLDER.search(secret) or _JWT_EXAMPLE in secret:
        return False
    if rule.id in _GENERIC and not _is_random(secret):
        return False
    return hashlib.sha256(secret).hexdigest() not in _KNOWN


def _is_random(secret: bytes) -> bool:
    """Whether a value that no issuer's format vouches for looks made by chance or by a person."""
    if secret.lower() in _WORDS or _WORDY.match(secret):
        return False
    return _DIGIT.search(secret) is not None and _LETTER.search(secret) is not None


def entropy(data: bytes) -> float:
    """Shannon's entropy in bits for a character."""
    total = len(data)
    if not total:
        return 0.0
    return -sum(n / total * math.log2(n / total) for n in Counter(data).values())


def _apart(matches: Sequence[_Match]) -> list[_Match]:
    """One match for a place: that of the most specific rule, by the order of the tables."""
    kept: list[_Match] = []
    general = {"generic-secret", "environment-secret", "http-bearer-token", "json-web-token"}
    for match in sorted(matches, key=lambda m: (m.rule.id in general, -len(m.secret), m.start)):
        if not any(match.start < other.end and other.start < match.end for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: (match.start, match.end))


_Spans = Sequence[tuple[int, int]]


def _joined(matches: Iterable[_Match]) -> _Spans:
    """Where secrets are, in order, those that meet as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((match.start, match.end) for match in matches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _finding(match: _Match, data: bytes, path: str, hidden: _Spans) -> SecretFinding:
    line = data.count(b"\n", 0, match.start) + 1
    rule = match.rule
    return SecretFinding(
        rule=rule.id,
        category=rule.category,
        title=rule.title,
        severity=rule.severity,
        path=path,
        line=line,
        end_line=line + match.secret.rstrip(b"\n").count(b"\n"),
        match=_redacted(match, data, hidden),
        fingerprint=_fingerprint(rule.id, path, match.secret),
    )


def _redacted(match: _Match, data: bytes, hidden: _Spans) -> str:
    """The line with stars for the secret and every other one (`hidden`) in it."""
    first = data.rfind(b"\n", 0, match.start) + 1
    first = max(first, match.start - _SHOWN // 2)
    last = data.find(b"\n", match.end)
    last = min(last if last >= 0 else len(data), match.end + _SHOWN // 2)
    parts: list[bytes] = []
    for start, end in hidden:
        if start < last and end > first:
            parts += (data[first:start], b"********")
            first = end
    parts.append(data[first:last])
    return " ".join(b"".join(parts).decode("utf-8", "replace").split())


def _fingerprint(rule: str, path: str, secret: bytes) -> str:
    """Slow to guess: a scrypt of the secret, with the rule and the path as salt."""
    salt = hashlib.sha256(f"{rule}\0{path}".encode("utf-8", "surrogateescape")).digest()
    return hashlib.scrypt(secret, salt=salt, n=1 << 10, r=8, p=1, dklen=16).hex()
