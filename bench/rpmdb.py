"""An rpm database for the benchmark, written by rpm itself (Debian's package `rpm`)."""

from __future__ import annotations

import subprocess
from pathlib import Path

HEAD = """\
Name: {name}
Version: 1.0
Release: 1.fc41
Summary: Benchmark package
License: MIT
BuildArch: noarch
%description
One of the packages of a benchmark image.
%install
mkdir -p %{{buildroot}}/usr/share/{name}
for n in $(seq 1 {files}); do
  for p in {names}; do
    mkdir -p %{{buildroot}}/usr/share/$p; echo $n > %{{buildroot}}/usr/share/$p/file$n
  done
done
"""
PART = """\
%package -n {name}
Version: {version}
Release: {release}.fc41
Summary: Library {name}
License: {licence}
%description -n {name}
A package of the benchmark image.
%files -n {name}
/usr/share/{name}
"""
LICENCES = ("MIT", "GPL-2.0-or-later", "LGPL-2.1-or-later AND MIT", "Apache-2.0", "BSD-3-Clause")


def write_rpmdb(place: Path, *, packages: int, files: int = 12) -> Path:
    """Build `packages` rpms and install them; gives the root that holds database and files."""
    root = place / "root"
    if (root / "var/lib/rpm").is_dir():
        return root
    names = [f"benchlib{number:03}" for number in range(packages)]
    spec = place / "bench.spec"
    parts = [
        PART.format(
            name=name,
            version=f"{number % 7}.{number % 11}.{number}",
            release=number % 5 + 1,
            licence=LICENCES[number % len(LICENCES)],
        )
        for number, name in enumerate(names)
    ]
    head = HEAD.format(name="bench", files=files, names=" ".join(names))
    spec.write_text(head + "\n".join(parts))
    build = ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {place}/build"]
    build += ["--define", "_binary_payload w1.gzdio", str(spec)]
    subprocess.run(build, check=True, capture_output=True)
    rpms = sorted(str(path) for path in (place / "build/RPMS").rglob("*.rpm"))
    root.mkdir()
    install = ["rpm", "-i", "--root", str(root), "--nodeps", "--noscripts", "--ignorearch"]
    install += ["--dbpath", "/var/lib/rpm", "--define", "_db_backend sqlite"]
    subprocess.run([*install, *rpms], check=True, capture_output=True)
    return root
