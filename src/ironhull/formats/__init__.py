"""Formats: SBOMs and reports as documents. One row per format; writers are imported when used."""

from __future__ import annotations

from ironhull.formats._check_rows import CHECK_FORMATS
from ironhull.formats._row import Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ironhull.compare import Comparison
    from ironhull.explain.values import Explanation
    from ironhull.formats.policy_list import Listed
    from ironhull.formats.text_cves import Shown
    from ironhull.formats.text_scan import ScanView
    from ironhull.hardening import Hardened
    from ironhull.model import Report, Sbom

__all__ = [
    "CHECK_FORMATS",
    "COMPARE_FORMATS",
    "EXPLAIN_FORMATS",
    "HARDEN_FORMATS",
    "INSPECT_FORMATS",
    "POLICY_FORMATS",
    "POLICY_LIST_FORMATS",
    "PROOF_FORMATS",
    "QUICKVIEW_FORMATS",
    "RECOMMENDATIONS_FORMATS",
    "REPORT_FORMATS",
    "SBOM_FORMATS",
    "SCAN_FORMATS",
    "Format",
]


def _list(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.sbom_list import write_list

    return write_list(sbom, created=created)


def _json(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.sbom_json import write_json

    return write_json(sbom, created=created)


def _spdx(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.spdx import write_spdx

    return write_spdx(sbom, created=created)


def _cyclonedx(sbom: Sbom, *, created: str) -> bytes:
    from ironhull.formats.cyclonedx import write_cyclonedx

    return write_cyclonedx(sbom, created=created)


SBOM_FORMATS: tuple[Format, ...] = (
    Format("list", "text/plain", _list),
    Format("json", "application/vnd.ironhull.sbom+json", _json),
    Format("spdx", "application/spdx+json", _spdx),
    Format("cyclonedx", "application/vnd.cyclonedx+json", _cyclonedx),
)
"""How an SBOM can be written."""


def _quickview_text(report: Report) -> bytes:
    from ironhull.formats.text_quickview import write_quickview

    return write_quickview(report).encode()


def _quickview_json(report: Report) -> bytes:
    from ironhull.formats.json_report import write_quickview_json

    return write_quickview_json(report).encode()


QUICKVIEW_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _quickview_text),
    Format("json", "application/vnd.ironhull.quickview+json", _quickview_json),
)
"""How a report can be written at a glance: `write(report)`."""


def _recommendations_text(report: Report) -> bytes:
    from ironhull.formats.text_recommendations import write_recommendations

    return write_recommendations(report).encode()


def _recommendations_json(report: Report) -> bytes:
    from ironhull.formats.json_recommendations import write_recommendations_json

    return write_recommendations_json(report).encode()


RECOMMENDATIONS_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _recommendations_text),
    Format("json", "application/vnd.ironhull.recommendations+json", _recommendations_json),
)
"""How advice on a base image can be written: `write(report)`."""


def _report_text(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.text_cves import write_cves

    return write_cves(report, shown).encode()


def _report_json(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.json_report import write_report_json

    return write_report_json(report, shown).encode()


def _report_ids(report: Report, shown: Shown) -> bytes:  # noqa: ARG001  one signature for all rows
    from ironhull.formats.text_cves import write_ids

    return write_ids(shown).encode()


def _report_markdown(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.markdown_cves import write_cves_markdown

    return write_cves_markdown(report, shown).encode()


def _report_sarif(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.sarif import write_sarif

    return write_sarif(report, shown)


def _report_github(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.sarif import write_sarif

    return write_sarif(report, shown, for_github=True)


def _report_gitlab(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.gitlab import write_gitlab

    return write_gitlab(report, shown)


def _report_cyclonedx(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.cyclonedx_report import write_cyclonedx_report

    return write_cyclonedx_report(report, shown)


def _report_junit(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.junit import write_junit

    return write_junit(report, shown)


def _report_html(report: Report, shown: Shown) -> bytes:
    from ironhull.formats.html_report import write_html

    return write_html(report, shown)


REPORT_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _report_text),
    Format("json", "application/vnd.ironhull.report+json", _report_json),
    Format("ids", "text/plain", _report_ids),
    Format("markdown", "text/markdown", _report_markdown),
    Format("sarif", "application/sarif+json", _report_sarif),
    Format("github", "application/sarif+json", _report_github),
    Format("gitlab", "application/vnd.gitlab.container-scanning+json", _report_gitlab),
    Format("cyclonedx", "application/vnd.cyclonedx+json", _report_cyclonedx),
    Format("junit", "application/xml", _report_junit),
    Format("html", "text/html", _report_html),
)
"""How a report can be written, finding by finding: `write(report, shown)`."""


def _scan_text(report: Report, view: ScanView) -> bytes:
    from ironhull.formats.text_scan import write_scan

    return write_scan(report, view).encode()


def _scan_gitlab_secrets(report: Report, view: ScanView) -> bytes:
    from ironhull.formats.gitlab_secrets import write_gitlab_secrets

    return write_gitlab_secrets(report, view.shown)


SCAN_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _scan_text),
    Format("table", "text/plain", _scan_text),  # Trivy's word for it
    Format("gitlab-secrets", "application/vnd.gitlab.secret-detection+json", _scan_gitlab_secrets),
)
"""How a report can be written target by target: `write(report, view)`."""


def _explain_text(explanations: Sequence[Explanation]) -> bytes:
    from ironhull.formats.text_explain import write_explanations

    return write_explanations(explanations).encode()


def _explain_json(explanations: Sequence[Explanation]) -> bytes:
    from ironhull.formats.json_explain import write_explanations_json

    return write_explanations_json(explanations).encode()


EXPLAIN_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _explain_text),
    Format("json", "application/vnd.ironhull.explanation+json", _explain_json),
)
"""How the explanations of an advisory can be written: `write(explanations)`."""


def _compare_text(comparison: Comparison) -> bytes:
    from ironhull.formats.text_compare import write_compare

    return write_compare(comparison).encode()


def _compare_json(comparison: Comparison) -> bytes:
    from ironhull.formats.json_compare import write_compare_json

    return write_compare_json(comparison).encode()


COMPARE_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _compare_text),
    Format("json", "application/vnd.ironhull.compare+json", _compare_json),
)
"""How two reports can be written side by side: `write(comparison)`."""


