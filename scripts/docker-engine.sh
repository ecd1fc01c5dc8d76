#!/bin/sh
# Install a Docker Engine with buildx for the tests that start one: Debian 13's (26.1), because the
# one of Debian 12 is too old for the containerd image store. Needs root on Debian 12 or 13.
# Nothing is started and the machine's own package sources stay as they are.
set -eu
[ -x /usr/sbin/dockerd ] && exit 0
sh "$(dirname "$0")/newer-packages.sh" docker.io docker-cli docker-buildx containerd
command -v iptables >/dev/null 2>&1 || [ -x /usr/sbin/iptables ] ||
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install -y --no-install-recommends iptables >/dev/null
