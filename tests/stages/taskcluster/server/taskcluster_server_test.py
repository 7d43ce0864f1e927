#!/usr/bin/env python3
"""The Taskcluster client against the test services, which check every signature, scope and body on their own.

usage: taskcluster_server_test.py PROBE
"""
import hashlib
import json
import os
import subprocess
import sys
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "support", "servers"))
from taskcluster import Cluster  # noqa: E402
from taskcluster.values import slugid  # noqa: E402

PROBE = None
SECONDS = 60
TEXT = "".join(f"line {n}\n" for n in range(50_000))


class TaskclusterServerTest(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)
        self.environment = self.cluster.environment()

    def probe(self, *arguments, text="", **variables):
        environment = {"PATH": os.environ["PATH"], **self.environment, **variables}
        return subprocess.run([PROBE, *arguments], env=environment, capture_output=True, text=True, input=text,
                              timeout=SECONDS)

    def answer(self, *arguments, **options):
        done = self.probe(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def fails(self, code, words, *arguments, **options):
        done = self.probe(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertIn(words, done.stderr)
        return done.stderr

    def finished(self, script, artifacts=(), worker=None, scopes=(), **payload):
        """The id of a task that a worker has run to its end."""
        self.cluster.start_worker(**(worker or {}))
        named = {name: {"type": "file", "path": f"/home/worker/{name.split('/')[-1]}"} for name in artifacts}
        task = self.cluster.create(command=["/bin/sh", "-c", script], payload={"artifacts": named, **payload},
                                   scopes=list(scopes))
        self.cluster.wait_for_task(task, SECONDS)
        return task

    def artifact_of(self, storage="s3", name="af/out.txt"):
        seq = "i=0; while [ $i -lt 50000 ]; do echo line $i; i=$((i+1)); done > out.txt"
        return f"artifact:{self.finished(seq, [name], {'storage': storage})}/0/{name}"

    def fault(self, do, times=None, **match):
        self.cluster.control.add_fault({"match": match, "times": times, "do": do})

    def test_creates_a_task_once_whatever_is_lost_on_the_way(self):
        task, definition = slugid(), json.dumps(self.cluster.definition())
        self.fault({"drop": "after"}, 2, call="createTask")
        self.assertEqual(self.answer("create", task, text=definition), "created")
        self.assertEqual(len(self.cluster.requests(call="createTask")), 3)
        self.assertEqual(self.answer("state", task), "pending")
        other = json.dumps({**json.loads(definition), "priority": "high"})
        self.assertTrue(self.answer("create", task, text=other).startswith("conflict taskId"))
        self.fault({"status": 409, "code": "RequestConflict", "message": "taken"}, 1, call="createTask")
        self.assertEqual(self.answer("create", task, text=definition), "same")

    def test_says_which_scopes_are_missing(self):
        self.cluster.control.add_client("poor", "p" * 44, [])
        poor = {"TASKCLUSTER_CLIENT_ID": "poor", "TASKCLUSTER_ACCESS_TOKEN": "p" * 44}
        line = self.fails(69, "InsufficientScopes", "create", slugid(), text=json.dumps(self.cluster.definition()),
                          **poor)
        self.assertIn("queue:scheduler-id:af", line)
        self.assertIn("queue:create-task:", line)

    def test_narrows_itself_to_authorized_scopes(self):
        narrow = {"TASKCLUSTER_AUTHORIZED_SCOPES": '["queue:status:none"]'}
        self.fails(69, "InsufficientScopes", "create", slugid(), text=json.dumps(self.cluster.definition()), **narrow)

    def test_a_wrong_token_is_refused_at_once(self):
        group = slugid()
        self.cluster.create(taskGroupId=group)
        self.fails(69, "Bad mac", "seal", group, TASKCLUSTER_ACCESS_TOKEN="x" * 44)

    def test_goes_on_with_the_clock_of_the_server(self):
        group = slugid()
        self.cluster.create(taskGroupId=group)
        self.cluster.control.skew(20 * 60)
        self.answer("seal", group)
        self.assertEqual([entry["status"] for entry in self.cluster.requests(call="sealTaskGroup")], [401, 200])

    def test_waits_for_a_service_that_stumbles_and_gives_up_on_one_that_is_down(self):
        task = self.cluster.create()
        self.fault({"status": 503, "html": True}, 3, call="status")
        self.assertEqual(self.answer("state", task), "pending")
        self.fault({"status": 500}, call="status")
        self.assertIn("attempts=6", self.fails(75, "queue status: HTTP 500", "state", task))
        self.assertEqual(len(self.cluster.requests(call="status")), 10)

    def test_seals_and_cancels_a_group(self):
        group = slugid()
        tasks = [self.cluster.create(taskGroupId=group) for _ in range(3)]
        self.assertEqual(self.answer("group", group), "3")
        self.fails(69, "unsealed", "cancel-group", group)
        self.answer("seal", group)
        self.assertEqual(self.answer("cancel-group", group), "3 of 3")
        self.assertEqual(self.answer("state", tasks[0]), "exception (canceled)")

    def test_finds_the_run_that_completed(self):
        task = self.finished("[ $RUN_ID = 1 ] || exit 75", onExitStatus={"retry": [75]})
        self.assertEqual(self.answer("run", task), "1")
        failed = self.finished("exit 3")
        self.fails(66, f"task {failed} has no completed run: it is failed", "run", failed)

    def test_reads_artifacts_of_both_kinds_of_storage(self):
        for storage in ("s3", "object"):
            artifact = self.artifact_of(storage)
            self.assertEqual(self.answer("cat", artifact), TEXT, storage)
            self.assertEqual(self.answer("cat", artifact, hashlib.sha256(TEXT.encode()).hexdigest()), TEXT)
            self.assertEqual(self.answer("list", artifact[:-len("out.txt")]), artifact + "\n")
            for stop in self.cluster.workers:
                stop.stop()
            self.cluster.workers.clear()
        for request in self.cluster.requests(service="bucket", http="GET"):
            self.assertNotIn("authorization", [name.lower() for name in request["headers"]])

    def test_reads_on_where_a_download_broke(self):
        for storage in ("s3", "object"):
            artifact = self.artifact_of(storage)
            self.fault({"cut": 1000}, 2, service="bucket", http="GET", path="*out.txt*")
            self.assertEqual(self.answer("cat", artifact), TEXT)
            self.cluster.control.clear_faults()
            for stop in self.cluster.workers:
                stop.stop()
            self.cluster.workers.clear()

    def test_a_damaged_artifact_is_read_twice_and_refused(self):
        artifact = self.artifact_of("object")
        task = artifact.split(":")[1].split("/")[0]
        self.cluster.control.lie_about_hashes(task, "af/out.txt")
        self.fails(65, "CHECKSUM", "cat", artifact)
        self.assertEqual(len(self.cluster.requests(call="startDownload")), 2)

    def test_missing_error_and_reference_artifacts(self):
        artifact = self.artifact_of()
        task = artifact.split(":")[1].split("/")[0]
        self.fails(66, "Artifact not found", "cat", f"artifact:{task}/0/af/none")
        self.fails(66, "ResourceNotFound", "cat", f"artifact:{slugid()}/0/af/none")
        make = self.cluster.control.make_artifact
        make(task, "af/err", {"storageType": "error", "reason": "file-missing-on-worker", "message": "no such file"})
        self.fails(66, "file-missing-on-worker: no such file", "cat", f"artifact:{task}/0/af/err")
        make(task, "af/ref", {"storageType": "reference", "url": self.cluster.bucket_url + "/anything"})
        before = len(self.cluster.requests(service="bucket"))
        self.fails(69, "reference", "cat", f"artifact:{task}/0/af/ref")
        self.assertEqual(len(self.cluster.requests(service="bucket")), before)
        make(task, "af/link", {"storageType": "link", "artifact": "af/out.txt"})
        self.assertEqual(self.answer("cat", f"artifact:{task}/0/af/link"), TEXT)

    def test_asks_anew_for_a_url_that_has_expired(self):
        artifact = self.artifact_of()
        self.fault({"status": 503}, 1, service="bucket", http="GET")
        self.cluster.control.expire_artifact_urls_after(0)
        self.fails(75, "expired", "cat", artifact)
        self.cluster.control.expire_artifact_urls_after(60)
        self.assertEqual(self.answer("cat", artifact), TEXT)

    def test_works_inside_a_task_through_the_proxy(self):
        artifact = self.artifact_of("object")
        task = artifact.split(":")[1].split("/")[0]
        self.cluster.control.set_secret("project/af/key", {"key": "abc"})
        self.cluster.control.set_s3_credentials(["telemetry"], [
            {"accessKeyId": "AKIA", "secretAccessKey": "s", "sessionToken": "t"}])
        script = "; ".join(f"{PROBE} {command} >> all.txt 2>&1 || exit 9" for command in
                           (f"run {task}", "secret project/af/key", "keys telemetry v4/", "mail me@example.org",
                            f"cat {artifact}"))
        scopes = ["secrets:get:project/af/key", "auth:aws-s3:read-only:telemetry/v4/", "notify:email:me@example.org",
                  "queue:get-artifact:af/*"]
        inside = self.finished(script, ["af/all.txt"], scopes=scopes, features={"taskclusterProxy": True})
        self.assertEqual(self.cluster.artifact(inside, "af/all.txt").decode(), '0{"key":"abc"}AKIA' + TEXT)
        self.assertEqual([mail["to"] for mail in self.cluster.outbox], ["me@example.org"])

    def test_signed_urls_are_good_for_who_has_no_credentials(self):
        artifact = self.artifact_of()
        task = artifact.split(":")[1].split("/")[0]
        url = self.answer("signed", task, "af/out.txt")
        with urllib.request.urlopen(url, timeout=SECONDS) as reply:
            self.assertEqual(reply.status, 200)

    def test_a_secret_that_is_not_there_or_not_ours(self):
        self.fails(66, "project/af/none", "secret", "project/af/none")
        self.cluster.control.add_client("poor", "p" * 44, [])
        self.fails(69, "secrets:get:project/af/none", "secret", "project/af/none", TASKCLUSTER_CLIENT_ID="poor",
                   TASKCLUSTER_ACCESS_TOKEN="p" * 44)


if __name__ == "__main__":
    PROBE = os.path.abspath(sys.argv.pop(1))
    unittest.main()
