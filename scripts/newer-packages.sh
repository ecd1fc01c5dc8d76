#!/bin/sh
# Install packages of Debian 13 by name on Debian 12 or 13, with what they need from the machine's own
# release where that will do: newer-packages.sh PACKAGE… Needs root.
# Nothing is started and the machine's own package sources stay as they are.
set -eu
release=$(. /etc/os-release && echo "${ID:-}:${VERSION_CODENAME:-}")
case $release in
debian:bookworm | debian:trixie) ;;
*)
    echo "$release: only Debian 12 and 13 are known here" >&2
    exit 1
    ;;
esac
export DEBIAN_FRONTEND=noninteractive
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/sources" "$place/preferences" "$place/lists/partial"
for file in /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    cp "$file" "$place/sources/"
    # the machine's own Debian mirror, whichever it is, with the suite renamed
    case $(basename "$file") in
    debian.sources)
        sed '/^#/d; s/ bookworm-updates//; s/bookworm/trixie/g' "$file" >"$place/sources/newer.sources"
        ;;
    esac
done
[ -f /etc/apt/sources.list ] && sed 's/bookworm/trixie/g' /etc/apt/sources.list >"$place/sources/newer.list"
# only what is asked for by name comes from there: runc, tini and iptables stay this release's
printf 'Package: *\nPin: release n=trixie*\nPin-Priority: 100\n' >"$place/preferences/newer"
apt() {
    apt-get -q -o APT::Sandbox::User=root -o "Dir::Etc::SourceParts=$place/sources" -o "Dir::State::Lists=$place/lists" \
        -o "Dir::Etc::PreferencesParts=$place/preferences" "$@"
}
apt update >/dev/null
for package; do set -- "$@" "$package/trixie" && shift; done
RUNLEVEL=1 apt install -y --no-install-recommends "$@" >/dev/null
