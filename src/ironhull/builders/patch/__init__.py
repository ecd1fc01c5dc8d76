"""Newer Debian packages on top of an image that cannot be rebuilt: one layer, nothing of it run.

image -> system (its tree and package database) -> sources (its repositories and keys) -> select
(which packages, refused where it does not fit) -> scripts (what maintainer scripts would have done)
-> apply (files) -> database (dpkg's) -> build
"""
