#!/usr/bin/env python3
"""Writes botocore_vectors.json: random requests and the signatures botocore gives them.

usage: make_botocore_vectors.py [SEED [COUNT]] > botocore_vectors.json
"""
import datetime
import json
import random
import sys
from urllib.parse import quote
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY_BYTES = "abcXYZ019-_.~/!*'();:@&=+$,?#[] %\"<>\\^`{|}\x01\x7f\n\u00e9\u6f22\U0001f600"
QUERY_NAMES = ["prefix", "delimiter", "list-type", "continuation-token", "uploads", "a", "A", "X-Amz-Foo", "encoding-type"]


def text(rng, alphabet, low, high):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def random_query(rng):
    pairs = []
    for _ in range(rng.choice([0, 0, 1, 2, 5])):
        name = quote(rng.choice(QUERY_NAMES + [text(rng, KEY_BYTES, 1, 6)]), safe="-_.~")
        value = quote(text(rng, KEY_BYTES, 0, 12), safe="-_.~")
        pairs.append(rng.choice([name, name + "=" + value, name + "=" + value]))
    return "&".join(pairs)


def random_headers(rng):
    headers = {}
    if rng.random() < 0.5:
        headers["Range"] = "bytes=%d-" % rng.randint(0, 10**9)
    if rng.random() < 0.3:
        headers["If-Match"] = '"%s"' % text(rng, "0123456789abcdef", 32, 32)
    if rng.random() < 0.3:
        headers["X-Amz-Meta-Spaces"] = text(rng, "ab  ", 1, 20).strip() or "x"
    if rng.random() < 0.3:
        headers["x-amz-checksum-mode"] = "ENABLED"
    if rng.random() < 0.2:
        headers["User-Agent"] = "anything"
    return headers


def random_vector(rng):
    service = rng.choice(["s3", "s3", "s3", "sts", "execute-api"])
    host = rng.choice(["bucket.s3.eu-west-1.amazonaws.com", "127.0.0.1:9000", "example.org:443", "Example.ORG", "[::1]:8080"])
    path = quote("/" + text(rng, KEY_BYTES, 0, 30), safe="-_.~/")
    if service != "s3" and rng.random() < 0.5:
        path = "/" + "/".join(rng.choice(["a", ".", "..", "", "b%20c"]) for _ in range(rng.randint(1, 6)))
    query = random_query(rng)
    return {
        "service": service,
        "region": rng.choice(["us-east-1", "eu-west-1", "cn-north-1"]),
        "method": rng.choice(["GET", "GET", "PUT", "POST", "HEAD"]),
        "url": rng.choice(["https", "http"]) + "://" + host + path + ("?" + query if query else ""),
        "headers": random_headers(rng),
        "body": rng.choice(["", "", text(rng, "hello world \u00e9", 1, 40)]),
        "access_key_id": "AKIA" + text(rng, "ABCDEFGHIJ234567", 16, 16),
        "secret_access_key": text(rng, "abcdefXYZ/+0123456789", 40, 40),
        "session_token": rng.choice(["", text(rng, "abcdefXYZ/+=0123456789", 100, 300)]),
        "time": rng.randint(1_000_000_000, 2_000_000_000),
    }


def sign(vector):
    at = datetime.datetime.fromtimestamp(vector["time"], datetime.timezone.utc).replace(tzinfo=None)
    keys = Credentials(vector["access_key_id"], vector["secret_access_key"], vector["session_token"] or None)
    kind = botocore.auth.S3SigV4Auth if vector["service"] == "s3" else botocore.auth.SigV4Auth
    signer = kind(keys, vector["service"], vector["region"])
    request = AWSRequest(method=vector["method"], url=vector["url"], headers=dict(vector["headers"]), data=vector["body"].encode())
    request.context["payload_signing_enabled"] = True
    with mock.patch("botocore.auth.datetime") as clock:
        clock.datetime.utcnow.return_value = at
        clock.datetime.strptime = datetime.datetime.strptime
        signer.add_auth(request)
    return request.headers["Authorization"]


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    rng = random.Random(seed)
    vectors = []
    for _ in range(count):
        vector = random_vector(rng)
        vector["authorization"] = sign(vector)
        vectors.append(vector)
    json.dump(vectors, sys.stdout, indent=0, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
