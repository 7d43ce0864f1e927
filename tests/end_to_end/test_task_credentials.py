#!/usr/bin/env python3
"""Where the keys of a task come from, and that they go nowhere."""
import base64
import json
import os
import sys
import unittest

from support import TOP, os_count, records
from task_support import OS_COUNT, TaskCase

sys.path.insert(0, os.path.join(TOP, "tests", "stages", "seal"))
try:
    import make_vectors
    from cryptography.hazmat.primitives.asymmetric import rsa
except ImportError:
    make_vectors = None

KEY, SECRET, TOKEN = "ASIACANARYKEY", "canary/SECRET+value", "CANARYtoken+/=="
PASSWORD = "canary-smtp-password"
SECRET_NAME = "project/af/key"
# Everything the user's code can find out: its own environment, and that of any process it may look at.
PRYING = """import glob, json, os
def mapper(uuid, file, value):
    seen = {'environ': dict(os.environ)}
    for name in sorted(glob.glob('/proc/[0-9]*/environ')):
        if int(name.split('/')[2]) not in (os.getpid(), os.getppid()):
            continue
        try:
            with open(name, errors='replace') as environ:
                seen[name] = environ.read()
        except OSError as error:
            seen[name] = type(error).__name__
    seen['fds'] = sorted(os.listdir('/proc/self/fd'))
    return 'seen ' + json.dumps(seen)
"""


def sealed_keys(key, group, kid=None, expiration="2099-01-02T03:04:05Z", access_key=KEY):
    plain = json.dumps({"accessKeyId": access_key, "secretAccessKey": SECRET, "sessionToken": TOKEN,
                        "expiration": expiration}).encode()
    return make_vectors.seal(key.public_key(), kid or make_vectors.kid_of(key), plain, group)


