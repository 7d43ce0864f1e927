#!/usr/bin/env python3
"""An S3 test server on loopback that speaks the real protocol and refuses what S3 refuses.

Every request's signature is computed again with botocore's signer. Objects are files: DIR/<bucket>/<key>.
The first line on standard output is "listening http://127.0.0.1:PORT"; with --imds-port the second is
"metadata http://127.0.0.1:PORT". It ends with status 0 on SIGTERM or SIGINT.
"""
import argparse
import json
import os
import signal
import socket
import sys
import threading
import time

import s3_body
import s3_faults
from s3_auth import Authenticator, Credential
from s3_errors import CODE_OF_STATUS, STATUS_OF_CODE, S3Error
from s3_http import BadRequest, Connection, PeerGone, Response, http_date
from s3_metadata import Metadata
from s3_operations import Operations, operation_name
from s3_permissions import authorize
from s3_store import Store

DRAIN_BYTES = 1 << 20
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to this network</h1></body></html>"
LEAVE_SECONDS = 20
FILE_ERRORS = (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError)
SECRET_ARGS = ("X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential")


class RequestLog:
    """One JSON line a request, written when its answer has gone out. Values of headers and signatures never appear,
    but for Range. Threads: any."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8", buffering=1) if path else None
        self.lock = threading.Lock()

    def write(self, **entry):
        if self.file:
            line = json.dumps(entry) + "\n"
            with self.lock:
                self.file.write(line)


class Service:
    """What answers on one port: routes, checks, applies the faults, sends, logs. Threads: one a connection."""
    refusals = S3Error  # what `admit` and `respond` raise
    server_name = "AmazonS3"

    def __init__(self, options, faults, log, now):
        self.options = options
        self.faults = faults
        self.log = log
        self.now = now
        self.stopping = threading.Event()
        self.busy = set()

    def serve(self, sock, number):
        connection = Connection(sock, number, self.stopping)
        try:
            while not self.stopping.is_set():
                request = connection.read_request(self.options.idle_timeout)
                if request is None or not self._exchange(connection, request):
                    return
        except BadRequest as error:
            self._say_bad_request(connection, error)
        except (OSError, PeerGone):
            pass  # the client left; what it had asked for is in the log
        finally:
            sock.close()

    def _exchange(self, connection, request):
        """One request and its answer; false when the connection must end."""
        request.id = f"{connection.number:08X}{connection.requests:08X}"
        entry = {"time": round(self.now(), 6), "connection": connection.number, "request": connection.requests,
                 "request_id": request.id, "method": request.method, "path": request.path,
                 "query": {name: value for name, value in request.query if name not in SECRET_ARGS},
                 "host": request.header("host"), "range": request.header("range") or None,
                 "headers": sorted(request.lower)}
        self.busy.add(request)
        sent, actions, names, response = 0, {}, [], None
        request.body_read = "content-length" not in request.lower
        try:
            try:
                actions, names = self.admit(request, connection)
                if "hang" in actions:
                    connection.wait_until(time.monotonic() + actions.get("seconds", 3600))
                    return False
                response = self.respond(request, connection, actions)
            except self.refusals as error:
                entry["error"] = error.code
                response = self._error_response(request, error)
            except FILE_ERRORS as error:
                entry["error"] = "InternalError"
                response = self._error_response(request, S3Error("InternalError", f"the server's folder: {error}"))
            alive = self._drain(connection, request)
            sent, kept = self._send(connection, request, response, actions)
            if not alive:
                connection.take_leave()
            return kept and alive
        except PeerGone as gone:
            sent = getattr(gone, "sent", 0)
            entry["aborted"] = True
            raise
        finally:
            self.log.write(**entry, operation=request.operation, bucket=request.bucket, key=request.key,
                           access_key=request.access_key, status=response.status if response else None, bytes=sent,
                           fault=names, actions=sorted(actions), seconds=round(time.monotonic() - request.received, 6))
            self.busy.discard(request)  # after its line: the server may end as soon as nothing is busy

    def _send(self, connection, request, response, actions):
        body = response.body if response.body else s3_body.Bytes(b"")
        if actions.get("endless"):
            body = s3_body.Zeros()
        last = connection.requests >= self.options.keepalive_requests or "close" in request.header("connection").lower()
        unsized = "close_delimited" in actions or actions.get("endless")
        headers = {**self._id_headers(request), "Date": self._date(actions), "Server": self.server_name,
                   **response.headers}
        if response.status not in (204, 304) and not unsized:
            headers["Content-Length"] = body.length
        if last or unsized or not request.body_read:
            headers["Connection"] = "close"
        headers.update(actions.get("headers", {}))
        response.headers = headers
        rate = actions.get("slow", actions.get("bandwidth", self.options.bandwidth))
        latency = actions.get("latency_ms", self.options.latency_ms)
        try:
            connection.wait_until(request.received + latency / 1000)
            steps = [("send", 0, 0)] if request.method == "HEAD" else s3_body.plan(body.length, body.start, actions)
            sent, kept = s3_body.deliver(connection, response.head(), body, steps, rate)
        finally:
            body.close()
        return sent, kept and "Connection" not in headers

    @staticmethod
    def _id_headers(request):
        return {"x-amz-id-2": "test-server", "x-amz-request-id": request.id}

    def _date(self, actions):
        wrong = actions.get("date", 0)
        return wrong if isinstance(wrong, str) else http_date(self.now() + wrong)

    @staticmethod
    def _drain(connection, request):
        """Reads a request body that no operation wanted; false when it is too long for that."""
        if not request.body_read and request.content_length() <= DRAIN_BYTES and not request.header("expect"):
            for _ in connection.read_body(request.content_length()):
                pass
            request.body_read = True
        return request.body_read

    @staticmethod
    def _error_response(request, error):
        body = error.xml(request.path, request.id)
        return Response(error.status, {"Content-Type": "application/xml", **error.headers}, s3_body.Bytes(body))

    def _say_bad_request(self, connection, error):
        body = S3Error("InvalidRequest", str(error)).xml("", "0")
        try:
            connection.sock.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
                                    % (len(body), body))
            connection.take_leave()
        except OSError:
            pass  # nobody is left to be told


class S3Service(Service):
    def __init__(self, options, faults, log, now, authenticator, operations):
        super().__init__(options, faults, log, now)
        self.authenticator = authenticator
        self.operations = operations

    def admit(self, request, _connection):
        self._route(request)
        request.operation = operation_name(request)
        request.access_key = self.authenticator.check(request)
        authorize(request)
        return self.faults.choose(request)

    def _route(self, request):
        """Bucket and key, by the host (bucket.DOMAIN) or by the path."""
        host = request.header("host").rsplit(":", 1)[0].lower()
        for domain in self.options.domain:
            if host.endswith("." + domain):
                request.bucket, request.key = host[:-len(domain) - 1], request.path[1:]
                return
        request.bucket, _, request.key = request.path[1:].partition("/")

    def respond(self, request, connection, actions):
        if "html" in actions:
            return page(actions)
        if "redirect" in actions:
            return redirect(request, actions)
        if "error" in actions or "status" in actions:
            error = injected_error(actions)
            if not actions.get("in_body"):
                raise error
            return Response(200, {"Content-Type": "application/xml"},
                            s3_body.Bytes(error.xml(request.path, request.id)))
        return self.operations.answer(request, connection, actions)


class MetadataService(Service):
    def __init__(self, options, faults, log, now, metadata):
        super().__init__(options, faults, log, now)
        self.metadata = metadata

    def admit(self, request, _connection):
        request.operation = self.metadata.operation_name(request)
        return self.faults.choose(request)

    def respond(self, request, _connection, actions):
        if "redirect" in actions:
            return redirect(request, actions)
        if "error" in actions or "status" in actions:
            raise injected_error(actions)
        return self.metadata.answer(request)


def redirect(request, actions):
    headers = {"Location": actions["redirect"].replace("{target}", request.target), "Content-Type": "application/xml"}
    if "region" in actions:
        headers["x-amz-bucket-region"] = actions["region"]
    status = actions.get("status", 307)
    code = "PermanentRedirect" if status == 301 else "TemporaryRedirect"
    body = S3Error(code, "Please re-send this request to the specified temporary endpoint.").xml(request.path,
                                                                                                 request.id)
    return Response(status, headers, s3_body.Bytes(body))


def page(actions):
    """What a proxy or a captive portal puts in place of the answer."""
    return Response(actions.get("status", 200), {"Content-Type": "text/html"}, s3_body.Bytes(HTML))


def injected_error(actions):
    code = actions.get("error") or CODE_OF_STATUS.get(actions["status"], "InternalError")
    headers = {"Retry-After": actions["retry_after"]} if "retry_after" in actions else {}
    if "region" in actions:
        headers["x-amz-bucket-region"] = actions["region"]
    status = actions.get("status") or STATUS_OF_CODE.get(code, 400)
    return S3Error(code, "injected by a fault rule", status=status, headers=headers)


def start(service, port):
    """Lets the service answer on that port, or on any free one for 0; its listening socket and URL."""
    listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    threading.Thread(target=accept_all, args=(listener, service), daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def accept_all(listener, service):
    number = 0
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return  # closed: the server ends
        number += 1
        threading.Thread(target=service.serve, args=(sock, number), daemon=True).start()


def pair(text):
    left, colon, right = text.partition(":")
    if not (left and colon and right):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form NAME:VALUE")
    return left, right


def credential(text):
    parts = text.split(":", 2)
    if len(parts) < 2 or not all(parts):
        raise argparse.ArgumentTypeError("a credential is KEY:SECRET or KEY:SECRET:TOKEN")
    return Credential(*parts)


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="FAULT RULES\n" + s3_faults.help_text())
    add = parser.add_argument
    add("--root", required=True, metavar="DIR", help="one folder a bucket; a file KEY.s3meta.json beside an object "
        'gives {"etag": ..., "headers": {...}}')
    add("--key-map", metavar="FILE.json", help='more keys, {"bucket": {"key": "file"}}: those that no path can hold')
    add("--port", type=int, default=0, help="of S3; 0 (default): any free one")
    add("--credential", action="append", type=credential, default=[], metavar="KEY:SECRET[:TOKEN]",
        help="an accepted credential; may be repeated")
    add("--anonymous-bucket", action="append", default=[], metavar="NAME",
        help="takes unsigned requests too; may be repeated")
    add("--region", default="us-east-1", help="of all other buckets (default us-east-1); a signature for another one "
        "is AuthorizationHeaderMalformed")
    add("--bucket-region", action="append", type=pair, default=[], metavar="BUCKET:REGION",
        help="a signature for another region gets 301 PermanentRedirect with x-amz-bucket-region; may be repeated")
    add("--domain", action="append", default=None, metavar="NAME",
        help="a Host of bucket.NAME is virtual-host style (default localhost); may be repeated")
    add("--page-size", type=int, default=1000, metavar="N", help="most entries of one listing page (default 1000)")
    add("--etag", choices=("md5", "fast"), default="md5", help="md5 (default): read once and kept; fast: of the "
        "multipart shape, from the file's size and time, for gigabytes")
    add("--checksum", action="append", choices=("crc32", "crc32c", "sha256"), default=None,
        help="sent for x-amz-checksum-mode: ENABLED without a Range (default crc32); may be repeated")
    add("--no-checksum", action="store_true", help="send none, as for an object stored without")
    add("--clock-offset", type=float, default=0, metavar="SECONDS", help="the server's clock is this much ahead")
    add("--latency-ms", type=float, default=0, help="from a request's arrival to its answer's first byte")
    add("--bandwidth", type=float, default=0, metavar="BYTES_PER_S", help="of each connection (default 0: no limit)")
    add("--idle-timeout", type=float, default=None, metavar="SECONDS", help="close an idle connection without notice")
    add("--keepalive-requests", type=int, default=1 << 30, metavar="N", help="the Nth answer of a connection says "
        "Connection: close")
    add("--faults", action="append", default=[], metavar="FILE.json", help="a list of fault rules, see below; may be "
        "repeated")
    add("--fault", action="append", default=[], metavar="JSON", help="one rule or a list; may be repeated")
    add("--log", metavar="FILE", help="a JSON line a request: time, connection, request, method, path, query, "
        "range, headers (names), operation, bucket, key, access_key, status, error, bytes, fault (names), actions, "
        "seconds, aborted")
    add("--imds-port", type=int, default=None, help="serve IMDSv2 and container credentials; 0: any free port")
    add("--imds-credential", action="append", default=[], metavar="KEY", help="access key to issue (default: the first "
        "credential); repeated: the first issue gives the first, the last goes on")
    add("--imds-role", default="test-role", metavar="NAME", help="(default test-role)")
    add("--imds-lifetime", type=float, default=3600, metavar="SECONDS", help="from issue to Expiration (default 3600); "
        "after it S3 says ExpiredToken")
    add("--container-path", default="/v2/credentials/test", metavar="PATH", help="on the IMDS port (default "
        "/v2/credentials/test)")
    add("--container-token", default="", metavar="TOKEN", help="the Authorization that path requires (default: none)")
    options = parser.parse_args(arguments)
    options.domain = options.domain or ["localhost"]
    options.checksum = [] if options.no_checksum else options.checksum or ["crc32"]
    options.bucket_regions = dict(options.bucket_region)
    known = {c.access_key: c for c in options.credential}
    missing = [key for key in options.imds_credential if key not in known]
    if missing or options.imds_port is not None and not known:
        parser.error(f"--imds-port issues a --credential; there is none named {', '.join(missing) or '(any)'}")
    options.issued = [known[key] for key in options.imds_credential] or options.credential[:1]
    if not os.path.isdir(options.root):
        parser.error(f"--root {options.root} is not a folder")
    try:
        options.rules = s3_faults.load_rules(options.faults, options.fault)
        options.engine = s3_faults.Faults(options.rules)
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"fault rules: {error}")
    return options


def build_services(options):
    """(service, port wanted, word of the line that tells its address) for each port."""
    log, faults = RequestLog(options.log), options.engine

    def now():
        return time.time() + options.clock_offset

    key_map = None
    if options.key_map:
        with open(options.key_map, encoding="utf-8") as file:
            key_map = json.load(file)
    authenticator = Authenticator(options.credential, options.region, options.bucket_regions, options.anonymous_bucket,
                                  now)
    operations = Operations(Store(options.root, key_map), options, now)
    services = [(S3Service(options, faults, log, now, authenticator, operations), options.port, "listening")]
    if options.imds_port is not None:
        metadata = Metadata(options.issued, options.imds_role, options.imds_lifetime, options.container_path,
                            options.container_token, options.region, now)
        services.append((MetadataService(options, faults, log, now, metadata), options.imds_port, "metadata"))
    return services


def main(arguments):
    options = parse_options(arguments)
    serve(lambda: build_services(options))


def serve(build):
    """Runs the services that `build()` makes until SIGTERM or SIGINT; does not return."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    threading.stack_size(512 << 10)
    services = build()
    for service, wanted, word in services:
        _, url = start(service, wanted)
        print(f"{word} {url}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    for service, _, _ in services:
        service.stopping.set()
    deadline = time.monotonic() + LEAVE_SECONDS
    while any(service.busy for service, _, _ in services) and time.monotonic() < deadline:
        time.sleep(0.01)
    sys.stdout.flush()
    os._exit(0)  # threads that wait for a client are not worth waiting for


if __name__ == "__main__":
    main(sys.argv[1:])
