"""perigee.http against a real web server: redirects, cookies, TLS, proxies and debug output."""

import re
import shutil
import unittest

from harness import EndToEndTest
from web_server import WebServer, make_certificate


class HttpTest(EndToEndTest):
    def serve(self, **options):
        server = WebServer(**options)
        self.addCleanup(server.close)
        return server

    def run_http(self, body, *flags, before="", load=("-i", 1), env=None):
        """Runs a script whose default function has `body`; `print` writes on stderr."""
        script = f"""
local perigee = require "perigee"
local http = require "perigee.http"
{before}
return {{ default = function(user) {body} end }}
"""
        # The caller's own proxies are none of these tests' business.
        no_proxies = {"http_proxy": "", "https_proxy": "", "all_proxy": "", "no_proxy": ""}
        env = no_proxies | (env or {})
        return self.run_script(script, *load, *flags, mock=None, env=env)


class Redirects(HttpTest):
    def test_each_hop_is_a_request_of_its_own(self):
        server = self.serve()
        result = self.run_http(
            f"""
            local r = http.post("{server.url}/see-other", "text", {{ name = "form" }})
            print(r.status, r.redirects, r.url, r.method, r:json().method)
            """
        )
        self.assertCode(0, result)
        self.assertIn(f"200\t1\t{server.url}/echo\tPOST\tGET", result.stderr)
        self.assertEqual(result.counter("http_reqs", name="form"), 2)
        self.assertEqual(result.counter("http_reqs", method="POST", status="303"), 1)
        self.assertEqual(result.counter("http_reqs", method="GET", status="200"), 1)
        self.assertEqual(result.rate("http_req_failed"), (0, 2))

    def test_a_loop_ends_at_the_limit(self):
        server = self.serve()
        result = self.run_http(
            f"""
            local r = http.get("{server.url}/loop", {{ redirects = 3 }})
            print(r.ok, r.status, r.redirects, r.error.kind, r.error.message)
            print(http.get("{server.url}/loop", {{ redirects = 0 }}).ok)
            """
        )
        self.assertIn("false\t302\t3\tprotocol\tstopped after 3 redirects", result.stderr)
        self.assertRegex(result.stderr, r"(?m)true$")
        self.assertEqual(len(server.requests), 5)

    def test_credentials_do_not_go_to_another_server(self):
        elsewhere = self.serve()
        server = self.serve(away=f"{elsewhere.url}/there")
        self.run_http(
            f"""
            http.get("{server.url}/away", {{
              headers = {{ ["x-api-key"] = "hush", ["x-plain"] = "told" }},
              auth = {{ user = "ann", password = "hush" }}, cookies = {{ session = "hush" }},
            }})
            """
        )
        first, second = server.requests[0]["headers"], elsewhere.requests[0]["headers"]
        for name in ("authorization", "x-api-key", "cookie"):
            self.assertIn(name, first)
            self.assertNotIn(name, second)
        self.assertEqual(second["x-plain"], "told")


class Cookies(HttpTest):
    def test_each_user_has_its_own_and_keeps_them(self):
        server = self.serve()
        result = self.run_http(
            f"""
            user.visits = (user.visits or 0) + 1
            local login = "{server.url}/login"
            if user.visits == 1 then http.post(login, tostring(user.id)) end
            http.get("{server.url}/page?" .. user.id)
            """,
            load=("-u", 5, "-i", 50),
        )
        self.assertCode(0, result)
        pages = [r for r in server.requests if not r["path"].startswith("/login")]
        visits = [r for r in pages if r["path"].startswith("/page")]
        self.assertEqual(len(visits), 50)
        for request in visits:
            user = request["path"].partition("?")[2]
            self.assertEqual(request["headers"]["cookie"], f"user={user}")
        # The redirect of the login has the cookie already.
        self.assertTrue(all("cookie" in r["headers"] for r in pages if r["path"] == "/home"))

    def test_they_can_be_left_out_and_forgotten(self):
        server = self.serve()
        result = self.run_http(
            f"""
            local url = "{server.url}"
            local r = http.post(url .. "/login", "ann", {{ redirects = 0 }})
            print("set", r.cookies.user)
            http.get(url .. "/1")
            http.get(url .. "/2", {{ no_cookies = true }})
            http.get(url .. "/3", {{ cookies = {{ theme = "dark" }} }})
            http.clear_cookies()
            http.get(url .. "/4")
            """
        )
        self.assertIn("set\tann", result.stderr)
        seen = {r["path"]: r["headers"].get("cookie") for r in server.requests}
        self.assertEqual(seen["/1"], "user=ann")
        self.assertIsNone(seen["/2"])
        self.assertEqual(seen["/3"], "user=ann; theme=dark")
        self.assertIsNone(seen["/4"])


