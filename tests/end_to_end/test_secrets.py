#!/usr/bin/env python3
"""Credentials appear nowhere: not in any output, not in the manifest, not in the environment of the user's code."""
import os
import unittest

from support import Case, aws, files_below, read, records

KEY, SECRET, TOKEN = "AKCANARYKEY", "canary/SECRET+value", "CANARYtoken+/=="
DUMPING = """import json, os
def mapper(uuid, file, value):
    return 'env ' + json.dumps(dict(os.environ)) + json.dumps(open('/proc/self/cmdline').read())
"""


class Secrets(Case):
    def setUp(self):
        super().setUp()
        self.served = self.server({"tele/a.txt": records(range(5)), "tele/b.txt": records(range(3))},
                                  "--credential", f"{KEY}:{SECRET}:{TOKEN}",
                                  rules=[{"match": {"key": "b.txt"}, "do": {"error": "AccessDenied"}}])
        self.env = aws(self.served, KEY, SECRET, AWS_SESSION_TOKEN=TOKEN, OTHER_PASSWORD="canary-password")

    def assert_no_canary(self, run):
        files = [read(os.path.join(self.out, name)) for name in files_below(self.out)]
        for text in (run.stdout, run.stderr.encode(), *files):
            for canary in (SECRET, TOKEN, "canary", "Signature=", KEY):
                self.assertNotIn(canary.encode(), text)

    def test_of_a_run_that_succeeds_however_much_it_says(self):
        job = self.python_job(DUMPING)
        for option in ("--verbose", "--json", "--quiet"):
            with self.subTest(option):
                run = self.af("run", option, "--job", job, "s3://tele/a.txt", "-o", self.result, env=self.env)
                self.assertEqual(run.status, 0, str(run))
                self.assertIn(b"PATH", read(self.result))
                self.assert_no_canary(run)

    def test_of_binaries_and_javascript(self):
        jobs = (self.job("map: {language: binary, script: mapper.sh}\n",
                         mapper_sh="#!/bin/sh\ncat >/dev/null; env; cat /proc/$$/environ\n"),
                self.job("map: {language: javascript, script: mapper.js}\n",
                         mapper_js="exports.mapper = () => 'env ' + JSON.stringify(process.env);\n"))
        for job in jobs:
            run = self.af("run", "--job", job, "s3://tele/a.txt", "-o", self.result, env=self.env)
            self.assertEqual(run.status, 0, str(run))
            self.assertIn(b"PATH", read(self.result))
            self.assert_no_canary(run)

    def test_of_runs_that_fail(self):
        job = self.python_job(DUMPING)
        a = "s3://tele/a.txt"
        for place, change, status in (("s3://tele/", {}, 69), ("s3://gone/", {}, 66),
                                      (a, {"AWS_SECRET_ACCESS_KEY": "canary/other"}, 69),
                                      (a, {"AWS_SESSION_TOKEN": "CANARYother"}, 76)):
            with self.subTest(place, change=change):
                run = self.af("run", "--verbose", "--job", job, place, "-o", self.result, env=self.env | change)
                self.assertEqual(run.status, status, str(run))
                self.assert_no_canary(run)
                self.assertNotIn("CANARY", run.stderr)

    def test_of_raising_functions(self):
        job = self.python_job("import os\ndef mapper(uuid, file, value):\n    raise ValueError(dict(os.environ))\n")
        run = self.af("run", "--verbose", "--job", job, "s3://tele/a.txt", "-o", self.result, env=self.env)
        self.assertEqual(run.status, 80, str(run))
        self.assert_no_canary(run)


if __name__ == "__main__":
    unittest.main()
