#!/usr/bin/env python3
"""af doctor and af scopes: each thing that is broken is named, and nothing else is."""
import json
import os
import re
import subprocess
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from support import KEY, SECRET, Case, aws, write
from indexdb_server import IndexDb
from running_server import RunningSts
from taskcluster import Cluster

OWNER, QUEUE, SECRET_NAME = "owner@example.org", "proj-af/ci", "project/af/key"
CLIENT, TOKEN = "test/author", "canaryTaskclusterToken_0123456789-abcdefghijk"
CHECKS = ("settings", "state folder", "disk", "root URL", "clock", "credentials", "scopes", "image", "key", "STS",
          "bucket",
          "index")
SCOPES = ("queue:create-task:lowest:proj-af/ci", "queue:create-task:project:none",
          "queue:scheduler-id:analysis-framework", "queue:route:notify.email.owner@example.org.*",
          "queue:get-artifact:af/*", "secrets:get:project/af/*")


class Registry(HTTPServer):
    """The manifests of one image, as a registry answers for them."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(self.server.status if self.path == "/v2/analysis/manifests/3" else 404)
            self.end_headers()

        def log_message(self, *_):
            """Says nothing."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.status = 200
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class Desk(Case):
    """Everything is well: servers, settings, keys. A test breaks one thing."""

    def setUp(self):
        super().setUp()
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)
        self.cluster.control.add_client(CLIENT, TOKEN, list(SCOPES))
        self.s3 = self.server({"telemetry/saved/a.txt": b"x"})
        self.sts = RunningSts("--credential", f"{KEY}:{SECRET}")
        self.addCleanup(self.sts.__exit__)
        self.index = IndexDb(rows=[("a/b/c/d/1.2", 10)])
        self.addCleanup(self.index.stop)
        self.registry = Registry()
        self.addCleanup(self.registry.stop)
        self.user = os.path.join(self.home, ".config", "af", "config.yml")
        self.key = self.path("af.pub.pem")
        self.make_key()
        self.settings = {"task_queue": QUEUE, "owner": OWNER, "credentials": "sealed", "key": self.key,
                         "key_secret": SECRET_NAME, "image": f"127.0.0.1:{self.registry.server_port}/analysis:3",
                         "input_root": "s3://telemetry/saved/", "index": self.index.url + "/files"}
        self.env = {**self.cluster.environment(), "TASKCLUSTER_CLIENT_ID": CLIENT, "TASKCLUSTER_ACCESS_TOKEN": TOKEN,
                    **aws(self.s3), "AWS_ENDPOINT_URL_STS": self.sts.url}

    def make_key(self):
        private = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, timeout=60, check=True).stdout
        write(self.key, subprocess.run(["openssl", "pkey", "-pubout"], input=private, capture_output=True, timeout=60,
                                       check=True).stdout)
        self.cluster.control.set_secret(SECRET_NAME, {"key": private.decode()})
        self.private = private

    def write_settings(self, **changes):
        lines = {**self.settings, **changes}
        write(self.user, "".join(f"{name}: \"{value}\"\n" for name, value in lines.items() if value is not None))

    def canaries(self):
        return [SECRET, TOKEN, "canary"] + [line for line in self.private.decode().splitlines() if len(line) > 40]

    def run_af(self, *arguments, env=None, **changes):
        self.write_settings(**changes)
        run = self.af(*arguments, env={**self.env, **(env or {})})
        for canary in self.canaries():
            self.assertNotIn(canary, run.stdout.decode() + run.stderr)
        return run

    def doctor(self, *options, env=None, **changes):
        """{check: what was found} and the exit status."""
        run = self.run_af("doctor", "--json", *options, env=env, **changes)
        found = {row["check"]: row for row in map(json.loads, run.stdout.splitlines())}
        self.assertEqual(tuple(found), CHECKS, str(run))
        self.assertEqual(run.stderr, "")
        return found, run.status

    def assert_only(self, found, state, check, *words):
        """That check alone is in this state, and says so with these words and what to do."""
        states = {name: row["state"] for name, row in found.items() if row["state"] not in ("ok", "skipped")}
        self.assertEqual(states, {check: state}, found)
        for word in words:
            self.assertIn(word, found[check]["text"])
        self.assertTrue(found[check]["advice"], found[check])

    def assert_names(self, check, status, *words, env=None, **changes):
        found, ended = self.doctor(env=env, **changes)
        self.assert_only(found, "wrong", check, *words)
        self.assertEqual((ended, found[check]["code"]), (status, status), found)


