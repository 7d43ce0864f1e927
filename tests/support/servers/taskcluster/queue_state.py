"""The queue's state machine: tasks with their runs, dependencies, groups, claims and what time does to them.

Holds no HTTP. Every public method takes the lock; `changed` is told (what, task) after each transition, with the
lock held, so listeners must not call back into the queue.
"""
import functools
import heapq
import json
import threading
import zlib

from taskcluster.errors import ApiError
from taskcluster.http_layer import json_text
from taskcluster.values import MINUTE, iso

PRIORITIES = ["highest", "very-high", "high", "medium", "low", "very-low", "lowest"]
RETRIED = {"worker-shutdown": "retry", "claim-expired": "retry", "intermittent-task": "task-retry"}
RESOLVED = ("completed", "failed", "exception")
MOST_RUNS = 50
RUN_TIMES = ("takenUntil", "scheduled", "started", "resolved")
RUN_FIELDS = ("runId", "state", "reasonCreated", "reasonResolved", "workerGroup", "workerId", *RUN_TIMES)
GROUP_EXTENSION_MS = 60 * MINUTE


class Task:
    """A definition as the API gave it (dates normalized), its deadline and expiry in milliseconds, its runs. Payloads,
    of ten thousand tasks hundreds of megabytes, are kept deflated."""

    def __init__(self, task_id, definition, deadline, expires):
        self.id, self.deadline, self.expires = task_id, deadline, expires
        self.fields = {**definition, "payload": None}
        self.payload = zlib.compress(json_text(definition["payload"]).encode("utf-8", "surrogatepass"), 1)
        self.state = "unscheduled"
        self.runs = []
        self.retries_left = definition["retries"]
        self.waits_for = set()
        self.order = 0

    def __getitem__(self, field):
        """A field of the definition other than the payload."""
        return self.fields[field]

    @property
    def definition(self):
        return {**self.fields, "payload": json.loads(zlib.decompress(self.payload))}

    def text(self):
        """The definition as JSON, its payload not parsed: listings of ten thousand tasks are mostly payloads."""
        payload = zlib.decompress(self.payload).decode("utf-8", "surrogatepass")
        return json_text(self.fields).replace('"payload":null', f'"payload":{payload}', 1)

    @property
    def resolved(self):
        return self.state in RESOLVED

    def status(self):
        fields = ("provisionerId", "workerType", "taskQueueId", "schedulerId", "projectId", "taskGroupId", "priority",
                  "deadline", "expires")
        return {"taskId": self.id, **{name: self.fields[name] for name in fields},
                "retriesLeft": self.retries_left, "state": self.state, "runs": [shown(run) for run in self.runs]}


def shown(run):
    return {name: iso(run[name]) if name in RUN_TIMES else run[name] for name in RUN_FIELDS if name in run}


def locked(method):
    @functools.wraps(method)
    def wrapper(self, *args, **options):
        with self.lock:
            self.sweep()
            return method(self, *args, **options)
    return wrapper


