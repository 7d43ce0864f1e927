"""Which request gets which fault: rules of JSON, seeded, the same in every run.

A rule: {"name": "...", "match": {...}, "share": 0..1, "seed": n, "after": n, "times": n, "per": "key" | "total",
         "do": {...}}
  match   method, bucket, key, operation, access_key: shell globs; range: true | false (a Range header is there).
          For a listing, key is its prefix. Operations: GetObject HeadObject PutObject DeleteObject ListObjectsV2
          ListBuckets HeadBucket GetBucketLocation ImdsToken ImdsRole ImdsCredentials ContainerCredentials
          GetFederationToken.
  share   of the matching requests: the hash of (seed, request, attempt) decides, attempt being how often this rule
          has seen this request. A request is its method, bucket, key and, for a listing, its query.
  after   skips the first n matching requests, times ends after n faults; both counted per key (default) or in total.
  do      what happens; see ACTIONS. Of all matching rules the first with an outcome wins, and every rule's shaping
          (latency, bandwidth, Date, headers) joins it. Requests that S3 would refuse are refused before any rule.
"""
import fnmatch
import hashlib
import json
import threading

SHAPING = {
    "latency_ms": "time from the request's arrival to the first byte of the answer",
    "bandwidth": "bytes/s of the body, for the whole connection",
    "date": "seconds to add to the Date header, or its text",
    "headers": "headers to add or replace; null removes one",
    "packed_policy_size": "of STS: the PackedPolicySize to tell, in percent",
}
OUTCOMES = {
    "error": "an S3 error code: SlowDown, InternalError, ExpiredToken, AccessDenied, ...",
    "status": "the HTTP status (default: that of `error`); alone: 500, 502, 503, 504 with their usual codes",
    "retry_after": "Retry-After of that error",
    "in_body": "true: the error comes as the body of a 200",
    "html": "true: a page of HTML, with `status` or 200, in place of the answer",
    "redirect": "a Location; {target} stands for path and query. Status 307 or `status`",
    "region": "x-amz-bucket-region of that redirect or error",
    "truncate": "the body ends at AT, Content-Length stays, the connection closes",
    "close_delimited": "no Content-Length, cut at AT, the connection closes (AT of 1.0: whole)",
    "reset": "a TCP reset after AT of the body",
    "stall": "silence after AT of the body (0: after the headers), for `seconds`",
    "slow": "`slow` bytes/s from the start of the body on (slow-loris)",
    "hang": "no answer at all, for `seconds`, then the connection closes",
    "seconds": "how long stall and hang last (default 3600)",
    "flip": "one byte changed at AT of the object, length right",
    "changed": "another version: {\"etag\": ..., \"text\": ... | \"file\": path} (default: same content, new ETag)",
    "ignore_range": "true: 200 and the whole object",
    "content_range": "the Content-Range to send: text, null for none, or a number added to both ends",
    "endless": "true: a body of zeros without an end and without a length",
    "none": "true: served as usual; keeps later rules off",
}
ACTIONS = {**OUTCOMES, **SHAPING}
AT_HELP = "AT: an integer is a byte offset (negative: from the end), a fraction such as 0.5 is that part of the body."
RULE_FIELDS = {"name", "match", "share", "seed", "after", "times", "per", "do"}
MATCH_FIELDS = {"method", "bucket", "key", "operation", "access_key", "range"}


class Rule:
    """One rule with its counters; used under the lock of Faults."""

    def __init__(self, spec, number):
        refuse_unknown(spec, RULE_FIELDS, "rule")
        self.match = spec.get("match", {})
        refuse_unknown(self.match, MATCH_FIELDS, "match")
        self.do = spec["do"]
        refuse_unknown(self.do, ACTIONS, "do")
        self.name = spec.get("name", f"rule{number}")
        self.share = float(spec.get("share", 1))
        self.seed = spec.get("seed", 0)
        self.after = int(spec.get("after", 0))
        self.times = spec.get("times")
        self.per_key = {"key": True, "total": False}[spec.get("per", "key")]
        self.has_outcome = any(action in OUTCOMES for action in self.do)
        self.attempts = {}
        self.seen = {}
        self.done = {}

    def matches(self, request):
        facts = {"method": request.method, "bucket": request.bucket, "key": request.key,
                 "operation": request.operation, "access_key": request.access_key}
        for field, wanted in self.match.items():
            if field == "range":
                if bool(request.header("range")) != wanted:
                    return False
            elif not fnmatch.fnmatchcase(facts[field], wanted):
                return False
        return True

    def strikes(self, identity):
        """Counts the request and says whether this rule acts on it."""
        attempt = self.attempts[identity] = self.attempts.get(identity, 0) + 1
        scope = identity if self.per_key else ""
        self.seen[scope] = self.seen.get(scope, 0) + 1
        if self.seen[scope] <= self.after or self.times is not None and self.done.get(scope, 0) >= self.times:
            return False
        if not chosen(self.seed, identity, attempt, self.share):
            return False
        self.done[scope] = self.done.get(scope, 0) + 1
        return True


class Faults:
    """Threads: any."""

    def __init__(self, specs):
        self.rules = [Rule(spec, number) for number, spec in enumerate(specs, 1)]
        self.lock = threading.Lock()

    def choose(self, request):
        """(actions, names of the rules) for one request that has passed the signature check."""
        if not self.rules:
            return {}, []
        identity = identity_of(request)
        actions, names = {}, []
        with self.lock:
            for rule in self.rules:
                if not rule.matches(request) or rule.has_outcome and not OUTCOMES.keys().isdisjoint(actions):
                    continue
                if rule.strikes(identity):
                    actions = {**rule.do, **actions}
                    names.append(rule.name)
        return actions, names


def identity_of(request):
    listing = "&".join(f"{name}={value}" for name, value in sorted(request.query) if not name.startswith("X-Amz-"))
    return f"{request.method} {request.bucket}/{request.key}" + (f"?{listing}" if request.operation.startswith("List")
                                                                  else "")


def chosen(seed, identity, attempt, share):
    draw = hashlib.sha256(f"{seed}|{identity}|{attempt}".encode()).digest()
    return int.from_bytes(draw[:8], "big") < share * 2 ** 64


def position(at, length):
    """The byte that AT names in something of `length` bytes, within 0..length."""
    if isinstance(at, bool):
        at = 0.5
    byte = int(at * length) if isinstance(at, float) else at if at >= 0 else length + at
    return max(0, min(length, byte))


def load_rules(files, texts):
    """Rules of the files (a list each, or one rule) and then of the texts."""
    specs = []
    for path in files:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
            specs += found if isinstance(found, list) else [found]
    for text in texts:
        found = json.loads(text)
        specs += found if isinstance(found, list) else [found]
    return specs


def refuse_unknown(given, known, where):
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"fault {where} has no field {', '.join(unknown)}; it may have {', '.join(sorted(known))}")


def help_text():
    lines = [f"  {name:16} {text}" for name, text in ACTIONS.items()]
    return __doc__ + "\nACTIONS\n" + "\n".join(lines) + f"\n  {AT_HELP}\n"
