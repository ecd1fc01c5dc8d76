"""Every probe: which files it looks into. What looks is imported with the first such file.

Whoever changes what `extract` of a module answers changes `version` here too.
"""

from __future__ import annotations

from ironhull.catalogers._binary_libraries import LIBRARIES
from ironhull.catalogers._binary_programs import PROGRAMS as NAMED
from ironhull.catalogers._places import KERNEL_MODULES, RPM_FILES, RPM_LOG
from ironhull.lazy import lazily
from ironhull.oci.probes import Probe

__all__ = [
    "BINARIES",
    "CHISEL",
    "DOTNET_BUNDLES",
    "JARS",
    "KERNEL",
    "PROGRAMS",
    "PYTHON_EGGS",
    "RPM",
    "YARN_ARCHIVES",
]

PROGRAMS = Probe(
    name="programs",
    version="2",
    extract=lazily("ironhull.catalogers._binary_probe", "extract"),
    patterns=("**/*.so", "**/*.node", "**/*.exe"),
    executables=True,
)
"""Libraries and Node addons rarely have an execute bit; Windows programs have no ELF magic."""

_KNOWN = (*NAMED, *LIBRARIES)
BINARIES = Probe(
    name="binaries",
    version="1",
    extract=lazily("ironhull.catalogers.binaries", "extract"),
    patterns=(
        *(f"**/{name}" for row in _KNOWN for name in (*row.programs, *row.sonames)),
        *(
            f"**/{library}.so"
            for library in dict.fromkeys(name for row in _KNOWN for name in row.libraries)
            if not library.startswith("libpython")
        ),
        "**/rustlib/*/lib/libstd-*.so",
        "usr/local/**/lib*.so.*",
        "opt/**/lib*.so.*",
        "**/*.libs/lib*.so*",
    ),
)

CHISEL = Probe(
    name="chisel",
    version="1",
    extract=lazily("ironhull.catalogers.chisel", "extract"),
    patterns=("var/lib/chisel/manifest.wall",),
)

DOTNET_BUNDLES = Probe(
    name="dotnet-bundle",
    version="2",
    extract=lazily("ironhull.catalogers._dotnet_bundle", "extract"),
    executables=True,
)

_JAVA = ("jar", "war", "ear", "par", "sar", "kar", "hpi", "jpi", "nar", "lpkg", "rar", "aar")
JARS = Probe(
    name="jars",
    version="4",
    extract=lazily("ironhull.catalogers.java", "extract"),
    patterns=tuple(f"**/*.{extension}" for extension in _JAVA),
)

_KERNELS = ("vmlinuz", "vmlinux")
KERNEL = Probe(
    name="kernel",
    version="1",
    extract=lazily("ironhull.catalogers.kernel", "extract"),
    patterns=(
        *(f"{at}lib/modules/**/*{end}" for at in ("", "usr/") for end in KERNEL_MODULES),
        *(f"boot/{image}-*" for image in _KERNELS),
        *(f"{at}lib/modules/*/{image}" for at in ("", "usr/") for image in _KERNELS),
    ),
)

PYTHON_EGGS = Probe(
    name="python-egg",
    version="1",
    extract=lazily("ironhull.catalogers._python_egg", "extract"),
    patterns=("**/*.egg",),
)

_RPM = ("var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/")
RPM = Probe(
    name="rpm",
    version="1",
    extract=lazily("ironhull.catalogers._rpm_facts", "extract"),
    patterns=tuple(directory + name for directory in _RPM for name in (*RPM_FILES, RPM_LOG)),
)

YARN_ARCHIVES = Probe(
    name="yarn-archive",
    version="1",
    extract=lazily("ironhull.catalogers._npm_pnp", "extract"),
    patterns=("**/*-npm-*.zip", "**/*-patch-*.zip"),
)
