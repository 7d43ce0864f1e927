#!/usr/bin/env python3
"""af-bench fetch reads all there is, from disk and from signed S3, and says so; what cannot be read ends it."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("AF_BIN", os.path.join(TOP, "build", "release", "bin"))
sys.path.insert(0, os.path.join(TOP, "tests", "support", "servers"))
from running_server import RunningServer  # noqa: E402  (its folder is known only now)

OBJECTS = {f"tele/{number:02}.txt": bytes([65 + number]) * (number * 70_000 + 1) for number in range(20)}


class Fetch(unittest.TestCase):
    def setUp(self):
        self.server = RunningServer(OBJECTS, "--credential", "key:secret")
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def fetch(self, *arguments, secret="secret"):
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "AWS_ENDPOINT_URL": self.server.url,
                       "AWS_ACCESS_KEY_ID": "key",
                       "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        return subprocess.run([os.path.join(BIN, "af-bench"), "fetch", *arguments], env=environment,
                              capture_output=True, text=True,
                              timeout=120, check=False)

    def test_all_of_a_bucket_with_any_width(self):
        for width in ((), ("--width", "1"), ("--width", "64", "--depth", "1")):
            run = self.fetch("s3://tele/", *width)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertRegex(run.stdout, r"^20 objects, 13 MB in .* s: .*/s; it settled at \d+ transfers?\n$")

    def test_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, data in OBJECTS.items():
                with open(os.path.join(folder, os.path.basename(name)), "wb") as file:
                    file.write(data)
            run = self.fetch(folder)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(re.match(r"20 objects, 13 MB in", run.stdout), run.stdout)

    def test_what_cannot_be_read_ends_it_with_one_line(self):
        for arguments, secret, status in ((("s3://tele/",), "other", 69), (("s3://nowhere/",), "secret", 66),
                                          (("/no/such/folder",), "secret", 66),
                                          (("s3://tele/", "--width", "0"), "secret", 2)):
            run = self.fetch(*arguments, secret=secret)
            self.assertEqual(run.returncode, status, run.stderr + run.stdout)
            self.assertEqual(run.stdout, "")
            self.assertRegex(run.stderr.splitlines()[-1],
                             f'^af-bench: ERROR [A-Z_]+ exit={status} what=".+" .*last=".+"')


if __name__ == "__main__":
    unittest.main()
