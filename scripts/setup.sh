# Sourced by the other scripts: installs what perigee needs on Debian 12, and only what is missing.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

build_packages=(g++ cmake ninja-build pkg-config ca-certificates libluajit-5.1-dev libboost-dev
                libcurl4-openssl-dev libcsv-dev libevent-dev libssl-dev zlib1g-dev libjs-chart.js
                nlohmann-json3-dev libsimdjson-dev libfmt-dev libcli11-dev libexpected-dev)
test_packages=(catch2 python3 python3-jsonschema chromium clang libclang-rt-14-dev libxml2-utils
               openssl tmux)

install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  echo "installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# configure PRESET [cmake options]
configure() {
  cmake --preset "$@" >/dev/null
}

# build PRESET [targets]: what changed of them, or of everything.
build() {
  local preset=$1
  shift
  echo "building $preset"
  cmake --build --preset "$preset" ${1:+--target "$@"} -- --quiet
}
