"""A signing client for tests and for the worker. It follows no redirect by itself and retries only when told to."""
import http.client
import json
import secrets
import time
from urllib.parse import quote, urlsplit

import taskcluster.hawk as hawk

TIMEOUT_SECONDS = 60
PAUSE_SECONDS = 0.1
BROKEN = (OSError, http.client.HTTPException)  # what a request can end in besides an answer


class CallFailed(Exception):
    """The API answered with an error: `status`, `code`, `body`."""

    def __init__(self, method, path, status, body):
        self.status, self.body = status, body
        self.code = body.get("code") if isinstance(body, dict) else None
        text = body.get("message", "").split("\n\n---")[0] if isinstance(body, dict) else str(body)[:200]
        super().__init__(f"{method} {path}: HTTP {status} {self.code}: {text}")


class Client:
    """`credentials` {clientId, accessToken, certificate?, authorizedScopes?} or None for anonymous calls. `attempts`:
    how often `call` is made while the answer is a 5xx or none at all."""

    def __init__(self, root_url, credentials=None, now=lambda: int(time.time() * 1000), attempts=1):
        self.root_url, self.credentials, self.now, self.attempts = root_url, credentials, now, attempts

    def call(self, service, method, path, body=None):
        """The JSON reply of /api/SERVICE/v1PATH; CallFailed for a status of 400 and more."""
        url = f"{self.root_url}/api/{service}/v1{path}"
        status, _, data = patiently(self.attempts, lambda: self.request(method, url, body))
        value = parsed(data)
        if status >= 400:
            raise CallFailed(method, path, status, value)
        return value

    def request(self, method, url, body=None, headers=None):
        """(status, headers with lower-case names, bytes) of one signed request. A body that is no bytes is JSON."""
        headers, data = dict(headers or {}), body
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if self.credentials:
            digest = hawk.payload_hash(headers["Content-Type"], data) if data and "Content-Type" in headers else None
            headers["Authorization"] = hawk.authorization(self.credentials, method, url, self.now() // 1000,
                                                          secrets.token_urlsafe(6), digest)
        return send(method, url, data, headers)

    def signed_url(self, path, seconds=900):
        return hawk.signed_url(self.credentials, self.root_url + path, self.now() // 1000 + seconds)

    def artifact(self, task_id, name, run_id=None):
        """The bytes of an artifact as they are stored, and the response headers, redirects followed unsigned."""
        run = "" if run_id is None else f"/runs/{run_id}"
        url = f"{self.root_url}/api/queue/v1/task/{task_id}{run}/artifacts/{quote(name, safe='')}"
        status, headers, data = self.request("GET", url)
        while status in (301, 302, 303, 307):
            status, headers, data = send("GET", headers["location"], None, {})
        if status >= 400:
            raise CallFailed("GET", name, status, parsed(data))
        return data, headers


def patiently(attempts, request):
    """The answer of `request()`, made again after a pause while it is a 5xx or none."""
    for attempt in range(attempts - 1):
        try:
            answer = request()
            if answer[0] < 500:
                return answer
        except BROKEN:
            pass  # the last attempt tells
        time.sleep(PAUSE_SECONDS * 2 ** attempt)
    return request()


def send(method, url, data, headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), data, headers)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def parsed(data):
    try:
        return json.loads(data) if data else None
    except ValueError:
        return data.decode("utf-8", "replace")
