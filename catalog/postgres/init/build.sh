#!/bin/sh
# Build the programs of the PostgreSQL image for every platform into DIRECTORY (default: here).
#
# With the compilers of Debian 12 (apt-get install gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
# the result is the same bit by bit as what lies here; `build.sh --compilers` prints which they are.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
flags="-std=gnu11 -O2 -Wall -Wextra -Werror -fstack-protector-strong -D_FORTIFY_SOURCE=2
 -ffile-prefix-map=$here=. -fno-ident"
link="-Wl,-z,relro,-z,now,-z,noexecstack,--build-id=none,-s,--as-needed"
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0

compiler() {
    case $1 in amd64) echo x86_64-linux-gnu-gcc-12 ;; arm64) echo aarch64-linux-gnu-gcc-12 ;; esac
}
if [ "${1:-}" = --compilers ]; then
    for platform in amd64 arm64; do
        "$(compiler $platform)" --version | head -n 1
        "$(compiler $platform)" -Wl,--version -x none /dev/null 2>/dev/null | head -n 1
    done
    exit
fi
to=${1:-$here}
cd "$here"
version=$(sed -n 's/^#define VERSION "\(.*\)"$/\1/p' note.h)
# A component of that document: component DIRECTORY FILE NAME TYPE
component() {
    hash=$(sha256sum "$1/$2")
    cat <<END
    {
      "type": "$4",
      "name": "$3",
      "version": "$version",
      "supplier": { "name": "Ironhull" },
      "hashes": [{ "alg": "SHA-256", "content": "${hash%% *}" }],
      "licenses": [{ "license": { "id": "Apache-2.0" } }],
      "purl": "pkg:generic/$3@$version"
    }
END
}
# What was built for one platform, as CycloneDX 1.6: sbom DIRECTORY
sbom() {
    cat <<END
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "version": 1,
  "components": [
$(component "$1" postgres-entrypoint ironhull-postgres-entrypoint application),
$(component "$1" postgres-noshell.so ironhull-postgres-noshell library)
  ]
}
END
}
for platform in amd64 arm64; do
    cc=$(compiler $platform)
    command -v "$cc" >/dev/null || { echo "build.sh: $cc is not installed" >&2; exit 2; }
    mkdir -p "$to/$platform"
    $cc $flags -fPIE -pie -o "$to/$platform/postgres-entrypoint" $link \
        entrypoint.c initialise.c server.c directory.c settings.c say.c words.c
    $cc $flags -fPIC -shared -fvisibility=hidden -o "$to/$platform/postgres-noshell.so" $link \
        noshell.c words.c
    chmod 755 "$to/$platform/postgres-entrypoint"
    chmod 644 "$to/$platform/postgres-noshell.so"
    sbom "$to/$platform" >"$to/$platform/ironhull-postgres.cdx.json"
done
