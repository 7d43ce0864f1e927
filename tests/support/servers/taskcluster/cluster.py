"""For tests: the services and workers in this process, tasks made in one line, waiting with a deadline."""
import gzip
import threading
import time

from taskcluster.client import Client
from taskcluster.reference import schemas_file
from taskcluster.queue_state import RESOLVED
from taskcluster.services import Services
from taskcluster.values import iso, slugid
from taskcluster.worker import Worker

ROOT = "static/test/root"
QUEUE = "proj-af/ci"
SCHEDULER = "af"
HOUR_MS = 3600 * 1000
LOOK_AGAIN_SECONDS = 0.5


class Cluster:
    """Services on free ports, stopped at the end of `with`. Options are those of Services; claims of an empty queue
    wait one second only. `schemas`: "auto" takes schemas.json when it is at hand."""

    def __init__(self, schemas="auto", claim_wait_seconds=1, **options):
        path = schemas_file() if schemas == "auto" else schemas
        self.services = Services(path, claim_wait_seconds=claim_wait_seconds, **options)
        self.control = self.services.control
        self.root_url, self.bucket_url = self.services.root_url, self.services.bucket.url
        self.root = self.client(ROOT)
        self.workers = []
        self.changes, self.version = threading.Condition(), 0
        self.services.queue.changed.append(self._on_change)

    def _on_change(self, _what, _task):
        with self.changes:
            self.version += 1
            self.changes.notify_all()

    def credentials(self, client_id=ROOT):
        return self.services.authenticator.credentials(client_id)

    def client(self, client_id=ROOT):
        """A signing client; None for one without credentials."""
        return Client(self.root_url, self.credentials(client_id) if client_id else None,
                      self.services.clock.signature_time)

    def environment(self, client_id=ROOT):
        """The variables that a command line client reads."""
        known = self.credentials(client_id)
        return {"TASKCLUSTER_ROOT_URL": self.root_url, "TASKCLUSTER_CLIENT_ID": known["clientId"],
                "TASKCLUSTER_ACCESS_TOKEN": known["accessToken"]}

    def start_worker(self, queue=QUEUE, **options):
        """A Worker (its options there) that claims with the worker's client."""
        worker = Worker(self.root_url, self.credentials("static/test/worker"), queue, schemas=self.services.schemas,
                        now=self.services.clock.signature_time, **options)
        self.workers.append(worker)
        return worker

    def definition(self, command=("true",), payload=None, queue=QUEUE, name="test task", seconds=3600, **fields):
        """A task definition with a docker-worker payload; `fields` are those of createTask, `payload` adds to its."""
        now = self.services.clock.signature_time()
        return {"taskQueueId": queue, "schedulerId": SCHEDULER, "created": iso(now),
                "deadline": iso(now + seconds * 1000), "expires": iso(now + seconds * 1000 + 24 * HOUR_MS),
                "payload": {"image": "test:1", "command": list(command), "maxRunTime": 600, **(payload or {})},
                "metadata": {"name": name, "description": name, "owner": "owner@example.org",
                             "source": "https://example.org/"}, **fields}

    def create(self, definition=None, task_id=None, client=None, **fields):
        """Creates a task, by `definition` or by the arguments of `definition()`; its id."""
        task_id = task_id or slugid()
        (client or self.root).call("queue", "PUT", f"/task/{task_id}", definition or self.definition(**fields))
        return task_id

    def status(self, task_id):
        return self.root.call("queue", "GET", f"/task/{task_id}/status")["status"]

    def wait_for_task(self, task_id, seconds=60, states=RESOLVED):
        """Its status once it exists and is in one of the states; AssertionError when the time is over."""
        find = self.services.queue.find
        return self._wait(lambda: [task for task in [find(task_id)] if task], seconds, states)[task_id]

    def wait_for_group(self, group_id, seconds=60):
        """{task id: status} once the group has tasks and every one of them is resolved."""
        return self._wait(lambda: self.services.queue.of_group(group_id)[1], seconds, RESOLVED)

    def _wait(self, tasks, seconds, states):
        """`tasks()` are those that must reach one of the states."""
        until = time.monotonic() + seconds
        while True:
            version, found = self.version, tasks()
            if found and all(task.state in states for task in found):
                return {task.id: task.status() for task in found}
            left = until - time.monotonic()
            if left <= 0:
                late = {task.id: task.state for task in found if task.state not in states}
                raise AssertionError(f"after {seconds} s: {late}; {[worker.errors for worker in self.workers]}")
            with self.changes:  # never held while the queue's lock is taken
                self.changes.wait_for(lambda: self.version != version, min(left, LOOK_AGAIN_SECONDS))

    def artifact(self, task_id, name, run_id=None):
        """The content of an artifact, its Content-Encoding undone."""
        data, headers = self.root.artifact(task_id, name, run_id)
        return gzip.decompress(data) if headers.get("content-encoding") == "gzip" else data

    def artifacts(self, task_id, run_id=None):
        """{name: what the listing says of it}."""
        run = "" if run_id is None else f"/runs/{run_id}"
        reply = self.root.call("queue", "GET", f"/task/{task_id}{run}/artifacts")
        return {artifact["name"]: artifact for artifact in reply["artifacts"]}

    def log(self, task_id, run_id=None):
        return self.artifact(task_id, "public/logs/live_backing.log", run_id).decode("utf-8", "replace")

    def requests(self, **match):
        """The logged requests whose fields match: service, call, http, path, client (globs), status."""
        return self.control.requests(**match)

    @property
    def outbox(self):
        """What the notify service sent."""
        return self.control.outbox()

    def stop(self, how="shutdown"):
        self.services.stopping.set()  # claims that wait for work return
        for worker in self.workers:
            worker.stop(how)
        self.services.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
