"""Credentials as a machine or a container gets them: IMDSv2 and the container credentials endpoint.

Source: EC2 user guide, "Use the Instance Metadata Service" (version 2 only: no answer without a session token);
ECS developer guide and SDK reference, "Container credential provider".
"""
import json
import secrets
import threading
import time

from s3_body import Bytes
from s3_http import Response

ROLES = "/latest/meta-data/iam/security-credentials/"
TOKEN_SECONDS_MAX = 21600
TTL = "x-aws-ec2-metadata-token-ttl-seconds"


class Metadata:
    """Issues `credentials` one after the other, the last one again and again; each expires `lifetime` seconds after it
    was last issued, here and at the S3 port. Threads: any."""

    def __init__(self, credentials, role, lifetime, container_path, container_token, region, now):
        self.credentials = credentials
        self.role = role
        self.lifetime = lifetime
        self.container_path = container_path
        self.container_token = container_token
        self.region = region
        self.now = now
        self.tokens = {}
        self.issued = 0
        self.lock = threading.Lock()

    def operation_name(self, request):
        if request.path == "/latest/api/token":
            return "ImdsToken"
        if request.path == self.container_path:
            return "ContainerCredentials"
        return "ImdsCredentials" if request.path == ROLES + self.role else "ImdsRole"

    def answer(self, request):
        if request.operation == "ContainerCredentials":
            return self._container(request)
        if request.header("x-forwarded-for"):
            return refusal(403, "Forbidden")
        if request.operation == "ImdsToken":
            return self._token(request)
        with self.lock:
            good = self.tokens.get(request.header("x-aws-ec2-metadata-token"), 0) > self.now()
        if not good:
            return refusal(401, "Unauthorized")
        if request.method != "GET":
            return refusal(405, "Method Not Allowed")
        if request.operation == "ImdsCredentials":
            return json_response({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": stamp(self.now()),
                                  **self._issue()})
        plain = {ROLES: self.role, ROLES.rstrip("/"): self.role, "/latest/meta-data/placement/region": self.region}
        if request.path in plain:
            return Response(200, {"Content-Type": "text/plain"}, Bytes(plain[request.path].encode()))
        return refusal(404, "Not Found")

    def _token(self, request):
        if request.method != "PUT":
            return refusal(405, "Method Not Allowed")
        seconds = request.header(TTL)
        if not seconds.isdigit() or not 1 <= int(seconds) <= TOKEN_SECONDS_MAX:
            return refusal(400, "Bad Request")
        token = secrets.token_urlsafe(40)
        with self.lock:
            self.tokens[token] = self.now() + int(seconds)
        return Response(200, {"Content-Type": "text/plain", TTL: seconds}, Bytes(token.encode()))

    def _container(self, request):
        if request.method != "GET":
            return refusal(405, "Method Not Allowed")
        if request.header("authorization") != self.container_token:
            return json_response({"code": "AccessDenied", "message": "wrong or missing Authorization"}, 401)
        return json_response({"RoleArn": f"arn:aws:iam::123456789012:role/{self.role}", **self._issue()})

    def _issue(self):
        with self.lock:
            credential = self.credentials[min(self.issued, len(self.credentials) - 1)]
            self.issued += 1
            credential.expires_at = self.now() + self.lifetime
        return {"AccessKeyId": credential.access_key, "SecretAccessKey": credential.secret,
                "Token": credential.token, "Expiration": stamp(credential.expires_at)}


def stamp(unix_seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix_seconds))


def refusal(status, text):
    return Response(status, {"Content-Type": "text/plain"}, Bytes(text.encode()))


def json_response(value, status=200):
    return Response(status, {"Content-Type": "application/json"}, Bytes(json.dumps(value).encode()))
