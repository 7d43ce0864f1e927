#!/usr/bin/env python3
"""Thousands of mappers against a queue that takes 20 ms for each answer: in minutes, in bounded memory, each once.

AF_MAPPERS says how many (default 10,000, the most that af submits).
"""
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.request

from submit_support import BUCKET, IMAGE, SubmitCase, object_name
from support import TOP, Case, write
from taskcluster.client import Client
from taskcluster.reference import schemas_file

MAPPERS = int(os.environ.get("AF_MAPPERS", "10000"))
LATENCY_MS = 20
PAGES = MAPPERS // 1000 + 1
MOST_SECONDS = 600 * MAPPERS / 10_000 + 30  # ten minutes for ten thousand
MOST_BYTES = 300 << 20
MIB = 1 << 20
STOP_SECONDS = 30
WATCH_SECONDS = 30
LEAST_BETWEEN_LOOKS = 2
MOST_CPU_SECONDS = 5


class Program:
    """The Taskcluster test server as a process of its own, so that its work does not slow this one down."""

    def __init__(self, *options):
        servers = os.path.join(TOP, "tests", "support", "servers")
        self.process = subprocess.Popen([sys.executable, "-B", "-m", "taskcluster", *options], cwd=servers,
                                        stdout=subprocess.PIPE, text=True)
        self.environment = dict(self.process.stdout.readline().strip().split("=", 1) for _ in range(3))
        self.root_url = self.environment["TASKCLUSTER_ROOT_URL"]
        self.client = Client(self.root_url, {"clientId": self.environment["TASKCLUSTER_CLIENT_ID"],
                                             "accessToken": self.environment["TASKCLUSTER_ACCESS_TOKEN"]})

    def control(self, name, **arguments):
        with urllib.request.urlopen(f"{self.root_url}/control/{name}", json.dumps(arguments).encode()) as reply:
            return json.load(reply)["result"]

    def tasks_of(self, group):
        """Every entry of the group's listing."""
        found, token = [], ""
        while token is not None:
            more = f"?continuationToken={token}" if token else ""
            reply = self.client.call("queue", "GET", f"/task-group/{group}/list{more}")
            found, token = found + reply["tasks"], reply.get("continuationToken")
        return found

    def stop(self):
        self.process.terminate()
        self.process.wait(STOP_SECONDS)
        self.process.stdout.close()


class Scale(Case):
    measured = SubmitCase.measured
    filter = SubmitCase.filter

    def setUp(self):
        super().setUp()
        self.program = Program("--latency-ms", str(LATENCY_MS))
        self.addCleanup(self.program.stop)

    def desk(self):
        return {**self.program.environment, "AF_TASK_QUEUE": "proj-af/ci"}

    def submit(self):
        """The group, which must be whole."""
        rows = "".join(f"s3://{BUCKET}/{object_name(number)}\t1000000000\n" for number in range(MAPPERS))
        manifest = write(self.path("rows.tsv"), rows)
        began = time.monotonic()
        run, peak = self.measured(self.start("submit", self.filter(), IMAGE, "--index", manifest, "--load-size", "1GB",
                                             "--credentials", "worker", env=self.desk()), MOST_SECONDS)
        seconds = time.monotonic() - began
        self.assertEqual(run.status, 0, str(run))
        print(f"{MAPPERS} mappers and a reducer posted in {seconds:.0f} s, af took {peak / MIB:.0f} MiB", file=sys.stderr)
        self.assertLess(seconds, MOST_SECONDS)
        self.assertLess(peak, MOST_BYTES)
        return run.stdout.decode().strip()

    def watch(self, group):
        run, peak = self.measured(self.start("watch", group, "--timeout", f"{WATCH_SECONDS}s", env=self.desk()))
        self.assertEqual(run.status, 5, str(run))
        asked = self.program.control("requests", call="listTaskGroup")
        starts = [entry["time"] / 1000 for entry in asked if "continuationToken" not in entry["query"]]
        gaps = [after - before for before, after in zip(starts, starts[1:])]
        cpu = run.cpu_seconds / len(asked) * PAGES
        print(f"af watch: {len(asked)} pages in {WATCH_SECONDS} s, {PAGES} a look, {min(gaps, default=0):.1f} s from look to "
              f"look and more; {cpu:.1f} s of a processor a look; {peak / MIB:.0f} MiB", file=sys.stderr)
        self.assertGreaterEqual(min(gaps, default=LEAST_BETWEEN_LOOKS), LEAST_BETWEEN_LOOKS)
        self.assertLess(cpu, MOST_CPU_SECONDS)
        self.assertLess(peak, MOST_BYTES)

    def test_all_are_posted_once_in_time_and_in_bounded_memory_and_then_watched(self):
        group = self.submit()
        self.watch(group)
        tasks = self.program.tasks_of(group)
        marks = [(each["task"]["extra"]["af"]["role"], each["task"]["extra"]["af"]["index"]) for each in tasks]
        self.assertEqual(sorted(marks), sorted([("map", number) for number in range(MAPPERS)] + [("reduce", 0)]))
        keys = [key for each in tasks if each["task"]["extra"]["af"]["role"] == "map"
                for key in each["task"]["payload"]["command"][3:]]
        self.assertEqual(len(set(keys)), MAPPERS)
        if schemas_file():  # then the queue has checked every body
            self.assertEqual(self.program.control("requests", status=400), [])


if __name__ == "__main__":
    unittest.main()
