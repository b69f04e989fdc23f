"""An nginx of its own for a test: in front of the mock, or as a server that says given bytes.

It is the one that scripts/test has unpacked under build/nginx, with Debian's Lua module.
"""

import os
import pathlib
import pwd
import socket
import subprocess

from harness import ROOT, wait_until

UNPACKED = ROOT / "build/nginx"
BINARY = UNPACKED / "usr/sbin/nginx"
LIBRARIES = f"{UNPACKED}/usr/lib/x86_64-linux-gnu:{UNPACKED}/lib/x86_64-linux-gnu"
LUA_PATH = f"{UNPACKED}/usr/share/lua/5.1/?.lua;;"

# As root it would work as nobody, who may not be let into the folder of the sources.
FRAME = """
user {user};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  lua_package_path "{lua_path}";
  {http}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    """A key and a certificate for 127.0.0.1 that signs itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )
    return key, certificate


class Nginx:
    """Runs until close(). `http` is what stands in the http block, with {port} for its port."""

    def __init__(self, folder, http):
        self.port = free_port()
        self.folder = pathlib.Path(folder)
        config = self.folder / "nginx.conf"
        config.write_text(
            FRAME.format(
                folder=folder,
                user=pwd.getpwuid(os.getuid()).pw_name,
                modules=UNPACKED / "usr/lib/nginx/modules",
                lua_path=LUA_PATH,
                http=http.replace("{port}", str(self.port)),
            )
        )
        environment = os.environ | {"LD_LIBRARY_PATH": LIBRARIES}
        self._child = subprocess.Popen(
            [str(BINARY), "-c", str(config), "-p", str(folder), "-e", f"{folder}/error.log"],
            env=environment, stdin=subprocess.DEVNULL,
        )
        wait_until(self._is_listening, 10, "nginx")

    def _is_listening(self):
        if self._child.poll() is not None:
            raise AssertionError((self.folder / "error.log").read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self):
        self._child.terminate()
        self._child.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
