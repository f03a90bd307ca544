#!/bin/sh
# Makes .venv-mmseg: all of the course's environment, and the extra atrous[mmseg] on top. $1: the course's python.
set -eu
python=$1
cd "$(dirname "$0")/.."
rm -rf .venv-mmseg
"$python" -m venv --without-pip .venv-mmseg
.venv-mmseg/bin/python - "$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" <<'CODE'
import pathlib, sys, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "course.pth").write_text(sys.argv[1])
CODE
.venv-mmseg/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[mmseg]'
touch .venv-mmseg/.ready
