"""The nouns every stage speaks: images, packages, advisories, findings, reports.

Values only: frozen, slotted, no I/O. Digests are `algorithm:hex` strings, paths inside images are
relative without a leading slash, times are RFC 3339 strings in UTC, sizes are bytes.
"""

from __future__ import annotations

from ironhull.lazy import imported
from ironhull.model._images import (
    EVERY_PLATFORM,
    Attachment,
    Descriptor,
    File,
    Image,
    ImageChoice,
    Layer,
    Platform,
    Tree,
)
from ironhull.model._packages import (
    Distro,
    Location,
    Package,
    Relation,
    Sbom,
    Subject,
    Upstream,
    VexFile,
)
from ironhull.model._trouble import Problem, Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ironhull.model._bases import (
        CERTAINTIES,
        CHANNELS,
        VERDICTS,
        Advice,
        KnownImage,
        Suggestion,
    )
    from ironhull.model._builds import Build, Envelope, Material
    from ironhull.model._licenses import LICENSE_CATEGORIES, LICENSE_STATES, LicenseFinding
    from ironhull.model._posture import TOOL_KINDS, Posture, Tool
    from ironhull.model._reports import (
        JUDGEMENTS,
        KINDS,
        SEVERITIES,
        STATUSES,
        Advisory,
        BaseImage,
        Coverage,
        Cvss,
        Finding,
        Ignored,
        MadeWith,
        Range,
        Report,
        RuleUse,
    )
    from ironhull.model._secrets import SECRET_SOURCES, SecretFinding
    from ironhull.model._statements import (
        SIGNATURE_STATES,
        SUPPRESSING,
        VEX_JUSTIFICATIONS,
        VEX_STATUSES,
        Component,
        Statement,
        VexUse,
        signature_words,
    )
    from ironhull.model._verdicts import VERDICT_STATES, Verdict, Violation

__all__ = [
    "CERTAINTIES",
    "CHANNELS",
    "EVERY_PLATFORM",
    "JUDGEMENTS",
    "KINDS",
    "LICENSE_CATEGORIES",
    "LICENSE_STATES",
    "SECRET_SOURCES",
    "SEVERITIES",
    "SIGNATURE_STATES",
    "STATUSES",
    "SUPPRESSING",
    "TOOL_KINDS",
    "VERDICTS",
    "VERDICT_STATES",
    "VEX_JUSTIFICATIONS",
    "VEX_STATUSES",
    "Advice",
    "Advisory",
    "Attachment",
    "BaseImage",
    "Build",
    "Component",
    "Coverage",
    "Cvss",
    "Descriptor",
    "Distro",
    "Envelope",
    "File",
    "Finding",
    "Ignored",
    "Image",
    "ImageChoice",
    "KnownImage",
    "Layer",
    "LicenseFinding",
    "Location",
    "MadeWith",
    "Material",
    "Package",
    "Platform",
    "Posture",
    "Problem",
    "Progress",
    "Range",
    "Relation",
    "Report",
    "RuleUse",
    "Sbom",
    "SecretFinding",
    "Statement",
    "Subject",
    "Suggestion",
    "Tool",
    "Tree",
    "Upstream",
    "Verdict",
    "VexFile",
    "VexUse",
    "Violation",
    "signature_words",
]

_PARTS = {
    "_bases": ("CERTAINTIES", "CHANNELS", "VERDICTS", "Advice", "KnownImage", "Suggestion"),
    "_builds": ("Build", "Envelope", "Material"),
    "_licenses": ("LICENSE_CATEGORIES", "LICENSE_STATES", "LicenseFinding"),
    "_posture": ("TOOL_KINDS", "Posture", "Tool"),
    "_reports": (
        "JUDGEMENTS",
        "KINDS",
        "SEVERITIES",
        "STATUSES",
        "Advisory",
        "BaseImage",
        "Coverage",
        "Cvss",
        "Finding",
        "Ignored",
        "MadeWith",
        "Range",
        "Report",
        "RuleUse",
    ),
    "_secrets": ("SECRET_SOURCES", "SecretFinding"),
    "_statements": (
        "SIGNATURE_STATES",
        "SUPPRESSING",
        "VEX_JUSTIFICATIONS",
        "VEX_STATUSES",
        "Component",
        "Statement",
        "VexUse",
        "signature_words",
    ),
    "_verdicts": ("VERDICT_STATES", "Verdict", "Violation"),
}
"""What is imported when somebody asks: a list of packages needs no report."""


def __getattr__(name: str) -> object:
    for part, names in _PARTS.items():
        if name in names:
            found = globals()[name] = getattr(imported(f"{__name__}.{part}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
