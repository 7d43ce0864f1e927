"""Who calls: clients, roles, Hawk headers, bewits, certificates of temporary credentials, authorizedScopes."""
import hmac
import json
import threading

import taskcluster.hawk as hawk
from taskcluster.scopes import expanded, satisfied
from taskcluster.values import DAY, MINUTE

SKEW_MS = 15 * MINUTE
CERTIFICATE_GRACE_MS = 5 * MINUTE
LONGEST_CERTIFICATE_MS = 31 * DAY
ANONYMOUS_SCOPES = [
    "auth:current-scopes", "auth:expand-scopes", "index:find-task:*", "index:list-namespaces:*", "index:list-tasks:*",
    "queue:get-artifact:public/*", "queue:get-task:*", "queue:list-artifacts:*", "queue:list-dependent-tasks:*",
    "queue:list-task-group:*", "queue:pending-count:*", "queue:status:*"]
CLIENTS = {
    "static/test/root": ("testRootToken_0123456789-abcdefghijklmnopqrs", ["*"]),
    "static/test/limited": ("testLimitedToken_0123456789-abcdefghijklmno",
                            ["queue:create-task:lowest:proj-test/ci", "queue:create-task:project:none",
                             "queue:scheduler-id:test-scheduler"]),
    "static/test/worker": ("testWorkerToken_0123456789-abcdefghijklmnop",
                           ["queue:claim-work:*", "queue:worker-id:*", "assume:worker-type:*"]),
    "static/taskcluster/queue": ("queueServiceToken_0123456789-abcdefghijklmn", ["*"]),
    "static/taskcluster/index": ("indexServiceToken_0123456789-abcdefghijklmn", ["queue:get-artifact:*"]),
}


class AuthenticationFailed(Exception):
    """Its text is what the caller is told."""


class Caller:
    def __init__(self, client_id, scopes):
        self.client_id = client_id  # None: nobody said who it is
        self.scopes = scopes


