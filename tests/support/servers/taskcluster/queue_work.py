"""Entries of the queue that workers call: claim, reclaim, report; and the counts of a task queue."""
import json
import time

import taskcluster.hawk as hawk
from taskcluster.api import entry
from taskcluster.errors import ApiError
from taskcluster.paging import page
from taskcluster.values import iso, slugid

CLAIM_SCOPES = {"AllOf": ["queue:claim-work:<taskQueueId>", "queue:worker-id:<workerGroup>/<workerId>"]}
ISSUER = "static/taskcluster/queue"
EXCEPTIONS = ("worker-shutdown", "malformed-payload", "resource-unavailable", "internal-error", "superseded",
              "intermittent-task")
SLICE_SECONDS = 0.2
PAGES = ("continuationToken", "limit")


class WorkEntries:
    """Mixed into the queue service."""

    @entry("POST", "/claim-work/<taskQueueId>", CLAIM_SCOPES, body="claim-work-request")
    def claim_work(self, call):
        group, worker = call.payload["workerGroup"], call.payload["workerId"]
        call.authorize(workerGroup=group, workerId=worker)
        until = time.monotonic() + self.claim_wait_seconds
        while True:
            claimed = self.queue.claim(call.params["taskQueueId"], group, worker, call.payload.get("tasks", 1))
            left = until - time.monotonic()
            if claimed or left <= 0 or self.services.stopping.is_set():
                return {"tasks": [self.handed_out(task, run) for task, run in claimed]}
            self.queue.wait_for_work(min(left, SLICE_SECONDS))

    def handed_out(self, task, run):
        return {"status": task.status(), "runId": run["runId"], "workerGroup": run["workerGroup"],
                "workerId": run["workerId"], "takenUntil": iso(run["takenUntil"]), "task": task.definition,
                "credentials": self.task_credentials(task, run)}

    def task_credentials(self, task, run):
        place = f"{task.id}/{run['runId']}"
        until = json.dumps(run["takenUntil"] / 1000)
        name = f"task-client/{place}/on/{run['workerGroup']}/{run['workerId']}/until/{until}"
        scopes = [f"queue:reclaim-task:{place}", f"queue:resolve-task:{place}", f"queue:create-artifact:{place}",
                  *task["scopes"]]
        return self.temporary(name, scopes, run["takenUntil"])

    def temporary(self, name, scopes, expires):
        """Named credentials that the queue issues; they start a little early, for clocks that differ."""
        issuer = self.services.authenticator.credentials(ISSUER)
        lifetime = max(0, expires - self.services.clock.now())
        now = self.services.clock.signature_time()
        return hawk.temporary_credentials(issuer, slugid() + slugid(), now, now + lifetime, scopes, name)

    @entry("POST", "/task/<taskId>/runs/<runId>/reclaim", "queue:reclaim-task:<taskId>/<runId>")
    def reclaim_task(self, call):
        task = self.task_of_run(call)
        run = self.queue.reclaim(task, int(call.params["runId"]))
        reply = self.handed_out(task, run)
        del reply["task"]
        return reply

    @entry("POST", "/task/<taskId>/runs/<runId>/completed", "queue:resolve-task:<taskId>/<runId>")
    def report_completed(self, call):
        return self.reported(call, "completed", "completed")

    @entry("POST", "/task/<taskId>/runs/<runId>/failed", "queue:resolve-task:<taskId>/<runId>")
    def report_failed(self, call):
        return self.reported(call, "failed", "failed")

    @entry("POST", "/task/<taskId>/runs/<runId>/exception", "queue:resolve-task:<taskId>/<runId>",
           body="task-exception-request")
    def report_exception(self, call):
        if call.payload["reason"] not in EXCEPTIONS:
            raise ApiError("InputValidationError", "data/reason must be equal to one of the allowed values")
        return self.reported(call, "exception", call.payload["reason"])

    def reported(self, call, state, reason):
        task = self.task_of_run(call)
        self.queue.report(task, int(call.params["runId"]), state, reason)
        return {"status": task.status()}

    def task_of_run(self, call):
        task = self.queue.find(call.params["taskId"])
        if not task:
            raise ApiError("ResourceNotFound",
                           f"Task `{call.params['taskId']}` not found. Are you sure it was created?")
        return task

    @entry("GET", "/pending/<taskQueueId>", "queue:pending-count:<taskQueueId>")
    def pending_tasks(self, call):
        return {**queue_names(call), "pendingTasks": len(self.queue.pending_of(call.params["taskQueueId"]))}

    @entry("GET", "/task-queues/<taskQueueId>/counts", {"AllOf": ["queue:pending-count:<taskQueueId>",
                                                                  "queue:claimed-count:<taskQueueId>"]})
    def task_queue_counts(self, call):
        queue_id = call.params["taskQueueId"]
        return {**queue_names(call), "pendingTasks": len(self.queue.pending_of(queue_id)),
                "claimedTasks": len(self.queue.claimed_of(queue_id))}

    @entry("GET", "/task-queues/<taskQueueId>/pending", "queue:pending-list:<taskQueueId>", query=PAGES)
    def list_pending_tasks(self, call):
        found, more = page(self.queue.pending_of(call.params["taskQueueId"]), call, self.tokens)
        return {"tasks": [{"taskId": task.id, "runId": run_id, "task": task.definition,
                           "inserted": iso(task.runs[run_id]["scheduled"])} for task, run_id in found], **more}


def queue_names(call):
    queue_id = call.params["taskQueueId"]
    provisioner, worker_type = queue_id.split("/")
    return {"provisionerId": provisioner, "workerType": worker_type, "taskQueueId": queue_id}
