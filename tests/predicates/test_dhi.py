"""Predicates of Docker Hardened Images."""

from ironhull.predicates.dhi import check_fips, check_stig, sum_up_fips, sum_up_stig


def test_fips() -> None:
    module = {"name": "openssl", "certification": "CMVP #4", "standard": "140-3", "status": "ok"}
    assert check_fips([module]) == []
    assert sum_up_fips([module]) == "openssl ok"
    assert check_fips([{"name": "x"}]) == [
        "[0]: certification is missing",
        "[0]: standard is missing",
        "[0]: status is missing",
    ]
    assert check_fips({}) == ["not a list"]
    assert sum_up_fips([]) == "0 modules"


def test_stig() -> None:
    scan = {"name": "GPOS", "summary": {"defaultScore": 91.5, "maxDefaultScore": 100}}
    assert check_stig([scan]) == []
    assert sum_up_stig([scan]) == "GPOS 91.5/100"
    assert check_stig([{"name": "x", "summary": {"defaultScore": 1}}]) == [
        "[0]: summary.maxDefaultScore is not a number"
    ]
