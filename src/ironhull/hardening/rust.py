"""Rust: a program with musl or a static C library runs on the static base; see `native`."""

from __future__ import annotations

import re

from ironhull.hardening._linkage import RUST_IMAGES
from ironhull.hardening._static import static_language

__all__ = ["RUST"]

_SOURCE = re.compile(
    r"\.(?:rs|proto|c|h)$|(?:^|/)(?:Cargo\.(?:toml|lock)|rust-toolchain(?:\.toml)?|build\.rs|"
    r"rustfmt\.toml|clippy\.toml|deny\.toml)$|(?:^|/)(?:target|vendor|\.cargo)/"
)


def is_rust_source(path: str) -> bool:
    """Whether only the compiler reads a file of the context."""
    return bool(_SOURCE.search(path))


def build_env(name: str) -> bool:
    """Variables of Cargo and rustc; RUST_LOG and RUST_BACKTRACE are the program's."""
    return name.startswith("CARGO_") or name in ("RUSTFLAGS", "RUSTUP_HOME", "RUST_VERSION")


RUST = static_language("rust", RUST_IMAGES, ("cargo", "rustup", "rustc"), is_rust_source, build_env)
"""Rust programs without a C library of their own at run time."""
