"""Where package databases lie: what both the rows of the catalogers and the parsers name."""

from __future__ import annotations

APK_DATABASES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")

COPYRIGHT = "usr/share/doc/*/copyright"

DPKG_STATUS = "var/lib/dpkg/status"
DPKG_STATUS_D = "var/lib/dpkg/status.d/"

KERNEL_MODULES = (".ko", ".ko.xz", ".ko.gz", ".ko.zst")
"""What the names of kernel modules end with."""

PERL_INSTALLED = "**/.meta/*/install.json"
PERL_LOCAL = "**/perllocal.pod"

RPM_FILES = ("rpmdb.sqlite", "Packages.db", "Packages")
"""The files of rpm's backends, the one that counts first where several are there."""

RPM_LOG = "rpmdb.sqlite-wal"
RPM_MANIFEST = "var/lib/rpmmanifest/container-manifest-"

WHEEL_METADATA = "**/*.dist-info/METADATA"
