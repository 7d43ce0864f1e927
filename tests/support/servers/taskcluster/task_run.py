"""One run of one task on the worker: environment, command, reclaim, limits, artifacts, log, report."""
import json
import os
import threading
import time

from taskcluster.client import BROKEN, CallFailed, Client
from taskcluster.task_process import TaskProcess, log_line
from taskcluster.task_proxy import TaskProxy
from taskcluster.upload import ATTEMPTS, Uploader, listed, mapped
from taskcluster.values import parse_date

LOG = "public/logs/live.log"
BACKING_LOG = "public/logs/live_backing.log"
LOG_TYPE = "text/plain; charset=utf-8"
LOCATION = {"cloud": "test", "region": "local", "availabilityZone": "local"}
MOST_RECLAIM_SECONDS = 60


class TaskRun:
    """Made from one task of a claimWork reply; `work` returns when it is resolved."""

    def __init__(self, worker, claim):
        self.worker, self.claim = worker, claim
        self.task, self.payload = claim["task"], claim["task"]["payload"]
        self.task_id, self.run_id = claim["status"]["taskId"], claim["runId"]
        self.credentials = claim["credentials"]
        self.base = os.path.join(os.path.realpath(worker.folder), f"{self.task_id}-{self.run_id}")
        self.work_dir = os.path.join(self.base, "home")
        self.ended_by = None  # None, or how something from outside ended it
        self.started, self.done = threading.Event(), threading.Event()
        self.process = self.proxy = None

    @property
    def pid(self):
        return self.process.process.pid

    def client(self):
        return Client(self.worker.root_url, self.credentials, self.worker.now, ATTEMPTS)

    def path(self, verb):
        return f"/task/{self.task_id}/runs/{self.run_id}/{verb}"

    def end(self, how):
        """Ends the run now. how:
        kill      SIGKILL as by the kernel's memory limit: the command has failed with 137
        shutdown  the machine is taken away in an orderly way: SIGKILL, artifacts as they lie, worker-shutdown
        lost      the machine is gone: no artifact, no report; the claim runs out
        """
        if how != "kill":
            self.ended_by = self.ended_by or how
        if self.process:
            self.process.kill()

    def work(self):
        os.makedirs(self.work_dir)
        if self.worker.user is not None:
            os.chown(self.work_dir, self.worker.user, self.worker.user)
        reason = self.malformed()
        if reason:
            self.report("exception", {"reason": "malformed-payload"}, reason)
            return
        threads = [threading.Thread(target=target, daemon=True) for target in (self._reclaim, self._strike)]
        with open(os.path.join(self.base, "log"), "wb") as log:
            self.log = log
            try:
                self.prepare()
                for thread in threads:
                    thread.start()
                code = self.run_commands()
            finally:
                self.started.set()
                self.done.set()
                if self.proxy:
                    self.proxy.stop()
            self.conclude(code)

    def malformed(self):
        """What is wrong with the payload, None when nothing is."""
        payload = self.payload
        if isinstance(payload.get("artifacts", {}), list):
            fits = isinstance(payload.get("maxRunTime"), int) and isinstance(payload.get("command"), list)
            return None if fits else "data/maxRunTime must be integer"
        if self.worker.schemas:
            return "; ".join(self.worker.schemas.payload_errors("docker-worker v1", payload)) or None
        fits = isinstance(payload.get("maxRunTime"), int) and isinstance(payload.get("image"), (str, dict))
        return None if fits else "image and maxRunTime are required"

    def prepare(self):
        self.uploader = Uploader(self.worker.root_url, self.credentials, self.task_id, self.run_id,
                                 self.task["expires"], self.worker.storage, self.worker.now, self.worker.encoding)
        log_line(self.log, f"Task ID: {self.task_id}, run {self.run_id}, image {json.dumps(self.payload.get('image'))}")
        if not self.worker.plain_log:
            url = self.worker.live_logs.add(self.log.name, self.done)
            self.uploader.create(LOG, storageType="reference", contentType=LOG_TYPE, url=url)
        for wanted in listed(self.payload.get("artifacts")):
            if wanted["type"] == "volume":
                os.makedirs(mapped(wanted["path"], self.work_dir), exist_ok=True)
        if self.payload.get("features", {}).get("taskclusterProxy"):
            self.proxy = TaskProxy(self.worker.root_url, self.credentials, self.worker.now)

    def environment(self):
        """What the command sees, all of it: what the image sets, the payload's env, then what the worker sets."""
        variables = {**self.worker.environment, "HOME": self.work_dir,
                     self.worker.work_dir_variable: self.work_dir, **self.payload.get("env", {}),
                     "TASK_ID": self.task_id, "RUN_ID": str(self.run_id), "TASK_GROUP_ID": self.task["taskGroupId"],
                     "TASKCLUSTER_ROOT_URL": self.worker.root_url, "TASKCLUSTER_INSTANCE_TYPE": "test",
                     "TASKCLUSTER_WORKER_LOCATION": json.dumps(LOCATION, separators=(",", ":"))}
        if self.proxy:
            variables["TASKCLUSTER_PROXY_URL"] = self.proxy.url
        return variables

    def run_commands(self):
        command = self.payload.get("command", [])
        commands = command if command and isinstance(command[0], list) else [command]
        until = time.monotonic() + self.payload["maxRunTime"]
        code = 0
        for each in commands:
            log_line(self.log, "Executing: " + json.dumps(each, separators=(",", ":")))
            code = self.run_command(each, until)
            if code != 0 or self.ended_by:
                break
        log_line(self.log, f"Exit code: {code}")
        return code

    def run_command(self, command, until):
        self.process = TaskProcess(command, self.environment(), self.work_dir, self.log, self.worker.tty,
                                   self.worker.user)
        if self.ended_by:
            self.process.kill()
        self.started.set()
        if self.worker.on_start and self.process.process:
            self.worker.on_start(self)
        code = self.process.wait(max(0, until - time.monotonic()))
        if code is None:
            log_line(self.log, "Task aborted - max run time exceeded")
            self.ended_by = "timeout"
            self.process.kill()
            code = self.process.wait()
        return code

    def _reclaim(self):
        """Renews the claim until the run is over; a refusal says that the task was canceled or given away."""
        until = parse_date(self.claim["takenUntil"])
        seconds = self.worker.reclaim_seconds or min((until - self.worker.now()) / 2000, MOST_RECLAIM_SECONDS)
        while not self.done.wait(max(seconds, 0.05)):
            try:
                reply = self.client().call("queue", "POST", self.path("reclaim"))
            except CallFailed as error:
                if error.status == 409:
                    self.end("canceled")
                    return
            except BROKEN:
                pass  # tried again; in the end the claim runs out
            else:
                self.credentials = reply["credentials"]
                if self.proxy:
                    self.proxy.credentials = self.credentials

    def _strike(self):
        self.started.wait()
        blow = self.worker.kills(self.task_id, self.run_id) if self.worker.kills else None
        if blow and not self.done.wait(blow[0]):
            self.end(blow[1])

    def conclude(self, code):
        """Artifacts, the log, the report: in this order, whatever the end was, unless the machine is gone."""
        if self.ended_by == "lost":
            return
        self.uploader.client = self.client()
        missing = []
        try:
            missing = self.uploader.store_all(self.payload.get("artifacts"), self.work_dir)
            self.store_log()
        except CallFailed as error:
            if error.status != 409 or self.ended_by != "canceled":
                raise
        if self.ended_by == "canceled":
            return
        retry = self.payload.get("onExitStatus", {}).get("retry", [])
        if self.ended_by == "shutdown":
            self.report("exception", {"reason": "worker-shutdown"})
        elif self.ended_by == "timeout" or missing:
            self.report("failed")
        elif code in retry:
            self.report("exception", {"reason": "intermittent-task"})
        else:
            self.report("failed" if code else "completed")

    def store_log(self):
        with open(self.log.name, "rb") as file:
            data = file.read()
        if self.worker.plain_log:
            self.uploader.store(LOG, data, LOG_TYPE, self.worker.encoding)
            return
        self.uploader.store(BACKING_LOG, data, LOG_TYPE)
        self.uploader.create(LOG, storageType="link", artifact=BACKING_LOG, contentType=LOG_TYPE)

    def report(self, verb, body=None, message=None):
        if message:
            self.worker.errors.append(f"{self.task_id}/{self.run_id}: {message}")
        try:
            self.client().call("queue", "POST", self.path(verb), body)
        except CallFailed as error:
            if error.status != 409:  # canceled or past its deadline meanwhile
                raise
