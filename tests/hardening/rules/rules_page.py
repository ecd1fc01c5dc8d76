"""docs/harden-rules.md, made of the rules: python -m tests.hardening.rules.rules_page writes it."""

from pathlib import Path

from ironhull.hardening.rules import LEVELS, RULES

PAGE = Path(__file__).parents[3] / "docs" / "harden-rules.md"

_HEAD = """# Rules for Dockerfiles

What `ironhull harden --check` looks for. It reads the Dockerfile as BuildKit does, with build
arguments and stages, and takes the scripts of RUN, CMD, ENTRYPOINT and HEALTHCHECK apart into
their commands; of stages that the target does not need it says nothing. Errors make the exit code
2; warnings and notes do not.

```console
$ ironhull harden --check
$ ironhull harden --check --format sarif service/Dockerfile
```

A comment before an instruction, or between its lines, leaves rules out for it; `ignore-file` does
for the whole file. What is left out is counted, and stands in JSON and SARIF as suppressed.

```dockerfile
# ironhull ignore=IH-D012 the load balancer wants it
EXPOSE 443
# ironhull ignore-file=IH-D023 Kubernetes has probes
```

There are {count} rules. What `ironhull harden` changes by itself names the same ids.
"""


def page() -> str:
    """The whole page."""
    lines = [_HEAD.format(count=len(RULES)), "| rule | level | |", "| --- | --- | --- |"]
    for level in LEVELS:
        lines += [
            f"| [{rule.id}](#{rule.id.lower()}) | {rule.level} | {rule.title} |"
            for rule in RULES
            if rule.level == level
        ]
    for rule in RULES:
        lines += ["", f"## {rule.id}", "", f"**{rule.title}** ({rule.level}). {rule.why}", ""]
        lines += [rule.remedy, "", "```dockerfile", f"# {rule.id}", rule.bad.rstrip(), "```", ""]
        lines += ["```dockerfile", "# better", rule.good.rstrip(), "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
