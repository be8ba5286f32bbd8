#!/usr/bin/env bash
# Checks the Debian package from within a clean Debian: installs it, backfills the demo from its menu entry, purges it.
# Usage, as root in the chroot: in_chroot.sh PACKAGE.deb; beside it lies drive_window.py. Prints lines "name: value".
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
deb=$1
entry=/usr/share/applications/rivers_desktop.desktop
home="/home/Ana Müller"

files() { find /etc /opt /usr /var/lib /root -xdev \( -path /var/lib/apt -o -path /var/lib/dpkg \) -prune -o -print | sort; }
say() { printf '%s: %s\n' "$1" "$2"; }

id analyst >/dev/null 2>&1 || useradd --create-home --home-dir "$home" --shell /bin/bash analyst
files >/tmp/before

begun=$SECONDS
apt-get install -y -q --no-install-recommends "$deb" >/tmp/apt.log 2>&1 || { cat /tmp/apt.log; exit 1; }
say "apt install" "$((SECONDS - begun)) s"
say "installed" "$(dpkg-query -W -f '${Installed-Size}' rivers-desktop) KiB"
say "menu entry" "$(desktop-file-validate $entry >/tmp/entry.log 2>&1 && echo valid || tail -1 /tmp/entry.log)"
appstreamcli validate --no-net /usr/share/metainfo/rivers_desktop.metainfo.xml >/tmp/appstream.log &&
    say "description" "valid" || say "description" "$(sed -n 's/^W: //p' /tmp/appstream.log | tr '\n' ' ')"
internal=/usr/lib/rivers-desktop/_internal
missing=$(find /usr/lib/rivers-desktop -name '*.so*' -type f -exec env LD_LIBRARY_PATH="$internal:$internal/PySide6/Qt/lib" \
    ldd {} + 2>/dev/null | sed -n 's/^\s*\(\S*\) => not found.*/\1/p' | sort -u | tr '\n' ' ')
say "libraries not found" "${missing:-none}"
update-mime-database /usr/share/mime
mkdir -p "$home/a project" && printf '[project]\nname = "P"\ncode = "p.py"\n' >"$home/a project/rivers.toml"
say "type of rivers.toml" "$(gio info -a standard::content-type "$home/a project/rivers.toml" | sed -n 's/.*content-type: //p')"

cat >/tmp/journey.sh <<EOF
set -euo pipefail
export XDG_RUNTIME_DIR=/tmp/runtime-analyst QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 LC_ALL=C.UTF-8
mkdir -p -m 700 \$XDG_RUNTIME_DIR
cd "$home"
for display in 90 91 92; do
    Xvfb :\$display -screen 0 1400x900x24 -nolisten tcp >/dev/null 2>&1 &
    server=\$!
    sleep 2
    kill -0 \$server 2>/dev/null && break
done
export DISPLAY=:\$display
trap 'kill \$server' EXIT
dbus-run-session -- python3 "$here/drive_window.py" /tmp/pictures gio launch $entry 2>/tmp/journey.log
EOF
# The demo needs no network: there is none.
unshare --net su analyst -c "bash /tmp/journey.sh" >/tmp/seen || { cat /tmp/seen; tail -20 /tmp/journey.log; exit 1; }
say "from the menu entry, by mouse, without a network" "$(tail -1 /tmp/seen)"

apt-get purge -y -q --autoremove rivers-desktop >/tmp/apt.log 2>&1 || { cat /tmp/apt.log; exit 1; }
left=$(files | comm -13 /tmp/before - | grep -v -e '\.cache$' -e /ld.so.cache -e /var/lib/systemd -e __pycache__ || true)
say "left after purge" "${left:-nothing}"
say "projects after purge" "$(find "$home" -name 'rivers.toml' | wc -l) kept"
