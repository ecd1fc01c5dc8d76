"""Ironhull reads, judges, proves and hardens container images, offline and without an account."""

__version__ = "0.1.0"
