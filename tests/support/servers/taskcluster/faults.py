"""Which request gets which fault, and the log of all requests.

A rule: {"match": {...}, "after": n, "times": n, "share": 0..1, "seed": n, "do": {...}}
  match   shell globs: service (queue, index, object, auth, secrets, notify, bucket), call (createTask, ...; for the
          bucket GET or PUT), http (GET, PUT, ...), path (decoded), client (the client id that the request names).
  after   skips the first n matching requests, times ends after n faults, share lets the hash of (seed, count) decide.
  do      status: answer that, with `code` and `message` as an error of the API or, with html: true, a page;
          body, headers: what to answer or add; delay: seconds before the answer; drop: "before" the call is made or
          "after" it (a lost reply); after_commit: true: the call is made, then `status` is answered; cut: bytes of the
          body that are sent before the connection closes.
The first rule that strikes wins.
"""
import fnmatch
import hashlib
import threading
import time
from urllib.parse import unquote

from taskcluster.errors import ApiError, error_body
from taskcluster.http_layer import CORS, Response, json_response
from taskcluster.values import iso

HTML = b"<html><head><title>%d</title></head><body><h1>Service unavailable</h1></body></html>"
FIELDS = {"match", "after", "times", "share", "seed", "do"}
MATCHES = {"service", "call", "http", "path", "client"}
ACTIONS = {"status", "code", "message", "html", "body", "headers", "delay", "drop", "after_commit", "cut"}


class Rule:
    def __init__(self, spec, actions=frozenset(ACTIONS)):
        unknown = set(spec) - FIELDS | set(spec.get("match", {})) - MATCHES | set(spec["do"]) - actions
        if unknown:
            raise ValueError(f"a fault rule does not know {', '.join(sorted(unknown))}")
        self.match, self.do = spec.get("match", {}), spec["do"]
        self.after, self.times = spec.get("after", 0), spec.get("times")
        self.share, self.seed = spec.get("share", 1), spec.get("seed", 0)
        self.seen = self.done = 0

    def strikes(self, facts):
        if not all(fnmatch.fnmatchcase(facts[field] or "", wanted) for field, wanted in self.match.items()):
            return False
        self.seen += 1
        draw = int(hashlib.sha256(f"{self.seed} {self.seen}".encode()).hexdigest()[:8], 16) / 2 ** 32
        if self.seen <= self.after or draw >= self.share or self.times is not None and self.done >= self.times:
            return False
        self.done += 1
        return True


class Faults:
    """The rules and the log of requests. `actions` that are not those above are for whoever makes the answer, who finds
    them in request.fault. Threads: any."""

    def __init__(self, now, actions=frozenset(ACTIONS)):
        self.now, self.actions = now, actions
        self.lock = threading.Lock()
        self.rules, self.log = [], []

    def add(self, spec):
        with self.lock:
            self.rules.append(Rule(spec, self.actions))

    def clear(self):
        with self.lock:
            self.rules.clear()

    def answer(self, service, call, request, perform):
        """Answers through the rules; `perform()` makes the real call. Logs the request."""
        facts = {"service": service, "call": call, "http": request.method, "path": unquote(request.path),
                 "client": claimed_client(request)}
        with self.lock:
            do = next((rule.do for rule in self.rules if rule.strikes(facts)), {})
            entry = {**facts, "query": request.args, "time": self.now(), "headers": sorted(request.headers),
                     "bytes": len(request.body), "status": None, "fault": do}
            self.log.append(entry)
        request.fault = do
        response = self._respond(do, call, perform)
        entry["status"] = None if response.drop else response.status
        entry["seconds"] = time.monotonic() - request.received
        return response

    def _respond(self, do, call, perform):
        replaced = bool({"status", "body", "html"} & set(do))
        if do.get("drop") == "before":
            return Response(drop=True, delay=do.get("delay", 0))
        if replaced and not do.get("after_commit"):
            response = self._made_up(do, call)
        else:
            response = perform()
            if replaced:
                response = self._made_up(do, call)
        response.headers.update({name.lower(): value for name, value in do.get("headers", {}).items()})
        response.delay, response.cut, response.drop = do.get("delay", 0), do.get("cut"), do.get("drop") == "after"
        return response

    def _made_up(self, do, call):
        status = do.get("status", 200)
        if do.get("html"):
            return Response(status, {"content-type": "text/html", **CORS}, HTML % status)
        if "body" in do:
            return Response(status, {"content-type": "application/json; charset=utf-8", **CORS}, do["body"].encode())
        error = ApiError(do.get("code", "InternalServerError"), do.get("message", "injected by a fault rule"), status)
        info = {"method": call, "params": {}, "payload": {}, "time": iso(self.now())}
        response = json_response(error_body(error, info), status)
        response.headers.update(CORS)
        return response

    def requests(self, **match):
        """The logged requests whose fields match these globs (the status an exact one), oldest first."""
        status = match.pop("status", None)
        with self.lock:
            found = [entry for entry in self.log if all(fnmatch.fnmatchcase(entry[field] or "", wanted)
                                                        for field, wanted in match.items())]
        return [entry for entry in found if status is None or entry["status"] == status]


def claimed_client(request):
    """The client id that a Hawk header names, "" without one."""
    return request.header("authorization").partition('id="')[2].partition('"')[0]
