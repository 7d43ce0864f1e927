"""Entries of the queue that define, read and steer tasks and task groups."""
from taskcluster.api import entry
from taskcluster.errors import ApiError
from taskcluster.http_layer import json_text, json_text_response
from taskcluster.paging import page
from taskcluster.queue_state import PRIORITIES
from taskcluster.values import DAY, MINUTE, iso, next_year, parse_date

DRIFT_MS = 15 * MINUTE
LONGEST_MS = 5 * DAY
DEFAULTS = {"schedulerId": "-", "projectId": "none", "dependencies": [], "requires": "all-completed", "routes": [],
            "priority": "lowest", "retries": 5, "scopes": [], "tags": {}, "extra": {}}
FIELDS = ("provisionerId", "workerType", "taskQueueId", "schedulerId", "projectId", "taskGroupId", "dependencies",
          "requires", "routes", "priority", "retries", "created", "deadline", "expires", "scopes", "payload",
          "metadata", "tags", "extra")
CREATE_SCOPES = {"AllOf": [
    {"for": "scope", "in": "scopes", "each": "<scope>"},
    {"for": "route", "in": "routes", "each": "queue:route:<route>"},
    "queue:create-task:project:<projectId>", "queue:scheduler-id:<schedulerId>",
    {"AnyOf": [{"for": "priority", "in": "priorities",
                "each": "queue:create-task:<priority>:<provisionerId>/<workerType>"}]}]}
PAGES = ("continuationToken", "limit")


def steering(verb):
    return {"AnyOf": [f"queue:{verb}-task:<schedulerId>/<taskGroupId>/<taskId>",
                      f"queue:{verb}-task-in-project:<projectId>",
                      {"AllOf": [f"queue:{verb}-task", "assume:scheduler-id:<schedulerId>/<taskGroupId>"]}]}


def each_id(what):
    return {"AllOf": [{"for": "taskId", "in": "taskIds", "each": f"queue:{what}:<taskId>"}]}


