"""The store behind the artifacts: signed URLs on a port of its own, as S3 signs them, that expire.

It refuses a request that also brings an Authorization header, as S3 does: a client must not send its own there.
"""
import hashlib
import hmac
import re
import threading
import time
from urllib.parse import quote, unquote

from taskcluster.http_layer import CORS, Response

SECRET = b"bucket-signing-key-of-the-test-server"
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
KEPT = ("content-type", "content-encoding")
GET_SECONDS = 1800
PUT_SECONDS = 2710


class Bucket:
    """Blobs by "bucket/key". Threads: any."""

    def __init__(self, clock):
        self.clock = clock
        self.lock = threading.Lock()
        self.blobs = {}    # name -> (bytes, {content-type, content-encoding})
        self.url = None    # known when its server listens
        self.oldest = 0    # URLs signed before this moment (ms) are expired, whatever they say

    def read(self, name):
        with self.lock:
            return self.blobs.get(name)

    def write(self, name, data, headers=None):
        with self.lock:
            self.blobs[name] = (data, headers or {"content-type": "application/octet-stream"})

    def remove(self, name):
        with self.lock:
            self.blobs.pop(name, None)

    def expire_urls(self):
        """Every URL signed so far is past its time."""
        with self.lock:
            self.oldest = self.clock.now() + 1

    def signed(self, method, name, seconds=GET_SECONDS):
        now = self.clock.now()
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now / 1000))
        path = "/" + quote(name, safe="/-_.~")
        query = (f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
                 f"&X-Amz-Credential=localadmin%2F{date[:8]}%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date={date}"
                 f"&X-Amz-Expires={seconds}&X-Amz-Moment={now}")
        signature = sign(method, path, query)
        return f"{self.url}{path}?{query}&X-Amz-Signature={signature}&X-Amz-SignedHeaders=host"

    def answer(self, request):
        if request.method == "OPTIONS":
            return Response(200, CORS)
        refusal = self._refusal(request)
        if refusal:
            return refusal
        name = unquote(request.path[1:])
        if request.method == "PUT":
            headers = {key: request.headers[key] for key in KEPT if key in request.headers}
            self.write(name, request.body, headers)
            return Response(200, {"etag": etag(request.body)})
        if request.method not in ("GET", "HEAD"):
            return error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        found = self.read(name)
        if found is None:
            return error(404, "NoSuchKey", "The specified key does not exist.")
        return serve(request, *found)

    def _refusal(self, request):
        args = request.args
        if "authorization" in request.headers:
            return error(400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query "
                                                 "parameter, Signature query string parameter or the Authorization "
                                                 "header should be specified")
        if "X-Amz-Signature" not in args:
            return error(403, "AccessDenied", "Access Denied")
        method = "PUT" if request.method == "PUT" else "GET"
        query = request.raw_query.partition("&X-Amz-Signature=")[0]
        if not hmac.compare_digest(sign(method, request.path, query).encode(), args["X-Amz-Signature"].encode()):
            return error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the "
                                                       "signature you provided. Check your key and signing method.")
        moment = int(args["X-Amz-Moment"])
        if moment < self.oldest or self.clock.now() >= moment + int(args["X-Amz-Expires"]) * 1000:
            return error(403, "AccessDenied", "Request has expired")
        return None


def sign(method, path, query):
    return hmac.new(SECRET, f"{method}\n{path}\n{query}".encode(), hashlib.sha256).hexdigest()


def etag(data):
    return '"' + hashlib.md5(data).hexdigest() + '"'


def error(status, code, message):
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
            "<RequestId>0</RequestId></Error>")
    return Response(status, {"content-type": "application/xml", **CORS}, body.encode())


def serve(request, data, headers):
    head = {**headers, "etag": etag(data), "accept-ranges": "bytes", **CORS}
    if request.header("if-match") not in ("", head["etag"]):
        return error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    match = RANGE.fullmatch(request.header("range"))
    if not match or match[1] == match[2] == "":
        return Response(200, head, data)
    start = int(match[1]) if match[1] else max(0, len(data) - int(match[2]))
    end = min(int(match[2]) if match[1] and match[2] else len(data) - 1, len(data) - 1)
    if start > end:
        return error(416, "InvalidRange", "The requested range is not satisfiable")
    head["content-range"] = f"bytes {start}-{end}/{len(data)}"
    return Response(206, head, data[start:end + 1])
