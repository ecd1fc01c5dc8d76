set -eu
status=/carried/var/lib/dpkg/status.d
mkdir -p $status /carried/usr/lib

named() { # the installed package of this name, or the one that provides it
  dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Provides}\n' | sed 's/([^)]*)//g; s/,/ /g' |
    awk -v name="$1" '/^ii/ { for (i = 2; i <= NF; i++) if ($i == name) { print $2; exit } }'
}

there() { [ -e $status/$1 ] || [ -e /runtime/var/lib/dpkg/status.d/$1 ] ||
  grep -qsx "Package: $1" /runtime/var/lib/dpkg/status; }

carry() { # a package and what it depends on, but no shell, package manager or interpreter
  for package in $(named "$1"); do
    case $package in
      apt|base-*|bash|busybox|coreutils|dash|debconf|debianutils|dpkg|findutils|gawk|grep|gzip) continue ;;
      init-*|libc-bin|login*|mawk|passwd|adduser|perl*|python3*|sed|sensible-utils|tar|ucf|util-linux) continue ;;
    esac
    if there $package; then continue; fi
    dpkg-query -s $package >$status/$package
    cat /var/lib/dpkg/info/$package[.:]*md5sums >$status/$package.md5sums
    dpkg -L $package | grep -vE '^/(usr/share/(man|info|locale|lintian|bug|doc/[^/]*/[^c])|s?bin$|lib(64)?$)' |
      while read -r file; do [ -d "$file" ] && [ ! -L "$file" ] || echo "$file"; done |
      tar --create --transform='flags=r;s,^/*\(bin\|lib\|lib64\|sbin\)/,usr/\1/,' --files-from=- 2>/dev/null |
      tar --extract --directory=/carried
    for needed in $(dpkg-query -W -f '${Pre-Depends},${Depends}' $package |
      sed 's/([^)]*)//g; s/:[a-z0-9]*//g; s/[|,]/ /g'); do carry $needed; done
  done
}

for package in @packages@; do carry $package; done
if grep -rqs --include='*.py' 'find_library(' @roots@; then # it asks ldconfig where a library is
  mkdir -p /carried/usr/sbin /carried/etc
  cp /sbin/ldconfig /carried/usr/sbin/ && cp /etc/ld.so.cache /carried/etc/
fi
find @roots@ -type f \( -name '*.so*' -o -perm -u+x \) -exec ldd {} + 2>/dev/null | sort -u >/tmp/needed
grep 'not found' /tmp/needed >&2 || true
awk '$2 == "=>" && $3 ~ "^/" { print $3 }' /tmp/needed | while read -r library; do
  if [ -e "/runtime$library" ]; then continue; fi
  owner=$(dpkg -S "$library" "$(readlink -f "$library")" 2>/dev/null | sed 's/[,:].*//; /^diversion/d' | head -n 1)
  case $library in
    @own@) ;;
    *) if [ "$owner" ]; then carry "$owner"; else cp -L "$library" /carried/usr/lib/; fi ;;
  esac
done
