#!/usr/bin/env python3
"""An STS test server on loopback: GetFederationToken as AWS answers it, with keys that the S3 test server takes.

Every request's signature is computed again with botocore's signer. Only the permanent keys of --credential may ask, in
the POST or the GET form. The keys it hands out work at an s3_server.py that was given the same --credential: until they
expire, and for what their session policy allows (see aws_federation.py, aws_policy.py). Nothing else is shared.

Refused as AWS refuses: no or a wrong signature, a clock that is 15 minutes off, another region or service, an unknown
action or version, names, durations and policies out of bounds, policies that are none, temporary keys, keys without the
permission (--no-permission). A root's keys (--root) live for an hour at most.

As a program its first line on standard output is "listening http://127.0.0.1:PORT"; it ends with status 0 on SIGTERM or
SIGINT. In the process of a test, with the same options:

    with Sts("--credential", "AKID:secret") as sts:
        sts.url
"""
import argparse
import socket
import sys
import time
import uuid

import s3_body
import s3_faults
from s3_http import Response, parse_query
from s3_server import RequestLog, Service, credential, page, redirect, serve, start
from sts_auth import StsAuthenticator
from sts_errors import CODE_OF_STATUS, STATUS_OF_CODE, StsError
from sts_token import ACCOUNT, arn, get_federation_token

VERSION = "2011-06-15"
ACTION = "GetFederationToken"
MAX_BODY_BYTES = 64 << 10


class StsService(Service):
    """Threads: one a connection."""
    refusals = StsError
    server_name = "test-sts"

    def __init__(self, options, faults, log, now):
        super().__init__(options, faults, log, now)
        self.authenticator = StsAuthenticator(options.credential, options.region, now)

    def admit(self, request, connection):
        request.id = str(uuid.UUID(bytes=request.id.encode()[:16]))
        if request.content_length() > MAX_BODY_BYTES:
            raise StsError("ValidationError", "Request is too large", status=413)
        request.content = b"".join(connection.read_body(request.content_length()))
        request.body_read = True
        request.form = self._form(request)
        request.operation = request.form.get("Action", "")
        owner, temporary = self.authenticator.check(request)
        request.access_key = owner.access_key
        if temporary:
            raise StsError("AccessDenied", f"Cannot call {ACTION} with session credentials")
        request.owner = owner
        return self.faults.choose(request)

    @staticmethod
    def _form(request):
        if request.path != "/" or request.method not in ("GET", "POST"):
            raise StsError("InvalidAction", f"Could not find operation for {request.method} {request.path}", status=404)
        kind = request.header("content-type").partition(";")[0].strip().lower()
        if request.method == "GET" or kind != "application/x-www-form-urlencoded":
            return request.args
        return dict(parse_query(request.content.decode("latin-1")))

    def respond(self, request, _connection, actions):
        if "html" in actions:
            return page(actions)
        if "redirect" in actions:
            return redirect(request, actions)
        if "error" in actions or "status" in actions:
            raise injected_error(actions)
        text = self._answer(request, actions.get("packed_policy_size"))
        return Response(200, {"Content-Type": "text/xml"},
                        s3_body.Bytes(text.replace("{request_id}", request.id).encode()))

    def _answer(self, request, told_percent):
        form, version = request.form, request.form.get("Version", "")
        if "Action" not in form:
            raise StsError("MissingAction", "Missing Action")
        if form["Action"] != ACTION or version != VERSION:
            raise StsError("InvalidAction", f"Could not find operation {form['Action']} for version "
                           f"{version or 'NO_VERSION_SPECIFIED'}")
        key = request.access_key
        if key in self.options.no_permission:
            raise StsError("AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/{key} is not authorized to perform: "
                           f"sts:{ACTION} on resource: {arn(form.get('Name', ''))}")
        return get_federation_token(form, request.owner, key in self.options.root, self.now(), told_percent)

    @staticmethod
    def _id_headers(request):
        return {"x-amzn-RequestId": request.id}

    @staticmethod
    def _error_response(request, error):
        return Response(error.status, {"Content-Type": "text/xml", **error.headers},
                        s3_body.Bytes(error.xml(request.id)))


class Sts:
    """The server in this process, from construction until `stop`; `arguments` are those of the program."""

    def __init__(self, *arguments):
        options = parse_options(arguments)
        (self.service, port, _), = build_services(options)
        self.listener, self.url = start(self.service, port)

    def stop(self):
        """Takes no more connections; those that are open end with what they are at."""
        self.service.stopping.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def injected_error(actions):
    code = actions.get("error") or CODE_OF_STATUS.get(actions["status"], "InternalFailure")
    headers = {"Retry-After": actions["retry_after"]} if "retry_after" in actions else {}
    return StsError(code, status=actions.get("status") or STATUS_OF_CODE.get(code, 400), headers=headers)


def parse_options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="FAULT RULES\n" + s3_faults.help_text())
    add = parser.add_argument
    add("--port", type=int, default=0, help="0 (default): any free one")
    add("--credential", action="append", type=credential, default=[], metavar="KEY:SECRET",
        help="a permanent credential; may be repeated")
    add("--root", action="append", default=[], metavar="KEY", help="belongs to the account's root; may be repeated")
    add("--no-permission", action="append", default=[], metavar="KEY", help="may not call GetFederationToken; may be "
        "repeated")
    add("--region", action="append", default=None, help="signed for (default us-east-1); may be repeated")
    add("--clock-offset", type=float, default=0, metavar="SECONDS", help="the server's clock is this much ahead")
    add("--latency-ms", type=float, default=0, help="from a request's arrival to its answer's first byte")
    add("--faults", action="append", default=[], metavar="FILE.json", help="a list of fault rules; may be repeated")
    add("--fault", action="append", default=[], metavar="JSON", help="one rule or a list, see below; may be repeated")
    add("--log", metavar="FILE", help="a JSON line a request, as that of s3_server.py")
    options = parser.parse_args(arguments)
    options.region = options.region or ["us-east-1"]
    options.bandwidth, options.idle_timeout, options.keepalive_requests = 0, None, 1 << 30
    if not options.credential:
        parser.error("nobody could ask: give at least one --credential")
    try:
        options.engine = s3_faults.Faults(s3_faults.load_rules(options.faults, options.fault))
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"fault rules: {error}")
    return options


def build_services(options):
    return [(StsService(options, options.engine, RequestLog(options.log), lambda: time.time() + options.clock_offset),
             options.port, "listening")]


if __name__ == "__main__":
    chosen = parse_options(sys.argv[1:])
    serve(lambda: build_services(chosen))
