"""A small web server for tests of perigee.http: it answers by path and keeps what was asked."""

import gzip
import http.server
import json
import ssl
import subprocess
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.note(self, body)
        path = self.path.partition("?")[0]
        if path == "/login":
            self.answer(302, Location="/home", Set_Cookie=f"user={body.decode()}; HttpOnly")
        elif path == "/loop":
            self.answer(302, Location="/loop")
        elif path == "/away":
            self.answer(302, Location=self.server.away)
        elif path == "/see-other":
            self.answer(303, Location="/echo")
        elif path == "/zipped":
            self.answer(200, gzip.compress(b"moon " * 1000), Content_Encoding="gzip")
        else:
            echo = {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": body.decode("latin-1"),
            }
            self.answer(200, json.dumps(echo).encode(), Content_Type="application/json")

    do_GET = do_POST = do_PUT = do_HEAD = serve


class WebServer:
    """Listens on a free port of 127.0.0.1; with a certificate, over TLS."""

    def __init__(self, certificate=None, away=""):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.note = self._note
        self._server.away = away
        self._lock = threading.Lock()
        self.requests = []  # {method, path, headers by lower-case name, body, connection}
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _note(self, handler, body):
        with self._lock:
            self.requests.append(
                {
                    "method": handler.command,
                    "path": handler.path,
                    "headers": {k.lower(): v for k, v in handler.headers.items()},
                    "body": body,
                    "connection": handler.client_address[1],
                }
            )


def make_certificate(path):
    """A self-signed certificate of 127.0.0.1 with its key, in one PEM file."""
    key = path.with_suffix(".key")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=perigee test"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", path]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    path.write_text(path.read_text() + key.read_text())
    return path
