"""A worker as generic-worker with d2g is one: claims tasks, runs their commands here without docker, stores artifacts.

What it does not do: images (only recorded), caches, mounts, users. The working folder of a run is a fresh one that
stands for /home/worker.
"""
import os
import shutil
import socket
import tempfile
import threading
import time

from taskcluster.client import BROKEN, CallFailed, Client
from taskcluster.live_log import LiveLogs
from taskcluster.task_run import TaskRun

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PAUSE_SECONDS = 0.5
STOP_SECONDS = 30


class Worker:
    """Runs tasks of one queue from construction until `stop`.

    parallel      tasks at once
    binaries      a folder put in front of PATH, where the commands of payloads are looked up
    environment   variables that the "image" sets (a payload may override them)
    work_dir_variable  names the working folder to the task: AF_WORK_DIR
    storage       of artifacts: s3 or object
    encoding      of files whose name does not say that they are compressed: gzip, or identity
    plain_log     stores the log under the name of the live log, without a backing log beside it
    tty           stdout and stderr of the task are a terminal, as under d2g
    user          uid and gid that commands run as (the USER of an image); needs root. None: as this process
    keep          leaves the working folders behind, in `folder`
    kills         a function (task_id, run_id) -> (seconds, how) or None: ends that run so long after its start,
                  how: see TaskRun.end
    on_start      a function (TaskRun) called when the command of a run has started
    reclaim_seconds  how often a claim is renewed, which is also when a canceled task is noticed: half of the claim's
                  time, at most 60, unless given
    schemas       checks payloads against the worker's schema: those that do not fit end as malformed-payload
    """

    def __init__(self, root_url, credentials, task_queue_id, parallel=1, binaries=None, environment=None, folder=None,
                 work_dir_variable="AF_WORK_DIR", storage="s3", encoding="gzip", plain_log=False, tty=True, user=None,
                 keep=False, kills=None, on_start=None, reclaim_seconds=None, schemas=None, worker_group="test",
                 worker_id=None, now=None):
        self.root_url, self.task_queue_id, self.parallel = root_url, task_queue_id, parallel
        self.work_dir_variable, self.storage, self.tty, self.keep = work_dir_variable, storage, tty, keep
        self.encoding, self.plain_log, self.user = encoding, plain_log, user
        self.kills, self.on_start, self.schemas = kills, on_start, schemas
        self.reclaim_seconds = reclaim_seconds
        self.now = now or (lambda: int(time.time() * 1000))
        path = os.pathsep.join([binaries, PATH] if binaries else [PATH])
        self.environment = {"PATH": path, "TERM": "xterm", "HOSTNAME": socket.gethostname(), **(environment or {})}
        self.folder = folder or tempfile.mkdtemp(prefix="af-worker-")
        self.made_folder = None if folder else self.folder
        if self.made_folder:
            os.chmod(self.folder, 0o755)  # for users that a task changes to
        self.client = Client(root_url, credentials, self.now)
        self.identity = {"workerGroup": worker_group, "workerId": worker_id or f"worker-{os.getpid()}"}
        self.stopping, self.ending = threading.Event(), None
        self.free = threading.Semaphore(parallel)
        self.lock = threading.Lock()
        self.runs, self.threads, self.errors = {}, [], []
        self.live_logs = LiveLogs()
        self.thread = threading.Thread(target=self._claim_all, daemon=True)
        self.thread.start()

    def _claim_all(self):
        path = f"/claim-work/{self.task_queue_id}"
        while not self.stopping.is_set():
            self.free.acquire()
            if self.stopping.is_set():
                return
            taken = 1
            while taken < self.parallel and self.free.acquire(blocking=False):
                taken += 1
            claimed = []
            try:
                claimed = self.client.call("queue", "POST", path, {**self.identity, "tasks": taken})["tasks"]
            except (CallFailed, ValueError, *BROKEN):
                self.stopping.wait(PAUSE_SECONDS)  # a service that is away comes back
            for _ in range(taken - len(claimed)):
                self.free.release()
            for claim in claimed:
                thread = threading.Thread(target=self._work, args=(claim,), daemon=True)
                with self.lock:
                    self.threads = [other for other in self.threads if other.is_alive()] + [thread]
                thread.start()

    def _work(self, claim):
        run = TaskRun(self, claim)
        try:
            with self.lock:
                self.runs[run.task_id, run.run_id] = run
            if self.ending:
                run.end(self.ending)
            run.work()
        except (CallFailed, *BROKEN) as error:
            self.errors.append(f"{run.task_id}/{run.run_id}: {error}")
        finally:
            with self.lock:
                del self.runs[run.task_id, run.run_id]
            if not self.keep:
                shutil.rmtree(run.base, ignore_errors=True)
            self.free.release()

    def running(self):
        """The runs that are under way."""
        with self.lock:
            return list(self.runs.values())

    def retire(self):
        """Claims no more; what runs goes on. A claim that waits for work still takes what comes before it returns."""
        self.stopping.set()
        self.free.release()

    def stop(self, how="shutdown"):
        """Ends what runs (how: see TaskRun.end) and claims no more."""
        self.ending = how
        self.retire()
        for run in self.running():
            run.end(how)
        with self.lock:
            threads = list(self.threads)
        for thread in [self.thread, *threads]:
            thread.join(STOP_SECONDS)
        self.live_logs.stop()
        if self.made_folder and not self.keep:
            shutil.rmtree(self.made_folder, ignore_errors=True)
