#!/bin/sh
# What `make lab` needs beside Ironhull: a Docker Engine with buildx and compose, and a browser. On
# Debian as root they are installed; elsewhere the lab says what is missing.
set -eu
PATH=$PATH:/usr/sbin:/sbin
docker version >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 && command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then exit 0; fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get -qq update >/dev/null || true
command -v chromium >/dev/null 2>&1 || apt-get -qq install -y --no-install-recommends chromium >/dev/null
docker version >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 || sh "$(dirname "$0")/docker-engine.sh"
