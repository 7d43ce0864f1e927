"""The proxy that a running task talks to: it signs requests with the task's credentials and passes answers back.

One for each run, on a port of its own. Unlike the real one it makes one attempt only, so that the retries under test
are those of the task. Redirects are handed back, not followed.
"""
import json
import re
import secrets

import taskcluster.hawk as hawk
from taskcluster.client import BROKEN, send
from taskcluster.http_layer import HttpServer, Response, text_response

API_PATH = re.compile(r"/api/[^/]+/[^/]+/.*")
OLD_PATH = re.compile(r"/([a-z-]+)/(v\d+)/(.*)")
OLD_HOST_PATH = re.compile(r"/([a-z-]+)\.taskcluster\.net/(v\d+)/(.*)")
NOT_FORWARDED = ("host", "authorization", "content-length", "transfer-encoding", "connection", "expect")
NOT_RETURNED = ("content-length", "transfer-encoding", "connection")
BEWIT_SECONDS = 3600


class TaskProxy:
    """`now` gives the milliseconds that signatures are made with. Threads: any."""

    def __init__(self, root_url, credentials, now):
        self.root_url, self.credentials, self.now = root_url, credentials, now
        self.server = HttpServer(self.answer)
        self.url = self.server.url

    def answer(self, request):
        if request.target.startswith("/bewit"):
            url = request.body.decode().strip()
            signed = hawk.signed_url(self.credentials, url, self.now() // 1000 + BEWIT_SECONDS)
            return text_response(signed, 303, {"location": signed})
        if request.target.startswith("/credentials"):
            return self.update(request)
        target = converted(request.target)
        if target is None:
            return text_response("Unkown taskcluster service: " + request.path, 404)
        return self.forward(request, target)

    def update(self, request):
        if request.method != "PUT":
            return Response(405)
        try:
            self.credentials = json.loads(request.body)
        except ValueError:
            return Response(400)
        return Response(200)

    def forward(self, request, target):
        headers = {name: value for name, value in request.headers.items() if name not in NOT_FORWARDED}
        if request.body:
            headers.setdefault("content-type", "application/json")
        url = self.root_url + target
        headers["authorization"] = hawk.authorization(self.credentials, request.method, url, self.now() // 1000,
                                                      secrets.token_urlsafe(6))
        try:
            status, got, data = send(request.method, url, request.body or None, headers)
        except BROKEN as error:
            return text_response(f"Failed during proxy request: {error}", 500)
        kept = {name: value for name, value in got.items() if name not in NOT_RETURNED}
        return Response(status, {**kept, "x-taskcluster-endpoint": url, "x-taskcluster-proxy-version": "106.0.0",
                                 "x-taskcluster-proxy-temp-clientid": self.credentials["clientId"]}, data)

    def stop(self):
        self.server.stop()


def converted(target):
    """The path below the root URL: /api/SERVICE/V/… as it is, /SERVICE/V/… and /SERVICE.taskcluster.net/V/… as they
    were written before. None for another."""
    if API_PATH.match(target):
        return target
    old = OLD_PATH.match(target) or OLD_HOST_PATH.match(target)
    return f"/api/{old[1]}/{old[2]}/{old[3]}" if old else None
