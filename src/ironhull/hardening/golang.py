"""Go: a program that is provably static runs on the static base; see `native` for the others."""

from __future__ import annotations

import re

from ironhull.hardening._linkage import GO_IMAGES
from ironhull.hardening._static import static_language

__all__ = ["GO"]

_SOURCE = re.compile(
    r"(?:\.(?:go|mod|sum|work|c|h|s|proto)|(?:^|/)\.golangci[^/]*)$|(?:^|/)vendor/"
)


def is_go_source(path: str) -> bool:
    """Whether only the compiler reads a file of the context."""
    return bool(_SOURCE.search(path))


def build_env(name: str) -> bool:
    """Variables of the Go tool chain."""
    return name.startswith(("CGO_", "GOPROXY", "GOPRIVATE", "GONOSUM", "GOSUMDB")) or name in (
        *("GO111MODULE", "GOOS", "GOARCH", "GOARM", "GOFLAGS", "GOPATH", "GOBIN", "GOCACHE"),
        *("GOMODCACHE", "GOTOOLCHAIN", "GOROOT", "GOLANG_VERSION"),
    )


GO = static_language("go", GO_IMAGES, ("go", "gofmt", "upx"), is_go_source, build_env)
"""Go programs without a C library."""