class Doctor(Desk):
    def test_a_desk_where_all_is_well(self):
        run = self.run_af("doctor")
        self.assertEqual(run.status, 0, str(run))
        lines = run.stdout.decode().splitlines()
        self.assertEqual([re.match(r"(\w+) +([\w ]+?): ", line).groups() for line in lines],
                         [("ok", check) for check in CHECKS])
        self.assertEqual(run.stderr, "")
        self.assertEqual(self.cluster.requests(http="PUT") + self.cluster.requests(http="POST"), [])

    def test_a_bare_desk_says_what_to_set(self):
        run = self.af("doctor", "--json")
        found = {row["check"]: row for row in map(json.loads, run.stdout.splitlines())}
        self.assertEqual(tuple(found), CHECKS)
        self.assertEqual(run.status, 6, str(run))
        self.assertIn("TASKCLUSTER_ROOT_URL is not set", found["root URL"]["text"])
        self.assertEqual((found["scopes"]["state"], found["scopes"]["code"]), ("wrong", 2))
        self.assertIn("task_queue is not set", found["scopes"]["text"])
        for check in ("clock", "credentials", "image", "key", "STS", "bucket", "index"):
            self.assertEqual(found[check]["state"], "skipped", found[check])

    def test_a_settings_file(self):
        self.write_settings()
        write(self.path("af.yml"), "owner: me@example.org\ntask_que: x/y\n")
        run = self.af("doctor", "--json", env=self.env)
        found = {row["check"]: row for row in map(json.loads, run.stdout.splitlines())}
        self.assertEqual(tuple(found), CHECKS)
        self.assertEqual((run.status, found["settings"]["state"]), (78, "wrong"))
        self.assertIn("af.yml:2: task_que", found["settings"]["text"])

    def test_the_state_folder(self):
        write(self.path("file"), "")
        self.assert_names("state folder", 2, "file", env={"XDG_STATE_HOME": self.path("file")})

    def test_the_folder_of_temporary_files(self):
        self.assert_names("disk", 2, "nowhere", env={"TMPDIR": self.path("nowhere")})

    def test_the_root_url(self):
        for url, status, words in (("http://127.0.0.1:1", 11, "127.0.0.1"), (self.index.url, 6, "HTTP 404"),
                                   ("ftp://x", 6, "TASKCLUSTER_ROOT_URL")):
            with self.subTest(url):
                self.assert_names("root URL", status, words, env={"TASKCLUSTER_ROOT_URL": url})

    def test_a_deployment_that_is_down(self):
        self.cluster.control.add_fault({"match": {"call": "ping"}, "do": {"status": 503, "html": True}})
        self.assert_names("root URL", 11, "HTTP 503")

    def test_the_clock(self):
        self.cluster.control.skew(135)
        found, status = self.doctor()
        self.assert_only(found, "warning", "clock", "2 min ", "behind")
        self.assertEqual(status, 0)
        self.cluster.control.skew(-1235)
        self.assert_names("clock", 6, "20 min ", "ahead of")

    def test_the_credentials(self):
        for change, words in (({"TASKCLUSTER_ACCESS_TOKEN": "canaryOther"}, "mac"),
                              ({"TASKCLUSTER_ACCESS_TOKEN": None}, "TASKCLUSTER_ACCESS_TOKEN is not"),
                              ({"TASKCLUSTER_ACCESS_TOKEN": None, "TASKCLUSTER_CLIENT_ID": None}, "there are none"),
                              ({"TASKCLUSTER_CERTIFICATE": "{canary"}, "certificate")):
            with self.subTest(change):
                self.assert_names("credentials", 6, words, env=change)

    def test_temporary_credentials(self):
        from taskcluster import hawk  # its own signing, not ours
        now = int(time.time() * 1000)
        for seconds, state, status in ((7200, None, 0), (1800, "warning", 0), (-60, "wrong", 6)):
            with self.subTest(seconds):
                certificate = {"version": 1, "scopes": list(SCOPES), "start": now - 3_600_000,
                               "expiry": now + seconds * 1000,
                               "seed": "s" * 44}
                certificate["signature"] = hawk.mac(TOKEN, hawk.certificate_text(certificate, CLIENT))
                env = {"TASKCLUSTER_ACCESS_TOKEN": hawk.temporary_token(TOKEN, certificate["seed"]),
                       "TASKCLUSTER_CERTIFICATE": json.dumps(certificate)}
                found, ended = self.doctor(env=env)
                self.assertEqual(ended, status, found)
                if state:
                    self.assert_only(found, state, "credentials", "r")
                self.assertNotIn(env["TASKCLUSTER_ACCESS_TOKEN"], json.dumps(found))
                self.assertNotIn(certificate["signature"], json.dumps(found))

    def test_the_scopes(self):
        self.cluster.control.add_client(CLIENT, TOKEN, [scope for scope in SCOPES if "create-task:lowest" not in scope])
        self.assert_names("scopes", 6, CLIENT, "1 scope: queue:create-task:lowest:proj-af/ci")
        self.cluster.control.add_client(CLIENT, TOKEN, list(SCOPES))
        self.assert_names("scopes", 2, "task_queue is not set", task_queue=None)

    def test_a_setting_that_is_missing_is_named_although_there_is_no_cluster(self):
        found, _ = self.doctor(task_queue=None, env={"TASKCLUSTER_ROOT_URL": None})
        self.assertEqual((found["scopes"]["state"], found["scopes"]["code"]), ("wrong", 2), found)
        self.assertIn("task_queue is not set", found["scopes"]["text"])
        found, _ = self.doctor(env={"TASKCLUSTER_ROOT_URL": None})
        self.assertEqual(found["scopes"]["state"], "skipped", found)

    def test_the_image(self):
        port = self.registry.server_port
        self.assert_names("image", 66, "not in its registry", image=f"127.0.0.1:{port}/analysis:4")
        self.registry.status = 401
        found, status = self.doctor()
        self.assertEqual((status, found["image"]["state"]), (0, "ok"))
        found, status = self.doctor(image="127.0.0.1:1/analysis:3")
        self.assert_only(found, "warning", "image", "cannot be asked")
        self.assertEqual(status, 0)
        self.assertEqual(self.doctor(image="analysis/os-count:1")[0]["image"]["state"], "ok")

    def test_the_key_file(self):
        self.assert_names("key", 8, "nowhere.pem", key=self.path("nowhere.pem"))
        self.assert_names("key", 8, "public one belongs", key=write(self.path("private.pem"), self.private))
        self.assert_names("key", 2, "key is not set", key=None)

    def test_an_old_key(self):
        long_ago = time.time() - 200 * 86400
        os.utime(self.key, (long_ago, long_ago))
        found, status = self.doctor()
        self.assert_only(found, "warning", "key", "200 days old")
        self.assertEqual(status, 0)

    def test_the_secret_of_the_key(self):
        self.assert_names("key", 6, "Secret not found", key_secret="project/af/other")
        other = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, timeout=60, check=True).stdout
        self.cluster.control.set_secret(SECRET_NAME, {"key": other.decode()})
        self.assert_names("key", 8, "does not hold the private key")
        self.cluster.control.set_secret(SECRET_NAME, {"password": "canary"})
        self.assert_names("key", 8, "does not hold the private key")

    def test_a_secret_that_only_tasks_may_read_is_no_fault(self):
        self.cluster.control.add_fault({"match": {"service": "secrets"},
                                        "do": {"status": 403, "code": "InsufficientScopes"}})
        found, status = self.doctor()
        self.assertEqual((status, found["key"]["state"]), (0, "ok"), found)

    def test_sts(self):
        self.assert_names("STS", 8, "SignatureDoesNotMatch", env={"AWS_ENDPOINT_URL_STS": self.broken_sts().url})
        self.assert_names("STS", 11, "127.0.0.1:1", env={"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"})
        self.sts.stop()

    def broken_sts(self):
        other = RunningSts("--credential", f"{KEY}:another")
        self.addCleanup(other.__exit__)
        return other

    def test_the_bucket(self):
        self.assert_names("bucket", 66, "NoSuchBucket", input_root="s3://no-such-bucket/")
        found, status = self.doctor(input_root="s3://telemetry/elsewhere/")
        self.assert_only(found, "warning", "bucket", "nothing lies there")
        self.assertEqual(status, 0)

    def test_keys_of_aws(self):
        found, status = self.doctor(env={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None})
        self.assertEqual({name for name, row in found.items() if row["state"] == "wrong"}, {"STS", "bucket"})
        self.assertEqual(status, 8)

    def test_the_index(self):
        self.assert_names("index", 7, "404", index=self.index.url + "/other")
        self.assert_names("index", 11, "127.0.0.1:1", index="http://127.0.0.1:1/files")
        self.assert_names("index", 7, "there is no", index=self.path("gone.tsv"))
        self.index.faults.add({"do": {"status": 200, "html": True}})
        self.assert_names("index", 7, self.index.url)

    def test_it_goes_on_and_ends_with_the_first_failure(self):
        found, status = self.doctor(index=self.path("gone.tsv"), input_root="s3://no-such-bucket/")
        self.assertEqual({name for name, row in found.items() if row["state"] == "wrong"}, {"bucket", "index"})
        self.assertEqual(status, 66)

    def test_options_go_before_settings(self):
        found, status = self.doctor("--image", "my-image:2")
        self.assertEqual((status, found["image"]["text"]), (0, "my-image:2, of Docker Hub"))


