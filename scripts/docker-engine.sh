#!/bin/sh
# Install a Docker Engine with buildx and compose for the tests that start one: Debian 13's (26.1),
# because the one of Debian 12 is too old for the containerd image store. Needs root on Debian 12 or
# 13. Nothing is started and the machine's own package sources stay as they are.
set -eu
missing=
[ -x /usr/sbin/dockerd ] || missing="docker.io docker-cli docker-buildx containerd"
[ -n "$(find /usr/libexec/docker /usr/lib/docker /usr/local/lib/docker -name docker-compose 2>/dev/null)" ] ||
    missing="$missing docker-compose"
# shellcheck disable=SC2086
[ -z "$missing" ] || sh "$(dirname "$0")/newer-packages.sh" $missing
needed=
[ -x /usr/sbin/iptables ] || command -v iptables >/dev/null 2>&1 || needed="$needed iptables"
command -v ip >/dev/null 2>&1 || [ -x /usr/sbin/ip ] || needed="$needed iproute2"
# shellcheck disable=SC2086
[ -z "$needed" ] ||
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install -y --no-install-recommends $needed >/dev/null
