"""What the lab shares with the acceptance tests."""

from tests.acceptance.conftest import downloads

__all__ = ["downloads"]
