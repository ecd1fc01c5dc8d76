#!/bin/sh
# Install what the tests run beside Ironhull: other tools that must accept our images, a container
# runtime (runc: crun refuses hybrid cgroups), a PostgreSQL, a clock that can be set, Podman, Docker.
# Only on Debian and Ubuntu and only as root; elsewhere those tests are skipped and say why.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need skopeo skopeo
need umoci umoci
need runc runc
need setpriv util-linux
need faketime faketime
need git git
need podman podman
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || [ ! -x /usr/sbin/dockerd ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    [ -z "$missing" ] ||
        echo "tests that need$missing will be skipped (on Debian, as root: apt-get install$missing)" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
if [ -n "$missing" ]; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        echo "could not install$missing; tests that need them will be skipped" >&2
fi
[ -x /usr/sbin/dockerd ] || sh "$(dirname "$0")/docker-engine.sh" ||
    echo "could not install a Docker Engine; tests that need one will be skipped" >&2
