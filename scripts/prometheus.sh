# Sourced by scripts/test: Prometheus and promtool for the tests, unpacked under build/prometheus. It is
# not installed: an installed one would start to serve.

unpack_prometheus() {
  local root=$PWD/build/prometheus
  [ -x "$root/usr/bin/prometheus" ] && return
  mkdir -p "$root/packages"
  echo "unpacking prometheus"
  (cd "$root/packages" && apt-get download -qq prometheus 2>/dev/null)
  dpkg -x "$root"/packages/prometheus_*.deb "$root"
}
