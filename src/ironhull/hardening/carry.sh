set -eu
status=/carried/var/lib/dpkg/status.d
mkdir -p $status

owner() { dpkg -S "$1" "$(readlink -f "$1")" 2>/dev/null | sed -n '/^diversion/!s/[,:].*//p' | head -n 1; }

named() { # the installed package of this name, or the one that provides it
  dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Provides}\n' | sed 's/(= [^)]*),\{0,1\}//g; s/,/ /g' |
    awk -v name="$1" '/^ii/ { for (i = 2; i <= NF; i++) if ($i == name) { print $2; exit } }'
}

carry() {
  for package in $(named "$1"); do
    case $package in
      apt|base-*|bash|coreutils|dash|debconf|debianutils|dpkg|findutils|init-*|libc-bin|login*|mawk|passwd) return ;;
      perl*|python3*|sed|sensible-utils|systemd*|tar|ucf|util-linux|adduser|busybox|gawk|grep|gzip) return ;;
    esac
    [ ! -e /runtime/var/lib/dpkg/status.d/$package ] && [ ! -e $status/$package ] || return 0
    dpkg-query -s $package >$status/$package
    cat /var/lib/dpkg/info/$package[.:]*md5sums >$status/$package.md5sums
    dpkg -L $package | grep -vE '^/usr/share/(man|info|locale|lintian|bug|doc/.*/[^c])' |
      while read -r file; do [ -d "$file" ] && [ ! -L "$file" ] || echo "$file"; done |
      tar --create --files-from=- 2>/dev/null | tar --extract --directory=/carried
    for needed in $(dpkg-query -W -f '${Pre-Depends},${Depends}' $package | sed 's/([^)]*)//g; s/:[a-z0-9]*//g; s/[|,]/ /g'); do
      carry $needed
    done
  done
}

for package in @packages@; do carry $package; done
find @roots@ -type f \( -name '*.so*' -o -perm -u+x \) -exec ldd {} + 2>/dev/null |
  awk '$2 == "=>" && $3 ~ "^/" { print $3 }' | sort -u |
  while read -r library; do [ -e "/runtime$library" ] || carry "$(owner "$library")"; done
