"""Minimal base images straight from a Debian archive: no Docker, no root, every byte verified.

definition (YAML) -> archive (InRelease -> Packages) -> resolve -> lock -> fetch -> rootfs -> build
"""
