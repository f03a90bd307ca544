#!/bin/sh
# Sees to it that bubblewrap and libseccomp are here, where they can be installed; otherwise says in one line how.
set -u
[ "$(uname -s)" = Linux ] || exit 0
command -v bwrap >/dev/null 2>&1 && ldconfig -p 2>/dev/null | grep -q 'libseccomp\.so\.2' && exit 0
command -v bwrap >/dev/null 2>&1 && [ -n "$(find /usr/lib /lib -name 'libseccomp.so.2' 2>/dev/null | head -n 1)" ] && exit 0

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo -n"
install() {
    if command -v apt-get >/dev/null 2>&1; then $as_root apt-get update -qq && $as_root apt-get install -y -qq bubblewrap libseccomp2
    elif command -v dnf >/dev/null 2>&1; then $as_root dnf install -y -q bubblewrap libseccomp
    elif command -v pacman >/dev/null 2>&1; then $as_root pacman -S --noconfirm --quiet bubblewrap libseccomp
    else return 1; fi
}
install >/dev/null 2>&1 && exit 0
echo "bubblewrap could not be installed; install the packages bubblewrap and libseccomp2 (or: atrous grade --sandbox=process, for submissions that you trust)"
exit 0
