"""What tests of proofs share with the acceptance tests."""

from tests.acceptance.conftest import downloads

__all__ = ["downloads"]
