#!/bin/sh
# Install what the tests run beside Ironhull: other tools that must accept our images, a container
# runtime (runc: crun refuses hybrid cgroups), registries and clients of them, package databases, a
# PostgreSQL, a clock that can be set, Podman, Docker, the version orders of other ecosystems, a browser.
# Only on Debian and Ubuntu and only as root; elsewhere, and where something cannot be installed,
# those tests are skipped and say why. The machine's own package sources stay as they are.
set -eu
PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$0")
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need skopeo skopeo
need umoci umoci
need runc runc
need setpriv util-linux
need faketime faketime
need git git
need gpgv gpgv
need openssl openssl
need htpasswd apache2-utils
need docker-registry docker-registry
need podman podman
need buildah buildah
need rpm rpm
need db5.3_load db5.3-util
# tools of other ecosystems, whose order of versions ours is held against
need node nodejs
[ -d /usr/lib/node_modules/npm/node_modules/semver ] || [ -d /usr/share/nodejs/semver ] || missing="$missing node-semver"
need ruby ruby
need php php-cli
[ -d /usr/share/php/Composer/Semver ] || missing="$missing php-composer-semver"
need elixir elixir
need java default-jre-headless
ls /usr/share/java/maven3-artifact.jar /usr/share/java/maven-artifact-3.x.jar 2>/dev/null | grep -q . || missing="$missing libmaven3-core-java"
# the programs of the PostgreSQL image, made again bit by bit
need gcc-12 gcc-12
need aarch64-linux-gnu-gcc-12 gcc-12-aarch64-linux-gnu
[ -d /usr/aarch64-linux-gnu/include ] || missing="$missing libc6-dev-arm64-cross"
# the report people read, in a real browser
need chromium chromium
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
newer=
for tool in oras cosign; do command -v "$tool" >/dev/null 2>&1 || newer="$newer $tool"; done
has_compose() { find /usr/libexec/docker /usr/lib/docker /usr/local/lib/docker -name docker-compose 2>/dev/null | grep -q .; }
[ -n "$missing$newer" ] || ! command -v dockerd >/dev/null 2>&1 || ! has_compose || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    [ -z "$missing" ] ||
        echo "tests that need$missing will be skipped (on Debian, as root: apt-get install$missing)" >&2
    exit 0
fi
# nothing asks questions, starts services or runs for longer than ten minutes
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt() { timeout -k 30 600 apt-get -qq -o Acquire::Retries=2 -o Acquire::http::Timeout=30 "$@" >/dev/null; }
skipped() { echo "could not install $1; tests that need it will be skipped" >&2; }
if [ -n "$missing" ]; then
    apt update || true
    # together, or, where one is not to be had, each for itself
    apt install -y --no-install-recommends $missing 2>/dev/null || for package in $missing; do
        apt install -y --no-install-recommends "$package" || skipped "$package"
    done
fi
for tool in $newer; do
    timeout -k 30 600 sh "$here/newer-packages.sh" "$tool" || skipped "$tool"
done
command -v dockerd >/dev/null 2>&1 && has_compose || timeout -k 30 900 sh "$here/docker-engine.sh" || skipped "a Docker Engine"
