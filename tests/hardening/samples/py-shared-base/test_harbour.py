import unittest

import harbour


class Here(unittest.TestCase):
    def test_it_has_an_app(self) -> None:
        self.assertTrue(harbour.app)
