"""HTTP for the servers: a Request in, a Response out, one thread a connection, on a free loopback port.

A response can also be a fault: dropped, cut, or sent late.
"""
import gzip
import http.server
import json
import socket
import socketserver
import sys
import threading
import time
import traceback
from urllib.parse import unquote

CORS = {"access-control-allow-origin": "*", "access-control-max-age": "900",
        "access-control-allow-methods": "OPTIONS,GET,HEAD,POST,PUT,DELETE,TRACE,CONNECT",
        "access-control-request-method": "*",
        "access-control-allow-headers": "X-Requested-With,Content-Type,Authorization,Accept,Origin,Cache-Control"}
COMPRESS_FROM_BYTES = 1024
COMPRESS_LEVEL = 1  # a page of a listing is megabytes
SLICE_SECONDS = 0.05


class Request:
    """One request. `path` is raw (percent-encoded), `query` a list of decoded pairs, header names are lower case."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.path, _, self.raw_query = target.partition("?")
        self.query = [tuple(unquote(part.replace("+", " ")) for part in pair.partition("=")[::2])
                      for pair in self.raw_query.split("&") if pair]
        self.args = dict(self.query)
        self.fault = {}  # what a rule asks for beyond HTTP
        self.received = time.monotonic()

    def header(self, name, default=""):
        return self.headers.get(name, default)


class Response:
    """`body` is bytes, or an iterator of bytes (sent chunked). Faults: `drop` closes without a word, `cut` sends that
    many bytes of the body and closes, `delay` waits so many seconds first."""

    def __init__(self, status=200, headers=None, body=b"", drop=False, cut=None, delay=0):
        self.status = status
        self.headers = {name.lower(): value for name, value in (headers or {}).items()}
        self.body = body
        self.drop = drop
        self.cut = cut
        self.delay = delay


def json_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_response(value, status=200, headers=None):
    return json_text_response(json_text(value), status, headers)


def json_text_response(text, status=200, headers=None):
    return Response(status, {"content-type": "application/json; charset=utf-8", **(headers or {})},
                    text.encode("utf-8", "surrogatepass"))


def text_response(text, status=200, headers=None):
    return Response(status, {"content-type": "text/plain; charset=utf-8", **(headers or {})}, text.encode())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    disable_nagle_algorithm = True

    def handle_any(self):
        body = self.read_body()
        if body is None:
            self.close_connection = True  # whoever asked has gone in the middle of it
            return
        headers = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        request = Request(self.command, self.path, headers, body)
        response = self.server.answer(request)
        if self.server.wait(response.delay) and not response.drop:
            self.send(request, response)
        else:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = handle_any

    def read_body(self):
        """None when it ends early."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(pieces)
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        return body if len(body) == length else None

    def send(self, request, response):
        self.send_response_only(response.status)
        headers, body = dict(response.headers), response.body
        empty = response.status in (204, 304)
        compress = (self.server.compresses and isinstance(body, bytes) and len(body) >= COMPRESS_FROM_BYTES
                    and "gzip" in request.header("accept-encoding") and "content-encoding" not in headers)
        if compress:
            headers["content-encoding"] = "gzip"
            body = iter([gzip.compress(body, COMPRESS_LEVEL)])
        streamed = not isinstance(body, bytes)
        if streamed:
            headers["transfer-encoding"] = "chunked"
        elif not empty:
            headers.setdefault("content-length", str(len(body)))
        headers.setdefault("date", self.date_time_string(self.server.date()))
        for name, value in headers.items():
            self.send_header(name, value)
        if response.cut is not None:
            self.close_connection = True
            body = body[:response.cut] if not streamed else cut_short(body, response.cut)
        self.end_headers()
        if request.method == "HEAD" or empty:
            return
        if not streamed:
            self.wfile.write(body)
            return
        for piece in body:
            if piece:  # an empty one is the end of the body
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.flush()
        if response.cut is None:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """The servers keep a log of their own."""


def cut_short(pieces, count):
    """The first `count` bytes of a streamed body."""
    for piece in pieces:
        if count <= 0:
            return
        yield piece[:count]
        count -= len(piece)


class HttpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves `answer(request) -> Response` until stopped. `date()` is what the Date header says, in seconds."""
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, answer, port=0, date=time.time, compresses=False):
        super().__init__(("127.0.0.1", port), Handler)
        self.answer = answer
        self.date = date
        self.compresses = compresses
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.port = self.server_address[1]
        self.open_sockets = set()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": SLICE_SECONDS}, daemon=True).start()

    def wait(self, seconds):
        """Waits; false when the server is being stopped."""
        return not (self.stopping.wait(seconds) if seconds else self.stopping.is_set())

    def process_request(self, request, client_address):
        self.open_sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.open_sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        """A client that left in the middle is no event; anything else is a bug of the server and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()

    def stop(self):
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for sock in list(self.open_sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it had closed by itself
