"""Red Hat's VEX documents of the cases: an archive, its name and the list of what is in it.

A record `{ vex = [ [release, STATUS, component, version, plan], … ] }` says of a component of a
main release ("9") what CSAF's product_status calls it: "fixed" in `version`, "known_affected",
"known_not_affected" or "under_investigation"; `plan` is what Red Hat says of a repair.
"""

import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FOLDER = "redhat/vex"
_DATE = "2026-10-31T00:00:00+00:00"
_NO_FIX = ("Will not fix", "Out of support scope")


def write_vex(root: Path, given: dict[str, list[list[str]]]) -> None:
    """Write the documents of {CVE: rows} below `root`."""
    place = root / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    paths = {f"{cve[4:8]}/{cve.lower()}.json": _document(cve, rows) for cve, rows in given.items()}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, document in sorted(paths.items()):
            data = json.dumps(document).encode()
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    name = "csaf_vex_2026-10-31.tar.zst"
    (place / name).write_bytes(zstd.compress(packed.getvalue()))
    (place / "archive_latest.txt").write_text(f"{name}\n", "ascii")
    (place / "changes.csv").write_text("".join(f'"{path}","{_DATE}"\n' for path in paths), "ascii")


def _document(cve: str, rows: list[list[str]]) -> dict[str, Any]:
    products: dict[str, dict[str, Any]] = {}
    relations: list[dict[str, Any]] = []
    statuses: dict[str, list[str]] = {}
    plans: list[dict[str, Any]] = []
    for release, status, component, version, plan in rows:
        product = (
            f"BaseOS-{release}.0.0.Z.MAIN" if version else f"red_hat_enterprise_linux_{release}"
        )
        cpe = f"cpe:/o:redhat:enterprise_linux:{release}" + ("::baseos" if version else "")
        products[product] = _product(product, cpe=cpe)
        # an epoch stands in a package's id as it does in its version
        part = f"{component}-{version}.x86_64" if version else component
        _, _, plain = version.rpartition(":")
        epoch = f"&epoch={version.split(':')[0]}" if ":" in version else ""
        tail = f"@{plain}?arch=x86_64{epoch}" if version else ""
        products[part] = _product(part, purl=f"pkg:rpm/redhat/{component}{tail}")
        name = f"{product}:{part}"
        relations.append(
            {
                "category": "default_component_of",
                "full_product_name": {"name": name, "product_id": name},
                "product_reference": part,
                "relates_to_product_reference": product,
            }
        )
        statuses.setdefault(status, []).append(name)
        if plan:
            kind = "no_fix_planned" if plan in _NO_FIX else "none_available"
            plans.append({"category": kind, "details": plan, "product_ids": [name]})
    return {
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "aggregate_severity": {"text": "Moderate"},
            "publisher": {"name": "Red Hat Product Security", "category": "vendor"},
            "title": cve,
            "tracking": {"id": cve, "status": "final", "current_release_date": _DATE},
        },
        "product_tree": {
            "branches": [{"category": "vendor", "branches": list(products.values())}],
            "relationships": relations,
        },
        "vulnerabilities": [{"cve": cve, "product_status": statuses, "remediations": plans}],
    }


def _product(name: str, **helper: str) -> dict[str, Any]:
    product = {"name": name, "product_id": name, "product_identification_helper": helper}
    return {"category": "product_version", "name": name, "product": product}
