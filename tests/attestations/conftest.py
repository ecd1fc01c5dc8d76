"""The fixture `at` for the tests here."""

from tests.attestations.places import at

__all__ = ["at"]
