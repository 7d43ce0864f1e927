"""HTTP/1.1 on a blocking socket: one request in, one response out, the connection kept.

The standard library's http.server is not used: its parsing costs more than the whole answer to a small object, and a
fault needs the socket itself. Each Connection belongs to one thread.
"""
import email.utils
import http.client
import select
import socket
import time
from urllib.parse import unquote_to_bytes

MAX_HEAD_BYTES = 64 << 10
LEAVE_SECONDS = 1


class BadRequest(Exception):
    """What arrived is not HTTP this server can answer; the connection ends."""


class PeerGone(Exception):
    """The client closed, or the server is stopping: nothing more to send."""


class Request:
    """One parsed request head. Header order and repeats are kept for signing. The body stays in the connection."""

    def __init__(self, method, target, headers):
        self.method = method
        self.target = target
        self.headers = headers
        self.lower = {}
        for name, value in headers:
            key = name.lower()
            self.lower[key] = f"{self.lower[key]},{value}" if key in self.lower else value
        self.raw_path, _, self.raw_query = target.partition("?")
        self.path = decoded(self.raw_path)
        self.query = parse_query(self.raw_query)
        self.args = dict(self.query)
        self.received = time.monotonic()
        self.bucket = self.key = self.operation = self.access_key = ""
        self.content = b""  # the body, of services that read it before they check the signature
        self.permits = None  # (action, resource, context) -> bool, of a signer who may not do everything

    def header(self, name, default=""):
        return self.lower.get(name, default)

    def content_length(self):
        text = self.header("content-length", "0")
        if not text.isdigit():
            raise BadRequest("Content-Length is not a number")
        return int(text)


def decoded(text):
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("the path or query is not UTF-8") from None


def parse_query(raw):
    pairs = (part.partition("=") for part in raw.split("&") if part)
    return [(decoded(name.replace("+", " ")), decoded(value.replace("+", " "))) for name, _, value in pairs]


class Response:
    """`body` is bytes or a body source (see s3_body); `length` its size on the wire. A HEAD sends the head alone."""

    def __init__(self, status, headers=None, body=b""):
        self.status = status
        self.headers = dict(headers or {})
        self.body = body

    def head(self):
        lines = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items() if value is not None]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def http_date(unix_seconds):
    return email.utils.formatdate(unix_seconds, usegmt=True)


class Connection:
    """A client's socket with what was read ahead. `stopping` is the server's event: waits end when it is set."""

    def __init__(self, sock, number, stopping):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.number = number
        self.stopping = stopping
        self.ahead = b""
        self.requests = 0
        self.free_at = 0.0  # when the paced link of this connection has delivered all it was given
        self.poller = select.poll()
        self.poller.register(sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)

    def read_request(self, idle_seconds=None):
        """The next request, or None at a clean end (closed by the client, or idle for too long)."""
        while b"\r\n\r\n" not in self.ahead:
            if len(self.ahead) > MAX_HEAD_BYTES:
                raise BadRequest("the request head is too large")
            if idle_seconds and not select.select([self.sock], [], [], idle_seconds)[0]:
                return None
            more = self.sock.recv(1 << 16)
            if not more:
                return None
            self.ahead += more
        head, _, self.ahead = self.ahead.partition(b"\r\n\r\n")
        self.requests += 1
        return parse_head(head)

    def read_body(self, length):
        """Yields the request body in pieces."""
        while length:
            piece = self.ahead[:length] if self.ahead else self.sock.recv(min(length, 1 << 20))
            if not piece:
                raise PeerGone
            self.ahead = self.ahead[len(piece):]
            length -= len(piece)
            yield piece

    def take_leave(self):
        """Ends the sending side and reads on for a moment: a close with input unread would reset the connection and
        take the answer away from the client."""
        self.sock.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + LEAVE_SECONDS
        while (left := deadline - time.monotonic()) > 0 and select.select([self.sock], [], [], left)[0]:
            if not self.sock.recv(1 << 20):
                return

    def wait_until(self, moment):
        """Sleeps until the monotonic `moment`; raises PeerGone as soon as the client has closed."""
        while (left := moment - time.monotonic()) > 0:
            if left < 0.03:
                time.sleep(left)
            elif self.poller.poll(int(min(left, 0.25) * 1000)) or self.stopping.is_set():
                raise PeerGone


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1.") or not parts[1].startswith("/"):
        raise BadRequest(f"not a request line: {lines[0][:80]!r}")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(f"not a header: {line[:80]!r}")
        headers.append((name, value.strip()))
        if name.lower() == "transfer-encoding":
            raise BadRequest("a body must come with a Content-Length; S3 takes no Transfer-Encoding")
    return Request(parts[0], parts[1], headers)