class Authenticator:
    """Threads: any. `now` gives milliseconds; the skew of a client's clock is measured against it."""

    def __init__(self, now):
        self.now = now
        self.lock = threading.RLock()
        self.clients = {name: (token, list(scopes)) for name, (token, scopes) in CLIENTS.items()}
        self.roles = {"anonymous": {"scopes": list(ANONYMOUS_SCOPES)}}

    def add_client(self, client_id, access_token, scopes):
        with self.lock:
            self.clients[client_id] = (access_token, list(scopes))

    def credentials(self, client_id):
        with self.lock:
            return {"clientId": client_id, "accessToken": self.clients[client_id][0]}

    def expand(self, scopes):
        with self.lock:
            return expanded(scopes, {name: role["scopes"] for name, role in self.roles.items()})

    def identify(self, request):
        """The Caller of a request; AuthenticationFailed when what it shows is not good."""
        header, bewit = request.header("authorization"), request.args.get("bewit")
        if header and bewit is not None:
            raise AuthenticationFailed("Cannot use two authentication schemes at once this request has both bewit in "
                                       "querystring and 'authorization' header")
        try:
            if bewit is not None:
                return self._by_bewit(request, bewit)
            if header:
                return self._by_header(request, header)
        except hawk.HawkError as error:
            raise AuthenticationFailed(str(error)) from None
        return Caller(None, self.expand(["assume:anonymous"]))

    def _by_header(self, request, header):
        shown = hawk.parse_header(header)
        token, scopes, ext = self._lookup(shown["id"], shown.get("ext", ""))
        host, port = host_and_port(request)
        text = hawk.normalized("header", shown["ts"], shown["nonce"], request.method, request.target, host, port,
                               shown.get("hash"), shown.get("ext"))
        if not hmac.compare_digest(hawk.mac(token, text).encode(), shown["mac"].encode()):
            raise AuthenticationFailed("Unauthorized: Bad mac")
        if not shown["ts"].isdigit() or abs(int(shown["ts"]) * 1000 - self.now()) > SKEW_MS:
            raise AuthenticationFailed("Unauthorized: Stale timestamp")
        if shown.get("hash"):
            check_payload(request, shown["hash"])
        return Caller(shown["id"], self._effective(scopes, ext))

    def _by_bewit(self, request, text):
        if request.method not in ("GET", "HEAD"):
            raise AuthenticationFailed("Unauthorized: Invalid method")
        shown = hawk.parse_bewit(text)
        if shown["exp"] * 1000 <= self.now():
            raise AuthenticationFailed("Unauthorized: Access expired")
        token, scopes, ext = self._lookup(shown["id"], shown["ext"])
        host, port = host_and_port(request)
        target = without_bewit(request.target)
        expected = hawk.mac(token, hawk.normalized("bewit", shown["exp"], "", "GET", target, host, port, "",
                                                   shown["ext"]))
        if not hmac.compare_digest(expected.encode(), shown["mac"].encode()):
            raise AuthenticationFailed("Unauthorized: Bad mac")
        return Caller(shown["id"], self._effective(scopes, ext))

    def _lookup(self, client_id, ext_text):
        """(key to sign with, scopes held, ext) of a client id that came with this `ext`."""
        ext = parse_ext(ext_text)
        if "certificate" in ext:
            return (*self._temporary(client_id, ext["certificate"]), ext)
        token, scopes = self._client(client_id)
        return token, self.expand([*scopes, "assume:anonymous"]), ext

    def _client(self, client_id):
        with self.lock:
            if client_id not in self.clients:
                raise AuthenticationFailed(f"Client with clientId '{client_id}' not found")
            return self.clients[client_id]

    def _temporary(self, client_id, certificate):
        if not isinstance(certificate, dict):
            raise AuthenticationFailed("ext.certificate must be a JSON object")
        issuer, scopes, now = certificate.get("issuer"), certificate.get("scopes"), self.now()
        if certificate.get("version") != 1 or not isinstance(scopes, list):
            raise AuthenticationFailed("ext.certificate.version must be 1")
        if issuer == client_id:
            raise AuthenticationFailed("ext.certificate.issuer must differ from the supplied clientId")
        if certificate["start"] > now + CERTIFICATE_GRACE_MS:
            raise AuthenticationFailed("ext.certificate.start > now")
        if certificate["expiry"] < now - CERTIFICATE_GRACE_MS:
            raise AuthenticationFailed("ext.certificate.expiry < now")
        if certificate["expiry"] - certificate["start"] > LONGEST_CERTIFICATE_MS:
            raise AuthenticationFailed("ext.certificate cannot last longer than 31 days!")
        issued_by = issuer or client_id
        token, issuer_scopes = self._client(issued_by)
        held = self.expand(issuer_scopes)
        if issuer and not satisfied(held, [f"auth:create-client:{client_id}"]):
            raise AuthenticationFailed(f"ext.certificate issuer `{issuer}` doesn't have "
                                       f"`auth:create-client:{client_id}` for supplied clientId.")
        if not satisfied(held, scopes):
            raise AuthenticationFailed(f"ext.certificate issuer `{issued_by}` doesn't satisfy all certificate scopes "
                                       f"{', '.join(scopes)}.  The temporary credentials were not generated correctly.")
        signature = hawk.mac(token, hawk.certificate_text(certificate, client_id))
        if not hmac.compare_digest(signature.encode(), str(certificate.get("signature")).encode()):
            raise AuthenticationFailed("ext.certificate.signature is not valid")
        return hawk.temporary_token(token, certificate["seed"]), self.expand([*scopes, "assume:anonymous"])

    def _effective(self, scopes, ext):
        wanted = ext.get("authorizedScopes")
        if wanted is None:
            return scopes
        if not satisfied(scopes, wanted):
            held, asked = "\n".join(scopes), "\n".join(wanted)
            raise AuthenticationFailed("Supplied credentials do not satisfy authorizedScopes; credentials have scopes:"
                                       f"\n\n```\n{held}\n```\n\nauthorizedScopes are:\n\n```\n{asked}\n```")
        return self.expand([*wanted, "assume:anonymous"])


def parse_ext(text):
    if not text:
        return {}
    try:
        ext = json.loads(hawk.decode_base64(text))
    except ValueError:
        raise AuthenticationFailed("Failed to parse ext") from None
    if not isinstance(ext, dict):
        raise AuthenticationFailed("Failed to parse ext")
    return ext


def check_payload(request, stated):
    body = request.body.removeprefix(b"\xef\xbb\xbf") if is_json(request) else b""  # it reads no other kind
    computed = hawk.payload_hash(request.header("content-type"), body)
    if not hmac.compare_digest(computed.encode(), stated.encode()):
        raise AuthenticationFailed(
            "Invalid payload hash: {{hash}}\nComputed payload hash: " + computed + "\nThis happens when your request "
            "carries a signed hash of the payload and the hash doesn't match the hash we've computed on the "
            "server-side.")


def is_json(request):
    return request.header("content-type").split(";")[0].strip().lower() in ("application/json", "")


def host_and_port(request):
    host, _, port = request.header("host").partition(":")
    return host, port or "80"


def without_bewit(target):
    path, _, query = target.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("bewit="))
    return path + ("?" + kept if kept else "")
