"""The API builder: routes with their parameters, scopes and schemas, and the order in which a call is checked.

A service is a class whose methods carry @entry. The order is the real one: parameters; scopes, when the URL says all
that they need; payload and its schema; then the method, which calls `call.authorize(...)` when the scopes need more.
"""
import base64
import hashlib
import json
import math
import re
import traceback
import uuid
from urllib.parse import unquote

from taskcluster.authenticator import AuthenticationFailed
from taskcluster.errors import ApiError, error_body
from taskcluster.http_layer import CORS, Response, json_response
from taskcluster.scopes import missing, names_in, render
from taskcluster.values import SLUGID, iso

LARGEST_BODY = 10 << 20
LARGEST_EXACT = 2 ** 53
SLUG = f"/^{SLUGID.pattern}$/"
PATTERNS = {
    "taskId": (SLUGID, SLUG), "taskGroupId": (SLUGID, SLUG),
    "runId": (re.compile(r"[0-9]+"), "/^[0-9]+$/"),
    "name": (re.compile(r"[\x20-\x7e]+"), r"/^[\x20-\x7e]+$/"),
    "taskQueueId": (re.compile(r"[a-zA-Z0-9-_]{1,38}/[a-z]([-a-z0-9]{0,36}[a-z0-9])?"),
                    "/^[a-zA-Z0-9-_]{1,38}/[a-z]([-a-z0-9]{0,36}[a-z0-9])?$/"),
    "indexPath": (re.compile(r"[a-zA-Z0-9_!~*'()%-]+(\.[a-zA-Z0-9_!~*'()%-]+)*"),
                  "/^([a-zA-Z0-9_!~*'()%-]+\\.)*[a-zA-Z0-9_!~*'()%-]+$/"),
}
QUERY = {"continuationToken": re.compile(r".+"), "limit": re.compile(r"[0-9]+"),
         "format": re.compile(r"iam-role-compat")}
NEEDED = {  # what a body must have when no schemas are at hand
    "create-task-request": ("created", "deadline", "payload", "metadata"),
    "post-artifact-request": ("storageType", "expires"), "finish-artifact-request": ("uploadId",),
    "task-exception-request": ("reason",), "email-request": ("address", "subject", "content"),
    "secret": ("secret", "expires"), "scopeset": ("scopes",), "claim-work-request": ("workerGroup", "workerId"),
    "insert-task-request": ("taskId", "rank", "data", "expires"), "tasks-request": ("taskIds",),
    "create-upload-request": ("projectId", "uploadId", "expires", "proposedUploadMethods"),
    "finish-upload-request": ("projectId", "uploadId"), "download-object-request": ("acceptDownloadMethods",),
}


def entry(method, route, scopes=None, body=None, query=(), wide=False, name=None):
    """Marks a method as an API entry. `wide`: the last parameter of the route may hold slashes."""
    def mark(function):
        function.entry = Entry(method, route, name or camel(function.__name__), scopes, body, query, wide)
        return function
    return mark


def camel(name):
    first, *rest = name.strip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


class Entry:
    def __init__(self, method, route, name, scopes, body, query, wide):
        self.method, self.name, self.scopes, self.body, self.query = method, name, scopes, body, query
        self.params = re.findall(r"<(\w+)>", route)
        pattern = re.escape(route)
        for number, param in enumerate(self.params):
            last = number == len(self.params) - 1
            one = r"[^/]+?(?:/|%2[Ff])[^/]+?" if param == "taskQueueId" else r".*" if wide and last else r"[^/]+"
            pattern = pattern.replace(f"<{param}>", f"(?P<{param}>{one})")
        self.pattern = re.compile(pattern)

    def eager(self):
        return self.scopes is not None and names_in(self.scopes) <= set(self.params)


class Call:
    """One call of an entry: its parameters, payload and caller."""

    def __init__(self, services, request, entry_, params):
        self.services, self.request, self.entry, self.params = services, request, entry_, params
        self.query = {name: value for name, value in request.query if name != "bewit"}
        self.payload = {}
        self.caller = None

    def authorize(self, **values):
        """Checks the scopes of the entry; `values` are what its template needs beyond the URL."""
        try:
            self.caller = self.caller or self.services.authenticator.identify(self.request)
        except AuthenticationFailed as error:
            raise ApiError("AuthenticationFailed", str(error)) from None
        expression = render(self.entry.scopes, {**self.params, **values})
        lacking = missing(expression, self.caller.scopes)
        if lacking is None:
            return
        wanted = f"\n\n```\n{show(expression)}\n```"
        if self.caller.client_id is None:
            raise ApiError("InsufficientScopes", "This request requires Taskcluster credentials that satisfy the "
                                                 f"following scope expression:{wanted}")
        raise ApiError("InsufficientScopes",
                       f"Client ID {self.caller.client_id} does not have sufficient scopes and is missing the "
                       f"following scopes:\n\n```\n{show(lacking)}\n```\n\nThis request requires the client to "
                       f"satisfy the following scope expression:{wanted}")

    def limit(self, most=1000):
        return min(int(self.query.get("limit", most)), most)


def show(expression):
    return expression if isinstance(expression, str) else json.dumps(expression, indent=2)


