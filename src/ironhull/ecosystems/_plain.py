"""What the ecosystems of most languages share: one scope, and one name per package."""

from __future__ import annotations

from collections.abc import Callable

from ironhull.model import Distro, Package

__all__ = ["named", "only"]


def only(scope: str) -> Callable[[Package, Distro | None], tuple[str, ...]]:
    """`Ecosystem.scopes` of a system whose every package one scope judges, on any distribution."""

    def scopes(package: Package, distro: Distro | None) -> tuple[str, ...]:  # noqa: ARG001 - a row's signature
        return (scope,)

    return scopes


def named(canonical: Callable[[str], str] = str) -> Callable[[Package], tuple[str, ...]]:
    """`Ecosystem.names` of a system that looks packages up by their canonical name."""

    def names(package: Package) -> tuple[str, ...]:
        return (canonical(package.name),)

    return names