class Scopes(Desk):
    def scopes(self, *options, env=None, status=0, **changes):
        run = self.run_af("scopes", "--json", *options, env=env, **changes)
        self.assertEqual(run.status, status, str(run))
        return json.loads(run.stdout) if run.stdout else run

    def test_all_that_is_needed_and_what_tasks_carry(self):
        answer = self.scopes()
        self.assertEqual(answer["missing"], [])
        self.assertEqual(answer["client"], CLIENT)
        self.assertLessEqual(set(SCOPES) - {"queue:route:notify.email.owner@example.org.*"}, set(answer["have"]))
        for scope in ("queue:create-task:lowest:proj-af/ci", "queue:create-task:project:none",
                      "queue:scheduler-id:analysis-framework",
                      "queue:route:notify.email.owner@example.org.on-completed",
                      "queue:get-artifact:af/*", "secrets:get:project/af/key"):
            self.assertIn(scope, answer["needed"])
        self.assertEqual(answer["tasks"], ["queue:get-artifact:af/*", "secrets:get:project/af/key"])

    def test_what_is_missing_ends_with_6_and_is_listed(self):
        self.cluster.control.add_client(CLIENT, TOKEN, ["queue:scheduler-id:*"])
        run = self.run_af("scopes")
        self.assertEqual(run.status, 6, str(run))
        lines = [line.split("\t") for line in run.stdout.decode().splitlines()]
        self.assertIn(["missing", "queue:create-task:project:none"], lines)
        self.assertIn(["ok", "queue:scheduler-id:analysis-framework"], lines)
        self.assertIn(["have", "queue:scheduler-id:*"], lines)
        self.assertRegex(run.stderr, r"af: ERROR REFUSED exit=6 .*test/author lacks \d+ scopes: ")

    def test_the_input_says_which_prefix_is_read(self):
        answer = self.scopes("--credentials", "auth", "s3://telemetry/saved/Firefox", status=6)
        self.assertIn("auth:aws-s3:read-only:telemetry/saved/", answer["missing"])
        self.assertIn("auth:aws-s3:read-only:telemetry/saved/", answer["tasks"])
        run = self.run_af("scopes", "--credentials", "auth", input_root=None)
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("depends on the input", run.stderr)

    def test_settings_and_options_count(self):
        answer = self.scopes("--task-queue", "proj-x/y", "--priority", "high", status=6)
        self.assertIn("queue:create-task:high:proj-x/y", answer["missing"])
        self.assertNotIn("queue:get-artifact:af/*", self.scopes("--public")["needed"])
        self.assert_refused(self.run_af("scopes", task_queue=None), 2, "USAGE", "task_queue is not set")
        self.assert_refused(self.run_af("scopes", "--task-queue", "x"), 2, "USAGE", "--task-queue")

    def test_an_owner_named_as_for_submit_goes_before_the_setting(self):
        route = "queue:route:notify.email.{}.on-completed"
        for words in (['{"OWNER": "you@example.org", "MORE": "x"}'], ["--env", "OWNER=you@example.org"],
                      ["--env", "OWNER=you@example.org", "s3://telemetry/saved/"],
                      ["s3://telemetry/saved/", '{"OWNER": "you@example.org"}'], ["--owner", "you@example.org"]):
            with self.subTest(words=words):
                answer = self.scopes(*words, status=6)
                self.assertIn(route.format("you@example.org"), answer["missing"])
                self.assertNotIn(route.format(OWNER), answer["needed"])
        self.assertIn(route.format(OWNER), self.scopes('{"MORE": "x"}')["needed"])
        self.assert_refused(self.run_af("scopes", '{"OWNER": "nobody"}'), 2, "USAGE", "must be an e-mail address")
        self.assert_refused(self.run_af("scopes", '{"OWNER": 1}'), 2, "USAGE", "OWNER", "text")

    def test_every_scope_of_a_root_is_enough(self):
        self.assertEqual(self.scopes(env=self.cluster.environment())["missing"], [])


if __name__ == "__main__":
    unittest.main()
