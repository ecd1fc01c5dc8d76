"""Catalogers: from the files of package databases to packages. One row per kind of database.

A row tells which files count; the module that reads them is imported with the first one.
"""

from __future__ import annotations

from ironhull.catalogers import _places as places
from ironhull.catalogers import _probes as probes
from ironhull.catalogers._row import Cataloger, Found, Needs
from ironhull.lazy import lazily

__all__ = ["CATALOGERS", "Cataloger", "Found", "Needs"]

CATALOGERS: tuple[Cataloger, ...] = (
    Cataloger(
        name="dpkg",
        patterns=(places.DPKG_STATUS, places.DPKG_STATUS_D + "*"),
        parse=lazily("ironhull.catalogers.dpkg", "parse"),
        reads=(places.COPYRIGHT,),
        relate=lazily("ironhull.catalogers._dpkg_relations", "relate"),
    ),
    Cataloger(
        name="chisel",
        patterns=(),
        parse=lazily("ironhull.catalogers.chisel", "parse"),
        probe=probes.CHISEL,
    ),
    Cataloger(
        name="apk",
        patterns=places.APK_DATABASES,
        parse=lazily("ironhull.catalogers.apk", "parse"),
        relate=lazily("ironhull.catalogers.apk", "relate"),
    ),
    Cataloger(
        name="rpm",
        patterns=(places.RPM_MANIFEST + "1", places.RPM_MANIFEST + "2"),
        parse=lazily("ironhull.catalogers.rpm", "parse"),
        relate=lazily("ironhull.catalogers.rpm", "relate"),
        probe=probes.RPM,
    ),
    Cataloger(
        name="kernel",
        patterns=(),
        parse=lazily("ironhull.catalogers.kernel", "parse"),
        probe=probes.KERNEL,
        unowned=True,
    ),
    Cataloger(
        name="python",
        patterns=(
            places.WHEEL_METADATA,
            "**/*.egg-info/PKG-INFO",
            "**/EGG-INFO/PKG-INFO",
            "**/*.egg-info",
        ),
        parse=lazily("ironhull.catalogers.python", "parse"),
        reads=(
            "**/*.dist-info/RECORD",
            "**/*.dist-info/direct_url.json",
            "**/*.egg-info/requires.txt",
            "**/EGG-INFO/requires.txt",
            *(f"**/*.dist-info/{name}" for name in ("LICEN*", "COPYING*", "licenses/*")),
        ),
        relate=lazily("ironhull.catalogers._python_relations", "relate"),
        probe=probes.PYTHON_EGGS,
    ),
    Cataloger(
        name="npm",
        patterns=("**/package.json", "**/.pnp.cjs", "**/.pnp.js", "**/.pnp.data.json"),
        parse=lazily("ironhull.catalogers.npm", "parse"),
        relate=lazily("ironhull.catalogers.npm", "relate"),
        probe=probes.YARN_ARCHIVES,
    ),
    Cataloger(
        name="gem",
        patterns=(
            "**/specifications/*.gemspec",
            "**/specifications/default/*.gemspec",
            "**/bundler/gems/*/*.gemspec",
        ),
        parse=lazily("ironhull.catalogers.gem", "parse"),
        relate=lazily("ironhull.catalogers.gem", "relate"),
    ),
    Cataloger(
        name="composer",
        patterns=("**/composer/installed.json",),
        parse=lazily("ironhull.catalogers.composer", "parse"),
        reads=("**/composer.json",),
        relate=lazily("ironhull.catalogers.composer", "relate"),
    ),
    Cataloger(
        name="dotnet",
        patterns=(
            "**/*.deps.json",
            "**/.nuget/packages/*/*/*.nuspec",
            "**/NuGetFallbackFolder/*/*/*.nuspec",
        ),
        parse=lazily("ironhull.catalogers.dotnet", "parse"),
        relate=lazily("ironhull.catalogers.dotnet", "relate"),
        probe=probes.DOTNET_BUNDLES,
    ),
    Cataloger(
        name="conda",
        patterns=("**/conda-meta/*.json",),
        parse=lazily("ironhull.catalogers.conda", "parse"),
        relate=lazily("ironhull.catalogers.conda", "relate"),
    ),
    Cataloger(
        name="hex",
        patterns=("**/ebin/*.app", "**/hex_metadata.config"),
        parse=lazily("ironhull.catalogers.hex", "parse"),
        relate=lazily("ironhull.catalogers.hex", "relate"),
    ),
    Cataloger(
        name="r",
        patterns=("**/DESCRIPTION",),
        parse=lazily("ironhull.catalogers.r", "parse"),
        relate=lazily("ironhull.catalogers.r", "relate"),
    ),
    Cataloger(
        name="lua",
        patterns=("**/rocks*/*/*/*.rockspec",),
        parse=lazily("ironhull.catalogers.lua", "parse"),
        relate=lazily("ironhull.catalogers.lua", "relate"),
    ),
    Cataloger(
        name="perl",
        patterns=(places.PERL_INSTALLED, places.PERL_LOCAL, "**/auto/**/.packlist"),
        parse=lazily("ironhull.catalogers.perl", "parse"),
        reads=("**/.meta/*/MYMETA.json",),
        relate=lazily("ironhull.catalogers.perl", "relate"),
    ),
    Cataloger(
        name="go",
        patterns=(),
        parse=lazily("ironhull.catalogers.go", "parse"),
        relate=lazily("ironhull.catalogers._binary_probe", "relate"),
        probe=probes.PROGRAMS,
    ),
    Cataloger(
        name="rust",
        patterns=(),
        parse=lazily("ironhull.catalogers.rust", "parse"),
        relate=lazily("ironhull.catalogers._binary_probe", "relate"),
        probe=probes.PROGRAMS,
    ),
    Cataloger(
        name="java",
        patterns=("**/release",),
        parse=lazily("ironhull.catalogers.java", "parse"),
        probe=probes.JARS,
    ),
    Cataloger(
        name="binaries",
        patterns=("**/go/VERSION", "**/releases/*/OTP_VERSION"),
        parse=lazily("ironhull.catalogers.binaries", "parse"),
        probe=probes.BINARIES,
        unowned=True,
    ),
    Cataloger(
        name="embedded-sbom",
        patterns=(
            "opt/docker/sbom/**/*.json",
            "opt/bitnami/**/.spdx-*.spdx",
            "var/lib/db/sbom/*.json",
            "usr/share/sbom/**/*.json",
            "usr/local/share/sbom/**/*.json",
            "**/*.dist-info/sboms/*",
            "**/_vendor/*.cdx.json",
        ),
        parse=lazily("ironhull.catalogers.embedded", "parse"),
        reads=(places.WHEEL_METADATA,),
        relate=lazily("ironhull.catalogers.embedded", "relate"),
    ),
)
"""Every cataloger, in the order they run: distribution packages first, for they own others."""
