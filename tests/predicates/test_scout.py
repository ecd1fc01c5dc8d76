"""Scout's other predicates: secrets of several scanners in one shape and without the secret."""

import base64
import json

import pytest

from ironhull.errors import FormatError
from ironhull.predicates.scout import (
    check_secrets,
    check_virus,
    read_secrets,
    sum_up_provenance,
    sum_up_secrets,
    sum_up_virus,
)

SECRET = "AKIA-of-the-tests"
SARIF = {
    "runs": [
        {
            "results": [
                {
                    "ruleId": "aws-key",
                    "message": {"text": "an AWS key"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "app/.env"},
                                "region": {"startLine": 3, "snippet": {"text": SECRET}},
                            }
                        }
                    ],
                }
            ]
        }
    ]
}
TRIVY = {
    "SchemaVersion": 2,
    "Results": [
        {
            "Target": "/app/.env",
            "Secrets": [
                {
                    "RuleID": "aws-key",
                    "Severity": "CRITICAL",
                    "Title": "AWS",
                    "StartLine": 3,
                    "EndLine": 4,
                    "Match": SECRET,
                }
            ],
        },
        {"Target": "clean"},
    ],
}
GITLEAKS = [
    {"RuleID": "aws", "Description": "AWS", "File": "b", "StartLine": 1, "Secret": SECRET},
    {"RuleID": "gh", "Description": "GitHub", "File": "a", "StartLine": 2, "Match": SECRET},
]


@pytest.mark.parametrize(
    ("document", "places", "rules"),
    [
        (SARIF, ["app/.env"], ["aws-key"]),
        (TRIVY, ["/app/.env"], ["aws-key"]),
        (GITLEAKS, ["a", "b"], ["gh", "aws"]),
        ([], [], []),
        ({"SchemaVersion": 2}, [], []),
        ({"runs": [{"results": []}]}, [], []),
    ],
)
def test_reports_of_secrets(document: object, places: list[str], rules: list[str]) -> None:
    made = read_secrets(json.dumps(document).encode(), "secrets.json")
    assert check_secrets(made) == []
    assert [entry["source"]["location"] for entry in made] == places
    assert [f["rule_id"] for entry in made for f in entry["findings"]] == rules
    assert SECRET not in json.dumps(made)
    if not places:
        assert sum_up_secrets(made) == "no secrets"


def test_scouts_own_list_is_taken_as_it_is() -> None:
    own = [{"source": {"type": "ENV", "location": "TOKEN"}, "findings": [{"rule_id": "x"}]}]
    assert read_secrets(json.dumps(own).encode(), "x") == own
    assert sum_up_secrets(own) == "1 secret in 1 place"


@pytest.mark.parametrize("data", [b"{}", b"7", b'[{"a":1}]', b"nonsense"])
def test_what_is_no_report_is_not_clean(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_secrets(data, "secrets.json")


def test_viruses() -> None:
    report = base64.b64encode(b"Scanned files: 3\nInfected files: 2\n").decode()
    assert check_virus({"scanner": {"report": report}}) == []
    assert sum_up_virus({"scanner": {"report": report}}) == "2 infected files"
    assert check_virus({"scanner": {"report": "?"}}) == ["scanner.report is not base64"]
    assert sum_up_virus({}) == "no count of infected files"


def test_provenance() -> None:
    said = {"base_image": {"name": "python", "tag": "3.13"}, "vcs": {"revision": "0" * 40}}
    assert sum_up_provenance(said) == "base python 3.13, 000000000000"
