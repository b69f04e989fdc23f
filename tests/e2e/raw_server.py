"""A server that answers each connection with given bytes: for answers that no mock would give."""

import socket
import struct
import threading
import time


def chunked(*parts):
    """An answer of status 200 that streams events, in chunks; not ended."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    head += b"transfer-encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


END = b"0\r\n\r\n"


def event(data):
    kind = data.split('"')[3]
    return f"event: {kind}\ndata: {data}\n\n".encode()


MESSAGE_START = event(
    '{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
    '"model":"claude-haiku-4-5","content":[],"stop_reason":null,"stop_sequence":null,'
    '"usage":{"input_tokens":5,"output_tokens":1}}}'
)
BLOCK_START = event(
    '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}'
)


def text_delta(text):
    return event(
        '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%s"}}' % text
    )


class RawServer:
    """Reads one request per connection, sends `answer`, and then closes it, or resets it.

    The answer is bytes, or a list of pieces: (seconds after the request, bytes).
    """

    def __init__(self, answer, reset=False):
        self._pieces = [(0, answer)] if isinstance(answer, bytes) else answer
        self._reset = reset
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # Wakes accept().
        self._listener.close()
        self._thread.join(10)

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    self._answer_one(connection)
                except OSError:
                    pass

    def _answer_one(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(65536)
        head, body = request.split(b"\r\n\r\n", 1)
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65536)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        begun = time.monotonic()
        for at, piece in self._pieces:
            time.sleep(max(0, begun + at - time.monotonic()))
            connection.sendall(piece)
        if self._reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
