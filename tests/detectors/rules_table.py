"""docs/secrets-rules.md, made of the rules: python -m tests.detectors.rules_table writes it."""

from pathlib import Path

from ironhull.detectors.secret_rules import all_rules

PAGE = Path(__file__).parents[2] / "docs" / "secrets-rules.md"

_HEAD = """# Rules for secrets

The rules by which `ironhull scan --scanners secret` and the policy "No embedded secrets" find
keys, tokens and passwords; [secrets](secrets.md) says where it looks and what it leaves out. A
rule is a row in `src/ironhull/detectors/rules/`, with samples that must be found and look-alikes
that must not. *Entropy* is the least number of bits a character of the secret has; what repeats
itself or is made of words has less.

Beside what a rule misses of its own, no rule finds placeholders (`example`, `changeme`, `<your
key>`, `${{VARIABLE}}`), values of fewer than four different characters, and the keys of well-
known documentation and emulators. Values that no issuer's format vouches for have to hold a digit
and a letter and not be words.

There are {count} rules.
"""


def page() -> str:
    """The whole page."""
    rules = all_rules()
    lines = [_HEAD.format(count=len(rules))]
    for category in dict.fromkeys(rule.category for rule in rules):
        lines += ["", f"## {category.capitalize()}", "", "| rule | finds | severity | entropy |"]
        lines.append("| --- | --- | --- | --- |")
        lines += [
            f"| `{rule.id}` | {rule.title} | {rule.severity} | {rule.entropy or ''} |"
            for rule in rules
            if rule.category == category
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
