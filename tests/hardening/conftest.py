"""What tests of hardening share with the acceptance tests."""

from tests.acceptance.conftest import downloads

__all__ = ["downloads"]

collect_ignore = ["samples"]
"""Apps with tests of their own, which need their dependencies."""
