#!/bin/sh
# Put uv into .uv/bin. Needs Python 3.11 or newer and a package index; never root.
# A bare Debian has neither pip nor venv: then pip's own wheel is taken from Debian's package, unpacked, not installed.
set -eu
python=${1:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
target=$here/.uv

fail() { printf 'disengage: %s\n' "$1" >&2; exit 2; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "Python 3.11 or newer is needed as '$python'. Name another one with: make PYTHON=/path/to/python3.11"

rm -rf "$target"
mkdir -p "$target"

install_with() { "$@" install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action ignore \
    --require-hashes --only-binary :all: --target "$target/lib" -r "$here/tools/uv.txt"; }

pip_from_debian() {
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || return 1
    (cd "$target" && apt-get download --quiet=2 python3-pip-whl >/dev/null 2>&1) || return 1
    dpkg-deb -x "$target"/python3-pip-whl_*.deb "$target/debian" || return 1
    wheel=$(ls "$target"/debian/usr/share/python-wheels/pip-*.whl 2>/dev/null | head -n 1)
    [ -n "$wheel" ]
}

if "$python" -m pip --version >/dev/null 2>&1; then
    install_with "$python" -m pip
elif "$python" -c 'import ensurepip' >/dev/null 2>&1 && "$python" -m venv "$target/seed" >/dev/null 2>&1; then
    install_with "$target/seed/bin/python" -m pip
elif pip_from_debian; then
    install_with "$python" "$wheel/pip"
else
    fail "no pip could be found or fetched. Install the package python3-venv, then run make again."
fi
mkdir -p "$target/bin"
ln -sf ../lib/bin/uv "$target/bin/uv"
rm -rf "$target/debian" "$target/seed" "$target"/python3-pip-whl_*.deb
