#!/usr/bin/env python3
"""af keygen: a key pair whose private half goes into its file and its secret, and nowhere else."""
import json
import os
import stat
import subprocess
import unittest

from support import Case, files_below, read
from taskcluster import Cluster

NAME = "project/af/key"


class Keygen(Case):
    def setUp(self):
        super().setUp()
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)
        self.env = self.cluster.environment()
        self.keys = self.path("keys")
        os.mkdir(self.keys)

    def keygen(self, name, *options, env=None, status=0):
        run = self.af("keygen", os.path.join(self.keys, name), "--json", *options, env={**self.env, **(env or {})})
        self.assertEqual(run.status, status, str(run))
        for text in (run.stdout, run.stderr.encode()):
            self.assertNotIn(b"PRIVATE", text)
            for file in files_below(self.keys):  # not a line of any private key
                if not file.endswith(".pub.pem"):
                    for line in read(os.path.join(self.keys, file)).split():
                        self.assertTrue(len(line) < 20 or line not in text, file)
            self.assertNotIn(self.env["TASKCLUSTER_ACCESS_TOKEN"].encode(), text)
        return json.loads(run.stdout) if status == 0 else run

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *arguments], capture_output=True, timeout=60, check=True).stdout

    def secret(self):
        return self.cluster.root.call("secrets", "GET", f"/secret/{NAME.replace('/', '%2F')}")

    def kid_of(self, private_pem):
        der = subprocess.run(["openssl", "pkey", "-pubout", "-outform", "DER"], input=private_pem.encode(),
                             capture_output=True, timeout=60, check=True).stdout
        return subprocess.run(["sha256sum"], input=der, capture_output=True, timeout=60,
                              check=True).stdout[:16].decode()

    def test_the_files_are_a_pair_that_openssl_reads_and_only_the_owner_can_read_the_private_one(self):
        made = self.keygen("af")
        self.assertEqual(files_below(self.keys), ["af.pem", "af.pub.pem"])
        self.assertEqual(stat.S_IMODE(os.stat(made["private"]).st_mode), 0o600)
        self.assertEqual(self.openssl("pkey", "-in", made["private"], "-pubout"), read(made["public"]))
        self.assertIn(b"3072 bit", self.openssl("pkey", "-in", made["private"], "-noout", "-text"))
        self.assertEqual(self.kid_of(read(made["private"]).decode()), made["kid"])
        self.assertEqual(self.cluster.requests(service="secrets"), [])

    def test_files_that_are_there_stay_unless_forced(self):
        first = self.keygen("af")
        before = read(first["private"])
        for name in ("af", "af.pem", "af.pub.pem"):
            self.assertIn("there already", self.keygen(name, status=2).stderr)
        self.assertEqual(read(first["private"]), before)
        self.assertNotEqual(self.keygen("af", "--force")["kid"], first["kid"])
        self.assertNotEqual(read(first["private"]), before)

    def test_the_next_steps_are_told(self):
        run = self.af("keygen", os.path.join(self.keys, "af"))
        self.assertEqual(run.status, 0, str(run))
        self.assertRegex(run.stdout.decode(), r"\A[0-9a-f]{16}\n\Z")
        for words in ("taskcluster api secrets set NAME", "af config set key " + os.path.join(self.keys, "af.pub.pem")):
            self.assertIn(words, run.stderr)

    def test_a_secret_gets_the_new_key_and_keeps_the_ones_before(self):
        first = self.keygen("one", "--secret", NAME, "--expires", "30d")
        stored = self.secret()
        self.assertEqual(self.kid_of(stored["secret"]["key"]), first["kid"])
        second = self.keygen("two", "--secret", NAME)
        self.assertEqual(second["kids_in_secret"], [second["kid"], first["kid"]])
        secret = self.secret()["secret"]
        kids = {self.kid_of(value) for value in secret.values() if isinstance(value, str)}
        self.assertEqual(kids, {first["kid"], second["kid"]})
        self.assertEqual(self.kid_of(secret["key"]), second["kid"])

    def test_what_the_secrets_service_refuses_leaves_no_file(self):
        for fault, status, name in ((dict(status=403, code="InsufficientScopes", message="no"), 6, "REFUSED"),):
            for call in ("get", "set"):
                with self.subTest(call):
                    self.cluster.control.clear_faults()
                    self.cluster.control.add_fault({"match": {"service": "secrets", "call": call}, "do": fault})
                    run = self.keygen("af", "--secret", NAME, status=status)
                    self.assertEqual(json.loads(run.stderr.splitlines()[-1])["name"], name)
                    self.assertEqual(files_below(self.keys), [])

    def test_a_secret_that_holds_something_else_is_left_alone(self):
        self.cluster.control.set_secret(NAME, {"key": "canary-password"})
        run = self.keygen("af", "--secret", NAME, status=6)
        self.assertNotIn("canary", run.stderr)
        self.assertEqual(self.secret()["secret"], {"key": "canary-password"})
        self.assertEqual(files_below(self.keys), [])

    def test_keys_older_than_half_a_year_are_named(self):
        old = self.keygen("old")
        self.cluster.control.set_secret(NAME, {"key": read(old["private"]).decode(),
                                               "created": {old["kid"]: "2020-01-01T00:00:00Z"}})
        run = self.af("keygen", os.path.join(self.keys, "new"), "--secret", NAME, env=self.env)
        self.assertEqual(run.status, 0, str(run))
        self.assertRegex(run.stderr, f"warning: the key {old['kid']} in {NAME} is [0-9,]+ days old")

    def test_an_expiry_that_is_no_duration_is_refused_before_anything_is_made(self):
        self.assertIn("--expires", self.keygen("af", "--expires", "soon", status=2).stderr)
        self.assertEqual(files_below(self.keys), [])


if __name__ == "__main__":
    unittest.main()
