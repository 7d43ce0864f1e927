#!/usr/bin/env python3
"""The S3 client against the S3 test server, which checks every signature with botocore.

usage: s3_server_test.py PROBE
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "support", "servers"))
from running_server import RunningServer  # noqa: E402

PROBE = None
KEYS = {"AWS_ACCESS_KEY_ID": "AKTEST", "AWS_SECRET_ACCESS_KEY": "secret/+x"}
CREDENTIAL = ("--credential", "AKTEST:secret/+x")
ODD_KEYS = ["plain", "a b+c%2F~", "quotes\"'<>&", "tab\there", "ü/漢/😀", "a=b&c=d?e#f", "(!*);:@$,[]", "x" * 200, "dots.../..x/.y"]


class S3ServerTest(unittest.TestCase):
    def start(self, files, *options, rules=()):
        server = RunningServer(files, *options, rules=rules)
        self.addCleanup(server.folder.cleanup)
        self.addCleanup(server.stop)
        return server

    def probe(self, server, *arguments, **variables):
        environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL_S3": server.url, "AWS_EC2_METADATA_DISABLED": "true", **variables}
        return subprocess.run([PROBE, *arguments], env=environment, capture_output=True, timeout=60)

    def body(self, server, *arguments, **variables):
        done = self.probe(server, "cat", *arguments, **variables)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_signed_reads_of_odd_keys(self):
        server = self.start({"bucket/" + key: key.encode() for key in ODD_KEYS}, *CREDENTIAL)
        for key in ODD_KEYS:
            self.assertEqual(self.body(server, "s3://bucket/" + key, **KEYS), key.encode())

    def test_keys_that_no_path_can_hold(self):
        names = ["a/../b", "./c", "/lead", "a//b", "trail/", "..", "%2e%2e", "line\nbreak"]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        data, key_map = os.path.join(folder.name, "data"), os.path.join(folder.name, "map.json")
        with open(data, "wb") as file:
            file.write(b"data")
        with open(key_map, "w", encoding="utf-8") as file:
            json.dump({"bucket": {name: data for name in names}}, file)
        mapped = self.start({"bucket/other": b""}, *CREDENTIAL, "--key-map", key_map)
        for name in names:
            self.assertEqual(self.body(mapped, "s3://bucket/" + name, **KEYS), b"data", name)

    def test_listing_in_pages_and_levels(self):
        names = [f"d{i % 3}/sub {i % 2}/k+{i:03}" for i in range(57)] + ["top"]
        server = self.start({"bucket/" + name: b"x" * i for i, name in enumerate(names)}, *CREDENTIAL, "--page-size", "10")
        done = self.probe(server, "list", "s3://bucket", **KEYS)
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = sorted(f"{i}\ts3://bucket/{name}" for i, name in enumerate(names))
        self.assertEqual(sorted(done.stdout.decode().splitlines()), expected)
        level = self.probe(server, "list", "s3://bucket/d1/", "/", **KEYS).stdout.decode().splitlines()
        self.assertEqual(level, ["-\ts3://bucket/d1/sub 0/", "-\ts3://bucket/d1/sub 1/"])

    def test_range_and_if_match(self):
        data = random.Random(1).randbytes(3_000_000)
        server = self.start({"bucket/k": data}, *CREDENTIAL)
        whole = self.probe(server, "cat", "s3://bucket/k", **KEYS)
        self.assertEqual(whole.stdout, data)
        self.assertIn(b"size=3000000 offset=0", whole.stderr)
        self.assertIn(b"checksum=crc32", whole.stderr)
        etag = whole.stderr.decode().split("etag=")[1].split()[0]
        self.assertEqual(self.body(server, "s3://bucket/k", "1234567", etag, **KEYS), data[1234567:])
        self.assertEqual(self.body(server, "s3://bucket/k", "3000000", etag, **KEYS), b"")
        self.assertEqual(self.probe(server, "cat", "s3://bucket/k", "3000001", **KEYS).returncode, 65)
        changed = self.probe(server, "cat", "s3://bucket/k", "5", '"other"', **KEYS)
        self.assertEqual(changed.returncode, 65)
        self.assertIn(b"OBJECT_CHANGED", changed.stderr)

    def test_every_checksum_of_the_server_holds(self):
        for algorithm in ("crc32", "crc32c", "sha256"):
            server = self.start({"bucket/k": b"hello" * 100_000}, *CREDENTIAL, "--checksum", algorithm)
            done = self.probe(server, "cat", "s3://bucket/k", **KEYS)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"checksum=" + algorithm.encode() + b"\n", done.stderr)

    def test_a_session_token_is_signed(self):
        server = self.start({"bucket/k": b"v"}, "--credential", "AKTEST:secret/+x:to/ken==")
        self.assertEqual(self.body(server, "s3://bucket/k", AWS_SESSION_TOKEN="to/ken==", **KEYS), b"v")
        refused = self.probe(server, "cat", "s3://bucket/k", AWS_SESSION_TOKEN="other", **KEYS)
        self.assertNotEqual(refused.returncode, 0)

    def test_wrong_keys_are_refused_without_retries(self):
        server = self.start({"bucket/k": b"v"}, *CREDENTIAL)
        done = self.probe(server, "cat", "s3://bucket/k", AWS_ACCESS_KEY_ID="AKTEST", AWS_SECRET_ACCESS_KEY="canary")
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"SignatureDoesNotMatch", done.stderr)
        self.assertNotIn(b"canary", done.stderr)
        self.assertEqual(self.probe(server, "cat", "s3://bucket/absent", **KEYS).returncode, 66)

    def test_anonymous(self):
        server = self.start({"open/k": b"v", "closed/k": b"v"}, *CREDENTIAL, "--anonymous-bucket", "open")
        self.assertEqual(self.body(server, "s3://open/k", S3_PROBE_ANONYMOUS="1"), b"v")
        self.assertEqual(self.probe(server, "cat", "s3://closed/k", S3_PROBE_ANONYMOUS="1").returncode, 69)
        nothing = self.probe(server, "cat", "s3://open/k")
        self.assertEqual(nothing.returncode, 69)
        self.assertIn(b"--no-sign-request", nothing.stderr)

    def test_virtual_host(self):
        server = self.start({"my-bucket/k": b"v"}, *CREDENTIAL)
        url = server.url.replace("127.0.0.1", "localhost")
        self.assertEqual(self.body(server, "s3://my-bucket/k", S3_PROBE_VIRTUAL_HOST="1", AWS_ENDPOINT_URL_S3=url, **KEYS), b"v")

    def test_clock_skew_is_corrected_from_the_date_header(self):
        server = self.start({"bucket/k": b"v"}, *CREDENTIAL, "--clock-offset", "7200")
        self.assertEqual(self.body(server, "s3://bucket/k", **KEYS), b"v")

    def test_the_buckets_region_is_learned(self):
        server = self.start({"far/k": b"v", "near/k": b"v"}, *CREDENTIAL, "--bucket-region", "far:eu-west-1")
        self.assertEqual(self.body(server, "s3://far/k", **KEYS), b"v")
        self.assertEqual(self.body(server, "s3://near/k", AWS_REGION="ap-south-1", **KEYS), b"v")

    def test_faults_before_the_body_are_ridden_out(self):
        rules = [{"times": 1, "do": {"error": "SlowDown"}}, {"times": 1, "do": {"status": 500}}]
        server = self.start({"bucket/k": b"v"}, *CREDENTIAL, rules=rules)
        self.assertEqual(self.body(server, "s3://bucket/k", **KEYS), b"v")

    def test_instance_and_container_credentials(self):
        server = self.start({"bucket/k": b"v"}, *CREDENTIAL, "--imds-port", "0", "--container-token", "tok en")
        instance = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.metadata_url}
        self.assertEqual(self.body(server, "s3://bucket/k", **instance), b"v")
        container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.metadata_url + "/v2/credentials/test"}
        self.assertEqual(self.body(server, "s3://bucket/k", AWS_CONTAINER_AUTHORIZATION_TOKEN="tok en", **container), b"v")
        self.assertEqual(self.probe(server, "cat", "s3://bucket/k", **container).returncode, 69)

    def test_expired_credentials_are_renewed_from_the_instance(self):
        server = self.start({"bucket/k": b"v"}, "--credential", "AKOLD:s1:t1", *CREDENTIAL, "--imds-port", "0",
                            "--imds-credential", "AKOLD", "--imds-credential", "AKTEST",
                            rules=[{"match": {"access_key": "AKOLD"}, "do": {"error": "ExpiredToken"}}])
        instance = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.metadata_url}
        self.assertEqual(self.body(server, "s3://bucket/k", **instance), b"v")

    def test_a_redirect_elsewhere_is_refused(self):
        server = self.start({"bucket/k": b"v"}, *CREDENTIAL, rules=[{"do": {"redirect": "https://evil.invalid{target}"}}])
        done = self.probe(server, "cat", "s3://bucket/k", **KEYS)
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"REDIRECT_REFUSED", done.stderr)


if __name__ == "__main__":
    PROBE = sys.argv.pop(1)
    unittest.main()
