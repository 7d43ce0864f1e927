"""Sends recorded requests to our services: what the recording server made up (tokens, URLs, upload ids) is replaced
by what ours made up, and what the recording's worker did meanwhile is done by our worker."""
import http.client
import json
import re
import secrets
from urllib.parse import quote, urlsplit

import taskcluster.hawk as hawk
from comparison import differences
from recording import moment, whole
from taskcluster.reference import schemas_file
from taskcluster.services import Services
from taskcluster.values import DAY, Clock, iso
from taskcluster.worker import Worker

TIMEOUT_SECONDS = 60
HOUR_MS = 3_600_000
BUCKET_PORT = 18090
MADE_UP = ("uploadId", "continuationToken", "url", "putUrl")
STATIC = "static/test/"


class Replay:
    """One scenario against fresh services whose clock stands still at the recorded moments."""

    def __init__(self, recording):
        self.recording = recording
        self.clock = Clock()
        self.last = moment(recording["exchanges"][1], None)
        self.clock.freeze(self.last)
        self.services = Services(schemas_file(), claim_seconds=60, claim_wait_seconds=0.05, deadline_lag_seconds=60,
                                 clock=self.clock)
        self.ours = {}         # what the recording made up -> what our services made up
        self.credentials = {}  # temporary clients by name, without their time
        self.made_ids = []
        self.workers = []

    def stop(self):
        self.services.stopping.set()
        for worker in self.workers:
            worker.stop()
        self.services.stop()

    def run_worker(self, queue, **options):
        """A worker as the recording's was: in plain form."""
        worker = Worker(self.services.root_url, self.services.authenticator.credentials("static/test/worker"), queue,
                        plain_log=True, worker_group="mini", now=self.clock.now, parallel=4,
                        schemas=self.services.schemas, **{"tty": False, "encoding": "identity", **options})
        self.workers.append(worker)
        return worker

    def send(self, exchange, edit=lambda request: request, ignored=()):
        """Replays one exchange; what is different, as lines."""
        self.last = moment(exchange, self.last)
        self.clock.freeze(self.last)
        request = edit(exchange["request"])
        body = self.body_of(request)
        target, port = self.target_of(request)
        status, headers, data = self.raw(request, target, port, body, self.headers_of(exchange, target, body))
        response = exchange["response"]
        self.learn(response, headers, data)
        return differences(response, status, headers, data, ignored)

    def body_of(self, request):
        if "rawBody" in request:
            return request["rawBody"].encode()
        if "body" not in request:
            return None
        value = whole(self.replaced(request["body"]), self.made_ids)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def replaced(self, value):
        if isinstance(value, dict):
            return {name: self.replaced(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item) for item in value]
        return self.ours.get(value, value) if isinstance(value, str) else value

    def target_of(self, request):
        if request.get("port") == BUCKET_PORT:
            url = urlsplit(self.ours[f"http://127.0.0.1:{BUCKET_PORT}{request['path']}"])
            return f"{url.path}?{url.query}", url.port
        path, mark, query = request["path"].partition("?")
        parts = [part.partition("=") for part in query.split("&")]
        query = "&".join(name + equals + self.ours.get(value, value) for name, equals, value in parts)
        return path + mark + query, self.services.server.port

    def headers_of(self, exchange, target, body):
        recorded, vector = exchange["request"]["headers"], exchange.get("hawk")
        headers = {name: self.ours.get(value, value) for name, value in recorded.items()
                   if name not in ("content-length", "authorization")}
        if vector and not self.as_recorded(exchange, target, body):
            headers["authorization"] = self.signed(vector, target, headers, body)
        elif "authorization" in recorded:
            headers["authorization"] = recorded["authorization"]
        return headers

    def as_recorded(self, exchange, target, body):
        """Whether the recorded signature fits what is sent, or is meant not to."""
        vector = exchange["hawk"]
        if self.recording["scenario"].startswith(("01", "02")):
            return True
        if not vector["clientId"].startswith(STATIC) or target != exchange["request"]["path"]:
            return False
        kind = exchange["request"]["headers"].get("content-type", "")
        return not vector["hash"] or vector["hash"] == hawk.payload_hash(kind, body or b"") \
            or "rawBody" in exchange["request"]

    def signed(self, vector, target, headers, body):
        name = vector["clientId"]
        known = self.credentials.get(untimed(name)) or self.services.authenticator.credentials(name)
        digest = hawk.payload_hash(headers.get("content-type", ""), body or b"") if vector["hash"] else None
        url = f"http://127.0.0.1:{vector['port']}{target}"
        return hawk.authorization(known, vector["method"], url, self.last // 1000, secrets.token_urlsafe(6), digest)

    @staticmethod
    def raw(request, target, port, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        try:
            connection.putrequest(request["method"], target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", f"127.0.0.1:{request['port']}")
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def learn(self, recorded, headers, data):
        """Takes from our answer what later requests need."""
        for name in ("location", "etag"):
            if name in recorded["headers"] and name in headers:
                self.ours[recorded["headers"][name]] = headers[name]
        if "body" in recorded and headers.get("content-type", "").startswith("application/json"):
            self.pair(recorded["body"], json.loads(data))

    def pair(self, recorded, ours):
        if isinstance(recorded, dict) and isinstance(ours, dict):
            if "accessToken" in ours and "clientId" in ours:
                self.credentials[untimed(ours["clientId"])] = ours
            for name in set(recorded) & set(ours):
                if name in MADE_UP and isinstance(ours[name], str):
                    self.ours[recorded[name]] = ours[name]
                    self.ours[quote(recorded[name], safe="")] = quote(ours[name], safe="")
                self.pair(recorded[name], ours[name])
        elif isinstance(recorded, list) and isinstance(ours, list):
            for one, other in zip(recorded, ours):
                self.pair(one, other)

    def create_all(self, ids, definition, canceled=False):
        """Tasks that were made without being recorded."""
        queue = self.services.queue
        deadline, expires = self.last + HOUR_MS, self.last + DAY
        dates = {"created": iso(self.last), "deadline": iso(deadline), "expires": iso(expires)}
        for task_id in ids:
            complete = {**definition, **dates, "taskGroupId": definition.get("taskGroupId") or task_id}
            queue.ensure_group(complete["taskGroupId"], complete["schedulerId"], expires, task_id)
            task = queue.create(task_id, complete, deadline, expires)
            if canceled:
                queue.cancel(task)


def untimed(client_id):
    return re.sub(r"/until/.*", "", client_id)
