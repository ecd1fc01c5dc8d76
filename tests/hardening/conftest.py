"""What tests of hardening share with the acceptance tests."""

from tests.acceptance.conftest import downloads

__all__ = ["downloads"]