class Api:
    """Finds the entry of a request below /api/NAME/v1 and answers it. Threads: any."""

    def __init__(self, services, name, service, schemas):
        self.services, self.name, self.schemas = services, name, schemas
        methods = [getattr(service, attribute) for attribute in dir(service)]
        self.methods = [method for method in methods if hasattr(method, "entry")]

    def find(self, method, path):
        """(bound method, raw parameters) or None. Literal routes come before wide ones."""
        wanted = "GET" if method == "HEAD" else method
        found = [(each, match) for each in self.methods if each.entry.method == wanted
                 and (match := each.entry.pattern.fullmatch(path))]
        if not found:
            return None
        return min(found, key=lambda pair: sum(len(value) for value in pair[1].groupdict().values()))

    def answer(self, request, path):
        found = self.find(request.method, path)
        if found is None:
            return self.finish(request, json_response({"error": "Not found"}, 404))
        method, match = found
        params = {name: unquote(value) for name, value in match.groupdict().items()}
        call = Call(self.services, request, method.entry, params)
        info = {"method": call.entry.name, "params": params, "payload": {}, "time": iso(self.services.clock.now())}
        try:
            self.check(call, info)
            result = method(call)
        except ApiError as error:
            result = self.error_response(error, info)
        except Exception:  # a bug of ours, or a body that only the schemas would have refused
            traceback.print_exc()
            result = self.error_response(self.services.internal_error(), info)
        if not isinstance(result, Response):
            result = json_response(result)
        return self.finish(request, result)

    def check(self, call, info):
        request = call.request
        if len(request.body) > LARGEST_BODY:
            del info["payload"]
            raise self.services.internal_error()
        body, broken = parse_body(request.body)
        info["payload"] = {} if not is_json(request) else body
        check_params(call)
        if call.entry.eager():
            call.authorize()
        if call.entry.body:
            check_payload(call, body, broken, self.schemas, self.schema_path(call.entry.body), self.services.root_url)
            info["payload"] = call.payload
        elif isinstance(body, dict):
            call.payload = body

    def schema_path(self, name):
        return f"schemas/{self.name}/v1/{name}.json"

    def error_response(self, error, info):
        headers = {"www-authenticate": "hawk"} if error.status == 401 else {}
        return json_response(error_body(error, info), error.status, headers)

    @staticmethod
    def finish(request, response):
        is_json_reply = response.headers.get("content-type", "").startswith("application/json")
        if is_json_reply or response.status == 200 and response.body:
            digest = base64.b64encode(hashlib.sha1(response.body).digest())[:27].decode()
            response.headers.setdefault("etag", f'W/"{len(response.body):x}-{digest}"')
        if response.status == 200 and request.header("if-none-match") == response.headers.get("etag", "none"):
            response = Response(304, {"etag": response.headers["etag"]})
        response.headers.update({"x-for-request-id": str(uuid.uuid4()), "x-for-trace-id": str(uuid.uuid4()), **CORS})
        return response


def check_params(call):
    wrong = []
    for name, value in call.params.items():
        pattern = PATTERNS.get(name)
        if pattern and not pattern[0].fullmatch(value):
            wrong.append(f"\nURL parameter '{name}' given as '{value}' must match regular expression: '{pattern[1]}'")
    if wrong:
        raise ApiError("InvalidRequestArguments", "Invalid URL patterns:" + "".join(wrong))
    for name, value in call.query.items():
        if name not in call.entry.query:
            raise ApiError("InvalidRequestArguments", f"Query-string parameter: {name} is not supported!")
        if not QUERY[name].fullmatch(value):
            raise ApiError("InvalidRequestArguments", f"Query-string parameter '{name}' is not valid")


def is_json(request):
    return request.header("content-type").split(";")[0].strip().lower() == "application/json"


def parse_body(data):
    """(value, None) of a JSON body, (its text, what is wrong) of another; numbers are rounded as JavaScript does."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    if not text:
        return {}, None
    try:
        value = json.loads(text, parse_int=rounded, parse_float=finite, parse_constant=refuse)
    except (ValueError, RecursionError):
        return text, "Unexpected end of JSON input" if text.count("[") > text.count("]") else "Unexpected token"
    return value, None if isinstance(value, (dict, list)) else "Must be an object or array"


def rounded(text):
    value = int(text)
    return value if abs(value) <= LARGEST_EXACT else int(float(text))


def finite(text):
    value = float(text)
    return None if math.isinf(value) else value


def refuse(text):
    raise ValueError(text)


def check_payload(call, body, broken, schemas, path, root_url):
    request = call.request
    if not is_json(request):
        given = request.header("content-type") or "null"
        raise ApiError("MalformedPayload", "Payload must be JSON with content-type: application/json got "
                                           f"content-type: {given}")
    if broken:
        raise ApiError("MalformedPayload", f"Failed to parse JSON: {broken}")
    call.payload = body
    if schemas:
        if isinstance(body, dict):
            schemas.fill_defaults(path, body)
        errors = schemas.errors(path, body)
    else:
        name = path.rsplit("/", 1)[1].removesuffix(".json")
        errors = ["data must be object"] if not isinstance(body, dict) else \
            [f"data must have required property '{field}'" for field in NEEDED.get(name, ()) if field not in body]
    if errors:
        lines = "\n".join("  * " + line for line in errors)
        raise ApiError("InputValidationError", "\nSchema Validation Failed!\nRejecting Schema: "
                                               f"{root_url}/{path}#\nErrors:\n{lines}")


class Common:
    """The entries that every service has."""

    def __init__(self, services):
        self.services = services

    @entry("GET", "/ping")
    def ping(self, _call):
        return {"alive": True, "uptime": (self.services.clock.now() - self.services.started) / 1000}

    @entry("GET", "/__lbheartbeat__")
    def lbheartbeat(self, _call):
        return {}

    @entry("GET", "/__heartbeat__")
    def heartbeat(self, _call):
        return {}

    @entry("GET", "/__version__")
    def version(self, _call):
        return {"version": "106.0.0", "commit": "", "source": "", "build": "NONE"}
