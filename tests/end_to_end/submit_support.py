"""What the tests of submissions share: a Taskcluster, an S3, an IndexDB, and the environment of a person at a desk."""
import json
import threading
import time

from support import aws, peak_bytes, records, write
from task_support import BIN, OS_COUNT, TaskCase

from indexdb_server import IndexDb
from taskcluster.reference import schemas_file

BUCKET = "telemetry"
IMAGE = "registry.example/analysis:1"
OWNER = "me@example.org"
LOOK_SECONDS = 0.02
DIMENSIONS = ("reason", "appName", "appUpdateChannel", "appVersion", "appBuildID", "submission_date")


def filter_json(**allowed):
    """A filter of 2014; dimensions that are not named allow everything."""
    return {"version": 1, "dimensions": [{"field_name": name, "allowed_values": allowed.get(name, "*")}
                                         for name in DIMENSIONS]}


def object_name(number, day="20131119", channel="nightly"):
    return (f"saved_session/Firefox/{channel}/22.0a1/20130314030914.{day}.v2.log.{number:032x}.txt")


def around_each(cluster, call, act):
    """Each request of that call is answered with what act(request, answer) returns, in a thread of its own; answer()
    makes the usual answer, with its faults."""
    faults = cluster.services.faults
    plain = faults.answer

    def answer(service, name, request, perform):
        if name != call:
            return plain(service, name, request, perform)
        return act(request, lambda: plain(service, name, request, perform))
    faults.answer = answer


class Bodies:
    """The bodies of createTask that reached a cluster, faults or not, since clear()."""

    def __init__(self, cluster):
        self.lock, self.known = threading.Lock(), []
        around_each(cluster, "createTask", self.keep)

    def keep(self, request, answer):
        with self.lock:
            self.known.append((request.path.rpartition("/")[2], bytes(request.body)))
        return answer()

    def all(self):
        with self.lock:
            return [body for _, body in self.known]

    def of(self, task_id):
        with self.lock:
            return [body for known_id, body in self.known if known_id == task_id]

    def clear(self):
        with self.lock:
            self.known.clear()


class SubmitCase(TaskCase):
    """`self.desk()` is the environment of af; history and settings lie below HOME."""

    def objects(self, count, each=40):
        """{name below the bucket: content}."""
        return {object_name(number): records(range(number * each, (number + 1) * each)) for number in range(count)}

    def store(self, objects, *options, rules=()):
        self.s3 = self.server({f"{BUCKET}/{name}": data for name, data in objects.items()}, *options, rules=rules)
        return self.s3

    def index(self, objects, **how):
        index = IndexDb([(name, len(data)) for name, data in objects.items()], **how)
        self.addCleanup(index.stop)
        return index

    def filter(self, **allowed):
        return write(self.path("Filter.json"), json.dumps(filter_json(**allowed)))

    def desk(self, **more):
        env = {**self.cluster.environment(), "AF_TASK_QUEUE": "proj-af/ci", **more}
        return {**aws(self.s3), **env} if hasattr(self, "s3") else env

    def submit(self, *words, env=None, **how):
        return self.af("submit", *words, env=self.desk(**(env or {})), **how)

    def submitted(self, *words, env=None, **how):
        """The id of the group, which must have been posted."""
        run = self.submit(*words, env=env, **how)
        self.assertEqual(run.status, 0, str(run))
        return run.stdout.decode().strip()

    def tasks_of(self, group):
        """The definitions of a group's tasks by the word of their role, in order."""
        _, tasks = self.cluster.services.queue.of_group(group)
        tasks = [self.cluster.root.call("queue", "GET", f"/task/{task.id}") for task in tasks]
        found = {}
        for task in sorted(tasks, key=lambda task: task["extra"]["af"]["index"]):
            found.setdefault(task["extra"]["af"]["role"], []).append(task)
        return found

    def posted(self):
        return self.cluster.requests(call="createTask")

    def recorded_bodies(self):
        return Bodies(self.cluster)

    def assert_schemas_passed(self):
        """No request was refused for its form: by the recorded schemas where they are at hand."""
        if schemas_file():
            self.assertIsNotNone(self.cluster.services.schemas)
        self.assertEqual([entry for entry in self.cluster.requests(status=400) if not entry["fault"]], [])

    def measured(self, started, seconds=600):
        """(how it ended, the largest resident size of af alone in bytes). What wait() tells counts the memory of this
        test, from which it was forked."""
        peak, until = 0, time.monotonic() + seconds
        while not started.ended(LOOK_SECONDS) and time.monotonic() < until:
            peak = max(peak, peak_bytes(started.pid))
        return started.wait(1), peak

    def bucket_worker(self, **options):
        """A worker whose tasks find the S3 of the test, as they find AWS in reality."""
        options.setdefault("parallel", 2)
        return self.cluster.start_worker(binaries=BIN, environment={
            "LANG": "C.UTF-8", "AF_JOB": OS_COUNT, "AWS_EC2_METADATA_DISABLED": "true", **aws(self.s3)}, **options)
