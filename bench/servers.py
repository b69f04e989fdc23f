"""The servers that all peers of a comparison are measured against."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import urllib.request

from measure import BUILD, HERE, PERIGEE, ROOT, Running, wait_until

sys.path.insert(0, str(ROOT / "tests/e2e"))

from nginx import BINARY, LIBRARIES, free_port, make_certificate  # noqa: E402


class EventServer(Running):
    """Endless streams, an event every `gap_us` on each; counts what it sent."""

    def __init__(self, gap_us):
        super().__init__(BUILD / "bench/event_server", gap_us, stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def told(self):
        with socket.create_connection(("127.0.0.1", self.port)) as link:
            link.sendall(b"GET /sent HTTP/1.1\r\n\r\n")
            answer = b""
            while part := link.recv(4096):
                answer += part
        return tuple(map(int, answer.split()[-2:]))

    def streams(self):
        return self.told()[0]

    def count(self):
        return self.told()[1]


class Mock(Running):
    """`perigee mock` on a free port."""

    def __init__(self, *flags):
        ready, tell = os.pipe()
        super().__init__(PERIGEE, "mock", "--port", 0, "--ready-fd", tell, *flags, pass_fds=[tell])
        os.close(tell)
        with os.fdopen(ready) as pipe:
            line = pipe.readline()
        if not line:
            self.child.wait()
            self.check()
        self.port = int(line)
        scheme = "https" if "--cert" in flags else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"


NGINX = """
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 19900; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} {listen} backlog=8192;
    {tls}
    location = /count {{ stub_status; }}
    location / {{
      default_type application/json;
      return 200 '{{"id":"item_0001","name":"eyepiece","price":129.5,"stock":{{"shop":3,"store":12}}}}';
    }}
  }}
}}
"""


class Nginx(Running):
    """A small JSON answer for everything. `tls` is None, "full" (every handshake is a whole one) or
    "resumed" (sessions may go on). count() are its requests."""

    def __init__(self, folder, tls=None):
        self.port, count_port = free_port(), free_port()
        lines = ""
        if tls is not None:
            key, self.certificate = make_certificate(folder)
            tickets = "on" if tls == "resumed" else "off"
            lines = (f"ssl_certificate {self.certificate}; ssl_certificate_key {key};"
                     f" ssl_protocols TLSv1.3; ssl_session_tickets {tickets};"
                     " ssl_session_cache off;"
                     f" listen 127.0.0.1:{count_port};")
        config = pathlib.Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(
            folder=folder, port=self.port, listen="ssl" if tls else "", tls=lines,
            user="user root;" if os.getuid() == 0 else ""))
        super().__init__(BINARY, "-c", config, "-p", folder, "-e", f"{folder}/error.log",
                         env={"LD_LIBRARY_PATH": LIBRARIES})
        self.count_url = f"http://127.0.0.1:{count_port if tls else self.port}/count"
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/item"
        wait_until(self._listens, 10, "nginx", self)

    def _listens(self):
        try:
            return self.count() > 0
        except OSError:
            return False

    def count(self):
        with urllib.request.urlopen(self.count_url) as answer:
            return int(re.search(r"requests\s+\d+ \d+ (\d+)", answer.read().decode())[1])

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()


__all__ = ["EventServer", "Mock", "Nginx", "make_certificate", "HERE"]
