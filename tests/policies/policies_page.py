"""docs/policies.md, made of the policies: python -m tests.policies.policies_page writes it."""

from pathlib import Path

from ironhull.commands._policies import listed
from ironhull.formats.policy_list import list_markdown
from ironhull.policies import PROFILES
from ironhull.policy import builtin_policies

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"

_HEAD = """# All policies

The policies that come with Ironhull, each a Rego module in `src/ironhull/policies/` with its tests
beside it. [Policies](policy.md) tells how they are chosen, configured and evaluated;
`ironhull policy list` lists them, `ironhull policy publish` puts them into a registry to begin
one's own with.

*Settings* are the keys of `config` of a policy, with their defaults as the module writes them.
Every policy has weight 10 unless it is configured otherwise.

"""


def page() -> str:
    """The whole page."""
    profiles = "".join(f"- `{name}`: {what}\n" for name, what in PROFILES.items())
    return f"{_HEAD}{profiles}\n{list_markdown(listed(builtin_policies('strict')))}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
