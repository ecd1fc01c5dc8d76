"""Rules about Dockerfiles: `ironhull harden --check`. docs/harden-rules.md lists them.

A comment `# ironhull ignore=IH-D003,IH-D012 reason` before an instruction, or between its lines,
leaves these rules out for it; `# ironhull ignore-file=IH-D010 reason` for the whole file.
"""

from __future__ import annotations

from ironhull.hardening.rules._checking import check
from ironhull.hardening.rules._downloads import DOWNLOAD_RULES
from ironhull.hardening.rules._images import IMAGE_RULES
from ironhull.hardening.rules._installing import INSTALL_RULES
from ironhull.hardening.rules._layout import LAYOUT_RULES
from ironhull.hardening.rules._rights import RIGHTS_RULES
from ironhull.hardening.rules._row import LEVELS, Checked, Remark, Rule
from ironhull.hardening.rules._secret_rules import SECRET_RULES
from ironhull.hardening.rules._starting import STARTING_RULES

__all__ = ["LEVELS", "RULES", "Checked", "Remark", "Rule", "check"]

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *IMAGE_RULES,
            *RIGHTS_RULES,
            *SECRET_RULES,
            *DOWNLOAD_RULES,
            *STARTING_RULES,
            *INSTALL_RULES,
            *LAYOUT_RULES,
        ),
        key=lambda rule: rule.id,
    )
)
"""Every rule, by id."""
