"""`perigee mock` as those see it who point their own programs at it."""

import http.client
import json
import re
import signal
import socket
import time
import unittest

from harness import EndToEndTest, chat_script
from nginx import make_certificate

QUICK = ["--ttft", "20ms", "--itl", "2ms", "--tokens", "10", "--tokens-per-delta", "1"]
HEADERS = {
    "x-api-key": "any",
    "anthropic-version": "2023-06-01",
    "content-type": "application/json",
}


class MockTest(EndToEndTest):
    def request(self, mock, method, path, body=None, headers=None):
        """Returns (status, headers, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
        try:
            if isinstance(body, dict):
                body = json.dumps(body)
            connection.request(method, path, body, HEADERS if headers is None else headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers.items()), answer.read().decode()
        finally:
            connection.close()

    def message(self, mock, headers=None, **fields):
        body = {
            "model": "claude-haiku-4-5",
            "max_tokens": 64,
            "messages": [{"role": "user", "content": "Hello"}],
        }
        body = {name: value for name, value in (body | fields).items() if value is not None}
        status, headers, text = self.request(mock, "POST", "/v1/messages", body, headers)
        return status, {name.lower(): value for name, value in headers.items()}, text


class Life(MockTest):
    def test_it_says_where_it_listens(self):
        mock = self.start_mock(*QUICK)
        line = mock.stderr.splitlines()[0]
        where = f"perigee mock: http://127.0.0.1:{mock.port}, profile haiku "
        self.assertTrue(line.startswith(where + "(ttft 20.0ms, itl 2.00ms, tokens 10"), line)
        self.assertEqual(mock.stdout, "")

    def test_sigterm_and_ctrl_c_end_it_with_0(self):
        for number in signal.SIGTERM, signal.SIGINT:
            with self.subTest(signal=number.name):
                mock = self.start_mock()
                mock.send(number)
                self.assertEqual(mock.wait(10), 0, mock.stderr)

    def test_it_ends_though_streams_are_open(self):
        mock = self.start_mock("--ttft", "20ms", "--itl", "10s")
        stream = socket.create_connection(("127.0.0.1", mock.port), timeout=10)
        self.addCleanup(stream.close)
        body = b'{"model":"claude-haiku-4-5","max_tokens":64,"stream":true,'
        body += b'"messages":[{"role":"user","content":"Hello"}]}'
        head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        stream.sendall(f"POST /v1/messages HTTP/1.1\r\nhost: x\r\n{head}".encode())
        stream.sendall(b"content-length: %d\r\n\r\n%s" % (len(body), body))
        self.assertIn(b"200 OK", stream.recv(65536))
        mock.send(signal.SIGTERM)
        self.assertEqual(mock.wait(10), 0, mock.stderr)

    def test_bad_flags_are_refused_by_name(self):
        for flags, words in [
            (["--itl", "5x"], '--itl: expected a duration such as "30s", got "5x"'),
            (["--ttft", "lognorml:400ms,0.3"], 'did you mean "lognormal"?'),
            (["--tokens", "many"], "--tokens"),
            (["--fail", "429"], "--fail"),
            (["--fail", "200=5%"], "--fail"),
            (["--fail", "429=60%,529=60%"], "--fail"),
            (["--profile", "haikuu"], 'did you mean "haiku"?'),
            (["--port", "70000"], "--port"),
            (["--host", "no.such.host.invalid"], "no.such.host.invalid"),
            (["--record", "/no such folder/x"], "/no such folder/x"),
        ]:
            with self.subTest(flags=flags):
                port = [] if "--port" in flags else ["--port", 0]
                result = self.command("mock", *port, *flags, timeout=20)
                self.assertEqual(result.code, 104, str(result))
                self.assertIn(words, result.stderr)
                self.assertTrue(result.stderr.startswith("perigee mock: "), result.stderr)

    def test_a_port_that_is_taken_is_refused(self):
        mock = self.start_mock()
        result = self.command("mock", "--port", mock.port)
        self.assertEqual(result.code, 104)
        self.assertIn(f"127.0.0.1:{mock.port}: Address already in use", result.stderr)


class Messages(MockTest):
    def test_an_answer_in_one_piece(self):
        status, headers, text = self.message(self.start_mock(*QUICK))
        message = json.loads(text)
        self.assertEqual(status, 200)
        self.assertEqual(headers["content-type"], "application/json")
        self.assertRegex(headers["request-id"], r"^req_\w+$")
        self.assertEqual((message["type"], message["role"]), ("message", "assistant"))
        self.assertEqual([block["type"] for block in message["content"]], ["text"])
        self.assertEqual(message["usage"]["output_tokens"], 10)
        self.assertEqual(message["stop_reason"], "end_turn")
        self.assertRegex(message["model"], r"^claude-haiku-4-5")

    def test_a_stream_has_the_events_of_the_api(self):
        status, headers, text = self.message(self.start_mock(*QUICK), stream=True)
        self.assertEqual(status, 200)
        self.assertTrue(headers["content-type"].startswith("text/event-stream"))
        self.assertTrue(text.endswith("\n\n"))
        names, datas = [], []
        for block in text.split("\n\n")[:-1]:
            event_line, data_line = block.split("\n")
            names.append(re.fullmatch(r"event: (\w+)", event_line).group(1))
            datas.append(json.loads(re.fullmatch(r"data: (.*)", data_line).group(1)))
        self.assertEqual(names, [data["type"] for data in datas])
        shape = [name for name in names if name != "ping"]
        self.assertEqual(
            shape,
            ["message_start", "content_block_start"]
            + ["content_block_delta"] * 10
            + ["content_block_stop", "message_delta", "message_stop"],
        )
        self.assertIn("ping", names)
        self.assertEqual(datas[-2]["usage"]["output_tokens"], 10)
        self.assertEqual(datas[-2]["delta"]["stop_reason"], "end_turn")

    def test_max_tokens_cuts_the_answer(self):
        _, _, text = self.message(self.start_mock(*QUICK), max_tokens=4)
        message = json.loads(text)
        self.assertEqual(message["stop_reason"], "max_tokens")
        self.assertEqual(message["usage"]["output_tokens"], 4)

    def test_it_takes_its_time(self):
        mock = self.start_mock("--ttft", "300ms", "--itl", "20ms", "--tokens", "11")
        for stream in False, True:
            began = time.monotonic()
            status, _, _ = self.message(mock, stream=stream)
            self.assertEqual(status, 200)
            self.assertAlmostEqual(time.monotonic() - began, 0.5, delta=0.15)

    def test_bad_requests_are_refused_as_the_api_does(self):
        mock = self.start_mock(*QUICK)
        no_version = {name: HEADERS[name] for name in HEADERS if name != "anthropic-version"}
        no_key = {name: HEADERS[name] for name in HEADERS if name != "x-api-key"}
        for status, kind, words, fields in [
            (400, "invalid_request_error", "max_tokens: Field required", {"max_tokens": None}),
            (400, "invalid_request_error", "max_tokens", {"max_tokens": "many"}),
            (400, "invalid_request_error", "max_tokens", {"max_tokens": 10**9}),
            (400, "invalid_request_error", "messages: Field required", {"messages": None}),
            (400, "invalid_request_error", "at least one message", {"messages": []}),
            (400, "invalid_request_error", "messages.0", {"messages": [{"role": "user"}]}),
            (400, "invalid_request_error", "stream", {"stream": "yes"}),
            (400, "invalid_request_error", "anthropic-version", {"headers": no_version}),
            (401, "authentication_error", "x-api-key", {"headers": no_key}),
            (404, "not_found_error", "missing-model", {"model": "missing-model"}),
        ]:
            with self.subTest(words=words):
                got, headers, text = self.message(mock, **fields)
                error = json.loads(text)
                self.assertEqual(got, status, text)
                self.assertEqual((error["type"], error["error"]["type"]), ("error", kind))
                self.assertIn(words, error["error"]["message"])
                self.assertEqual(error["request_id"], headers["request-id"])

    def test_a_body_that_is_not_json_is_refused(self):
        status, _, text = self.request(self.start_mock(), "POST", "/v1/messages", "{not json")
        self.assertEqual(status, 400)
        self.assertIn("not valid JSON", json.loads(text)["error"]["message"])

    def test_other_paths_and_methods_are_refused(self):
        mock = self.start_mock()
        self.assertEqual(self.request(mock, "GET", "/nowhere")[0], 404)
        self.assertEqual(self.request(mock, "GET", "/v1/messages")[0], 405)

    def test_injected_failures_have_the_apis_shape(self):
        mock = self.start_mock("--fail", "429=100%")
        status, headers, text = self.message(mock, stream=True)
        self.assertEqual(status, 429)
        self.assertEqual(headers["retry-after"], "1")
        self.assertEqual(json.loads(text)["error"]["type"], "rate_limit_error")


class Tools(MockTest):
    def test_echo_says_what_it_got(self):
        mock = self.start_mock()
        headers = {"X-Spec": "yes"}
        status, _, text = self.request(mock, "PUT", "/echo?q=moon", "a body", headers)
        echo = json.loads(text)
        self.assertEqual(status, 200)
        self.assertEqual((echo["method"], echo["query"], echo["body"]), ("PUT", "q=moon", "a body"))
        self.assertEqual(echo["headers"]["x-spec"], "yes")

    def test_status_and_delay_do_as_they_are_told(self):
        mock = self.start_mock()
        self.assertEqual(self.request(mock, "GET", "/status/418")[0], 418)
        self.assertEqual(self.request(mock, "GET", "/status/42")[0], 400)
        began = time.monotonic()
        self.assertEqual(self.request(mock, "GET", "/delay/300ms")[0], 200)
        self.assertAlmostEqual(time.monotonic() - began, 0.3, delta=0.15)
        self.assertEqual(self.request(mock, "GET", "/delay/30x")[0], 400)


class Record(MockTest):
    def test_it_writes_down_every_stream(self):
        path = self.folder / "record.jsonl"
        mock = self.start_mock(*QUICK, "--record", path)
        answers = [self.message(mock, stream=True) for _ in range(3)]
        self.message(mock)
        self.stop_mock(mock)
        records = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual(
            [record["request_id"] for record in records],
            [headers["request-id"] for _, headers, _ in answers],
        )
        for record, (_, _, text) in zip(records, answers):
            self.assertEqual(record["status"], 200)
            self.assertFalse(record["closed_early"])
            self.assertEqual(record["output_tokens"], 10)
            names = [event["name"] for event in record["events"]]
            self.assertEqual(names, re.findall(r"^event: (\w+)$", text, re.M))
            self.assertEqual(sum(event["tokens"] for event in record["events"]), 10)
            sent = [record["received_ns"]] + [event["sent_ns"] for event in record["events"]]
            self.assertEqual(sent, sorted(sent))
            deltas = [e["sent_ns"] for e in record["events"] if e["name"] == "content_block_delta"]
            self.assertAlmostEqual((deltas[0] - record["received_ns"]) / 1e6, 20, delta=15)
            self.assertAlmostEqual((deltas[-1] - deltas[0]) / 1e6, 18, delta=15)

    def test_streams_that_end_early_are_marked(self):
        path = self.folder / "record.jsonl"
        mock = self.start_mock("--ttft", "20ms", "--itl", "20ms", "--record", path)
        flags = ["-u", 2, "-d", "200ms", "--graceful-stop", "0s"]
        result = self.run_script(chat_script(), *flags, server=mock)
        self.assertEqual(result.counter("llm_requests", outcome="censored"), 2)
        self.stop_mock(mock)
        records = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual([record["closed_early"] for record in records], [True, True])

    def test_the_same_seed_answers_alike(self):
        texts = []
        for seed in 5, 5, 6:
            mock = self.start_mock("--itl", "1ms", "--ttft", "1ms", "--seed", seed)
            content = [json.loads(self.message(mock)[2])["content"][0]["text"] for _ in range(3)]
            texts.append(content)
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])


class Https(MockTest):
    FAST = ("--ttft", "20ms", "--itl", "2ms", "--tokens", "10")

    def run_against(self, mock, *flags):
        env = {"ANTHROPIC_BASE_URL": f"https://127.0.0.1:{mock.port}"}
        return self.run_script(chat_script(), "-u", 10, "-i", 100, *flags, mock=None, env=env)

    def test_with_a_certificate_made_for_the_occasion(self):
        mock = self.start_mock("--tls", *self.FAST)
        result = self.run_against(mock, "--insecure")
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_requests", outcome="completed"), 100)
        self.assertEqual(result.counter("llm_output_tokens"), 1000)
        # Nobody else vouches for it.
        result = self.run_against(mock)
        self.assertEqual(result.counter("llm_requests", error="tls"), 100)

    def test_with_a_certificate_of_ones_own(self):
        key, certificate = make_certificate(self.folder)
        mock = self.start_mock("--tls", "--cert", certificate, "--key", key, *self.FAST)
        result = self.run_against(mock, "--ca-file", certificate)
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_requests", outcome="completed"), 100)


class BesideARun(MockTest):
    def test_it_goes_when_the_run_is_killed(self):
        process = self.start_script(chat_script(), "-d", "60s")
        port = int(process.wait_for_stderr(r"http://127\.0\.0\.1:(\d+)").group(1))
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        process.kill()
        deadline = time.monotonic() + 10
        with self.assertRaises(ConnectionRefusedError):
            while time.monotonic() < deadline:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
