"""The index service: tasks by namespace, filled by hand and by the routes "index.…" of completed tasks."""
import threading

import taskcluster.hawk as hawk
from taskcluster.api import Common, entry
from taskcluster.errors import ApiError
from taskcluster.http_layer import text_response
from taskcluster.paging import Tokens, page
from taskcluster.values import DAY, iso, parse_date

SIGNER = "static/taskcluster/index"
BEWIT_SECONDS = 900
PAGES = ("continuationToken", "limit")


class IndexService(Common):
    """Threads: any."""

    def __init__(self, services, queue):
        super().__init__(services)
        self.lock = threading.Lock()
        self.entries = {}  # namespace -> {taskId, rank, data, expires (ms)}
        self.tokens = Tokens()
        queue.changed.append(self.on_change)

    def on_change(self, what, task):
        for route in task["routes"] if what == "completed" else []:
            if route.startswith("index."):
                extra = task["extra"].get("index", {})
                expires = parse_date(extra["expires"]) if "expires" in extra else task.expires
                self.insert(route.removeprefix("index."), task.id, extra.get("rank", 0), extra.get("data", {}), expires)

    def insert(self, namespace, task_id, rank, data, expires):
        """A lower rank does not replace a higher one."""
        with self.lock:
            known = self.entries.get(namespace)
            if not known or known["rank"] <= rank:
                self.entries[namespace] = {"taskId": task_id, "rank": rank, "data": data, "expires": expires}

    def find(self, namespace):
        with self.lock:
            known = self.entries.get(namespace)
        return shown(namespace, known) if known and known["expires"] > self.services.clock.now() else None

    def found(self, namespace):
        known = self.find(namespace)
        if not known:
            raise ApiError("ResourceNotFound", "Indexed task not found")
        return known

    @entry("GET", "/task/<indexPath>", "index:find-task:<indexPath>")
    def find_task(self, call):
        return self.found(call.params["indexPath"])

    @entry("POST", "/tasks/indexes", {"AllOf": [{"for": "indexPath", "in": "indexPaths",
                                                 "each": "index:find-task:<indexPath>"}]},
           body="list-tasks-at-index", query=PAGES)
    def find_tasks_at_index(self, call):
        paths = call.payload["indexes"]
        call.authorize(indexPaths=paths)
        found, more = page([known for known in map(self.find, paths) if known], call, self.tokens)
        return {"tasks": found, **more}

    @entry("GET", "/tasks/<namespace>", "index:list-tasks:<namespace>", query=PAGES)
    def list_tasks(self, call):
        inside = [name for name in self.names() if name.rpartition(".")[0] == call.params["namespace"]]
        found, more = page([self.found(name) for name in inside], call, self.tokens)
        return {"tasks": found, **more}

    @entry("GET", "/namespaces/<namespace>", "index:list-namespaces:<namespace>", query=PAGES)
    def list_namespaces(self, call):
        prefix = call.params["namespace"] + "."
        spaces = {}
        for name in self.names():
            head, dot, _ = name.removeprefix(prefix).partition(".")
            if name.startswith(prefix) and dot:
                expires = parse_date(self.found(name)["expires"])
                spaces[head] = max(spaces.get(head, 0), (expires // DAY + 1) * DAY)
        items = [{"namespace": prefix + head, "name": head, "expires": iso(expires)}
                 for head, expires in sorted(spaces.items())]
        found, more = page(items, call, self.tokens)
        return {"namespaces": found, **more}

    @entry("PUT", "/task/<namespace>", "index:insert-task:<namespace>", body="insert-task-request")
    def insert_task(self, call):
        body, namespace = call.payload, call.params["namespace"]
        self.insert(namespace, body["taskId"], body["rank"], body["data"], parse_date(body["expires"]))
        return self.found(namespace)

    @entry("DELETE", "/task/<namespace>", "index:delete-task:<namespace>")
    def delete_task(self, call):
        with self.lock:
            self.entries.pop(call.params["namespace"], None)
        return {}

    @entry("GET", "/task/<indexPath>/artifacts/<name>", "queue:get-artifact:<name>", wide=True)
    def find_artifact_from_task(self, call):
        task_id, name = self.found(call.params["indexPath"])["taskId"], call.params["name"]
        url = self.services.artifact_url(task_id, name)
        if not name.startswith("public/"):
            until = self.services.clock.signature_time() // 1000 + BEWIT_SECONDS
            url = hawk.signed_url(self.services.authenticator.credentials(SIGNER), url, until)
        return text_response(f"See Other. Redirecting to {url}", 303, {"location": url})

    def names(self):
        with self.lock:
            names = sorted(self.entries)
        return [name for name in names if self.find(name)]


def shown(namespace, known):
    return {"namespace": namespace, **known, "expires": iso(known["expires"])}
