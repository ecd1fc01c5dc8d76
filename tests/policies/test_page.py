"""The page of all policies is what the policies say."""

import pytest

from ironhull.policies import BUILTIN
from ironhull.policy import builtin_policies, settings_of
from tests.policies.policies_page import PAGE, page


def test_the_page_is_made_of_the_policies() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "python -m tests.policies.policies_page writes it anew"
    assert all(f"`{policy.metadata.name}`" in written for policy in builtin_policies("strict"))
    assert written.count("\n| **") == len(BUILTIN)


def test_every_policy_weighs_ten() -> None:
    assert {policy.weight for policy in builtin_policies("strict")} == {10}


@pytest.mark.parametrize(
    ("rego", "settings"),
    [
        ('x := object.get(data.config, "a", 0)', (("a", "0"),)),
        ('x := object.get(data.config, "a", ["b, c)", {"d": 1}])', (("a", '["b, c)", {"d": 1}]'),)),
        ('d := [\n\t1,\n\t2\n]\nx := object.get(data.config, "a", d)', (("a", "[ 1, 2 ]"),)),
        ('x := object.get(data.config, "a", true)\ny := object.get(data.config, "a", 1)',
         (("a", "true"),)),
        ('x := object.get(data.config, "a", nowhere)', (("a", "nowhere"),)),
        ('x := data.config.a', ()),
        ('x := object.get(data.config, "a", "no end', (("a", '"no end'),)),
    ],
)  # fmt: skip
def test_settings_are_read_as_people_write_them(
    rego: str, settings: tuple[tuple[str, str], ...]
) -> None:
    assert settings_of(rego) == settings