def _inspect_text(*values: Any) -> bytes:
    from ironhull.formats.text_inspect import write_inspect

    return write_inspect(*values).encode()


def _inspect_json(*values: Any) -> bytes:
    from ironhull.formats.json_inspect import write_inspect_json

    return write_inspect_json(*values).encode()


INSPECT_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _inspect_text),
    Format("json", "application/vnd.ironhull.inspect+json", _inspect_json),
)
"""How a posture can be written: `write(subject, posture, problems, made_with)`."""


def _policy_text(report: Report) -> bytes:
    from ironhull.formats.text_policy import write_policies

    return write_policies(report).encode()


def _policy_json(report: Report) -> bytes:
    from ironhull.formats.json_policy import write_policies_json

    return write_policies_json(report).encode()


def _policy_markdown(report: Report) -> bytes:
    from ironhull.formats.markdown_policy import write_policies_markdown

    return write_policies_markdown(report).encode()


def _policy_sarif(report: Report) -> bytes:
    from ironhull.formats.sarif_policy import write_policies_sarif

    return write_policies_sarif(report).encode()


def _policy_junit(report: Report) -> bytes:
    from ironhull.formats.junit_policy import write_policies_junit

    return write_policies_junit(report)


POLICY_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _policy_text),
    Format("json", "application/vnd.ironhull.policy+json", _policy_json),
    Format("markdown", "text/markdown", _policy_markdown),
    Format("sarif", "application/sarif+json", _policy_sarif),
    Format("junit", "application/xml", _policy_junit),
)
"""How verdicts can be written: `write(report)`."""


def _listed_text(policies: Sequence[Listed]) -> bytes:
    from ironhull.formats.policy_list import list_text

    return list_text(policies).encode()


def _listed_json(policies: Sequence[Listed]) -> bytes:
    from ironhull.formats.policy_list import list_json

    return list_json(policies).encode()


def _listed_markdown(policies: Sequence[Listed]) -> bytes:
    from ironhull.formats.policy_list import list_markdown

    return list_markdown(policies).encode()


POLICY_LIST_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _listed_text),
    Format("json", "application/vnd.ironhull.policies+json", _listed_json),
    Format("markdown", "text/markdown", _listed_markdown),
)
"""How a list of policies can be written: `write(policies)`."""


def _harden_text(hardened: Hardened) -> bytes:
    from ironhull.formats.text_harden import write_harden

    return write_harden(hardened).encode()


def _harden_json(hardened: Hardened) -> bytes:
    from ironhull.formats.json_harden import write_harden_json

    return write_harden_json(hardened).encode()


def _harden_markdown(hardened: Hardened) -> bytes:
    from ironhull.formats.markdown_harden import write_harden_markdown

    return write_harden_markdown(hardened).encode()


HARDEN_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _harden_text),
    Format("json", "application/vnd.ironhull.harden+json", _harden_json),
    Format("markdown", "text/markdown", _harden_markdown),
)
"""How a hardened Dockerfile can be written: `write(hardened)`."""


def _proof_text(*values: Any) -> bytes:
    from ironhull.formats.text_proof import write_proof

    return write_proof(*values).encode()


def _proof_json(*values: Any) -> bytes:
    from ironhull.formats.json_proof import write_proof_json

    return write_proof_json(*values).encode()


def _proof_markdown(*values: Any) -> bytes:
    from ironhull.formats.markdown_proof import write_proof_markdown

    return write_proof_markdown(*values).encode()


PROOF_FORMATS: tuple[Format, ...] = (
    Format("text", "text/plain", _proof_text),
    Format("json", "application/vnd.ironhull.harden+json", _proof_json),
    Format("markdown", "text/markdown", _proof_markdown),
)
"""How a hardened Dockerfile and its proof can be written: `write(hardened, proof, comparison)`."""
