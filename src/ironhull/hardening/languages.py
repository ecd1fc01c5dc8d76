"""Which languages there are to recognise, in order; the last takes what no other does."""

from __future__ import annotations

from ironhull.hardening.golang import GO
from ironhull.hardening.java import JAVA
from ironhull.hardening.native import IN_PLACE, NATIVE
from ironhull.hardening.nginx import NGINX
from ironhull.hardening.node import NODE
from ironhull.hardening.other import OTHER
from ironhull.hardening.python import PYTHON
from ironhull.hardening.rust import RUST

__all__ = ["LANGUAGES"]

LANGUAGES = (PYTHON, NODE, JAVA, NGINX, GO, RUST, IN_PLACE, NATIVE, OTHER)
"""Of what several might take, the first has it."""
