#!/bin/sh
# Sees to it that Chromium is here, from the system's own packages; otherwise says in one line what to install.
set -u
command -v chromium >/dev/null 2>&1 && exit 0

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo -n"
install() {
    if command -v apt-get >/dev/null 2>&1; then $as_root apt-get update -qq && $as_root apt-get install -y -qq chromium fonts-dejavu-core
    elif command -v dnf >/dev/null 2>&1; then $as_root dnf install -y -q chromium
    elif command -v pacman >/dev/null 2>&1; then $as_root pacman -S --noconfirm --quiet chromium
    else return 1; fi
}
install >/dev/null 2>&1 && command -v chromium >/dev/null 2>&1 && exit 0
echo "chromium could not be installed; install the package chromium, or the tests in a browser are skipped"
exit 1