class TaskEntries:
    """Mixed into the queue service, which has `queue` and `services`."""

    @entry("PUT", "/task/<taskId>", CREATE_SCOPES, body="create-task-request")
    def create_task(self, call):
        task_id, definition = call.params["taskId"], call.payload
        for name, value in DEFAULTS.items():
            definition.setdefault(name, value)
        name_queue(definition)
        call.authorize(**{name: definition[name] for name in ("scopes", "routes", "projectId", "schedulerId",
                                                              "provisionerId", "workerType")},
                       priorities=PRIORITIES[:PRIORITIES.index(definition["priority"]) + 1])
        definition.setdefault("taskGroupId", task_id)
        deadline, expires = check_dates(definition, self.services.clock.signature_time())
        if any(scope.endswith("**") for scope in definition["scopes"]):
            raise ApiError("InputError", "scopes must not end with `**`")
        complete = {name: definition[name] for name in FIELDS}
        for name in ("created", "deadline", "expires"):
            complete[name] = iso(parse_date(complete[name]))
        if "\0" in str_of(definition):
            raise self.services.internal_error()  # the database takes no NUL
        self.queue.ensure_group(complete["taskGroupId"], complete["schedulerId"], expires, task_id)
        return {"status": self.queue.create(task_id, complete, deadline, expires).status()}

    @entry("GET", "/task/<taskId>", "queue:get-task:<taskId>")
    def task(self, call):
        return self.found(call, "submitted").definition

    @entry("GET", "/task/<taskId>/status", "queue:status:<taskId>")
    def status(self, call):
        return {"status": self.found(call).status()}

    @entry("POST", "/tasks", each_id("get-task"), body="tasks-request", query=PAGES)
    def tasks(self, call):
        found, more = self.many(call)
        return {"tasks": [{"taskId": task.id, "task": task.definition} for task in found], **more}

    @entry("POST", "/tasks/status", each_id("status"), body="tasks-request", query=PAGES)
    def statuses(self, call):
        found, more = self.many(call)
        return {"statuses": [{"taskId": task.id, "status": task.status()} for task in found], **more}

    def many(self, call):
        ids = call.payload["taskIds"]
        call.authorize(taskIds=ids)
        known = [task for task in map(self.queue.find, ids) if task]
        return page(known, call, self.tokens)

    @entry("POST", "/task/<taskId>/schedule", steering("schedule"))
    def schedule_task(self, call):
        return self.steer(call, self.queue.schedule)

    @entry("POST", "/task/<taskId>/rerun", steering("rerun"))
    def rerun_task(self, call):
        return self.steer(call, self.queue.rerun)

    @entry("POST", "/task/<taskId>/cancel", steering("cancel"))
    def cancel_task(self, call):
        return self.steer(call, self.queue.cancel)

    def steer(self, call, action):
        task = self.queue.find(call.params["taskId"])
        if not task:
            raise ApiError("ResourceNotFound",
                           f"Task `{call.params['taskId']}` not found. Are you sure it was created?")
        call.authorize(**{name: task[name] for name in ("schedulerId", "taskGroupId", "projectId")})
        action(task)
        return {"status": task.status()}

    @entry("POST", "/task/<taskId>/priority", {"AnyOf": ["queue:change-task-priority:<taskId>",
                                                         "queue:change-task-priority-in-queue:<taskQueueId>"]},
           body="change-task-priority-request")
    def change_task_priority(self, call):
        task = self.found(call)
        call.authorize(taskQueueId=task["taskQueueId"])
        self.queue.change_priority(task, call.payload["newPriority"])
        return {"status": task.status()}

    @entry("GET", "/task/<taskId>/dependents", "queue:list-dependent-tasks:<taskId>", query=PAGES)
    def list_dependent_tasks(self, call):
        task = self.found(call)
        tasks, more = page(self.queue.dependents_of(task.id), call, self.tokens)
        return {"taskId": task.id, "tasks": [both(each) for each in tasks], **more}

    @entry("GET", "/task-group/<taskGroupId>", "queue:list-task-group:<taskGroupId>")
    def get_task_group(self, call):
        return self.group(call)[0]

    @entry("GET", "/task-group/<taskGroupId>/list", "queue:list-task-group:<taskGroupId>", query=PAGES)
    def list_task_group(self, call):
        shown, tasks = self.group(call)
        tasks, more = page(tasks, call, self.tokens)
        texts = ",".join(f'{{"status":{json_text(task.status())},"task":{task.text()}}}' for task in tasks)
        return json_text_response(f'{json_text({**shown, **more})[:-1]},"tasks":[{texts}]}}')

    @entry("POST", "/task-group/<taskGroupId>/seal", "queue:seal-task-group:<schedulerId>/<taskGroupId>")
    def seal_task_group(self, call):
        shown, _ = self.group(call)
        call.authorize(schedulerId=shown["schedulerId"])
        self.queue.seal(self.queue.groups[shown["taskGroupId"]])
        return self.group(call)[0]

    @entry("POST", "/task-group/<taskGroupId>/cancel", "queue:cancel-task-group:<schedulerId>/<taskGroupId>")
    def cancel_task_group(self, call):
        shown, tasks = self.group(call)
        call.authorize(schedulerId=shown["schedulerId"])
        canceled = self.queue.cancel_group(shown["taskGroupId"])
        return {"taskGroupId": shown["taskGroupId"], "taskGroupSize": len(tasks), "cancelledCount": len(canceled),
                "taskIds": canceled}

    def group(self, call):
        group_id = call.params["taskGroupId"]
        group, tasks = self.queue.of_group(group_id)
        if not group:
            raise ApiError("ResourceNotFound", f"No task-group with taskGroupId: `{group_id}`")
        shown = {"taskGroupId": group_id, "schedulerId": group["schedulerId"], "expires": iso(group["expires"])}
        if group["sealed"]:
            shown["sealed"] = iso(group["sealed"])
        return shown, tasks

    def found(self, call, verb=None):
        task = self.queue.find(call.params["taskId"])
        if not task:
            tail = "task has already been submitted" if verb else "task exists"
            raise ApiError("ResourceNotFound", f"`{call.params['taskId']}` does not correspond to a task that exists."
                                               f"\nAre you sure this {tail}?")
        return task


def both(task):
    return {"status": task.status(), "task": task.definition}


def str_of(value):
    """All strings of a JSON value, joined."""
    if isinstance(value, dict):
        return "".join(map(str_of, [*value, *value.values()]))
    return "".join(map(str_of, value)) if isinstance(value, list) else value if isinstance(value, str) else ""


def name_queue(definition):
    """Fills in the one of taskQueueId and provisionerId, workerType that is not given."""
    split = [definition.get("provisionerId"), definition.get("workerType")]
    joined = definition.get("taskQueueId")
    if joined is None and not all(split):
        raise ApiError("InputError", 'at least a provisionerId and a workerType or a taskQueueId must be provided"')
    if joined is None:
        definition["taskQueueId"] = "/".join(split)
    elif all(split) and joined != "/".join(split):
        raise ApiError("InputError", 'taskQueueId must match "provisionerId/workerType"')
    definition["provisionerId"], definition["workerType"] = definition["taskQueueId"].split("/")


def check_dates(definition, now):
    """(deadline, expires) in milliseconds; fills in expires. Both must make sense at `now`."""
    created, deadline = parse_date(definition["created"]), parse_date(definition["deadline"])
    if "expires" not in definition:
        definition["expires"] = iso(next_year(deadline))
    expires = parse_date(definition["expires"])
    for wrong, message in (
            (created < now - DRIFT_MS, "`created` cannot be in the past (max 15min drift)"),
            (created > now + DRIFT_MS, "`created` cannot be in the future (max 15min drift)"),
            (deadline < created, "`deadline` cannot be later than `created`"),
            (deadline > now + LONGEST_MS + DRIFT_MS, "`deadline` cannot be more than 5 days into the future"),
            (expires < deadline, "`expires` cannot be before `deadline`")):
        if wrong:
            raise ApiError("InputError", message)
    return deadline, expires
