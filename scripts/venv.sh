#!/bin/sh
# Make a virtual environment and install Ironhull into it (bare: only pip): venv.sh DIRECTORY demo|dev|bare
# Works without python3-venv (Debian splits ensurepip off): pip then comes from PyPI directly.
set -eu
venv=$1 kind=$2

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "ironhull: no Python 3.11 or newer on PATH — install one (Debian: apt-get install python3) or set PYTHON=/path/to/python3" >&2
    exit 1
}

bootstrap_pip() {
    "$1" - <<'EOF'
import hashlib, json, os, runpy, ssl, sys, tempfile, urllib.request
ask = urllib.request.Request("https://pypi.org/simple/pip/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
with urllib.request.urlopen(ask, timeout=60) as answer:
    files = json.load(answer)["files"]
wheel = [f for f in files if f["filename"].endswith("-py3-none-any.whl") and not f.get("yanked")][-1]
with urllib.request.urlopen(wheel["url"], timeout=60) as answer:
    data = answer.read()
if hashlib.sha256(data).hexdigest() != wheel["hashes"]["sha256"]:
    sys.exit("the pip wheel does not have the digest the index names")
path = os.path.join(tempfile.mkdtemp(), wheel["filename"])
open(path, "wb").write(data)
sys.path.insert(0, path)
sys.argv = ["pip", "install", "--quiet", path]
runpy.run_module("pip", run_name="__main__")
EOF
}

if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        rm -rf "$venv"
        if ! "$python" -m venv --without-pip "$venv" || ! bootstrap_pip "$venv/bin/python"; then
            echo "ironhull: cannot make a virtual environment with $python — on Debian and Ubuntu: apt-get install -y python3-venv" >&2
            exit 1
        fi
    fi
fi

pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip install --upgrade 'pip>=25.1'
case $kind in
demo) pip install -e '.[build,policy,secrets,licenses]' ;;
bare) ;;
dev) pip install -e '.[build,policy,secrets,licenses,validate]' --group dev ;;
*) echo "venv.sh: demo, dev or bare, not $kind" >&2; exit 1 ;;
esac
