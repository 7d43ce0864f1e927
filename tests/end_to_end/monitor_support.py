"""What the tests of the monitor page share: a group whose tasks are moved by hand, af monitor, a browser."""
import http.client
import os
import re
import signal
import time

from browser import Browser, PageServer, require_chromium
from support import Case, peak_bytes
from taskcluster import Cluster
from taskcluster.cluster import QUEUE
from taskcluster.values import slugid
from urllib.parse import urlencode, urlsplit

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/([A-Za-z0-9_-]{22,})/")
SPEED = 20  # times faster than the page thinks
SENTENCE = "#sentence"


class Group:
    """The tasks of a job in a test cluster, with the marks that a submission leaves on them."""

    def __init__(self, cluster, mappers=2, reducers=1, artifacts="public/af", more_env=None):
        self.cluster, self.queue, self.id = cluster, cluster.services.queue, slugid()
        self.counts = {"mappers": mappers, "mergers": 0, "reducers": reducers}
        self.artifacts = artifacts
        self.mappers = [self.add("map", number) for number in range(mappers)]
        self.reducers = [self.add("reduce", number, dependencies=self.mappers) for number in range(reducers)]

    def add(self, role, index, name=None, **fields):
        result = {} if role == "map" and self.counts["reducers"] else {"result": f"{self.artifacts}/result.txt"}
        marks = {"version": 1, "role": role, "index": index, **self.counts, "objects": 3, "job": "os-count",
                 "bytes": 1_500_000 * (index + 1) if role == "map" else 0, "artifacts": self.artifacts, **result}
        return self.cluster.create(taskGroupId=self.id, name=name or f"{role} {index} of os-count",
                                   extra={"af": marks}, tags={"kind": f"af-{role}"}, **fields)

    def start(self, task_id):
        """Claims tasks until that one runs."""
        task = self.queue.find(task_id)
        while task.state == "pending":
            self.queue.claim(QUEUE, "test-group", "test-worker", 1)
        assert task.state == "running", f"{task_id} is {task.state}"
        return task

    def end(self, task_id, state="completed", reason=None):
        task = self.queue.find(task_id)
        if task.state != "running":
            self.start(task_id)
        self.queue.report(task, len(task.runs) - 1, state, reason or state)

    def publish(self, task_id, data, name=None):
        """Puts the result of a running task where its reader finds it."""
        name = name or f"{self.artifacts}/result.txt"
        run_id = len(self.queue.find(task_id).runs) - 1
        self.cluster.control.make_artifact(task_id, name, {"storageType": "s3", "contentType": "text/plain"}, run_id)
        self.cluster.services.bucket.write(self.cluster.control.blob(task_id, name, run_id), data,
                                           {"content-type": "text/plain"})


class Monitor:
    """af monitor on its way, and plain requests to it. `env`: of a user of the cluster, unless given."""

    def __init__(self, case, group_id, *more, env=None):
        self.case = case
        self.run = None
        self.started = case.start("monitor", group_id, *more, env=case.cluster.environment() if env is None else env)
        case.addCleanup(self.end)
        self.url = self.wait_for_address()
        self.host = urlsplit(self.url).netloc
        self.path = urlsplit(self.url).path

    def wait_for_address(self):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            said = os.pread(self.started.streams[2].fileno(), 4096, 0).decode()
            if match := ADDRESS.search(said):
                return match[0]
            if self.started.ended(0.05):
                break
        self.run = self.started.wait()
        raise AssertionError(f"af monitor printed no address\n{self.run}")

    def ask(self, path, method="GET", headers=None, absolute=False):
        """(status, headers, body)."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path if absolute else self.path + path, headers=headers or {})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()
        finally:
            connection.close()

    def peak_bytes(self):
        """Of this program alone: what wait() tells counts this test's own memory, from which it was forked."""
        return peak_bytes(self.started.pid)

    def end(self, number=signal.SIGINT):
        """Once; how it ended."""
        if not self.run:
            self.started.process.send_signal(number)
            self.run = self.started.wait()
            self.case.check_nothing_is_left(self.started, self.run)
        return self.run


class MonitorCase(Case):
    """A cluster, the page as `af monitor --write` makes it on a web server, and a browser."""

    def setUp(self):
        require_chromium()
        super().setUp()
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)
        pages = self.path("pages")
        os.mkdir(pages)
        self.pages = PageServer(pages)
        self.addCleanup(self.pages.close)
        run = self.af("monitor", "--write", os.path.join(pages, "monitor.html"))
        self.assertEqual(run.status, 0, str(run))

    def browser(self, speed=1, **options):
        folder = self.path(f"browser-{self.jobs}")
        self.jobs += 1
        browser = Browser(folder, speed, **options)
        self.addCleanup(browser.close)
        return browser

    def page_url(self, group_id=None, root_url=None):
        if group_id is None:
            return f"{self.pages.url}/monitor.html"
        query = urlencode({"rootUrl": root_url or self.cluster.root_url, "taskGroupId": group_id})
        return f"{self.pages.url}/monitor.html?{query}"

    def see(self, group_id, speed=SPEED, **options):
        """A browser that shows the group."""
        browser = self.browser(speed, **options)
        browser.open(self.page_url(group_id))
        return browser

    def looks(self):
        """When the page asked for the group, in seconds."""
        return [entry["time"] / 1000 for entry in self.cluster.requests(call="listTaskGroup")]