class Queue:
    def __init__(self, clock, claim_ms=20 * MINUTE, deadline_lag_ms=0):
        self.clock, self.claim_ms, self.deadline_lag_ms = clock, claim_ms, deadline_lag_ms
        self.lock = threading.RLock()
        self.work = threading.Condition(self.lock)
        self.tasks, self.groups, self.dependents = {}, {}, {}
        self.pending = {}  # task queue id -> [(priority, order, task id, run id)], a heap
        self.due = []      # (moment, what, task id, run id), a heap
        self.counter = 0
        self.changed = []  # listeners

    # --- what others read

    @locked
    def find(self, task_id):
        return self.tasks.get(task_id)

    @locked
    def of_group(self, group_id):
        """(group, its tasks in the order in which they are listed) or (None, [])."""
        group = self.groups.get(group_id)
        tasks = [self.tasks[task_id] for task_id in group["tasks"]] if group else []
        return group, sorted(tasks, key=lambda task: (task.id.lower().lstrip("-_"), task.id))

    @locked
    def dependents_of(self, task_id):
        return [self.tasks[each] for each in sorted(self.dependents.get(task_id, ()))]

    @locked
    def pending_of(self, queue_id):
        live = [entry for entry in sorted(self.pending.get(queue_id, [])) if self._is_waiting(entry)]
        return [(self.tasks[task_id], run_id) for _, _, task_id, run_id in live]

    @locked
    def claimed_of(self, queue_id):
        return [task for task in self.tasks.values() if task["taskQueueId"] == queue_id and task.state == "running"]

    # --- creation

    @locked
    def ensure_group(self, group_id, scheduler_id, expires, task_id):
        group = self.groups.get(group_id)
        if group is None:
            group = {"schedulerId": scheduler_id, "expires": expires + GROUP_EXTENSION_MS, "sealed": None, "tasks": {}}
            self.groups[group_id] = group
        if group["schedulerId"] != scheduler_id:
            raise ApiError("RequestConflict",
                           f"Task group `{group_id}` contains tasks with a schedulerId other\nthan `{scheduler_id}`. "
                           "All tasks in the same task-group must have\nthe same schedulerId.")
        if group["sealed"] and task_id not in group["tasks"]:
            raise ApiError("RequestConflict",
                           f"Task group `{group_id}` is sealed and does not accept new tasks.")
        if expires > group["expires"]:
            group["expires"] = expires + GROUP_EXTENSION_MS
        return group

    @locked
    def create(self, task_id, definition, deadline, expires):
        """The task of that id, new or, for the same definition, the one that is there. Its group exists."""
        known = self.tasks.get(task_id)
        if known:
            if known.definition != definition:
                raise ApiError("RequestConflict", f"taskId `{task_id}` already used by another task.\nThis could be "
                                                  "the result of faulty idempotency!")
            return known
        self._check_dependencies(task_id, definition["dependencies"], deadline)
        task = Task(task_id, definition, deadline, expires)
        self.tasks[task_id] = task
        self.groups[definition["taskGroupId"]]["tasks"][task_id] = True
        heapq.heappush(self.due, (deadline + self.deadline_lag_ms, "deadline", task_id, -1))
        for other in definition["dependencies"]:
            self.dependents.setdefault(other, {})[task_id] = True
            if not self._satisfies(self.tasks[other], task):
                task.waits_for.add(other)
        self._tell("defined", task)
        if not task.waits_for:
            self._add_run(task, "scheduled")
        return task

    def _check_dependencies(self, task_id, dependencies, deadline):
        others = [other for other in dependencies if other != task_id]
        unknown = [other for other in others if other not in self.tasks]
        early = [other for other in others if other in self.tasks and self.tasks[other].expires < deadline]
        message = ""
        if unknown:
            lines = "".join(f"\n * {other}" for other in unknown)
            message += (f"`task.dependencies` references non-existing tasks: {lines}\nAll taskIds in "
                        "`task.dependencies` **must** exist\nbefore the task is created.\n")
        if early:
            lines = "".join(f"\n * {other}," for other in early)
            message += ("`task.dependencies` references tasks that expires\nbefore `task.deadline` this is not "
                        f"allowed, see tasks: {lines}\nAll taskIds in `task.dependencies` **must** have\n"
                        "`task.expires` greater than the `deadline` for this task.\n")
        if message:
            raise ApiError("InputError", message)

    @staticmethod
    def _satisfies(dependency, task):
        return dependency.state == "completed" or task["requires"] == "all-resolved" and dependency.resolved

    # --- what people ask for

    @locked
    def schedule(self, task):
        self._before_deadline(task, "scheduled")
        if task.state == "unscheduled":
            task.waits_for.clear()
            self._add_run(task, "scheduled")

    @locked
    def rerun(self, task):
        self._before_deadline(task, "rescheduled")
        if task.state == "unscheduled" or task.resolved:
            if len(task.runs) >= MOST_RUNS:
                raise ApiError("RequestConflict", f"Maximum number of runs reached ({MOST_RUNS})")
            task.retries_left = min(task["retries"], MOST_RUNS - len(task.runs) - 1)
            self._add_run(task, "rerun")

    @locked
    def cancel(self, task):
        self._before_deadline(task, "canceled")
        if not task.resolved:
            self._end(task, "exception", "canceled")

    @locked
    def seal(self, group):
        if not group["sealed"]:
            group["sealed"] = self.clock.now()

    @locked
    def cancel_group(self, group_id):
        """The ids of the tasks it canceled, in the order of the listing."""
        group, tasks = self.of_group(group_id)
        if not group["sealed"]:
            raise ApiError("RequestConflict", f"Cannot cancel unsealed task group: `{group_id}`")
        canceled = [task for task in tasks if not task.resolved and self.clock.now() < task.deadline]
        for task in canceled:
            self._end(task, "exception", "canceled")
        return [task.id for task in canceled]

    @locked
    def change_priority(self, task, priority):
        task.fields["priority"] = priority
        if task.state == "pending":
            self._offer(task)

    def _before_deadline(self, task, verb):
        if self.clock.now() > task.deadline:
            raise ApiError("RequestConflict", f"Task `{task.id}` can't be {verb} past its deadline of "
                                              f"{task['deadline']}.")

    # --- what workers ask for

    @locked
    def claim(self, queue_id, worker_group, worker_id, most):
        """Up to `most` (task, run) that now run on that worker, the highest priority first."""
        claimed, heap = [], self.pending.get(queue_id, [])
        while heap and len(claimed) < most:
            entry = heapq.heappop(heap)
            if not self._is_waiting(entry):
                continue
            task = self.tasks[entry[2]]
            run = task.runs[entry[3]]
            run.update(state="running", workerGroup=worker_group, workerId=worker_id, started=self.clock.now())
            task.state = "running"
            self._extend(task, run)
            self._tell("running", task)
            claimed.append((task, run))
        return claimed

    @locked
    def reclaim(self, task, run_id):
        run = self._run(task, run_id)
        if run["state"] != "running" or run is not task.runs[-1]:
            raise ApiError("RequestConflict", f"Run {run_id} on task `{task.id}` is resolved or not running.")
        self._extend(task, run)
        return run

    @locked
    def report(self, task, run_id, state, reason):
        run = self._run(task, run_id)
        if run["state"] == state and run["reasonResolved"] == reason:
            return  # told before
        if run["state"] != "running" or run is not task.runs[-1]:
            raise ApiError("RequestConflict", f"Run {run_id} of task `{task.id}` is not running or {state}.")
        self._end(task, state, reason)

    @locked
    def wake(self):
        """Applies what time has done and lets everybody who waits look again."""
        self.work.notify_all()

    def wait_for_work(self, seconds):
        with self.work:
            self.work.wait(seconds)

    def _run(self, task, run_id):
        if run_id >= len(task.runs):
            raise ApiError("ResourceNotFound", f"Run {run_id} not found on task `{task.id}`.")
        return task.runs[run_id]

    def _extend(self, task, run):
        run["takenUntil"] = self.clock.now() + self.claim_ms
        heapq.heappush(self.due, (run["takenUntil"], "claim", task.id, run["runId"]))

    # --- transitions

    def _add_run(self, task, reason):
        task.runs.append({"runId": len(task.runs), "state": "pending", "reasonCreated": reason,
                          "scheduled": self.clock.now()})
        task.state = "pending"
        self._offer(task)
        self._tell("pending", task)

    def _offer(self, task):
        self.counter += 1
        task.order = self.counter
        rank = PRIORITIES.index(task["priority"])
        heap = self.pending.setdefault(task["taskQueueId"], [])
        heapq.heappush(heap, (rank, task.order, task.id, len(task.runs) - 1))
        self.work.notify_all()

    def _is_waiting(self, entry):
        task = self.tasks[entry[2]]
        return task.state == "pending" and task.order == entry[1]

    def _end(self, task, state, reason):
        """Resolves the last run, made for that when there is none, and retries or lets the dependents know."""
        now = self.clock.now()
        if not task.runs or task.state == "unscheduled":
            task.runs.append({"runId": len(task.runs), "reasonCreated": "exception", "scheduled": now})
        task.runs[-1].update(state=state, reasonResolved=reason, resolved=now)
        task.state = state
        if reason in RETRIED and task.retries_left > 0:
            task.retries_left -= 1
            self._add_run(task, RETRIED[reason])
            return
        self._tell(state, task)
        for other in list(self.dependents.get(task.id, ())):
            dependent = self.tasks[other]
            if task.id in dependent.waits_for and self._satisfies(task, dependent):
                dependent.waits_for.discard(task.id)
                if not dependent.waits_for and dependent.state == "unscheduled":
                    self._add_run(dependent, "scheduled")

    def _tell(self, what, task):
        for listener in self.changed:
            listener(what, task)

    def sweep(self):
        """Ends what time has ended: claims that ran out, tasks past their deadline. The lock is held."""
        now = self.clock.now()
        while self.due and self.due[0][0] <= now:
            _, what, task_id, run_id = heapq.heappop(self.due)
            task = self.tasks[task_id]
            if what == "deadline" and not task.resolved:
                self._end(task, "exception", "deadline-exceeded")
            elif what == "claim":
                run = task.runs[run_id]
                if run["state"] == "running" and run["takenUntil"] <= now:
                    self._end(task, "exception", "claim-expired")
