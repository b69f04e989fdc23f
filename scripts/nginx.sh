# Sourced by scripts/test: an nginx with Lua and HTTP/2 for the tests, unpacked under build/nginx. It
# is not installed: Debian's nginx module and perigee want two LuaJITs that exclude each other as
# packages, and an installed nginx would start to serve.

unpack_nginx() {
  local root=$PWD/build/nginx
  [ -x "$root/usr/sbin/nginx" ] && return
  mkdir -p "$root/packages"
  echo "unpacking nginx"
  (cd "$root/packages" && apt-get download -qq nginx libpcre2-8-0 libpcre3 libnginx-mod-http-ndk \
    libnginx-mod-http-lua libluajit2-5.1-2 lua-resty-core lua-resty-lrucache 2>/dev/null)
  local package
  for package in "$root"/packages/*.deb; do dpkg -x "$package" "$root"; done
}