def flipped(envelope, name):
    fields = json.loads(envelope)
    raw = bytearray(base64.b64decode(fields[name]))
    raw[len(raw) // 2] ^= 4
    return json.dumps({**fields, name: base64.b64encode(bytes(raw)).decode()})


@unittest.skipUnless(make_vectors, "python3-cryptography is not installed")
class WithAnEnvelope(TaskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key, cls.other = (rsa.generate_private_key(65537, 2048) for _ in range(2))

    def setUp(self):
        super().setUp()
        self.stored = {"tele/a.txt": records(range(20)), "tele/b.txt": records(range(20, 30))}
        self.s3 = self.server(self.stored, "--credential", f"{KEY}:{SECRET}:{TOKEN}")
        self.truth = os_count(b"".join(self.stored.values()))
        self.cluster.control.set_secret(SECRET_NAME, {"private_key": make_vectors.pem_of(self.key)})
        self.env = {"AF_INPUT": "s3://tele/", "AWS_ENDPOINT_URL_S3": self.s3.url, "AWS_REGION": "us-east-1",
                    "AF_KEY_SECRET": SECRET_NAME}

    def map_with(self, envelope, env=None, **fields):
        fields.setdefault("scopes", [f"secrets:get:{SECRET_NAME}"])
        return self.mapper(["a.txt", "b.txt"], {**self.env, "CREDENTIALS": envelope, **(env or {})}, **fields)

    def test_the_key_comes_from_the_secrets_service_or_a_file(self):
        self.worker()
        ring = self.path("key.pem")
        with open(ring, "w", encoding="ascii") as file:
            file.write(make_vectors.pem_of(self.other) + make_vectors.pem_of(self.key))
        by_secret = self.map_with(sealed_keys(self.key, self.group))
        by_file = self.map_with(sealed_keys(self.key, self.group), {"AF_KEY_FILE": ring}, scopes=[])
        for mapper in (by_secret, by_file):
            self.assertEqual(self.result_of(self.reducer([mapper])), self.truth)

    def test_what_cannot_be_opened_has_one_error(self):
        self.worker()
        good = sealed_keys(self.key, self.group)
        old_kid = make_vectors.kid_of(self.other)
        bad = [sealed_keys(self.other, self.group, make_vectors.kid_of(self.key)),
               sealed_keys(self.key, self.group, old_kid),
               sealed_keys(self.key, "g" + self.group[1:]),
               *(flipped(good, name) for name in ("ek", "iv", "ct", "tag"))]
        tasks = [self.map_with(envelope) for envelope in bad]
        lines = {self.assert_failed(task, 78, "CONFIG", "cannot decrypt credentials (kid=").replace(old_kid, "KID")
                 for task in tasks}
        lines = {line.replace(make_vectors.kid_of(self.key), "KID") for line in lines}
        self.assertEqual(len(lines), 1, lines)

    def test_other_refusals(self):
        self.worker()
        good = sealed_keys(self.key, self.group)
        cases = ((self.map_with(good, {"AF_KEY_SECRET": ""}), 78, "CONFIG", "AF_KEY_SECRET"),
                 (self.map_with(good, scopes=[]), 69, "REFUSED", SECRET_NAME),
                 (self.map_with('{"v":2}'), 78, "CONFIG", "version"),
                 (self.map_with(sealed_keys(self.key, self.group, expiration="2020-01-02T03:04:05Z")), 76, "EXPIRED",
                  ""))
        for task, status, name, word in cases:
            self.assert_failed(task, status, name, word)

    def test_the_auth_service_gives_keys_and_gives_new_ones_when_they_expire(self):
        keys = [{"accessKeyId": KEY, "secretAccessKey": SECRET, "sessionToken": token}
                for token in ("an old token", TOKEN)]
        self.cluster.control.set_s3_credentials(["tele"], keys)
        self.worker()
        mapper = self.mapper(["a.txt", "b.txt"], {**self.env, "AF_S3_READ": "tele/"},
                             scopes=["auth:aws-s3:read-only:tele/*"])
        self.assertEqual(self.result_of(self.reducer([mapper])), self.truth)
        self.assertEqual(len(self.cluster.requests(service="auth", call="awsS3Credentials")), 2)
        refused = self.mapper(["a.txt"], {**self.env, "AF_S3_READ": "tele/"})
        self.assert_failed(refused, 69, "REFUSED", "auth:aws-s3:read-only:tele/")

    def test_the_chain_of_aws_comes_last(self):
        self.worker()
        chain = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
        mapper = self.mapper(["a.txt", "b.txt"], {**self.env, **chain})
        self.assertEqual(self.result_of(self.reducer([mapper])), self.truth)

    def test_secrets_are_nowhere(self):
        worker = self.worker(keep=True)
        job = self.python_job(PRYING, "return [(key, values[0])]")
        chain = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
        smtp = {"AF_SMTP_URL": f"smtps://user:{PASSWORD}@127.0.0.1:1", "OWNER": "ada@example.org"}
        wrong = sealed_keys(self.key, self.group, access_key="ASIACANARYOTHER")
        raising = self.python_job("import os; raise ValueError(dict(os.environ))",
                                  more="records: {on_bad: fail}\n")
        mappers = [self.map_with(sealed_keys(self.key, self.group), {"AF_JOB": job}),
                   self.map_with(sealed_keys(self.key, self.group), {"AF_JOB": job, "AF_RUN_AS": "none"}),
                   self.mapper(["a.txt", "b.txt"], {**self.env, **chain, "AF_JOB": job, "AF_RUN_AS": "none"})]
        reducers = [self.reducer([mapper], {"AF_JOB": job, **smtp}) for mapper in mappers]
        failing = [self.map_with(wrong), self.map_with(flipped(wrong, "ct")),
                   self.map_with(sealed_keys(self.key, self.group), {"AF_JOB": raising})]
        for reducer in reducers:
            self.assertIn(b"LANG", self.result_of(reducer))
        for task in failing:
            self.ended(task, "failed")
        private = make_vectors.pem_of(self.key).splitlines()[3]
        plain = [text.encode() for text in ("CANARY", "canary", SECRET, TOKEN, PASSWORD, private)]
        hidden = [base64.b64encode(text.encode())[:-4] for text in (SECRET, TOKEN, PASSWORD, KEY)]
        looked_at = 0
        for task in [*mappers, *reducers, *failing]:
            for name in self.cluster.artifacts(task):
                if name != "public/logs/live.log":
                    looked_at += 1
                    self.assert_clean(self.cluster.artifact(task, name), [*plain, *hidden], f"{task} {name}")
        self.assertGreater(looked_at, 20)
        for place, _, names in os.walk(worker.folder):  # what the tasks left on the disk of the worker
            for name in names:
                with open(os.path.join(place, name), "rb") as file:
                    self.assert_clean(file.read(), [*plain, *hidden], os.path.join(place, name))
        worker.stop()

    def assert_clean(self, data, canaries, where):
        for canary in canaries:
            if canary in data.replace(self.group.encode(), b""):
                at = data.index(canary)
                self.fail(f"{canary!r} in {where}: ...{data[max(0, at - 200):at + 100]!r}")


if __name__ == "__main__":
    unittest.main()
