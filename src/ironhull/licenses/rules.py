"""Lists of what is allowed and what is not, held against licence expressions.

A word of a list is a licence, a glob (`GPL-*`), or a category (`restricted`). Of `OR` one part has
to pass, of `AND` all. What is denied is denied though it is allowed, unless the list of what is
allowed names the very licence and the other one does not: `GPL-2.0-only WITH
Classpath-exception-2.0` beside a denied `GPL-*`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ironhull.licenses.categories import category_of_license, matches
from ironhull.licenses.expressions import Node, parsed
from ironhull.model import LICENSE_CATEGORIES
from ironhull.values import dataclass, field

__all__ = ["NO_RULES", "LicenseRules"]

_NONE_TOLD = "no licence is told"


@dataclass(frozen=True, slots=True)
class LicenseRules:
    """What may be used: `allow` (empty: everything not denied), `deny`, both lists of words.

    Words of `ignored` allow what they mean, and do not make everything else denied. `categories`
    are own ones by glob, `packages` the package URLs that are allowed whatever their licence
    (globs; without qualifiers, and without version if none is given).
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    categories: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def has_lists(self) -> bool:
        """Whether any list says what may be used."""
        return bool(self.allow or self.deny)

    def judge(self, expression: str) -> tuple[str, str]:
        """One of LICENSE_STATES and why, for an expression ("": no licence is told)."""
        if not expression:
            return self._untold()
        return self._judge(parsed(expression))

    def permits(self, purl: str) -> str:
        """The word of `packages` a package URL falls under, "" for none."""
        whole = purl.partition("?")[0]
        bare = whole[: whole.rfind("@")] if "@" in whole.rpartition("/")[2] else whole
        return next((w for w in self.packages if matches(w, whole) or matches(w, bare)), "")

    def _untold(self) -> tuple[str, str]:
        if "unknown" in self.deny:
            return "denied", f"{_NONE_TOLD}, which is denied (unknown)"
        if "unknown" in (*self.allow, *self.ignored):
            return "allowed", f"{_NONE_TOLD}, which is allowed (unknown)"
        return (
            ("denied", f"{_NONE_TOLD}, and only some licences are allowed")
            if self.allow
            else ("", "")
        )

    def _judge(self, node: Node) -> tuple[str, str]:
        if not node.kind:
            return self._judge_license(node.license)
        found = [self._judge(part) for part in node.parts]
        by_state = dict(reversed(found))
        best_first = ("allowed", "", "denied")
        for state in best_first if node.kind == "OR" else reversed(best_first):
            if state in by_state:
                return state, by_state[state]
        return "", ""

    def _judge_license(self, license_: str) -> tuple[str, str]:
        denied = self._word(self.deny, license_)
        allowed = self._word((*self.allow, *self.ignored), license_)
        if denied and not (_same(allowed, license_) and not _same(denied, license_)):
            return "denied", f"{license_}: denied ({denied})"
        if allowed:
            return "allowed", f"{license_}: allowed ({allowed})"
        return ("denied", f"{license_}: not among what is allowed") if self.allow else ("", "")

    def _word(self, words: Iterable[str], license_: str) -> str:
        """The first word of a list that means a licence, also without its exception or `+`."""
        bare = license_.partition(" WITH ")[0]
        names = dict.fromkeys((license_, bare, bare.removesuffix("+")))
        category = category_of_license(license_, self.categories)
        for word in words:
            if word in LICENSE_CATEGORIES:
                if word == category:
                    return word
            elif any(matches(word, name) for name in names):
                return word
        return ""


def _same(word: str, license_: str) -> bool:
    return word.lower() == license_.lower()


NO_RULES = LicenseRules()
"""Nothing is allowed or denied in particular."""
