"""The secrets service and the auth service: secrets by name, scopes, clients and roles, S3 credentials."""
import threading

from taskcluster.api import Common, entry
from taskcluster.errors import ApiError
from taskcluster.http_layer import Response
from taskcluster.paging import Tokens, page
from taskcluster.values import iso, next_year, parse_date, slugid

PAGES = ("continuationToken", "limit")
S3_SCOPES = {"if": "levelIsReadOnly",
             "then": {"AnyOf": ["auth:aws-s3:read-only:<bucket>/<prefix>", "auth:aws-s3:read-write:<bucket>/<prefix>"]},
             "else": "auth:aws-s3:read-write:<bucket>/<prefix>"}


class SecretsService(Common):
    """Threads: any."""

    def __init__(self, services):
        super().__init__(services)
        self.lock = threading.Lock()
        self.secrets = {}  # name -> (value, expires in ms)
        self.tokens = Tokens()

    def put(self, name, value, expires):
        with self.lock:
            self.secrets[name] = (value, expires)

    @entry("PUT", "/secret/<name>", "secrets:set:<name>", body="secret", wide=True)
    def set(self, call):
        self.put(call.params["name"], call.payload["secret"], parse_date(call.payload["expires"]))
        return {}

    @entry("GET", "/secret/<name>", "secrets:get:<name>", wide=True)
    def get(self, call):
        with self.lock:
            value, expires = self.secrets.get(call.params["name"], (None, 0))
        if expires <= self.services.clock.now():
            raise ApiError("ResourceNotFound", "Secret not found")
        return {"secret": value, "expires": iso(expires)}

    @entry("DELETE", "/secret/<name>", "secrets:set:<name>", wide=True)
    def remove(self, call):
        with self.lock:
            self.secrets.pop(call.params["name"], None)
        return {}

    @entry("GET", "/secrets", "secrets:list-secrets", query=PAGES)
    def list(self, call):
        now = self.services.clock.now()
        with self.lock:
            names = sorted(name for name, (_, expires) in self.secrets.items() if expires > now)
        found, more = page(names, call, self.tokens)
        return {"secrets": found, **more}


class AuthService(Common):
    """`s3` is {"buckets": [...], "credentials": [{accessKeyId, secretAccessKey, sessionToken}, ...],
    "lifetime_seconds": n}: each call hands out the next credentials, the last ones for ever."""

    def __init__(self, services, authenticator, s3):
        super().__init__(services)
        self.authenticator, self.s3 = authenticator, s3
        self.handed_out = 0

    @entry("GET", "/scopes/current", "auth:current-scopes")
    def current_scopes(self, call):
        return {"scopes": call.caller.scopes}

    @entry("POST", "/scopes/expand", "auth:expand-scopes", body="scopeset")
    def expand_scopes(self, call):
        return {"scopes": self.authenticator.expand(call.payload["scopes"])}

    @entry("PUT", "/clients/<clientId>", {"AllOf": ["auth:create-client:<clientId>",
                                                    {"for": "scope", "in": "scopes", "each": "<scope>"}]},
           body="create-client-request")
    def create_client(self, call):
        name, scopes = call.params["clientId"], call.payload.get("scopes", [])
        call.authorize(scopes=scopes)
        token = slugid() + slugid()
        self.authenticator.add_client(name, token, scopes)
        return {"clientId": name, "accessToken": token,
                **self.shown(scopes, call.payload["description"], call.payload["expires"])}

    @entry("GET", "/clients/<clientId>", "auth:get-client:<clientId>", name="client")
    def client(self, call):
        name = call.params["clientId"]
        with self.authenticator.lock:
            known = self.authenticator.clients.get(name)
        if not known:
            raise ApiError("ResourceNotFound", "Client not found")
        expires = iso(next_year(self.services.started))
        return {"clientId": name, **self.shown(known[1], "a client of the tests", expires)}

    def shown(self, scopes, description, expires):
        """What is told of a client besides its name."""
        then = iso(self.services.started)
        return {"expires": expires, "description": description, "created": then, "lastModified": then,
                "lastDateUsed": then, "lastRotated": then, "deleteOnExpiration": False, "disabled": False,
                "scopes": scopes, "expandedScopes": self.authenticator.expand(scopes)}

    @entry("PUT", "/roles/<roleId>", {"AllOf": ["auth:create-role:<roleId>",
                                                {"for": "scope", "in": "scopes", "each": "<scope>"}]},
           body="create-role-request")
    def create_role(self, call):
        name, now = call.params["roleId"], iso(self.services.clock.now())
        call.authorize(scopes=call.payload["scopes"])
        with self.authenticator.lock:
            self.authenticator.roles[name] = {"scopes": call.payload["scopes"]}
        return {"roleId": name, "scopes": call.payload["scopes"],
                "expandedScopes": self.authenticator.expand([f"assume:{name}"]),
                "description": call.payload["description"], "lastModified": now, "created": now}

    @entry("DELETE", "/roles/<roleId>", "auth:delete-role:<roleId>")
    def delete_role(self, call):
        with self.authenticator.lock:
            self.authenticator.roles.pop(call.params["roleId"], None)
        return Response(204)

    @entry("GET", "/aws/s3/<level>/<bucket>/<prefix>", S3_SCOPES, query=("format",), wide=True,
           name="awsS3Credentials")
    def aws_s3_credentials(self, call):
        level, bucket, prefix = (call.params[name] for name in ("level", "bucket", "prefix"))
        if level not in ("read-write", "read-only"):
            raise ApiError("InputError", "the 'level' URL parameter must be read-only or read-write; got " + level)
        call.authorize(levelIsReadOnly=level == "read-only")
        if bucket not in self.s3["buckets"]:
            raise ApiError("ResourceNotFound", f"No credentials available for bucket {bucket}")
        if prefix.startswith("/"):
            raise ApiError("InputError", f"The `prefix` may not start with a slash `/`; got `{prefix}`")
        keys = self.s3["credentials"][min(self.handed_out, len(self.s3["credentials"]) - 1)]
        self.handed_out += 1
        now = self.services.clock.signature_time()
        expires = iso(now + int(self.s3["lifetime_seconds"] * 1000))
        if call.query.get("format") == "iam-role-compat":
            return {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": iso(now), "AccessKeyId": keys["accessKeyId"],
                    "SecretAccessKey": keys["secretAccessKey"], "Token": keys["sessionToken"], "Expiration": expires}
        return {"credentials": keys, "expires": expires}
