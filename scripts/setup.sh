#!/usr/bin/env bash
# Makes the environment: Debian packages (only as root and only when missing), the virtual environment, the browser client.
# usage: scripts/setup.sh run|turn|test
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-run}

debian_install() { # names of packages that are missing, installed in one call
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing Debian packages: ${missing[*]}" >&2
    echo "Install them with: sudo apt-get install -y ${missing[*]}" >&2
    return 1
  fi
  echo "Installing Debian packages: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_relay() { # Debian starts coturn with a configuration that is not ours; `hearing-server turn` runs one of its own
  command -v turnserver >/dev/null && return 0
  debian_install coturn || return 1
  [ ! -d /run/systemd/system ] || systemctl disable --now --quiet coturn
}

python=""
for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
  if [ -n "$candidate" ] && command -v "$candidate" >/dev/null &&
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  debian_install python3 && python=python3
fi

can_compile() { command -v gcc && "$python" -c 'import pathlib, sysconfig; (pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h").stat()'; }
can_compile >/dev/null 2>&1 || debian_install gcc libc6-dev python3-dev ||
  echo "Going on without a C compiler: forwarding will take more than twice the CPU time." >&2

# The combined video carries Chinese plates; without a CJK font the server still runs and says what is missing.
debian_install fontconfig fonts-noto-cjk || echo "Going on without the CJK font: names in the combined video will be missing." >&2
if [ "$purpose" = test ]; then
  debian_install chromium ffmpeg openssl poppler-utils
  debian_install postgresql || echo "Going on without PostgreSQL: its tests will be skipped." >&2
  debian_install redis-server || echo "Going on without Redis: its tests will be skipped." >&2
  # Without these the tests that need them are skipped: a second browser; a relay; networks that can be broken.
  debian_install firefox-esr iproute2 gcc libc6-dev || true
fi
if [ "$purpose" = test ] || [ "$purpose" = turn ]; then
  install_relay || [ "$purpose" = test ]
fi

if ! [ -x .venv/bin/python ]; then
  "$python" -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; debian_install python3-venv && "$python" -m venv .venv; }
fi
extras=run
[ "$purpose" = test ] && extras=dev,cluster,stores,run
stamp=.venv/.installed-$purpose
wanted=$(cat pyproject.toml scripts/setup.sh signaling/media/compiled/*.p?[xd] | sha256sum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  echo "Installing Python packages…"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[$extras]"
  echo "$wanted" >"$stamp"
fi
.venv/bin/python web_client/build.py
