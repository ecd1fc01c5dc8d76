"""Statements of exploitability: whether those apply that should, and no others."""
