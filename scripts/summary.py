"""The paragraph that ends the demo, from what `ironhull compare --format json` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ironhull.config import load_settings
from ironhull.oci.tree import read_tree
from ironhull.pipeline import load

SHELLS_AND_INSTALLERS = ("sh", "bash", "dash", "busybox", "apt-get", "dpkg", "apk", "pip3")
DIRECTORIES = ("usr/bin", "bin", "usr/sbin", "sbin", "usr/local/bin")


def paragraph(document: dict[str, Any], out: Path) -> str:
    """What changed from the comparison image to the analyzed one, and where things lie."""
    new, old = document["analyzed"], document["comparison"]
    gone, came = document["findings_gone"], document["findings_new"]
    store = load_settings().images
    lines = [
        f"{old['image']['name']} has {old['packages']} packages in {_mb(old)}, runs as "
        f"{_user(old)} and brings {_tools(old)}.",
        f"{new['image']['name']} has {new['packages']} packages in {_mb(new)} "
        f"({100 * new['content_size'] // old['content_size']} %), runs as {_user(new)} and brings "
        f"{_tools(new)}.",
        f"{_findings(new, old)}; {len(gone or [])} gone, {len(came or [])} new.",
        _checked(new),
        f"The images lie in {store}, their SBOMs and findings in {out}/.",
    ]
    return "\n".join(line for line in lines if line)


def _tools(report: dict[str, Any]) -> str:
    """The shells and package managers really in the image, looked up in its files."""
    tree, _ = read_tree(load(f"local://{report['image']['name']}", load_settings()), ())
    found = [
        name
        for name in SHELLS_AND_INSTALLERS
        if any(tree.exists(f"{directory}/{name}") for directory in DIRECTORIES)
    ]
    return ", ".join(found) or "no shell and no package manager"


def _mb(report: dict[str, Any]) -> str:
    return f"{report['content_size'] / 1e6:.0f} MB"


def _user(report: dict[str, Any]) -> str:
    user = report["image"]["user"] or "0"
    return "root" if user.partition(":")[0] in ("0", "root") else f"user {user}"


def _findings(new: dict[str, Any], old: dict[str, Any]) -> str:
    counts = [report["vulnerabilities"] for report in (old, new)]
    before, after = (count["findings"] for count in counts)
    return f"Known vulnerabilities went from {before} to {after} findings"


def _checked(report: dict[str, Any]) -> str:
    rows = [f"{row['scope']} {row['checked']}" for row in report["coverage"]]
    sources = sorted({source for row in report["coverage"] for source in row["sources"]})
    date = report["made_with"]["index_date"][:10]
    return f"Advisory data of {date} ({', '.join(sources) or 'none'}): {', '.join(rows)}."