class Hosts(HttpTest):
    def test_a_path_is_on_the_host_of_the_run(self):
        server = self.serve()
        body = 'print(http.get("/items?page=2").url)'
        result = self.run_http(body, "-H", server.url + "/shop/")
        self.assertCode(0, result)
        self.assertIn(f"{server.url}/shop/items?page=2\n", result.stderr)
        self.assertEqual(result.counter("http_reqs", name="/items"), 1)

    def test_a_path_without_a_host_is_a_mistake_that_says_what_to_do(self):
        result = self.run_http('http.get("/items")')
        self.assertCode(107, result)
        mistake = r'script\.lua:\d+: perigee\.http\.get: "/items" needs a host'
        self.assertRegex(result.stderr, mistake)

    def test_defaults_hold_for_all_requests(self):
        server = self.serve()
        result = self.run_http(
            f"""
            local echo = http.get("{server.url}/a", {{ headers = {{ B = "own" }} }}):json().headers
            print(echo.a, echo.b)
            print(http.get("{server.url}/loop").ok)
            """,
            before="""http.defaults {
              headers = { a = "all", b = "all" }, redirects = 0, expected_statuses = { 200 } }""",
        )
        self.assertIn("all\town\n", result.stderr)
        self.assertRegex(result.stderr, r"(?m)false$")


class Wire(HttpTest):
    def test_compressed_answers_are_decoded(self):
        server = self.serve()
        result = self.run_http(f'print("length", #http.get("{server.url}/zipped").body)')
        self.assertIn("length\t5000\n", result.stderr)
        self.assertLess(result.counter("data_received"), 1000)

    def test_connections_are_kept_unless_told_not_to(self):
        for flags, connections in ((), 1), (("--no-connection-reuse",), 4):
            server = self.serve()
            result = self.run_http(f'http.get("{server.url}/")', *flags, load=("-i", 4))
            self.assertCode(0, result)
            self.assertEqual(len({r["connection"] for r in server.requests}), connections)

    def test_requests_go_through_the_proxy(self):
        body = 'print(http.get("http://somewhere.invalid/path?q=1"):json().path)'
        proxy = self.serve()
        result = self.run_http(body, "--proxy", f"http://ann:hush@127.0.0.1:{proxy.port}")
        self.assertIn("http://somewhere.invalid/path?q=1\n", result.stderr)
        self.assertIn("proxy-authorization", proxy.requests[0]["headers"])
        self.assertNotIn("hush", result.stdout + result.stderr)
        result = self.run_http(body, env={"http_proxy": proxy.url})
        self.assertIn("http://somewhere.invalid/path?q=1\n", result.stderr)


@unittest.skipUnless(shutil.which("openssl"), "needs the openssl command")
class Tls(HttpTest):
    def setUp(self):
        super().setUp()
        self.certificate = make_certificate(self.folder / "server.pem")
        self.server = self.serve(certificate=self.certificate)
        self.body = f"""
            local r = http.get("{self.server.url}/")
            print("got", r.status, r.error and r.error.kind)
            """

    def test_an_unknown_certificate_is_refused(self):
        result = self.run_http(self.body)
        self.assertIn("got\t0\ttls\n", result.stderr)
        self.assertEqual(result.rate("http_req_failed"), (1, 1))

    def test_the_authority_of_a_file_is_trusted(self):
        result = self.run_http(self.body, "--ca-file", self.certificate)
        self.assertIn("got\t200\tnil\n", result.stderr)
        self.assertGreater(result.trend("http_req_tls_handshaking").max, 0)

    def test_verification_can_be_left_out(self):
        result = self.run_http(self.body, "--insecure")
        self.assertIn("got\t200\tnil\n", result.stderr)
        body = self.body.replace('/")', '/", { insecure = true })')
        self.assertIn("got\t200\tnil\n", self.run_http(body).stderr)


class Debug(HttpTest):
    def request(self, server):
        return f"""
            http.post("{server.url}/path?api_key=hush", "the body", {{
              headers = {{ ["x-api-key"] = "hush", ["x-plain"] = "told" }},
              auth = {{ user = "ann", password = "hush" }}, cookies = {{ session = "hush" }},
            }})
            """

    def test_headers_are_shown_without_what_is_secret(self):
        server = self.serve()
        result = self.run_http(self.request(server), "--http-debug")
        self.assertRegex(result.stderr, r"(?m)^> \d+ POST /path\?api_key=\*\*\* HTTP/1\.1$")
        self.assertRegex(result.stderr, r"(?m)^> \d+ x-plain: told$")
        self.assertRegex(result.stderr, r"(?m)^> \d+ x-api-key: \*\*\*$")
        self.assertRegex(result.stderr, r"(?m)^< \d+ HTTP/1\.1 200 OK$")
        self.assertNotIn("the body", result.stderr)
        self.assertNotIn("hush", result.stderr)
        self.assertNotIn("YW5uOmh1c2g=", result.stderr)

    def test_bodies_are_shown_where_all_is_asked_for(self):
        server = self.serve()
        result = self.run_http(f'http.post("{server.url}/", "the body")', "--http-debug=full")
        self.assertEqual(len(re.findall(r"(?m)^> \d+ the body$", result.stderr)), 1)
        self.assertRegex(result.stderr, r'(?m)^< \d+ \{"method": "POST"')


if __name__ == "__main__":
    unittest.main()
