"""Why an advisory holds, or does not hold, against the packages of an image.

`sources` asks an index what each source says of a vulnerability, `judgements` holds that against
the packages of a report, `comparisons` redoes the comparisons that decide, `remedies` names the
commands that repair. Nothing is decided here: whether a package is affected is what the report
says, so that an explanation never differs from the scan it explains.
"""

from __future__ import annotations

__all__: list[str] = []
