#!/usr/bin/env bash
# Makes the virtual environment of a checkout and installs the project in it, editable, with the dev group.
# Usage: [PYTHON=python3.13] packaging/make_venv.sh .venv
set -euo pipefail

venv=${1:?usage: packaging/make_venv.sh VENV}
python=${PYTHON:-python3}

fail() {
    echo "$1" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null
}

make_venv() {
    "$python" -m venv "$venv" >"$log" 2>&1 && "$venv/bin/python" -m pip --version >>"$log" 2>&1
}

# Debian ships `python3` without the `venv` it takes to make an environment; as root it is fetched here.
install_debian_venv() {
    local package
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if ! command -v apt-get >/dev/null; then
        cat "$log" >&2
        fail "$python could not make a virtual environment. Install its venv module and ensurepip, then try again."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        # One line for all: what Qt and the tests need cannot be looked up before there is an environment.
        echo "$python cannot make virtual environments yet. Run this line and try again:"
        echo "  sudo apt-get install -y --no-install-recommends $package $("$python" packaging/system_packages.py list)"
        exit 1
    fi
    echo "Installing $package"
    apt-get update -q >/dev/null || echo "Some package lists could not be fetched; going on with the others." >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package" >/dev/null
}

command -v "$python" >/dev/null || fail "There is no $python here. Install Python 3.11 or newer, or say make PYTHON=..."
is_new_enough "$python" || fail "$python is older than 3.11. Install a newer one, or say make PYTHON=python3.11"

if ! { is_new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    rm -rf "$venv"
    echo "Making $venv with $("$python" --version)"
    if ! make_venv; then
        rm -rf "$venv"
        install_debian_venv
        make_venv || { cat "$log" >&2; rm -rf "$venv"; fail "$python could not make a virtual environment."; }
    fi
fi

echo "Installing Rivers Desktop and what it is developed with"
# --group came with pip 25.1, which is newer than the pip that most Pythons bring.
"$venv/bin/python" -m pip install --quiet --upgrade "pip>=25.1"
"$venv/bin/python" -m pip install --quiet --editable . --group dev
