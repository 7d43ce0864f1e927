"""A group of thousands of tasks, posted by 32 requests at a time and listed: fast enough, and in bounded memory."""
import http.client
import json
import os
import secrets
import subprocess
import sys
import threading
import time
import unittest
from urllib.parse import urlsplit

from support import SECONDS, TOP
import taskcluster.hawk as hawk
from taskcluster.values import iso, slugid

TASKS, IN_FLIGHT = 3000, 32
LEAST_A_SECOND = 85  # 10,000 in two minutes
MOST_KIB = 150 << 10
HOUR_MS = 3600 * 1000


class ThousandsOfTasks(unittest.TestCase):
    def setUp(self):
        servers = os.path.join(TOP, "tests", "support", "servers")
        self.program = subprocess.Popen([sys.executable, "-B", "-m", "taskcluster", "--latency-ms", "20"], cwd=servers,
                                        stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.program.stdout.close)
        self.addCleanup(self.program.wait, SECONDS)
        self.addCleanup(self.program.kill)
        known = dict(self.program.stdout.readline().strip().split("=", 1) for _ in range(3))
        self.url = known["TASKCLUSTER_ROOT_URL"]
        self.credentials = {"clientId": known["TASKCLUSTER_CLIENT_ID"],
                            "accessToken": known["TASKCLUSTER_ACCESS_TOKEN"]}

    def connect(self):
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=SECONDS)
        self.addCleanup(connection.close)
        return connection

    def call(self, connection, method, path, body=None):
        digest = hawk.payload_hash("application/json", body) if body else None
        header = hawk.authorization(self.credentials, method, self.url + path, int(time.time()),
                                    secrets.token_urlsafe(6), digest)
        connection.request(method, path, body, {"Authorization": header, "Content-Type": "application/json"})
        response = connection.getresponse()
        data = response.read()
        if response.status != 200:
            raise AssertionError(f"{response.status}: {data[:500]}")
        return json.loads(data)

    def definition(self, group, dependencies=()):
        now = int(time.time() * 1000)
        return json.dumps({
            "taskQueueId": "proj-af/ci", "schedulerId": "af", "taskGroupId": group, "created": iso(now),
            "deadline": iso(now + HOUR_MS), "expires": iso(now + 2 * HOUR_MS), "dependencies": list(dependencies),
            "payload": {"image": "test:1", "command": ["af-task", "map", *[f"s3://bucket/{number:0100}"
                                                                           for number in range(20)]],
                        "maxRunTime": 600},
            "metadata": {"name": "map", "description": "-", "owner": "me@example.org",
                         "source": "https://example.org/"}}).encode()

    def test_are_taken_at_a_rate_that_serves_ten_thousand_in_two_minutes(self):
        group, waiting, lock, failures = slugid(), [slugid() for _ in range(TASKS)], threading.Lock(), []
        made, body = list(waiting), self.definition(group)

        def post():
            connection = self.connect()
            try:
                while True:
                    with lock:
                        if not waiting:
                            return
                        task = waiting.pop()
                    self.call(connection, "PUT", f"/api/queue/v1/task/{task}", body)
            except (AssertionError, OSError, http.client.HTTPException) as error:
                failures.append(error)

        began = time.monotonic()
        threads = [threading.Thread(target=post) for _ in range(IN_FLIGHT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = TASKS / (time.monotonic() - began)
        self.assertEqual(failures, [])
        connection = self.connect()
        self.call(connection, "PUT", f"/api/queue/v1/task/{slugid()}", self.definition(group, made))
        began, seen, pages, token = time.monotonic(), 0, 0, ""
        while token is not None:
            reply = self.call(connection, "GET", f"/api/queue/v1/task-group/{group}/list"
                              + (f"?continuationToken={token}" if token else ""))
            seen, pages, token = seen + len(reply["tasks"]), pages + 1, reply.get("continuationToken")
        listed = time.monotonic() - began
        with open(f"/proc/{self.program.pid}/status", encoding="ascii") as file:
            peak_kib = int(file.read().partition("VmHWM:")[2].split()[0])
        print(f"{TASKS} createTask: {rate:.0f}/s; {pages} pages: {listed:.1f} s; server {peak_kib >> 10} MiB",
              file=sys.stderr)
        self.assertEqual(seen, TASKS + 1)
        self.assertGreater(rate, LEAST_A_SECOND)
        self.assertLess(peak_kib, MOST_KIB)


if __name__ == "__main__":
    unittest.main()
